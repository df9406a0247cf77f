"""Checkers for notebook 05: the best constant, the winner of a maximum, regressors by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from coordlib.coordinates import coordinate_channels
from coordlib.datasets import positions, split
from coordlib.exercises import CLOSE, NotYet, exercise, same, tensor

_CANVAS = 64


@exercise("5.1", minutes=6, difficulty=1)
def best_constant(answer: Callable[[Tensor], Any]) -> str:
    """The one (x, y) with the least mean squared error on given positions: (n, 2) to (2,)."""
    median = (
        "this is the median, which is best for the distance along an axis; "
        "far positions count more when it is squared"
    )
    whole = "these are whole pixels; a network may answer between two of them"
    for given in (split("quadrant").train, torch.tensor([[1, 9], [2, 9], [2, 30], [12, 31]])):
        found = tensor(answer(given.clone()))
        if found.shape != (2,):
            raise NotYet(f"the result has shape {tuple(found.shape)}; wanted is (2,): one x, one y")
        numbers = given.double()
        wanted = numbers.mean(0)
        if same(found, wanted):
            continue
        ends = (numbers.amin(0) + numbers.amax(0)) / 2
        for other, name in (
            (wanted.flip(0), "x and y are swapped"),
            (wanted.round(), whole),
            (wanted.floor(), whole),
            (numbers.median(0).values, median),
            (numbers.quantile(0.5, 0), median),
            (
                ends,
                "this is halfway between the smallest and the largest; it takes no account of how "
                "many positions lie where",
            ),
        ):
            if same(found, other):
                raise NotYet(name)
        error, least = (
            (numbers - point).square().sum(1).mean().item() for point in (found, wanted)
        )
        raise NotYet(
            f"for one set of positions its mean squared error is {error:.1f} square pixels; "
            f"{least:.1f} is possible"
        )
    return "whoever sees nothing does best to say the mean, and that is how blindness looks."


@exercise("5.2", minutes=5, difficulty=1)
def height_needed(answer: Callable[[Tensor], Any]) -> str:
    """How high a dot must be to win on a ramp, (h, w), wherever it stands: largest - smallest."""
    across = torch.linspace(-0.4, 1.0, 12)
    for ramp in (
        across.expand(9, 12),
        across[:9, None] * 0.5 - across.flip(0) - 3,
        torch.full((4, 5), 2.0),
    ):
        found = tensor(answer(ramp.clone()))
        if found.numel() != 1:
            raise NotYet(f"the result has shape {tuple(found.shape)}; wanted is one number")
        number = ramp.double()
        wanted = number.max() - number.min()
        if same(found, wanted):
            continue
        for other, name in (
            (number.max(), "this is the ramp's top; the dot stands on the ramp, not on the ground"),
            (-wanted, "the sign is turned: the dot has to rise above the ground"),
            (
                number.max() - number.mean(),
                "that is enough in the middle, but not for a dot at the ramp's foot",
            ),
            (
                (number.amax(1) - number.amin(1)).max(),
                "that is enough against its own row; the whole canvas competes",
            ),
            (
                (number.amax(0) - number.amin(0)).max(),
                "that is enough against its own column; the whole canvas competes",
            ),
        ):
            if same(found, other):
                raise NotYet(name)
        raise NotYet(
            f"for a ramp from {number.min():.3g} to {number.max():.3g} it is {found.item():.3g}; "
            "where is the dot worst off, and which pixel does it have to beat there?"
        )
    return "the dot's worst place is the ramp's foot, its rival the top."


@exercise("5.3", minutes=12, difficulty=2)
def numbers_for_a_maximum(answer: Callable[[], Any]) -> str:
    """Weights (2, 3) and biases (2,) of one layer; after a maximum it gives (x, y) / 64."""
    weight, bias = _eight(answer())
    ramps = _ramps(weight, bias)
    everywhere = positions(_CANVAS, 1)
    places = everywhere[:, 1] * _CANVAS + everywhere[:, 0]
    at_dot = ramps[:, places] + weight[:, :1]
    elsewhere = ramps.amax(1, keepdim=True)
    found = torch.maximum(at_dot, elsewhere).T
    wanted = everywhere.double() / _CANVAS
    if same(found, wanted):
        return "eight numbers, no training, and every one of the 4,096 places to the last digit."
    for channel, name in enumerate("xy"):
        lost = (at_dot[channel] < elsewhere[channel] - CLOSE).nonzero()
        if len(lost):
            x, y = everywhere[lost[0]].flatten().tolist()
            rival = int(ramps[channel].argmax())
            raise NotYet(
                f"for {name} and a dot at ({x}, {y}) the maximum is not at the dot, it is at "
                f"({rival % _CANVAS}, {rival // _CANVAS}): the dot must be higher"
            )
    raise _difference(found, wanted, everywhere)


@exercise("5.4", minutes=12, difficulty=3)
def numbers_for_a_mean(answer: Callable[[], Any]) -> str:
    """The same after a ReLU and the mean over all pixels."""
    weight, bias = _eight(answer())
    ramps = _ramps(weight, bias)
    everywhere = positions(_CANVAS, 1)
    places = everywhere[:, 1] * _CANVAS + everywhere[:, 0]
    ground = ramps.relu()
    at_dot = (ramps[:, places] + weight[:, :1]).relu()
    found = ((ground.sum(1, keepdim=True) - ground[:, places] + at_dot) / _CANVAS**2).T
    wanted = everywhere.double() / _CANVAS
    if same(found, wanted):
        return "it can be done, with weights in the thousands: one pixel has to speak for 4,096."
    for channel, name in enumerate("xy"):
        if ground[channel].max() > CLOSE:
            lit = (ground[channel] > CLOSE).sum().item()
            raise NotYet(
                f"for {name}, {lit:,} pixels of an empty canvas are above 0 and get into the mean; "
                "only the dot may be"
            )
        if at_dot[channel].max() <= CLOSE:
            raise NotYet(f"for {name}, the ReLU cuts off the dot as well: all is 0 everywhere")
    if same(_CANVAS**2 * found, wanted):
        raise NotYet(
            "all answers are 4,096 times too small: the mean divides what one pixel says by the "
            "number of pixels"
        )
    raise _difference(found, wanted, everywhere)


def _eight(value: Any) -> tuple[Tensor, Tensor]:
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise NotYet("the result is not two things: weight, then bias")
    weight, bias = (
        tensor(part, name) for part, name in zip(value, ("weight", "bias"), strict=True)
    )
    if weight.shape != (2, 3) or bias.shape != (2,):
        raise NotYet(
            f"weight has shape {tuple(weight.shape)} and bias {tuple(bias.shape)}; wanted are "
            "(2, 3), a row for each output, and (2,)"
        )
    return weight, bias


def _ramps(weight: Tensor, bias: Tensor) -> Tensor:
    """What the layer makes of an empty canvas: (2, pixels), in reading order."""
    grid = coordinate_channels((_CANVAS, _CANVAS), dtype=torch.float64).flatten(1)
    return weight[:, 1:] @ grid + bias[:, None]


def _difference(found: Tensor, wanted: Tensor, everywhere: Tensor) -> NotYet:
    """How answers that differ from those wanted do so; both (n, 2), at the positions (n, 2)."""
    if same(found, wanted.flip(1)):
        return NotYet("x and y are swapped: the first output is x, the column")
    channel = int((found - wanted).abs().amax(0).argmax())
    name, ours = "xy"[channel], found[:, channel]
    off = ours - wanted[:, channel]
    if off.max() - off.min() <= CLOSE:
        return NotYet(f"every {name} is off by {off[0]:.4g}: the slope is right, the bias isn't")
    first, last = (ours[everywhere[:, channel] == end] for end in (0, _CANVAS - 1))
    if first.max() - first.min() > CLOSE:
        return NotYet(f"the answer for {name} depends on the other coordinate too")
    return NotYet(
        f"{name} runs from {first[0]:.4g} to {last[0]:.4g} across the canvas; wanted is from 0 to "
        f"63/64, which is {63 / 64:.4g}"
    )
