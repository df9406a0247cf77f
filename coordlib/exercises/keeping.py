"""Checker for notebook 09: which of the boxes that overlap are kept.

Boxes are (left, top, right, bottom) in pixels, as in `datasets.scattering`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from coordlib.datasets import CANVAS
from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import equal, judge, numbers
from coordlib.exercises.detecting import CUT_OFF, torchvision_ops
from coordlib.exercises.guarding import by_hand


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
                "you drop a box that overlaps by the threshold exactly; it stays",
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
            (
                lambda *case: right(*case)[:10],
                "you stop at ten; here all that survive are wanted",
            ),
            (
                lambda *case: right(*case) + 1,
                "you count the boxes from 1; counted from 0, `boxes[number]` is the box",
            ),
            (lambda boxes, *rest: right(boxes.clamp(0, CANVAS), *rest), CUT_OFF),
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
    """Chains of boxes, halves of each other, one alone, all far apart, the same thrice, many,
    two that are alike on the canvas alone.
    """
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
        (torch.tensor([[50.0, 50, 80, 80], [50, 50, 66, 66]]), torch.tensor([0.4, 0.3]), 0.8),
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
