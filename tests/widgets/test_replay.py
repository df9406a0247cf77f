"""Recorded episodes: what the page gets of them, and what is said and left as a still."""

from __future__ import annotations

import re
import zlib

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex

from coordlib import plots
from coordlib.widgets import Replay

GREY = np.random.RandomState(0).randint(0, 256, (6, 8, 10), dtype=np.uint8)
COLOURS = np.random.RandomState(1).randint(0, 256, (3, 12, 9, 3), dtype=np.uint8)


def captions(frames):
    return [f"score {10 * n}" for n in range(len(frames))]


def made(**options):
    episodes = {"plain": (GREY, captions(GREY)), "CoordConv": (COLOURS, captions(COLOURS))}
    return Replay(episodes, **options)


def unpacked(replay):
    """The frames that the page makes of what it gets, episode by episode, as replay.js does."""
    all, found = np.frombuffer(zlib.decompress(replay.packed), np.uint8), []
    for episode in replay.episodes:
        shape = episode["shape"]
        own, all = np.split(all, [np.prod(shape)])
        found.append(own.reshape(shape).cumsum(0, dtype=np.uint8))
    assert not len(all)
    return found


def test_the_page_gets_all_frames():
    replay = made()
    grey, colours = unpacked(replay)
    assert (grey[..., 0] == GREY).all() and (colours == COLOURS).all()
    assert [each["title"] for each in replay.episodes] == ["plain", "CoordConv"]
    assert [each["colour"] for each in replay.episodes] == [plots.CONV, plots.COORDCONV]
    assert replay.episodes[1]["captions"] == ["score 0", "score 10", "score 20"]
    assert replay.frame == 5 and replay.pace == 15


def test_tensors_will_do_and_nothing_that_is_given_is_changed_or_kept():
    frames, words = torch.from_numpy(GREY.copy()), captions(GREY)
    replay = Replay({"plain": (frames, words)}, pace=30)
    assert (frames.numpy() == GREY).all() and replay.pace == 30
    words.clear()
    frames.zero_()
    assert len(replay.episodes[0]["captions"]) == 6 and "score ≈ 50" in replay.alt()
    assert (unpacked(replay)[0][..., 0] == GREY).all()
    still = replay.still()
    assert (np.asarray(still.axes[-1].images[0].get_array()) == GREY[-1]).all()
    plt.close(still)


def test_six_hundred_frames_in_which_things_move_take_less_than_a_megabyte():
    generator = np.random.RandomState(2)
    maze = generator.randint(0, 256, (84, 84), dtype=np.uint8)
    frames = np.repeat(maze[None], 600, axis=0)
    for frame in frames:
        for _ in range(6):  # things that move, each of another look every time
            y, x = generator.randint(0, 78, 2)
            frame[y : y + 6, x : x + 6] = generator.randint(0, 256, (6, 6))
    assert len(Replay({"plain": (frames, captions(frames))}).packed) < 1_000_000


def test_it_says_how_each_episode_went_and_leaves_a_still():
    replay = made()
    assert replay.alt() == (
        "Recorded episodes, 15 frames a second. plain: ≈ 6 frames, the last one “score ≈ 50”. "
        "CoordConv: ≈ 3 frames, the last one “score ≈ 20”."
    )
    assert repr(replay) == "Replay(plain, CoordConv)"
    assert re.search(r'<img alt="Recorded episodes, 15 frames a second', replay.still_html())


def test_all_numbers_of_a_caption_stand_behind_the_sign_that_the_notebooks_tests_leave_out():
    words = Replay({"plain": (GREY[:1], ["left, return -0.25, score 1,230."])}).alt()
    assert "“left, return ≈ -0.25, score ≈ 1,230.”" in words


def test_the_still_has_four_moments_of_the_clock():
    still = made().still()
    rows = np.reshape(still.axes, (2, 4))
    assert [axes.get_title() for axes in rows[0]] == ["start", "1/3", "2/3", "end"]
    shown = ((GREY, plots.CONV, (0, 2, 3, 5)), (COLOURS, plots.COORDCONV, (0, 2, 2, 2)))
    for row, title, (frames, colour, numbers) in zip(
        rows, ("plain", "CoordConv"), shown, strict=True
    ):
        assert row[0].get_ylabel() == title
        for axes, n in zip(row, numbers, strict=True):
            assert (np.asarray(axes.images[0].get_array()) == frames[n]).all()
            assert axes.get_xlabel() == f"{n + 1}: score {10 * n}"
            assert to_hex(axes.spines["left"].get_edgecolor()) == colour.lower()
    grey = rows[0][0].images[0]
    assert [grey.cmap(grey.norm(level))[:3] for level in (0, 255)] == [(0, 0, 0), (1, 1, 1)]
    plt.close(still)


def test_one_frame_is_an_episode_and_long_captions_are_wrapped():
    replay = Replay({"untrained": (GREY[:1], ["moves to the left and then once more"])})
    assert "moves to the left and then once more" in replay.alt()
    assert replay.frame == 0
    still = replay.still()
    assert still.axes[3].get_xlabel() == "1: moves to the left and\nthen once more"
    plt.close(still)


@pytest.mark.parametrize(
    ("episodes", "options", "says"),
    [
        ({}, {}, "episodes got 0 of them; it takes 1 to 4"),
        (dict.fromkeys("abcde", (GREY, captions(GREY))), {}, "episodes got 5 of them"),
        ({"a": (GREY, captions(GREY))}, {"pace": 0}, "pace got 0; it takes a whole number from 1"),
        ({"a": (GREY, captions(GREY))}, {"pace": 61}, "pace got 61; it takes .* from 1 to 60"),
        (
            {"a": (GREY / 255, captions(GREY))},
            {},
            r"episodes got frames of float64, shape \(6, 8, 10\), for 'a'; it takes uint8",
        ),
        ({"a": (GREY[0], captions(GREY))}, {}, r"frames of uint8, shape \(8, 10\), for 'a'"),
        ({"a": (GREY[:0], [])}, {}, r"frames of uint8, shape \(0, 8, 10\), for 'a'"),
        ({"a": (COLOURS[..., :2], captions(COLOURS))}, {}, r"shape \(3, 12, 9, 2\), for 'a'"),
        (
            {"a": (GREY, captions(GREY)[:5])},
            {},
            "episodes got 5 captions for 'a'; it takes one for each of its 6 frames",
        ),
        ({"a": (GREY, "abcdef")}, {}, "captions for 'a' that aren't a list of strings"),
        ({"a": (GREY, range(6))}, {}, "captions for 'a' that aren't a list of strings"),
        (
            {"a": (np.broadcast_to(GREY[:1, :1, :1], (2, 2**14, 2**14)), ["", ""])},
            {},
            "episodes got 512 MB of frames; it takes 256 MB in all",
        ),
    ],
)
def test_it_refuses(episodes, options, says):
    with pytest.raises(ValueError, match=says):
        Replay(episodes, **options)


def test_there_is_no_other_frame():
    replay = made()
    replay.set_state({"frame": 2})  # as the page does
    assert replay.frame == 2
    for wrong in (-1, 6):
        with pytest.raises(ValueError, match=r"frame got .*; it takes a whole number from 0 to 5"):
            replay.frame = wrong
