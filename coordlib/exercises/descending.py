"""Checker for notebook 02: one step of gradient descent, written by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parameters_to_vector

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import judge, number, numbers
from coordlib.exercises.guarding import ToChange, by_hand
from coordlib.exercises.guessing import canvas_loss
from coordlib.exercises.moving import worst

Step = Callable[[nn.Module, Tensor, float], Any]  # of network, positions and rate
Loss = Callable[[Tensor, Tensor], Tensor]  # of logits and positions
_TURNS = 2  # in a row: the second one meets what the first has left
_LEFT = 0.5  # each gradient before the first turn, as an earlier `backward` leaves them behind
_SIDE, _BATCH = 5, 6
_RATES = (0.5, 0.03)
_STEEP = 4  # times which a painter's logits are those of its last layer
_ROOM = 64  # gradients are sums, which round in their own order


def descend(network: nn.Module, positions: Tensor, rate: float) -> Tensor:
    """Move every weight of the network once against its slope; gives the loss before, a scalar.

    The loss is `canvas_loss` of the network's logits for the positions, (n, 2), columns (x, y). A
    weight becomes itself minus `rate` times its slope; gradients that were there don't count.
    """
    network.zero_grad()
    loss = canvas_loss(network(positions), positions)
    loss.backward()
    _move(network, rate)
    return loss.detach()


def _move(network: nn.Module, rate: float) -> None:
    """Each weight by the gradient that it has."""
    with torch.no_grad():
        for weight in network.parameters():
            weight -= rate * weight.grad


class _Descent:
    """A small network that a step has moved, some turns in a row, all gradients _LEFT at first.

    start, end: its weights, (n,). told: what the step returned. network: as it is then.
    """

    def __init__(self, step: Step, rate: float) -> None:
        with torch.random.fork_rng([]):
            torch.manual_seed(3)
            self.network = _Painter()
            batches = [torch.randint(_SIDE, (n, 2)) for n in range(_BATCH, _BATCH - _TURNS, -1)]
        for each in self.network.parameters():
            each.grad = torch.full_like(each, _LEFT)
        self.start = self._weights()
        self.told = [step(self.network, batch, rate) for batch in batches]
        self.end = self._weights()

    def _weights(self) -> Tensor:
        return parameters_to_vector(self.network.parameters()).detach().clone()


class _Painter(nn.Module):
    """From positions, (n, 2), to logits, (n, 1, _SIDE, _SIDE).

    As the page's network it goes by its batch. The logits are large enough that clipping the
    gradients to a norm of 1 shows.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2, 16),
            nn.Unflatten(1, (4, 2, 2)),  # so that a single position can be normalised as well
            nn.BatchNorm2d(4, affine=False),
            nn.Tanh(),
            nn.Flatten(),
            nn.Linear(16, _SIDE**2),
        )

    def forward(self, positions: Tensor) -> Tensor:
        logits = _STEEP * self.layers(positions.float() / _SIDE)
        return logits.view(-1, 1, _SIDE, _SIDE)


def _by(loss: Loss = canvas_loss, clear: str = "before", scale: float = 1.0, ndim: int = 1) -> Step:
    """A step by another loss, or one that goes astray.

    clear: old gradients "before" the new ones, "after" the step, or "never". scale: of the rate.
    ndim: of the weights that move, at least.
    """

    def step(network: nn.Module, positions: Tensor, rate: float) -> Tensor:
        result = loss(network(positions), positions)
        if clear == "before":
            network.zero_grad()
        result.backward()
        with torch.no_grad():
            for weight in _moving(network, ndim):
                weight -= scale * rate * weight.grad
        if clear == "after":
            network.zero_grad()
        return result.detach()

    return step


def _moving(network: nn.Module, ndim: int) -> Iterator[nn.Parameter]:
    return (weight for weight in network.parameters() if weight.ndim >= ndim)


def _by_old_gradients(network: nn.Module, positions: Tensor, rate: float) -> None:
    _move(network, rate)


def _at_a_rate_of(own: float) -> Step:
    return lambda network, positions, rate: descend(network, positions, own)


def _by_signs(network: nn.Module, positions: Tensor, rate: float) -> None:
    network.zero_grad()
    canvas_loss(network(positions), positions).backward()
    with torch.no_grad():
        for weight in network.parameters():
            weight -= rate * weight.grad.sign()


def _twice(network: nn.Module, positions: Tensor, rate: float) -> None:
    for _ in range(2):
        descend(network, positions, rate)


def _late(network: nn.Module, positions: Tensor, rate: float) -> Tensor:
    descend(network, positions, rate)
    return canvas_loss(network(positions), positions)


