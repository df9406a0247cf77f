"""Checkers for notebook 10: the interval of a mean difference, and a test of equivalence.

Differences are those of two arms, with coordinates less without, a seed each: a row, in points.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import (
    Mistake,
    booleans,
    judge,
    number,
    numbers,
    parts,
    plural,
    unlike,
)
from coordlib.exercises.guarding import by_hand

Interval = Callable[[Tensor, float], tuple[Any, Any]]  # from differences and factor to both ends
Rule = Callable[[Any, Any, float], Any]  # about an interval's low and high, and the margin


def interval(differences: Tensor, factor: float) -> tuple[Tensor, Tensor]:
    """Where the mean of paired differences, (n,), may truly lie: low and high, each a scalar.

    mean ± factor · s / √n, where s is the standard deviation of a sample, over n - 1. With
    Student's 0.95 quantile as `factor`, nine such intervals in ten hold the true mean.
    """
    reach = factor * differences.std() / math.sqrt(len(differences))
    return differences.mean() - reach, differences.mean() + reach


def equivalent(differences: Tensor, margin: float, factor: float) -> bool:
    """Whether two one-sided tests find the mean of paired differences, (n,), within ±`margin`.

    They do if its whole `interval` lies between -margin and margin; an end at the margin doesn't.
    """
    return within(*interval(differences, factor), margin)


def within(low: Any, high: Any, margin: float) -> bool:
    """Whether an interval lies between -margin and margin; an end at the margin does not."""
    return bool(-margin < low and high < margin)


def _ends(
    reach: Callable[[Tensor, float], Any], middle: Callable[[Tensor], Any] = torch.mean
) -> Interval:
    """The interval of another reach, or around another middle."""
    return lambda differences, factor: (
        middle(differences) - reach(differences, factor),
        middle(differences) + reach(differences, factor),
    )


def _reach(differences: Tensor, factor: float) -> Tensor:
    return factor * differences.std() / math.sqrt(len(differences))


def student(n: int, level: float) -> float:
    """Student's quantile for `n` differences, with which some replace the factor given."""
    from scipy.stats import t  # a second's import, which only a wrong answer shall wait for

    return float(t.ppf(level, n - 1))


ANOTHER_FACTOR = "`factor` is given, and you take another number in its place"
_INTERVALS: tuple[tuple[Interval, str], ...] = (
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
        "√n is missing: so far a single difference scatters, the mean of n less",
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
    (lambda d, factor: interval(d, student(len(d), 0.95)), ANOTHER_FACTOR),
    (lambda d, factor: interval(d, student(len(d), 0.975)), ANOTHER_FACTOR),
    (lambda d, factor: interval(d, 1.96), ANOTHER_FACTOR),
    (lambda d, factor: interval(d, 1.645), ANOTHER_FACTOR),
)


