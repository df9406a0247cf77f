"""Checker for notebook 11: the three numbers that A2C's loss is made of."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import judge, number, parts, plural, unlike
from coordlib.exercises.guarding import by_hand
from coordlib.exercises.tracing import look_at_the_gradients

Loss = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]  # from what `losses` takes
_NAMES = "the policy loss", "the value loss", "the entropy"
_ROOM = 64  # what is as right on paper rounds more
_LARGE = 200


def losses(
    logits: Tensor, values: Tensor, actions: Tensor, returns: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """A2C's policy loss, value loss and entropy, scalars, means over n steps.

    logits: (n, 4), of the actions. values: (n,), what the critic says of the states. actions: int64
    (n,), those taken. returns: (n,), what came of them.

    -log π(action) · advantage, where the advantage, returns - values, is a constant: its gradient
    doesn't move the critic; (returns - values)²; and the entropy of π in nats.
    """
    logs = logits.log_softmax(1)
    policy = -(_chosen(logs, actions) * (returns - values).detach()).mean()
    return policy, (returns - values).square().mean(), _entropies(logs).mean()


def _chosen(each: Tensor, actions: Tensor) -> Tensor:
    """The numbers of the actions taken, (n,), of those of all actions, (n, 4)."""
    return each.gather(1, actions[:, None])[:, 0]


def _entropies(logs: Tensor, axis: int = 1) -> Tensor:
    return -(logs.exp() * logs).sum(axis)


def _part(place: int) -> Loss:
    return lambda *case: losses(*case)[place]


_policy, _value, _entropy = map(_part, range(3))


def _by(weigh: Callable[[Tensor, Tensor], Tensor]) -> Loss:
    """A policy loss by log π of the actions taken, (n,), and advantages, (n,)."""
    return lambda logits, values, actions, returns: weigh(
        _chosen(logits.log_softmax(1), actions), returns - values
    )


def _of(numbers: Callable[[Tensor], Tensor]) -> Loss:
    """A policy loss by other numbers of all actions, (n, 4), than log π."""
    return lambda logits, values, actions, returns: (
        -(_chosen(numbers(logits), actions) * (returns - values)).mean()
    )


def _off(number_of: Callable[[Tensor], Tensor]) -> Loss:
    """A value loss by what is made of how far all values are off, (n,)."""
    return lambda logits, values, actions, returns: number_of(returns - values)


def _spread(number_of: Callable[[Tensor], Tensor]) -> Loss:
    """An entropy by what is made of all logits, (n, 4)."""
    return lambda logits, values, actions, returns: number_of(logits)


def _standardised(advantages: Tensor, correction: int) -> Tensor:
    return (advantages - advantages.mean()) / advantages.std(correction=correction)


_MEAN = "it is added up over the steps; wanted is the mean"
_OTHER = "that is {}; the order is policy loss, value loss, entropy"
_DOWN = "the softmax runs down the steps; it belongs along the four actions of each step"
_STANDARD = "the advantages are standardised, which A2C as it is here doesn't do"
_ON_POLICY = (
    (_value, _OTHER.format(_NAMES[1])),
    (_entropy, _OTHER.format(_NAMES[2])),
    (
        lambda *case: -_policy(*case),
        "its sign is turned: it has to be small where actions with an advantage, returns - "
        "values, are probable",
    ),
    (lambda *case: _policy(*case) * len(case[0]), _MEAN),
    (
        lambda logits, values, actions, returns: _policy(logits, 0 * values, actions, returns),
        "the returns themselves are its weights; wanted are the advantages, returns - values",
    ),
    (
        lambda logits, values, actions, returns: _policy(logits, -values, actions, 0 * returns),
        "the values are its weights; wanted are the advantages, returns - values",
    ),
    *(
        (_by(lambda logs, some, n=n: -(logs * _standardised(some, n)).mean()), _STANDARD)
        for n in (0, 1)
    ),
    (
        _by(lambda logs, some: -(logs * some.square()).mean()),
        "the advantages are squared, and lose their signs",
    ),
    (
        _by(lambda logs, some: -(logs * some.abs()).mean()),
        "the advantages lose their signs: an action worse than expected has to become rarer",
    ),
    (
        _by(lambda logs, some: -logs.mean()),
        "the advantages are missing: every action taken becomes more probable, good or bad",
    ),
    (
        _by(lambda logs, some: -logs.mean() * some.mean()),
        "every log π is multiplied by every advantage: are the shapes (n, 1) and (n,)? Each step "
        "has its own pair",
    ),
    (_of(lambda logits: logits.softmax(1)), "the logarithm is missing: wanted is log π"),
    (_of(lambda logits: logits), "those are logits; log π is their `log_softmax`"),
    (
        _of(lambda logits: logits.softmax(1).log_softmax(1)),
        "the softmax is taken twice: `log_softmax` takes logits as they are",
    ),
    (_of(lambda logits: logits.log_softmax(0)), _DOWN),
    (
        lambda logits, values, actions, returns: (
            -(logits.log_softmax(1)[:, actions] * (returns - values)).mean()
        ),
        "`[:, actions]` takes the actions of all steps for every step; each step has its own",
    ),
    (
        lambda logits, values, actions, returns: (
            -(logits.log_softmax(1) * (returns - values)[:, None]).mean()
        ),
        "log π of all four actions is in it; only the one that was taken is to be judged",
    ),
)
_ON_VALUE = (
    (_policy, _OTHER.format(_NAMES[0])),
    (_entropy, _OTHER.format(_NAMES[2])),
    (lambda *case: -_value(*case), "its sign is turned: it has to be small where values are right"),
    (lambda *case: _value(*case) * len(case[0]), _MEAN),
    (lambda *case: _value(*case) / 2, "that is half of it; factors come later"),
    (_off(lambda off: off.abs().mean()), "that is the mean of |off|; wanted is that of off²"),
    (_off(lambda off: off.square().mean().sqrt()), "that is its root; wanted is the mean square"),
    (_off(lambda off: off.mean().square()), "you square the mean; wanted is the mean of squares"),
    (_off(lambda off: off.mean()), "the square is missing"),
    (
        _off(lambda off: F.smooth_l1_loss(off, 0 * off)),
        "that is Huber's loss; wanted is the mean square",
    ),
    (
        lambda logits, values, actions, returns: (returns - values[:, None]).square().mean(),
        "every value is compared with every return: are the shapes (n, 1) and (n,)? Each step has "
        "its own pair",
    ),
)
_ON_ENTROPY = (
    (_policy, _OTHER.format(_NAMES[0])),
    (_value, _OTHER.format(_NAMES[1])),
    (lambda *case: -_entropy(*case), "its sign is turned: an entropy is never below 0"),
    (lambda *case: _entropy(*case) * len(case[0]), _MEAN),
    (
        lambda *case: _entropy(*case) / 4,
        "it is a mean over the actions as well; add up over all four, then take the mean over "
        "the steps",
    ),
    (lambda *case: _entropy(*case) / math.log(2), "it is in bits; wanted are nats"),
    (
        lambda *case: _entropy(*case) / math.log(4),
        "it is divided by its largest, log 4; wanted is it in nats",
    ),
    (
        _by(lambda logs, some: -logs.mean()),
        "that is the mean of -log π of the actions taken; wanted are all four, each weighted by π",
    ),
    (
        _by(lambda logs, some: -(logs.exp() * logs).mean()),
        "only the actions taken are in it; an entropy has all four",
    ),
    (
        _spread(lambda logits: -logits.log_softmax(1).sum(1).mean()),
        "each -log π is to be weighted by its π",
    ),
    (
        _spread(lambda logits: _entropies(logits.softmax(1).mean(0, keepdim=True).log()).mean()),
        "that is the entropy of the mean policy; wanted is the mean of each step's entropy",
    ),
    (
        _spread(lambda logits: -(logits.softmax(1) * logits).sum(1).mean()),
        "those are logits; log π is their `log_softmax`",
    ),
    (
        _spread(lambda logits: _entropies(logits.softmax(1).log_softmax(1)).mean()),
        "the softmax is taken twice: `log_softmax` takes logits as they are",
    ),
    *(
        (_spread(lambda logits, axis=axis: _entropies(logits.log_softmax(0), axis).mean()), _DOWN)
        for axis in (0, 1)
    ),
)


@exercise("11.4", minutes=12, difficulty=3, stand_in=losses)
def three_losses(answer: Callable[[Tensor, Tensor, Tensor, Tensor], Any]) -> str:
    """What was seen, done and earned in n steps to policy loss, value loss and entropy, scalars."""

    def part(place: int) -> Callable[..., Any]:
        return lambda *case: parts(answer(*case), *_NAMES)[place]

    small, large = [_steps(n, 1.2) for n in (6, 1, 9)], _steps(8, _LARGE)
    for place, (name, mistakes) in enumerate(
        zip(_NAMES, (_ON_POLICY, _ON_VALUE, _ON_ENTROPY), strict=True)
    ):
        judge(
            part(place),
            small,
            _part(place),
            read=lambda value, name=name: number(value, name),
            said=lambda logits, *_, name=name: f"for {plural(len(logits), 'step')}, {name}",
            mistakes=mistakes,
            tell=_losses_differ,
            room=_ROOM,
        )
    for place, name in enumerate(_NAMES):
        judge(
            part(place),
            [large],
            _part(place),
            read=lambda value, name=name: number(value, name),
            said=lambda *_, name=name: f"for logits as large as {_LARGE}, {name}",
            tell=_large_ones_differ,
            room=_ROOM,
        )
    for case in (*small, large):
        if _reaches_the_values(part(0), case):
            raise NotYet(
                "the policy loss is right, but its gradient reaches `values`, and moves the critic "
                "to please the policy: an advantage is a constant there, so `.detach()` it"
            )
        for place, learnt in enumerate(({"logits": 0}, {"values": 1}, {"logits": 0})):
            try:
                look_at_the_gradients(part(place), _part(place), case, **learnt)
            except NotYet as reason:
                size = f", for logits as large as {_LARGE}" if case is large else ""
                raise NotYet(f"{_NAMES[place]}{size}: {reason}") from None
    by_hand(lambda: answer(*small[0]), "write the three numbers yourself")
    return "three numbers, and what each teaches: policy, critic, and not to be sure too soon."


def _steps(n: int, size: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Logits of that size, values, actions and returns of n steps."""
    random = torch.Generator().manual_seed(n)
    logits = size * torch.randn(n, 4, generator=random).clamp(-1.5, 1.5)
    values, returns = torch.randn(2, n, generator=random)
    return logits, values, torch.randint(4, (n,), generator=random), returns


def _reaches_the_values(policy: Callable[..., Any], case: tuple[Tensor, ...]) -> bool:
    """Whether values get a gradient from a policy loss; what is no tensor gives none."""
    logits, values, *rest = case
    values = values.clone().requires_grad_()
    with torch.enable_grad():
        loss = policy(logits, values, *rest)
    if not isinstance(loss, Tensor) or not loss.requires_grad:
        return False
    (slope,) = torch.autograd.grad(loss.sum(), values, allow_unused=True, materialize_grads=True)
    return bool(slope.any())


def _losses_differ(found: Tensor, wanted: Tensor, *_: Tensor) -> str:
    return "it is {}; it should be {}".format(*unlike(found.item(), wanted.item()))


def _large_ones_differ(found: Tensor, wanted: Tensor, *_: Tensor) -> str:
    return (
        f"{_losses_differ(found, wanted)}. There a softmax rounds to 0, of which there is no "
        "logarithm; `log_softmax` is one step"
    )
