"""Checker for notebook 10: how often a test of equivalence succeeds where nothing differs.

The power that a simulation has to meet is known: the mean and the standard deviation of normal
numbers are independent, one is normal itself, the other's square chi-squared.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import number, plural
from coordlib.exercises.comparing import ANOTHER_FACTOR, OTHER_FACTORS
from coordlib.exercises.guarding import drawn

EXPERIMENTS = 2_000
_STEPS = 180  # of mean and standard deviation, for a power to 0.001
# What no right simulation should meet; all limits together refuse about one in 200,000.
_ERRORS = 5  # so many standard errors a share may be off
_SCATTER = 42  # so large chi-squared may be, of the last plan's calls
_CALLS = 20  # in so many calls a share's numerators have no common divisor


def power(n: int, spread: float, margin: float, factor: float, generator: torch.Generator) -> float:
    """The share of EXPERIMENTS that find equivalence, where in truth nothing differs.

    An experiment has `n` paired differences, normal around 0 with the standard deviation `spread`,
    and finds equivalence where `comparing.equivalent` does, with this margin and factor.
    """
    normal = torch.randn(EXPERIMENTS, n, generator=generator)
    return _share(_Plan(n, spread, margin, factor), normal)


class _Plan(NamedTuple):
    """An experiment's plan, as an answer is given it."""

    n: int
    spread: float
    margin: float
    factor: float


# Plans that are asked, and how often each, with one generator: what does not draw from it as it
# stands gives the same share again. The last one's many differences show if experiments share them.
_ASKED = {
    _Plan(2, 0.7, 0.5, 0.3): 2,
    _Plan(3, 0.8, 1.6, 2.92): 2,
    _Plan(5, 1.5, 2.2, 2.5): 2,
    _Plan(12, 2.5, 1.9, 1.3): 2,
    _Plan(40, 0.6, 0.25, 1.685): 8,
}


def _equivalent(mean: Tensor, reach: Tensor, plan: _Plan) -> Tensor:
    return mean.abs() + reach < plan.margin


def exact_power(
    plan: tuple[int, float, float, float],
    holds: Callable[[Tensor, Tensor, _Plan], Tensor] = _equivalent,
) -> float:
    """What `power` is without chance, to 0.001: the share of all experiments in which it `holds`.

    plan: n, spread, margin, factor. holds: of mean, reach of the interval, and plan.
    """
    plan = _Plan(*plan)
    middles = (torch.arange(_STEPS, dtype=torch.float64) + 0.5) / _STEPS
    z, chi = 12 * middles[:, None] - 6, (math.sqrt(plan.n - 1) + 6) * middles
    density = torch.exp(-(z**2 + chi**2) / 2) * chi ** (plan.n - 2)
    error = plan.spread / math.sqrt(plan.n)  # of the mean
    reach = plan.factor * error * chi / math.sqrt(plan.n - 1)
    return ((density * holds(error * z, reach, plan)).sum() / density.sum()).item()


def _share(plan: _Plan, numbers: Tensor) -> float:
    """The share that finds equivalence, of experiments from such numbers times the spread."""
    differences = plan.spread * numbers
    reach = plan.factor * differences.std(1) / math.sqrt(plan.n)
    return _equivalent(differences.mean(1), reach, plan).double().mean().item()


def _otherwise(holds: Callable[[Tensor, Tensor, _Plan], Tensor]) -> Callable[[_Plan], float]:
    """The power of another test."""
    return lambda plan: exact_power(plan, holds)


def _planned(**changes: Callable[[_Plan], float]) -> Callable[[_Plan], float]:
    """The power of the right test with other numbers in the plan."""
    return lambda plan: exact_power(
        plan._replace(**{name: change(plan) for name, change in changes.items()})
    )


