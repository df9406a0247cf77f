"""Answers for notebook 06: right ones, and wrong ones with part of what they hear."""

from fractions import Fraction

import numpy as np
import torch

from coordlib import metrics


def both(painted, target):
    return (painted & target).sum((1, 2)).float()


def either(painted, target):
    return (painted | target).sum((1, 2)).float()


def area(pictures):
    return pictures.sum((1, 2)).float()


def iou(painted, target):
    shared, whole = both(painted, target), either(painted, target)
    return torch.where(whole > 0, shared / whole, 1.0)


def iou_by_loop(painted, target):
    """Another right form: one pair at a time, as sets of pixels."""
    overlaps = []
    for one, other in zip(painted, target, strict=True):
        ours, theirs = (set(map(tuple, mask.nonzero().tolist())) for mask in (one, other))
        overlaps.append(len(ours & theirs) / len(ours | theirs) if ours | theirs else 1.0)
    return overlaps


def shifted(size, dx, dy):
    shared = max(0, size - abs(dx)) * max(0, size - abs(dy))
    return shared / (2 * size * size - shared)


def shifted_by_drawing(size, dx, dy):
    """Another right form: draw both on a large canvas and count."""
    canvas = torch.zeros(2, 100, 100, dtype=torch.bool)
    canvas[0, 50 : 50 + size, 50 : 50 + size] = True
    canvas[1] = canvas[0].roll((dy, dx), (0, 1))
    return (canvas[0] & canvas[1]).sum() / (canvas[0] | canvas[1]).sum()


def unclamped(size, dx, dy):
    shared = (size - abs(dx)) * (size - abs(dy))
    return shared / (2 * size * size - shared)


def right_and_down(size, dx, dy):
    shared = max(0, size - dx) * max(0, size - dy)
    return shared / (2 * size * size - shared)


def drawable(map, square):
    inside, outside = map[square], map[~square]
    return not torch.isin(inside, outside).any()


def drawable_as_sets(map, square):
    return set(map[square].tolist()).isdisjoint(map[~square].tolist())


def above(map, square):
    return map[square].min() > map[~square].max()


def above_or_below(map, square):
    return above(map, square) or above(-map, square)


STEP = 2 / 63


FIRST = torch.tensor([[-1.0, 0, 1, 0], [1, 0, -1, 0], [0, -1, 0, 1], [0, 1, 0, -1]])


def weights(first=FIRST, half=4.0, second=-1.0, last=STEP / 2):
    return first, torch.full((4,), -half * STEP), torch.full((4,), second), torch.tensor(last)


def otherwise():
    """Another right form: other sizes, another order, plain lists, a bias that is a float."""
    first, bias, second, last = weights()
    order = [2, 0, 3, 1]
    return (3 * first[order]).tolist(), (3 * bias[order]).tolist(), (2 * second).tolist(), 6 * last


def overlapping(size, dx, dy):
    return max(0, size - abs(dx)) * max(0, size - abs(dy))


RIGHT = {
    "6.1": [
        lambda p, t: iou(p, t).half(),
        lambda p, t: iou(p, t).double().numpy(),
        iou,
        iou_by_loop,
    ],
    "6.2": [
        lambda s, x, y: torch.tensor(shifted(s, x, y)),
        lambda s, x, y: Fraction(overlapping(s, x, y), 2 * s * s - overlapping(s, x, y)),
        shifted,
        shifted_by_drawing,
    ],
    "6.6": [
        lambda m, s: torch.tensor(drawable(m, s)),
        lambda m, s: np.bool_(drawable(m, s)),
        drawable,
        drawable_as_sets,
    ],
    "6.7": [
        lambda: tuple(part.double().numpy() for part in weights()),
        lambda: [part[None] if part.ndim == 0 else part for part in weights()],
        weights,
        otherwise,
    ],
}

