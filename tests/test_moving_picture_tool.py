"""The README's moving picture moves, is small, and can be made anew."""

import numpy as np
import pytest
from PIL import Image

from tools import ROOT
from tools import moving_picture as tool

LARGEST = 500_000  # bytes


@pytest.fixture(scope="module")
def films():
    return [tool.film(title, longest=24) for title in tool.NETWORKS]


def test_a_film_keeps_what_a_network_makes_of_unseen_positions(films):
    for each in films:
        assert each.steps == [0, 6, 12, 18, 24] and len(each.maps) == len(each.train) == 5
        left, top, right, bottom = each.test_box
        for canvas in each.maps:  # a whole probability for each unseen position
            assert canvas.shape == (32, 32)
            assert canvas.sum() == pytest.approx((right - left) * (bottom - top), rel=1e-4)
        assert not np.array_equal(each.maps[0], each.maps[-1])
        assert [each.shown(step) for step in (0, 5, 6, 30)] == [0, 0, 1, 4]


def test_it_moves_until_the_longer_training_has_ended(films, tmp_path, monkeypatch):
    whole = films[1]
    parts = (each[:3] for each in (whole.steps, whole.maps, whole.train, whole.test))
    short = tool.Filmed(whole.title, whole.colour, whole.test_box, *parts)
    path = tmp_path / "made.gif"
    path.write_bytes(tool.gif(tool.frames([films[0], short])))
    with Image.open(path) as made:
        assert made.n_frames == 5 and made.info["loop"] == 0
        seen = []
        for number in range(5):
            made.seek(number)
            seen.append(made.convert("RGB").tobytes())
        assert len(set(seen)) == 5 and made.info["duration"] == tool.LAST_FRAME


def test_the_front_page_shows_it():
    assert f"]({tool.FILE.relative_to(ROOT).as_posix()})" in (ROOT / "README.md").read_text()
    assert tool.FILE.stat().st_size <= LARGEST
    with Image.open(tool.FILE) as picture:
        assert picture.n_frames > 40