_MISTAKES: tuple[tuple[Callable[[_Plan], float], str], ...] = (
    (
        _otherwise(
            lambda mean, reach, plan: (
                mean.abs() + 0 * reach + plan.factor * plan.spread / math.sqrt(plan.n) < plan.margin
            )
        ),
        "every experiment gets the true spread; a real one knows only its own differences' s",
    ),
    (
        _otherwise(
            lambda mean, reach, plan: mean.abs() + reach * math.sqrt(1 - 1 / plan.n) < plan.margin
        ),
        "each experiment's standard deviation is over n; that of a sample is over n - 1",
    ),
    (
        _otherwise(lambda mean, reach, plan: mean.abs() + reach * math.sqrt(plan.n) < plan.margin),
        "√n is missing: that is how far a single difference scatters; the mean of n scatters less",
    ),
    (
        _otherwise(lambda mean, reach, plan: mean.abs() + reach / math.sqrt(plan.n) < plan.margin),
        "you divide s by n; the mean scatters less by √n",
    ),
    (
        _otherwise(
            lambda mean, reach, plan: mean.abs() + reach / math.sqrt(1 - 1 / plan.n) < plan.margin
        ),
        "you divide s by √(n - 1); n - 1 belongs in the standard deviation, here it is √n",
    ),
    (
        _otherwise(
            lambda mean, reach, plan: (
                mean.abs() + reach**2 * math.sqrt(plan.n) / plan.factor < plan.margin
            )
        ),
        "you take the variance s²; wanted is the standard deviation s, its root",
    ),
    (
        _otherwise(lambda mean, reach, plan: reach < plan.margin),
        "you compare the interval's width with the margins'; where it lies counts too",
    ),
    (
        _otherwise(lambda mean, reach, plan: 2 * reach < plan.margin),
        "you compare the interval's width with the margin; where it lies counts too",
    ),
    (
        _otherwise(lambda mean, reach, plan: mean.abs() < reach),
        "you count the experiments whose interval holds 0: those find nothing, not equivalence",
    ),
    (
        _otherwise(lambda mean, reach, plan: mean.abs() < plan.margin + 0 * reach),
        "you count the experiments whose mean lies within the margin; the interval has to",
    ),
    (
        _otherwise(lambda mean, reach, plan: mean + reach < plan.margin),
        "you test one side: the interval must not reach beyond -margin either",
    ),
    (
        _otherwise(lambda mean, reach, plan: mean.abs() - reach < plan.margin),
        "you count each interval that reaches within the margin; it has to lie there wholly",
    ),
    (
        _otherwise(lambda mean, reach, plan: _equivalent(mean + plan.margin, reach, plan)),
        "the differences lie around the margin; in truth they are to lie around 0",
    ),
    (
        lambda plan: 1 - exact_power(plan),
        "that is the share of experiments that do not find equivalence",
    ),
    (
        _planned(spread=lambda plan: math.sqrt(plan.spread)),
        "`spread` is the standard deviation, not the variance",
    ),
    (
        _planned(spread=lambda plan: plan.spread**2),
        "`spread` is the standard deviation; you square it",
    ),
    (_planned(spread=lambda plan: 1), "`spread` is not used: your differences scatter by 1"),
    (
        _planned(spread=lambda plan: math.sqrt(2) * plan.spread),
        "your differences scatter by √2 · spread, as if two numbers were drawn for each: draw one",
    ),
    (
        lambda plan: _share(
            plan,
            torch.rand(10 * EXPERIMENTS, plan.n, generator=torch.Generator().manual_seed(0)),
        ),
        "your numbers lie evenly between 0 and 1, as `torch.rand` draws; `torch.randn` draws "
        "normal ones",
    ),
    (
        _planned(n=lambda plan: plan.n - 1),
        "an experiment of yours has n - 1 differences; it has n",
    ),
    (
        _planned(n=lambda plan: plan.n + 1),
        "an experiment of yours has n + 1 differences; it has n",
    ),
    *(
        (_planned(factor=lambda plan, other=other: other(plan.n)), ANOTHER_FACTOR)
        for other in OTHER_FACTORS
    ),
)


