"""What came out: the curves of recorded runs, and the values of groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from coordlib.plots.frame import COORDCONV, TEST, TRAIN
from coordlib.records import Run
from coordlib.statistics import LEVEL, paired_interval


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


def show_intervals(
    axes: Axes,
    groups: Mapping[str, Sequence[float]],
    xlabel: str,
    margin: float,
    colour: str = COORDCONV,
    level: float = LEVEL,
) -> None:
    """Draw paired differences, a row a group: each as a point, and their mean's interval.

    groups: name to differences, at least two. margin: differences up to it, grey, don't matter.
    level: the interval's; see `paired_interval`.
    """
    axes.axvspan(-margin, margin, color=TRAIN, alpha=0.35, linewidth=0)
    axes.axvline(0, color=TEST, linewidth=0.8)
    for row, differences in enumerate(groups.values()):
        interval = paired_interval(differences, level)
        axes.hlines(row, interval.low, interval.high, color=colour, linewidth=3)
        axes.plot(np.mean(differences), row, "|", color=colour, markersize=16, markeredgewidth=3)
        above = np.full(len(differences), row - 0.28)
        axes.scatter(differences, above, color=colour, alpha=0.7, s=20)
    axes.set_yticks(range(len(groups)), list(groups))
    axes.set_ylim(len(groups) - 0.5, -0.6)
    axes.set_xlabel(xlabel)
