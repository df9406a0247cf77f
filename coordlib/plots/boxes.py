"""Boxes on a picture: what a detector starts from, what it finds, and what is there."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patheffects import withStroke

from coordlib.plots.positions import show_canvas


def show_field(axes: Axes, picture: Any, title: str = "") -> None:
    """Draw a field of digits, (height, width) or (1, height, width): 0 white, 255 black.

    Its axes are then in pixels, from 0 at the outer edges, as the boxes are.
    """
    values = np.asarray(picture)
    values = values.reshape(values.shape[-2:])
    show_canvas(axes, values, title, largest=255)
    height, width = values.shape
    axes.images[-1].set_extent((0, width, height, 0))


def outline_boxes(
    axes: Axes, boxes: Any, colour: str, *, width: float = 1.5, style: str = "-", alpha: float = 1.0
) -> None:
    """Outline boxes, (n, 4) of (left, top, right, bottom) in pixels, on a field that is drawn.

    Each has a white line below its own, so that it shows on ink too. What leaves the picture is
    drawn as well, where there is room.
    """
    left, top, right, bottom = np.asarray(boxes, dtype=float).reshape(-1, 4).T
    corners = np.stack([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)])
    axes.add_collection(
        LineCollection(
            corners.transpose(2, 0, 1),
            colors=colour,
            linewidths=width,
            linestyles=style,
            alpha=alpha,
            path_effects=[withStroke(linewidth=width + 1.5, foreground="white", alpha=alpha)],
        ),
        autolim=False,
    )
