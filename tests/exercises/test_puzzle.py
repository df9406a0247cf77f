"""Checkers of notebooks 00 and 01: right in more than one form, and each mistake named."""

import pytest
import torch

from coordlib import datasets, exercises

POSITIONS = datasets.positions


def said(capsys, exercise, answer):
    exercises.check(exercise, answer)
    return capsys.readouterr().out.strip()


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
    return (distance <= square // 2).float()[:, None]


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


@pytest.mark.parametrize(
    ("exercise", "answer", "praise"),
    [
        ("0.1", numbers_by_formula, "a long row of pixels"),
        ("0.1", numbers_by_counting, "a long row of pixels"),
        ("1.1", positions_by_loop, "3,136 positions"),
        ("1.1", positions_by_mesh, "3,136 positions"),
        ("1.2", paint_by_comparing, "compared its own place"),
        ("1.2", paint_by_largest_distance, "compared its own place"),
        ("1.3", quadrant_by_halves, "729 positions"),
        ("1.3", quadrant_by_list, "729 positions"),
        ("1.4", too_kind_board, "43% held out"),
        ("1.4", too_kind_other_board, "held out, and averaging hits every one"),
    ],
)
def test_a_right_answer_passes(capsys, exercise, answer, praise):
    line = said(capsys, exercise, answer)
    assert line.startswith(f"{exercise} passed: ")
    assert praise in line


def moved(pictures):
    return pictures.float().roll(1, -1)


WRONG = [
    ("0.1", lambda x, y, canvas: x * canvas + y, "column by column"),
    ("0.1", lambda x, y, canvas: y * canvas + x + 1, "one too many"),
    ("0.1", lambda x, y, canvas: y * 64 + x, "rows of that canvas hold 8 pixels, not 64"),
    ("0.1", lambda x, y, canvas: x + y, "45 full rows and 20 more pixels lie before it"),
    ("1.1", lambda c, s: [(x, y) for x in range(c) for y in range(c)], "you list every pixel"),
    ("1.1", lambda c, s: positions_by_loop(c - 1, s), "your centres go from 4 to 58"),
    ("1.1", lambda c, s: POSITIONS(c, s) - s // 2, "your centres go from 0 to 55"),
    ("1.1", lambda c, s: POSITIONS(c, s).flip(1), "x and y are swapped"),
    ("1.1", lambda c, s: POSITIONS(c, s).flip(0), "in another order"),
    ("1.1", lambda c, s: POSITIONS(c, s).T, "shape (2, 3136); wanted is (n, 2)"),
    ("1.1", lambda c, s: POSITIONS(c, s)[::5], "628 different positions in 628 rows"),
    ("1.1", lambda c, s: "all of them", "the result is a str"),
    ("1.2", lambda p, c, s: paint_by_comparing(p, c, s).float().mT, "x and y are swapped"),
    ("1.2", lambda p, c, s: paint_by_comparing(p, c, s - 2), "is 3 wide and 3 high"),
    ("1.2", lambda p, c, s: ~paint_by_comparing(p, c, s), "inside and outside are swapped"),
    ("1.2", lambda p, c, s: moved(paint_by_comparing(p, c, s)), "its middle lies elsewhere"),
    ("1.2", lambda p, c, s: paint_by_comparing(p, c, s).float() / 2, "other than 0 and 1"),
    ("1.2", lambda p, c, s: paint_by_comparing(p, c, s)[0], "shape (16, 16); wanted is"),
    ("1.2", lambda p, c, s: torch.zeros(len(p), c, c), "the picture is empty"),
    ("1.2", lambda p, c, s: paint_by_comparing(p[:1].expand_as(p), c, s), "but not all"),
    ("1.3", lambda p, c: (p > c / 2).any(1), "'or' should be 'and'"),
    ("1.3", lambda p, c: (p >= c / 2).all(1), "which is exactly half"),
    ("1.3", lambda p, c: ~(p > c / 2).all(1), "True marks the train part"),
    ("1.3", lambda p, c: (p[:, 0] > c / 2) & (p[:, 1] <= c / 2), "y counts downwards"),
    ("1.3", lambda p, c: (p[:, 0] <= c / 2) & (p[:, 1] > c / 2), "the lower left is held out"),
    ("1.3", lambda p, c: (p <= c / 2).all(1), "the upper left is held out"),
    ("1.3", lambda p, c: (p > 32).all(1), "the canvas is 32 wide"),
    ("1.3", lambda p, c: (p > c / 2).all(1).int(), "wanted are booleans"),
    ("1.3", lambda p, c: torch.zeros(c, c) > 0, "one answer for each of the 3136"),
    ("1.3", lambda p, c: p[:, 0] > c / 2, "1512 positions are held out; it should be the 729"),
    ("1.4", lambda c, s: board(c), "1 of 392 test positions are missed. One is (29, 29): its 2"),
    ("1.4", lambda c, s: board(c) & inner(c, 12), "4% of the positions are held out; at least 20%"),
    ("1.4", lambda c, s: inner(c, 2), "every position is held out"),
    ("1.4", lambda c, s: inner(c, 8), "no train position lies within 2 pixels"),
    ("1.4", lambda c, s: board(c).float(), "wanted are booleans"),
    ("1.4", lambda c, s: board(c)[2:-2], "the mask has shape (28, 32)"),
]


@pytest.mark.parametrize(("exercise", "answer", "reason"), WRONG)
def test_a_wrong_answer_hears_why(capsys, exercise, answer, reason):
    line = said(capsys, exercise, answer)
    assert line.startswith(f"{exercise} not yet: ")
    assert reason in line


def test_a_cross_instead_of_a_square_is_seen(capsys):
    def cross(positions, canvas, square):
        x, y = positions.T[:, :, None, None]
        along = torch.arange(canvas)
        apart = (along - x).abs() + (along[:, None] - y).abs()
        return apart <= square // 2

    assert "has 13 pixels instead of 25" in said(capsys, "1.2", cross)


@pytest.mark.parametrize("exercise", ["0.1", "1.1", "1.2", "1.3", "1.4"])
def test_a_stub_is_not_attempted(capsys, exercise):
    def stub(*arguments):
        """To do."""
        return ...

    assert said(capsys, exercise, stub) == f"{exercise} not attempted"
