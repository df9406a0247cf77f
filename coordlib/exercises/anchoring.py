"""Checkers for notebook 09: how a cell's nine anchors are read, and how anchors are laid.

Boxes are (left, top, right, bottom) in pixels, as in `datasets.scattering`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from coordlib.exercises import exercise
from coordlib.exercises.checking import judge, plural
from coordlib.exercises.detecting import named, worst_row


@exercise("9.3", minutes=8, difficulty=2)
def anchors_read(answer: Callable[[Tensor], Any]) -> str:
    """A cell's nine anchors, kept as 9 rows, 9 columns, 9 heights, 9 widths: (cells, 36) to
    (cells · 9, 4) of (row, column, height, width), cell by cell.
    """
    random = torch.Generator().manual_seed(3)
    cells = [torch.rand(count, 36, generator=random) * 64 for count in (5, 1, 16, 9, 169)]

    def in_order(*order: int) -> Callable[[Tensor], Tensor]:
        return lambda kept: _anchor_rows(kept)[:, list(order)]

    judge(
        answer,
        [(kept,) for kept in cells],
        _anchor_rows,
        said=lambda kept: f"for {plural(len(kept), 'cell')}",
        mistakes=(
            (
                lambda kept: kept.reshape(-1, 4),
                "that is how the released code reads them: its first anchor is four rows of the "
                "centre",
            ),
            (
                lambda kept: kept.reshape(-1, 9, 4).transpose(1, 2).reshape(-1, 4),
                "each cell is cut into nine fours, then turned; it is four nines",
            ),
            (
                lambda kept: kept.reshape(-1, 4, 9).permute(2, 0, 1).reshape(-1, 4),
                "the anchors go size by size through all cells; wanted is cell by cell",
            ),
            (
                lambda kept: kept.reshape(4, -1).T,
                "right for one cell; with more of them, the cells get mixed up: each has its own "
                "four nines",
            ),
            (in_order(1, 0, 3, 2), "x stands before y; wanted is (row, column, height, width)"),
            (in_order(1, 0, 2, 3), "the column stands before the row"),
            (in_order(0, 1, 3, 2), "the width stands before the height"),
            (in_order(2, 3, 0, 1), "the sides stand before the centre"),
            (
                lambda kept: _anchor_rows(kept).reshape(-1, 9, 4),
                "the cells still have an axis of their own; wanted is one row after another",
            ),
            (
                lambda kept: _anchor_rows(kept)[:9],
                "only the first cell's anchors are there; wanted are those of all cells",
            ),
        ),
        tell=_anchors_differ,
    )
    return "read as they are kept: nine sizes around each cell's centre."


def _anchor_rows(kept: Tensor) -> Tensor:
    return kept.reshape(-1, 4, 9).transpose(1, 2).reshape(-1, 4)


def _anchors_differ(found: Tensor, wanted: Tensor, kept: Tensor) -> str:
    if found.shape != wanted.shape:
        return (
            f"the result has shape {tuple(found.shape)}; wanted is {tuple(wanted.shape)}, a row "
            "for each anchor"
        )
    row = worst_row(found, wanted)
    return (
        f"anchor {row} is {named(found[row])}; it should be {named(wanted[row])}, numbers "
        f"{row % 9}, {row % 9 + 9}, {row % 9 + 18} and {row % 9 + 27} of cell {row // 9}"
    )


def lay_anchors(
    cells: int, first: float, stride: float, sides: Sequence[tuple[float, float]]
) -> Tensor:
    """The boxes that a detector starts from: (cells · cells · len(sides), 4), float32.

    Their centres lie at first + stride · k along both axes, k from 0 to cells - 1. Cell by cell,
    row by row, and in each cell in the order of `sides`, (height, width), all in pixels.
    """
    along = first + stride * torch.arange(cells)
    y, x = torch.meshgrid(along, along, indexing="ij")
    centres = torch.stack((x, y), -1).reshape(-1, 1, 2).float()
    half = torch.tensor(sides).flip(1) / 2  # width before height
    return torch.cat((centres - half, centres + half), -1).reshape(-1, 4)


@exercise("9.4", minutes=8, difficulty=2, stand_in=lay_anchors)
def anchors_laid(answer: Callable[..., Any]) -> str:
    """Boxes around the centres of a map's cells: (cells · cells · len(sides), 4)."""

    def of(
        corners: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]] = lambda centre, side: (
            centre - side / 2,
            centre + side / 2,
        ),
        axes: tuple[int, int, int] = (0, 1, 2),
        **changed: Callable[[Any], Any],
    ) -> Callable[..., Tensor]:
        """Anchors of other corners, from centre and sides, in another order of row, column, side.

        changed: what is made of some of the arguments first.
        """

        def result(cells: int, first: float, stride: float, sides: Any) -> Tensor:
            given = {"cells": cells, "first": first, "stride": stride, "sides": sides}
            given |= {name: change(given[name]) for name, change in changed.items()}
            boxes = lay_anchors(**given)
            centre, side = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
            laid = torch.cat(corners(centre, side), 1).reshape(cells, cells, len(sides), 4)
            return laid.permute(*axes, 3).reshape(-1, 4)

        return result

    judge(
        answer,
        [
            (13, 8, 4, [(15, 15), (20, 25), (25, 20), (15, 25)]),
            (3, 2, 5, [(3, 7)]),
            (1, 5, 8, [(4, 2), (3, 5), (9, 9)]),
            (4, 2.5, 6, [(2, 6), (5, 3)]),
        ],
        lay_anchors,
        said=lambda cells, first, stride, sides: (
            f"{cells} × {cells} cells, {plural(len(sides), 'size')}"
        ),
        mistakes=(
            (of(axes=(1, 0, 2)), "the cells go column by column; wanted is row by row"),
            (
                of(axes=(2, 0, 1)),
                "the boxes go size by size; wanted is cell by cell, with all sizes of a cell "
                "together",
            ),
            (
                of(sides=lambda sides: [(width, height) for height, width in sides]),
                "height and width are swapped: each of `sides` is (height, width)",
            ),
            (
                lambda *case: lay_anchors(*case)[:, [1, 0, 3, 2]],
                "y stands before x; a box is (left, top, right, bottom)",
            ),
            (
                of(lambda centre, side: (centre, side)),
                "these are centres and sides; wanted are (left, top, right, bottom)",
            ),
            (
                of(lambda centre, side: (centre.flip(1), side.flip(1))),
                "these are (row, column, height, width); wanted are (left, top, right, bottom)",
            ),
            (
                of(lambda centre, side: (centre, centre + side)),
                "the boxes begin at the centres; they lie around them, half a side either way",
            ),
            (
                of(lambda centre, side: (centre - side, centre + side)),
                "the boxes are twice as wide and high; from the centre it is half a side",
            ),
            (
                of(lambda centre, side: (centre - side // 2, centre + side // 2)),
                "half of 15 is 7.5: divide by `/`, not by `//`",
            ),
            (of(first=lambda first: 0), "the first centre lies at `first`, not at 0"),
            (
                lambda cells, first, stride, sides: lay_anchors(
                    cells, first + stride / 2, stride, sides
                ),
                "the centres are half a stride too far; the first one lies at `first`",
            ),
            (
                lambda cells, first, stride, sides: lay_anchors(
                    cells, first + stride, stride, sides
                ),
                "the centres are a stride too far; k begins at 0",
            ),
            (of(stride=lambda stride: 1), "the centres lie a pixel apart; they lie `stride` apart"),
        ),
        tell=_laid_differ,
    )
    return "every cell has the same boxes around its own centre."


def _laid_differ(found: Tensor, wanted: Tensor, cells: int, *case: Any) -> str:
    if found.shape != wanted.shape:
        return (
            f"the result has shape {tuple(found.shape)}; wanted is {tuple(wanted.shape)}, a row "
            "for each box"
        )
    row = worst_row(found, wanted)
    return f"box {row} is {named(found[row])}; it should be {named(wanted[row])}"
