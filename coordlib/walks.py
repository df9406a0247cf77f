"""Walks: what pictures show along a line between two latents. Do objects move, or do they fade?

Paper section 5; claims C21 and C22. The measures are the course's own: of the paper's walks we know
pictures and no numbers. A walk is a sequence of *frames*, pictures of blue and red objects on
white (`datasets.scenes`), float32, (walks, frames, 3, side, side), red, green and blue from 0 to 1.

What lies at a pixel is said by three *maps* from 0 to 1: how blue it is, how red, and how much ink
of whatever colour there is.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F

from coordlib import checks
from coordlib.datasets import stamps
from coordlib.metrics import brightest_positions

FRAMES = 16
SUMMARY = ("walk_valid", "walk_pieces", "walk_jumps", "walk_fade")
# A pixel counts where a map says more. At 0.5 most frames of a cross-fade would count as objects.
MARKED = 0.7
# What an object may be: its sides as parts of the largest object's; its area, at least as part of
# a disc's and at most as part of a square's; how much of the box around it is filled, as part of
# what a disc fills. All objects in scenes are within, those with a hidden corner as well.
_SIDES, _LEAST, _MOST, _FILLED = (0.73, 1.27), 0.8, 1.24, 0.9
_EVERY = 3  # frames from one that the fade index looks at to the next
_AT_ONCE = 64  # walks or pictures: what fits into a processor's cache
# Pixels hang together along their sides, and never from one picture to the next.
_TOGETHER = np.stack([np.zeros((3, 3)), ndimage.generate_binary_structure(2, 1), np.zeros((3, 3))])


@dataclass(frozen=True)
class Walks:
    """What the frames of walks show. Where there is an axis of 2 colours, it is blue, then red.

    single: boolean, (walks, frames, 2), see `single`. pieces: int64, (walks, frames), see `pieces`.
    centres: float32, (walks, frames, 2, 2), see `centres`. fade: float32, (walks, 2), see `fade`.
    """

    single: Tensor
    pieces: Tensor
    centres: Tensor
    fade: Tensor

    @property
    def distance(self) -> Tensor:
        """How far apart a colour's first and last centre lie, in pixels: float32, (walks, 2)."""
        return (self.centres[:, -1] - self.centres[:, 0]).norm(dim=-1)

    @property
    def jump(self) -> Tensor:
        """The longest step between two frames, as part of `distance`: float32, (walks, 2).

        It is 1/15 of 16 frames in a steady motion, about 1 in a cross-fade. Read it where the
        distance is many pixels; where it is 0 this is infinite or no number.
        """
        return self.centres.diff(dim=1).norm(dim=-1).amax(1) / self.distance

    def summary(self, objects: int) -> dict[str, float]:
        """In four numbers, for scenes of a red object alone, 1, or of a blue one as well, 2.

        walk_valid: the share of frames with exactly one object of each colour that there is;
        walk_pieces: with the right number of objects, whatever their colours. walk_jumps: the share
        of walks in which the red object goes more than half its way between two frames, or is gone
        in one. walk_fade: how much of what is red fades, on average.
        """
        return {
            "walk_valid": self.single[..., -objects:].all(-1).float().mean().item(),
            "walk_pieces": (self.pieces == objects).float().mean().item(),
            # So that what is no number counts as well.
            "walk_jumps": (~(self.jump[:, 1] <= 0.5)).float().mean().item(),
            "walk_fade": self.fade[:, 1].mean().item(),
        }


def far_pairs(places: Tensor, side: int, number: int) -> Tensor:
    """Numbers of two places each that are half a canvas apart: int64, (number, 2).

    At least so far: where an object and its next place overlap, fading looks like moving. places:
    (n, 2), on a canvas of such a side. Taken evenly from all such pairs; fewer if there are.
    """
    places = places.double()
    pairs = (torch.cdist(places, places) >= side / 2).triu().nonzero()
    return pairs[torch.linspace(0, len(pairs) - 1, min(number, len(pairs))).long()]