WRONG = {
    "6.1": [
        (lambda p, t: both(p, t) / (area(p) + area(t)), "count twice in your union"),
        (lambda p, t: 2 * both(p, t) / (area(p) + area(t)), "another measure (Dice)"),
        (lambda p, t: (p == t).float().mean((1, 2)), "empty pixels that agree earn nothing"),
        (lambda p, t: both(p, t) / area(t), "painting everything would be 1"),
        (lambda p, t: both(p, t) / area(p), "one right pixel would be enough"),
        (lambda p, t: both(p, t) / torch.maximum(area(p), area(t)), "by the larger area alone"),
        (lambda p, t: both(p, t) / torch.minimum(area(p), area(t)), "by the smaller area alone"),
        (lambda p, t: iou(p[:, :10, :10], t[:, :10, :10]), "a pair with 30 pixels in both"),
        (
            lambda p, t: metrics.overlaps(p[:, None].float(), t[:, None].float()),
            "coordlib helped; count the pixels yourself",
        ),
        (
            lambda p, t: (both(p, t).sum() / either(p, t).sum()).expand(len(p)),
            "each pair on its own",
        ),
        (lambda p, t: both(p, t) / either(p, t), "two empty pictures give nan"),
        (lambda p, t: both(p, t) / either(p, t).clamp(min=1), "two empty pictures give 0"),
        (
            lambda p, t: torch.where(area(p) == 0, 1.0, iou(p, t)),
            "an empty picture and a square give 1",
        ),
        (
            lambda p, t: torch.where(area(t) == 0, 1.0, iou(p, t)),
            "paint and an empty target give 1",
        ),
        (lambda p, t: iou(p, t).mean(), "the result has shape ()"),
        (lambda p, t: 1 - iou(p, t), "1 minus what is asked for"),
        (lambda p, t: iou(p, t) / 2, "a pair with 9 pixels in both and 9 in at least one gives"),
        (lambda p, t: "much", "the result is a str"),
    ],
    "6.2": [
        (lambda s, x, y: shifted(9, x, y), "the square has 5 × 5 pixels, not 9 × 9"),
        (lambda s, x, y: round(shifted(s, x, y), 4), "you round; all digits count"),
        (lambda s, x, y: shifted(s, x, y) + 1e-4, "you give 1.0001; they share 81 of 81"),
        (lambda s, x, y: overlapping(s, x, y) / (2 * s * s), "counted twice in your union"),
        (lambda s, x, y: overlapping(s, x, y) / (s * s), "the share of one square"),
        (right_and_down, "a shift to the left or up shares as much"),
        (unclamped, "a product of negative numbers is no area"),
        (
            lambda s, x, y: 0 if abs(x) >= s and abs(y) >= s else unclamped(s, x, y),
            "dx = 12, dy = 2",
        ),
        (lambda s, x, y: 1 - abs(x) / s, "size 9, dx = 1, dy = 0: you give 0.8889"),
        (lambda s, x, y: [], "the result is a list; wanted is one number"),
    ],
    "6.6": [
        (
            lambda m, s: not torch.isin(m[s], m[~s]).float().mean() > 0.5,
            "a round hill: you say True",
        ),
        (lambda m, s: drawable(m.round(), s), "two near shades"),
        (lambda m, s: drawable(m.int(), s), "two near shades"),
        (lambda m, s: drawable((10 * m).round(), s), "two near shades"),
        (lambda m, s: (m[s][:, None] - m[~s]).abs().min() > 0.19, "two near shades"),
        (lambda m, s: 1 if drawable(m, s) else 0, "holds whole numbers"),
        (above, "a hollow with square sides: you say False; it is True, for a function may turn"),
        (above_or_below, "stripes, odd numbers inside and even ones outside: you say False"),
        (lambda m, s: bool(s.flatten()[m.argmax()]), "a single dot in the middle: you say True"),
        (lambda m, s: m[s].float().mean() != m[~s].float().mean(), "a single dot"),
        (lambda m, s: not drawable(m, s), "turned round"),
        (lambda m, s: True, "80 of the 81 pixels inside see the same 0"),
        (lambda m, s: False, "a hill with square sides: you say False"),
        (lambda m, s: m > 0, "the result has shape (16, 16)"),
        (lambda m, s: m[s].unique().numel() < 10, "a single dot"),
    ],
    "6.7": [
        (lambda: (FIRST, torch.tensor([-3, -5, -4, -4]) * STEP, *weights()[2:]), "it is shifted"),
        (
            lambda: (FIRST[[0, 1, 0, 1]], *weights()[1:]),
            "9 × 64 pixels; they should be 9 × 9: nothing bounds their rows",
        ),
        (lambda: weights(first=FIRST.abs()), "it paints"),
        (lambda: weights(half=0.0), "the squares are 1 × 1 pixels; they should be 9 × 9"),
        (lambda: weights(half=9.0), "the squares are 19 × 19 pixels"),
        (lambda: weights(last=0.0), "in the square the value must lie *above* 0"),
        (lambda: weights(half=-4.0), "or do the ramps rise in the square already?"),
        (lambda: weights(half=126.0), "paints every pixel; is 4 pixels written as 8/63"),
        (lambda: weights(second=1.0, last=-STEP / 2), "all but the square"),
        (lambda: weights(first=FIRST[:, [1, 0, 2, 3]]), "x and y are swapped"),
        (lambda: (FIRST[[2, 3, 2, 3]], *weights()[1:]), "nothing bounds their columns"),
        (lambda: weights(last=STEP * 1.5), "second_bias alone is off, and too high"),
        (lambda: weights(last=2.0), "second_bias alone is off, and too high"),
        (lambda: weights(first=FIRST * torch.tensor([0, 0, 1, 1])), "the same for all positions"),
        (lambda: weights(half=3.5, last=STEP), "79 pixels that are no rectangle, an IOU of 0.975"),
        (lambda: weights()[:3], "wanted are 4 things: first, first_bias, second"),
        (lambda: (FIRST, *weights()[2:], torch.zeros(())), "second has shape ()"),
        (lambda: (*weights()[:3], "none"), "second_bias is a str"),
    ],
}
