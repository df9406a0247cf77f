"""Claims C1 to C6, from (x, y) to the pixel there (paper section 4.1, supplement S1 and S2)."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import torch

from coordlib import recording, records
from coordlib.claims.claim import Claim, Condition, Finding, Thresholds, nearly_all
from coordlib.claims.evidence import (
    finals,
    fresh,
    lengths,
    per_split,
    percent,
    perfection,
    runs_of,
    sweep,
    together,
)
from coordlib.metrics import brightest_positions, pixel_distances
from coordlib.records import Run
from coordlib.statistics import Interval, median_interval
from coordlib.tasks import classification

_DECONVOLUTIONS = "the paper's schedule, cut short, and the shorter one of the controls (O1)"
_COORDCONV = "the course's recipe, frozen before these seeds"


def deconvolutions(split: str) -> list[Run]:
    """All at full size: by the paper's schedule, and by the short one of the controls."""
    return [*_papers_deconvolutions(split), *sweep("controls", network="deconv", split=split)]


def _papers_deconvolutions(split: str) -> list[Run]:
    return runs_of("classification", "deconv-", split=split)


def _deconvolution_on_uniform() -> Finding | None:
    runs = deconvolutions("uniform")
    if not runs:
        return None
    test, train = finals(runs, "test_accuracy"), finals(runs, "train_accuracy")
    return Finding(
        f"test accuracy at most {percent(max(test))}, train at most {percent(max(train))}",
        lengths(runs),
        {"best_test": max(test), "lowest_test": min(test), "best_train": max(train)},
        runs=runs,
        recipe=_DECONVOLUTIONS,
    )


def _deconvolution_on_quadrant() -> Finding | None:
    runs = deconvolutions("quadrant")
    if not runs:
        return None
    test, train = finals(runs, "test_accuracy"), finals(runs, "train_accuracy")
    said = (
        f"test accuracy {percent(min(test))} to {percent(max(test))}, "
        f"train at least {percent(min(train))}"
    )
    figures = {"best_test": max(test), "lowest_test": min(test), "lowest_train": min(train)}
    weighed = [run for run in runs if records.has_weights(run.folder)]
    if weighed:
        farthest = max(map(_farthest_right, weighed))
        figures["farthest_right"] = farthest
        said += (
            f"; in the {len(weighed)} whose weights are kept, no test position is right that lies "
            f"more than {farthest:.1f} px from a train position"
        )
    return Finding(
        said,
        lengths(runs),
        figures,
        runs=runs,
        recipe=_DECONVOLUTIONS,
    )


def _farthest_right(run: Run) -> float:
    """Of the test positions that are right, how far the farthest lies from train, in pixels."""
    experiment = recording.restore(run)
    split = experiment.split
    found = brightest_positions(classification.probability_maps(experiment.network, split.test))
    right = pixel_distances(found, split.test) == 0
    away = torch.cdist(split.test.float(), split.train.float()).amin(1)
    return round(max(away[right].tolist(), default=0.0), 2)


def _coordconv_is_perfect() -> Finding | None:
    by_split = fresh("classification")
    runs = together(by_split)
    if not runs:
        return None
    said, figures, intervals = perfection(by_split, "accuracy")
    worst = min(finals(runs, "test_accuracy"))
    return Finding(
        f"at 100 % train and test: {said}; worst test {percent(worst)}",
        per_split(by_split, "seeds"),
        {**figures, "worst_test": worst},
        intervals,
        runs,
        recipe=_COORDCONV,
    )


def _faster() -> Finding | None:
    coordconv, deconv = fresh("classification")["uniform"], _papers_deconvolutions("uniform")
    if not coordconv or not deconv:
        return None
    best = max(deconv, key=lambda run: run.final["test_accuracy"])
    # Both have the same train part: as many times the epochs, as many times the examples.
    taken = {"steps": [run.step for run in coordconv], "examples": finals(coordconv, "epoch")}
    theirs = {"steps": best.step, "examples": best.final["epoch"]}
    # Bounds from below, as long as the deconvolution is not there: what never arrives has no time
    # of arrival.
    bounds = {name: theirs[name] / median(each) for name, each in taken.items()}
    whole = best.recipe["epochs"] / best.final["epoch"]
    steps, examples = bounds["steps"], bounds["examples"]
    return Finding(
        f"more than {steps:.0f}× in steps, {examples:.0f}× in examples: the deconvolution was "
        f"stopped at {percent(best.final['test_accuracy'])} test; {whole * steps:.0f}× and "
        f"{whole * examples:.0f}× at the paper's length",
        f"median of {len(coordconv)} seeds against the best of {len(deconv)} networks",
        {**bounds, **{f"{name}_at_full_length": whole * n for name, n in bounds.items()}},
        {name: _times(theirs[name], each) for name, each in taken.items()},
        [*deconv, *coordconv],
        recipe=f"CoordConv: {_COORDCONV}; the deconvolution: the paper's schedule, cut short",
    )


