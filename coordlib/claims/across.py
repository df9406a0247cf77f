"""C12 and O2, which look at several experiments at once."""

from __future__ import annotations

from collections.abc import Callable
from statistics import mean

from coordlib.claims.claim import Claim, Condition, Finding, Thresholds, of_parts
from coordlib.claims.classification import deconvolutions
from coordlib.claims.evidence import finals, percent, shares, sweep
from coordlib.claims.regression import regressors
from coordlib.records import Run

# By task: CoordConv's settings in the released logs, and when a run has solved its task.
_SETTINGS = {"classification": 12, "rendering": 16, "regression": 2}
_SOLVED: dict[str, Callable[[dict[str, float]], bool]] = {
    "classification": lambda final: final["train_accuracy"] == final["test_accuracy"] == 1,
    "rendering": lambda final: final["train_perfect"] == final["test_perfect"] == 1,
    "regression": lambda final: final["test_distance"] < 1,
}


def _both_directions() -> Finding | None:
    # All that are made of convolutions, whatever came of them on the other split.
    painters = deconvolutions("quadrant")
    for network in ("upsample", "dilated", "dilated_circular"):
        painters += sweep("controls", network=network, split="quadrant")
    readers = [*regressors("conv_fc")["quadrant"], *regressors("conv_pool")["quadrant"]]
    if not painters or not readers:
        return None
    best = max(painters, key=lambda run: run.final["test_accuracy"])
    accuracy = best.final["test_accuracy"]
    nearest = min(finals(readers, "test_distance"))
    return Finding(
        f"quadrant split, without coordinates: best painter ({best.settings['network']}) "
        f"{percent(accuracy)}, best regressor {nearest:.1f} px",
        f"{len(painters)} and {len(readers)} runs",
        {"best_test_accuracy": accuracy, "least_pixels": nearest},
        runs=[*painters, *readers],
        recipe="as in C2, O1, C9 and C10; none as long as the paper's",
    )


def _the_papers_settings() -> Finding | None:
    grids = {task: sweep(f"{task}-coordconv") for task in _SETTINGS}
    whole = {task: each for task, each in grids.items() if len(each) == _SETTINGS[task]}
    # The released logs have one seed; of those whose outcome hangs on chance there are others.
    by_task = {task: [*each, *sweep(f"released-{task}")] for task, each in whole.items()}
    runs = [run for each in by_task.values() for run in each]
    if not runs:
        return None
    solved = {task: [_when_solved(run) for run in each] for task, each in by_task.items()}
    counts = {task: (sum(each[-1] for each in when), len(when)) for task, when in solved.items()}
    said = [f"{task} {number} of {of}" for task, (number, of) in counts.items()]
    said += [f"{task} not recorded" for task in grids if task not in whole]
    every = [when for each in solved.values() for when in each]
    ever = sum(map(any, every))
    late = mean(mean(when[len(when) // 2 :]) for when in every)
    # The intervals are about the seed: the settings are all that there are.
    figures, intervals = shares(
        {f"share_{task}": each for task, each in counts.items()}
        | {"share": (sum(when[-1] for when in every), len(every))}
    )
    numbers = {f"solved_{task}": number for task, (number, _) in counts.items()}
    return Finding(
        f"solved at the last evaluation: {', '.join(said)}; at any evaluation {ever} of "
        f"{len(every)}; of the evaluations in the second half {percent(late)}",
        _seeds(by_task),
        {**numbers, **figures, "ever": ever, "late": late},
        intervals,
        runs,
        command=f"coordlib sweep {next(iter(whole))}-coordconv",
        recipe="as released, as we read it; rendering with the sigmoid loss, its log names none, "
        "and white squares where the release has grey ones",
    )


def _when_solved(run: Run) -> list[bool]:
    """For each evaluation, all equally far apart, whether the run's task was solved by then."""
    history = run.history
    rows = zip(*history.values(), strict=True)
    return [_SOLVED[run.task](dict(zip(history, row, strict=True))) for row in rows]


def _seeds(by_task: dict[str, list[Run]]) -> str:
    """How many seeds each task's settings have."""
    numbers = {task: len({run.seed for run in runs}) for task, runs in by_task.items()}
    if set(numbers.values()) == {1}:
        return "one seed a setting"
    said = (f"{task} {number}" for task, number in numbers.items())
    return f"seeds a setting: {', '.join(said)}"


CLAIMS = (
    Claim(
        "C12",
        "Both directions are hard for convolution",
        "",
        of_parts(
            [Condition("best_test_accuracy", "<", 0.1)],
            [Condition("least_pixels", ">", 1)],
        ),
        _both_directions,
    ),
    Claim(
        "O2",
        "At nearly all settings in the released logs CoordConv solves its task",
        "",
        # In each task: many runs of one don't make up for another.
        Thresholds(
            yes=[Condition(f"share_{task}", ">=", 0.9) for task in _SETTINGS],
            in_part=[[Condition("share", ">=", 0.5)]],
        ),
        _the_papers_settings,
    ),
)
