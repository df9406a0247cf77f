"""Checker for notebook 11: what each step of a rollout was worth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from coordlib.exercises import exercise
from coordlib.exercises.checking import NotYet, attempted, judge, kind, numbers, plural, unlike
from coordlib.exercises.guarding import by_hand

Returns = Callable[[Tensor, Tensor, Tensor, float], Tensor]
Rule = Returns  # the same of a single step: its rewards and ends, and what all later is worth


def n_step_returns(rewards: Tensor, ended: Tensor, following: Tensor, discount: float) -> Tensor:
    """What each step of a rollout was worth: its reward, and all later ones, each discounted.

    rewards: (steps, worlds). ended: booleans (steps, worlds), where an episode ended with the step,
    so that nothing follows. following: (worlds,), the value of the state after the last step.
    discount: from 0 to 1, once for each step of waiting. Gives (steps, worlds).
    """
    return _backwards(_worth)(rewards, ended, following, discount)


def _worth(reward: Tensor, end: Tensor, later: Tensor, discount: float) -> Tensor:
    return reward + discount * later * ~end


def _backwards(rule: Rule) -> Returns:
    def returns(rewards: Tensor, ended: Tensor, following: Tensor, discount: float) -> Tensor:
        later, worth = following, torch.empty_like(rewards)
        for step in reversed(range(len(rewards))):
            later = worth[step] = rule(rewards[step], ended[step], later, discount)
        return worth

    return returns


def _forwards(rewards: Tensor, ended: Tensor, before: Tensor, discount: float) -> Tensor:
    """As one who begins with the first step."""
    flipped = _backwards(_worth)(rewards.flip(0), ended.flip(0), before, discount)
    return flipped.flip(0)


def _each_from_the_first(
    rewards: Tensor, ended: Tensor, following: Tensor, discount: float
) -> Tensor:
    """As one who discounts by how long ago the rollout began."""
    steps = discount ** torch.arange(len(rewards))[:, None]
    return n_step_returns(rewards * steps, ended, following * discount ** len(rewards), 1)


def _each_from_the_last(
    rewards: Tensor, ended: Tensor, following: Tensor, discount: float
) -> Tensor:
    steps = discount ** torch.arange(len(rewards)).flip(0)[:, None]
    return n_step_returns(rewards * steps, ended, following, 1)


def _but_the_last(ended: Tensor) -> Tensor:
    """The ends, with none in the last step."""
    last = torch.zeros_like(ended[:1])
    return torch.cat((ended[:-1], last))


_FORWARDS = (
    "you loop forwards, and count what came before; a step is worth what comes after it: begin "
    "with the last"
)
_IGNORED = (
    "`ended` isn't heeded: after an episode's end another one begins, which counts for itself"
)
_FROM_THE_START = (
    "you discount from one end of the rollout; a step's own reward counts in full, whichever step "
    "it is"
)
_SHIFTED = "an end counts a step too {}: after step `t` nothing follows where `ended[t]`"
_FIRST = "the first step is left out: it, too, is worth what comes after it"
_OF_RETURNS = (
    (_backwards(lambda reward, end, later, discount: reward + discount * later), _IGNORED),
    (_forwards, _FORWARDS),
    (
        lambda rewards, ended, following, discount: _forwards(
            rewards, ended, torch.zeros_like(following), discount
        ),
        _FORWARDS,
    ),
    (
        lambda rewards, ended, following, discount: n_step_returns(
            rewards, _but_the_last(ended), following, discount
        ),
        "`following` counts even where the last step ended an episode; there nothing follows",
    ),
    (
        lambda rewards, ended, following, discount: n_step_returns(
            rewards, _but_the_last(ended.roll(-1, 0)), following, discount
        ),
        _SHIFTED.format("early"),
    ),
    (
        lambda rewards, ended, following, discount: n_step_returns(
            rewards, ended.roll(1, 0) & (torch.arange(len(ended)) > 0)[:, None], following, discount
        ),
        _SHIFTED.format("late"),
    ),
    (
        lambda rewards, ended, following, discount: n_step_returns(rewards, ended, following, 1),
        "nothing is discounted: what comes a step later counts `discount` times as much",
    ),
    (
        lambda rewards, ended, following, discount: n_step_returns(rewards, ended, following, 0.97),
        "the discount is always 0.97; it is handed in, as `discount`",
    ),
    (
        lambda *case: n_step_returns(*case)[:1].expand_as(case[0]),
        "all steps hold the same numbers: is it one tensor, changed and put down again and again?",
    ),
    (
        lambda rewards, ended, following, discount: n_step_returns(
            rewards, ended, torch.zeros_like(following), discount
        ),
        "`following` is left out: the game goes on after the last step",
    ),
    (
        lambda rewards, ended, following, discount: n_step_returns(
            rewards, ended, following / discount, discount
        ),
        "`following` isn't discounted: it comes a step after the last reward",
    ),
    (
        lambda rewards, ended, following, discount: n_step_returns(
            rewards, ended, following * discount, discount
        ),
        "`following` is discounted twice; the loop does it once, as with all that follows",
    ),
    (
        lambda *case: torch.cat((case[0][:1], n_step_returns(*case)[1:])),
        _FIRST,
    ),
    (
        lambda *case: torch.cat((torch.zeros_like(case[0][:1]), n_step_returns(*case)[1:])),
        _FIRST,
    ),
    (
        lambda *case: n_step_returns(*case).flip(0),
        "the steps come in reverse: what you append first belongs to the last step",
    ),
    (
        _backwards(lambda reward, end, later, discount: reward + discount * later * end),
        "turned round: what follows counts only where an episode ended; it should elsewhere",
    ),
    (
        _backwards(lambda reward, end, later, discount: (reward + discount * later) * ~end),
        "where an episode ends its last reward is lost; only what follows is to be",
    ),
    (
        _backwards(lambda reward, end, later, discount: discount * (reward + later * ~end)),
        "a step's own reward is discounted; it counts in full",
    ),
    (
        lambda rewards, ended, following, discount: n_step_returns(
            rewards, ended.any(1, keepdim=True).expand_as(ended), following, discount
        ),
        "an end in one world ends the others' episodes as well; each world has its own",
    ),
    (_each_from_the_first, _FROM_THE_START),
    (_each_from_the_last, _FROM_THE_START),
    (
        lambda rewards, ended, following, discount: rewards + discount * following * ~ended,
        "every step gets `following`; that is what follows the last one alone",
    ),
    (
        lambda rewards, ended, following, discount: rewards,
        "those are the rewards alone, without what follows",
    ),
)


@exercise("11.2", minutes=12, difficulty=3, stand_in=n_step_returns)
def returns_of_a_rollout(answer: Callable[[Tensor, Tensor, Tensor, float], Any]) -> str:
    """Rewards (steps, worlds), ends, the values that follow (worlds,) and a discount to returns."""
    random = torch.Generator().manual_seed(2)
    cases = []
    for steps, worlds, share, discount in (
        (5, 4, 0.3, 0.9),
        (3, 2, 0.0, 0.8),
        (1, 5, 0.5, 0.7),
        (7, 1, 0.4, 0.5),
        (6, 3, 0.5, 1.0),
    ):
        rewards = torch.randn(steps, worlds, generator=random)
        ended = torch.rand(steps, worlds, generator=random) < share
        cases.append((rewards, ended, 2 * torch.randn(worlds, generator=random), discount))
    judge(
        answer,
        cases,
        n_step_returns,
        said=rollout,
        read=to_go_on_with,
        mistakes=_OF_RETURNS,
        tell=step_differs,
    )
    by_hand(lambda: answer(*cases[0]), "add up what follows yourself")
    return "rewards travel back in time, and stop where their episode began."


def rollout(rewards: Tensor, *_: Any) -> str:
    """How many steps of how many worlds a case has, from rewards (steps, worlds)."""
    steps, worlds = rewards.shape
    return f"for {plural(steps, 'step')} of {plural(worlds, 'world')}"


def to_go_on_with(value: Any) -> Tensor:
    """What A2C takes as it is: a tensor, of any number format; NotYet for lists and arrays."""
    if not isinstance(attempted(value), Tensor):
        raise NotYet(f"the result is {kind(value)}; wanted is a tensor, with which A2C goes on")
    return numbers(value)


def step_differs(found: Tensor, wanted: Tensor, *_: Any) -> str | None:
    """Which of some steps differs, both (steps, worlds); None where their shapes do.

    The last one of them: an error that is handed back from step to step begins there.
    """
    if found.shape != wanted.shape:
        return None
    off = (found.double() - wanted).abs().nan_to_num(torch.inf)
    step, world = (off >= off.max().clamp(max=1e-5)).nonzero()[-1]
    numbers = unlike(found[step, world].item(), wanted[step, world].item())
    return "at [step {}, world {}] stands {}; it should be {}".format(
        int(step), int(world), *numbers
    )