def _times(theirs: float, ours: Sequence[float]) -> Interval:
    """How many times the median of ours fits into theirs."""
    between = median_interval(ours)
    return Interval(theirs / between.high, theirs / between.low, between.level)


def _smaller() -> Finding:
    def parameters(network: str, **options: int) -> int:
        made = classification.build(network, **options)
        return sum(p.numel() for p in made.parameters())

    ours = parameters("coordconv")
    sizes = [
        parameters("deconv", multiplier=m, filter_size=f) for m in (1, 2, 3) for f in (2, 3, 4)
    ]
    ratios = sorted(size / ours for size in sizes)
    within = sum(10 <= ratio <= 100 for ratio in ratios)
    return Finding(
        f"{ours:,} against {min(sizes):,} to {max(sizes):,}: {ratios[0]:.0f}× to {ratios[-1]:.0f}×",
        f"counted; {within} of the paper's {len(sizes)} deconvolutions lie within 10–100×",
        {
            "parameters": ours,
            "smallest_ratio": round(ratios[0], 2),
            "largest_ratio": round(ratios[-1], 1),
            "within": within,
        },
        command="coordlib sweep classification-deconv --dry-run",
    )


def _mistakes_are_local() -> Finding | None:
    runs = deconvolutions("uniform")
    if not runs:
        return None
    # A right answer is 0 pixels off, so the mean over the wrong ones follows from the two.
    off = [
        run.final["test_distance"] / (1 - run.final["test_accuracy"])
        for run in runs
        if run.final["test_accuracy"] < 1
    ]
    least, most = min(off, default=0.0), max(off, default=0.0)
    return Finding(
        f"where it is wrong, a deconvolution is {least:.2f} to {most:.2f} pixels off "
        "in the mean (of a canvas of 64)"
        if off
        else "none makes a mistake",
        lengths(runs),
        {"least_pixels": least, "most_pixels": most},
        runs=runs,
        recipe=_DECONVOLUTIONS,
    )


CLAIMS = (
    Claim(
        "C1",
        "A deconvolution never gets the uniform split's test part right, however it is tuned",
        "best of 324 runs about 86 %",
        # The figure of the paper is the best of 324 runs of full length, chosen on the test part.
        Thresholds(
            yes=[Condition("best_test", ">=", 0.8), Condition("best_test", "<", 1)],
            in_part=[[Condition("best_test", "<", 1)]],
        ),
        _deconvolution_on_uniform,
    ),
    Claim(
        "C2",
        "On the quadrant split a deconvolution doesn't generalise at all",
        "0",
        Thresholds(
            yes=[Condition("best_test", "<=", 0.02)],
            in_part=[[Condition("best_test", "<=", 0.1)]],
        ),
        _deconvolution_on_quadrant,
    ),
    Claim(
        "C3",
        "CoordConv is perfect on the train and test part of both splits",
        "100 %",
        nearly_all("share"),
        _coordconv_is_perfect,
    ),
    Claim(
        "C4",
        "CoordConv trains 150 times faster",
        "150×",
        Thresholds(
            yes=[Condition("steps", ">=", 150), Condition("examples", ">=", 150)],
            in_part=[[Condition("steps", ">", 1), Condition("examples", ">", 1)]],
        ),
        _faster,
    ),
    Claim(
        "C5",
        "CoordConv has 10 to 100 times fewer parameters",
        "10–100×",
        Thresholds(yes=[Condition("within", "==", 9)], in_part=[[Condition("within", ">", 0)]]),
        _smaller,
    ),
    Claim(
        "C6",
        "On the uniform split a deconvolution's mistakes lie near the right pixel",
        "",
        # At 0 none makes a mistake.
        Thresholds(
            yes=[Condition("most_pixels", ">", 0), Condition("most_pixels", "<", 5)],
            in_part=[[Condition("most_pixels", ">", 0)]],
        ),
        _mistakes_are_local,
    ),
)
