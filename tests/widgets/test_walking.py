"""The walk between two latents: what Python paints and finds, says and leaves as a still."""

from __future__ import annotations

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex

from coordlib import plots, walks
from coordlib.datasets import scenes
from coordlib.widgets import LatentWalk

SIDE = 16
RED, PURPLE = (1, 0, 0), (1, 0, 1)
BOTH = torch.tensor([[4.0, 4], [4, 12]]), torch.tensor([[11.0, 11], [4, 4]])  # ends of two walks


def square(x, y, colour=RED):
    """One square on white: (3, side, side)."""
    picture = torch.ones(3, SIDE, SIDE)
    picture[:, y - 3 : y + 4, x - 3 : x + 4] = torch.tensor(colour, dtype=torch.float)[
        :, None, None
    ]
    return picture


def moves(latents):
    """A latent is the place of the red square."""
    return torch.stack([square(*place) for place in latents.round().int().tolist()])


def fades(latents):
    """A latent is how much of one square has become another one."""
    start, end = square(4, 4), square(11, 11)
    return torch.stack([torch.lerp(start, end, part) for part in latents[:, 0]])


def fading():
    return fades, torch.zeros(2, 1), torch.ones(2, 1)


def blank(latents):
    return torch.ones(len(latents), 3, SIDE, SIDE)


def test_all_frames_of_the_chosen_walk_are_painted_at_once():
    asked = []

    def paint(latents):
        asked.append(len(latents))
        return moves(latents)

    walking = LatentWalk({"Conv": fading(), "CoordConv": (paint, *BOTH)}, frames=8)
    assert asked == [1, 8]  # one for the side, then the walk
    pictures = np.frombuffer(walking.pictures, np.uint8).reshape(2, 8, SIDE, SIDE, 3)
    for (paint_it, start, end), frames in zip((fading(), (moves, *BOTH)), pictures, strict=True):
        (wanted,) = walks.walk(paint_it, start[:1], end[:1], 8)
        assert (frames == (255 * wanted).round().byte().permute(0, 2, 3, 1).numpy()).all()
    walking.set_state({"frame": 3})  # as the page does
    assert walking.frame == 3 and len(asked) == 2
    walking.set_state({"number": 1})
    assert asked == [1, 8, 8] and walking.painted == 1 and walking.frame == 3
    assert walking.paths[1] == [[4, y] for y in (12, 11, 10, 9, 7, 6, 5, 4)]


def test_paths_and_what_is_right_are_those_of_the_walks_measures():
    walking = LatentWalk({"Conv": fading(), "CoordConv": (moves, *BOTH)}, frames=16)
    measured = walks.measure(walks.walk(fades, torch.zeros(1, 1), torch.ones(1, 1)))
    assert walking.right[0] == measured.single[0, :, 1].tolist()
    measured_path = measured.centres[0, :, 1].tolist()
    faint = range(5, 11)  # of the fading frames those that are no red enough
    assert walking.paths[0] == [
        None if frame in faint else place for frame, place in enumerate(measured_path)
    ]
    assert walking.right[1] == [True] * 16 and walking.paths[1][-1] == [11, 11]


def test_of_two_objects_both_must_be_there():
    images = scenes(3, side=SIDE, seed=5).images / 255
    images[1] = square(8, 8)
    images[2] = square(8, 8, PURPLE)

    def paint(latents):
        return images[latents.round().int().flatten()]

    ends = torch.zeros(1, 1), 2 * torch.ones(1, 1)
    two = LatentWalk({"Conv": (paint, *ends)}, objects=2, frames=3)
    assert two.right == [[True, False, False]] and "one blue and one red object" in two.alt()
    one = LatentWalk({"Conv": (paint, *ends)}, objects=1, frames=3)
    assert one.right == [[True, True, False]] and one.paths[0][1:] == [[8, 8], None]
    assert (
        "Conv: in some frames nothing is red enough; frames with exactly one red object: ≈ 67 %."
        in (one.alt())
    )


