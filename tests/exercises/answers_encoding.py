"""Answers for notebook 09: boxes turned into moves and back."""

import math

import numpy as np
import torch
from torchvision.models.detection._utils import BoxCoder
from torchvision.ops import box_convert

from coordlib.tasks.detection.anchors import decode as librarys_decode
from coordlib.tasks.detection.anchors import encode as librarys_encode
from tests.exercises.answers_anchoring import EDGES


def halves(boxes):
    """Centres and sides."""
    return (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]


def encode(boxes, anchors, way=lambda way, side, own: way / side, growth=torch.log):
    (there, own), (here, side) = halves(boxes), halves(anchors)
    return torch.cat((way(there - here, side, own), growth(own / side)), 1)


def encode_by_loop(boxes, anchors):
    moves = []
    for (a, b, c, d), (e, f, g, h) in zip(boxes.tolist(), anchors.tolist(), strict=True):
        x, y = ((a + c) - (e + g)) / 2 / (g - e), ((b + d) - (f + h)) / 2 / (h - f)
        moves.append((x, y, math.log((c - a) / (g - e)), math.log((d - b) / (h - f))))
    return moves


def encode_with_convert(boxes, anchors):
    box, anchor = (box_convert(one, "xyxy", "cxcywh") for one in (boxes, anchors))
    way = (box[:, :2] - anchor[:, :2]) / anchor[:, 2:]
    return np.concatenate((way.numpy(), np.log((box[:, 2:] / anchor[:, 2:]).numpy())), 1)


def encode_corners(boxes, anchors):
    (_, own), (_, side) = halves(boxes), halves(anchors)
    return torch.cat(((boxes[:, :2] - anchors[:, :2]) / side, (own / side).log()), 1)


def encode_sides_alone(boxes, anchors):
    return torch.cat((encode(boxes, anchors)[:, :2], halves(boxes)[1].log()), 1)


def moves_anchors(boxes, anchors):
    result = encode(boxes, anchors)
    anchors += 1
    return result


def decode(
    moves, anchors, way=lambda move, side: move * side, growth=lambda move, side: side * move.exp()
):
    centre, side = halves(anchors)
    centre = centre + way(moves[:, :2], side)
    side = growth(moves[:, 2:], side)
    return torch.cat((centre - side / 2, centre + side / 2), 1)


def decode_by_loop(moves, anchors):
    boxes = []
    for (x, y, w, h), (a, b, c, d) in zip(moves.tolist(), anchors.tolist(), strict=True):
        x, y = (a + c) / 2 + x * (c - a), (b + d) / 2 + y * (d - b)
        w, h = (c - a) * math.exp(w), (d - b) * math.exp(h)
        boxes.append([x - w / 2, y - h / 2, x + w / 2, y + h / 2])
    return boxes


def decode_with_convert(moves, anchors):
    start = box_convert(anchors.double(), "xyxy", "cxcywh")
    centre = start[:, :2] + moves[:, :2] * start[:, 2:]
    moved = torch.cat((centre, start[:, 2:] * moves[:, 2:].exp()), 1)
    return box_convert(moved, "cxcywh", "xyxy")


def decode_corners(moves, anchors):
    side = halves(anchors)[1]
    corner = anchors[:, :2] + moves[:, :2] * side
    return torch.cat((corner, corner + side * moves[:, 2:].exp()), 1)


def decode_in_new_sides(moves, anchors):
    centre, side = halves(anchors)
    side = side * moves[:, 2:].exp()
    centre = centre + moves[:, :2] * side
    return torch.cat((centre - side / 2, centre + side / 2), 1)


def exponentiates(moves, anchors):
    moves[:, 2:] = moves[:, 2:].exp()
    return decode(moves, anchors, growth=lambda move, side: side * move)


CODER = BoxCoder((1.0, 1.0, 1.0, 1.0))

RIGHT = {
    "9.4": [
        encode,
        encode_by_loop,
        encode_with_convert,
        lambda *case: encode(*case, growth=lambda ratio: ratio.log2() * math.log(2)),
        lambda boxes, anchors: list(encode(boxes.double(), anchors.double())),
    ],
    "9.5": [
        decode,
        decode_by_loop,
        decode_with_convert,
        lambda *case: decode(*case, growth=lambda move, side: side * math.e**move).numpy(),
    ],
}

