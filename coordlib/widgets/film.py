"""The pictures that are taken of a network while it trains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from coordlib.widgets.base import box_list

# A long training keeps every second, then every fourth … of its points and pictures.
_MOST_POINTS = 400
_MOST_PICTURES = 100
# Most is learnt early. Between evaluations a picture is kept after so many times the last one's
# steps: several in the first epochs, none in the later ones.
_NEXT_PICTURE = 1.5

Boxes = list[list[list[float]]]  # for each picture its boxes; [] if none has any


class Film:
    """Pictures of one kind, each with the steps after which it was taken; the first at once.

    shape: (n, height, width) in one ink, or (n, height, width, 3) in red, green and blue.
    taken: (steps, levels of 0 to 255 in that shape, boxes) of each.
    """

    def __init__(self, picture: Callable[[], Any] | None, network: nn.Module) -> None:
        """picture: as `LiveTraining` takes it; None: there are none, of shape (0, 1, 1).

        Raises ValueError for pictures or boxes of other shapes.
        """
        self._picture, self._network = picture, network
        levels, boxes = np.zeros((0, 1, 1), np.uint8), []
        if picture is not None:
            levels, boxes = _drawn(picture, network)
        self.shape = levels.shape
        self.taken: list[tuple[int, np.ndarray, Boxes]] = [(0, levels, boxes)]

    def is_due(self, step: int) -> bool:
        """Whether a picture is to be taken although nothing was evaluated."""
        return step >= _NEXT_PICTURE * self.taken[-1][0]

    def take(self, step: int) -> None:
        """Take a picture after so many steps, unless there is one.

        Raises ValueError if its shape is not the first one's.
        """
        if self._picture is None or step == self.taken[-1][0]:
            return
        levels, boxes = _drawn(self._picture, self._network)
        if levels.shape != self.shape:
            raise ValueError(
                f"picture gave shape {levels.shape}; it takes {self.shape}, as at first"
            )
        self.taken = thinned([*self.taken, (step, levels, boxes)], _MOST_PICTURES)


def thinned(points: list[Any], most: int = _MOST_POINTS) -> list[Any]:
    """Every second point, keeping the first and the last, once there are more than `most`."""
    return points if len(points) <= most else [*points[:-1:2], points[-1]]


def box_lists(name: str, boxes: Sequence[Any], maps: Sequence[Any]) -> Boxes:
    """For each picture its boxes, as a page gets them.

    Raises ValueError, calling them `name`, for another number of lists, or boxes of another shape.
    """
    if len(boxes) != len(maps):
        raise ValueError(
            f"{name} got {len(boxes)} lists; it takes one for each of {len(maps)} maps"
        )
    return [box_list(name, each) for each in boxes]


def _drawn(picture: Callable[[], Any], network: nn.Module) -> tuple[np.ndarray, Boxes]:
    """Pictures in 255 levels, and their boxes. No trace is left: the training is the same."""
    training_now = network.training
    network.eval()
    with torch.inference_mode(), torch.random.fork_rng():
        given = picture()
    network.train(training_now)
    is_pair = isinstance(given, tuple) and len(given) == 2
    maps, boxes = given if is_pair else (given, None)
    values = np.asarray(maps, dtype=np.float32).clip(0, 1)
    is_coloured = values.ndim == 4 and values.shape[3] == 3
    if values.ndim != 3 and not is_coloured:
        raise ValueError(
            f"picture gave shape {values.shape}; it takes maps of shape (n, height, width), or "
            "colours of shape (n, height, width, 3)"
        )
    levels = np.rint(255 * (values if is_coloured else np.sqrt(values))).astype(np.uint8)
    return levels, [] if boxes is None else box_lists("picture's boxes", boxes, maps)
