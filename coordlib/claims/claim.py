"""What a claim is: a sentence, how it is measured, and what it takes to hold.

What it takes is data. The verdict is computed from it and the figures, and the ledger prints both,
so that nobody has to read code to know what would have made a "yes" a "no".
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from coordlib import checks, records
from coordlib.records import Run
from coordlib.statistics import Interval

HOLDS = ("yes", "in part", "no", "not decided", "not measured")
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}


@dataclass(frozen=True)
class Condition:
    """A figure, by its name, beside a number: Condition("best_test", ">=", 0.8).

    Raises ValueError for a comparison that is not one of COMPARISONS.
    """

    figure: str
    comparison: str
    bound: float

    def __post_init__(self) -> None:
        checks.one_of("comparison", self.comparison, COMPARISONS)

    def __str__(self) -> str:
        return f"{self.figure} {self.comparison} {self.bound}"

    def met(self, figures: Mapping[str, float]) -> bool:
        """Whether it is so."""
        return COMPARISONS[self.comparison](figures[self.figure], self.bound)


@dataclass(frozen=True)
class Thresholds:
    """What a claim takes to hold.

    yes: all of these conditions.
    in_part: groups of conditions; one group will do, with all that is in it.
    no: groups likewise, for a claim that too few or too scattered runs can leave open: with less
        than all of these it isn't decided. Without any, what doesn't hold in part doesn't hold.
    """

    yes: Sequence[Condition]
    in_part: Sequence[Sequence[Condition]] = ()
    no: Sequence[Sequence[Condition]] = ()

    def verdict(self, figures: Mapping[str, float]) -> str:
        """One of HOLDS; "not measured" if a figure is not there that a condition is about."""
        every = [group for groups in self._groups().values() for group in groups]
        if not {each.figure for group in every for each in group} <= figures.keys():
            return "not measured"
        for holds, groups in self._groups().items():
            if any(all(each.met(figures) for each in group) for group in groups):
                return holds
        return self._otherwise()

    def words(self) -> dict[str, str]:
        """What makes it one of HOLDS, to be printed."""
        words = {
            holds: ", or ".join(" and ".join(map(str, group)) for group in groups)
            for holds, groups in self._groups().items()
            if groups
        }
        return {**words, self._otherwise(): "otherwise"}

    def _groups(self) -> dict[str, Sequence[Sequence[Condition]]]:
        """Of each verdict, in the order in which they are tried, what makes it: one group will."""
        return {"yes": [self.yes], "in part": self.in_part, "no": self.no}

    def _otherwise(self) -> str:
        return "not decided" if self.no else "no"


def nearly_all(share: str) -> Thresholds:
    """For what nearly all runs do: nine in ten, seeds being seeds. `share` is the figure's name."""
    return Thresholds(yes=[Condition(share, ">=", 0.9)], in_part=[[Condition(share, ">", 0)]])


def of_parts(*parts: Sequence[Condition]) -> Thresholds:
    """For what has several parts: with all of them it holds, with one of them in part."""
    return Thresholds(yes=[each for part in parts for each in part], in_part=parts)


@dataclass(frozen=True)
class Finding:
    """What was measured for a claim.

    ours, spread: in words, and over what.
    recipe: by whose recipe the runs were trained (the paper's, as released, or the course's), and
        how it was chosen; "" where nothing was trained.
    figures: the numbers behind `ours`, by name, the thresholds' among them.
    intervals: of those figures that are shares or medians of runs.
    runs: what they were measured on; none where the layer itself was.
    command: repeats it, where that isn't the first run's own.
    """

    ours: str
    spread: str
    figures: dict[str, float]
    intervals: dict[str, Interval] = field(default_factory=dict)
    runs: Sequence[Run] = ()
    recipe: str = ""
    command: str = ""


@dataclass(frozen=True)
class Entry:
    """One line of the ledger: a claim, and what came out.

    id, says, paper: as in the claim; ours, spread, recipe, intervals: as they were found.
    holds: one of HOLDS; thresholds: what makes it "yes", "in part" and so on.
    figures: those of runs to four digits, which is what a run repeats.
    runs: the folders of the recorded runs, below data/, each with its own command in its run.json.
    command: repeats the first of them, or, where they are whole grids, the first grid.
    """

    id: str
    says: str
    paper: str
    ours: str
    spread: str
    recipe: str
    holds: str
    thresholds: dict[str, str]
    figures: dict[str, float]
    intervals: dict[str, Interval]
    runs: list[str]
    command: str


@dataclass(frozen=True)
class Claim:
    """One claim, to be measured.

    id: C1 and on are the paper's claims, O1 and on this course's own questions.
    says: the claim in our words; `paper`: the figure that the paper or its authors give, if any.
    thresholds: what it takes to hold.
    measure: what the recorded runs, or the layer, say about it; None if no run is there.
    """

    id: str
    says: str
    paper: str
    thresholds: Thresholds
    measure: Callable[[], Finding | None]

    def entry(self) -> Entry:
        """Its line of the ledger, measured anew."""
        found = self.measure()
        if found is None:
            found = Finding("its runs are not all recorded yet", "–", {})
        figures = found.figures
        if found.runs:
            figures = {name: _rounded(value) for name, value in figures.items()}
        return Entry(
            id=self.id,
            says=self.says,
            paper=self.paper,
            ours=found.ours,
            spread=found.spread,
            recipe=found.recipe,
            # By the figures as they were measured: rounding carries none over a threshold.
            holds=self.thresholds.verdict(found.figures),
            thresholds=self.thresholds.words(),
            figures=figures,
            intervals={name: _rounded_interval(each) for name, each in found.intervals.items()},
            runs=[run.folder.relative_to(records.data_folder()).as_posix() for run in found.runs],
            command=found.command or (found.runs[0].command if found.runs else ""),
        )


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def _rounded_interval(interval: Interval) -> Interval:
    return Interval(_rounded(interval.low), _rounded(interval.high), _rounded(interval.level))
