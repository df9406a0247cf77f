"""Answers for notebook 09: anchors read and laid out."""

import numpy as np
import torch


def rows(kept):
    return kept.view(-1, 4, 9).mT.reshape(-1, 4)


def rows_by_loop(kept):
    """Another right form: number by number."""
    return [[cell[9 * part + one] for part in range(4)] for cell in kept for one in range(9)]


def first_cell_alone(kept):
    return kept[0].view(4, 9).T


def emptied(kept):
    result = rows(kept).clone()
    kept.zero_()
    return result


def centre_form(cells, first, stride, sides):
    """(x, y, width, height) of each anchor, a list."""
    along = [first + stride * k for k in range(cells)]
    return [[x, y, w, h] for y in along for x in along for h, w in sides]


def corners(laid):
    return [[x - w / 2, y - h / 2, x + w / 2, y + h / 2] for x, y, w, h in laid]


def lay(*case):
    return corners(centre_form(*case))


def lay_by_grid(cells, first, stride, sides):
    """Another right form: a grid of centres, and all sizes around each of them."""
    along = first + stride * np.arange(cells)
    y, x = np.meshgrid(along, along, indexing="ij")
    height, width = np.array(sides).T / 2
    x, y = x[..., None], y[..., None]
    return np.stack((x - width, y - height, x + width, y + height), -1).reshape(-1, 4)


def lay_otherwise(change):
    """Anchors whose (x, y, width, height) are turned into something else than their corners."""
    return lambda *case: [change(*one) for one in centre_form(*case)]


def column_by_column(cells, first, stride, sides):
    along = [first + stride * k for k in range(cells)]
    return corners([[x, y, w, h] for x in along for y in along for h, w in sides])


def size_by_size(cells, first, stride, sides):
    along = [first + stride * k for k in range(cells)]
    return corners([[x, y, w, h] for h, w in sides for y in along for x in along])


def swapped_sides(cells, first, stride, sides):
    return lay(cells, first, stride, [side[::-1] for side in sides])


def sorts_sides(cells, first, stride, sides):
    laid = lay(cells, first, stride, sides)
    sides.clear()
    return laid


EDGES = (0, 64), (0, None), (None, 64)

RIGHT = {
    "9.8": [
        rows,
        rows_by_loop,
        lambda kept: np.stack(np.split(kept.numpy(), 4, axis=1), -1).reshape(-1, 4),
        lambda kept: torch.stack([part.flatten() for part in kept.split(9, 1)], 1),
        lambda kept: (
            [list(zip(*cell.view(4, 9).tolist(), strict=True)) for cell in kept][0]
            if len(kept) == 1
            else rows(kept).double()
        ),
    ],
    "9.3": [
        lay,
        lay_by_grid,
        lambda *case: torch.tensor(lay(*case)),
        lambda *case: [torch.tensor(one) for one in lay(*case)],
    ],
}

WRONG = {
    "9.8": [
        (lambda kept: kept.reshape(-1, 4), "that is how the released code reads them"),
        (lambda kept: kept.view(-1, 9, 4).mT.reshape(-1, 4), "each cell is cut into nine fours"),
        (
            lambda kept: kept.view(-1, 4, 9).permute(2, 0, 1).reshape(-1, 4),
            "the anchors go size by size through all cells",
        ),
        (lambda kept: kept.reshape(4, -1).T, "right for one cell; with more of them, the cells"),
        (lambda kept: rows(kept)[:, [1, 0, 3, 2]], "x stands before y"),
        (lambda kept: rows(kept)[:, [1, 0, 2, 3]], "the column stands before the row"),
        (lambda kept: rows(kept)[:, [0, 1, 3, 2]], "the width stands before the height"),
        (lambda kept: rows(kept)[:, [2, 3, 0, 1]], "the sides stand before the centre"),
        (lambda kept: kept.view(-1, 4, 9).mT, "the cells still have an axis of their own"),
        (first_cell_alone, "only the first cell's anchors are there"),
        (
            lambda kept: kept.view(-1, 4, 9).reshape(-1, 9),
            "the result has shape (20, 9); wanted is (45, 4)",
        ),
        (lambda kept: rows(kept)[: 9 * 16], "for 169 cells: the result has shape (144, 4)"),
        (lambda kept: rows(kept).flip(0), "for 5 cells: anchor 3 is ("),
        (lambda kept: rows(kept).round(), "numbers 2, 11, 20 and 29 of cell 1"),
        (emptied, "changes `kept`"),
    ],
    "9.3": [
        (column_by_column, "the cells go column by column"),
        (size_by_size, "the boxes go size by size"),
        (swapped_sides, "height and width are swapped"),
        (lambda *case: torch.tensor(lay(*case))[:, [1, 0, 3, 2]], "y stands before x"),
        (centre_form, "these are centres and sides"),
        (lay_otherwise(lambda x, y, w, h: (y, x, h, w)), "these are (row, column, height, width)"),
        (lay_otherwise(lambda x, y, w, h: (x, y, x + w, y + h)), "begin at the centres"),
        (lay_otherwise(lambda x, y, w, h: (x - w, y - h, x + w, y + h)), "twice as wide and high"),
        (
            lay_otherwise(lambda x, y, w, h: (x - w // 2, y - h // 2, x + w // 2, y + h // 2)),
            "half of 15 is 7.5",
        ),
        (lambda cells, first, *rest: lay(cells, 0, *rest), "lies at `first`, not at 0"),
        (
            lambda cells, first, stride, sides: lay(cells, first + stride / 2, stride, sides),
            "the centres are half a stride too far",
        ),
        (
            lambda cells, first, stride, sides: lay(cells, first + stride, stride, sides),
            "the centres are a stride too far; k begins at 0",
        ),
        (
            lambda cells, first, stride, sides: lay(cells, first, 1, sides),
            "the centres lie a pixel apart",
        ),
        (
            lambda cells, first, stride, sides: lay(13, 8, 4, sides),
            "lay_anchors(3, 2, 5, [(3, 7)]): the result has shape (169, 4); wanted is (9, 4)",
        ),
        (
            lambda *case: torch.tensor(lay(*case)).view(case[0], case[0], -1, 4),
            "the result has shape (13, 13, 4, 4); wanted is (676, 4)",
        ),
        (
            lambda *case: torch.tensor(lay(*case)).long(),
            "lay_anchors(13, 8, 4, [(15, 15), (20, 25), (25, 20), (15, 25)]): box 0 is (0, 0, 1",
        ),
        *(
            (
                lambda *case, edge=edge: torch.tensor(lay(*case)).clamp(*edge),
                "you cut the boxes off",
            )
            for edge in EDGES
        ),
        (sorts_sides, "changes `sides`"),
    ],
}