@torch.inference_mode()
def walk(
    paint: Callable[[Tensor], Tensor], start: Tensor, end: Tensor, frames: int = FRAMES
) -> Tensor:
    """The frames along straight lines, with both ends: float32, (walks, frames, 3, side, side).

    paint: from latents (n, size) to pictures (n, 3, side, side), 0 to 1; what lies beyond is cut
        off. A decoder, or a generator whose colours are brought there from -1 to 1.
    start, end: (walks, size).

    Raises ValueError for ends that do not fit each other, or fewer than two frames.
    """
    checks.whole_number("frames", frames, 2)
    if start.dim() != 2 or start.shape != end.shape:
        raise ValueError(
            f"start and end got shapes {tuple(start.shape)} and {tuple(end.shape)}; they take the "
            f"same, (walks, size)"
        )
    parts = torch.linspace(0, 1, frames, device=start.device)[:, None]
    latents = torch.lerp(start[:, None], end[:, None], parts).flatten(0, 1)
    painted = torch.cat([paint(some).float() for some in latents.split(_AT_ONCE)])
    return painted.clamp(0, 1).unflatten(0, (-1, frames))


def measure(frames: Tensor) -> Walks:
    """All measures of walks, whose frames may lie on any device; what they give is on the CPU.

    Raises ValueError for another shape, fewer than 4 frames, or pictures too small for objects.
    """
    shape = frames.shape
    if frames.dim() != 5 or shape[1] <= _EVERY or shape[2] != 3 or shape[3] != shape[4]:
        raise ValueError(
            f"frames got shape {tuple(shape)}; it takes (walks, frames, 3, side, side), with "
            f"{_EVERY + 1} frames or more"
        )
    coloured, ink = colour_maps(frames.cpu())
    colours = coloured.flatten(0, 2)
    return Walks(
        single(colours).view(coloured.shape[:3]),
        pieces(ink.flatten(0, 1)).view(ink.shape[:2]),
        centres(colours).view(*coloured.shape[:3], 2),
        torch.stack([fade(each) for each in coloured.unbind(2)], 1),
    )


