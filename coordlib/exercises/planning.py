"""Checker for notebook 10: how many runs it takes until a test is likely enough to succeed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from torch import Tensor

from coordlib.exercises import exercise
from coordlib.exercises.checking import judge, number, unlike

MOST_RUNS = 50
PowerOf = Callable[[int, float, float], float]  # of n, spread and margin


def runs_needed(spread: float, margin: float, wanted: float, power_of: PowerOf) -> float:
    """The fewest pairs of runs, 2 to MOST_RUNS, with a power of at least `wanted`.

    power_of: the power for a number of pairs, a spread and a margin; it need not always grow with
    the pairs, since it may be simulated. Infinity if no number of pairs is enough.
    """
    return _first(range(2, MOST_RUNS + 1), spread, margin, wanted, power_of)


def _first(
    tried: Iterable[int], spread: float, margin: float, wanted: float, power_of: PowerOf
) -> float:
    enough = (n for n in tried if power_of(n, spread, margin) >= wanted)
    return next(enough, math.inf)


def _trying(tried: Iterable[int]) -> Callable[..., float]:
    return lambda *case: _first(tried, *case)


def _halving(spread: float, margin: float, wanted: float, power_of: PowerOf) -> float:
    low, high = 2, MOST_RUNS
    while low < high:
        middle = (low + high) // 2
        enough = power_of(middle, spread, margin) >= wanted
        low, high = (low, middle) if enough else (middle + 1, high)
    return low if power_of(low, spread, margin) >= wanted else math.inf


def _of_all(choose: Callable[[dict[int, float], float], float]) -> Callable[..., float]:
    """What is made of the power of every number of pairs, and the power wanted."""
    return lambda spread, margin, wanted, power_of: choose(
        {n: power_of(n, spread, margin) for n in range(2, MOST_RUNS + 1)}, wanted
    )


def _if_none(instead: float) -> Callable[..., float]:
    return lambda *case: instead if math.isinf(runs_needed(*case)) else runs_needed(*case)


@exercise("10.5", minutes=10, difficulty=2, stand_in=runs_needed)
def fewest_runs(answer: Callable[[float, float, float, PowerOf], Any]) -> str:
    """The smallest n from 2 to 50 whose power is at least the wanted one; infinity if none is."""
    leaps = "you leave out some n, and a smaller one may be enough: try them all"
    too_low = "you stop at an n whose power is too low; it has to be at least `wanted`"
    none = f"if no n up to {MOST_RUNS} is enough, the answer is infinity"
    judge(
        answer,
        [
            (1.5, 1, 0.8, _growing),
            (1, 1.2, 0.9, _growing),
            (2, 2.5, 0.6, _wavy),
            (1, 0.8, 0.75, _wavy),
            (0.5, 1, 0.8, _growing),
            (3, 1, 0.9, _capped),
            (1, 2, 0.5, _even),
            (1, 1, 0.625, _even),
            (4, 2, 0.3125, _even),
            (5, 5, 0.6251, _even),  # which 50 miss by 0.0001
            (0.2, 2, 0.9, _growing),
            (1, 1, 0.75, _passing),
        ],
        runs_needed,
        read=number,
        said=lambda spread, margin, wanted, power_of: (
            f"for spread {spread:g}, margin {margin:g} and a power of {wanted:g}"
        ),
        mistakes=(
            (
                _of_all(
                    lambda power, wanted: next(
                        (n for n, one in power.items() if one > wanted), math.inf
                    )
                ),
                "a power of exactly `wanted` is enough: `>=`, not `>`",
            ),
            (
                lambda *case: runs_needed(*case) - 1,
                "that is one less than it takes: the last n before the power is enough",
            ),
            (
                lambda *case: runs_needed(*case) + 1,
                "that is one more than it takes",
            ),
            (
                _of_all(
                    lambda power, wanted: max(
                        (n for n, one in power.items() if one >= wanted), default=math.inf
                    )
                ),
                "that is the largest n that is enough; asked for is the smallest",
            ),
            (
                _of_all(
                    lambda power, wanted: next(
                        (n for n, one in power.items() if one <= wanted), math.inf
                    )
                ),
                too_low,
            ),
            (
                _of_all(
                    lambda power, wanted: next(
                        (n for n, one in power.items() if one < wanted), math.inf
                    )
                ),
                too_low,
            ),
            (
                _halving,
                "you halve the range, as if the power always grew with n; a simulated one wavers: "
                "try every n",
            ),
            (
                _of_all(
                    lambda power, wanted: next(
                        (
                            n
                            for n in power
                            if all(power[later] >= wanted for later in power if later >= n)
                        ),
                        math.inf,
                    )
                ),
                "from that n on the power stays high enough; asked for is the first that is enough",
            ),
            (_trying((2, 4, 8, 16, 32)), leaps),
            (_trying(range(2, MOST_RUNS + 1, 2)), leaps),
            (_trying(range(5, MOST_RUNS + 1, 5)), leaps),
            (_trying(range(10, MOST_RUNS + 1, 10)), leaps),
            (
                _trying(range(2, MOST_RUNS)),
                f"{MOST_RUNS} pairs are allowed too: `range` ends before its second number",
            ),
            (
                _trying(range(2, 1_000)),
                f"you go beyond {MOST_RUNS} pairs; {none}",
            ),
            (
                _trying(range(1, MOST_RUNS + 1)),
                "you begin at 1; from one difference there is no standard deviation, so n >= 2",
            ),
            (_trying(range(3, MOST_RUNS + 1)), "you begin at 3; two pairs may be enough"),
            (
                _trying((2,)),
                "you ask the power of n = 2 and of no other: does the loop end at its first turn?",
            ),
            (
                lambda spread, margin, wanted, power_of: (
                    runs_needed(spread, margin, wanted, power_of)
                    if power_of(MOST_RUNS, spread, margin) >= wanted
                    else math.inf
                ),
                f"if {MOST_RUNS} pairs are not enough, fewer may be: a simulated power wavers",
            ),
            (
                lambda spread, margin, wanted, power_of: runs_needed(
                    margin, spread, wanted, power_of
                ),
                "spread and margin are swapped: it is `power_of(n, spread, margin)`",
            ),
            (
                lambda spread, margin, wanted, power_of: runs_needed(spread, margin, 0.8, power_of),
                "`wanted` is not always 0.8",
            ),
            (_if_none(MOST_RUNS), none),
            (_if_none(MOST_RUNS + 1), none),
            (_if_none(0), none),
            (_if_none(-1), none),
            (
                _of_all(lambda power, wanted: max(power, key=lambda n: power[n])),
                "that is the n with the greatest power; asked for is the smallest that is enough",
            ),
            (
                _of_all(lambda power, wanted: min(power, key=lambda n: abs(power[n] - wanted))),
                "that is the n whose power comes closest; it has to be at least `wanted`",
            ),
            (
                _of_all(
                    lambda power, wanted: next(
                        (one for one in power.values() if one >= wanted), math.inf
                    )
                ),
                "that is the power; asked for is the number of pairs that has it",
            ),
            (
                _of_all(lambda power, wanted: sum(one >= wanted for one in power.values())),
                "you count how many n are enough; asked for is the smallest of them",
            ),
        ),
        tell=_runs_differ,
    )
    return "the number of pairs can now be settled before the first run."


def _runs_differ(
    found: Tensor, right: Tensor, spread: float, margin: float, wanted: float, power_of: PowerOf
) -> str:
    said = "your answer is {}; it should be {}".format(*unlike(found.item(), right.item()))
    if right.isinf():
        return said
    return f"{said}, with a power of {power_of(int(right), spread, margin):.3g}"


def _power_of(curve: Callable[[int, float], float]) -> PowerOf:
    """A power from n and the margin in spreads. One run alone would always be enough."""
    return lambda n, spread, margin: 1.0 if n < 2 else curve(n, margin / spread)


_growing = _power_of(lambda n, margin: 1 - math.exp(-n * margin / 6))
_wavy = _power_of(lambda n, margin: 1 - math.exp(-n * margin / 12) + 0.1 * math.sin(2 * n))
_capped = _power_of(lambda n, margin: 0.85 * n / (n + 1))
_passing = _power_of(lambda n, margin: 0.9 * math.exp(-(((n - 12) * margin / 9) ** 2)))
_even = _power_of(lambda n, margin: min(1, n * margin / 80))
