"""What a layer computes: a map by its numbers, its lines of equal value, its largest pixel."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle
from torch import Tensor

from coordlib.plots.frame import (
    CONV,
    COORDCONV,
    EMPTY,
    TEST,
    TRAIN,
    border,
    draw,
    without_ticks,
    write,
)


def show_window(axes: Axes, map: Tensor, position: Tensor, title: str = "") -> None:
    """Draw the 5 × 5 pixels around a position (x, y) of a probability map, written in percent.

    map has shape (height, width); the position, outlined in the middle, lies at least 2 pixels
    from its border.
    """
    x, y = position.tolist()
    part = map[y - 2 : y + 3, x - 2 : x + 3].cpu()
    paper_to_conv = LinearSegmentedColormap.from_list("conv", [EMPTY, CONV])
    draw(axes, part, title, cmap=paper_to_conv, vmin=0, vmax=1)
    written = [[f"{100 * p:.0f}" if p >= 0.005 else "·" for p in row] for row in part.tolist()]
    write(axes, written, 10)
    axes.add_patch(Rectangle((1.5, 1.5), 1, 1, fill=False, color=TEST, linewidth=1.5))
    axes.set_xticks(range(5), range(x - 2, x + 3))
    axes.set_yticks(range(5), range(y - 2, y + 3))
    border(axes)


def show_numbers(axes: Axes, values: Tensor, title: str = "") -> None:
    """Draw a small map, shape (height, width), values in [-1, 1], with its numbers written in."""
    draw(axes, values, title, vmin=-1, vmax=2.5)  # 1 stays light enough to read what stands on it
    write(axes, [[f"{value:.2f}" for value in row] for row in values.tolist()], 9)
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
    draw(axes, values, title, alpha=0.6)
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
    without_ticks(axes)


def show_maximum(axes: Axes, map: Tensor, position: Tensor, title: str = "") -> None:
    """Draw a map, shape (height, width), whatever its range: the darker, the larger.

    A ring stands round the white pixel's position (x, y), a cross on the map's largest pixel.
    """
    draw(axes, map.detach().cpu(), title, alpha=0.6)
    row, column = divmod(int(map.argmax()), map.shape[1])
    ring = {"markersize": 13, "fillstyle": "none", "markeredgewidth": 1.5}
    axes.plot(*position.tolist(), "o", color=TEST, **ring)
    # At the rim half of a cross would be cut off.
    cross = {"markersize": 8, "markeredgewidth": 2.5, "clip_on": False}
    axes.plot(column, row, "x", color=COORDCONV, **cross)
    without_ticks(axes)
    border(axes)


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
