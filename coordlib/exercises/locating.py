"""Checkers for notebook 05: the best constant, the winner of a maximum, regressors by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from coordlib.coordinates import coordinate_channels
from coordlib.datasets import positions, split
from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import equal, finite, judge, number, parts, unlike

_CANVAS = 64
_NEAR = 1e-5  # of the canvas: less than a thousandth of a pixel passes as exact


@exercise("5.1", minutes=6, difficulty=1)
def best_constant(answer: Callable[[Tensor], Any]) -> str:
    """The one (x, y) with the least mean squared error on given positions: (n, 2) to (2,)."""
    median = (
        "this is the median, which is best for the distance along an axis; "
        "far positions count more when it is squared"
    )
    whole = "these are whole pixels; a network may answer between two of them"

    def mean(given: Tensor) -> Tensor:
        return given.double().mean(0)

    judge(
        answer,
        [
            (split("quadrant").train,),
            (torch.tensor([[1, 9], [2, 9], [2, 30], [12, 31]]),),
            (torch.tensor([[7, 3]]),),
            (torch.tensor([[50, 2], [3, 4], [5, 60], [9, 8], [2, 1]]),),
        ],
        mean,
        mistakes=(
            (lambda given: mean(given).flip(0), "x and y are swapped"),
            (lambda given: mean(given).round(), whole),
            (lambda given: mean(given).floor(), whole),
            (lambda given: given.double().median(0).values, median),
            (lambda given: given.double().quantile(0.5, 0), median),
            (
                lambda given: (given.double().amin(0) + given.amax(0)) / 2,
                "this is halfway between the smallest and the largest; it takes no account of how "
                "many positions lie where",
            ),
            (
                lambda given: given.double().sum(0) / (len(given) - 1),
                "you divide by n − 1, the number of positions less one; divide by n",
            ),
            (lambda given: given.double().sum(0), "this is the sum; divide it by their number"),
        ),
        tell=_constants_differ,
    )
    return "whoever sees nothing does best to say the mean, and that is how blindness looks."


def _constants_differ(found: Tensor, wanted: Tensor, given: Tensor) -> str:
    if found.shape != wanted.shape:
        return f"the result has shape {tuple(found.shape)}; wanted is (2,): one x, one y"
    error, least = (
        (given.double() - point.double()).square().sum(1).mean().item() for point in (found, wanted)
    )
    ours, possible = unlike(error, least)
    return (
        f"for {len(given):,} positions its mean squared error is {ours} square pixels; {possible} "
        "is possible"
    )


@exercise("5.2", minutes=5, difficulty=1)
def height_needed(answer: Callable[[Tensor], Any]) -> str:
    """How high a dot must be to win on a ramp, (h, w), wherever it stands: largest - smallest."""
    across = torch.linspace(-0.4, 1.0, 12)
    own = "that is enough against its own %s; the whole canvas competes"
    corners = "a ramp may rise to any side; you compare two corners"

    def range_along(axis: int) -> Callable[[Tensor], Tensor]:
        return lambda ramp: (ramp.amax(axis) - ramp.amin(axis)).max()

    judge(
        answer,
        [
            (across.expand(9, 12),),
            (across[:9, None] * 0.5 - across.flip(0) - 3,),
            (-across[:7, None] - across / 3,),
            (across[:6, None] - across[:5],),
            ((across[:9, None] - 0.3).abs() + (across - 0.2).square() + 5,),
            (torch.full((4, 5), 2.0),),
            (torch.minimum(across[:9, None], across),),
        ],
        lambda ramp: ramp.max() - ramp.min(),
        read=number,
        said=lambda ramp: f"on a ramp of {ramp.shape[0]} × {ramp.shape[1]} pixels",
        mistakes=(
            (
                lambda ramp: ramp.max(),
                "this is the ramp's top; the dot stands on the ramp, not on the ground",
            ),
            (
                lambda ramp: ramp.min() - ramp.max(),
                "the sign is turned: the dot has to rise above the ground",
            ),
            (
                lambda ramp: ramp.max() - ramp.mean(),
                "that is enough in the middle, but not for a dot at the ramp's foot",
            ),
            (range_along(1), own % "row"),
            (range_along(0), own % "column"),
            (
                lambda ramp: range_along(0)(ramp) + range_along(1)(ramp),
                "along rows and along columns, added up, is right for a plane; a ramp may be bent",
            ),
            (lambda ramp: ramp[-1, -1] - ramp[0, 0], corners),
            (lambda ramp: (ramp[-1, -1] - ramp[0, 0]).abs(), corners),
            (lambda ramp: ramp[0, -1] - ramp[0, 0], corners),
            (lambda ramp: ramp[-1, 0] - ramp[0, 0], corners),
            (lambda ramp: ramp.abs().max(), "this is the largest of all sizes, without a sign"),
        ),
        tell=_dot_differs,
    )
    return "the dot's worst place is the ramp's foot, its rival the top."


def _dot_differs(found: Tensor, wanted: Tensor, ramp: Tensor) -> str:
    """A place where a dot of that height loses, or that less would do."""
    height = unlike(found.item(), wanted.item())[0]
    lost = (ramp + found < ramp.max()).nonzero()
    if len(lost):
        row, column = lost[len(lost) // 2].tolist()
        return f"with a height of {height}, a dot in row {row}, column {column} does not win"
    if found > wanted:
        return f"with a height of {height} the dot wins everywhere, but with less it would as well"
    return f"{height} is no height with which the dot wins"


@exercise("5.3", minutes=12, difficulty=2)
def numbers_for_a_maximum(answer: Callable[[], Any]) -> str:
    """Weights (2, 3) and biases (2,) of one layer; after a maximum it gives (x, y) / 64."""
    weight, bias = _eight(answer())
    ramps, everywhere, places, wanted = _on_the_canvas(weight, bias)
    at_dot = ramps[:, places] + weight[:, :1]
    elsewhere = ramps.amax(1, keepdim=True)
    found = torch.maximum(at_dot, elsewhere).T
    if (found - wanted).abs().max() <= _NEAR:
        return "eight numbers, no training, and every one of the 4,096 places is right."
    _check_crossed(weight)
    for channel, name in enumerate("xy"):
        lost = (at_dot[channel] < elsewhere[channel] - 1e-6).nonzero()
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
    ramps, everywhere, places, wanted = _on_the_canvas(weight, bias)
    ground = ramps.relu()
    at_dot = (ramps[:, places] + weight[:, :1]).relu()
    found = ((ground.sum(1, keepdim=True) - ground[:, places] + at_dot) / _CANVAS**2).T
    if (found - wanted).abs().max() <= _NEAR:
        return "it can be done, with weights in the thousands: one pixel has to speak for 4,096."
    _check_crossed(weight)
    for channel, name in enumerate("xy"):
        lit = int((ground[channel] > 1e-6).sum())
        if lit:
            raise NotYet(
                f"for {name}, {lit:,} pixels of an empty canvas are above 0 and get into the mean; "
                "only the dot may be"
            )
        if at_dot[channel].max() == 0:
            raise NotYet(f"for {name}, the ReLU cuts off the dot as well: all is 0 everywhere")
    if (_CANVAS**2 * found - wanted).abs().max() <= _NEAR:
        raise NotYet(
            "all answers are 4,096 times too small: the mean divides what one pixel says by the "
            "number of pixels"
        )
    raise _difference(found, wanted, everywhere)


def _eight(value: Any) -> tuple[Tensor, Tensor]:
    weight, bias = (
        finite(part, name)
        for part, name in zip(parts(value, "weight", "bias"), ("weight", "bias"), strict=True)
    )
    if weight.shape != (2, 3) or bias.shape != (2,):
        raise NotYet(
            f"weight has shape {tuple(weight.shape)} and bias {tuple(bias.shape)}; wanted are "
            "(2, 3), a row for each output, and (2,)"
        )
    return weight, bias


def _on_the_canvas(weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """An empty canvas's ramps (2, pixels), all places (n, 2), their numbers, what is wanted."""
    grid = coordinate_channels((_CANVAS, _CANVAS), dtype=torch.float64).flatten(1)
    everywhere = positions(_CANVAS, 1)
    places = everywhere[:, 1] * _CANVAS + everywhere[:, 0]
    ramps = weight[:, 1:].double() @ grid + bias.double()[:, None]
    return ramps, everywhere, places, everywhere.double() / _CANVAS


