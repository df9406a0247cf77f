"""What agents see, what they look at, how they learn, and which goals they reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.ticker import EngFormatter
from torch import Tensor

from coordlib.plots.boxes import outline_boxes
from coordlib.plots.frame import (
    CONV,
    COORDCONV,
    DISTANCE,
    EMPTY,
    border,
    draw,
    side_colour,
    without_ticks,
    write,
)
from coordlib.plots.positions import show_canvas
from coordlib.statistics import paired_interval

_FEWEST = 3  # seeds that have an interval
_STYLES = ("-", "--", ":", "-.")  # of the arms of one side, in turn
_LIGHT = 62.5  # percent of hits from which on black letters are read better than white ones
_GREYS = (0.2, 0.85)  # black and white of a frame below a saliency, so that colour shows on both
_STRONGEST = 0.85  # how far the largest saliency covers the frame


def show_curves(
    axes: Axes,
    curves: Mapping[str, Sequence[tuple[Sequence[float], Sequence[float]]]],
    xlabel: str = "game frames",
    ylabel: str = "return",
) -> None:
    """Draw learning curves: every seed's thin, their mean's thick, its interval from three on.

    curves: arm to its seeds, each (frames, returns), frames rising. Seeds measured at different
    frames are joined by straight lines; the mean goes as far as all of them do. The band is
    Student's 95 % interval, point by point. An arm has its side's colour (`side_colour`), and those
    of one side a line style each; `axes.legend()` names them.
    Raises ValueError for an arm or a seed without frames, or seeds that have none in common.
    """
    drawn: Counter[str] = Counter()
    for arm, seeds in curves.items():
        colour = side_colour(arm)
        style = _STYLES[drawn[colour] % len(_STYLES)]
        drawn[colour] += 1
        common, values = _together(arm, seeds)
        for frames, returns in seeds:
            axes.plot(frames, returns, style, color=colour, linewidth=0.8, alpha=0.45)
        width = 2.4 if len(seeds) > 1 else 1.2  # one seed mustn't look like a mean
        axes.plot(common, values.mean(0), style, color=colour, linewidth=width, label=arm)
        if len(seeds) >= _FEWEST:
            bounds = [paired_interval(column) for column in values.T.tolist()]
            low, high = zip(*((each.low, each.high) for each in bounds), strict=True)
            axes.fill_between(common, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.xaxis.set_major_formatter(EngFormatter())
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)


def show_hits(panels: Sequence[Axes], hits: Mapping[str, Tensor], held_out: Any) -> None:
    """Draw how often each goal is reached, a panel an arm, in percent: 100 is palest, 0 darkest.

    hits: arm to rates, (height, width), 0 to 1, a cell a goal. held_out: which goals were never
    trained, booleans of that shape, a rectangle, which is outlined.
    Raises ValueError if they are no rectangle.
    """
    held_out = np.asarray(held_out, dtype=bool)
    y, x = np.nonzero(held_out)
    if not len(x) or not held_out[y.min() : y.max() + 1, x.min() : x.max() + 1].all():
        raise ValueError("held_out got cells that are no rectangle; it takes one")
    colours = LinearSegmentedColormap.from_list("hits", ["#2B0A3D", DISTANCE, "#F3E4F7"])
    for axes, (arm, rates) in zip(panels, hits.items(), strict=True):
        percent = 100 * rates.cpu().numpy()
        drawn = draw(axes, percent, arm, cmap=colours, vmin=0, vmax=100)
        numbers = [[f"{value:.0f}" for value in row] for row in percent]
        write(axes, numbers, 9, dark=percent < _LIGHT)
        outline_boxes(axes, (x.min(), y.min(), x.max() + 1, y.max() + 1), width=2)
        without_ticks(axes)
        border(axes)
    axes.figure.colorbar(drawn, ax=list(panels), shrink=0.85, label="goals reached (%)")


def show_frames(panels: Sequence[Axes], frames: Any, coordinates: Tensor) -> None:
    """Draw what an agent sees at step t: its stacked frames, then its coordinate channels.

    panels: one for each. frames: uint8, (n, height, width), 0 to 255, black to white, the newest
    last. coordinates: (2, height, width), x and y from -1, white, to 1, in CoordConv's colour.
    """
    for ago, axes, frame in zip(range(len(frames))[::-1], panels, frames, strict=False):
        show_canvas(axes, frame, f"t − {ago}" if ago else "t", largest=255, ink="gray")
    ink = LinearSegmentedColormap.from_list("coordinates", [EMPTY, COORDCONV])
    for axes, name, values in zip(panels[len(frames) :], "xy", coordinates.cpu(), strict=True):
        show_canvas(axes, values, name, smallest=-1, largest=1, ink=ink)
        axes.set_xlabel("−1 white, 1 blue", fontsize=9)


def show_saliency(
    axes: Axes,
    frame: Any,
    saliency: Tensor,
    title: str = "",
    *,
    largest: float | None = None,
    colour: str = CONV,
) -> None:
    """Draw a frame, in greys, and over it in colour where hiding a patch changes the answer.

    frame: uint8, (height, width), black to white. saliency: of that shape, as
    `occlusion.saliency` gives it. largest: what is drawn strongest; default: its own maximum.
    colour: the network's.
    """
    values = saliency.cpu().numpy()
    strength = np.clip(values / (largest or values.max() or 1), 0, 1) * _STRONGEST
    black, white = _GREYS
    below = black + (white - black) * np.asarray(frame, dtype=float) / 255
    over = to_rgb(colour) * strength[..., None] + (below * (1 - strength))[..., None]
    show_canvas(axes, over, title)


def _together(
    arm: str, seeds: Sequence[tuple[Sequence[float], Sequence[float]]]
) -> tuple[np.ndarray, np.ndarray]:
    """The frames that all seeds have reached, (k,), and their returns there, (seeds, k)."""
    if not seeds or not all(len(frames) for frames, _ in seeds):
        raise ValueError(f"curves got no frames for {arm!r}; it takes a seed's at least, of each")
    first = max(min(frames) for frames, _ in seeds)
    last = min(max(frames) for frames, _ in seeds)
    if first > last:
        raise ValueError(f"curves got frames for {arm!r} of which the seeds have none in common")
    every = np.unique(np.concatenate([frames for frames, _ in seeds]))
    common = every[(every >= first) & (every <= last)]
    return common, np.array([np.interp(common, *seed) for seed in seeds])
