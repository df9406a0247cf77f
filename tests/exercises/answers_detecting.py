"""Answers for notebook 09's first exercises: overlaps of boxes, and which boxes to keep."""

import numpy as np
import torch
from torchvision.ops import box_iou, nms

from coordlib.exercises.detecting import torchvision_ops


def sides(boxes):
    return boxes[..., 2:] - boxes[..., :2]


def shared(boxes, others, clamp=lambda side: side.clamp(min=0), more=0):
    low = torch.maximum(boxes[:, None, :2], others[:, :2])
    high = torch.minimum(boxes[:, None, 2:], others[:, 2:])
    return clamp(high - low + more).prod(2)


def areas(boxes, others, more=0):
    return (sides(boxes) + more).prod(1)[:, None], (sides(others) + more).prod(1)


def overlaps(boxes, others, **changes):
    both = shared(boxes, others, **changes)
    ours, theirs = areas(boxes, others, changes.get("more", 0))
    return both / (ours + theirs - both)


def overlaps_by_loop(boxes, others):
    """Another right form: plain numbers, a pair at a time."""

    def one(a, b):
        width = min(a[2], b[2]) - max(a[0], b[0])
        height = min(a[3], b[3]) - max(a[1], b[1])
        both = max(0, width) * max(0, height)
        return both / sum([(c[2] - c[0]) * (c[3] - c[1]) for c in (a, b)], -both)

    return [[one(a, b) for b in others.tolist()] for a in boxes.tolist()]


def overlaps_in_numpy(boxes, others):
    a, b = boxes.numpy()[:, None], others.numpy()[None]
    low, high = np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., 2:], b[..., 2:])
    both = np.clip(high - low, 0, None).prod(-1)
    return both / ((a[..., 2:] - a[..., :2]).prod(-1) + (b[..., 2:] - b[..., :2]).prod(-1) - both)


def divided(by):
    return lambda boxes, others: shared(boxes, others) / by(*areas(boxes, others))


def pairwise(boxes, others):
    low = torch.maximum(boxes[:, :2], others[:, :2])
    high = torch.minimum(boxes[:, 2:], others[:, 2:])
    both = (high - low).clamp(min=0).prod(1)
    return both / (sides(boxes).prod(1) + sides(others).prod(1) - both)


def as_left_top_width_height(boxes, others):
    ours, theirs = (torch.cat((one[:, :2], one[:, :2] + one[:, 2:]), 1) for one in (boxes, others))
    return overlaps(ours, theirs)


def in_place(boxes, others):
    result = overlaps(boxes, others)
    boxes -= 1
    return result


def surest_first(scores):
    return sorted(range(len(scores)), key=lambda one: -scores[one])


def keep(boxes, scores, threshold, order=surest_first, drops=lambda a, b: a > b, look=None):
    overlap = overlaps(boxes, boxes)
    before, kept = [], []
    for one in order(scores):
        compared = look(before, kept) if look else kept
        if not any(drops(overlap[one, other], threshold) for other in compared):
            kept.append(one)
        before.append(one)
    return kept


def keep_by_elimination(boxes, scores, threshold):
    """Another right form: take the surest of what is left, and cross out what it covers."""
    left = scores.clone().double()
    kept = []
    while left.max() > -torch.inf:
        best = left.argmax()
        kept.append(best)
        left[box_iou(boxes[best][None], boxes)[0] > threshold] = -torch.inf
        left[best] = -torch.inf
    return torch.stack(kept)


def keep_in_numpy(boxes, scores, threshold):
    overlap = box_iou(boxes, boxes).numpy()
    queue = np.argsort(-scores.numpy())
    kept = np.array([], dtype=int)
    while len(queue):
        kept = np.append(kept, queue[0])
        queue = queue[1:][overlap[queue[0], queue[1:]] <= threshold]
    return kept


def changes_scores(boxes, scores, threshold):
    kept = keep(boxes, scores, threshold)
    scores[kept] = 0
    return kept


def mask(boxes, scores, threshold):
    return torch.isin(torch.arange(len(boxes)), torch.tensor(keep(boxes, scores, threshold)))


RIGHT = {
    "9.1": [
        overlaps,
        overlaps_by_loop,
        overlaps_in_numpy,
        lambda boxes, others: overlaps(boxes.double(), others.double()),
        lambda boxes, others: [overlaps(box[None], others)[0] for box in boxes],
    ],
    "9.2": [
        keep,
        keep_by_elimination,
        keep_in_numpy,
        lambda *case: tuple(keep(*case)),
        lambda *case: torch.tensor(keep(*case)).float(),
    ],
}

