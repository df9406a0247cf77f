"""Claims C7 and C8, from (x, y) to a square (paper section 4.3, supplement S4)."""

from __future__ import annotations

from coordlib.claims.claim import Claim, Condition, Finding, Thresholds, nearly_all
from coordlib.claims.evidence import (
    SPLITS,
    finals,
    fresh,
    length,
    per_split,
    perfection,
    runs_of,
    together,
)


def _deconvolution_renders() -> Finding | None:
    by_split = {split: runs_of("rendering", "deconv-", split=split) for split in SPLITS}
    runs = together(by_split)
    if not runs:
        return None
    best = {split: max(finals(each, "test_iou")) for split, each in by_split.items()}
    return Finding(
        f"best test IOU {best['uniform']:.3f} uniform, {best['quadrant']:.3f} quadrant",
        f"{per_split(by_split, 'runs')}, {length(runs)}",
        {f"best_{split}": value for split, value in best.items()},
        runs=runs,
        recipe="the paper's schedule, cut short, for the smallest of its nine networks: two rates, "
        "two losses",
    )


def _coordconv_renders() -> Finding | None:
    by_split = fresh("rendering")
    runs = together(by_split)
    if not runs:
        return None
    said, figures, intervals = perfection(by_split, "perfect")
    worst = min(finals(runs, "test_iou"))
    return Finding(
        f"without the released softmax between its halves, every pixel of every picture right: "
        f"{said}; worst mean test IOU {worst:.4f}",
        per_split(by_split, "seeds"),
        {**figures, "worst_test_iou": worst},
        intervals,
        runs,
        recipe="the course's recipe, frozen before these seeds (with the softmax, as released: O2)",
    )


CLAIMS = (
    Claim(
        "C7",
        "A deconvolution can't paint the square perfectly, least of all on the quadrant split",
        "IOU at most 0.83 and 0.36",
        Thresholds(
            yes=[Condition("best_uniform", "<=", 0.83), Condition("best_quadrant", "<=", 0.36)],
            in_part=[
                [Condition("best_uniform", "<", 0.999), Condition("best_quadrant", "<", 0.999)]
            ],
        ),
        _deconvolution_renders,
    ),
    Claim(
        "C8",
        "CoordConv paints it perfectly on both splits, with at most 9,500 parameters",
        "IOU 1 with many settings",
        nearly_all("share"),
        _coordconv_renders,
    ),
)
