"""The course's figures. Every one goes through `show`, which also says it in words."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, ListedColormap
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle
from PIL import Image
from torch import Tensor

from coordlib.datasets import Split
from coordlib.records import Run

# Two colours of Okabe and Ito's palette, told apart by all eyes: one for each side of the course.
CONV = "#D55E00"
COORDCONV = "#0072B2"
# Train and test are never those two: a light and a dark grey, on a white canvas.
TRAIN = "#B8B8B8"
TEST = "#333333"
EMPTY = "#FFFFFF"
# How far away something is: the darker, the farther. No network's colour.
DISTANCE = "#7B3294"

_STYLE = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 11,
    "axes.labelsize": 10,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
}


def figure(
    rows: int = 1, columns: int = 1, width: float = 7.0, height: float = 3.0, **options: object
) -> tuple[Figure, np.ndarray]:
    """A new figure in the course's style, width and height in inches, and its array of axes.

    The array has one dimension when there is one row. Hand the figure to `show`, which closes it.
    """
    with plt.rc_context(_STYLE):
        fig, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False, **options)
    return fig, axes[0] if rows == 1 else axes


def picture(fig: Figure, alt: str) -> str:
    """The figure as an HTML image with its alternative text; closes the figure.

    JupyterLab ignores alternative texts in metadata, so the picture travels as HTML.
    """
    if not alt.strip():
        raise ValueError("alt got an empty text; it takes one that says what the figure shows")
    content = io.BytesIO()
    with plt.rc_context(_STYLE):
        fig.savefig(content, format="png", dpi=80, metadata={"Software": None})
    plt.close(fig)
    # Nothing shines through: without the transparency an eighth is saved.
    smaller = io.BytesIO()
    Image.open(content).convert("RGB").save(smaller, format="png", optimize=True)
    encoded = base64.b64encode(smaller.getvalue()).decode()
    return f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{encoded}">'


def show(fig: Figure, alt: str) -> None:
    """Show a figure, with `alt` for those who cannot see it: what it shows, in a sentence or two.

    Raises ValueError if `alt` is empty.
    """
    bundle = {"text/html": picture(fig, alt), "text/plain": f"Figure: {alt}"}
    display(bundle, raw=True)


def show_canvas(
    axes: Axes, values: np.ndarray, title: str = "", *, largest: float | None = None
) -> None:
    """Draw a canvas, shape (height, width): 0 is white, `largest` (default: its maximum) black."""
    _draw(axes, values, vmin=0, vmax=largest)
    axes.set_title(title)
    axes.set_xticks([])
    axes.set_yticks([])
    _frame(axes)


def show_split(axes: Axes, split: Split, title: str = "") -> None:
    """Draw where a split's positions lie: train light, test dark, places without a square white."""
    kinds = np.zeros((split.canvas, split.canvas), dtype=int)
    for kind, part in ((1, split.train), (2, split.test)):
        x, y = part.cpu().numpy().T
        kinds[y, x] = kind
    _draw(axes, kinds, cmap=ListedColormap([EMPTY, TRAIN, TEST]), vmin=0, vmax=2)
    axes.set_title(title)
    axes.set_xlabel("x")
    axes.set_ylabel("y")


def show_distances(
    axes: Axes, split: Split, distances: Tensor, title: str = "", *, largest: float
) -> None:
    """Draw a number of pixels for each test position, shape (m,): `largest` and more is darkest.

    The train positions are grey.
    """
    show_split(axes, split, title)
    values = np.full((split.canvas, split.canvas), np.nan)
    x, y = split.test.cpu().numpy().T
    values[y, x] = distances.cpu().numpy()
    colours = LinearSegmentedColormap.from_list("distance", ["#F3E4F7", DISTANCE, "#2B0A3D"])
    drawn = _draw(axes, values, cmap=colours, vmin=0, vmax=largest)
    axes.figure.colorbar(drawn, ax=axes, shrink=0.85, label="pixels")


