"""Checker for notebook 09: overlaps of boxes; and what the other checkers of boxes share.

Boxes are (left, top, right, bottom) in pixels, as in `datasets.scattering`.
"""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from coordlib import tasks
from coordlib.datasets import CANVAS
from coordlib.exercises import exercise
from coordlib.exercises.checking import Mistake, equal, judge, unlike
from coordlib.exercises.guarding import by_hand


def torchvision_ops() -> ModuleType:
    """`torchvision.ops`. Raises ImportError that says which command installs it."""
    tasks.load("detection")
    return importlib.import_module("torchvision.ops")


def named(box: Tensor) -> str:
    """A box, or another row of numbers, in words: "(3.5, 2, 9.5, 14)"."""
    return f"({', '.join(f'{one:g}' for one in box.tolist())})"


def worst_row(found: Tensor, wanted: Tensor) -> int:
    """The row in which two tensors of one shape, (n, c), differ most."""
    return int((found.double() - wanted).abs().nan_to_num(torch.inf).amax(1).argmax())


def rows_differ(found: Tensor, wanted: Tensor) -> str:
    """Where two tensors of one shape, (n, c), differ most: "3 is (…); it should be (…)"."""
    row = worst_row(found, wanted)
    return f"{row} is {named(found[row])}; it should be {named(wanted[row])}"


CUT_OFF = "you cut the boxes off at the canvas's edge; leave them as they are"


def cut_off(right: Callable[..., Tensor]) -> tuple[Mistake, ...]:
    """The mistake to cut the boxes that `right` gives off at the canvas's edges, four or two."""
    edges = (0, CANVAS), (0, None), (None, CANVAS)
    return tuple((lambda *case, edge=edge: right(*case).clamp(*edge), CUT_OFF) for edge in edges)


@exercise("9.1", minutes=8, difficulty=1)
def overlaps_of_boxes(answer: Callable[[Tensor, Tensor], Any]) -> str:
    """IOU of each box with each of the others: (n, 4) and (m, 4) to (n, m)."""
    boxes, others = _apart_and_together()
    right = torchvision_ops().box_iou

    def read_as(order: list[int]) -> Callable[[Tensor, Tensor], Tensor]:
        """Boxes taken for another four numbers, which are put into the right order."""
        return lambda boxes, others: _of_areas(_iou)(boxes[:, order], others[:, order])

    def with_sides(boxes: Tensor) -> Tensor:
        return torch.cat((boxes[:, :2], boxes[:, :2] + boxes[:, 2:]), 1)

    mistakes = (
        (
            _of_areas(_iou, least=-torch.inf),
            "boxes that lie apart share nothing: a width or height below 0 counts as 0",
        ),
        (
            _of_areas(
                lambda shared, ours, theirs: _iou(shared.clamp(min=0), ours, theirs),
                least=-torch.inf,
            ),
            "across a corner width and height are both below 0, and their product is no area: let "
            "each be at least 0, then multiply",
        ),
        (
            _of_areas(lambda shared, ours, theirs: shared / (ours + theirs)),
            "what both cover counts twice in your union",
        ),
        (
            _of_areas(lambda shared, ours, theirs: 2 * shared / (ours + theirs)),
            "that is 2 · intersection / (sum of both areas), another measure (Dice)",
        ),
        (
            _of_areas(_iou, more=1),
            "you add 1 to the sides, as for whole pixels; a box is right - left wide",
        ),
        (
            _of_areas(lambda shared, ours, theirs: shared / ours),
            "you divide by the area of the first box alone",
        ),
        (
            _of_areas(lambda shared, ours, theirs: shared / theirs),
            "you divide by the area of the other box alone",
        ),
        (
            _of_areas(lambda shared, ours, theirs: shared / torch.minimum(ours, theirs)),
            "you divide by the smaller area, so a large box around it would be 1",
        ),
        (
            _of_areas(lambda shared, ours, theirs: shared / torch.maximum(ours, theirs)),
            "you divide by the larger area; the union is larger still",
        ),
        (
            _of_areas(lambda shared, ours, theirs: shared),
            "that is the area that they share; divide it by the union's",
        ),
        (lambda *case: 1 - right(*case), "that is 1 minus what is asked for"),
        (lambda *case: 100 * right(*case), "these are percent; equal boxes overlap by 1"),
        (lambda *case: right(*(boxes.clamp(0, CANVAS) for boxes in case)), CUT_OFF),
        (
            lambda *case: right(*case).T,
            "rows and columns are swapped: wanted is a row for each box, a column for each other",
        ),
        (
            lambda *case: right(*case).diagonal(),
            "each box is compared with the other of the same number alone; wanted are all pairs",
        ),
        (
            lambda *case: right(*map(with_sides, case)),
            "you take a box's last two numbers for its width and height; they are right and bottom",
        ),
        (
            read_as([0, 2, 1, 3]),
            "you take a box for (left, right, top, bottom); it is (left, top, right, bottom)",
        ),
    )
    alike = [(boxes, others), (others, boxes.flip(0)), (boxes[:1], others[:1])]
    unequal = [(boxes[:2], others), (boxes, others[3:4]), (boxes.repeat(20, 1), others[1:])]
    # As many boxes as others first: who pairs them off is told so before the shapes don't fit.
    for cases in (alike, alike[:1] + unequal):
        judge(answer, cases, right, mistakes=mistakes, tell=_overlaps_differ)
    by_hand(
        lambda: answer(boxes, others),
        "find the shared rectangle's corners, and multiply its sides",
        "box_*",
        "*_box_iou",
    )
    return "the same as torchvision's: 1 for the same box, 0 for boxes that at most touch."


