"""Answers for notebook 09's workshop: which boxes are examples of which digits, and the loss."""

import numpy as np
import torch
from torch.nn import functional as F
from torchvision.ops import box_iou, sigmoid_focal_loss

from coordlib.tasks.detection.proposals import examples


def inside(boxes):
    return ((boxes >= 0) & (boxes <= 64)).all(1)


def bests(overlap):
    """The best box of each digit alone, the first of equals: (n, k)."""
    return torch.arange(len(overlap))[:, None] == overlap.argmax(0)


def match(boxes, digits, positive=None, negative=None):
    """As asked; or other rules, each a function of overlaps, bests and the boxes themselves."""
    overlap = box_iou(boxes, digits)
    best = bests(overlap)
    ours = best | ((overlap > 0.5) & inside(boxes)[:, None])
    theirs = (overlap < 0.1).all(1) & ~best.any(1) & inside(boxes)
    return (
        positive(overlap, best, boxes) if positive else ours,
        negative(overlap, best, boxes) if negative else theirs,
    )


def match_by_loop(boxes, digits):
    """Another right form: plain truth values, a box at a time."""
    overlap = box_iou(boxes, digits).T.tolist()
    best = [column.index(max(column)) for column in overlap]
    lies = [all(0 <= one <= 64 for one in box) for box in boxes.tolist()]
    positive = [
        [best[k] == n or (column[n] > 0.5 and lies[n]) for k, column in enumerate(overlap)]
        for n in range(len(boxes))
    ]
    negative = [
        lies[n] and n not in best and all(column[n] < 0.1 for column in overlap)
        for n in range(len(boxes))
    ]
    return positive, negative


def match_in_numpy(boxes, digits):
    overlap, boxes = box_iou(boxes, digits).numpy(), boxes.numpy()
    lies = (boxes.min(1) >= 0) & (boxes.max(1) <= 64)
    best = np.zeros(overlap.shape, dtype=bool)
    best[overlap.argmax(0), np.arange(overlap.shape[1])] = True
    positive = best | (overlap > 0.5) & lies[:, None]
    return positive, (overlap < 0.1).all(1) & ~best.any(1) & lies


def match_with_none(boxes, digits):
    """Another right form, which treats a picture without digits on its own."""
    if len(digits) == 0:
        return torch.zeros(len(boxes), 0).bool(), inside(boxes)
    overlap = box_iou(boxes, digits)
    positive = (overlap > 0.5) & inside(boxes)[:, None]
    for digit, box in enumerate(overlap.max(0).indices):
        positive[box, digit] = True
    return positive, ~bests(overlap).any(1) & (overlap.amax(1) < 0.1) & inside(boxes)


def as_the_library(boxes, digits):
    positive, negative = examples(boxes[None], digits[None], torch.ones(1, len(digits)).bool())
    return positive[0], negative[0]


def as_the_library_without_its_fallback(boxes, digits):
    positive, _ = as_the_library(boxes, digits)
    return positive, match(boxes, digits)[1]


def strict(boxes):
    return ((boxes > 0) & (boxes < 64)).all(1)


def rounds_boxes(boxes, digits):
    result = match(boxes, digits)
    boxes.clamp_(0, 64)
    return result


def equals(overlap):
    return overlap == overlap.amax(0)


def last(overlap):
    return bests(overlap.flip(0)).flip(0)


def best_digit(overlap):
    return overlap.argmax(1)[:, None] == torch.arange(overlap.shape[1])


def entropy(scores, objects, **changes):
    return F.cross_entropy(scores, (~objects).long(), **changes)


def bent(off):
    return torch.where(off.abs() <= 1, off**2, off.abs())


def loss(scores, objects, moves, wanted, way=bent, mean=None, entropy=entropy):
    off = way(moves - wanted)
    return entropy(scores, objects) + (mean(off) if mean else off.sum() / max(1, len(off)))


def loss_by_loop(scores, objects, moves, wanted):
    """Another right form: a box at a time, the cross-entropy by its formula."""
    total = 0
    for (one, other), is_object in zip(scores, objects, strict=True):
        total = total + torch.logaddexp(one, other) - (one if is_object else other)
    total = total / len(scores)
    for ours, theirs in zip(moves, wanted, strict=True):
        for off in (ours - theirs).abs():
            total = total + (off * off if off <= 1 else off) / len(moves)
    return total


def loss_by_mask(scores, objects, moves, wanted):
    off = (moves - wanted).abs().flatten()
    small = off <= 1
    kinds = torch.tensor([0 if one else 1 for one in objects])
    far = (off[small] ** 2).sum() + off[~small].sum()
    return (F.nll_loss(scores.log_softmax(1), kinds) + far / max(len(moves), 1))[None]


