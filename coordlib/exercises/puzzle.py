"""Checkers for notebooks 00 and 01: positions, splits, and squares made by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from coordlib import datasets
from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import booleans, judge, number, numbers, plural, unlike
from coordlib.exercises.guarding import by_hand, work

# The radius within which notebook 01 averages a test position's train neighbours, in pixels.
_RADIUS = 2
# The part of all positions that exercise 1.4 wants held out.
_LEAST_HELD_OUT = 0.2


@exercise("0.1", minutes=2, difficulty=1)
def pixel_number(answer: Callable[[int, int, int], Any]) -> str:
    """From (x, y) and the canvas's width to the pixel's number, counted row by row from 0."""
    judge(
        answer,
        [(20, 45, 64), (3, 0, 64), (0, 1, 64), (5, 2, 8), (0, 0, 5), (10, 3, 11), (99, 98, 100)],
        lambda x, y, canvas: y * canvas + x,
        read=number,
        said=lambda x, y, canvas: f"pixel ({x}, {y}) of a canvas {canvas} wide",
        mistakes=(
            (
                lambda x, y, canvas: x * canvas + y,
                "you counted column by column; count row by row",
            ),
            (
                lambda x, y, canvas: y * canvas + x + 1,
                "one too many, for the first pixel has number 0",
            ),
            (
                lambda x, y, canvas: y * 64 + x,
                lambda x, y, canvas: f"rows of that canvas hold {canvas} pixels, not 64",
            ),
        ),
        tell=lambda found, wanted, x, y, canvas: (
            f"you give {unlike(found.item(), wanted.item())[0]}; {plural(y, 'full row')} and "
            f"{plural(x, 'more pixel')} lie before it"
        ),
    )
    by_hand(lambda: answer(4, 2, 9), "reckon it from x, y and the canvas's width")
    return "a picture is a long row of pixels, cut into lines."


@exercise("1.1", minutes=5, difficulty=1)
def all_positions(answer: Callable[[int, int], Any]) -> str:
    """All centres (x, y) at which a square fits on the canvas, x in the outer loop."""
    judge(
        answer,
        [(64, 9), (16, 3), (12, 7), (9, 9), (5, 1)],
        datasets.positions,
        said=lambda canvas, square: f"on a canvas of {canvas} with squares of {square}",
        mistakes=(
            (
                lambda canvas, square: datasets.positions(canvas, 1),
                lambda canvas, square: (
                    "you list every pixel; a square whose centre is nearer than "
                    f"{square // 2} pixels to a border does not fit"
                ),
            ),
            (
                lambda canvas, square: datasets.positions(canvas, square).flip(1),
                "x and y are swapped: in the first rows x stays and y counts up",
            ),
        ),
        tell=_positions_differ,
    )
    by_hand(lambda: answer(10, 3), "list the positions yourself")
    return "56 · 56 = 3,136 positions, in the order of the released data."


def _positions_differ(found: Tensor, wanted: Tensor, canvas: int, square: int) -> str:
    if found.ndim != 2 or found.shape[1] != 2:
        return (
            f"the result has shape {tuple(found.shape)}; wanted is (n, 2), a row for each position"
        )
    first, last = int(wanted.min()), int(wanted.max())
    if len(found) == 0 or (found.min(), found.max()) != (first, last):
        ends = "nowhere"
        if len(found):
            low, high = unlike(found.min().item(), first)[0], unlike(found.max().item(), last)[0]
            ends = f"from {low} to {high}"
        return (
            f"your centres go {ends}; a square reaches {plural(square // 2, 'pixel')} to each "
            f"side, so they go from {first} to {last}"
        )
    different = found.unique(dim=0)
    if len(different) < len(found):
        return (
            f"your {plural(len(found), 'row')} hold {plural(len(different), 'different position')} "
            "only; each is wanted once"
        )
    if len(found) != len(wanted):
        return f"you have {plural(len(found), 'position')}; there are {len(wanted)}"
    if not torch.equal(different.double(), wanted.unique(dim=0).double()):
        return "some of your positions lie between two pixels"
    return "all positions are there, in another order: x is the outer loop"


@exercise("1.2", minutes=10, difficulty=2)
def squares_by_comparing(answer: Callable[[Tensor, int, int], Any]) -> str:
    """Pictures of squares: (n, 2) to (n, canvas, canvas), 1 inside the square and 0 outside."""
    cases = [
        (datasets.positions(canvas, square)[start::step], canvas, square)
        for canvas, square, start, step in (
            (16, 5, 0, 11),
            (64, 9, 40, 35),
            (13, 3, 70, 1000),
            (7, 1, 0, 6),
        )
    ]
    judge(
        answer,
        cases,
        lambda where, canvas, square: _painted(where, canvas, square),
        said=lambda where, canvas, square: (
            f"{plural(len(where), 'square')} of {square} on {canvas} × {canvas}"
        ),
        mistakes=(
            (
                lambda where, canvas, square: _painted(where.flip(1), canvas, square),
                "x and y are swapped: compare x with the columns, y with the rows",
            ),
            (
                lambda *case: ~_painted(*case),
                "inside and outside are swapped: the square is 1",
            ),
            (
                lambda *case: _painted(*case, lambda x, y: (x > 0) | (y > 0)),
                "without abs, all that lies to the left and above is inside as well",
            ),
            (
                lambda *case: _painted(*case, lambda x, y: (x.abs() > 0) & (y.abs() > 0)),
                "a cross of two bands: 'or' should be 'and'",
            ),
            (
                lambda where, canvas, square: _painted(where[:1].expand_as(where), canvas, square),
                "all pictures show the first position",
            ),
        ),
        tell=_pictures_differ,
    )
    _painted_at_once(answer)
    return (
        "all pictures at once, without a loop. A pixel that compares its own place with (x, y): "
        "remember this trick for notebook 03."
    )


def _painted(
    where: Tensor,
    canvas: int,
    square: int,
    outside: Callable[[Tensor, Tensor], Tensor] = lambda x, y: (x.abs() > 0) | (y.abs() > 0),
) -> Tensor:
    """Booleans: all pixels that are not outside, given how far they lie beyond the square."""
    along, half = torch.arange(canvas), square // 2
    x, y = (along - where[:, axis, None] for axis in (0, 1))
    x, y = (each.sign() * (each.abs() - half).clamp(min=0) for each in (x, y))
    return ~outside(x[:, None, :], y[:, :, None])


def _pictures_differ(
    found: Tensor, wanted: Tensor, where: Tensor, canvas: int, square: int
) -> str | None:
    if found.shape != wanted.shape:
        return None
    if not ((found == 0) | (found == 1)).all():
        return "there are values other than 0 and 1 in the pictures"
    wrong = (found.bool() != wanted).any((1, 2)).nonzero().flatten()
    # At a border a square that is too large would be cut off.
    one = wrong[(where[wrong] - canvas / 2).abs().amax(1).argmin()]
    x, y = where[one].tolist()
    rows, columns = found[one].nonzero().T
    said = f"{plural(len(wrong), 'wrong picture')}; the square for ({x}, {y})"
    if len(rows) == 0:
        return f"{said} is missing: the picture is empty"
    width, height = int(columns.max() - columns.min()) + 1, int(rows.max() - rows.min()) + 1
    if (width, height) != (square, square):
        return f"{said} is {width} wide and {height} high; it should be {square} by {square}"
    if len(rows) != square**2:
        return (
            f"{said} has {len(rows)} pixels instead of {square**2}: both distances must be small, "
            "each for itself"
        )
    return f"{said} has the right size, but its middle lies elsewhere"


def _painted_at_once(answer: Callable[[Tensor, int, int], Any]) -> None:
    """Refuse a right answer that paints by a loop, by convolving or pooling, or by this library."""
    few, many = (datasets.positions(12, 3)[:n] for n in (3, 30))
    instead = "compare the pixels' places with (x, y)"
    done = by_hand(lambda: answer(few, 12, 3), instead, "*conv*", "*pool*", "fold", "col2im")
    for where, canvas, what in ((many, 12, "positions"), (few, 24, "pixels")):
        if work(lambda where=where, canvas=canvas: answer(where, canvas, 3)).lines > done.lines:
            raise NotYet(
                f"the pictures are right, but the more {what}, the more lines are run: compare all "
                "at once, without a loop"
            )


@exercise("1.3", minutes=5, difficulty=1)
def quadrant(answer: Callable[[Tensor, int], Any]) -> str:
    """Which positions the quadrant split holds out: booleans, one a position."""

    def halves(where: Tensor, canvas: int) -> tuple[Tensor, Tensor]:
        right, low = (where / canvas > 0.5).T
        return right, low

    def held_out(where: Tensor, canvas: int) -> Tensor:
        right, low = halves(where, canvas)
        return right & low

    upper = "the upper right is held out: y counts downwards from the top"
    left = "the lower left is held out; is one comparison the wrong way round?"
    both = "the upper left is held out: larger x is right, larger y is down"
    judge(
        answer,
        [
            (datasets.positions(64, 9), 64),
            (datasets.positions(32, 5).flip(0), 32),
            (datasets.positions(15, 3), 15),
            (datasets.positions(100, 7)[::13], 100),
            (torch.tensor([[7, 9]]), 12),
            (torch.tensor([[30, 20]]), 36),
        ],
        held_out,
        read=booleans,
        said=lambda where, canvas: f"on a canvas of {canvas}",
        mistakes=(
            (
                lambda w, c: halves(w, c)[0] | halves(w, c)[1],
                "three quadrants are held out: 'or' should be 'and'",
            ),
            (
                lambda *case: ~held_out(*case),
                "True marks the train part; it should mark what is held out",
            ),
            (lambda w, c: halves(w, c)[0] & ~halves(w, c)[1], upper),
            (lambda w, c: halves(w, c)[0] & (w[:, 1] < c / 2), upper),
            (lambda w, c: halves(w, c)[0] & (c - 1 - w[:, 1] > c / 2), upper),
            (lambda w, c: ~halves(w, c)[0] & halves(w, c)[1], left),
            (lambda w, c: (w[:, 0] < c / 2) & halves(w, c)[1], left),
            (lambda w, c: ~halves(w, c)[0] & ~halves(w, c)[1], both),
            (lambda w, c: (w < c / 2).all(1), both),
            (lambda w, c: halves(w, c)[0], "only x is looked at: the whole right half is held out"),
            (lambda w, c: halves(w, c)[1], "only y is looked at: the whole lower half is held out"),
            (
                lambda w, c: (w >= c / 2).all(1),
                lambda where, canvas: (
                    f"x = {canvas / 2:g} or y = {canvas / 2:g} is held out, which is exactly half; "
                    "the rule says more than half"
                ),
            ),
            (
                lambda w, c: (w > 32).all(1),
                lambda where, canvas: f"the canvas is {canvas} wide, and half of that is not 32",
            ),
        ),
        tell=_split_differs,
    )
    where = datasets.positions(10, 3)
    by_hand(lambda: answer(where, 10), "compare x and y with the canvas yourself")
    return "27 · 27 = 729 positions of the paper's canvas are held out."


def _split_differs(found: Tensor, wanted: Tensor, where: Tensor, canvas: int) -> str:
    if found.shape != wanted.shape:
        return (
            f"the result has shape {tuple(found.shape)}; wanted is {tuple(wanted.shape)}, one "
            "answer for each position"
        )
    wrong = found != wanted
    x, y = where[wrong][0].tolist()
    is_, should = ("not held out", "held out")[:: 1 if wanted[wrong][0] else -1]
    return (
        f"({x}, {y}) is {is_}; with x / canvas = {x / canvas:.3g} and y / canvas = "
        f"{y / canvas:.3g} it should be {should}"
    )


@exercise("1.4", minutes=10, difficulty=3)
def surrounded(answer: Callable[[int, int], Any]) -> str:
    """A hold-out, booleans (canvas, canvas), on which an average of neighbours makes no mistake."""
    canvas, square = 32, 5
    mask = numbers(answer(canvas, square), "the mask")
    if mask.shape != (canvas, canvas):
        raise NotYet(
            f"the mask has shape {tuple(mask.shape)}; for this canvas it is ({canvas}, {canvas})"
        )
    mask = booleans(mask, "the mask")
    x, y = datasets.positions(canvas, square).T
    share = mask[y, x].double().mean().item()
    if share < _LEAST_HELD_OUT:
        ours, least = (f"{100 * part:.{digits}f}" for part, digits in ((share, 1), (0.2, 0)))
        raise NotYet(f"{ours}% of the positions are held out; at least {least}% are wanted")
    if share == 1:
        raise NotYet("every position is held out, so none is left to learn from")
    split = datasets.split(mask, canvas, square)
    near = (split.test[:, None] - split.train).square().sum(-1) <= _RADIUS**2
    count = near.sum(1)
    mean = near.float() @ split.train.float() / count[:, None]
    wrong = (mean.round() != split.test).any(1)
    if wrong.any():
        first = int(wrong.int().argmax())
        miss, neighbours = tuple(split.test[first].tolist()), int(count[first])
        reason = f"no train position lies within {_RADIUS} pixels"
        if neighbours:
            reason = (
                f"the average of its {plural(neighbours, 'train neighbour')} is "
                f"({mean[first, 0]:.2f}, {mean[first, 1]:.2f}), which is rounded to "
                f"({mean[first, 0].round():.0f}, {mean[first, 1].round():.0f})"
            )
        raise NotYet(
            f"averaging misses {int(wrong.sum())} of {plural(len(wrong), 'test position')}: at "
            f"{miss} {reason}"
        )
    return f"{share:.0%} held out, and averaging hits every one: a test of interpolation alone."