def _one_by_one(network: nn.Module, positions: Tensor, rate: float) -> None:
    network.zero_grad()
    for one in positions.split(1):
        (canvas_loss(network(one), one) / len(positions)).backward()
    _move(network, rate)


def _in_eval_mode(network: nn.Module, positions: Tensor, rate: float) -> None:
    network.eval()
    descend(network, positions, rate)


_OLD = "gradients that an earlier `backward()` has left count as well"
_MISTAKES = (
    (_by(clear="never"), _OLD),
    (_by(clear="after"), _OLD),
    (
        _by_old_gradients,
        "the weights move by old gradients alone; none of this turn's reaches them",
    ),
    (_by(scale=-1), "the sign is turned: the weights move up the slope, and the loss grows"),
    (_by(ndim=2), "the biases stay where they are; they are weights as well"),
    (_twice, "the weights move twice; wanted is one step for each call"),
    (
        _one_by_one,
        "the network sees the positions one by one; its BatchNorm goes by the whole batch",
    ),
    (
        _in_eval_mode,
        "the network is in eval mode as it moves: its BatchNorm doesn't go by the batch then",
    ),
    (_by_signs, "the weights move by the slope's sign alone; wanted is rate times slope"),
    *(
        (_at_a_rate_of(own), f"`rate` isn't used: your weights move at a rate of {own}")
        for own in (1, 0.1, 0.01, 0.001)
    ),
    (
        _by(lambda logits, positions: canvas_loss(logits, positions) * len(logits)),
        "the weights move by a sum over the batch; wanted is the mean",
    ),
    (
        _by(lambda logits, positions: canvas_loss(logits, positions) / len(logits)),
        "the weights move by an n-th part of the mean; the loss is divided by n already",
    ),
    (
        _by(lambda logits, positions: canvas_loss(logits, positions.flip(1))),
        "x and y are swapped: a canvas is indexed [row, column], that is [y, x]",
    ),
    (
        _by(lambda logits, positions: canvas_loss(logits[:1], positions[:1])),
        "the weights move by the first position alone; wanted is the batch's mean",
    ),
)


@exercise("2.7", minutes=10, difficulty=2, stand_in=descend)
def one_step_down(answer: Step) -> str:
    """One step of gradient descent at a rate; gives the loss before the step."""

    def tried(network: nn.Module, positions: Tensor, rate: float) -> Any:
        return answer(ToChange(network), positions, rate)

    def end(step: Step) -> Callable[[float], Tensor]:
        return lambda rate: _Descent(step, rate).end

    def told(step: Step) -> Callable[[float], Tensor]:
        return lambda rate: numbers([number(one) for one in _Descent(step, rate).told])

    cases = [(rate,) for rate in _RATES]
    judge(
        end(tried),
        cases,
        end(descend),
        said=lambda rate: f"at a rate of {rate}",
        mistakes=[(end(step), why) for step, why in _MISTAKES],
        tell=lambda found, wanted, rate: _ends_differ(_Descent(tried, rate), found, wanted),
        room=_ROOM,
    )
    but = "the weights move as they should, but"
    judge(
        told(tried),
        cases,
        told(descend),
        mistakes=[
            (told(_late), f"{but} you return the loss after the step; wanted is that before")
        ],
        tell=lambda found, wanted, rate: (
            f"{but} {worst('you return', found, wanted)}, the loss before the step"
        ),
        room=_ROOM,
    )
    network = _Descent(tried, _RATES[0]).network
    if not network.training:
        raise NotYet(f"{but} the network stays in eval mode: leave its mode as it is")
    if not all(each.requires_grad for each in network.parameters()):
        raise NotYet(f"{but} weights stay without `requires_grad`: none has a slope next time")
    by_hand(lambda: _Descent(tried, _RATES[0]), "move the weights yourself", "SGD")
    return "that is all a training does, some thousand times."


def _ends_differ(descent: _Descent, found: Tensor, wanted: Tensor) -> str:
    if not torch.equal(descent.start, descent.end):
        return f"after {_TURNS} steps {worst('one of the weights is', found, wanted)}"
    gradients = [each.grad for each in descent.network.parameters()]
    if all(each is not None and bool((each == _LEFT).all()) for each in gradients):
        return (
            "the weights don't move, and their `.grad` is what it was: call `loss.backward()`, of "
            "the loss of this network, not of a copy"
        )
    return (
        "the weights don't move, though they have slopes: change each in place, `weight -= …`; "
        "`weight = weight - …` makes a new tensor and leaves the network its own"
    )
