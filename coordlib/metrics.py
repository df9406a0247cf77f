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
