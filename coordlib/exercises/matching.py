"""Checker for notebook 09: which boxes are examples of which digits.

Boxes are (left, top, right, bottom) in pixels, as in `datasets.scattering`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from coordlib.datasets import CANVAS
from coordlib.exercises import exercise
from coordlib.exercises.checking import booleans, judge, parts, plural
from coordlib.exercises.detecting import named, torchvision_ops
from coordlib.exercises.guarding import by_hand


def match(boxes: Tensor, digits: Tensor) -> tuple[Tensor, Tensor]:
    """Which of a picture's boxes, (n, 4), are examples of its digits, (k, 4); k may be 0.

    Gives positive, boolean, (n, k): the box is the best of all for that digit (the first of
    equals), or overlaps it by more than .5 and lies wholly on the canvas. And negative, (n,): it
    overlaps each digit by less than .1, is nobody's best, and lies wholly on the canvas.
    """
    overlap = torchvision_ops().box_iou(boxes, digits)
    inside = ((boxes >= 0) & (boxes <= CANVAS)).all(1)
    best = torch.zeros_like(overlap, dtype=torch.bool)
    best.scatter_(0, overlap.argmax(0, keepdim=True), True)
    positive = best | ((overlap > 0.5) & inside[:, None])
    return positive, (overlap < 0.1).all(1) & ~best.any(1) & inside


class _Picture:
    """A picture's boxes and digits, measured in each way that an answer may take for the right one.

    overlap: (n, k). best: (n, k). inside: (n,).
    """

    def __init__(self, boxes: Tensor, digits: Tensor) -> None:
        self.boxes = boxes
        self.overlap = torchvision_ops().box_iou(boxes, digits)
        self.best = torch.zeros_like(self.overlap, dtype=torch.bool)
        self.best.scatter_(0, self.overlap.argmax(0, keepdim=True), True)
        self.inside = ((boxes >= 0) & (boxes <= CANVAS)).all(1)
        self.within = ((boxes > 0) & (boxes < CANVAS)).all(1)  # not even at the edge


def _of(formula: Callable[[_Picture], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda boxes, digits: formula(_Picture(boxes, digits))


def _last_of_equals(one: _Picture) -> Tensor:
    last = torch.zeros_like(one.best)
    last.scatter_(0, len(last) - 1 - one.overlap.flip(0).argmax(0, keepdim=True), True)
    return last | ((one.overlap > 0.5) & one.inside[:, None])


def _best_digit(one: _Picture) -> Tensor:
    best = torch.zeros_like(one.best)
    if best.numel():
        best.scatter_(1, one.overlap.argmax(1, keepdim=True), True)
    return best | ((one.overlap > 0.5) & one.inside[:, None])


def _all_equals(one: _Picture) -> Tensor:
    best = one.overlap == one.overlap.amax(0)
    return best | ((one.overlap > 0.5) & one.inside[:, None])


def _with_a_fallback(boxes: Tensor, digits: Tensor) -> Tensor:
    positive, negative = match(boxes, digits)
    return negative if negative.any() else ~positive.any(1)


_POSITIVE = (
    (
        _of(lambda one: (one.overlap > 0.5) & one.inside[:, None]),
        "a digit's best box is missing where it overlaps by .5 or less",
    ),
    (
        _of(lambda one: one.best),
        "only best boxes count; one that overlaps by more than .5 and lies inside does as well",
    ),
    (
        _of(lambda one: one.best | (one.overlap > 0.5)),
        "a box that sticks out counts, though it is nobody's best",
    ),
    (
        _of(lambda one: (one.best | (one.overlap > 0.5)) & one.inside[:, None]),
        "a digit's best box is missing where it sticks out; only the others must lie inside",
    ),
    (
        _of(lambda one: one.best | ((one.overlap > 0.5) & one.within[:, None])),
        "a box that touches the canvas's edge from within is missing; it lies inside",
    ),
    (
        _of(lambda one: one.best | ((one.overlap >= 0.5) & one.inside[:, None])),
        "a box that overlaps by .5 exactly counts; wanted is more",
    ),
    (_of(_best_digit), "you look for each box's best digit; wanted is each digit's best box"),
    (_of(_last_of_equals), "of several best boxes the last one counts; wanted is the first"),
    (_of(_all_equals), "of several best boxes all count; wanted is the first"),
    *(
        (
            _of(lambda one, edge=edge: one.best | ((one.overlap > 0.5) & edge(one.boxes)[:, None])),
            f"a box that sticks out {where} counts, though it is nobody's best",
        )
        for edge, where in (
            (lambda boxes: (boxes >= 0).all(1), "to the right or below"),
            (lambda boxes: (boxes <= CANVAS).all(1), "to the left or above"),
        )
    ),
    (
        _of(lambda one: one.best | ((one.overlap > 0.1) & one.inside[:, None])),
        "a box that overlaps by more than .1 counts; wanted is more than .5",
    ),
    (lambda *case: match(*case)[0].T, "rows and columns are swapped: a row is a box"),
    (lambda *case: match(*case)[0].any(1), "wanted is whether it is one for each digit: (n, k)"),
)
_NEGATIVE = (
    (
        _of(lambda one: (one.overlap < 0.1).all(1) & ~one.best.any(1)),
        "a box that sticks out counts; ground lies inside",
    ),
    (
        _of(lambda one: (one.overlap < 0.1).all(1) & ~one.best.any(1) & one.within),
        "a box that touches the canvas's edge from within is missing; it lies inside",
    ),
    (
        _of(lambda one: (one.overlap < 0.1).all(1) & one.inside),
        "a digit's best box counts, because it overlaps by so little; it is an example already",
    ),
    (
        _of(lambda one: (one.overlap < 0.1).any(1) & ~one.best.any(1) & one.inside),
        "a box counts that overlaps one digit by less than .1, but another by more",
    ),
    (
        _of(lambda one: (one.overlap <= 0.1).all(1) & ~one.best.any(1) & one.inside),
        "a box that overlaps by .1 exactly counts; wanted is less",
    ),
    (
        _of(lambda one: (one.overlap < 0.5).all(1) & ~one.best.any(1) & one.inside),
        "boxes that overlap a digit by .1 to .5 count; they are neither",
    ),
    (
        _of(lambda one: (one.overlap == 0).all(1) & ~one.best.any(1) & one.inside),
        "a box that overlaps a digit a little, by less than .1, is missing",
    ),
    (
        lambda *case: ~match(*case)[0].any(1),
        "every box that is not positive counts; some are neither",
    ),
    (
        lambda boxes, digits: match(boxes, digits)[1] & (len(digits) > 0),
        "without digits none counts; then all that lie inside are ground",
    ),
    (
        _with_a_fallback,
        "where no box is ground, all that are not positive stand in; let none be negative",
    ),
)


@exercise("9.7", minutes=12, difficulty=3, stand_in=match)
def boxes_matched(answer: Callable[[Tensor, Tensor], Any]) -> str:
    """A picture's boxes (n, 4) and digits (k, 4) to positive (n, k) and negative (n,)."""
    pictures = _pictures()
    names = "positive", "negative"
    # Pictures with digits first: who trips over one without any hears of other mistakes before.
    for cases in ([case for case in pictures if len(case[1])], pictures):
        for place, (name, mistakes) in enumerate(zip(names, (_POSITIVE, _NEGATIVE), strict=True)):
            judge(
                lambda *case, place=place: parts(answer(*case), *names)[place],
                cases,
                lambda *case, place=place: match(*case)[place],
                read=lambda value, name=name: booleans(value, name),
                said=lambda boxes, digits, name=name: (
                    f"for {len(boxes)} boxes and {plural(len(digits), 'digit')}, {name}"
                ),
                mistakes=mistakes,
                tell=_matches_differ,
            )
    by_hand(lambda: answer(*pictures[0]), "write down which boxes are examples yourself")
    return "a digit has an example at least, and what is neither is left alone."