def loss_with_probabilities(scores, objects, moves, wanted):
    target = torch.stack((objects, ~objects), 1).float()
    part = bent(moves - wanted).sum(1).mean() if len(moves) else 0
    return -(target * scores.log_softmax(1)).sum(1).mean() + part


def changes_wanted(scores, objects, moves, wanted):
    result = loss(scores, objects, moves, wanted)
    wanted -= moves.detach()
    return result


def straight_through(scores, objects, moves, wanted):
    right = loss(scores, objects, moves, wanted)
    return right.detach() + scores.sum() + moves.sum() - (scores.sum() + moves.sum()).detach()


RIGHT = {
    "9.7": [match, match_by_loop, match_in_numpy, match_with_none, lambda *case: [*match(*case)]],
    "9.8": [loss, loss_by_loop, loss_by_mask, loss_with_probabilities],
}

POSITIVE = (
    (
        lambda overlap, best, boxes: (overlap > 0.5) & inside(boxes)[:, None],
        "positive: a digit's best box is missing where it overlaps by .5 or less",
    ),
    (lambda overlap, best, boxes: best, "only best boxes count; one that overlaps by more than"),
    (lambda overlap, best, boxes: best | (overlap > 0.5), "a box that sticks out counts, though"),
    (
        lambda overlap, best, boxes: (best | (overlap > 0.5)) & inside(boxes)[:, None],
        "a digit's best box is missing where it sticks out",
    ),
    (
        lambda overlap, best, boxes: best | ((overlap > 0.5) & strict(boxes)[:, None]),
        "a box that touches the canvas's edge from within is missing",
    ),
    (
        lambda overlap, best, boxes: best | ((overlap >= 0.5) & inside(boxes)[:, None]),
        "a box that overlaps by .5 exactly counts",
    ),
    (
        lambda overlap, best, boxes: best_digit(overlap) | (overlap > 0.5) & inside(boxes)[:, None],
        "you look for each box's best digit",
    ),
    (
        lambda overlap, best, boxes: last(overlap) | (overlap > 0.5) & inside(boxes)[:, None],
        "of several best boxes the last one counts",
    ),
    (
        lambda overlap, best, boxes: equals(overlap) | (overlap > 0.5) & inside(boxes)[:, None],
        "of several best boxes all count",
    ),
    (
        lambda overlap, best, boxes: best | ((overlap > 0.5) & (boxes >= 0).all(1)[:, None]),
        "a box that sticks out to the right or below counts",
    ),
    (
        lambda overlap, best, boxes: best | ((overlap > 0.5) & (boxes <= 64).all(1)[:, None]),
        "a box that sticks out to the left or above counts",
    ),
    (
        lambda overlap, best, boxes: best | ((overlap > 0.1) & inside(boxes)[:, None]),
        "counts; wanted is more than .5",
    ),
    (
        lambda overlap, best, boxes: best | ((overlap > 0.6) & inside(boxes)[:, None]),
        "is False and overlaps digit 3 by 0.56; it should be True",
    ),
)
NEGATIVE = (
    (
        lambda overlap, best, boxes: (overlap < 0.1).all(1) & ~best.any(1),
        "negative: a box that sticks out counts; ground lies inside",
    ),
    (
        lambda overlap, best, boxes: (overlap < 0.1).all(1) & ~best.any(1) & strict(boxes),
        "negative: a box that touches the canvas's edge from within is missing",
    ),
    (
        lambda overlap, best, boxes: (overlap < 0.1).all(1) & inside(boxes),
        "a digit's best box counts, because it overlaps by so little",
    ),
    (
        lambda overlap, best, boxes: (overlap < 0.1).any(1) & ~best.any(1) & inside(boxes),
        "a box counts that overlaps one digit by less than .1, but another by more",
    ),
    (
        lambda overlap, best, boxes: (overlap <= 0.1).all(1) & ~best.any(1) & inside(boxes),
        "a box that overlaps by .1 exactly counts",
    ),
    (
        lambda overlap, best, boxes: (overlap < 0.5).all(1) & ~best.any(1) & inside(boxes),
        "boxes that overlap a digit by .1 to .5 count; they are neither",
    ),
    (
        lambda overlap, best, boxes: (overlap == 0).all(1) & ~best.any(1) & inside(boxes),
        "a box that overlaps a digit a little, by less than .1, is missing",
    ),
    (
        lambda overlap, best, boxes: ~(best | ((overlap > 0.5) & inside(boxes)[:, None])).any(1),
        "every box that is not positive counts; some are neither",
    ),
    (
        lambda overlap, best, boxes: (
            (overlap < 0.1).all(1) & ~best.any(1) & inside(boxes) & (overlap.shape[1] > 0)
        ),
        "without digits none counts",
    ),
    (
        lambda overlap, best, boxes: (overlap < 0.05).all(1) & ~best.any(1) & inside(boxes),
        "and overlaps the digits by",
    ),
    (lambda overlap, best, boxes: inside(boxes)[:, None], "negative: the shape is (20, 1); wanted"),
    (lambda overlap, best, boxes: overlap.amax(1), "negative holds decimal numbers"),
)

