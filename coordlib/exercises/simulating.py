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
from coordlib.exercises.comparing import ANOTHER_FACTOR, student
from coordlib.exercises.guarding import drawn

EXPERIMENTS = 2_000
_STEPS = 180  # of mean and standard deviation, for a power to 0.001
_SEEDS = 2  # each case is asked so often
# How many standard errors a share may be off: of right simulations one in 250,000 is more.
_ERRORS = 5


def power(n: int, spread: float, margin: float, factor: float, generator: torch.Generator) -> float:
    """The share of EXPERIMENTS that find equivalence, where in truth nothing differs.

    An experiment has `n` paired differences, normal around 0 with the standard deviation `spread`,
    and finds equivalence where `comparing.equivalent` does, with this margin and factor.
    """
    differences = spread * torch.randn(EXPERIMENTS, n, generator=generator)
    reach = factor * differences.std(1) / math.sqrt(n)
    return (differences.mean(1).abs() + reach < margin).double().mean().item()


class _Plan(NamedTuple):
    """An experiment's plan, as an answer is given it."""

    n: int
    spread: float
    margin: float
    factor: float


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
        "√n is missing: so far a single difference scatters, the mean of n less",
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
        _planned(n=lambda plan: plan.n - 1),
        "an experiment of yours has n - 1 differences; it has n",
    ),
    (
        _planned(n=lambda plan: plan.n + 1),
        "an experiment of yours has n + 1 differences; it has n",
    ),
    (_planned(factor=lambda plan: student(plan.n, 0.95)), ANOTHER_FACTOR),
    (_planned(factor=lambda plan: student(plan.n, 0.975)), ANOTHER_FACTOR),
    (_planned(factor=lambda plan: 1.96), ANOTHER_FACTOR),
    (_planned(factor=lambda plan: 1.645), ANOTHER_FACTOR),
)


@exercise("10.4", minutes=12, difficulty=3, seconds=60, stand_in=power)
def power_by_simulation(
    answer: Callable[[int, float, float, float, torch.Generator], Any],
) -> str:
    """The share of 2,000 simulated experiments without a difference that find equivalence."""
    plans = [
        _Plan(2, 0.7, 0.5, 0.3),
        _Plan(3, 0.8, 1.6, 2.92),
        _Plan(5, 1.5, 2.2, 2.5),
        _Plan(12, 2.5, 1.9, 1.3),
        _Plan(20, 0.6, 0.31, 1.729),
    ]
    drawn(lambda generator: number(answer(*plans[1], generator)), 1)
    asked = [
        [
            number(answer(*plan, torch.Generator().manual_seed(seed)), "the share").double()
            for seed in range(_SEEDS)
        ]
        for plan in plans
    ]
    shares = torch.tensor(asked, dtype=torch.float64)
    found, wanted = shares.mean(1).tolist(), [exact_power(plan) for plan in plans]
    if not ((shares >= 0) & (shares <= 1)).all():
        _refuse_no_share(found, wanted)
    for count in (1, 10, 100, 500):
        if torch.allclose(shares * count, (shares * count).round(), rtol=0, atol=1e-3):
            raise NotYet(
                f"your shares look like those of {plural(count, 'experiment')}; wanted are "
                f"{EXPERIMENTS:,}, each with numbers of its own"
            )
    off = [_errors(*pair) for pair in zip(found, wanted, strict=True)]
    if max(off) <= _ERRORS:
        return "planned before a run was paid for."
    worst = off.index(max(off))
    reasons = {why for mistake, why in _MISTAKES if _near(found, map(mistake, plans))}
    why = (
        reasons.pop()
        if len(reasons) == 1
        else f"your share is {found[worst]:.3f}; it should be about {wanted[worst]:.3f}"
    )
    n, spread, margin, factor = plans[worst]
    raise NotYet(
        f"for {n} differences, spread {spread:g}, margin {margin:g}, factor {factor:g}: {why}"
    )


def _refuse_no_share(found: list[float], wanted: list[float]) -> None:
    for scale, name in ((EXPERIMENTS, "number of experiments"), (100, "share in per cent")):
        if _near([one / scale for one in found], wanted):
            raise NotYet(f"that is the {name}; a share lies between 0 and 1")
    raise NotYet(
        f"a share lies between 0 and 1; yours are {', '.join(f'{one:g}' for one in found)}"
    )


def _errors(found: float, wanted: float) -> float:
    """How many standard errors a share of all experiments of a plan is off."""
    trials = EXPERIMENTS * _SEEDS
    return abs(found - wanted) / math.sqrt(max(wanted * (1 - wanted), 1 / trials) / trials)


def _near(found: Iterable[float], wanted: Iterable[float]) -> bool:
    return all(_errors(*pair) <= _ERRORS for pair in zip(found, wanted, strict=True))
