"""Checkers for notebook 07: the entropy of places, and what it does not see."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product, starmap
from typing import Any

import torch
from torch import Tensor

from coordlib.datasets import scenes
from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import Mistake, difference, judge, number, numbers, plural
from coordlib.exercises.guarding import by_hand
from coordlib.scene_metrics import position_entropy

_BINS = 10  # cells along each axis, as on the page
_PLACES = 64  # as many as a generator may know that knows 64 pictures


def entropy_of_places(centres: Tensor, low: float, high: float, bins: int) -> float:
    """The plug-in entropy, in nats, of positions, (n, 2), in `bins` × `bins` equal cells.

    The cells cover [low, high) along both axes; no position lies outside.
    """
    return position_entropy(centres, low, high, bins).plug_in


def _shares(numbered: Tensor) -> Tensor:
    """What each cell that has any has of all, from the cells' numbers, (n,) or (n, d)."""
    return numbered.unique(dim=0, return_counts=True)[1].double() / len(numbered)


def _entropy(shares: Tensor) -> Tensor:
    return -(shares * shares.log()).sum()


def _cells(centres: Tensor, low: Any, high: Any, bins: int) -> Tensor:
    """The column and row of each position's cell, (n, 2), not yet cut off to whole numbers."""
    return (centres - low) * bins / (high - low)


def _within(centres: Tensor, least: Tensor, greatest: Tensor, bins: int) -> Tensor:
    """The cells from one of the data's own numbers to another; if they are the same, one cell."""
    far = (greatest - least).double().clamp(min=1e-9)
    return _cells(centres, least, least + far, bins).floor().clamp(max=bins - 1)


