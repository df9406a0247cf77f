"""Checker for notebook 07: centres that the entropy of places takes for more than the data's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from coordlib.datasets import scenes
from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import kind, numbers, plural
from coordlib.exercises.spreading import entropy_of_places

_BINS = 10  # cells along each axis, as on the page
_PLACES = 64  # as many as a generator may know that knows 64 pictures
# The page goes on counting with the centres: a byte overflows, and a half-precision number rounds.
_FORMATS = (torch.int64, torch.int32, torch.float32, torch.float64)


def fool(n: int, side: int, half: int) -> Tensor:
    """`n` centres (x, y) at 64 places that the entropy takes for more widely spread than real ones.

    side, half: of the canvas, and how far an object reaches from its centre. int64, (n, 2).
    """
    along = torch.linspace(half, side - 1 - half, 8).round().long()
    return torch.cartesian_prod(along, along)[torch.arange(n) % _PLACES]


@exercise("7.2", minutes=8, difficulty=2, stand_in=fool)
def entropy_fooled(answer: Callable[[int, int, int], Any]) -> str:
    """Centres at 64 places at most whose entropy is above that of as many real scenes' red ones."""
    for case in ((300, 32, 5), (1000, 32, 5), (300, 64, 10), (300, 16, 3)):
        if why := _not_fooled(_centres(answer(*case)), *case):
            raise NotYet(f"for fool({', '.join(map(str, case))}): {why}")
    return "a generator that knows 64 pictures beats the data: the entropy doesn't count pictures."


def _centres(result: Any) -> Tensor:
    """The centres as float64, from a tensor with which the page can go on."""
    if not isinstance(result, Tensor):
        raise NotYet(f"the result is {kind(result)}; wanted is a tensor of shape (n, 2)")
    if result.dtype not in _FORMATS:
        raise NotYet(
            f"the result holds {result.dtype}; wanted is torch.int64 or torch.float32, with which "
            "the page can go on counting"
        )
    return numbers(result).double()


def _not_fooled(centres: Tensor, n: int, side: int, half: int) -> str | None:
    """What is wrong with centres that were to fool the entropy, if anything is."""
    if centres.shape != (n, 2):
        return (
            f"the result has shape {tuple(centres.shape)}; wanted is ({n}, 2), an x and a y for "
            "each centre"
        )
    broken = (centres != centres.round()).any(1)
    if broken.any():
        return (
            f"there is a centre at {_named(centres[broken][0])}; all centres must be whole numbers"
        )
    last = side - 1 - half
    outside = ((centres < half) | (centres > last)).any(1)
    if outside.any():
        return (
            f"an object with its centre at {_named(centres[outside][0])} does not lie wholly on "
            f"the canvas; x and y go from {half} to {last}"
        )
    places = len(centres.unique(dim=0))
    if places > _PLACES:
        return f"the centres lie at {places} different places; {_PLACES} at most are allowed"
    real = scenes(n, side=side).centres[:, 1]
    ours, theirs = (entropy_of_places(each, 0, side, _BINS) for each in (centres, real))
    if ours > theirs:
        return None
    spread = f"the entropy is {ours:.3f} nats, that of {n} real scenes {theirs:.3f}"
    if _cut_off(centres, half, last):
        return f"{spread}: places evenly apart are cut off to whole numbers; round them"
    cells = (centres * _BINS / side).long().unique(dim=0, return_counts=True)[1]
    reached = len((torch.arange(half, last + 1) * _BINS // side).unique()) ** 2
    counted = f"; of these {len(cells)} the fullest has {cells.max()}, the emptiest {cells.min()}"
    return (
        f"{spread}. Your centres fall into {plural(len(cells), 'cell')} of the {reached} that a "
        f"centre can reach{counted if len(cells) > 1 else ''}"
    )


def _cut_off(centres: Tensor, first: int, last: int) -> bool:
    """Whether the coordinates are evenly spaced ones that were cut off where rounding differs."""
    line = centres.unique().float()
    even = torch.linspace(first, last, len(line))
    return torch.equal(line, even.floor()) and not torch.equal(line, even.round())


def _named(centre: Tensor) -> str:
    return "({:g}, {:g})".format(*centre.tolist())