@exercise("10.2", minutes=8, difficulty=1, stand_in=interval)
def interval_of_the_mean(answer: Interval) -> str:
    """The mean of paired differences ± factor · s / √n: (low, high)."""
    cases = [
        (_differences(-0.4, 1.3, 5), 2.132),
        (_differences(-2.5, -0.7, 2), 6.314),
        (_differences(0.1, 0.9, 9), 1.5),
        (_differences(-0.3, 0.2, 20), 0.8),
        (_differences(2, 9, 3), 1),
    ]
    judge(
        answer,
        cases,
        interval,
        read=_both_ends,
        said=lambda differences, factor: f"for {plural(len(differences), 'difference')}",
        mistakes=(
            *_INTERVALS,
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
        f"with factor {factor:g} its {('low', 'high')[worst]} end is {ours}; it should be {right}"
    )


def _differences(low: float, high: float, n: int, factor: float = 1) -> Tensor:
    """`n` differences whose interval with `factor` goes from low to high; they are not even."""
    random = torch.Generator().manual_seed(n)
    noise = torch.randn(n, generator=random, dtype=torch.float64)
    noise = (noise - noise.mean()) / noise.std() * math.sqrt(n) / factor
    return ((low + high) / 2 + (high - low) / 2 * noise).float()


def experiments() -> list[tuple[Tensor, float, float]]:
    """Differences, margin and factor: every way to lie in and about the margin, by far and just."""
    ends = (
        (-0.3, 0.4, 5, 1, 2.132),
        (0.2, 0.8, 7, 1, 1.5),
        (-0.8, -0.2, 10, 1, 1.833),
        (-0.5, 1.5, 5, 1, 2.132),
        (-1.5, 0.5, 6, 1, 2.5),
        (0.5, 1.4, 8, 1, 1.895),
        (-1.4, -0.5, 3, 1, 1.2),
        (-1.6, 1.7, 5, 1, 2.132),
        (1.2, 2, 5, 1, 2.132),
        (-2, -1.2, 7, 1, 1.4),
        (-0.02, 0.5, 3, 0.48, 2.92),
        (-0.5, 0.02, 3, 0.48, 1),
        (-1.9, 1.1, 20, 2, 1.729),
        (-0.1, 0.15, 2, 0.2, 6.314),
        (0.02, 0.3, 4, 0.2, 2.353),
        (-0.9, -0.01, 4, 0.2, 2.353),
        (-0.02, 0.97, 4, 1, 1.5),
        (-1.2, 1.1, 12, 1, 4),
        (-0.3, 0.25, 20, 1, 1.729),
        (-3, 4, 12, 5, 4),
    )
    cases = [
        (_differences(low, high, n, factor), margin, factor)
        for low, high, n, margin, factor in ends
    ]
    # Their ends are 0 and 1, or -1 and 0, exactly: no way to reckon has to round.
    exact = torch.tensor([1.25, 0.25, 0.25, 0.25])
    return [*cases, (exact, 1, 2), (-exact, 1, 2), (exact, 2, 2), (-exact, 2, 2)]


def by(rule: Rule, ends: Interval = interval) -> Callable[[Tensor, float, float], Any]:
    """A rule about both ends of an interval and the margin, as a function of a case."""
    return lambda differences, margin, factor: rule(*map(float, ends(differences, factor)), margin)


def on_others(rule: Rule) -> tuple[Mistake, ...]:
    """The mistakes of who asks the right rule of a wrong interval."""
    return tuple(
        (by(rule, ends), f"the question is right, but not the interval: {why}")
        for ends, why in _INTERVALS
    )


def case(differences: Tensor, margin: float, factor: float) -> str:
    """A case in words, as a message begins."""
    return f"for {plural(len(differences), 'difference')} and a margin of {margin:g}"


def told(differences: Tensor, factor: float) -> str:
    """Their interval in words, with as many digits as tell an end from 0 and from a margin."""
    low, high = interval(differences, factor)
    return f"from {low:.4g} to {high:.4g}"


@exercise("10.3", minutes=8, difficulty=2, stand_in=equivalent)
def equivalence_tested(answer: Callable[[Tensor, float, float], Any]) -> str:
    """Whether the interval of paired differences lies wholly within (-margin, margin)."""
    judge(
        answer,
        experiments(),
        equivalent,
        read=_truth,
        said=case,
        mistakes=(
            (
                by(lambda low, high, margin: low <= 0 <= high),
                "that the interval holds 0 says that no difference was found, not that it is small",
            ),
            (
                by(lambda low, high, margin: not low <= 0 <= high),
                "that says whether a difference was found; wanted is whether it is small",
            ),
            (
                by(lambda low, high, margin: -margin < low <= 0 <= high < margin),
                "you ask for 0 in the interval as well; a difference may be certain, and small",
            ),
            (
                by(lambda low, high, margin: -margin < (low + high) / 2 < margin),
                "you ask for the mean within the margin; the whole interval has to be",
            ),
            (
                by(lambda low, high, margin: high < margin),
                "you test one side: the interval may end below -margin",
            ),
            (
                by(lambda low, high, margin: -margin < low),
                "you test one side: the interval may end above the margin",
            ),
            (
                by(lambda low, high, margin: abs(low) < margin),
                "you test the low end alone; the high one has to lie within the margin too",
            ),
            (
                by(lambda low, high, margin: abs(high) < margin),
                "you test the high end alone; the low one has to lie within the margin too",
            ),
            (
                by(lambda low, high, margin: -margin < low or high < margin),
                "one end within its margin is enough for you; both have to be: `and`, not `or`",
            ),
            (
                by(lambda low, high, margin: low < margin and -margin < high),
                "for you it is enough that the interval reaches within the margin; it has to lie "
                "there wholly",
            ),
            (
                by(lambda low, high, margin: low < -margin and margin < high),
                "turned round: the interval has to lie within the margins, not they in it",
            ),
            (
                lambda *case: not equivalent(*case),
                "turned round: True means that the whole interval lies within the margin",
            ),
            (
                by(lambda low, high, margin: high - low < margin),
                "you compare the interval's width with the margin; where it lies counts too",
            ),
            (
                by(lambda low, high, margin: high - low < 2 * margin),
                "you compare the interval's width with the margins'; where it lies counts too",
            ),
            (
                by(lambda low, high, margin: -margin <= low and high <= margin),
                "an end that lies at the margin exactly does not lie within it",
            ),
            (
                lambda differences, margin, factor: (differences.abs() < margin).all(),
                "you ask for every difference within the margin; the interval of their mean has to "
                "be",
            ),
            *on_others(within),
        ),
        tell=lambda found, wanted, differences, margin, factor: (
            f"you say {bool(found)}; the interval goes {told(differences, factor)}"
        ),
    )
    return "to find no difference is one thing, to show that it is small another."


def _truth(result: Any) -> Tensor:
    found = booleans(result)
    if found.numel() != 1:
        raise NotYet(f"the result has shape {tuple(found.shape)}; wanted is True or False")
    return found.reshape(())