def _of(numbered: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The entropy of cells that are numbered in another way."""
    return lambda *case: _entropy(_shares(numbered(*case)))


def _made(change: Callable[[Tensor, int, int], Any]) -> Callable[..., Any]:
    """What is made of the right shares, of n and of bins."""
    return lambda centres, low, high, bins: change(
        _shares(_cells(centres, low, high, bins).floor()), len(centres), bins
    )


def _per_axis(*case: Any) -> Tensor:
    """The entropies of the columns and of the rows, (2,)."""
    return torch.stack([_entropy(_shares(along)) for along in _cells(*case).floor().T])


def _inside(cells: Tensor, bins: int) -> Tensor:
    return cells[((cells >= 0) & (cells < bins)).all(1)].long()


# What becomes of cells, (n, 2), that a slip has put outside of 0 to bins - 1 …
_CUTS: tuple[Callable[[Tensor, int], Tensor], ...] = (
    lambda cells, bins: cells.floor().long(),
    lambda cells, bins: cells.long(),
    lambda cells, bins: cells.abs().long(),
    lambda cells, bins: cells.long().clamp(min=0),
    lambda cells, bins: cells.long().clamp(0, bins - 1),
    _inside,
)
# … and how they are numbered, as if none were outside.
_NUMBERED: tuple[Callable[[Tensor, int], Tensor], ...] = (
    lambda cells, bins: cells,
    lambda cells, bins: cells @ torch.tensor([1, bins]),
    lambda cells, bins: cells @ torch.tensor([bins, 1]),
)


def _astray(cells: Callable[..., Tensor]) -> list[Callable[..., Tensor]]:
    """All entropies that may come of cells with a slip, not yet cut off to whole numbers."""

    def entropy(cut: Callable[..., Tensor], number: Callable[..., Tensor]) -> Callable[..., Tensor]:
        return _of(lambda *case: number(cut(cells(*case), case[3]), case[3]))

    def in_parts_of_all(*case: Any) -> Tensor:
        kept = _inside(cells(*case), case[3])
        return _entropy(_shares(kept) * len(kept) / len(case[0]))

    return [*starmap(entropy, product(_CUTS, _NUMBERED)), in_parts_of_all]


_FROM_0 = "your cells begin at 0; they begin at `low`"
_BADLY_CUT: tuple[Mistake, ...] = (
    (lambda centres, low, high, bins: centres * bins / high, _FROM_0),
    (lambda centres, low, high, bins: centres * bins / (high - low), _FROM_0),
    (
        lambda centres, low, high, bins: (centres - low) * bins / high,
        "a cell is (high - low) / bins wide, not high / bins",
    ),
)
_ONE_AXIS = "only one axis counts; a cell is a column and a row"
_OWN_RANGE = "the cells reach from your data's least to its greatest; they cover [low, high)"
_PART = "you divide it by the most that it can be; wanted is the entropy itself, in nats"
_ENTROPIES: tuple[Mistake, ...] = (
    *((entropy, why) for cells, why in _BADLY_CUT for entropy in _astray(cells)),
    (
        _made(lambda shares, n, bins: _entropy(shares) / math.log(2)),
        "it is in bits; wanted are nats",
    ),
    (
        _made(lambda shares, n, bins: _entropy(shares) / math.log(10)),
        "that is with the logarithm to base 10; nats take the natural one",
    ),
    (
        _made(lambda shares, n, bins: -_entropy(shares)),
        "the sign is turned: no entropy is negative",
    ),
    (lambda *case: _per_axis(*case)[0], _ONE_AXIS),
    (lambda *case: _per_axis(*case)[1], _ONE_AXIS),
    (
        lambda *case: _per_axis(*case).sum(),
        "you add the entropies of columns and of rows; count in the cells that both make together",
    ),
    (
        lambda *case: _per_axis(*case).mean(),
        "you average the entropies of columns and of rows; count in the cells that both make",
    ),
    (
        _of(lambda *case: _cells(*case).floor().flatten()),
        "x and y are counted in one row of cells; a cell is a column and a row",
    ),
    (
        _of(lambda *case: _cells(*case).floor().sum(1)),
        "column + row gives many cells one number; column + bins · row doesn't",
    ),
    (
        _of(
            lambda centres, low, high, bins: _within(
                centres, centres.amin(0), centres.amax(0), bins
            )
        ),
        _OWN_RANGE,
    ),
    (
        _of(lambda centres, low, high, bins: _within(centres, centres.min(), centres.max(), bins)),
        _OWN_RANGE,
    ),
    (
        _of(lambda centres, low, high, bins: _cells(centres, low, high, _BINS).floor()),
        "you take 10 × 10 cells; there are `bins` × `bins`",
    ),
    (
        _of(lambda centres, low, high, bins: _cells(centres, low, high, bins**2).floor()),
        "you cut each axis into bins² cells; it has `bins`",
    ),
    (
        _of(lambda centres, low, high, bins: ((centres - low) / bins).floor()),
        "you take `bins` for the width of a cell; it is how many there are along an axis",
    ),
    (
        _of(lambda centres, *_: centres),
        "you count each place by itself; wanted are the cells that they fall into",
    ),
    (
        _of(lambda *case: _cells(*case).round()),
        "you round to the nearest cell: cut off what stands behind the decimal point",
    ),
    (
        _of(lambda *case: _cells(*case).ceil()),
        "a position between two cells belongs to the upper one: each is [from, to)",
    ),
    (
        _made(lambda shares, n, bins: _entropy(shares * n)),
        "these are counts, not shares: divide them by n",
    ),
    (
        _made(lambda shares, n, bins: -(shares * (shares * n).log()).sum()),
        "the logarithm is of counts; it is of shares as well",
    ),
    (
        _made(lambda shares, n, bins: n * _entropy(shares)),
        "the logarithms are added up over positions; their mean is wanted",
    ),
    (
        _made(lambda shares, n, bins: _entropy(shares * n / bins**2)),
        "you divide the counts by the number of cells; shares are counts divided by n",
    ),
    (
        _made(lambda shares, n, bins: _entropy(shares) / bins**2),
        "you average over the cells; add up over them",
    ),
    (
        _made(lambda shares, n, bins: _entropy(shares) / len(shares)),
        "you average over the cells; add up over them",
    ),
    (_made(lambda shares, n, bins: _entropy(shares) / math.log(bins**2)), _PART),
    (_made(lambda shares, n, bins: _entropy(shares) / math.log(bins)), _PART),
    (
        _made(lambda shares, n, bins: math.log(len(shares))),
        "that is the logarithm of how many cells have any; how many each has counts too",
    ),
)


@exercise("7.1", minutes=10, difficulty=2, stand_in=entropy_of_places)
def entropy_written(answer: Callable[[Tensor, float, float, int], Any]) -> str:
    """The plug-in entropy of positions in bins × bins equal cells over [low, high), in nats."""
    cases = _clouds()
    judge(
        answer,
        cases,
        entropy_of_places,
        read=number,
        said=lambda centres, low, high, bins: (
            f"for {plural(len(centres), 'position')} in {bins} × {bins} cells over "
            f"[{low:g}, {high:g})"
        ),
        mistakes=_ENTROPIES,
        tell=_entropies_differ,
    )
    instead = "count the cells and add up -p · log p yourself"
    by_hand(lambda: answer(*cases[0]), instead, "*entropy", "*entr")
    return "0 for one cell alone, and log(bins²) at most, where all cells have as many."


def _clouds() -> list[tuple[Tensor, float, float, int]]:
    """Positions, low, high and bins. Where one lies between two cells, no way to reckon rounds."""
    random = torch.Generator().manual_seed(7)

    def whole(n: int, low: int, high: int) -> Tensor:
        return torch.randint(low, high, (n, 2), generator=random)

    # Odd numbers lie between no two cells that are 3.2 or 12.8 wide.
    narrow = torch.rand(60, 2, generator=random) * torch.tensor([0.8, 0.3]) + 0.1
    return [
        (2 * whole(300, 2, 13) + 1, 0, 32, 10),
        (2 * whole(90, -20, 20) + 1, -64, 64, 10),
        (whole(200, -20, 21), -32, 32, 16),
        (narrow, 0, 1, 7),
        (whole(70, 12, 27), 10, 30, 5),
        (whole(25, 3, 13).float(), 0, 16, 4),
        (torch.tensor([[3, 6]]), 0, 8, 4),
        (torch.tensor([[9, 2]] * 12), 0, 16, 8),
    ]


def _entropies_differ(found: Tensor, wanted: Tensor, *case: Any) -> str:
    if not found.isfinite():
        return (
            f"your answer is {found.item()}: an empty cell's 0 · log 0 is no number. Leave empty "
            "cells out; they add nothing"
        )
    return difference(found, wanted)


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
        centres = numbers(answer(*case), "the result", "centres").double()
        if why := _not_fooled(centres, *case):
            raise NotYet(f"for fool({', '.join(map(str, case))}): {why}")
    return "a generator that knows 64 pictures beats the data: the entropy doesn't count pictures."


def _not_fooled(centres: Tensor, n: int, side: int, half: int) -> str | None:
    """What is wrong with centres that were to fool the entropy, if anything is."""
    if centres.shape != (n, 2):
        return (
            f"the result has shape {tuple(centres.shape)}; wanted is ({n}, 2), an x and a y for "
            "each centre"
        )
    broken = (centres != centres.round()).any(1)
    if broken.any():
        return f"there is a centre at {_named(centres[broken][0])}; they are whole numbers"
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
    cells = (centres * _BINS / side).long().unique(dim=0, return_counts=True)[1]
    reached = len((torch.arange(half, last + 1) * _BINS // side).unique()) ** 2
    counted = f"; of these {len(cells)} the fullest has {cells.max()}, the emptiest {cells.min()}"
    return (
        f"the entropy is {ours:.3f} nats, that of {n} real scenes {theirs:.3f}. Your centres fall "
        f"into {plural(len(cells), 'cell')} of the {reached} that a centre can reach"
        f"{counted if len(cells) > 1 else ''}"
    )


def _named(centre: Tensor) -> str:
    return "({:g}, {:g})".format(*centre.tolist())