def _apart_and_together() -> tuple[Tensor, Tensor]:
    """Boxes and as many others: equal, inside, apart, touching, tiny, across the canvas's edge."""
    boxes = [
        [0, 0, 10, 10],
        [20, 5, 30, 25],
        [40, 40, 46, 44],
        [3.5, 2, 9.5, 14],
        [50, 8, 62, 30],
        [12, 30, 12.5, 30.25],
        [-6, 36, 6, 56],
    ]
    others = [
        [5, 2, 15, 12],
        [20, 5, 30, 25],
        [30, 30, 60, 60],
        [-4, 40, 8, 50],
        [62, 30, 70, 44],
        [12.25, 30, 13, 30.5],
        [56, 10, 72, 26],
    ]
    return torch.tensor(boxes), torch.tensor(others)


def _of_areas(
    formula: Callable[[Tensor, Tensor, Tensor], Tensor], more: float = 0, least: float = 0
) -> Callable[[Tensor, Tensor], Tensor]:
    """From (shared, ours, theirs), areas, to a function of boxes and others, (n, m).

    more: is added to every side. least: that a shared side is at least.
    """

    def result(boxes: Tensor, others: Tensor) -> Tensor:
        one, other = boxes.double()[:, None], others.double()
        low = torch.maximum(one[..., :2], other[..., :2])
        high = torch.minimum(one[..., 2:], other[..., 2:])
        areas = ((each[..., 2:] - each[..., :2] + more).prod(-1) for each in (one, other))
        return formula((high - low + more).clamp(min=least).prod(-1), *areas)

    return result


def _iou(shared: Tensor, ours: Tensor, theirs: Tensor) -> Tensor:
    return shared / (ours + theirs - shared)


def _overlaps_differ(found: Tensor, wanted: Tensor, boxes: Tensor, others: Tensor) -> str:
    if found.shape != wanted.shape:
        return (
            f"for {len(boxes)} boxes and {len(others)} others the result has shape "
            f"{tuple(found.shape)}; wanted is {tuple(wanted.shape)}"
        )
    row, column = next(
        place
        for place in itertools.product(*map(range, wanted.shape))
        if not equal(found[place], wanted[place])
    )
    ours, right = unlike(found[row, column].item(), wanted[row, column].item())
    return f"{named(boxes[row])} and {named(others[column])} give {ours}; it should be {right}"
