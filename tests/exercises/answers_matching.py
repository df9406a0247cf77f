"""Answers for notebook 09's workshop: which boxes are examples of which digits."""

import numpy as np
import torch
from torchvision.ops import box_iou

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


def once_else_none(overlap, positive):
    """A box is taken by the first digit that it is the best for; a later one goes without."""
    positive = positive.clone()
    for digit, box in enumerate(overlap.argmax(0).tolist()):
        if box in overlap.argmax(0)[:digit]:
            positive[box, digit] = False
    return positive


def once_else_next(overlap, positive):
    """As above, but a later digit takes the best of the boxes that are left."""
    positive, left = once_else_none(overlap, positive), overlap.clone()
    for digit in range(overlap.shape[1]):
        box = left[:, digit].argmax()
        positive[box, digit] = True
        left[box] = -1
    return positive


def one_label_a_box(overlap, positive):
    """A later digit overwrites the earlier one."""
    label = torch.full((len(positive),), -1)
    for digit in range(positive.shape[1]):
        label[positive[:, digit]] = digit
    return label[:, None] == torch.arange(positive.shape[1])


RIGHT = {
    "9.6": [match, match_by_loop, match_in_numpy, match_with_none, lambda *case: [*match(*case)]],
}

POSITIVE = (
    (
        lambda overlap, best, boxes: (overlap > 0.5) & inside(boxes)[:, None],
        "positive: a digit's best box is missing where it overlaps by 0.5 or less",
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
        "a box that overlaps by 0.5 exactly counts",
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
        "the limit is 0.5, not 0.1",
    ),
    (
        lambda overlap, best, boxes: best | ((overlap > 0.4) & inside(boxes)[:, None]),
        "the limit is 0.5, not 0.4",
    ),
    (
        lambda overlap, best, boxes: (
            bests(overlap * inside(boxes)[:, None]) | ((overlap > 0.5) & inside(boxes)[:, None])
        ),
        "the best is sought among all boxes, not among those inside",
    ),
    *(
        (
            lambda overlap, best, boxes, rule=rule: rule(
                overlap, best | ((overlap > 0.5) & inside(boxes)[:, None])
            ),
            why,
        )
        for rule, why in (
            (
                once_else_none,
                "box 0, (10, 10, 30, 30), is the best for 2 digits, but positive for 1",
            ),
            (once_else_next, "one box may be the best for two digits"),
            (
                one_label_a_box,
                "box 0, (10, 10, 30, 30), is the best for 2 digits, but positive for 1",
            ),
        )
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
        "a box counts that overlaps one digit by less than 0.1, but another by more",
    ),
    (
        lambda overlap, best, boxes: (overlap <= 0.1).all(1) & ~best.any(1) & inside(boxes),
        "a box that overlaps by 0.1 exactly counts",
    ),
    (
        lambda overlap, best, boxes: (overlap < 0.5).all(1) & ~best.any(1) & inside(boxes),
        "boxes that overlap a digit by 0.1 to 0.5 count; they are neither",
    ),
    *(
        (
            lambda overlap, best, boxes, limit=limit: (
                (overlap < limit).all(1) & ~best.any(1) & inside(boxes)
            ),
            f"the limit is 0.1, not {limit}",
        )
        for limit in (0.2, 0.3, 0.4)
    ),
    (
        lambda overlap, best, boxes: (overlap.sum(1) < 0.1) & ~best.any(1) & inside(boxes),
        "you add up the overlaps; each alone must be below 0.1",
    ),
    (
        lambda overlap, best, boxes: (overlap == 0).all(1) & ~best.any(1) & inside(boxes),
        "a box that overlaps a digit a little, by less than 0.1, is missing",
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
    (lambda overlap, best, boxes: inside(boxes)[:, None], "negative: the shape is (24, 1); wanted"),
    (lambda overlap, best, boxes: overlap.amax(1), "negative holds decimal numbers"),
)

WRONG = {
    "9.6": [
        *((lambda *case, rule=rule: match(*case, positive=rule), why) for rule, why in POSITIVE),
        *((lambda *case, rule=rule: match(*case, negative=rule), why) for rule, why in NEGATIVE),
        (lambda *case: (match(*case)[0].T, match(*case)[1]), "rows and columns are swapped"),
        (
            lambda *case: (match(*case)[0].any(1), match(*case)[1]),
            "one value a box; wanted is a column",
        ),
        (lambda *case: match(*case)[::-1], "positive: positive and negative are swapped"),
        (lambda *case: match(*case)[0], "the result has 24 parts; wanted are 2 things"),
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
}
