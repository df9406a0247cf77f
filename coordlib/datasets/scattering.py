"""Fields of digits: several digits scattered over a canvas, with their boxes (paper section 5).

A *box* is (left, top, right, bottom) in pixels, x before y, from 0 at the canvas's outer edge to
`CANVAS`: the pixel in column x covers x to x + 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from coordlib import checks
from coordlib.datasets.digits import Digits

CANVAS = 64
SIDES = (15, 25)  # the smallest and the largest side of a digit's box, in pixels
# Each digit lies wholly on the canvas; or on one of 120 × 120, of which the middle is cut out, as
# in the released data: most digits are cut off or lie outside.
PLACEMENTS = ("whole", "cropped")
_CROPPED_FROM = 120
_AT_ONCE = 2_000  # digits that are drawn at a time: some 100 MB


@dataclass(frozen=True)
class Fields:
    """Pictures of digits with what lies where.

    images: uint8, (n, 1, CANVAS, CANVAS). boxes: float32, (n, most, 4). labels: int64, (n, most).
    present: boolean, (n, most): a picture with fewer than `most` digits has boxes of zeros there.
    """

    images: Tensor
    boxes: Tensor
    labels: Tensor
    present: Tensor

    def __len__(self) -> int:
        return len(self.images)

    def to(self, device: torch.device | str) -> Fields:
        """The same fields with their tensors on `device`."""
        return Fields(*(getattr(self, name).to(device) for name in self.__dataclass_fields__))


def scatter(
    digits: Digits,
    number: int,
    *,
    fewest: int = 5,
    most: int = 5,
    placement: str = "whole",
    seed: int = 0,
) -> Fields:
    """Scatter digits over `number` canvases; the same seed gives the same fields everywhere.

    Each digit is cut out to its ink, stretched to a height and a width drawn from SIDES, and put
    anywhere it fits, so that digits may overlap: their ink is added, up to full ink. Digits are
    taken in turn from random orders of all, so that each is used about equally often.

    fewest, most: how many digits a canvas gets, drawn evenly; 0 makes an empty one.
    placement: one of PLACEMENTS. A cropped field keeps the boxes of the digits that are cut off or
        lie outside.

    Raises ValueError for another placement or an impossible number.
    """
    checks.one_of("placement", placement, PLACEMENTS)
    checks.whole_number("number", number)
    checks.whole_number("fewest", fewest, 0)
    checks.whole_number("most", most, max(1, fewest))
    generator = np.random.RandomState(seed)  # whose numbers no version of NumPy changes
    n = number * most
    orders = [generator.permutation(len(digits)) for _ in range(-(-n // len(digits)))]
    taken = torch.from_numpy(np.concatenate(orders)[:n])
    side = CANVAS if placement == "whole" else _CROPPED_FROM
    sizes = generator.randint(SIDES[0], SIDES[1] + 1, (n, 2))
    # The first corner of each, anywhere from 0 to where the digit still fits.
    corners = np.floor(generator.random_sample((n, 2)) * (side - sizes + 1))
    corners -= (side - CANVAS) // 2
    boxes = torch.from_numpy(np.concatenate((corners, corners + sizes), 1)).float()
    many = torch.from_numpy(generator.randint(fewest, most + 1, number))
    present = torch.arange(most) < many[:, None]

    images = torch.zeros(number, CANVAS, CANVAS)
    owner = torch.arange(number).repeat_interleave(most)
    for some in torch.arange(n)[present.flatten()].split(_AT_ONCE):
        drawn = _stretched(digits.images[taken[some]], boxes[some])
        images.index_add_(0, owner[some], drawn)
    boxes = boxes.view(number, most, 4) * present[:, :, None]
    labels = digits.labels[taken].view(number, most) * present
    return Fields(images.clamp(max=255).round().byte()[:, None], boxes, labels, present)


def _stretched(images: Tensor, boxes: Tensor) -> Tensor:
    """Each picture's ink, stretched into its box on an empty canvas: float32, (n, CANVAS, CANVAS).

    Bilinear; what lies outside the canvas is cut off.
    """
    along = torch.arange(CANVAS) + 0.5  # the middles of the pixels
    grid, inside = [], []
    for low, high, axis in ((boxes[:, 0], boxes[:, 2], 1), (boxes[:, 1], boxes[:, 3], 2)):
        first, last = _ink(images.amax(axis) > 0)
        part = (along - low[:, None]) / (high - low)[:, None]  # 0 to 1 inside the box
        # grid_sample counts from -1 to 1 between the picture's outer edges.
        grid.append((first + part * (last - first)) / (images.shape[-1] / 2) - 1)
        inside.append((part > 0) & (part < 1))
    x, y = grid
    places = torch.stack(
        (x[:, None, :].expand(-1, CANVAS, -1), y[:, :, None].expand(-1, -1, CANVAS)), -1
    )
    drawn = F.grid_sample(images[:, None].float(), places, align_corners=False)[:, 0]
    return drawn * (inside[1][:, :, None] & inside[0][:, None, :])


def _ink(used: Tensor) -> Iterator[Tensor]:
    """Where ink begins and ends along an axis, from (n, 28) booleans: two of (n, 1), in pixels."""
    steps = used.to(torch.uint8)
    yield steps.argmax(1, keepdim=True).float()
    yield used.shape[1] - steps.flip(1).argmax(1, keepdim=True).float()
