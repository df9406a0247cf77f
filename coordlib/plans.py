"""Plans: what is to be run, written down before it is, and what was run otherwise.

A plan is a file data/plans/NAME.json whose keys are the fields of `Plan`. Who reads it knows which
runs were to come, how long, and what would count as which answer, before anybody knew the answers.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from coordlib import fields, records
from coordlib.fields import Between
from coordlib.records import Run
from coordlib.storage import read_json, reading


@dataclass(frozen=True)
class Arm:
    """Runs of one kind.

    name, says: what it is called, and what is run.
    runs: the pattern that their folders below data/ fit, and no others, such as
        "runs/classification/deconv-*".
    seeds: with which they are run, each as often as the others.
    n: how many runs that makes.
    settings, recipe: what all of them have in common.

    Raises ValueError that names the field for what can't be.
    """

    name: str
    says: str
    runs: str
    seeds: list[int]
    n: Annotated[int, Between(1)]
    settings: dict[str, Any]
    recipe: dict[str, Any]

    def __post_init__(self) -> None:
        parts = PurePosixPath(self.runs).parts
        if parts[:1] not in (("runs",), ("sweeps",)) or ".." in parts or "**" in self.runs:
            raise ValueError(
                f"runs of the arm {self.name!r} got {self.runs!r}; it takes the pattern of folders "
                f"below runs/ or sweeps/, without .. and **"
            )
        if not self.seeds or len(set(self.seeds)) < len(self.seeds) or self.n % len(self.seeds):
            raise ValueError(
                f"seeds of the arm {self.name!r} got {self.seeds}; it takes different ones, of "
                f"which its n = {self.n} is a multiple"
            )


@dataclass(frozen=True)
class Outcomes:
    """What would count as a gain, as a null (no difference that matters), and as a harm."""

    gain: str
    null: str
    harm: str


@dataclass(frozen=True)
class Plan:
    """What is to be run, and why.

    name: that of the file. question: what the runs are to answer.
    written: the day of the plan, as 2026-11-28.
    chosen: how the arms were chosen, and what is not chosen by results.
    arms: the runs; length: how long they are, and what is shown if they can't be as long.
    measures, tests: what is read off the runs, and how it is compared.

    Raises ValueError that names the field for what can't be.
    """

    name: str
    question: str
    written: str
    chosen: str
    arms: list[Arm]
    measures: list[str]
    length: str
    tests: list[str]
    outcomes: Outcomes

    def __post_init__(self) -> None:
        try:
            datetime.date.fromisoformat(self.written)
        except ValueError as error:
            takes = "it takes a day such as 2026-11-28"
            raise ValueError(f"written got {self.written!r}; {takes}") from error
        for field in ("arms", "measures", "tests"):
            if not getattr(self, field):
                raise ValueError(f"{field} got none; it takes at least one")
        names = [arm.name for arm in self.arms]
        if len(set(names)) < len(names):
            raise ValueError(f"arms got the names {', '.join(names)}; it takes different ones")


@dataclass(frozen=True)
class Deviation:
    """In one line, what is otherwise than planned; `contradicts`, if no further run mends it."""

    says: str
    contradicts: bool


def shipped() -> list[Plan]:
    """The plans that come with the course, ordered by name."""
    paths = (records.data_folder() / "plans").glob("*.json")
    return [read(path) for path in sorted(paths, key=lambda path: path.stem)]


def read(path: Path) -> Plan:
    """The plan in a file.

    Raises StorageError that names the file if it is missing, or if a key or a value in it is none
    that a plan takes.
    """
    with reading(path, "plan of coordlib"):
        return fields.parse(Plan, read_json(path), name=path.stem)


def deviations(plan: Plan) -> list[Deviation]:
    """What was run otherwise than the plan says, arm by arm; [] if all is as planned.

    A run that is missing, or not finished, is still to come: the plan is incomplete, and what
    is there is to be shown with the length it has. What contradicts the plan can't be mended by
    going on: a run with another seed, another setting or another recipe (a shorter one as well,
    since a finished run goes no further), and more runs than were planned, among which somebody
    could choose.

    Raises StorageError for a run that is damaged.
    """
    found = []
    for arm in plan.arms:
        for says, contradicts in _deviations(arm):
            state = "contradicted" if contradicts else "incomplete"
            found.append(Deviation(f"plan {plan.name} is {state}: {arm.name}: {says}", contradicts))
    return found


def _deviations(arm: Arm) -> Iterator[tuple[str, bool]]:
    paths = sorted(records.data_folder().glob(f"{arm.runs}/run.json"))
    runs = [records.load(path.parent) for path in paths]
    there = Counter(run.seed for run in runs)
    each = arm.n // len(arm.seeds)
    for seed in arm.seeds:
        if there[seed] < each:
            yield f"{each - there[seed]} of {each} runs with seed {seed} are missing", False
        if there[seed] > each:
            yield f"{there[seed]} runs with seed {seed} are there; planned are {each}", True
    for run in runs:
        name = run.folder.relative_to(records.data_folder()).as_posix()
        for field, is_there, planned in _differences(arm, run):
            yield f"{name} has {field} {is_there!r}; planned is {planned!r}", True
        if not run.finished:
            epoch = run.final.get("epoch", 0)
            yield f"{name} is not finished: epoch {epoch}, step {run.step:,}", False


def _differences(arm: Arm, run: Run) -> Iterator[tuple[str, object, object]]:
    """What the run has otherwise than its arm: the field, its value and the planned one."""
    if run.seed not in arm.seeds:
        yield "seed", run.seed, arm.seeds
    for planned, values in ((arm.settings, run.settings), (arm.recipe, run.recipe)):
        for field, value in planned.items():
            if values.get(field) != value:
                yield field, values.get(field), value
