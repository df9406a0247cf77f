"""Checkers for notebooks 00 and 01: positions, splits, and squares made by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from coordlib import datasets
from coordlib.exercises import NotYet, exercise

# The radius within which notebook 01 averages a test position's train neighbours, in pixels.
_RADIUS = 2
# The part of all positions that exercise 1.4 wants held out.
_LEAST_HELD_OUT = 0.2


@exercise("0.1", minutes=2, difficulty=1)
def pixel_number(answer: Callable[[int, int, int], Any]) -> str:
    """From (x, y) and the canvas's width to the pixel's number, counted row by row from 0."""
    for x, y, canvas in ((20, 45, 64), (3, 0, 64), (0, 1, 64), (5, 2, 8)):
        number = answer(x, y, canvas)
        if number == y * canvas + x:
            continue
        said = f"pixel ({x}, {y}) of a {canvas} × {canvas} canvas got number {number}"
        if number == y * 64 + x:
            raise NotYet(f"{said}; rows of that canvas hold {canvas} pixels, not 64")
        if number == x * canvas + y:
            raise NotYet(f"{said}: you counted column by column; count row by row")
        if number == y * canvas + x + 1:
            raise NotYet(f"{said}: one too many, for the first pixel has number 0")
        raise NotYet(f"{said}; {y} full rows and {x} more pixels lie before it")
    return "a picture is a long row of pixels, cut into lines."


@exercise("1.1", minutes=5, difficulty=1)
def all_positions(answer: Callable[[int, int], Any]) -> str:
    """All centres (x, y) at which a square fits on the canvas, x in the outer loop."""
    for canvas, square in ((64, 9), (16, 3)):
        found = _numbers(answer(canvas, square), "the result")
        where = f"on a canvas of {canvas} with squares of {square}"
        if found.ndim != 2 or found.shape[1] != 2:
            raise NotYet(
                f"the result has shape {tuple(found.shape)}; wanted is (n, 2), a row for each "
                "position"
            )
        wanted = datasets.positions(canvas, square)
        first, last = int(wanted.min()), int(wanted.max())
        if len(found) == canvas**2:
            raise NotYet(
                f"you list every pixel; {where}, a square whose centre is nearer than {first} "
                "pixels to a border does not fit"
            )
        low, high = found.min().item(), found.max().item()
        if (low, high) != (first, last):
            raise NotYet(
                f"{where}, your centres go from {low:g} to {high:g}; a square reaches {first} "
                f"pixels to each side, so they go from {first} to {last}"
            )
        if len(found) != len(wanted) or len(found.unique(dim=0)) != len(wanted):
            raise NotYet(
                f"{where}, you have {len(found.unique(dim=0))} different positions in "
                f"{len(found)} rows; there are {len(wanted)}"
            )
        if torch.equal(found, wanted.flip(1)):
            raise NotYet("x and y are swapped: in the first rows x stays and y counts up")
        if not torch.equal(found, wanted.to(found.dtype)):
            raise NotYet("all positions are there, in another order: x is the outer loop")
    return "56 · 56 = 3,136 positions, in the order of the released data."


@exercise("1.2", minutes=10, difficulty=2)
def squares_by_comparing(answer: Callable[[Tensor, int, int], Any]) -> str:
    """Pictures of squares: (n, 2) to (n, canvas, canvas), 1 inside the square and 0 outside."""
    for canvas, square in ((16, 5), (64, 9)):
        where = datasets.positions(canvas, square)[:: canvas // 2 + 3]
        wanted = datasets.squares(where, canvas, square)[:, 0]
        found = _numbers(answer(where, canvas, square), "the result")
        if found.shape == (len(where), 1, canvas, canvas):
            found = found[:, 0]
        if found.shape != wanted.shape:
            raise NotYet(
                f"for {len(where)} positions the result has shape {tuple(found.shape)}; wanted "
                f"is {tuple(wanted.shape)}"
            )
        found = found.float()
        if torch.equal(found, wanted):
            continue
        if not ((found == 0) | (found == 1)).all():
            raise NotYet("there are values other than 0 and 1 in the pictures")
        if torch.equal(found, wanted.mT):
            raise NotYet("x and y are swapped: compare x with the columns, y with the rows")
        if torch.equal(found, 1 - wanted):
            raise NotYet("inside and outside are swapped: the square is 1")
        _compare_one(found[0], where[0].tolist(), square)
        raise NotYet("some pictures are right, but not all: is every position looked at?")
    return "each pixel compared its own place with (x, y). Remember this trick for notebook 03."


def _compare_one(picture: Tensor, position: list[int], square: int) -> None:
    """Say what is wrong with the picture of the first position, if anything is."""
    x, y = position
    rows, columns = picture.nonzero().T
    said = f"the square for ({x}, {y})"
    if len(rows) == 0:
        raise NotYet(f"{said} is missing: the picture is empty")
    width, height = int(columns.max() - columns.min()) + 1, int(rows.max() - rows.min()) + 1
    if (width, height) != (square, square):
        raise NotYet(f"{said} is {width} wide and {height} high; it should be {square} by {square}")
    if len(rows) != square**2:
        raise NotYet(
            f"{said} has {len(rows)} pixels instead of {square**2}: both distances must be small, "
            "each for itself"
        )
    if (x, y) != (int(columns.min()) + square // 2, int(rows.min()) + square // 2):
        raise NotYet(f"{said} has the right size, but its middle lies elsewhere")


@exercise("1.3", minutes=5, difficulty=1)
def quadrant(answer: Callable[[Tensor, int], Any]) -> str:
    """Which positions the quadrant split holds out: booleans, one a position."""
    for canvas, square in ((64, 9), (32, 5)):
        where = datasets.positions(canvas, square)
        x, y = where.T
        right, low = x / canvas > 0.5, y / canvas > 0.5
        found = _booleans(answer(where, canvas), "the result")
        if found.shape != right.shape:
            raise NotYet(
                f"the result has shape {tuple(found.shape)}; wanted is one answer for each of the "
                f"{len(where)} positions"
            )
        if torch.equal(found, right & low):
            continue
        mistakes = (
            (right | low, "three quadrants are held out: 'or' should be 'and'"),
            (~(right & low), "True marks the train part; it should mark what is held out"),
            (right & ~low, "the upper right is held out: y counts downwards from the top"),
            (~right & low, "the lower left is held out; is one comparison the wrong way round?"),
            (~right & ~low, "the upper left is held out: larger x is right, larger y is down"),
            (
                (x / canvas >= 0.5) & (y / canvas >= 0.5),
                f"x = {canvas // 2} or y = {canvas // 2} is held out, which is exactly half; "
                "the rule says more than half",
            ),
            ((x > 32) & (y > 32), f"the canvas is {canvas} wide, and half of that is not 32"),
        )
        for mistake, message in mistakes:
            if torch.equal(found, mistake):
                raise NotYet(message)
        raise NotYet(
            f"on a canvas of {canvas}, {int(found.sum())} positions are held out; it should be "
            f"the {int((right & low).sum())} whose x and y are both more than half of it"
        )
    return "27 · 27 = 729 positions of the paper's canvas are held out."


@exercise("1.4", minutes=10, difficulty=3)
def surrounded(answer: Callable[[int, int], Any]) -> str:
    """A hold-out, booleans (canvas, canvas), on which an average of neighbours makes no mistake."""
    canvas, square = 32, 5
    mask = _booleans(answer(canvas, square), "the mask")
    if mask.shape != (canvas, canvas):
        raise NotYet(
            f"the mask has shape {tuple(mask.shape)}; for this canvas it is ({canvas}, {canvas})"
        )
    x, y = datasets.positions(canvas, square).T
    share = mask[y, x].float().mean().item()
    if share < _LEAST_HELD_OUT:
        raise NotYet(
            f"{share:.0%} of the positions are held out; at least {_LEAST_HELD_OUT:.0%} are wanted"
        )
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
        reason = (
            f"its {neighbours} train neighbours average to "
            f"({mean[first, 0]:.2f}, {mean[first, 1]:.2f})"
            if neighbours
            else f"no train position lies within {_RADIUS} pixels"
        )
        raise NotYet(
            f"{int(wrong.sum())} of {len(wrong)} test positions are missed. One is {miss}: {reason}"
        )
    return f"{share:.0%} held out, and averaging hits every one: a test of interpolation alone."


def _numbers(value: Any, name: str) -> Tensor:
    try:
        return torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError):
        raise NotYet(
            f"{name} is a {type(value).__name__}; wanted is a tensor, an array or a list of numbers"
        ) from None


def _booleans(value: Any, name: str) -> Tensor:
    found = _numbers(value, name)
    if found.dtype != torch.bool:
        raise NotYet(f"{name} holds {found.dtype}; wanted are booleans, from a comparison")
    return found