WRONG = {
    "9.7": [
        *((lambda *case, rule=rule: match(*case, positive=rule), why) for rule, why in POSITIVE),
        *((lambda *case, rule=rule: match(*case, negative=rule), why) for rule, why in NEGATIVE),
        (lambda *case: (match(*case)[0].T, match(*case)[1]), "rows and columns are swapped"),
        (lambda *case: (match(*case)[0].any(1), match(*case)[1]), "one for each digit: (n, k)"),
        (lambda *case: match(*case)[::-1], "positive: the shape is (20,); wanted is (20, 4)"),
        (lambda *case: match(*case)[0], "the result has 20 parts; wanted are 2 things"),
        (
            as_the_library,
            "for 5 boxes and 1 digit, negative: where no box is ground, all that",
        ),
        (
            as_the_library_without_its_fallback,
            "the result is right, but coordlib helped; write down",
        ),
        (rounds_boxes, "changes `boxes`"),
    ],
    "9.8": [
        (
            lambda *case: loss(*case, entropy=lambda scores, objects: entropy(scores, ~objects)),
            "the kinds are swapped",
        ),
        (
            lambda *case: loss(
                *case, entropy=lambda scores, objects: entropy(scores, objects, reduction="sum")
            ),
            "the cross-entropy is added up",
        ),
        (
            lambda *case: loss(
                *case, entropy=lambda scores, objects: entropy(scores.softmax(1), objects)
            ),
            "`F.cross_entropy` takes the logits themselves",
        ),
        (
            lambda *case: loss(*case, mean=lambda off: off.sum() / max(1, off.numel())),
            "is the mean of all numbers; wanted is each",
        ),
        (lambda *case: loss(*case, mean=torch.sum), "is added up over the positives"),
        (
            lambda scores, objects, moves, wanted: (
                entropy(scores, objects)
                + F.smooth_l1_loss(moves, wanted, reduction="sum") / max(1, len(moves))
            ),
            "that is the usual smooth L1",
        ),
        (lambda *case: loss(*case, torch.square), "every way off is squared"),
        (lambda *case: loss(*case, torch.abs), "every way off counts as |off|"),
        (
            lambda *case: loss(*case, lambda off: torch.where(off <= 1, off**2, off)),
            "a way off below -1 is squared as well",
        ),
        (
            lambda *case: loss(*case, lambda off: torch.where(off.abs() <= 1, off.abs(), off**2)),
            "turned round: up to 1 it is off²",
        ),
        (lambda *case: loss(*case, torch.zeros_like), "the moves' part is missing"),
        (lambda *case: loss(*case, entropy=lambda *_: 0), "the cross-entropy is missing"),
        (
            lambda scores, *rest: loss(scores, *rest, mean=lambda off: off.sum() / len(scores)),
            "divided by the number of all sampled boxes",
        ),
        (
            lambda *case: loss(*case, mean=lambda off: off.sum(1).mean()),
            "for 6 samples with 0 positives: without positives the moves' part is 0",
        ),
        (lambda *case: loss(*case).item(), "nothing can be learned from it"),
        (lambda *case: loss(*case).detach(), "nothing can be learned from it"),
        (lambda *case: torch.tensor(float(loss(*case))), "nothing can be learned from it"),
        (
            lambda scores, objects, moves, wanted: loss(scores, objects, moves.detach(), wanted),
            "no gradient reaches `moves`",
        ),
        (
            lambda scores, objects, moves, wanted: loss(scores.data, objects, moves, wanted),
            "no gradient reaches `scores`",
        ),
        (straight_through, "but the gradient of `scores` is not"),
        (lambda *case: loss(*case) / 2, "for 12 samples with 6 positives: your answer is "),
        (
            lambda scores, objects, moves, wanted: (
                sigmoid_focal_loss(scores[:, 0], objects.float(), reduction="mean")
                + loss(scores, objects, moves, wanted, entropy=lambda *_: 0)
            ),
            "your answer is",
        ),
        (
            lambda scores, objects, moves, wanted: entropy(scores, objects, reduction="none"),
            "the result has shape (12,); wanted is one number",
        ),
        (changes_wanted, "changes `wanted`"),
    ],
}