WRONG = {
    "9.1": [
        (
            lambda *case: overlaps(*case, clamp=lambda side: side),
            "a width or height below 0 counts",
        ),
        (
            lambda boxes, others: (
                (both := shared(boxes, others, lambda side: side).clamp(min=0))
                / (sum(areas(boxes, others)) - both)
            ),
            "their product is no area: let each be at least 0",
        ),
        (divided(lambda ours, theirs: ours + theirs), "counts twice in your union"),
        (divided(lambda ours, theirs: (ours + theirs) / 2), "another measure (Dice)"),
        (divided(lambda ours, theirs: ours), "by the area of the first box alone"),
        (divided(lambda ours, theirs: theirs), "by the area of the other box alone"),
        (divided(torch.minimum), "so a large box around it would be 1"),
        (divided(torch.maximum), "the union is larger still"),
        (shared, "that is the area that they share"),
        (lambda *case: overlaps(*case, more=1), "you add 1 to the sides, as for whole pixels"),
        (lambda *case: 1 - overlaps(*case), "1 minus what is asked for"),
        (lambda *case: overlaps(*case).T, "rows and columns are swapped: wanted is a row for each"),
        (lambda boxes, others: overlaps(others, boxes), "rows and columns are swapped"),
        (pairwise, "each box is compared with the other of the same number alone"),
        (as_left_top_width_height, "a box's last two numbers for its width and height"),
        (
            lambda boxes, others: overlaps(boxes[:, [0, 2, 1, 3]], others[:, [0, 2, 1, 3]]),
            "you take a box for (left, right, top, bottom)",
        ),
        (lambda *case: overlaps(*case).round(decimals=2), "give 0.03; it should be 0.02667"),
        (lambda boxes, others: overlaps(boxes, others)[:6], "the result has shape (6, 5); wanted"),
        (
            lambda boxes, others: overlaps(boxes, others) * (len(boxes) < 50),
            "(20, 5, 30, 25) and (20, 5, 30, 25) give 0; it should be 1",
        ),
        (
            lambda boxes, others: overlaps(boxes, others).max(1).values,
            "for 6 boxes and 6 others the result has shape (6,); wanted is (6, 6)",
        ),
        (in_place, "changes `boxes`"),
        (box_iou, "the result is right, but box_area, box_iou helped; find the"),
        (
            lambda *case: torchvision_ops().generalized_box_iou(*case) * 0 + overlaps(*case),
            "generalized_box_iou helped; find the shared rectangle's corners",
        ),
    ],
    "9.2": [
        (
            lambda *case: keep(*case, look=lambda before, kept: before),
            "a box that was dropped still drops others",
        ),
        (lambda *case: keep(*case, order=torch.argsort), "you begin with the least sure box"),
        (
            lambda *case: keep(*case, order=lambda scores: range(len(scores))),
            "you go through the boxes by their numbers",
        ),
        (lambda *case: sorted(keep(*case)), "the right boxes, but by their numbers"),
        (lambda *case: keep(*case)[::-1], "the right boxes, but the least sure first"),
        (
            lambda *case: keep(*case, drops=lambda a, b: a >= b),
            "a box that overlaps by the threshold exactly stays",
        ),
        (lambda *case: keep(*case, drops=lambda a, b: a < b), "turned round: dropped is what"),
        (
            lambda *case: keep(*case, look=lambda before, kept: kept[-1:]),
            "compared with the one kept last alone",
        ),
        (
            lambda *case: keep(*case, look=lambda before, kept: before[-1:]),
            "compared with the next surer one alone",
        ),
        (
            lambda *case: keep(*case, look=lambda before, kept: kept[:1]),
            "compared with the surest one alone",
        ),
        (
            lambda boxes, scores, threshold: [
                surest_first(scores).index(one) for one in keep(boxes, scores, threshold)
            ],
            "these are places in the order of scores",
        ),
        (lambda boxes, scores, threshold: surest_first(scores), "but nothing is dropped"),
        (lambda boxes, scores, threshold: scores.argmax()[None], "only the surest box is left"),
        (lambda boxes, scores, threshold: keep(boxes, scores, 0.5), "not always 0.5"),
        (lambda boxes, scores, threshold: keep(boxes, scores, 0.8), "not always 0.8"),
        (mask, "the result holds booleans; wanted are the numbers of the boxes kept"),
        (
            lambda boxes, scores, threshold: boxes[keep(boxes, scores, threshold)],
            "the result is the boxes themselves",
        ),
        (
            lambda boxes, scores, threshold: scores[keep(boxes, scores, threshold)],
            "the result holds decimal numbers",
        ),
        (
            lambda boxes, scores, threshold: torch.tensor(keep(boxes, scores, threshold))[:, None],
            "the result has shape (3, 1); wanted is a row of boxes' numbers",
        ),
        (
            lambda *case: [one + 1 for one in keep(*case)],
            "6 boxes, threshold 0.4: box 3 is kept, though it overlaps box 1, which is surer and",
        ),
        (lambda *case: keep(*case)[:-1], "box 0 is dropped, though it overlaps no box"),
        (lambda *case: [*keep(*case), 99], "there is no box 99; they are counted from 0 to 5"),
        (lambda *case: keep(*case)[:1] * 2, "box 1 is kept more than once"),
        (lambda boxes, scores, threshold: 3, "the result has shape (); wanted is a row"),
        (changes_scores, "changes `scores`"),
        (nms, "the result is right, but nms helped; go through the boxes yourself"),
    ],
}
