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
        assert each.steps == [0, 12, 24] and len(each.maps) == len(each.train) == 3
        for canvas in each.maps:  # of all 196 positions of the quadrant
            assert canvas.shape == (32, 32) and canvas.sum() == pytest.approx(196, rel=1e-4)
        assert not np.array_equal(each.maps[0], each.maps[2])
        assert [each.shown(step) for step in (0, 11, 12, 30)] == [0, 0, 1, 2]


def test_it_moves_until_the_longer_training_has_ended(films, tmp_path, monkeypatch):
    short = tool.Filmed("CoordConv", "#0072B2", *(each[:2] for each in (
        films[1].steps, films[1].maps, films[1].train, films[1].test)))  # fmt: skip
    path = tmp_path / "made.gif"
    path.write_bytes(tool.gif(tool.frames([films[0], short])))
    with Image.open(path) as made:
        assert made.n_frames == 3 and made.info["loop"] == 0
        seen = []
        for number in range(3):
            made.seek(number)
            seen.append(made.convert("RGB").tobytes())
        assert len(set(seen)) == 3 and made.info["duration"] == tool.LAST_FRAME


def test_the_front_page_shows_it():
    assert f"]({tool.FILE.relative_to(ROOT).as_posix()})" in (ROOT / "README.md").read_text()
    assert tool.FILE.stat().st_size <= LARGEST
    with Image.open(tool.FILE) as picture:
        assert picture.n_frames > 40