@exercise("10.4", minutes=12, difficulty=3, seconds=60, stand_in=power)
def power_by_simulation(
    answer: Callable[[int, float, float, float, torch.Generator], Any],
) -> str:
    """The share of 2,000 simulated experiments without a difference that find equivalence."""
    plans = list(_ASKED)
    drawn(lambda generator: number(answer(*plans[1], generator)))
    asked, generators = [], [torch.Generator().manual_seed(seed) for seed in range(len(plans))]
    for (plan, times), generator in zip(_ASKED.items(), generators, strict=True):
        asked.append([number(answer(*plan, generator), "the share") for _ in range(times)])
    every = [share for shares in asked for share in shares]
    found = [sum(map(float, shares)) / len(shares) for shares in asked]
    wanted = [exact_power(plan) for plan in plans]
    if not all(0 <= share <= 1 for share in every):
        _refuse_no_share(found, wanted)
    off = _errors(found, wanted)
    worst = off.index(max(off))
    n, spread, margin, factor = plans[worst]
    said = f"for {n} differences, spread {spread:g}, margin {margin:g}, factor {factor:g}: "
    if len(set(map(float, every))) == 1:
        raise NotYet(
            f"{said}your share is {found[worst]:g}, as for every other plan; it should be about "
            f"{wanted[worst]:.3f}. An experiment is n differences, with a mean and an s of its own"
        )
    if all(len(set(map(float, shares))) == 1 for shares in asked):
        raise NotYet(
            "asked again with one generator, you give the same share again, for every plan: draw "
            "from `generator` as it stands, with no seed and no generator of your own"
        )
    _refuse_few(every, lambda: number(answer(*plans[-1], generators[-1]), "the share"))
    _refuse_shared_differences(asked[-1])
    if max(off) > _ERRORS:
        reasons = {why for mistake, why in _MISTAKES if _near(found, map(mistake, plans))}
        if len(reasons) == 1:
            raise NotYet(said + reasons.pop())
        raise NotYet(
            f"{said}your share is {found[worst]:.3f}; it should be about {wanted[worst]:.3f}"
        )
    for share in every:
        if not _whole(share):
            raise NotYet(
                f"a share of yours is {share:.5g}, which is {EXPERIMENTS * share:.5g} of "
                f"{EXPERIMENTS:,} experiments: play exactly so many, and count"
            )
    return "a plan can now be judged before its first run."


def _refuse_no_share(found: list[float], wanted: list[float]) -> None:
    for scale, name in ((EXPERIMENTS, "number of experiments"), (100, "share in per cent")):
        if _near([one / scale for one in found], wanted):
            raise NotYet(f"that is the {name}; a share lies between 0 and 1")
    raise NotYet(
        f"a share lies between 0 and 1; yours are {', '.join(f'{one:g}' for one in found)}"
    )


def _refuse_few(shares: list[Tensor], ask: Callable[[], Tensor]) -> None:
    """Refuse shares of fewer experiments; `ask` gives one more, to tell them from chance."""
    shares = list(shares)
    while (step := _common(shares)) > 1 and len(shares) < _CALLS:
        shares.append(ask())
    if step > 1:
        raise NotYet(
            f"your shares look like those of {plural(EXPERIMENTS // step, 'experiment')}; wanted "
            f"are {EXPERIMENTS:,}, each with numbers of its own"
        )


def _common(shares: list[Tensor]) -> int:
    """What divides EXPERIMENTS and all numbers of equivalent ones; 1 if one of them isn't whole."""
    if not all(map(_whole, shares)):
        return 1
    return math.gcd(EXPERIMENTS, *(round(EXPERIMENTS * share.item()) for share in shares))


def _whole(share: Tensor) -> bool:
    """Whether it is a share of EXPERIMENTS, as far as its number format tells."""
    count = EXPERIMENTS * share.double()
    room = EXPERIMENTS * torch.finfo(share.dtype).eps if share.is_floating_point() else 0
    return bool((count - count.round()).abs() <= max(0.01, room))


def _refuse_shared_differences(shares: list[Tensor]) -> None:
    """Refuse shares of one plan that scatter more than those of separate experiments do."""
    found = torch.stack(shares).double()
    mean = found.mean().item()
    variance = max(mean * (1 - mean), 1 / EXPERIMENTS) / EXPERIMENTS
    if (found - mean).square().sum() / variance > _SCATTER:
        raise NotYet(
            f"from call to call your shares scatter more than those of {EXPERIMENTS:,} separate "
            "experiments: each has to have n numbers that no other one has"
        )


def _errors(found: Iterable[float], wanted: Iterable[float]) -> list[float]:
    """How many standard errors the shares of all experiments of each plan are off."""
    trials = [EXPERIMENTS * times for times in _ASKED.values()]
    return [
        abs(one - right) / math.sqrt(max(right * (1 - right), 1 / count) / count)
        for one, right, count in zip(found, wanted, trials, strict=True)
    ]


def _near(found: Iterable[float], wanted: Iterable[float]) -> bool:
    return max(_errors(found, wanted)) <= _ERRORS
