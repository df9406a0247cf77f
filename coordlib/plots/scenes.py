"""Scenes of two objects: many pictures at once, where their objects lie, and how they walk."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from torch import Tensor

from coordlib.datasets import signed
from coordlib.plots.frame import EMPTY, TEST, TRAIN, border, draw, without_ticks

# The objects' own colours, and a mark each, since not all eyes tell them apart.
_MARKS = {"blue": ("#0000FF", "o"), "red": ("#FF0000", "x")}
_CELLS = 10  # along each side, as in the entropy of positions


def show_pictures(axes: Axes, images: Tensor, title: str = "", *, columns: int = 10) -> None:
    """Draw pictures, (n, 3, side, side), row by row, so many beside each other.

    uint8, or float from -1 to 1. What lies between them, and what is left over, is grey.
    """
    images = signed("images", images)
    number, side = len(images), images.shape[-1]
    rows = -(-number // columns)
    sheet = np.full((rows * columns, side + 1, side + 1, 3), to_rgb(TRAIN))
    sheet[:number, :side, :side] = _colours(images)
    sheet = sheet.reshape(rows, columns, side + 1, side + 1, 3).swapaxes(1, 2)
    draw(axes, sheet.reshape(rows * (side + 1), -1, 3)[:-1, :-1], title)
    without_ticks(axes)
    border(axes)


def show_average(axes: Axes, images: Tensor, title: str = "") -> None:
    """Draw the average of pictures, (n, 3, side, side), from its smallest to its largest value.

    So stretched, as in the released code, it shows outlines where objects lie in few places. An
    even average is drawn black.
    """
    average = signed("images", images).mean(0, keepdim=True)
    average -= average.min()
    average /= average.max().clamp(min=1e-6)
    draw(axes, _colours(2 * average - 1)[0], title)
    without_ticks(axes)
    border(axes)


def show_centres(axes: Axes, centres: Tensor, side: int, title: str = "") -> None:
    """Draw where objects lie on a canvas: centres, (n, objects, 2), columns (x, y).

    Of the blue object, then of the red one, or of a red one alone. Light lines divide the canvas
    into the cells of the entropy of positions.
    """
    objects = centres.shape[1]
    for name, places in zip(list(_MARKS)[-objects:], centres.unbind(1), strict=True):
        colour, mark = _MARKS[name]
        _scatter(axes, places, colour, mark, name)
    _cells(axes, 0, side, title)
    axes.set_xlabel("x")
    axes.set_ylabel("y")


def show_differences(axes: Axes, centres: Tensor, side: int, title: str = "") -> None:
    """Draw where the red object lies, seen from the blue one: centres, (n, 2, 2), columns (x, y).

    Light lines divide what a canvas leaves possible into the cells of the entropy of differences.
    """
    blue, red = centres.unbind(1)
    _scatter(axes, red - blue, TEST, "o")
    _cells(axes, -side, side, title)
    axes.set_xlabel("x, red less blue")
    axes.set_ylabel("y, red less blue")


def show_strip(axes: Axes, frames: Tensor, title: str = "") -> None:
    """Draw the frames of one walk, (frames, 3, side, side), from 0 to 1, as a film strip.

    The first is on the left; what lies between them is grey.
    """
    show_pictures(axes, 2 * frames - 1, title, columns=len(frames))


def show_path(axes: Axes, centres: Tensor, side: int, colour: str = TEST, title: str = "") -> None:
    """Draw the path of a centre over a canvas: (frames, 2), columns (x, y), y downwards.

    There is a dot a frame, so that a leap is a line without dots; where a centre is no number
    (NaN) the line has a gap. The line has a white one below: it shows on a picture as well, if one
    of that side is drawn already.
    """
    for ink, wider in ((EMPTY, 1.8), (colour, 0)):
        axes.plot(
            *centres.cpu().numpy().T,
            color=ink,
            linewidth=1.2 + wider,
            marker="o",
            markersize=2 + wider,
        )
    # As a picture is drawn: with its pixels' middles at whole numbers.
    limits = (-0.5, side - 0.5)
    axes.set(xlim=limits, ylim=limits[::-1], aspect="equal", title=title)
    without_ticks(axes)
    border(axes)


def _scatter(axes: Axes, places: Tensor, colour: str, mark: str, name: str | None = None) -> None:
    x, y = places.cpu().numpy().T
    axes.scatter(x, y, s=9, color=colour, marker=mark, alpha=0.4, linewidths=0.8, label=name)


def _cells(axes: Axes, low: float, high: float, title: str) -> None:
    """The canvas's limits, y downwards as in pictures, and the lines of its cells."""
    lines = np.linspace(low, high, _CELLS + 1)
    axes.set(xlim=(low, high), ylim=(high, low), aspect="equal", title=title)
    for axis in (axes.xaxis, axes.yaxis):
        axis.remove_overlapping_locs = False  # or lines are missing where numbers stand
        axis.set_ticks(lines, minor=True)
    axes.set_axisbelow(True)
    axes.grid(which="minor", color=TRAIN, alpha=0.5, linewidth=0.6)
    axes.tick_params(which="minor", length=0)
    border(axes)


def _colours(images: Tensor) -> np.ndarray:
    """The pictures as matplotlib takes them: (n, side, side, 3), from 0 to 1."""
    return ((images.cpu() + 1) / 2).clamp(0, 1).permute(0, 2, 3, 1).numpy()