WRONG = {
    "9.4": [
        (lambda *case: encode(*case, lambda way, side, own: way), "the way is in pixels"),
        (lambda *case: encode(*case, lambda way, side, own: way / own), "parts of the box's sides"),
        (
            lambda *case: encode(*case, lambda way, side, own: way / side.flip(1)),
            "the way along x is divided by the height",
        ),
        (
            lambda *case: encode(*case, lambda way, side, own: -way / side),
            "the way leads from the box to the anchor",
        ),
        (
            lambda *case: encode(*case, lambda way, side, own: 2 * way / side),
            "the way is in parts of half a side",
        ),
        (encode_corners, "you took the way of the upper left corner"),
        (lambda *case: encode(*case, growth=lambda ratio: ratio), "lack their logarithm"),
        (lambda *case: encode(*case, growth=lambda ratio: ratio - 1), "1 is subtracted from"),
        (
            lambda *case: encode(*case, growth=lambda ratio: -ratio.log()),
            "the sides are divided the wrong way round",
        ),
        (
            lambda *case: encode(*case, growth=torch.log2),
            "the one to base 2; wanted is the natural",
        ),
        (lambda *case: encode(*case, growth=torch.log10), "the one to base 10; wanted is the"),
        (lambda *case: encode(*case)[:, [1, 0, 3, 2]], "y stands before x; a move is"),
        (lambda *case: encode(*case)[:, [0, 1, 3, 2]], "the height stands before the width"),
        (lambda boxes, anchors: encode(anchors, boxes), "boxes and anchors are swapped"),
        (lambda *case: encode(*case)[0], "the result has shape (4,); wanted is (7, 4)"),
        (lambda *case: encode(*case)[:10], "for 40 anchors: the result has shape (10, 4)"),
        (
            lambda *case: encode(*case, growth=torch.sqrt),
            "see its width and height",
        ),
        (lambda *case: encode(*case).round(decimals=3), "for 7 anchors: move 2 is ("),
        (lambda *case: encode(*case)[:, [2, 3, 0, 1]], "the sides stand before the way"),
        (encode_sides_alone, "the sides' logarithms are right, but first divide"),
        (
            lambda boxes, anchors: encode(boxes, anchors.clamp(0, 64)),
            "you cut the anchors off at the canvas's edge",
        ),
        (
            lambda boxes, anchors: encode(boxes.clamp(0, 64), anchors),
            "you cut the boxes off at the canvas's edge",
        ),
        (
            lambda *case: encode(*(one.clamp(0, 64) for one in case)),
            "you cut the boxes off at the canvas's edge",
        ),
        (
            lambda *case: encode(*case, growth=lambda ratio: ratio.log().clamp(-2, 2)),
            "(5, 0.2, 2, -2); it should be (5, 0.2, 2.70805, -2.70805): see its width and height",
        ),
        (moves_anchors, "changes `anchors`"),
        (librarys_encode, "the result is right, but coordlib helped; write the four numbers"),
        (
            lambda *case: CODER.encode_single(*case),
            "the result is right, but encode_single helped; write the four",
        ),
    ],
    "9.5": [
        (lambda *case: decode(*case, lambda move, side: move), "a part of a side, not a pixel"),
        (lambda *case: decode(*case, lambda move, side: 0), "the centre doesn't go anywhere"),
        (lambda *case: decode(*case, lambda move, side: -move * side), "goes the other way"),
        (
            lambda *case: decode(*case, lambda move, side: move * side.flip(1)),
            "the way along x is measured in heights",
        ),
        *(
            (lambda *case, grow=grow: decode(*case, growth=grow), why)
            for grow, why in (
                (lambda move, side: side * move, "moves are logarithms: what turns them"),
                (lambda move, side: side * (1 + move), "moves are logarithms: what turns them"),
                (lambda move, side: side + move, "moves are logarithms: what turns them"),
                (lambda move, side: move.exp(), "aren't multiplied by the sides"),
                (lambda move, side: side / move.exp(), "the sides shrink where they should grow"),
                (lambda move, side: side * 2**move, "the logarithms are natural: e, not 2"),
                (lambda move, side: side, "the sides stay the anchor's"),
                (lambda move, side: side * (1 + move + move**2 / 2), "for 5 anchors: box 1 is ("),
            )
        ),
        (
            lambda *case: torch.cat(halves(decode(*case)), 1),
            "these are centres and sides; wanted are (left",
        ),
        (
            lambda *case: torch.cat((halves(decode(*case))[0], sum(halves(decode(*case)))), 1),
            "the boxes begin at their centre",
        ),
        (
            lambda moves, anchors: decode(moves[:, [1, 0, 3, 2]], anchors),
            "you read a move as (y, x, height, width)",
        ),
        *(
            (lambda *case, edge=edge: decode(*case).clamp(*edge), "you cut the boxes off at the")
            for edge in EDGES
        ),
        (
            lambda *case: decode(*case, lambda move, side: move * side / 2),
            "the way is measured in halves of a side",
        ),
        (
            lambda *case: decode(*case, lambda move, side: (move - 0.5) * side),
            "the way begins at the anchor's upper left corner",
        ),
        (decode_corners, "the way leads from upper left corner to upper left corner"),
        (decode_in_new_sides, "the way is measured in the new sides"),
        (
            lambda *case: torch.cat((decode(*case)[:, :2], halves(decode(*case))[1]), 1),
            "these are (left, top, width, height)",
        ),
        (
            lambda moves, anchors: decode(moves[:, [1, 0, 2, 3]], anchors),
            "you read a move as (y, x, width, height)",
        ),
        (
            lambda moves, anchors: decode(moves[:, [0, 1, 3, 2]], anchors),
            "you read a move as (x, y, height, width)",
        ),
        (lambda *case: decode(*case)[:, [1, 0, 3, 2]], "y stands before x; a box is"),
        (lambda moves, anchors: decode(anchors, moves), "moves and anchors are swapped"),
        (lambda *case: decode(*case)[:5], "for 30 anchors: the result has shape (5, 4)"),
        (exponentiates, "changes `moves`"),
        (librarys_decode, "the result is right, but coordlib helped"),
    ],
}