def test_it_says_what_each_painter_does_and_leaves_a_still():
    painters = {"Conv": fading(), "CoordConv": (moves, *BOTH), "no one": (moves, BOTH[0], BOTH[0])}
    walking = LatentWalk(painters, frames=8)
    assert walking.alt() == (
        "Walk 1 of 2, from one latent to another. Conv: in some frames nothing is red enough; "
        "frames with exactly one red object: ≈ 75 %. CoordConv: the red object's centre ends ≈ 9.9 "
        "px from where it began, its longest step is ≈ 14 % of that; frames with exactly one red "
        "object: ≈ 100 %. no one: the red object's centre ends where it began; frames with exactly "
        "one red object: ≈ 100 %."
    )
    assert repr(walking) == "LatentWalk(Conv, CoordConv, no one, walks: 2)"
    assert re.search(r'<img alt="Walk 1 of 2, from one latent', walking.still_html())
    walking.number = 1
    assert walking.alt().startswith("Walk 2 of 2")


def test_the_still_has_four_moments_of_each_painter_with_their_paths():
    walking = LatentWalk({"Conv": fading(), "CoordConv": (moves, *BOTH)}, frames=7)
    still = walking.still()
    rows = np.reshape(still.axes, (2, 4))
    assert [axes.get_title() for axes in rows[0]] == ["start", "1/3", "2/3", "end"]
    for row, name, colour in zip(rows, walking.colours, (plots.CONV, plots.COORDCONV), strict=True):
        assert row[0].get_ylabel() == name and walking.colours[name] == colour
        assert to_hex(row[0].spines["left"].get_edgecolor()) == colour.lower()
    (wanted,) = walks.walk(moves, BOTH[0][:1], BOTH[1][:1], 7)
    for axes, frame in zip(rows[1], (0, 2, 4, 6), strict=True):
        assert (axes.images[0].get_array() == 255 * wanted[frame].permute(1, 2, 0).numpy()).all()
        assert axes.lines[-1].get_xydata().tolist() == walking.paths[1][: frame + 1]
    plt.close(still)


def test_one_painter_that_paints_nothing_has_no_path():
    walking = LatentWalk({"CoordConv": (blank, *BOTH)}, frames=2)
    assert walking.paths == [[None, None]] and walking.right == [[False, False]]
    assert "CoordConv: in some frames nothing is red enough" in walking.alt()
    plt.close(walking.still())


@pytest.mark.parametrize(
    ("painters", "options", "says"),
    [
        ({}, {}, "painters got 0 of them; it takes 1 to 4"),
        (dict.fromkeys("abcde", fading()), {}, "painters got 5 of them"),
        ({"Conv": fading()}, {"objects": 3}, "objects got 3; it takes a whole number from 1 to 2"),
        ({"Conv": fading()}, {"frames": 1}, "frames got 1; it takes a whole number from 2 to 256"),
        (
            {"Conv": (moves, BOTH[0], BOTH[1][:1])},
            {},
            r"painters got ends of shapes \(2, 2\) and \(1, 2\) for 'Conv'; it takes the same",
        ),
        ({"Conv": (moves, BOTH[0][0], BOTH[1][0])}, {}, r"painters got ends of shapes \(2,\) and"),
        ({"Conv": (moves, BOTH[0][:0], BOTH[1][:0])}, {}, "with one walk at least"),
        (
            {"Conv": fading(), "CoordConv": (moves, BOTH[0][:1], BOTH[1][:1])},
            {},
            r"painters got \[2, 1\] walks; it takes as many for each",
        ),
        (
            {"Conv": (lambda latents: blank(latents)[:, :1], *BOTH)},
            {},
            r"painters painted shapes \(1, 1, 16, 16\) for one latent; it takes \(1, 3, side, side",
        ),
        (
            {"Conv": fading(), "CoordConv": (lambda latents: blank(latents)[..., :8, :8], *BOTH)},
            {},
            r"painters painted shapes \(1, 3, 16, 16\), \(1, 3, 8, 8\)",
        ),
    ],
)
def test_it_refuses(painters, options, says):
    with pytest.raises(ValueError, match=says):
        LatentWalk(painters, **options)


def test_there_is_no_other_walk_or_frame():
    walking = LatentWalk({"Conv": fading()}, frames=4)
    for wrong in (-1, 2):
        with pytest.raises(ValueError, match=r"number got .*; it takes a whole number from 0 to 1"):
            walking.number = wrong
    for wrong in (-1, 4):
        with pytest.raises(ValueError, match=r"frame got .*; it takes a whole number from 0 to 3"):
            walking.frame = wrong
