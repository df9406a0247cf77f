"""Checker for notebook 10: the interval of a mean difference, and what is said of differences.

Differences are those of two arms, with coordinates less without, a seed each: a row, in points.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from coordlib.exercises import exercise
from coordlib.exercises.checking import (
    judge,
    number,
    numbers,
    parts,
    plural,
    unlike,
)
from coordlib.exercises.guarding import by_hand

Interval = Callable[[Tensor, float], tuple[Any, Any]]  # from differences and factor to both ends


def interval(differences: Tensor, factor: float) -> tuple[Tensor, Tensor]:
    """Where the mean of paired differences, (n,), may truly lie: low and high, each a scalar.

    mean ± factor · s / √n, where s is the standard deviation of a sample, over n - 1. With
    Student's 0.95 quantile as `factor`, nine such intervals in ten hold the true mean.
    """
    reach = _reach(differences, factor)
    return differences.mean() - reach, differences.mean() + reach


def _reach(differences: Tensor, factor: float) -> Tensor:
    return factor * differences.std() / math.sqrt(len(differences))


def _ends(
    reach: Callable[[Tensor, float], Any], middle: Callable[[Tensor], Any] = torch.mean
) -> Interval:
    """The interval of another reach, or around another middle."""
    return lambda differences, factor: (
        middle(differences) - reach(differences, factor),
        middle(differences) + reach(differences, factor),
    )


def _student(n: int, level: float) -> float:
    """Student's quantile for `n` differences, with which some replace the factor given."""
    from scipy.stats import t  # a second's import, which only a wrong answer shall wait for

    return float(t.ppf(level, n - 1))


# What some take in place of the factor given: from the number of differences.
OTHER_FACTORS: tuple[Callable[[int], float], ...] = (
    lambda n: _student(n, 0.95),
    lambda n: _student(n, 0.975),
    lambda n: 1.96,
    lambda n: 1.645,
)
MOST_NAMED = 5  # differences that a message lists
ANOTHER_FACTOR = "`factor` is given, and you take another number in its place"
# What is taken for the interval of differences, and what to say of it.
INTERVALS: tuple[tuple[Interval, str], ...] = (
    (
        _ends(lambda d, factor: factor * d.std(correction=0) / math.sqrt(len(d))),
        "the standard deviation is over n; that of a sample is over n - 1",
    ),
    (
        _ends(lambda d, factor: factor * d.std() / math.sqrt(len(d) - 1)),
        "you divide by √(n - 1); n - 1 belongs in the standard deviation, here it is √n",
    ),
    (
        _ends(lambda d, factor: factor * d.var() / math.sqrt(len(d))),
        "you take the variance s²; wanted is the standard deviation s, its root",
    ),
    (
        _ends(lambda d, factor: factor * d.std()),
        "√n is missing: that is how far a single difference scatters; the mean of n scatters less",
    ),
    (
        _ends(lambda d, factor: factor * d.std() / len(d)),
        "you divide by n; the mean scatters less by √n",
    ),
    (
        _ends(lambda d, factor: factor * d.std() * math.sqrt(len(d))),
        "you multiply by √n; the mean of more differences scatters less",
    ),
    (
        _ends(lambda d, factor: _reach(d, factor) / 2),
        "it is half as wide as it should be: the whole factor · s / √n lies on either side",
    ),
    (
        _ends(lambda d, factor: 2 * _reach(d, factor)),
        "it is twice as wide as it should be: factor · s / √n lies on either side",
    ),
    (_ends(lambda d, factor: _reach(d, 1)), "`factor` is missing"),
    (
        _ends(lambda d, factor: factor / math.sqrt(len(d))),
        "s is missing: what scatters less has a narrower interval",
    ),
    (_ends(_reach, torch.median), "it lies around a median; wanted is the mean"),
    (
        _ends(_reach, lambda d: d.double().quantile(0.5)),
        "it lies around a median; wanted is the mean",
    ),
    (_ends(_reach, torch.sum), "it lies around the sum; wanted is the mean"),
    (
        lambda d, factor: interval(d.abs(), factor),
        "you drop the signs of the differences; harm must count against gain",
    ),
    *(
        (lambda d, factor, other=other: interval(d, other(len(d))), ANOTHER_FACTOR)
        for other in OTHER_FACTORS
    ),
)


@exercise("10.2", minutes=8, difficulty=1, stand_in=interval)
def interval_of_the_mean(answer: Interval) -> str:
    """The mean of paired differences ± factor · s / √n: (low, high)."""
    cases = [
        (differences_between(-0.4, 1.3, 5), 2.132),
        (differences_between(-2.5, -0.7, 2), 6.314),
        (differences_between(0.1, 0.9, 9), 1.5),
        (differences_between(-0.3, 0.2, 20), 0.8),
        (differences_between(2, 9, 3), 1),
    ]
    judge(
        answer,
        cases,
        interval,
        read=_both_ends,
        said=lambda differences, factor: f"for {named(differences)}",
        mistakes=(
            *INTERVALS,
            (
                _ends(_reach, lambda differences: torch.zeros(())),
                "it lies around 0; wanted is the mean",
            ),
            (
                lambda d, factor: interval(d, factor)[::-1],
                "the ends are swapped: the lower one comes first",
            ),
            (
                lambda d, factor: (d.mean(), _reach(d, factor)),
                "these are the middle and the reach; wanted are both ends",
            ),
            (
                lambda d, factor: (d.min(), d.max()),
                "these are the smallest and the largest difference; where may the mean lie?",
            ),
        ),
        tell=_ends_differ,
    )
    by_hand(
        lambda: answer(*cases[0]),
        "write mean ± factor · s / √n yourself",
        "sem",
        "ttest*",
        "*interval*",
    )
    return "four times as many seeds make it about half as wide."


def _both_ends(result: Any) -> Tensor:
    return numbers([number(one) for one in parts(result, "low", "high")])


def _ends_differ(found: Tensor, wanted: Tensor, differences: Tensor, factor: float) -> str:
    worst = int((found.double() - wanted).abs().nan_to_num(torch.inf).argmax())
    ours, right = unlike(found[worst].item(), wanted[worst].item())
    return (
        f"with factor {factor:g} the {('low', 'high')[worst]} end is {ours}; it should be {right}"
    )


def differences_between(low: float, high: float, n: int, factor: float = 1) -> Tensor:
    """`n` uneven differences whose interval with `factor` goes from low to high, to 0.0001.

    They have four decimals, so that `named` tells all of them.
    """
    random = torch.Generator().manual_seed(n)
    noise = torch.randn(n, generator=random, dtype=torch.float64)
    noise = (noise - noise.mean()) / noise.std() * math.sqrt(n) / factor
    return ((low + high) / 2 + (high - low) / 2 * noise).round(decimals=4).float()


def named(differences: Tensor) -> str:
    """Differences as a message names them: each one, or how many there are if they are many."""
    if len(differences) > MOST_NAMED:
        return plural(len(differences), "difference")
    return f"the differences {', '.join(f'{one:.6g}' for one in differences.tolist())}"
