"""How well a network did, in the paper's measures."""

from __future__ import annotations

import torch
from torch import Tensor


def brightest_positions(maps: Tensor) -> Tensor:
    """Where each map is largest: maps (n, 1, height, width) or (n, height, width) to int64 (n, 2).

    The columns are (x, y). Of equal pixels the first in reading order counts.
    """
    width = maps.shape[-1]
    index = maps.flatten(1).argmax(1)
    return torch.stack((index % width, index // width), 1)


def pixel_distances(predicted: Tensor, positions: Tensor) -> Tensor:
    """Euclidean distance in pixels between two lists of positions, (n, 2) each: float32, (n,)."""
    return (predicted - positions).float().norm(dim=1)


def overlaps(painted: Tensor, target: Tensor) -> Tensor:
    """Intersection over union of each pair of pictures: float32, shape (n,), from 0 to 1.

    Both are (n, 1, height, width); what is above 0 counts as painted. Two empty pictures overlap
    fully: 1.
    """
    ours, theirs = (painted > 0).flatten(1), (target > 0).flatten(1)
    union = (ours | theirs).sum(1)
    return torch.where(union > 0, (ours & theirs).sum(1) / union.clamp(min=1), 1.0)
