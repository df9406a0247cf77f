"""How good the boxes of a detector are: the overlaps of the released code, and COCO's precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torchvision.ops import box_iou, nms

from coordlib.datasets import Fields

MOST_BOXES = 10  # of a picture, as released
NMS_OVERLAP = 0.8  # of two boxes that overlap more the surer one is kept, as released


@dataclass(frozen=True)
class Detections:
    """What a detector found in one picture, the surest first.

    boxes: (n, 4). scores: (n,), 0 to 1. labels: (n,), 0 to 9; zeros where kinds are not told apart.
    """

    boxes: Tensor
    scores: Tensor
    labels: Tensor


def proposals(scores: Tensor, boxes: Tensor) -> Detections:
    """The surest boxes of one picture that don't overlap too much: at most MOST_BOXES.

    scores: (anchors,). boxes: (anchors, 4).
    """
    kept = nms(boxes, scores, NMS_OVERLAP)[:MOST_BOXES]
    return Detections(boxes[kept], scores[kept], torch.zeros_like(kept))


def measure(found: Sequence[Detections], fields: Fields, kinds: bool) -> dict[str, float]:
    """All of the measures below on test fields, by name: test_…"""
    measured = overlaps(found, fields) | precision(found, fields, kinds)
    return {f"test_{name}": value for name, value in measured.items()}


def overlaps(found: Sequence[Detections], fields: Fields) -> dict[str, float]:
    """Three mean overlaps (IOU, 0 to 1) over the pictures that hold a digit.

    average: of each box with each digit (the released code's first measure). select: of each box
    with the digit that it overlaps most (its second one). best: of each digit with the box that
    overlaps it most. A picture in which nothing was found counts 0; 0 if no picture holds a digit.
    """
    sums = dict.fromkeys(("average", "select", "best"), 0.0)
    pictures = 0
    for each, boxes, present in zip(found, fields.boxes, fields.present, strict=True):
        pictures += bool(present.any())
        if len(each.boxes) and present.any():
            overlap = box_iou(each.boxes, boxes[present])
            sums["average"] += overlap.mean().item()
            sums["select"] += overlap.amax(1).mean().item()
            sums["best"] += overlap.amax(0).mean().item()
    return {name: value / max(1, pictures) for name, value in sums.items()}


def precision(found: Sequence[Detections], fields: Fields, kinds: bool) -> dict[str, float]:
    """COCO's average precision: ap (over overlaps .5 to .95), ap50 and ap75, 0 to 1.

    kinds: whether the digit must be right as well; otherwise all digits are of one kind.
    """
    # Only here: it takes a second to import.
    from torchmetrics.detection import MeanAveragePrecision

    labels = fields.labels if kinds else torch.zeros_like(fields.labels)
    metric = MeanAveragePrecision()
    metric.warn_on_many_detections = False
    metric.update(
        [vars(each) for each in found],
        [
            {"boxes": boxes[present], "labels": label[present]}
            for boxes, label, present in zip(fields.boxes, labels, fields.present, strict=True)
        ],
    )
    measured = metric.compute()
    # -1 where there is no digit at all.
    return {
        name: max(0.0, measured[theirs].item())
        for name, theirs in (("ap", "map"), ("ap50", "map_50"), ("ap75", "map_75"))
    }
