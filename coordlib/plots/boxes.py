"""Boxes on a canvas: what a detector starts from, what it finds, and what is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from coordlib.plots.frame import EMPTY, TEST


def outline_boxes(
    axes: Axes,
    boxes: Any,
    colour: str = TEST,
    *,
    opacity: float | Sequence[float] = 1.0,
    width: float = 1.2,
    dashed: bool = False,
) -> None:
    """Outline boxes, (n, 4) of (left, top, right, bottom) in pixels, on a canvas that is drawn.

    The pixel in column x covers x to x + 1, as in `datasets`. Each line has a white one below, so
    that it shows on any ink. opacity: of all boxes, or one for each.
    """
    boxes = np.asarray(boxes, dtype=float).reshape(-1, 4)
    # A canvas is drawn with its pixels' middles at whole numbers.
    outlines = [
        Rectangle((left - 0.5, top - 0.5), right - left, bottom - top)
        for left, top, right, bottom in boxes
    ]
    each = PatchCollection(
        outlines,
        facecolor="none",
        edgecolor=[to_rgba(colour, part) for part in np.broadcast_to(opacity, len(boxes))],
        linewidth=width,
        linestyle="dashed" if dashed else "solid",
        path_effects=[withStroke(linewidth=width + 1.8, foreground=EMPTY)],
        zorder=3,
    )
    axes.add_collection(each, autolim=False)