def _pictures() -> list[tuple[Tensor, Tensor]]:
    """Boxes and digits: each rule broken once, one digit, none, no ground, many boxes."""
    digits = [[2, 2, 22, 22], [40, 0, 60, 20], [44, 44, 64, 64], [4, 40, 14, 50]]
    boxes = [
        [2, 4, 22, 24],  # the best of the first digit
        [2, -2, 22, 18],  # over .5, sticks out to the top
        [3, 4, 23, 24],  # over .5, inside
        [-1, 2, 19, 22],  # over .5, sticks out to the left
        [2, 2, 12, 22],  # .5 exactly
        [40, 0, 60, 18],  # the best of the second one, at the edge
        [40, 0, 60, 16],  # over .5, at the edge
        [40, 2, 60, 20],  # as good as its best
        [46, 46, 66, 66],  # the best of the third one, sticks out
        [47, 47, 67, 65],  # over .5, sticks out to the right and below
        [13, 49, 33, 60],  # the best of the last one, with next to nothing
        [13, 30, 33, 41],  # as good as its best, and later
        [20, 20, 40, 40],  # a little of the first one
        [24, 26, 44, 39],  # ground
        [0, 54, 12, 64],  # ground at the edge
        [30, 50, 45, 66],  # ground, but sticks out
        [26, 26, 42, 42],  # ground
        [-2, 28, 12, 38],  # ground, but sticks out to the left
        [30, 5, 50, 25],  # .1 to .5 of the second one
        [2, 20, 22, 40],  # a tenth at most of the first one
    ]
    drawn = torch.tensor(boxes).float(), torch.tensor(digits).float()
    tenth = torch.tensor([[20.0, 20, 30, 30], [20, 29, 30, 30], [20, 28, 30, 30], [40, 2, 50, 9]])
    random = torch.Generator().manual_seed(7)
    corner = torch.randint(0, 45, (5, 2), generator=random).float()
    many = torch.cat((corner, corner + 19), 1)
    moved = many.repeat(24, 1) + torch.randint(-9, 10, (120, 4), generator=random)
    away = moved.clone()
    away[::2] = (away[::2] + 30) % 90
    away = torch.cat((away.unflatten(1, (2, 2)).amin(1), away.unflatten(1, (2, 2)).amax(1) + 1), 1)
    return [
        drawn,
        (drawn[0].flip(0), drawn[1].flip(0)),
        (tenth, tenth[:1]),
        (drawn[0][:5], drawn[1][:1]),  # no ground at all
        (drawn[0], drawn[1][:0]),
        (drawn[0][13:14], drawn[1][:0]),
        (away, many),
    ]


def _matches_differ(found: Tensor, wanted: Tensor, boxes: Tensor, digits: Tensor) -> str:
    if found.shape != wanted.shape:
        return f"the shape is {tuple(found.shape)}; wanted is {tuple(wanted.shape)}"
    place = tuple((found != wanted).nonzero()[0].tolist())
    said = f"box {place[0]}, {named(boxes[place[0]])}, is {bool(found[place])}"
    if len(digits):
        overlap = torchvision_ops().box_iou(boxes, digits)[place]
        which = f"digit {place[1]}" if place[1:] else "the digits"
        said += f" and overlaps {which} by {', '.join(f'{one:.2f}' for one in overlap.view(-1))}"
    return f"{said}; it should be {bool(wanted[place])}"
