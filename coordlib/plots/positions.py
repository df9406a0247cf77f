"""What lies on the canvas: a picture, a split, a value for each position, a painted square."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Colormap, LinearSegmentedColormap, ListedColormap
from torch import Tensor

from coordlib.datasets import Split
from coordlib.plots.boxes import outline_boxes
from coordlib.plots.frame import DISTANCE, EMPTY, HATCHING, TEST, TRAIN, border, draw, without_ticks

_PALE_TO_DARK = ["#F3E4F7", DISTANCE, "#2B0A3D"]


def show_canvas(
    axes: Axes,
    values: Any,
    title: str = "",
    *,
    smallest: float = 0.0,
    largest: float | None = None,
    ink: Colormap | str = "Greys",
) -> None:
    """Draw a canvas, shape (height, width): from `smallest`, white, to `largest`, black.

    Bytes of shape (height, width, 3) are red, green and blue, and drawn as they are.
    largest: default: the canvas's maximum. ink: a colour map in place of white to black.
    """
    draw(axes, values, title, vmin=smallest, vmax=largest, cmap=ink)
    without_ticks(axes)
    border(axes)


def show_split(axes: Axes, split: Split, title: str = "") -> None:
    """Draw where a split's positions lie: train light, test dark, places without a square white."""
    parts = np.zeros((split.canvas, split.canvas), dtype=int)
    for number, part in ((1, split.train), (2, split.test)):
        x, y = part.cpu().numpy().T
        parts[y, x] = number
    show_parts(axes, parts, title)


def show_parts(axes: Axes, parts: np.ndarray, title: str = "") -> None:
    """Draw which part each place of a canvas belongs to, shape (height, width).

    parts: 0 for none, drawn white, 1 for train, light, 2 for test, dark.
    """
    draw(axes, parts, title, cmap=ListedColormap([EMPTY, TRAIN, TEST]), vmin=0, vmax=2)
    _name_axes(axes)


def show_distances(
    axes: Axes, split: Split, distances: Tensor, title: str = "", *, largest: float
) -> None:
    """Draw a number of pixels for each test position, shape (m,): `largest` and more is darkest.

    The train positions are grey.
    """
    show_split(axes, split, title)
    colours = LinearSegmentedColormap.from_list("distance", _PALE_TO_DARK)
    values = _on_canvas(split.test, distances, split.canvas)
    drawn = draw(axes, values, title, cmap=colours, vmin=0, vmax=largest)
    axes.figure.colorbar(drawn, ax=axes, shrink=0.85, label="pixels")


def show_overlaps(axes: Axes, split: Split, overlaps: Tensor, title: str = "") -> None:
    """Draw an overlap (IOU, 0 to 1) for each position: 1 is palest, 0 darkest.

    overlaps: those of the train positions, then those of the test positions, shape (n + m,). The
    test positions are bordered by a dashed line.
    """
    colours = LinearSegmentedColormap.from_list("overlap", _PALE_TO_DARK[::-1])
    values = _on_canvas(torch.cat([split.train, split.test]), overlaps, split.canvas)
    drawn = draw(axes, values, title, cmap=colours, vmin=0, vmax=1)
    axes.contour(split.held_out, levels=[0.5], colors=TEST, linestyles="dashed", linewidths=1.2)
    _name_axes(axes)
    axes.figure.colorbar(drawn, ax=axes, shrink=0.85, label="IOU")


def show_painting(
    axes: Axes, values: Tensor, position: Tensor, square: int, title: str = "", colour: str = TEST
) -> None:
    """Draw what a network paints, (height, width), 0 to 1, in its colour, and outline the truth.

    That is a square of `square` pixels around `position`, (x, y).
    """
    ink = LinearSegmentedColormap.from_list("ink", [EMPTY, colour])
    show_canvas(axes, values.cpu(), title, largest=1, ink=ink)
    outline_square(axes, *position.tolist(), square)


def outline_square(axes: Axes, x: int, y: int, square: int) -> None:
    """Outline a square of `square` pixels around a position (x, y), whatever the ink below."""
    left, top = x - square // 2, y - square // 2
    outline_boxes(axes, (left, top, left + square, top + square))


def hatch(axes: Axes, held_out: np.ndarray, dark: np.ndarray) -> None:
    """Draw diagonals through the held-out pixels of a canvas: dark lines, white ones on dark ink.

    held_out, dark: which pixels those are, booleans of shape (canvas, canvas).
    """
    apart = -(-len(held_out) // 16)
    # A line cuts off corners, upper left ones and lower right ones in turn: each pixel's middle
    # stays free, for a pixel may be all that there is to see.
    for colour, part in ((HATCHING, held_out & ~dark), (EMPTY, held_out & dark)):
        y, x = np.nonzero(part)
        corners = np.concatenate(
            [np.stack([x, y])[:, (x + y + turn) % apart == 0] + turn / 2 for turn in (0, 1)], axis=1
        )
        lines = [[(x - 0.5, y), (x, y - 0.5)] for x, y in corners.T]
        axes.add_collection(LineCollection(lines, colors=colour, linewidths=0.8))


def _on_canvas(positions: Tensor, values: Tensor, canvas: int) -> np.ndarray:
    """The values where their positions lie, shape (canvas, canvas); no number elsewhere."""
    picture = np.full((canvas, canvas), np.nan)
    x, y = positions.cpu().numpy().T
    picture[y, x] = values.cpu().numpy()
    return picture


def _name_axes(axes: Axes) -> None:
    axes.set_xlabel("x")
    axes.set_ylabel("y")
