"""O1, the course's own question: is it convolution that fails, or anything else than CoordConv?"""

from __future__ import annotations

from statistics import mean

from coordlib.claims.claim import Claim, Condition, Finding, Thresholds
from coordlib.claims.evidence import SPLITS, sweep

_SOLVES = [Condition(f"coordconv_{split}", ">=", 0.99) for split in SPLITS]


def _is_it_convolution() -> Finding | None:
    runs = sweep("controls")
    if not runs:
        return None
    figures, seeds = {}, set()
    for network in dict.fromkeys(run.settings["network"] for run in runs):
        for split in SPLITS:
            each = [
                run.final["test_accuracy"]
                for run in runs
                if (run.settings["network"], run.settings["split"]) == (network, split)
            ]
            if each:
                figures[f"{network}_{split}"] = mean(each)
                seeds.add(len(each))
    seconds = sorted(run.seconds for run in runs)
    uniform, quadrant = (
        ", ".join(
            f"{name.removesuffix('_' + split).replace('_', ' ')} {100 * value:.0f}"
            for name, value in figures.items()
            if name.endswith(split)
        )
        for split in SPLITS
    )
    others = [value for name, value in figures.items() if not name.startswith("coordconv_")]
    return Finding(
        f"mean test accuracy in %, uniform: {uniform}; quadrant: {quadrant}",
        f"{min(seeds)} seeds each, {seconds[0]:.0f} to {seconds[-1]:.0f} s of one core a run",
        {**figures, "others_best": max(others, default=0.0)},
        runs=runs,
        recipe="the course's: CoordConv's settled with a look at test, the others' not tuned",
        command="coordlib sweep controls",
    )


CLAIMS = (
    Claim(
        "O1",
        "Of seven networks trained for a minute or two, only CoordConv solves the puzzle",
        "compares two of them",
        Thresholds(yes=[*_SOLVES, Condition("others_best", "<", 0.99)], in_part=[_SOLVES]),
        _is_it_convolution,
    ),
)
