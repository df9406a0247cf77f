"""Answers for notebook 06's workshop: what stays empty, and what follows from it."""

import torch

from coordlib import datasets


def empty(train, canvas, square):
    """By the pictures that a page has at hand."""
    return datasets.squares(train, canvas, square).sum((0, 1)) == 0


def empty_by_slices(train, canvas, square):
    """Another right form: the squares are marked one after the other."""
    result, half = torch.ones(canvas, canvas, dtype=torch.bool), square // 2
    for x, y in train.tolist():
        result[y - half : y + half + 1, x - half : x + half + 1] = False
    return result


def empty_by_distance(train, canvas, square):
    """Another right form: no train centre lies within half a square, columns and rows each."""
    along = torch.arange(canvas)
    pixels = torch.cartesian_prod(along, along)  # row, column
    far = (pixels[:, None] - train.flip(1)).abs().amax(-1) > square // 2
    return far.all(1).view(canvas, canvas)


def empty_by_pooling(train, canvas, square):
    """Another right form: centres, grown by a maximum."""
    centres = torch.zeros(1, 1, canvas, canvas)
    centres[0, 0, train[:, 1], train[:, 0]] = 1
    return torch.nn.functional.max_pool2d(centres, square, 1, square // 2)[0, 0] == 0


def centres(train, canvas, square=1):
    marks = torch.zeros(canvas, canvas, dtype=torch.bool)
    marks[train[:, 1], train[:, 0]] = True
    return marks


def held_out(train, canvas, square):
    every = set(map(tuple, datasets.positions(canvas, square).tolist()))
    left = sorted(every - set(map(tuple, train.tolist())))
    return torch.tensor(left, dtype=torch.int64).view(-1, 2)


def lower_right(train, canvas, square):
    result = torch.zeros(canvas, canvas, dtype=torch.bool)
    result[canvas // 2 :, canvas // 2 :] = True
    return result


def as_on_the_page(train, canvas, square):
    result = torch.zeros(canvas, canvas, dtype=torch.bool)
    result[19:, 19:] = True
    return result


def foretold(train, positions, canvas, square, empty=empty):
    squares = datasets.squares(positions, canvas, square)[:, 0] > 0
    return (squares & ~empty(train, canvas, square)).sum((1, 2)) / squares.sum((1, 2))


def foretold_by_loop(train, positions, canvas, square):
    """Another right form: a square is cut out of the map."""
    free, half = (~empty(train, canvas, square)).float(), square // 2
    parts = [
        free[y - half : y + half + 1, x - half : x + half + 1].mean() for x, y in positions.tolist()
    ]
    return torch.stack(parts)


def foretold_by_iou(train, positions, canvas, square):
    """Another right form: what is painted and what is true, and IOU as it is defined."""
    true = datasets.squares(positions, canvas, square)[:, 0] > 0
    painted = true & ~empty_by_slices(train, canvas, square)
    return (painted & true).sum((1, 2)) / (painted | true).sum((1, 2))


def foretold_by_mean(train, positions, canvas, square):
    """Another right form: means over squares, everywhere."""
    painted = (~empty(train, canvas, square)).float()[None, None]
    means = torch.nn.functional.avg_pool2d(painted, square, 1, square // 2)[0, 0]
    return means[positions[:, 1], positions[:, 0]]


def pixels(train, positions, canvas, square):
    return foretold(train, positions, canvas, square) * square**2


def by(empty):
    """What follows from another explanation."""
    return lambda *case: foretold(*case, empty=empty)


RIGHT = {
    "6.4": [empty, empty_by_slices, empty_by_distance, empty_by_pooling],
    "6.5": [foretold, foretold_by_loop, foretold_by_iou, foretold_by_mean],
}

WRONG = {
    "6.4": [
        (lambda *case: ~empty(*case), "turned round"),
        (lambda *case: centres(held_out(*case), case[1]), "you name the held-out *centres*"),
        (lambda *case: ~centres(*case), "you name the held-out *centres*"),
        (
            lambda train, canvas, square: ~empty(held_out(train, canvas, square), canvas, square),
            "you name all that a held-out square covers",
        ),
        (lower_right, "you name the lower right quarter"),
        (lambda train, *sizes: empty(train.flip(1), *sizes), "x and y are swapped"),
        (lambda train, canvas, square: empty(train, canvas, square + 2), "reach a pixel too far"),
        (
            lambda train, canvas, square: empty(train, canvas, max(1, square - 2)),
            "your squares don't reach far enough",
        ),
        (lambda train, canvas, square: empty(train, canvas, 5), "right for squares of 5 × 5 alone"),
        (as_on_the_page, "on a canvas of 16 × 16: you don't call column 15, row 6 empty"),
        (lambda train, canvas, square: empty(train, canvas, square) & False, "no train picture"),
        (lambda train, canvas, square: empty(train, canvas, square) | True, "have it painted"),
        (lambda *case: empty(*case)[None], "the result has shape (1, 32, 32); wanted is (32, 32)"),
        (lambda *case: empty(*case).float(), "wanted are booleans"),
        (lambda *case: empty(*case).tolist(), "the result is a list; wanted is a tensor"),
        (lambda train, canvas, square: empty(train, 32, square), "the result has shape (32, 32)"),
    ],
    "6.5": [
        (pixels, "those are pixels; divide by the union's"),
        (lambda *case: pixels(*case).round().int(), "those are pixels; divide by the union's"),
        (lambda *case: 1 - foretold(*case), "that is the part that stays empty"),
        (lambda *case: (foretold(*case) == 1).float(), "of which a part stays empty isn't lost"),
        (lambda *case: (foretold(*case) > 0).float(), "isn't whole either"),
        (lambda *case: 0 * foretold(*case), "0 for all"),
        (lambda *case: pixels(*case) / case[2] ** 2, "you divide by the whole canvas"),
        (lambda *case: pixels(*case) / 25, "right for squares of 5 × 5 alone"),
        (
            lambda train, positions, *sizes: foretold(train, positions.flip(1), *sizes),
            "x and y are swapped, of the positions or of",
        ),
        (lambda *case: foretold(*case).mean(), "that is the mean; wanted is a number for each"),
        (
            lambda *case: pixels(*case) / (pixels(*case) + case[3] ** 2),
            "the union is the square",
        ),
        (by(lambda *case: ~centres(*case)), "by another explanation than step 3's: you name the"),
        (by(lower_right), "by another explanation than step 3's: you name the lower right"),
        (by(as_on_the_page), "of its 9 pixels don't stay empty, which makes"),
        (lambda *case: foretold(*case) ** 2, "of its 25 pixels don't stay empty, which makes"),
        (lambda *case: foretold(*case).tolist(), "the result is a list; wanted is a tensor"),
        (lambda *case: foretold(*case)[:, None], "the result has shape (169, 1); wanted is (169,)"),
    ],
}
