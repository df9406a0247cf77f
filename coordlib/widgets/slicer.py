"""A sweep's runs as lines through their settings to their results, to be sliced by a click."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import traitlets
from matplotlib.figure import Figure

from coordlib import plots
from coordlib.records import Run
from coordlib.widgets.base import Widget, source

_SIDES = {"Conv": plots.CONV, "CoordConv": plots.COORDCONV}


class SweepSlicer(Widget):
    """Parallel coordinates: an axis a setting, then an axis a result; click values to keep them.

    On an axis where nothing is chosen, all values are kept. CoordConv's runs have their colour, all
    others Conv's. `selected()` gives the runs that are kept.

    >>> SweepSlicer(runs, {"rate": lambda run: run.recipe["learning_rate"]},
    ...             {"test (%)": lambda run: 100 * run.final["test_accuracy"]})
    """

    _esm = source("common.js", "slicer.js")

    axes = traitlets.List().tag(sync=True)  # for each setting its name and its values, in order
    results = traitlets.List(traitlets.Unicode()).tag(sync=True)
    # For each run its side, where on each axis it lies, and its results in percent.
    runs = traitlets.List().tag(sync=True)
    colours = traitlets.Dict().tag(sync=True)
    chosen = traitlets.Dict().tag(sync=True)  # axis to the values kept; all if it is not there

    def __init__(
        self,
        runs: Sequence[Run],
        settings: Mapping[str, Callable[[Run], float | str]],
        results: Mapping[str, Callable[[Run], float]],
    ) -> None:
        """settings, results: what each axis shows of a run; a result is a number from 0 to 100.

        Raises ValueError if there are no runs, settings or results.
        """
        for name, value in (("runs", runs), ("settings", settings), ("results", results)):
            if not value:
                raise ValueError(f"{name} got none; it takes at least one")
        values = {name: sorted({get(run) for run in runs}) for name, get in settings.items()}
        super().__init__(
            axes=[{"name": name, "values": list(map(_text, all))} for name, all in values.items()],
            results=list(results),
            runs=[
                {
                    "side": "CoordConv" if run.settings["network"] == "coordconv" else "Conv",
                    "at": [values[name].index(get(run)) for name, get in settings.items()],
                    "results": [get(run) for get in results.values()],
                }
                for run in runs
            ],
            colours=_SIDES,
        )
        self._runs = list(runs)

    def __repr__(self) -> str:
        return f"SweepSlicer({len(self._runs)} runs)"

    def selected(self) -> list[Run]:
        """The runs that the choice keeps."""
        return [run for run, kept in zip(self._runs, self._kept(), strict=True) if kept]

    def _kept(self) -> list[bool]:
        allowed = [set(self.chosen.get(axis["name"], axis["values"])) for axis in self.axes]
        return [
            all(
                axis["values"][at] in values
                for axis, at, values in zip(self.axes, run["at"], allowed, strict=True)
            )
            for run in self.runs
        ]

    def alt(self) -> str:
        kept = self._kept()
        words = [f"{len(self.runs)} runs as lines through {len(self.axes)} settings."]
        for side in _SIDES:
            values = [
                run["results"][-1]
                for run, keep in zip(self.runs, kept, strict=True)
                if keep and run["side"] == side
            ]
            if values:
                middle, best = statistics.median(values), max(values)
                words.append(
                    f"{side}: {len(values)} runs, {self.results[-1]} median {middle:.0f}, "
                    f"best {best:.0f}."
                )
        return " ".join(words)

    def still(self) -> Figure:
        names = [axis["name"] for axis in self.axes] + list(self.results)
        fig, (axes,) = plots.figure(width=9.0, height=3.4)
        kept = self._kept()
        # The runs that are left out lie below; the others in order of their last result.
        order = sorted(range(len(kept)), key=lambda n: (kept[n], self.runs[n]["results"][-1]))
        for n in order:
            run, spread = self.runs[n], (n / max(1, len(kept) - 1) - 0.5) * 0.06
            heights = [
                _height(at, len(axis["values"])) + spread
                for axis, at in zip(self.axes, run["at"], strict=True)
            ] + [value / 100 for value in run["results"]]
            colour = _SIDES[run["side"]] if kept[n] else plots.TRAIN
            axes.plot(heights, color=colour, alpha=0.9 if kept[n] else 0.25, linewidth=0.9)
        box = {"facecolor": "white", "edgecolor": plots.TRAIN, "pad": 2}
        for place, axis in enumerate(self.axes):
            for n, value in enumerate(axis["values"]):
                height = _height(n, len(axis["values"]))
                axes.text(place, height, value, ha="center", va="center", fontsize=9, bbox=box)
        for place in range(len(self.axes), len(names)):
            for level in np.linspace(0, 1, 5):
                axes.text(place + 0.04, level, f"{100 * level:.0f}", fontsize=9, va="center")
        axes.vlines(range(len(names)), 0, 1, color=plots.TEST, linewidth=0.8, zorder=0)
        axes.set_xticks(range(len(names)), names)
        axes.set_yticks([])
        axes.set_ylim(-0.06, 1.06)
        axes.spines[["left", "bottom"]].set_visible(False)
        return fig


def _height(index: int, count: int) -> float:
    return 0.5 if count == 1 else index / (count - 1)


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
