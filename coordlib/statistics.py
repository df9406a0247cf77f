"""How far a number from a few runs can be trusted: intervals, and a test of equivalence."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from coordlib import checks

LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """From `low` to `high`; such intervals hold the true value with the probability `level`."""

    low: float
    high: float
    level: float


def share_interval(number: int, of: int) -> Interval:
    """Wilson's interval at LEVEL for a share of which `number` `of` so many trials were a success.

    Unlike the normal approximation it is right for few trials, and for all or none of them.
    Raises ValueError unless `of` is at least 1 and `number` lies between 0 and `of`.
    """
    checks.whole_number("of", of)
    checks.whole_number("number", number, least=0)
    if number > of:
        raise ValueError(f"number got {number}; it takes at most the {of} trials that there were")
    from scipy.stats import binomtest  # a second's import, which only who asks shall wait for

    low, high = binomtest(number, of).proportion_ci(LEVEL, method="wilson")
    return Interval(float(low), float(high), LEVEL)


def median_interval(values: Sequence[float]) -> Interval:
    """Between two of the values, as many places from either end: the narrowest that has LEVEL.

    It takes for granted that the values are independent, and nothing else. How many of them lie
    below the true median is a number of heads in as many throws, so the interval's level, which it
    tells, is exact (for equal values: at least that). Up to five values don't reach LEVEL; theirs
    is their whole range, and five give 0.9375.
    Raises ValueError if there are no values or one is not a finite number.
    """
    if not values:
        raise ValueError("values got none; it takes at least one")
    for value in values:
        checks.number("values", value, least=-math.inf)
    from scipy.stats import binom

    ordered, count = sorted(values), len(values)
    cut = max(int(binom.ppf((1 - LEVEL) / 2, count, 0.5)), 1)
    level = 1 - 2 * float(binom.cdf(cut - 1, count, 0.5))
    return Interval(ordered[cut - 1], ordered[-cut], level)


def paired_interval(differences: Sequence[float]) -> Interval:
    """Student's interval at LEVEL for the mean of paired differences, two arms' of each seed.

    Takes for granted that they are independent and about normal. Raises ValueError for fewer than
    two, or one that is not a finite number.
    """
    mean, error, student = _paired(differences)
    reach = float(student.ppf((1 + LEVEL) / 2)) * error
    return Interval(mean - reach, mean + reach, LEVEL)


def equivalence(differences: Sequence[float], margin: float) -> float:
    """The p-value of two one-sided t-tests: are paired differences on average within ±`margin`?

    Small means: equivalent. A difference that is merely not significant says nothing like it. Takes
    for granted what `paired_interval` does. Raises ValueError as it does, or for a margin that is
    not above 0.
    """
    checks.number("margin", margin)
    if margin == 0:
        raise ValueError("margin got 0; it takes a number above 0")
    mean, error, student = _paired(differences)
    if error == 0:
        return float(abs(mean) >= margin)
    return float(student.sf((margin - abs(mean)) / error))


def _paired(differences: Sequence[float]) -> tuple[float, float, Any]:
    """Their mean, its standard error, and Student's distribution for so many."""
    if len(differences) < 2:
        raise ValueError(f"differences got {len(differences)}; it takes at least two")
    for value in differences:
        checks.number("differences", value, least=-math.inf)
    from scipy.stats import t

    error = statistics.stdev(differences) / math.sqrt(len(differences))
    return statistics.fmean(differences), error, t(len(differences) - 1)
