"""Checker for notebook 11: rewards where the clock has cut an episode off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from coordlib.exercises import exercise
from coordlib.exercises.checking import judge
from coordlib.exercises.guarding import by_hand
from coordlib.exercises.returning import rollout, step_differs, to_go_on_with


def with_what_follows(rewards: Tensor, cut: Tensor, values: Tensor, discount: float) -> Tensor:
    """The rewards, with what the clock cut off put in its place: a value of later, so discounted.

    rewards: (steps, worlds). cut: booleans (steps, worlds), where the time was up with that step.
    values: (steps, worlds), of the state that the step led to; they count only where `cut`. Gives
    (steps, worlds).
    """
    return torch.where(cut, rewards + discount * values, rewards)


_OF_CUTS = (
    (
        lambda rewards, cut, values, discount: rewards + discount * values,
        "the value is added to every step; it belongs where the clock cut an episode off",
    ),
    (
        lambda rewards, cut, values, discount: torch.where(cut, rewards + values, rewards),
        "the value isn't discounted: it comes a step later than the reward",
    ),
    (
        lambda rewards, cut, values, discount: with_what_follows(rewards, cut, values, 0.97),
        "the discount is always 0.97; it is handed in, as `discount`",
    ),
    (
        lambda rewards, cut, values, discount: rewards,
        "those are the rewards as they were; nothing is added where the clock cut",
    ),
    (
        lambda rewards, cut, values, discount: torch.where(cut, discount * values, rewards),
        "where an episode is cut off its last reward is lost: add the value to it",
    ),
    (
        lambda rewards, cut, values, discount: torch.where(cut, values, rewards),
        "where an episode is cut off its last reward is lost: add the value to it",
    ),
    (
        lambda rewards, cut, values, discount: torch.where(
            cut, discount * (rewards + values), rewards
        ),
        "where an episode is cut off the reward is discounted as well; only the value is",
    ),
    (
        lambda rewards, cut, values, discount: with_what_follows(rewards, ~cut, values, discount),
        "turned round: the value is added where the clock did not cut an episode off",
    ),
    (
        lambda rewards, cut, values, discount: with_what_follows(rewards, cut, -values, discount),
        "the value is subtracted; what was cut off is to be added",
    ),
    (
        lambda rewards, cut, values, discount: cut * (rewards + discount * values),
        "the rewards of all other steps are lost; they stay as they are",
    ),
    (
        lambda rewards, cut, values, discount: cut * discount * values,
        "that is what is to be added, without the rewards",
    ),
    (
        lambda rewards, cut, values, discount: rewards + cut * discount,
        "`discount` alone is added; it is a factor of the value",
    ),
    *(
        (
            lambda rewards, cut, values, discount, way=way: with_what_follows(
                rewards, cut, values.roll(way, 0), discount
            ),
            "the value is another step's: `values[t]` already is of the state that step `t` led to",
        )
        for way in (-1, 1)
    ),
    *(
        (
            lambda rewards, cut, values, discount, way=way: (
                rewards + discount * (cut * values).roll(way, 0)
            ),
            "the value is added to another step than the one with which the time was up",
        )
        for way in (-1, 1)
    ),
    (
        lambda rewards, cut, values, discount: with_what_follows(
            rewards, cut.any(1, keepdim=True), values, discount
        ),
        "where one world is cut off all of them get their values; each has its own clock",
    ),
)


@exercise("11.3", minutes=6, difficulty=1, stand_in=with_what_follows)
def cuts_mended(answer: Callable[[Tensor, Tensor, Tensor, float], Any]) -> str:
    """Rewards (steps, worlds), cuts, values and a discount to rewards that know what was cut."""
    random = torch.Generator().manual_seed(3)
    cases = []
    for steps, worlds, share, discount in ((5, 3, 0.4, 0.9), (1, 4, 0.5, 0.7), (4, 1, 0.0, 0.8)):
        rewards, values = torch.randn(2, steps, worlds, generator=random)
        cut = torch.rand(steps, worlds, generator=random) < share
        cases.append((rewards, cut, 2 * values, discount))
    judge(
        answer,
        cases,
        with_what_follows,
        said=rollout,
        read=to_go_on_with,
        mistakes=_OF_CUTS,
        tell=step_differs,
    )
    by_hand(lambda: answer(*cases[0]), "add the values yourself")
    return "when the time is up the game isn't: its value stands for what was still to come."