def _check_crossed(weight: Tensor) -> None:
    """Raise NotYet if an output looks at both coordinates; at the wrong one alone, it's a swap."""
    for own, name in enumerate("xy"):
        sizes = weight[own, 1:].abs().double()
        if sizes.min() > 1e-6 * sizes.max():
            raise NotYet(
                f"the answer for {name} depends on the other coordinate too: its weight is "
                f"{weight[own, 2 - own].item():.4g}"
            )


def _difference(found: Tensor, wanted: Tensor, everywhere: Tensor) -> NotYet:
    """How answers that differ from those wanted do so; both (n, 2), at the positions (n, 2)."""
    if equal(found, wanted.flip(1)):
        return NotYet("x and y are swapped: the first output is x, the column")
    channel = int((found - wanted).abs().amax(0).argmax())
    name, ours = "xy"[channel], found[:, channel]
    off = ours - wanted[:, channel]
    if off.max() - off.min() <= 1e-6 * max(1.0, off.abs().max().item()):
        return NotYet(
            f"every {name} is off by {off[0]:.4g} ({_CANVAS * off[0]:.3g} px): the slope is "
            "right, the bias isn't"
        )
    first, last = (ours[everywhere[:, channel] == end][0].item() for end in (0, _CANVAS - 1))
    return NotYet(
        f"{name} runs from {unlike(first, 0)[0]} to {unlike(last, 63 / 64)[0]} across the canvas; "
        f"wanted is from 0 to 63/64, which is {unlike(last, 63 / 64)[1]}"
    )
