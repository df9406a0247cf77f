"""Checker for notebook 03: a control for the coordinate channels, of the reader's own design."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.building import channels
from coordlib.exercises.checking import kind, numbers

SIZES = (32, 32), (8, 12)
_WEAKEST, _STRONGEST = 0.2, 2.0  # root mean square; coordinates have some 0.6
_MOST = 0.3  # the part of a coordinate's variance that may be read off, weighing the channels
_LEAST = 0.7  # how unlike neighbours must be; without any order it is 2


def shuffled(height: int, width: int) -> Tensor:
    """Coordinates of the pixels, each at a wrong place, (2, height, width): the same numbers.

    The same places in every call.
    """
    order = torch.randperm(height * width, generator=torch.Generator().manual_seed(0))
    return channels(height, width).flatten(1)[:, order].view(2, height, width)


@exercise("3.7", minutes=8, difficulty=2, stand_in=shuffled)
def control_designed(answer: Callable[[int, int], Any]) -> str:
    """Two channels, (2, height, width), as strong as coordinates, that don't say where one is."""
    for size in SIZES:
        found = _asked(answer, size)
        for axis, name in enumerate("xy"):
            if _read_off(found, channels(*size)[axis]) > _MOST:
                raise NotYet(
                    f"{_said(size)}: {name} can be read off your channels, by weighing them; a "
                    "control has to leave out what is under suspicion"
                )
        for channel, unlike in enumerate(map(_unlike, found)):
            if unlike < _LEAST:
                raise NotYet(
                    f"{_said(size)}: in channel {channel} neighbouring pixels are more alike than "
                    "distant ones, a hint where each lies; a control gives none"
                )
    different = _asked(answer, SIZES[0]).flatten(1).unique(dim=1).shape[1]
    pixels = SIZES[0][0] * SIZES[0][1]
    if different == 1:
        return "a control in which no pixel differs from another."
    if different == pixels:
        return "a control in which each pixel has numbers of its own, in no smooth order."
    return f"a control in which {pixels} pixels have {different} kinds of numbers between them."


def _said(size: tuple[int, int]) -> str:
    return f"for {size[0]} × {size[1]}"


def _asked(answer: Callable[[int, int], Any], size: tuple[int, int]) -> Tensor:
    """What the answer gives, float64, if it is as a layer needs it and as large as coordinates."""
    results = []
    for seed in range(2):  # seeds all anew, so that what is drawn without a seed of its own shows
        torch.manual_seed(seed)
        result = answer(*size)
        if not isinstance(result, Tensor):
            raise NotYet(f"the result is {kind(result)}; wanted is a tensor")
        results.append(numbers(result).double())
    found, again = results
    if found.shape != (2, *size):
        raise NotYet(
            f"{_said(size)}: the shape is {tuple(found.shape)}; wanted is {(2, *size)}, two "
            "channels as coordinates have"
        )
    if not found.isfinite().all():
        raise NotYet(f"{_said(size)}: there is a NaN or infinity")
    if not torch.equal(found, again):
        raise NotYet(
            f"{_said(size)}: asked again, you give other numbers. Coordinates stay the same in "
            "each step, and so must these: draw from `torch.Generator().manual_seed(…)`"
        )
    for channel, strength in enumerate(found.square().mean((1, 2)).sqrt().tolist()):
        if not _WEAKEST <= strength <= _STRONGEST:
            raise NotYet(
                f"{_said(size)}: the numbers in channel {channel} are {strength:.3g} in size (the "
                f"root of their mean square), those of coordinates some 0.6. Keep to {_WEAKEST} to "
                f"{_STRONGEST}, or size is a second thing that differs"
            )
    return found


def _read_off(found: Tensor, coordinate: Tensor) -> float:
    """The part of a coordinate's variance that the best weights on the channels explain, 0 to 1."""
    given = torch.cat((found.flatten(1), torch.ones(1, coordinate.numel()).double())).T
    wanted = coordinate.flatten().double()[:, None]
    # By the singular values, since channels may be alike or constant.
    left = wanted - given @ (torch.linalg.pinv(given) @ wanted)
    return 1 - (left.square().sum() / wanted.square().sum()).item()


def _unlike(channel: Tensor) -> float:
    """How unlike neighbours are: 2 if no order is in it, near 0 if it is smooth; infinity if even.

    The squared difference of neighbours, relative to that of any two pixels, for rows and columns.
    """
    of_any = 2 * channel.var(correction=0)
    steps = [channel.diff(dim=axis).square().mean() for axis in (0, 1)]
    return torch.inf if of_any < 1e-9 else (sum(steps) / of_any).item()
