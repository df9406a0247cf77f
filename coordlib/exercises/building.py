"""Checkers for notebook 03: coordinate channels, AddCoords, the position bias, weights by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from coordlib.coordinates import AddCoords, coordinate_channels
from coordlib.datasets import pixel_index, positions
from coordlib.exercises import CLOSE, NotYet, exercise, same, tensor
from coordlib.layers import CoordConv2d


@exercise("3.1", minutes=8, difficulty=1)
def channels_of_any_size(answer: Callable[[int, int], Any]) -> str:
    """The coordinate channels of a canvas, (2, height, width), x first; 0 where a size is 1."""
    for height, width in ((4, 6), (7, 3), (1, 5), (6, 1), (1, 1)):
        found = tensor(answer(height, width))
        size = f"for {height} × {width}"
        wanted = coordinate_channels((height, width), dtype=torch.float64)
        if found.shape != wanted.shape:
            raise NotYet(
                f"{size} the shape is {tuple(found.shape)}; wanted is (2, {height}, {width}): "
                "channel, row, column"
            )
        if not found.isfinite().all():
            raise NotYet(f"{size} there is a NaN or infinity: with one pixel, size - 1 is 0")
        if same(found, wanted):
            continue
        if same(found, wanted.flip(0)):
            raise NotYet(f"{size} the two channels are swapped: x, along the columns, comes first")
        if 1 in (height, width):
            raise NotYet(f"{size} an axis of one pixel is not 0: its only pixel is the middle")
        low, high = found.min().item(), found.max().item()
        if max(abs(low + 1), abs(high - 1)) > CLOSE:
            raise NotYet(f"{size} the values go from {low:.3g} to {high:.3g}, not from -1 to 1")
        raise NotYet(f"{size} the ends are right, but not every pixel between them")
    return "right for wide, high and one-pixel canvases."


@exercise("3.2", minutes=8, difficulty=2)
def add_coords_with_r(answer: Callable[[Tensor], Any]) -> str:
    """(batch, c, height, width) to the same with x, y and r appended, r = √(x² + y²)."""
    torch.manual_seed(0)
    for shape in ((2, 3, 5, 7), (4, 1, 6, 6)):
        images = torch.randn(shape)
        wanted = AddCoords(with_r=True)(images)
        found = tensor(answer(images.clone()))
        batch, channels, height, width = shape
        if found.shape != wanted.shape:
            raise NotYet(
                f"images of shape {shape} became {tuple(found.shape)}; wanted is "
                f"{tuple(wanted.shape)}: the {channels} channels that came in, then x, y and r"
            )
        before, x_and_y = found[:, :channels], found[:, channels:-1]
        if not same(before, images):
            raise NotYet("the images' own channels have changed, or do not come first")
        if not same(x_and_y, wanted[:, channels:-1]):
            raise NotYet("behind the images' channels, the next two are not x and then y")
        r, right = found[:, -1], wanted[:, -1]
        if same(r, right**2):
            raise NotYet("r is x² + y²: the root is missing")
        if not same(r, right):
            middle, corner = r[0, height // 2, width // 2].item(), r[0, 0, 0].item()
            raise NotYet(
                f"for {height} × {width}, r is {corner:.3g} in the corner and {middle:.3g} at "
                f"pixel ({width // 2}, {height // 2}); wanted are {right[0, 0, 0]:.3g} and "
                f"{right[0, height // 2, width // 2]:.3g}, from the scaled x and y"
            )
    return "r is 0 in the centre and √2 in every corner."


@exercise("3.3", minutes=6, difficulty=2)
def map_from_outside(answer: Callable[[nn.Module, int, int], Any]) -> str:
    """What a CoordConv layer adds for a size, (c_out, *output sizes), found by calling it."""
    torch.manual_seed(0)
    for layer, sizes in (
        (CoordConv2d(3, 4, 3, padding=1), (6, 8)),
        (CoordConv2d(2, 5, 3, stride=2), (9, 7)),
    ):
        with torch.no_grad():
            found = tensor(answer(layer, *sizes))
            wanted = layer.position_bias(*sizes)
            constant = layer.bias[:, None, None].expand_as(wanted)
            ones = layer(torch.ones(layer.in_channels, *sizes))
        if found.ndim == 4 and found.shape[1:] == wanted.shape:
            raise NotYet("the result still has a batch axis; the map is one for all examples")
        if found.shape != wanted.shape:
            raise NotYet(
                f"for {sizes[0]} × {sizes[1]} pixels the map has shape {tuple(found.shape)}; "
                f"the layer's output there is {tuple(wanted.shape)}"
            )
        if same(found, wanted):
            continue
        if same(found, constant):
            raise NotYet("this is the ordinary bias, the same everywhere; the map has it and more")
        if same(found, wanted - constant):
            raise NotYet("nearly: the layer's ordinary bias is part of what it adds")
        if same(found, ones):
            raise NotYet("an image of ones is convolved too; which image leaves nothing behind?")
        raise NotYet("part of an image's convolution is in it: another image gives another result")
    return "a black box told you its map: it answers an empty image with nothing else."


@exercise("3.4", minutes=12, difficulty=2)
def mirror_weights(answer: Callable[[], Any]) -> str:
    """Weights (4, 4) and (4,) that light, for each (x, y), the pixel at (63 - x, y) alone."""
    weights = answer()
    if not isinstance(weights, (tuple, list)) or len(weights) != 2:
        raise NotYet("the result is not two things: first, then second")
    first, second = (
        tensor(part, name) for part, name in zip(weights, ("first", "second"), strict=True)
    )
    if first.shape != (4, 4) or second.numel() != 4:
        raise NotYet(
            f"first has shape {tuple(first.shape)} and second {tuple(second.shape)}; wanted are "
            "(4, 4), a row for each hidden unit, and (4,)"
        )
    given = positions()
    x, y = given.T
    mirrored = torch.stack((63 - x, y), 1)
    right = _lit(first, second, mirrored, given)
    if right == len(given):
        return "twenty weights, and all 3,136 positions land on their mirror image."
    some = given[::13]  # enough to tell which mistake it is
    x, y = some.T
    if _lit(first, -second, mirrored[::13], some) == len(some):
        raise NotYet("the mirrored pixel is the darkest of all: turn the signs of `second`")
    for where, other in (
        ("(x, y) itself", (x, y)),
        ("(x, 63 - y)", (x, 63 - y)),
        ("(63 - x, 63 - y)", (63 - x, 63 - y)),
    ):
        if _lit(first, second, torch.stack(other, 1), some) == len(some):
            raise NotYet(f"it lights the pixel at {where}; wanted is (63 - x, y)")
    raise NotYet(
        f"the mirrored pixel is the single brightest for {right:,} of 3,136 positions; each |…| "
        "needs two hidden units, one for either sign"
    )


def _lit(first: Tensor, second: Tensor, targets: Tensor, given: Tensor) -> int:
    """For how many positions the target is brighter than every other pixel of the canvas."""
    canvas = 64
    grid = coordinate_channels((canvas, canvas), dtype=torch.float64).flatten(1)  # (2, pixels)
    scaled = (2 * given.double() - (canvas - 1)) / (canvas - 1)
    from_position, from_pixel = scaled @ first[:, :2].T, first[:, 2:] @ grid
    lit = 0
    for hidden, target in zip(from_position.split(64), targets.split(64), strict=True):
        logits = torch.einsum(
            "h,nhp->np", second.flatten(), (hidden[..., None] + from_pixel).relu()
        )
        at_target = logits.gather(1, pixel_index(target, canvas)[:, None])
        lit += int(((logits >= at_target - 1e-9).sum(1) == 1).sum())
    return lit
