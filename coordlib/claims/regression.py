"""Claims C9 to C11, from the pixel back to (x, y) (paper section 4.2, supplement S3)."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

from coordlib.claims.claim import Claim, Condition, Finding, nearly_all, of_parts
from coordlib.claims.evidence import (
    SPLITS,
    finals,
    fresh,
    per_split,
    pixels,
    runs_of,
    shares,
    sweep,
    together,
)
from coordlib.records import Run
from coordlib.statistics import median_interval


def regressors(network: str) -> dict[str, list[Run]]:
    """Those at full size, by split."""
    return {split: runs_of("regression", f"{network}-{split}-") for split in SPLITS}


def _seeds(by_split: dict[str, list[Run]]) -> Finding | None:
    """What all seeds of a regressor say, split by split."""
    runs = together(by_split)
    if not runs:
        return None
    said, figures, intervals = [], {}, {}
    for split, each in by_split.items():
        distances = finals(each, "test_distance")
        said.append(f"{split} {pixels(distances)}")
        figures[f"{split}_median"] = median(distances)
        figures[f"{split}_worst"] = max(distances)
        intervals[f"{split}_median"] = median_interval(distances)
    return Finding(
        ", ".join(said),
        per_split(by_split, "seeds"),
        figures,
        intervals,
        runs,
        recipe="the course's recipe",
    )


def _fully_connected() -> Finding | None:
    found = _seeds(regressors("conv_fc"))
    if found is None:
        return None
    quadrant = finals(regressors("conv_fc")["quadrant"], "test_distance")
    apart = min(quadrant) / found.figures["uniform_worst"]
    return replace(found, figures={**found.figures, "quadrant_best_by_uniform_worst": apart})


def _pooling() -> Finding | None:
    swept = sweep("regression-conv", network="conv_pool", split="quadrant")
    # Settings make a difference anywhere: the other network's own sweep says what is usual.
    others = sweep("regression-conv", network="conv_fc", split="uniform")
    found = _seeds(regressors("conv_pool"))
    if found is None or not swept or not others:
        return None
    settings, usual = (finals(runs, "test_distance") for runs in (swept, others))
    apart, usually = (max(each) / min(each) for each in (settings, usual))
    return Finding(
        f"{found.ours}; quadrant at the paper's {len(swept)} settings {pixels(settings)}, "
        f"the other network's on the uniform split {pixels(usual)}",
        f"{found.spread}; one seed a setting",
        {
            "uniform_median": found.figures["uniform_median"],
            "quadrant_median": found.figures["quadrant_median"],
            "settings_best": min(settings),
            "settings_worst": max(settings),
            "settings_worst_by_best": apart,
            "others_worst_by_best": usually,
            "times_as_far_apart": apart / usually,
        },
        found.intervals,
        [*found.runs, *swept, *others],
        recipe=f"{found.recipe}; the settings: the paper's",
    )


def _coordconv() -> Finding | None:
    found = _seeds(fresh("regression"))
    if found is None:
        return None
    below = [distance < 1 for distance in finals(found.runs, "test_distance")]
    figures, intervals = shares({"share_below_a_pixel": (sum(below), len(below))})
    return replace(
        found,
        figures={**found.figures, **figures},
        intervals={**found.intervals, **intervals},
        recipe=f"{found.recipe}, frozen before these seeds (the released one: O2)",
    )


CLAIMS = (
    Claim(
        "C9",
        "Back to (x, y), convolution + fully connected solves the uniform split, fails on the "
        "other",
        "fails completely on quadrant",
        of_parts(
            [Condition("uniform_worst", "<", 1)],
            [Condition("quadrant_best_by_uniform_worst", ">", 5)],
        ),
        _fully_connected,
    ),
    Claim(
        "C10",
        "Convolution + global pooling generalises in part on the quadrant split, and is delicate",
        "about 5 px on quadrant",
        of_parts(
            [Condition("quadrant_median", ">", 2), Condition("quadrant_median", "<", 10)],
            [Condition("times_as_far_apart", ">", 5)],
        ),
        _pooling,
    ),
    Claim(
        "C11",
        "With one CoordConv layer, 906 parameters solve both splits",
        "solved",
        nearly_all("share_below_a_pixel"),
        _coordconv,
    ),
)
