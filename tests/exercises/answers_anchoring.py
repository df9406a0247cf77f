"""Answers for notebook 09: anchors read and laid out, boxes turned into moves and back."""

import math

import numpy as np
import torch
from torchvision.models.detection._utils import BoxCoder
from torchvision.ops import box_convert

from coordlib.tasks.detection.anchors import decode as librarys_decode
from coordlib.tasks.detection.anchors import encode as librarys_encode


def rows(kept):
    return kept.view(-1, 4, 9).mT.reshape(-1, 4)


def rows_by_loop(kept):
    """Another right form: number by number."""
    return [[cell[9 * part + one] for part in range(4)] for cell in kept for one in range(9)]


def first_cell_alone(kept):
    return kept[0].view(4, 9).T


def emptied(kept):
    result = rows(kept).clone()
    kept.zero_()
    return result


def centre_form(cells, first, stride, sides):
    """(x, y, width, height) of each anchor, a list."""
    along = [first + stride * k for k in range(cells)]
    return [[x, y, w, h] for y in along for x in along for h, w in sides]


def corners(laid):
    return [[x - w / 2, y - h / 2, x + w / 2, y + h / 2] for x, y, w, h in laid]


def lay(*case):
    return corners(centre_form(*case))


def lay_by_grid(cells, first, stride, sides):
    """Another right form: a grid of centres, and all sizes around each of them."""
    along = first + stride * np.arange(cells)
    y, x = np.meshgrid(along, along, indexing="ij")
    height, width = np.array(sides).T / 2
    x, y = x[..., None], y[..., None]
    return np.stack((x - width, y - height, x + width, y + height), -1).reshape(-1, 4)


def lay_otherwise(change):
    """Anchors whose (x, y, width, height) are turned into something else than their corners."""
    return lambda *case: [change(*one) for one in centre_form(*case)]


def column_by_column(cells, first, stride, sides):
    along = [first + stride * k for k in range(cells)]
    return corners([[x, y, w, h] for x in along for y in along for h, w in sides])


def size_by_size(cells, first, stride, sides):
    along = [first + stride * k for k in range(cells)]
    return corners([[x, y, w, h] for h, w in sides for y in along for x in along])


def swapped_sides(cells, first, stride, sides):
    return lay(cells, first, stride, [side[::-1] for side in sides])


def sorts_sides(cells, first, stride, sides):
    laid = lay(cells, first, stride, sides)
    sides.clear()
    return laid


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


def exponentiates(moves, anchors):
    moves[:, 2:] = moves[:, 2:].exp()
    return decode(moves, anchors, growth=lambda move, side: side * move)


CODER = BoxCoder((1.0, 1.0, 1.0, 1.0))

RIGHT = {
    "9.3": [
        rows,
        rows_by_loop,
        lambda kept: np.stack(np.split(kept.numpy(), 4, axis=1), -1).reshape(-1, 4),
        lambda kept: torch.stack([part.flatten() for part in kept.split(9, 1)], 1),
        lambda kept: (
            [list(zip(*cell.view(4, 9).tolist(), strict=True)) for cell in kept][0]
            if len(kept) == 1
            else rows(kept).double()
        ),
    ],
    "9.4": [
        lay,
        lay_by_grid,
        lambda *case: torch.tensor(lay(*case)),
        lambda *case: [torch.tensor(one) for one in lay(*case)],
    ],
    "9.5": [
        encode,
        encode_by_loop,
        encode_with_convert,
        lambda *case: encode(*case, growth=lambda ratio: ratio.log2() * math.log(2)),
        lambda boxes, anchors: list(encode(boxes.double(), anchors.double())),
    ],
    "9.6": [
        decode,
        decode_by_loop,
        decode_with_convert,
        lambda *case: decode(*case, growth=lambda move, side: side * math.e**move).numpy(),
    ],
}