def count(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """What `single`, (n, 2), and `pieces`, (n,), find in pictures (n, 3, side, side) on the CPU."""
    coloured, ink = colour_maps(pictures)
    return single(coloured.flatten(0, 1)).view(-1, 2), pieces(ink)


def colour_maps(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """How blue and how red each pixel is, (…, 2, side, side), and how inked, (…, side, side).

    pictures: (…, 3, side, side). What is purple is neither red nor blue, but it is ink: of all
    three only the white ground has green.
    """
    red, green, blue = pictures.unbind(-3)
    coloured = torch.stack((blue - red.maximum(green), red - blue.maximum(green)), -3)
    return coloured.clamp(min=0), 1 - green


def single(maps: Tensor) -> Tensor:
    """Whether there is exactly one thing in each map, and it is an object: boolean, (n,).

    maps: (n, side, side). A thing is what is MARKED and hangs together; it is an object if its
    sides, its area and the part of its box that it fills are those of a square or a disc, or near.
    """
    side, disc, square = _sizes(maps)
    owners, sides, areas = _things((maps > MARKED).numpy())
    long = (sides >= _SIDES[0] * side) & (sides <= _SIDES[1] * side)
    large = (areas >= _LEAST * disc) & (areas <= _MOST * square)
    full = areas / sides.prod(1) >= _FILLED * disc / square
    things = np.bincount(owners, minlength=len(maps))
    objects = np.bincount(owners[long.all(1) & large & full], minlength=len(maps))
    return torch.from_numpy((things == 1) & (objects == 1))


def pieces(maps: Tensor) -> Tensor:
    """How many objects a map shows, those that touch told apart: int64, (n,).

    maps: (n, side, side). What is MARKED is peeled until an object is a few pixels, which cuts
    through where two touch; of what is left each thing is one, unless it is too long. Squares that
    lie side by side are taken for one such: two objects are found in 74 %, 96 % and 99 % of scenes
    at sides of 16, 32 and 64.
    """
    side, *_ = _sizes(maps)
    peeled = side // 2 - 1
    marked = (maps > MARKED).numpy()
    owners, sides, _ = _things(ndimage.binary_erosion(marked, _TOGETHER, iterations=peeled))
    short = (sides <= side - peeled).all(1)
    return torch.from_numpy(np.bincount(owners[short], minlength=len(maps)))


def centres(maps: Tensor) -> Tensor:
    """The middle, columns (x, y), of what lies where most does: float32, (n, 2).

    maps: (n, side, side). Of all windows as large as an object the one is taken that holds most. So
    in a cross-fade it leaps, where the mean over the whole map would seem to move. No number (NaN)
    where a map is empty.
    """
    side, *_ = _sizes(maps)
    held = F.avg_pool2d(maps[:, None], side, 1, side // 2)
    along = torch.arange(maps.shape[-1])
    near = (along - brightest_positions(held)[:, :, None]).abs() <= side // 2
    columns, rows = near.unbind(1)
    within = maps * columns[:, None, :] * rows[:, :, None]
    total = within.sum((1, 2))
    x, y = within.sum(1) @ along.float(), within.sum(2) @ along.float()
    return torch.stack((x, y), 1) / total[:, None]


def fade(maps: Tensor) -> Tensor:
    """How much of what changes along each walk fades, and does not move: float32, (walks,).

    maps: (walks, frames, side, side), one colour's. 0 where an object moves as it is, 1 where one
    fades out while another fades in: the smallest difference of a frame to its predecessor, shifted
    by up to a quarter of the canvas, over the difference to the predecessor itself. Both are summed
    over every third frame, blurred, and shifts are tried in halves of a pixel. 0 where nothing
    changes.

    An object that leaps less far than such a shift counts as moving, and one that leaps further as
    fading, in part or all of it, however sharp it is: read the jump beside it.
    """
    reach = maps.shape[-1] // 4
    blurred = F.pad(maps[:, ::_EVERY], [2] * 4)  # place for what is blurred over the canvas's edge
    for _ in range(2):
        blurred = F.avg_pool2d(blurred, 3, 1, 1)
    return torch.cat([_faded(some, reach) for some in blurred.split(_AT_ONCE // 4)])


def _faded(maps: Tensor, reach: int) -> Tensor:
    before, after = maps[:, :-1].flatten(0, 1), maps[:, 1:].flatten(0, 1)
    changed = (after - before).abs().sum((1, 2))
    least, total, side = changed, before.sum((1, 2)), maps.shape[-1]
    around = F.pad(before, [reach] * 4)
    for kernel in itertools.product((1, 2), (1, 2)):
        # The mean of two neighbours lies between them: half a pixel further.
        shifted = F.avg_pool2d(around, kernel, 1)
        for row, column in itertools.product(*(range(n - side + 1) for n in shifted.shape[1:])):
            window = shifted[:, row : row + side, column : column + side]
            # What is shifted off the canvas is missing in the next frame: it counts in full.
            differs = ((after - window).abs() - window).sum((1, 2)) + total
            least = least.minimum(differs)
    least, changed = (each.view(len(maps), -1).sum(1) for each in (least, changed))
    return least.clamp(min=0) / changed.clamp(min=torch.finfo(changed.dtype).tiny)


def _sizes(maps: Tensor) -> tuple[int, int, int]:
    """An object's largest side, a disc's area and a square's, in pixels, in such maps."""
    square, disc = stamps(maps.shape[-1])
    return len(square), int(disc.sum()), square.numel()


def _things(marked: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All that hangs together in booleans (n, side, side): where, sides (k, 2), areas (k,)."""
    labels, _ = ndimage.label(marked, _TOGETHER)
    boxes = ndimage.find_objects(labels)
    owners = np.array([box[0].start for box in boxes], int)
    sides = [[axis.stop - axis.start for axis in box[1:]] for box in boxes]
    areas = np.bincount(labels.ravel())[1:]
    return owners, np.array(sides, int).reshape(-1, 2), areas