def show_overlaps(axes: Axes, split: Split, overlaps: Tensor, title: str = "") -> None:
    """Draw an overlap (IOU, 0 to 1) for each position: 1 is palest, 0 darkest.

    overlaps: those of the train positions, then those of the test positions, shape (n + m,). The
    test positions are bordered by a dashed line.
    """
    values = np.full((split.canvas, split.canvas), np.nan)
    x, y = np.concatenate([split.train.cpu().numpy(), split.test.cpu().numpy()]).T
    values[y, x] = overlaps.cpu().numpy()
    colours = LinearSegmentedColormap.from_list("overlap", ["#2B0A3D", DISTANCE, "#F3E4F7"])
    drawn = _draw(axes, values, cmap=colours, vmin=0, vmax=1)
    axes.contour(split.held_out, levels=[0.5], colors=TEST, linestyles="dashed", linewidths=1.2)
    axes.set_title(title)
    axes.set_xlabel("x")
    axes.set_ylabel("y")
    axes.figure.colorbar(drawn, ax=axes, shrink=0.85, label="IOU")


def show_painting(
    axes: Axes, values: Tensor, position: Tensor, square: int, title: str = "", colour: str = TEST
) -> None:
    """Draw what a network paints, (height, width), 0 to 1, in its colour, and outline the truth.

    That is a square of `square` pixels around `position`, (x, y).
    """
    ink = LinearSegmentedColormap.from_list("ink", [EMPTY, colour])
    _draw(axes, values.cpu(), cmap=ink, vmin=0, vmax=1)
    left, top = (position.cpu().numpy() - square // 2) - 0.5
    axes.add_patch(Rectangle((left, top), square, square, fill=False, color="#000000"))
    axes.set_title(title)
    axes.set_xticks([])
    axes.set_yticks([])
    _frame(axes)


def show_window(axes: Axes, map: Tensor, position: Tensor, title: str = "") -> None:
    """Draw the 5 × 5 pixels around a position (x, y) of a probability map, written in percent.

    map has shape (height, width); the position, outlined in the middle, lies at least 2 pixels
    from its border.
    """
    x, y = position.tolist()
    part = map[y - 2 : y + 3, x - 2 : x + 3].cpu()
    paper_to_conv = LinearSegmentedColormap.from_list("conv", ["#FFFFFF", CONV])
    _draw(axes, part, cmap=paper_to_conv, vmin=0, vmax=1)
    for row, line in enumerate(part.tolist()):
        for column, value in enumerate(line):
            written = f"{100 * value:.0f}" if value >= 0.005 else "·"
            axes.text(column, row, written, ha="center", va="center", fontsize=10)
    axes.add_patch(Rectangle((1.5, 1.5), 1, 1, fill=False, color=TEST, linewidth=1.5))
    axes.set_title(title)
    axes.set_xticks(range(5), range(x - 2, x + 3))
    axes.set_yticks(range(5), range(y - 2, y + 3))
    _frame(axes)


def show_accuracies(axes: Axes, runs: Sequence[Run], colour: str, label: str) -> None:
    """Draw train (dashed) and test (solid) accuracy in % against the epoch, a line each run."""
    for number, run in enumerate(runs):
        epochs = run.history["epoch"]
        for part, style in (("train", "--"), ("test", "-")):
            values = 100 * np.array(run.history[f"{part}_accuracy"])
            named = f"{label}, {part}" if number == 0 else None
            axes.plot(epochs, values, style, color=colour, label=named, linewidth=1.5)
    axes.set_xlabel("epoch")
    axes.set_ylabel("accuracy (%)")
    axes.set_ylim(-3, 103)


def show_numbers(axes: Axes, values: Tensor, title: str = "") -> None:
    """Draw a small map, shape (height, width), values in [-1, 1], with its numbers written in."""
    _draw(axes, values, vmin=-1, vmax=2.5)  # 1 stays light enough to read what stands on it
    for row, line in enumerate(values.tolist()):
        for column, value in enumerate(line):
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=9)
    axes.set_title(title)
    axes.set_xlabel("column")
    axes.set_ylabel("row")
    axes.set_xticks(range(values.shape[1]))
    axes.set_yticks(range(values.shape[0]))