WRONG = {
    "9.3": [
        (lambda kept: kept.reshape(-1, 4), "that is how the released code reads them"),
        (lambda kept: kept.view(-1, 9, 4).mT.reshape(-1, 4), "each cell is cut into nine fours"),
        (
            lambda kept: kept.view(-1, 4, 9).permute(2, 0, 1).reshape(-1, 4),
            "the anchors go size by size through all cells",
        ),
        (lambda kept: kept.reshape(4, -1).T, "right for one cell; with more of them, the cells"),
        (lambda kept: rows(kept)[:, [1, 0, 3, 2]], "x stands before y"),
        (lambda kept: rows(kept)[:, [1, 0, 2, 3]], "the column stands before the row"),
        (lambda kept: rows(kept)[:, [0, 1, 3, 2]], "the width stands before the height"),
        (lambda kept: rows(kept)[:, [2, 3, 0, 1]], "the sides stand before the centre"),
        (lambda kept: kept.view(-1, 4, 9).mT, "the cells still have an axis of their own"),
        (first_cell_alone, "only the first cell's anchors are there"),
        (
            lambda kept: kept.view(-1, 4, 9).reshape(-1, 9),
            "the result has shape (20, 9); wanted is (45, 4)",
        ),
        (lambda kept: rows(kept)[: 9 * 16], "for 169 cells: the result has shape (144, 4)"),
        (lambda kept: rows(kept).flip(0), "for 5 cells: anchor 3 is ("),
        (lambda kept: rows(kept).round(), "numbers 2, 11, 20 and 29 of cell 1"),
        (emptied, "changes `kept`"),
    ],
    "9.4": [
        (column_by_column, "the cells go column by column"),
        (size_by_size, "the boxes go size by size"),
        (swapped_sides, "height and width are swapped"),
        (lambda *case: torch.tensor(lay(*case))[:, [1, 0, 3, 2]], "y stands before x"),
        (centre_form, "these are centres and sides"),
        (lay_otherwise(lambda x, y, w, h: (y, x, h, w)), "these are (row, column, height, width)"),
        (lay_otherwise(lambda x, y, w, h: (x, y, x + w, y + h)), "begin at the centres"),
        (lay_otherwise(lambda x, y, w, h: (x - w, y - h, x + w, y + h)), "twice as wide and high"),
        (
            lay_otherwise(lambda x, y, w, h: (x - w // 2, y - h // 2, x + w // 2, y + h // 2)),
            "half of 15 is 7.5",
        ),
        (lambda cells, first, *rest: lay(cells, 0, *rest), "lies at `first`, not at 0"),
        (
            lambda cells, first, stride, sides: lay(cells, first + stride / 2, stride, sides),
            "the centres are half a stride too far",
        ),
        (
            lambda cells, first, stride, sides: lay(cells, first + stride, stride, sides),
            "the centres are a stride too far; k begins at 0",
        ),
        (
            lambda cells, first, stride, sides: lay(cells, first, 1, sides),
            "the centres lie a pixel apart",
        ),
        (
            lambda cells, first, stride, sides: lay(13, 8, 4, sides),
            "3 × 3 cells, 1 size: the result has shape (169, 4); wanted is (9, 4)",
        ),
        (
            lambda *case: torch.tensor(lay(*case)).view(case[0], case[0], -1, 4),
            "the result has shape (13, 13, 4, 4); wanted is (676, 4)",
        ),
        (
            lambda *case: torch.tensor(lay(*case)).long(),
            "13 × 13 cells, 4 sizes: box 0 is (0, 0, 1",
        ),
        (lambda *case: torch.tensor(lay(*case)).clamp(min=0), "it should be (-"),
        (sorts_sides, "changes `sides`"),
    ],
    "9.5": [
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
        (moves_anchors, "changes `anchors`"),
        (librarys_encode, "the result is right, but coordlib helped; write the four numbers"),
        (
            lambda *case: CODER.encode_single(*case),
            "the result is right, but encode_boxes, encode_single helped; write the four",
        ),
    ],
    "9.6": [
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
        (lambda *case: decode(*case).clamp(0, 64), "you cut the boxes off at the canvas's edge"),
        (lambda *case: decode(*case)[:5], "for 30 anchors: the result has shape (5, 4)"),
        (exponentiates, "changes `moves`"),
        (librarys_decode, "the result is right, but coordlib helped"),
    ],
}
