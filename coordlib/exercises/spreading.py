"""Checker for notebook 07: the entropy of places."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product, starmap
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import Mistake, difference, judge, number, plural
from coordlib.exercises.guarding import by_hand, work
from coordlib.scene_metrics import position_entropy

_BINS = 10  # cells along each axis, as on the page
_LITTLE = tuple(10.0**-power for power in range(2, 9))  # what some add to keep a logarithm finite


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
_NARROW = "counted on by bins - 1, two cells get one number; column + bins · row gives each its own"
_ALWAYS_TEN = "you count on by 10, though there are `bins` cells in a row: column + bins · row"
_OWN_RANGE = "the cells reach from your data's least to its greatest; they cover [low, high)"
_ADDED = "what you add within the logarithm shifts the sum: leave empty cells out instead"
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
        _of(lambda *case: _cells(*case).floor().prod(1)),
        "column · row gives many cells one number; column + bins · row doesn't",
    ),
    (_of(lambda *case: _cells(*case).floor() @ torch.tensor([1.0, _BINS])), _ALWAYS_TEN),
    (_of(lambda *case: _cells(*case).floor() @ torch.tensor([_BINS, 1.0])), _ALWAYS_TEN),
    (_of(lambda *case: _cells(*case).floor() @ torch.tensor([1.0, case[3] - 1])), _NARROW),
    (_of(lambda *case: _cells(*case).floor() @ torch.tensor([case[3] - 1, 1.0])), _NARROW),
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
        _of(lambda centres, low, high, bins: _cells(centres, low, high, bins - 1).floor()),
        "you cut each axis into bins - 1 cells, which have `bins` borders; it has `bins` cells",
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
        lambda centres, low, high, bins: _entropy(
            _shares(_cells(centres, low, high, bins).floor()) * (bins / (high - low)) ** 2
        ),
        "these are densities, shares divided by a cell's area: leave out `density`",
    ),
    *(
        (
            _made(lambda shares, n, bins, little=little: -(shares * (shares + little).log()).sum()),
            _ADDED,
        )
        for little in _LITTLE
    ),
    *(
        (
            _made(
                lambda shares, n, bins, little=little: _entropy(
                    F.pad(shares, (0, bins**2 - len(shares))) + little
                )
            ),
            _ADDED,
        )
        for little in _LITTLE
    ),
    (
        _made(lambda shares, n, bins: _entropy(shares) + (len(shares) - 1) / (2 * n)),
        "that is a corrected value, with (cells - 1) / 2n added; wanted is the sum as counted",
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
    if work(lambda: answer(*cases[0])).coordlib:
        raise NotYet(f"the result is right, but you called coordlib's own entropy; {instead}")
    # `entr` may help: it is no more than -p · log p, number by number.
    by_hand(lambda: answer(*cases[0]), instead, "*entropy")
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