def show_position_bias(axes: Axes, values: Tensor, title: str = "") -> None:
    """Draw one channel of a position bias, shape (height, width), with lines of equal value.

    The outermost pixels carry no lines: there, padding bends the map.
    """
    values = values.detach().cpu().numpy()
    height, width = values.shape
    _draw(axes, values, alpha=0.6)
    lines = axes.contour(
        range(1, width - 1),
        range(1, height - 1),
        values[1:-1, 1:-1],
        levels=6,
        colors=COORDCONV,
        linewidths=1.2,
        linestyles="solid",
    )
    axes.clabel(lines, fontsize=9)
    axes.set_title(title)
    axes.set_xticks([])
    axes.set_yticks([])


def show_maximum(axes: Axes, map: Tensor, position: Tensor, title: str = "") -> None:
    """Draw a map, shape (height, width), whatever its range: the darker, the larger.

    A ring stands round the white pixel's position (x, y), a cross on the map's largest pixel.
    """
    _draw(axes, map.detach().cpu(), alpha=0.6)
    row, column = divmod(int(map.argmax()), map.shape[1])
    ring = {"markersize": 13, "fillstyle": "none", "markeredgewidth": 1.5}
    axes.plot(*position.tolist(), "o", color=TEST, **ring)
    axes.plot(column, row, "x", color=COORDCONV, markersize=8, markeredgewidth=2.5)
    axes.set_title(title)
    axes.set_xticks([])
    axes.set_yticks([])
    _frame(axes)


def show_skylines(axes: Axes, maps: Tensor, ground: Tensor, title: str = "") -> None:
    """Draw maps, shape (n, height, width), seen from the side: each column's largest value.

    ground: the map (height, width) on which they stand, from its smallest to its largest value in
    each column, in grey. A point marks the top of each map.
    """
    low, high = ground.amin(0).detach().cpu(), ground.amax(0).detach().cpu()
    axes.fill_between(range(len(low)), low, high, color=TRAIN, linewidth=3)
    for line in maps.amax(1).detach().cpu():
        axes.plot(line, color=COORDCONV, linewidth=1.2)
        axes.plot(int(line.argmax()), line.max(), "o", color=COORDCONV)
    axes.set_title(title)
    axes.set_xlabel("column")


def show_points(
    axes: Axes,
    groups: Mapping[str, Sequence[float]],
    ylabel: str,
    colour: str | Sequence[str] = COORDCONV,
) -> None:
    """Draw every value as a point above its group's name; equal values lie side by side.

    colour: one for all groups, or one for each.
    """
    colours = [colour] * len(groups) if isinstance(colour, str) else colour
    for place, (values, ink) in enumerate(zip(groups.values(), colours, strict=True)):
        aside = [0] if len(values) == 1 else np.linspace(-0.2, 0.2, len(values))
        axes.scatter(place + np.asarray(aside), sorted(values), color=ink, alpha=0.7, s=30)
    axes.set_xticks(range(len(groups)), list(groups))
    axes.set_xlim(-0.6, len(groups) - 0.4)
    axes.set_ylabel(ylabel)
    axes.grid(axis="y", alpha=0.3)


def _draw(axes: Axes, values: Any, **options: Any) -> AxesImage:
    # Said here, not in the style, which no longer holds when a finished figure is drawn upon.
    ink_on_paper = {"cmap": "Greys", "interpolation": "nearest"}
    return axes.imshow(np.asarray(values), **ink_on_paper | options)


def _frame(axes: Axes) -> None:
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color(TRAIN)
