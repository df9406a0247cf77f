"""Answers for notebooks 00 and 01: right ones, and wrong ones with part of what they hear."""

import itertools

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


def paint_by_pooling(positions, canvas, square):
    dots = datasets.one_hot(positions, canvas)
    return F.max_pool2d(dots, square, stride=1, padding=square // 2)[:, 0]


def paint_by_means(positions, canvas, square):
    dots = F.one_hot(positions[:, 1] * canvas + positions[:, 0], canvas**2).float()
    dots = dots.view(-1, 1, canvas, canvas)
    means = F.avg_pool2d(dots, square, stride=1, padding=square // 2)
    return (means[:, 0] > 0).float()


def paint_by_index(positions, canvas, square):
    """Another right form, without a loop: all pixels of all squares are set at once."""
    near = torch.arange(square) - square // 2
    x, y = positions.T[:, :, None, None]
    pictures = torch.zeros(len(positions), canvas, canvas)
    pictures[torch.arange(len(positions))[:, None, None], y + near[:, None], x + near] = 1
    return pictures


def quadrant_by_split(positions, canvas):
    test = datasets.split("quadrant", canvas, 1).test.tolist()
    return [one in test for one in positions.tolist()]


def quadrant_by_order(positions, canvas):
    order = torch.arange(len(positions))
    return (order // 56 > 28) & (order % 56 > 28)


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
        paint_by_index,
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
        (lambda x, y, canvas: (x, y), "the result is a tuple; wanted is one number"),
        (lambda x, y, canvas: x * canvas + y, "column by column"),
        (lambda x, y, canvas: y * canvas + x + 1, "one too many"),
        (lambda x, y, canvas: y * 64 + x, "rows of that canvas hold 8 pixels, not 64"),
        (lambda x, y, canvas: x + y, "45 full rows and 20 more pixels lie before it"),
        (
            lambda x, y, canvas: y * canvas + x + 0.001,
            "you give 2,900.001; 45 full rows and 20 more",
        ),
        (
            lambda x, y, canvas: y * canvas + x if canvas == 64 else y * 8 + x + 1,
            "pixel (5, 2) of a canvas 8 wide: you give 22; 2 full rows",
        ),
        (
            lambda x, y, canvas: y * canvas + x if x else 0,
            "you give 0; 1 full row and 0 more pixels",
        ),
        (
            lambda x, y, canvas: datasets.pixel_index(torch.tensor([[x, y]]), canvas)[0],
            "but coordlib helped; reckon it",
        ),
    ],
    "1.1": [
        (lambda c, s: [(x, y) for x in range(c) for y in range(c)], "you list every pixel"),
        (lambda c, s: positions_by_loop(c - 1, s), "your centres go from 4 to 58"),
        (lambda c, s: POSITIONS(c, s) - s // 2, "your centres go from 0 to 55"),
        (lambda c, s: POSITIONS(c, s).flip(1), "x and y are swapped"),
        (lambda c, s: POSITIONS(c, s).flip(0), "in another order"),
        (lambda c, s: POSITIONS(c, s).T, "shape (2, 3136); wanted is (n, 2)"),
        (lambda c, s: POSITIONS(c, s)[::5], "you have 628 positions; there are 3136"),
        (lambda c, s: "all of them", "the result is a str; wanted are numbers"),
        (lambda c, s: [*positions_by_loop(c, s), (4, 4)], "your 3137 rows hold 3136 different"),
        (
            lambda c, s: POSITIONS(c, s).double() + 1e-6,
            "your centres go from 4.000001 to 59.000001",
        ),
        (
            lambda c, s: POSITIONS(c, 1) if s <= 3 else positions_by_loop(c, s),
            "a square reaches 1 pixel to each side",
        ),
        (POSITIONS, "but coordlib helped; list the positions yourself"),
        (
            lambda c, s: itertools.product(range(s // 2, c - s // 2), repeat=2),
            "the result is a product; put `list(…)` around it",
        ),
        (lambda c, s: zip(*POSITIONS(c, s).T.tolist(), strict=True), "a zip; put `list(…)`"),
        (
            lambda c, s: (one for one in positions_by_loop(c, s)),
            "a generator; put `list(…)` around it",
        ),
        (
            lambda c, s: set(positions_by_loop(c, s)),
            "a set; put its numbers into a list, in the order that is asked for",
        ),
        (lambda c, s: dict(enumerate(positions_by_loop(c, s))), "a dict; put its numbers into"),
    ],
    "1.2": [
        (
            lambda p, c, s: (torch.arange(c) - p[:, 0]).abs() <= s // 2,
            "must match the size of tensor b",
        ),
        (paint_by_a_loop, "the more positions, the more lines"),
        (paint_by_rows, "the more pixels, the more lines"),
        (paint_by_stamp, "but coordlib, conv2d helped; compare the pixels' places with (x, y)"),
        (lambda p, c, s: datasets.squares(p, c, s)[:, 0], "but coordlib helped; compare"),
        (paint_by_pooling, "but coordlib, max_pool2d helped; compare"),
        (paint_by_means, "but avg_pool2d helped; compare"),
        (lambda p, c, s: paint_by_comparing(p, c, s + 2), "is 7 wide and 7 high; it should be 5"),
        (lambda p, c, s: paint_by_comparing(p, c, s + 4), "is 9 wide and 9 high; it should be 5"),
        (
            lambda p, c, s: paint_by_comparing(p, c, s if len(p) > 1 else 5),
            "1 square of 3 on 13 × 13: 1 wrong picture; the square for (7, 5) is 5 wide",
        ),
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
        (quadrant_by_order, "canvas of 32: (29, 29) is not held out; with x / canvas = 0.906"),
        (quadrant_by_split, "but coordlib helped; compare x and y with the canvas yourself"),
        (lambda p, c: ["test"] * len(p), "the result holds a str; wanted are booleans"),
        (
            lambda p, c: (p > c / 2).all(1).int(),
            "holds whole numbers; wanted are booleans: compare, or append `.bool()`",
        ),
        (lambda p, c: torch.zeros(c, c) > 0, "wanted is (3136,), one answer for each position"),
        (lambda p, c: p[:, 0] > c / 2, "only x is looked at"),
    ],
    "1.4": [
        (lambda c, s: torch.zeros(c, c) > 0, "0.0% of the positions"),
        (lambda c, s: positions_by_loop(c, s), "has shape (784, 2)"),
        (
            lambda c, s: board(c),
            "averaging misses 1 of 392 test positions: at (29, 29) the average of its 2 train "
            "neighbours is (28.50, 28.50), which is rounded to (28, 28)",
        ),
        (lambda c, s: board(c) & inner(c, 12), "4.1% of the positions are held out; at least 20%"),
        (lambda c, s: inner(c, 2), "every position is held out"),
        (lambda c, s: inner(c, 8), "no train position lies within 2 pixels"),
        (lambda c, s: board(c).float(), "the mask holds decimal numbers; wanted are booleans"),
        (
            lambda c, s: too_kind_board(c, s).int(),
            "wanted are booleans: compare, or append `.bool()` to a tensor of 0 and 1",
        ),
        (lambda c, s: board(c)[2:-2], "the mask has shape (28, 32)"),
    ],
}
