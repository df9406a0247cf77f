"""C12 and O2, which look at several experiments at once."""

from __future__ import annotations

from collections.abc import Callable

from coordlib.claims.claim import Claim, Condition, Finding, Thresholds, of_parts
from coordlib.claims.classification import deconvolutions
from coordlib.claims.evidence import finals, percent, shares, sweep
from coordlib.claims.regression import regressors

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
    runs = [run for each in whole.values() for run in each]
    if not runs:
        return None
    solved = {task: sum(_SOLVED[task](run.final) for run in each) for task, each in whole.items()}
    said = [f"{task} {number} of {len(whole[task])}" for task, number in solved.items()]
    said += [f"{task} not recorded" for task in grids if task not in whole]
    # The settings are all that there are; the intervals are about the seed, which is one of many.
    figures, intervals = shares(
        {f"share_{task}": (number, len(whole[task])) for task, number in solved.items()}
        | {"share": (sum(solved.values()), len(runs))}
    )
    counts = {f"solved_{task}": number for task, number in solved.items()}
    return Finding(
        f"solved: {', '.join(said)}",
        "one seed a setting, last evaluation",
        {**counts, **figures},
        intervals,
        runs,
        command=f"coordlib sweep {next(iter(whole))}-coordconv",
        recipe="as released, as we read it; rendering with the sigmoid loss, its log names none, "
        "and white squares where the release has grey ones",
    )


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
