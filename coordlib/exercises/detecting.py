"""Checkers for notebook 09: overlaps of boxes, and which boxes to keep.

Boxes are (left, top, right, bottom) in pixels, as in `datasets.scattering`.
"""

from __future__ import annotations

import importlib
import itertools
import operator
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from coordlib import tasks
from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import equal, judge, numbers, unlike
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
    """Boxes and as many others: equal, inside, apart in one way or two, touching, tiny."""
    boxes = [
        [0, 0, 10, 10],
        [20, 5, 30, 25],
        [40, 40, 46, 44],
        [3.5, 2, 9.5, 14],
        [50, 8, 62, 30],
        [12, 30, 12.5, 30.25],
    ]
    others = [
        [5, 2, 15, 12],
        [20, 5, 30, 25],
        [30, 30, 60, 60],
        [-4, 40, 8, 50],
        [62, 30, 70, 44],
        [12.25, 30, 13, 30.5],
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


@exercise("9.2", minutes=12, difficulty=2)
def kept_boxes(answer: Callable[[Tensor, Tensor, float], Any]) -> str:
    """Non-maximum suppression: the numbers of the boxes kept, the surest first."""
    right = torchvision_ops().nms

    def surest_first(scores: Tensor) -> Tensor:
        return scores.argsort(descending=True)

    def ranks(boxes: Tensor, scores: Tensor, threshold: float) -> Tensor:
        return surest_first(scores).argsort()[right(boxes, scores, threshold)]

    cases = _crowds()
    judge(
        answer,
        cases,
        right,
        read=_numbers_of_boxes,
        said=lambda boxes, scores, threshold: (
            f"{len(boxes)} {'box' if len(boxes) == 1 else 'boxes'}, threshold {threshold:g}"
        ),
        mistakes=(
            (
                _greedy(surest_first, against=lambda kept, before: before),
                "a box that was dropped still drops others; only boxes that are kept do",
            ),
            (
                _greedy(torch.argsort),
                "you begin with the least sure box, so of two the less sure one stays",
            ),
            (
                _greedy(lambda scores: torch.arange(len(scores))),
                "you go through the boxes by their numbers; begin with the surest",
            ),
            (
                lambda *case: right(*case).sort().values,
                "the right boxes, but by their numbers; the surest comes first",
            ),
            (
                lambda *case: right(*case).flip(0),
                "the right boxes, but the least sure first; the surest comes first",
            ),
            (
                _greedy(surest_first, drops=operator.ge),
                "a box that overlaps by the threshold exactly stays; dropped is what overlaps by "
                "more",
            ),
            (
                _greedy(surest_first, drops=operator.lt),
                "turned round: dropped is what overlaps by more than the threshold, not by less",
            ),
            (
                _greedy(surest_first, against=lambda kept, before: kept[-1:]),
                "each box is compared with the one kept last alone; compare it with all that are "
                "kept",
            ),
            (
                _greedy(surest_first, against=lambda kept, before: before[-1:]),
                "each box is compared with the next surer one alone; compare it with all that are "
                "kept",
            ),
            (
                _greedy(surest_first, against=lambda kept, before: kept[:1]),
                "each box is compared with the surest one alone; compare it with all that are kept",
            ),
            (
                ranks,
                "these are places in the order of scores; wanted are the boxes' own numbers",
            ),
            (
                lambda boxes, scores, threshold: surest_first(scores),
                "the order is right, but nothing is dropped",
            ),
            (
                lambda boxes, scores, threshold: scores.argmax()[None],
                "only the surest box is left; boxes that overlap it little stay as well",
            ),
            *(
                (
                    lambda boxes, scores, threshold, fixed=fixed: right(boxes, scores, fixed),
                    f"the threshold is the one that is given, not always {fixed}",
                )
                for fixed in (0.5, 0.8)
            ),
        ),
        tell=_kept_differ,
    )
    by_hand(lambda: answer(*cases[0]), "go through the boxes yourself, the surest first", "*nms*")
    return "the same as torchvision's: a dropped box drops nobody."


def _numbers_of_boxes(result: Any) -> Tensor:
    wanted = "the numbers of the boxes kept, the surest first"
    found = numbers(result, wanted="numbers of boxes")
    if found.ndim == 2 and found.shape[1] == 4:
        raise NotYet(f"the result is the boxes themselves; wanted are {wanted}")
    if found.dtype == torch.bool:
        raise NotYet(f"the result holds booleans; wanted are {wanted}")
    if found.is_floating_point() and not equal(found.round(), found):
        raise NotYet(f"the result holds decimal numbers; wanted are {wanted}")
    return found


def _crowds() -> list[tuple[Tensor, Tensor, float]]:
    """Chains of boxes, halves of each other, one alone, all far apart, the same thrice, many."""
    along = torch.tensor([6.0, 0, 40, 3, 9, 43])  # a chain of four, and a pair
    chain = torch.stack((along, 0 * along, along + 10, 0 * along + 10), 1)
    sure = torch.tensor([0.7, 0.9, 0.85, 0.8, 0.6, 0.2])
    square = [8.0, 20, 18, 30]
    halves = torch.tensor([[8.0, 20, 18, 25], square, [8, 25, 18, 30], [8, 20, 13, 30]])
    random = torch.Generator().manual_seed(9)
    corners = torch.rand(60, 2, generator=random) * 30
    many = torch.cat((corners, corners + 10 + 10 * torch.rand(60, 2, generator=random)), 1)
    scores = torch.rand(60, generator=random)
    apart = torch.tensor([[0.0, 0, 9, 9], [50, 50, 60, 64], [0, 40, 5, 60], [-9, 20, -2, 30]])
    return [
        (chain, sure, 0.4),
        (halves, torch.tensor([0.5, 0.9, 0.4, 0.6]), 0.5),
        (torch.tensor([square]), torch.tensor([0.1]), 0.3),
        (apart, torch.tensor([0.2, 0.3, 0.9, 0.1]), 0.1),
        (torch.tensor([square] * 3), torch.tensor([0.3, 0.8, 0.5]), 0.7),
        (many, scores, 0.25),
        (many[:7], scores[:7], 0.6),
    ]


def _greedy(
    order: Callable[[Tensor], Tensor],
    drops: Callable[[float, float], bool] = operator.gt,
    against: Callable[[list[int], list[int]], Sequence[int]] = lambda kept, before: kept,
) -> Callable[[Tensor, Tensor, float], Tensor]:
    """A function that goes through boxes in an order, and keeps those that nothing drops.

    against: of the boxes kept so far and of all before, those that a box is compared with.
    """

    def result(boxes: Tensor, scores: Tensor, threshold: float) -> Tensor:
        overlap = torchvision_ops().box_iou(boxes, boxes).tolist()
        queue, kept = order(scores).tolist(), []
        for place, one in enumerate(queue):
            compared = against(kept, queue[:place])
            if not any(drops(overlap[one][other], threshold) for other in compared):
                kept.append(one)
        return torch.tensor(kept)

    return result


def _kept_differ(
    found: Tensor, wanted: Tensor, boxes: Tensor, scores: Tensor, threshold: float
) -> str | None:
    if found.ndim != 1:
        return f"the result has shape {tuple(found.shape)}; wanted is a row of boxes' numbers"
    ours, right = found.long().tolist(), wanted.tolist()
    known = range(len(boxes))
    if strange := [one for one in ours if one not in known]:
        return f"there is no box {strange[0]}; they are counted from 0 to {len(boxes) - 1}"
    if len(set(ours)) < len(ours):
        return f"box {next(one for one in ours if ours.count(one) > 1)} is kept more than once"
    overlap = torchvision_ops().box_iou(boxes, boxes)
    for one in ours:
        surer = [other for other in right if scores[other] > scores[one]]
        if one not in right:
            other = max(surer, key=lambda other: overlap[one, other].item())
            return (
                f"box {one} is kept, though it overlaps box {other}, which is surer and kept, by "
                f"{overlap[one, other]:.2f}"
            )
    if missing := [one for one in right if one not in ours]:
        return (
            f"box {missing[0]} is dropped, though it overlaps no box that is surer and kept by "
            f"more than {threshold:g}"
        )
    return "the right boxes, but in another order; the surest comes first"
