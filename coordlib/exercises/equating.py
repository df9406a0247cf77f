"""Checker for notebook 10: a test of equivalence, and the cases that it shares with the verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import Mistake, booleans, judge
from coordlib.exercises.comparing import (
    INTERVALS,
    Interval,
    differences_between,
    interval,
    named,
)

Rule = Callable[[Any, Any, float], Any]  # about an interval's low and high, and the margin
FEWEST_CHANGED = 3  # cases that a wrong interval answers otherwise, before it is named


def equivalent(differences: Tensor, margin: float, factor: float) -> bool:
    """Whether two one-sided tests find the mean of paired differences, (n,), within ±`margin`.

    They do if its whole `interval` lies between -margin and margin; an end at the margin doesn't.
    """
    return within(*interval(differences, factor), margin)


def within(low: Any, high: Any, margin: float) -> bool:
    """Whether an interval lies between -margin and margin; an end at the margin does not."""
    return bool(-margin < low and high < margin)


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
        (-0.2, 0.4995, 5, 0.5, 2.132),
        (-0.9, 0.3, 5, 1, 1),
        (-0.4, 0.9, 8, 1, 1.2),
        (-0.5005, 0.2, 6, 0.5, 2.015),
        (-0.2, 0.44, 3, 0.5, 2),
    )
    cases = [
        (differences_between(low, high, n, factor), margin, factor)
        for low, high, n, margin, factor in ends
    ]
    # Their ends are 0 and 1, or -1 and 0, exactly: no way to reckon has to round.
    exact = torch.tensor([1.25, 0.25, 0.25, 0.25])
    return [*cases, (exact, 1, 2), (-exact, 1, 2), (exact, 2, 2), (-exact, 2, 2)]


def by(rule: Rule, ends: Interval = interval) -> Callable[[Tensor, float, float], Any]:
    """A rule about both ends of an interval and the margin, as a function of a case."""
    return lambda differences, margin, factor: rule(*map(float, ends(differences, factor)), margin)


def case(differences: Tensor, margin: float, factor: float) -> str:
    """A case in words, as a message begins."""
    return f"for {named(differences)}, a margin of {margin:g} and a factor of {factor:g}"


def told(differences: Tensor, factor: float, *limits: float) -> str:
    """Their interval in words, and that an end at one of the limits does not count as beyond it."""
    low, high = interval(differences, factor)
    said = f"the interval goes from {low:.4g} to {high:.4g}"
    at = [limit for limit in limits if limit in (low, high)]
    return f"{said}; an end at {at[0]:g} exactly is on neither side of it" if at else said


# What is taken for an interval within the margin, and what to say of it; the verdict asks too.
NOT_WITHIN: tuple[tuple[Rule, str], ...] = (
    (
        lambda low, high, margin: abs(low + high) < 2 * margin,
        "you ask for the mean within the margin; the whole interval has to be",
    ),
    (
        lambda low, high, margin: low < margin and -margin < high,
        "for you it is enough that the interval reaches within the margin; it has to lie there "
        "wholly",
    ),
    (
        lambda low, high, margin: -margin <= low and high <= margin,
        "an end that lies at the margin exactly does not lie within it",
    ),
)
# Who asks for 0 in the interval as well.
WITHIN_AND_HOLDS_0: tuple[Rule, ...] = (
    lambda low, high, margin: -margin < low <= 0 <= high < margin,
    lambda low, high, margin: -margin < low < 0 < high < margin,
)


def _on_others(cases: list[tuple[Tensor, float, float]]) -> Iterator[Mistake]:
    """The mistakes of who asks the right question of a wrong interval.

    Only those that these cases show beyond doubt: they change several answers, but not to one and
    the same everywhere, which other slips give as well.
    """
    wanted = [equivalent(*each) for each in cases]
    for ends, why in INTERVALS:
        mistake = by(within, ends)
        found = [mistake(*each) for each in cases]
        changed = sum(one != right for one, right in zip(found, wanted, strict=True))
        if changed >= FEWEST_CHANGED and len(set(found)) == 2:
            yield mistake, f"the question is right, but not the interval: {why}"


def _always(said: bool) -> Mistake:
    return (
        lambda *case: said,
        lambda differences, margin, factor: (
            f"you always say {said}; here {told(differences, factor, -margin, margin)}"
        ),
    )


@exercise("10.3", minutes=8, difficulty=2, stand_in=equivalent)
def equivalence_tested(answer: Callable[[Tensor, float, float], Any]) -> str:
    """Whether the interval of paired differences lies wholly within (-margin, margin)."""
    found_nothing = (
        "that the interval holds 0 says that no difference was found, not that it is small"
    )
    found_one = "that says whether a difference was found; wanted is whether it is small"
    as_well = "you ask for 0 in the interval as well; a difference may be certain, and small"
    cases = experiments()
    judge(
        answer,
        cases,
        equivalent,
        read=_truth,
        said=case,
        mistakes=(
            (by(lambda low, high, margin: low <= 0 <= high), found_nothing),
            (by(lambda low, high, margin: low < 0 < high), found_nothing),
            (by(lambda low, high, margin: not low <= 0 <= high), found_one),
            (by(lambda low, high, margin: not low < 0 < high), found_one),
            *((by(rule), as_well) for rule in WITHIN_AND_HOLDS_0),
            *((by(rule), why) for rule, why in NOT_WITHIN),
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
                lambda differences, margin, factor: (differences.abs() < margin).all(),
                "you ask for every difference within the margin; the interval of their mean has to "
                "be",
            ),
            _always(False),
            _always(True),
            *_on_others(cases),
        ),
        tell=lambda found, wanted, differences, margin, factor: (
            f"you say {bool(found)}; {told(differences, factor, -margin, margin)}"
        ),
    )
    return "to find no difference is one thing, to show that it is small another."


def _truth(result: Any) -> Tensor:
    found = booleans(result)
    if found.numel() != 1:
        raise NotYet(f"the result has shape {tuple(found.shape)}; wanted is True or False")
    return found.reshape(())
