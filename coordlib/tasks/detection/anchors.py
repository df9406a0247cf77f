"""Anchors: the boxes that a detector starts from, and the moves that lead from one to another.

Boxes are (left, top, right, bottom) in pixels, as in `datasets.scattering` and torchvision.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision.ops import box_convert

from coordlib import checks

# Height and width of the nine anchors of each cell, in the released order.
SIDES = (
    (15, 15),
    (20, 20),
    (25, 25),
    (15, 20),
    (20, 25),
    (20, 15),
    (25, 20),
    (15, 25),
    (25, 15),
)
# "correct", or "scrambled": as the released code lays them out, whatever was meant.
LAYOUTS = ("correct", "scrambled")
# Of a map of features: cells along each side, and where the first cell's centre lies, in pixels.
CELLS = {"valid": (13, 8), "same": (16, 2)}
STRIDE = 4


def anchors(padding: str = "valid", layout: str = "correct") -> Tensor:
    """Every anchor of a canvas, cell by cell and row by row: float32, (cells² · 9, 4).

    padding: of the backbone, a key of CELLS. layout: one of LAYOUTS.

    The released code keeps a cell's nine anchors as 36 numbers: nine rows of the centre, nine
    columns, nine heights, nine widths. Then it reads them as nine times (row, column, height,
    width). So most of its anchors are as high and as wide as the cell's row or column number.

    Raises ValueError for another padding or layout.
    """
    checks.one_of("padding", padding, CELLS)
    checks.one_of("layout", layout, LAYOUTS)
    cells, first = CELLS[padding]
    centres = first + STRIDE * torch.arange(cells).float()
    row, column = torch.meshgrid(centres, centres, indexing="ij")
    height, width = torch.tensor(SIDES).float().T
    kept = torch.stack(
        (
            row.reshape(-1, 1).expand(-1, len(SIDES)),
            column.reshape(-1, 1).expand(-1, len(SIDES)),
            height.expand(cells**2, -1),
            width.expand(cells**2, -1),
        ),
        dim=1,
    )  # (cells², 4, 9)
    each = kept.transpose(1, 2) if layout == "correct" else kept.reshape(cells**2, len(SIDES), 4)
    return box_convert(each.reshape(-1, 4)[:, [1, 0, 3, 2]], "cxcywh", "xyxy")


def encode(boxes: Tensor, anchors: Tensor) -> Tensor:
    """The moves that lead from anchors to boxes: (…, 4) and (…, 4) to (…, 4).

    A move is (x, y, width, height): the centre's way in parts of the anchor's sides, and the
    logarithms of how much wider and higher the box is. Sides must be above 0.
    """
    box, anchor = (box_convert(each, "xyxy", "cxcywh") for each in (boxes, anchors))
    centre = (box[..., :2] - anchor[..., :2]) / anchor[..., 2:]
    return torch.cat((centre, (box[..., 2:] / anchor[..., 2:]).log()), -1)


def decode(moves: Tensor, anchors: Tensor) -> Tensor:
    """The boxes to which moves lead from anchors: the inverse of `encode`, of the same shapes."""
    anchor = box_convert(anchors, "xyxy", "cxcywh")
    centre = anchor[..., :2] + moves[..., :2] * anchor[..., 2:]
    return box_convert(
        torch.cat((centre, anchor[..., 2:] * moves[..., 2:].exp()), -1), "cxcywh", "xyxy"
    )
