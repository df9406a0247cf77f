"""What is right in notebook 09, found in another way than the checkers': on whole pixels, in plain
Python, and by torchvision's box coder.

`DRAWN` makes an exercise's arguments at random; `RIGHT` answers them.
"""

from __future__ import annotations

import math
import random

import torch
from torchvision.models.detection._utils import BoxCoder

pick = random.Random(9)


def _numbers(*shape):
    return torch.tensor([pick.gauss(0, 1) for _ in range(math.prod(shape))]).view(shape)


def _boxes(n):
    corners = [[pick.randint(-4, 45) for _ in range(2)] for _ in range(n)]
    boxes = [[x, y, x + pick.randint(10, 22), y + pick.randint(10, 22)] for x, y in corners]
    return torch.tensor(boxes).float().view(n, 4)


def _sampled():
    sampled = pick.randint(2, 8)
    positive = pick.randint(0, sampled)
    objects = torch.tensor(pick.sample([k < positive for k in range(sampled)], sampled))
    return _numbers(sampled, 2), objects, _numbers(positive, 4), _numbers(positive, 4)


def _with_anchors(first):
    return first, _boxes(len(first))


DRAWN = {
    "9.1": lambda: (_boxes(pick.randint(1, 5)), _boxes(pick.randint(1, 5))),
    "9.2": lambda: (
        _boxes(8),
        torch.tensor(pick.sample(range(1, 99), 8)) / 100,
        pick.choice([0.1, 0.3, 0.6]),
    ),
    "9.3": lambda: (_numbers(pick.randint(1, 5), 36),),
    "9.4": lambda: (
        pick.randint(1, 4),
        pick.randint(0, 9),
        pick.randint(1, 9),
        [(pick.randint(1, 9), pick.randint(1, 9)) for _ in range(pick.randint(1, 3))],
    ),
    "9.5": lambda: _with_anchors(_boxes(pick.randint(1, 4))),
    "9.6": lambda: _with_anchors(_numbers(pick.randint(1, 4), 4)),
    "9.7": lambda: (_boxes(12), _boxes(pick.randint(0, 3))),
    "9.8": _sampled,
}


def _covered(boxes, others):
    """IOU of boxes on whole pixels, counted on a fine grid of those."""

    def pixels(box):
        left, top, right, bottom = map(int, box)
        return {(x, y) for x in range(left, right) for y in range(top, bottom)}

    ours, theirs = ([pixels(box) for box in some.tolist()] for some in (boxes, others))
    return torch.tensor([[len(a & b) / len(a | b) for b in theirs] for a in ours])


def _kept(boxes, scores, threshold):
    overlap = _covered(boxes, boxes)
    left, kept = set(range(len(boxes))), []
    while left:
        best = max(left, key=lambda one: scores[one].item())
        kept.append(best)
        left -= {one for one in left if one == best or overlap[best, one] > threshold}
    return kept


def _laid(cells, first, stride, sides):
    laid = []
    for place in range(cells * cells * len(sides)):
        (row, column), (height, width) = (
            divmod(place // len(sides), cells),
            sides[place % len(sides)],
        )
        x, y = first + stride * column, first + stride * row
        laid.append([x - width / 2, y - height / 2, x + width / 2, y + height / 2])
    return laid


def _matched(boxes, digits):
    overlap = _covered(boxes, digits).view(len(boxes), len(digits)).tolist()
    inside = [min(box) >= 0 and max(box) <= 64 for box in boxes.tolist()]
    columns = list(zip(*overlap, strict=True))
    best = [column.index(max(column)) for column in columns]
    positive = torch.tensor(
        [
            [n == best[k] or (one > 0.5 and inside[n]) for k, one in enumerate(row)]
            for n, row in enumerate(overlap)
        ]
    ).bool()
    return positive, torch.tensor(
        [
            all(one < 0.1 for one in row) and n not in best and inside[n]
            for n, row in enumerate(overlap)
        ]
    )


def _loss(scores, objects, moves, wanted):
    entropy = 0
    for (a, b), is_object in zip(scores.tolist(), objects.tolist(), strict=True):
        entropy += math.log(1 + math.exp(b - a if is_object else a - b)) / len(scores)
    off = [abs(one) for one in (moves - wanted).flatten().tolist()]
    return entropy + sum(one**2 if one <= 1 else one for one in off) / max(1, len(moves))


RIGHT = {
    "9.1": _covered,
    "9.2": _kept,
    "9.3": lambda kept: [
        [cell[one], cell[9 + one], cell[18 + one], cell[27 + one]]
        for cell in kept.tolist()
        for one in range(9)
    ],
    "9.4": _laid,
    "9.5": lambda boxes, anchors: BoxCoder((1.0, 1.0, 1.0, 1.0)).encode_single(boxes, anchors),
    "9.6": lambda moves, anchors: BoxCoder((1.0, 1.0, 1.0, 1.0), 99.0).decode_single(
        moves, anchors
    ),
    "9.7": _matched,
    "9.8": _loss,
}
