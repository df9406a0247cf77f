"""Answers for notebooks 00 and 01: right ones, and wrong ones with part of what they hear."""

import torch
from torch.nn import functional as F

from coordlib import datasets

POSITIONS = datasets.positions


def numbers_by_formula(x, y, canvas):
    return y * canvas + x


def numbers_by_counting(x, y, canvas):
    return torch.arange(canvas**2).view(canvas, canvas)[y, x]


def positions_by_loop(canvas, square):
    centres = range(square // 2, canvas - square // 2)
    return [(x, y) for x in centres for y in centres]


def positions_by_mesh(canvas, square):
    along = torch.arange(square // 2, canvas - square // 2)
    return torch.stack(torch.meshgrid(along, along, indexing="ij"), -1).view(-1, 2).numpy()


def paint_by_comparing(positions, canvas, square):
    x, y = positions.T[:, :, None, None]
    along = torch.arange(canvas)
    return ((along - x).abs() <= square // 2) & ((along[:, None] - y).abs() <= square // 2)


def paint_by_largest_distance(positions, canvas, square):
    rows, columns = torch.meshgrid(torch.arange(canvas), torch.arange(canvas), indexing="ij")
    pixels = torch.stack((columns, rows), -1)
    distance = (pixels - positions[:, None, None]).abs().amax(-1)
    return (distance <= square // 2).float()


def quadrant_by_halves(positions, canvas):
    return ((positions / canvas) > 0.5).all(1)


def quadrant_by_list(positions, canvas):
    return [bool(x > canvas / 2 and y > canvas / 2) for x, y in positions.tolist()]


def board(canvas):
    along = torch.arange(canvas)
    return (along + along[:, None]) % 2 == 0


def inner(canvas, border):
    mask = torch.zeros(canvas, canvas, dtype=torch.bool)
    mask[border:-border, border:-border] = True
    return mask


def too_kind_board(canvas, square):
    return board(canvas) & inner(canvas, square // 2 + 1)


def too_kind_other_board(canvas, square):
    return (~board(canvas) & inner(canvas, square // 2 + 1)).numpy()


def moved(pictures):
    return pictures.float().roll(1, -1)


def forgets_to_return(x, y, canvas):
    y * canvas + x


def paint_by_a_loop(positions, canvas, square):
    return torch.stack([paint_by_comparing(one[None], canvas, square)[0] for one in positions])


def paint_by_rows(positions, canvas, square):
    x, y = positions.T[:, :, None]
    along = torch.arange(canvas)
    inside = (along - x).abs() <= square // 2
    return torch.stack([inside & ((r - y).abs() <= square // 2) for r in range(canvas)], 1)


def paint_by_stamp(positions, canvas, square):
    dots = datasets.one_hot(positions, canvas)
    return F.conv2d(dots, torch.ones(1, 1, square, square), padding=square // 2)[:, 0]


def squares_without_abs(positions, canvas, square):
    x, y = positions.T[:, :, None, None]
    along = torch.arange(canvas)
    return (along - x <= square // 2) & (along[:, None] - y <= square // 2)


RIGHT = {
    "0.1": [
        lambda x, y, canvas: torch.tensor(float(y * canvas + x)),
        lambda x, y, canvas: [*range(y * canvas, (y + 1) * canvas)][x],
        numbers_by_formula,
        numbers_by_counting,
    ],
    "1.1": [
        lambda c, s: [torch.tensor(one) for one in positions_by_loop(c, s)],
        lambda c, s: torch.tensor(positions_by_loop(c, s)).float(),
        lambda c, s: tuple(positions_by_loop(c, s)),
        positions_by_loop,
        positions_by_mesh,
    ],
    "1.2": [
        lambda p, c, s: paint_by_comparing(p, c, s).half(),
        lambda p, c, s: paint_by_comparing(p, c, s).int().numpy(),
        paint_by_comparing,
        paint_by_largest_distance,
    ],
    "1.3": [
        lambda p, c: torch.tensor([x > c / 2 and y > c / 2 for x, y in p.tolist()]),
        lambda p, c: (2 * p.numpy() > c).all(1),
        quadrant_by_halves,
        quadrant_by_list,
    ],
    "1.4": [
        lambda c, s: too_kind_board(c, s).tolist(),
        lambda c, s: list(too_kind_board(c, s)),
        too_kind_board,
        too_kind_other_board,
    ],
}

WRONG = {
    "0.1": [
        (lambda x, y, canvas: "row", "is a str"),
        (lambda x, y, canvas: (y + 1) * canvas + x, "full rows and 20 more"),
        (
            lambda x, y, canvas: {(20, 45): 2900}.get((x, y), 0),
            "you give 0; 0 full rows and 3 more",
        ),
        (forgets_to_return, "is its `return` missing?"),
        (lambda x, y, canvas: (x, y), "shape (2,); wanted is one number"),
        (lambda x, y, canvas: x * canvas + y, "column by column"),
        (lambda x, y, canvas: y * canvas + x + 1, "one too many"),
        (lambda x, y, canvas: y * 64 + x, "rows of that canvas hold 8 pixels, not 64"),
        (lambda x, y, canvas: x + y, "45 full rows and 20 more pixels lie before it"),
    ],
    "1.1": [
        (lambda c, s: [(x, y) for x in range(c) for y in range(c)], "you list every pixel"),
        (lambda c, s: positions_by_loop(c - 1, s), "your centres go from 4 to 58"),
        (lambda c, s: POSITIONS(c, s) - s // 2, "your centres go from 0 to 55"),
        (lambda c, s: POSITIONS(c, s).flip(1), "x and y are swapped"),
        (lambda c, s: POSITIONS(c, s).flip(0), "in another order"),
        (lambda c, s: POSITIONS(c, s).T, "shape (2, 3136); wanted is (n, 2)"),
        (lambda c, s: POSITIONS(c, s)[::5], "628 different positions in 628 rows"),
        (lambda c, s: "all of them", "the result is a str"),
    ],
    "1.2": [
        (
            lambda p, c, s: (torch.arange(c) - p[:, 0]).abs() <= s // 2,
            "must match the size of tensor b",
        ),
        (paint_by_a_loop, "the more positions, the more lines"),
        (paint_by_rows, "the more pixels, the more lines"),
        (paint_by_stamp, "a convolution paints them"),
        (lambda p, c, s: datasets.squares(p, c, s)[:, 0], "coordlib paints them"),
        (lambda p, c, s: squares_without_abs(p, c, s), "without abs"),
        (lambda p, c, s: datasets.squares(p, c, s), "has shape (14, 1, 16, 16)"),
        (lambda p, c, s: paint_by_comparing(p, c, s).float().mT, "x and y are swapped"),
        (lambda p, c, s: paint_by_comparing(p, c, s - 2), "is 3 wide and 3 high"),
        (lambda p, c, s: ~paint_by_comparing(p, c, s), "inside and outside are swapped"),
        (lambda p, c, s: moved(paint_by_comparing(p, c, s)), "its middle lies elsewhere"),
        (lambda p, c, s: paint_by_comparing(p, c, s).float() / 2, "other than 0 and 1"),
        (lambda p, c, s: paint_by_comparing(p, c, s)[0], "shape (16, 16); wanted is"),
        (lambda p, c, s: torch.zeros(len(p), c, c), "the picture is empty"),
        (
            lambda p, c, s: paint_by_comparing(p[:1].expand_as(p), c, s),
            "all pictures show the first position",
        ),
    ],
    "1.3": [
        (lambda p, c: p[:, 0] > c / 2 and p[:, 1] > c / 2, "is ambiguous"),
        (lambda p, c: (p[:, 0] / c > 0.5) & (p[:, 1] / c < 0.5), "y counts downwards"),
        (lambda p, c: (p[:, 0] > c / 2) & (c - p[:, 1] > c / 2), "y counts downwards"),
        (lambda p, c: (p[:, 0] > c / 2) & (c - 1 - p[:, 1] > c / 2), "y counts downwards"),
        (lambda p, c: p.sum(1) > c, "it should be"),
        (lambda p, c: (p > c / 2).any(1), "'or' should be 'and'"),
        (lambda p, c: (p >= c / 2).all(1), "which is exactly half"),
        (lambda p, c: ~(p > c / 2).all(1), "True marks the train part"),
        (lambda p, c: (p[:, 0] > c / 2) & (p[:, 1] <= c / 2), "y counts downwards"),
        (lambda p, c: (p[:, 0] <= c / 2) & (p[:, 1] > c / 2), "the lower left is held out"),
        (lambda p, c: (p <= c / 2).all(1), "the upper left is held out"),
        (lambda p, c: (p > 32).all(1), "the canvas is 32 wide"),
        (lambda p, c: (p > c / 2).all(1).int(), "wanted are booleans"),
        (lambda p, c: torch.zeros(c, c) > 0, "one answer for each of the 3136"),
        (lambda p, c: p[:, 0] > c / 2, "only x is looked at"),
    ],
    "1.4": [
        (lambda c, s: torch.zeros(c, c) > 0, "0.0% of the positions"),
        (lambda c, s: positions_by_loop(c, s), "has shape (784, 2)"),
        (lambda c, s: board(c), "1 of 392 test positions are missed. One is (29, 29): its 2"),
        (lambda c, s: board(c) & inner(c, 12), "4.1% of the positions are held out; at least 20%"),
        (lambda c, s: inner(c, 2), "every position is held out"),
        (lambda c, s: inner(c, 8), "no train position lies within 2 pixels"),
        (lambda c, s: board(c).float(), "wanted are booleans"),
        (lambda c, s: board(c)[2:-2], "the mask has shape (28, 32)"),
    ],
}
