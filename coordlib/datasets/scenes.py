"""Scenes of two objects: a blue one and a red one, each a square or a disc (paper section 5).

By the rules of the released code: at 64 × 64 an object reaches 10 pixels from its centre, lies
wholly on the white canvas, and the two centres are at least 20 pixels apart. Squares that lie
diagonally may still overlap; red is on top. Other canvases have the same in smaller, or larger.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from coordlib import checks

OBJECT_SHAPES = ("square", "disc")  # what 0 and 1 stand for
OBJECTS = (1, 2)
SMALLEST_SIDE = 6  # on a smaller canvas a centre could leave no place that is far enough
_BLUE, _RED = 1, 2  # what a pixel shows; 0 for the ground


@dataclass(frozen=True)
class Scenes:
    """Pictures of objects with what lies where.

    images: uint8, (n, 3, side, side), red, green and blue from 0 to 255, the ground white.
    centres: int64, (n, objects, 2), columns (x, y): of the blue object, then of the red one, or of
    the red one alone. shapes: int64, (n, objects), 0 for a square, 1 for a disc.
    """

    images: Tensor
    centres: Tensor
    shapes: Tensor

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, numbers: slice | Tensor) -> Scenes:
        """Some of them, by numbers or a slice."""
        return Scenes(self.images[numbers], self.centres[numbers], self.shapes[numbers])

    def to(self, device: torch.device | str) -> Scenes:
        """The same scenes with their tensors on `device`."""
        return Scenes(self.images.to(device), self.centres.to(device), self.shapes.to(device))


def half_size(side: int) -> int:
    """How many pixels an object reaches from its centre: 10 of 64, 5 of 32, 3 of 16.

    Raises ValueError for a side that is no whole number of at least SMALLEST_SIDE.
    """
    checks.whole_number("side", side, SMALLEST_SIDE)
    return (10 * side + 32) // 64  # to the nearest, and a half up


def stamps(side: int, device: torch.device | str = "cpu") -> Tensor:
    """Both shapes as large as on a canvas: boolean, (2, h, h), h = 2 half_size + 1, True inside.

    A disc has the pixels whose middles are at most the half-size away from that of the centre.
    Raises what `half_size` raises.
    """
    half = half_size(side)
    squared = torch.arange(-half, half + 1, device=device) ** 2
    disc = squared[:, None] + squared <= half**2
    return torch.stack((torch.ones_like(disc), disc))


def scenes(
    number: int,
    *,
    side: int = 64,
    seed: int = 0,
    objects: int = 2,
    device: torch.device | str = "cpu",
) -> Scenes:
    """Make `number` scenes on `device`; the same seed gives the same scenes everywhere.

    Both shapes are as likely, and each place of the blue centre as each other; the red one's is
    drawn anew until it is two half-sizes away. The paper has 50,000 scenes at 64 × 64.
    objects: 2, or 1 for a red one alone, as likely at each place.

    Raises ValueError for an impossible number or seed, or a canvas too small for the objects.
    """
    checks.whole_number("number", number)
    checks.whole_number("objects", objects, *OBJECTS)
    checks.whole_number("seed", seed, 0, 2**32 - 1)
    half = half_size(side)
    generator = np.random.RandomState(seed)  # whose numbers no version of NumPy changes
    shapes = generator.randint(len(OBJECT_SHAPES), size=(number, objects))
    centres = generator.randint(half, side - half, (number, objects, 2))
    waiting = np.full(number, objects == 2)  # for a red centre that is far enough
    while waiting.any():
        centres[waiting, 1] = generator.randint(half, side - half, (waiting.sum(), 2))
        waiting = ((centres[:, 0] - centres[:, 1]) ** 2).sum(1) < (2 * half) ** 2
    return _painted(*(torch.from_numpy(each).to(device) for each in (centres, shapes)), side)


def signed(name: str, images: Tensor) -> Tensor:
    """Colour pictures, (n, 3, side, side), as float from -1, off, to 1, fully on.

    uint8 is converted; float is taken to be so already. name: what a message calls them.
    Raises ValueError for pictures of another shape, TypeError for another type.
    """
    if images.ndim != 4 or images.shape[1] != 3 or images.shape[2] != images.shape[3]:
        raise ValueError(
            f"{name} got shape {tuple(images.shape)}; it takes pictures, (n, 3, side, side)"
        )
    if images.dtype == torch.uint8:
        return images.float() / 127.5 - 1
    if not images.is_floating_point():
        raise TypeError(f"{name} got {images.dtype}; it takes uint8, or float from -1 to 1")
    return images.float()


def _painted(centres: Tensor, shapes: Tensor, side: int) -> Scenes:
    number, objects = shapes.shape
    stamp, half = stamps(side, centres.device), half_size(side)
    around = torch.arange(-half, half + 1, device=centres.device)
    shown = torch.zeros(number, side, side, dtype=torch.uint8, device=centres.device)
    picture = torch.arange(number, device=centres.device)[:, None, None]
    for colour, centre, shape in zip(
        (_BLUE, _RED)[-objects:], centres.unbind(1), shapes.unbind(1), strict=True
    ):
        columns, rows = (centre[:, :, None] + around).unbind(1)
        pixels = picture, rows[:, :, None], columns[:, None, :]
        shown[pixels] = torch.where(stamp[shape], colour, shown[pixels])
    # White less what the object's colour lacks; booleans are bytes, so nothing is copied.
    lit = torch.stack((shown != _BLUE, shown == 0, shown != _RED), 1)
    return Scenes(lit.view(torch.uint8).mul_(255), centres, shapes)
