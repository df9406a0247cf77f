"""How far a number from a few runs can be trusted: intervals for shares and for medians."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

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
