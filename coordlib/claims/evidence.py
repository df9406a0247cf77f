"""What claims stand on: recorded runs and sweeps, counted, and sentences about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

from coordlib import datasets, records
from coordlib.records import Run
from coordlib.statistics import Interval, paired_interval, share_interval

SPLITS = (datasets.SPLITS[0], datasets.SPLITS[2])  # the paper's two: uniform and quadrant


def runs_of(task: str, start: str = "", **settings: Any) -> list[Run]:
    """The shipped runs of a task whose folder's name starts so and whose settings are these.

    Those that were stopped before their first evaluation say nothing yet.
    """
    return [
        run
        for run in records.shipped(task)
        if run.history and run.folder.name.startswith(start) and _has(run, settings)
    ]


def sweep(grid: str, **settings: Any) -> list[Run]:
    """The finished runs of a shipped grid whose settings are these."""
    return [run for run in records.shipped_sweep(grid) if run.finished and _has(run, settings)]


def fresh(task: str) -> dict[str, list[Run]]:
    """By split, the runs of a task's recipe that was frozen before anybody saw these seeds.

    What was frozen, and how it had been chosen, stands in data/plans/fresh-seeds.json.
    """
    return {split: sweep(f"fresh-{task}", split=split) for split in SPLITS}


def paired(ones: Iterable[Run], others: Iterable[Run]) -> list[tuple[Run, Run]]:
    """The runs of one arm, each beside that of another arm with the same seed, by seed."""
    one, other = ({run.seed: run for run in runs} for runs in (ones, others))
    return [(one[seed], other[seed]) for seed in sorted(one.keys() & other.keys())]


@dataclass(frozen=True)
class Comparison:
    """What a metric's last values say of pairs of runs: both means, and their mean difference.

    differences: the other run's less the first one's, by seed. interval: of their mean.
    """

    one: float
    other: float
    differences: list[float]
    interval: Interval


def compare(pairs: Iterable[tuple[Run, Run]], metric: str) -> Comparison:
    """The second runs of pairs, two at least, beside the first ones."""
    one, other = (finals(runs, metric) for runs in zip(*pairs, strict=True))
    differences = [ours - theirs for ours, theirs in zip(other, one, strict=True)]
    return Comparison(mean(one), mean(other), differences, paired_interval(differences))


def _has(run: Run, settings: dict[str, Any]) -> bool:
    return all(run.settings.get(name) == value for name, value in settings.items())


def together(by_split: Mapping[str, list[Run]]) -> list[Run]:
    """All of them, or none if a split has none yet."""
    return [run for each in by_split.values() for run in each] if all(by_split.values()) else []


def finals(runs: Iterable[Run], metric: str) -> list[float]:
    """What the runs' last evaluations say."""
    return [run.final[metric] for run in runs]


def percent(part: float) -> str:
    """A part of 1 as 12.3 %."""
    return f"{100 * part:.1f} %"


def length(runs: Sequence[Run]) -> str:
    """How far the runs got of what their recipe asks."""
    done = min(run.final["epoch"] for run in runs)
    asked = runs[0].recipe["epochs"]
    return f"{done} of {asked} epochs" if done < asked else f"{asked} epochs"


def lengths(runs: Sequence[Run]) -> str:
    """How many runs there are of each length that a recipe asks, and how far they got."""
    asked = dict.fromkeys(run.recipe["epochs"] for run in runs)
    groups = [[run for run in runs if run.recipe["epochs"] == epochs] for epochs in asked]
    return ", ".join(f"{len(group)} runs of {length(group)}" for group in groups)


def per_split(by_split: Mapping[str, list[Run]], what: str) -> str:
    """How many of `what` there are for each split."""
    uniform, quadrant = (len(by_split[split]) for split in SPLITS)
    if uniform == quadrant:
        return f"{uniform} {what} a split"
    return f"{uniform} {what} uniform, {quadrant} quadrant"


def pixels(values: Sequence[float]) -> str:
    """Distances: their median, lowest and highest."""
    least, most = (f"{n:.2g}" if n < 100 else f"{n:,.0f}" for n in (min(values), max(values)))
    return f"{median(values):.3g} px ({least} to {most})"


def shares(
    counted: Mapping[str, tuple[int, int]],
) -> tuple[dict[str, float], dict[str, Interval]]:
    """From k of n, by name: k / n as figures, and their intervals."""
    figures = {name: number / of for name, (number, of) in counted.items()}
    return figures, {name: share_interval(*each) for name, each in counted.items()}


def perfection(
    by_split: Mapping[str, list[Run]], metric: str
) -> tuple[str, dict[str, float], dict[str, Interval]]:
    """How many runs end at 1 on both parts, split by split: in words, as figures, with intervals.

    The figures' "share" is that of all runs.
    """
    perfect = {
        split: sum(run.final[f"train_{metric}"] == run.final[f"test_{metric}"] == 1 for run in each)
        for split, each in by_split.items()
    }
    of = {split: len(each) for split, each in by_split.items()}
    said = ", ".join(f"{split} {perfect[split]} of {of[split]}" for split in SPLITS)
    figures, intervals = shares(
        {f"share_{split}": (perfect[split], of[split]) for split in by_split}
        | {"share": (sum(perfect.values()), sum(of.values()))}
    )
    counts = {f"perfect_{split}": number for split, number in perfect.items()}
    return said, {**counts, **figures}, intervals
