"""Checkers for notebook 03: coordinate channels, the position bias, weights set by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from coordlib.coordinates import coordinate_channels
from coordlib.datasets import pixel_index, positions
from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import equal, finite, judge, kind, numbers, parts, unlike
from coordlib.exercises.guarding import by_hand
from coordlib.layers import CoordConv2d


def channels(height: int, width: int) -> Tensor:
    """The coordinates of every pixel, (2, height, width), x first, from -1 to 1; float32.

    An axis of one pixel is 0. It is `coordlib.coordinates.coordinate_channels`, written out.
    """
    x, y = ((2 * torch.arange(n) - (n - 1)) / max(n - 1, 1) for n in (width, height))
    return torch.stack((x.expand(height, width), y[:, None].expand(height, width)))


@exercise("3.1", minutes=8, difficulty=1, stand_in=channels)
def channels_of_any_size(answer: Callable[[int, int], Any]) -> str:
    """The coordinate channels of a canvas, (2, height, width), x first; 0 where a size is 1."""
    judge(
        answer,
        [(4, 6), (7, 3), (1, 5), (6, 1), (1, 1), (5, 5), (2, 9), (64, 48)],
        _channels,
        said=lambda height, width: f"for {height} × {width}",
        mistakes=(
            (
                lambda *size: _channels(*size).flip(0),
                "the two channels are swapped: x, along the columns, comes first",
            ),
            (
                lambda *size: _channels(*size).flip(1),
                "y grows upwards; rows are counted from the top, where y is -1",
            ),
            (
                lambda *size: _channels(*size).flip(2),
                "x grows to the left; columns are counted from the left, where x is -1",
            ),
            (
                lambda *size: -_channels(*size),
                "both signs are turned: the upper left pixel is (-1, -1)",
            ),
            (
                lambda *size: (_channels(*size) + 1) / 2,
                "the values go from 0 to 1, not from -1 to 1",
            ),
        ),
        read=_maps,
        tell=_channels_differ,
    )
    by_hand(lambda: answer(4, 6), "count the pixels yourself")
    return "right for wide, high and one-pixel canvases."


def _maps(result: Any) -> Tensor:
    """A copy of a tensor, with which the page goes on; NotYet for anything else."""
    if not isinstance(result, Tensor):
        raise NotYet(f"the result is {kind(result)}; wanted is a tensor")
    return numbers(result)


def _channels(height: int, width: int) -> Tensor:
    return coordinate_channels((height, width), dtype=torch.float64)


def _channels_differ(found: Tensor, wanted: Tensor, height: int, width: int) -> str:
    if found.shape != wanted.shape:
        return (
            f"the shape is {tuple(found.shape)}; wanted is (2, {height}, {width}): channel, row, "
            "column"
        )
    if not found.isfinite().all():
        return "there is a NaN or infinity: with one pixel, size - 1 is 0"
    if (width == 1 and found[0].any()) or (height == 1 and found[1].any()):
        return "an axis of one pixel is not 0: its only pixel is the middle"
    ends = [unlike(found.min().item(), -1), unlike(found.max().item(), 1)]
    if any(ours != right for ours, right in ends) and not (
        equal(found.min(), wanted.min()) and equal(found.max(), wanted.max())
    ):
        return f"the values go from {ends[0][0]} to {ends[1][0]}, not from -1 to 1"
    corners = [one[:, :: max(height - 1, 1), :: max(width - 1, 1)] for one in (found, wanted)]
    if equal(*corners):
        return "the ends are right, but not every pixel between them"
    channel, row, column = (found - wanted).abs().gt(1e-6).nonzero()[0].tolist()
    ours, right = unlike(found[channel, row, column].item(), wanted[channel, row, column].item())
    return f"{'xy'[channel]} is {ours} in row {row}, column {column}; it should be {right}"


class _BlackBox(nn.Module):
    """A layer that can only be called, and tells its `in_channels`."""

    def __init__(self, layer: CoordConv2d) -> None:
        super().__init__()
        self.in_channels = layer.in_channels

        def forward(images: Tensor) -> Tensor:
            if images.ndim != 4:  # a reader's own layer, which the page asks next, takes no other
                raise ValueError(f"images got shape {tuple(images.shape)}; they take (n, c, h, w)")
            return layer(images)

        self.forward = forward


def map_of(layer: nn.Module, height: int, width: int) -> Tensor:
    """What a layer adds for pictures of a size, whatever is on them: (filters, *output sizes).

    It is `coordlib.layers.CoordConv2d.position_bias`, found by calling the layer alone.
    """
    return layer(torch.zeros(1, layer.in_channels, height, width))[0].detach()


@exercise("3.3", minutes=6, difficulty=2, stand_in=map_of)
def map_from_outside(answer: Callable[[nn.Module, int, int], Any]) -> str:
    """What a CoordConv layer adds for a size, (c_out, *output sizes), found by calling it."""
    torch.manual_seed(0)
    layers = [
        (CoordConv2d(3, 4, 3, padding=1), (6, 8)),
        (CoordConv2d(2, 5, 3, stride=2), (9, 7)),
        (CoordConv2d(1, 1, 1), (4, 5)),
        (CoordConv2d(5, 2, 5, padding=1, with_r=True), (8, 6)),
    ]
    known = {(layer.in_channels, *size): layer for layer, size in layers}

    def of(make: Callable[[CoordConv2d, Tensor], Tensor]) -> Callable[..., Tensor]:
        """From a layer and its map to a result, as a function of a case."""

        def result(box: _BlackBox, *size: int) -> Tensor:
            layer = known[(box.in_channels, *size)]
            with torch.no_grad():
                return make(layer, layer.position_bias(*size))

        return result

    def constant(layer: CoordConv2d, wanted: Tensor) -> Tensor:
        return layer.bias[:, None, None].expand_as(wanted)

    def ones(layer: CoordConv2d, wanted: Tensor) -> Tensor:
        size = next(size for one, size in layers if one is layer)
        return layer(torch.ones(layer.in_channels, *size))

    def differ(found: Tensor, wanted: Tensor, box: _BlackBox, *size: int) -> str | None:
        if found.shape != wanted.shape:
            return (
                f"the map has shape {tuple(found.shape)}; the layer's output there is "
                f"{tuple(wanted.shape)}"
            )
        torch.manual_seed(1)
        if not equal(numbers(answer(box, *size)), found):
            return "part of an image's convolution is in it: asked again, you give another map"
        return None

    judge(
        answer,
        # In evaluation mode, so that an answer that sets it changes nothing.
        [(_BlackBox(layer).eval(), *size) for layer, size in layers],
        of(lambda layer, wanted: wanted),
        said=lambda box, height, width: f"for {height} × {width} pixels",
        mistakes=(
            (
                of(lambda layer, wanted: wanted[None]),
                "the result still has a batch axis; the map is one for all examples",
            ),
            (
                of(constant),
                "this is the ordinary bias, the same everywhere; the map has it and more",
            ),
            (
                of(lambda layer, wanted: wanted - constant(layer, wanted)),
                "nearly: the layer's ordinary bias is part of what it adds",
            ),
            (
                of(lambda layer, wanted: wanted + constant(layer, wanted)),
                "the layer's ordinary bias is in it twice",
            ),
            (of(ones), "an image of ones is convolved too; which image leaves nothing behind?"),
            (
                of(lambda layer, wanted: wanted.relu()),
                "a ReLU has cut off what lies below 0; the layer has none",
            ),
            (of(lambda layer, wanted: -wanted), "the sign is turned: it is what the layer adds"),
        ),
        read=_maps,
        tell=differ,
    )
    return "a black box told you its map: it answers an empty image with nothing else."


@exercise("3.4", minutes=12, difficulty=2)
def mirror_weights(answer: Callable[[], Any]) -> str:
    """Weights (4, 4) and (4,) that light, for each (x, y), the pixel at (63 - x, y) alone."""
    first, second = (
        finite(part, name).double()
        for part, name in zip(parts(answer(), "first", "second"), ("first", "second"), strict=True)
    )
    if first.shape != (4, 4) or second.numel() != 4:
        raise NotYet(
            f"first has shape {tuple(first.shape)} and second {tuple(second.shape)}; wanted are "
            "(4, 4), a row for each hidden unit, and (4,)"
        )
    given = positions()
    x, y = given.T
    lit = _lit(first, second, torch.stack((63 - x, y), 1), given)
    if lit.all():
        return "twenty weights, and all 3,136 positions land on their mirror image."
    for weights, where, why in (
        (
            -second,
            (63 - x, y),
            "the mirrored pixel is the darkest of all: turn the signs of `second`",
        ),
        (second, (x, y), "it lights the pixel at (x, y) itself; wanted is (63 - x, y)"),
        (second, (x, 63 - y), "it lights the pixel at (x, 63 - y); wanted is (63 - x, y)"),
        (
            second,
            (63 - x, 63 - y),
            "it lights the pixel at (63 - x, 63 - y); wanted is (63 - x, y)",
        ),
        (second, (63 - y, x), "it lights the pixel at (63 - y, x); wanted is (63 - x, y)"),
        (second, (y, x), "it lights the pixel at (y, x); wanted is (63 - x, y)"),
        (second, (y, 63 - x), "i and j are swapped: i, before j, is the pixel's column"),
    ):
        some = slice(None, None, 13)  # no other mistake of the list is right for all of these
        if _lit(first, weights, torch.stack(where, 1)[some], given[some]).all():
            raise NotYet(why)
    if _lit(first.T, second, torch.stack((63 - x, y), 1), given).all():
        raise NotYet("`first` is turned over: wanted is a row for each hidden unit")
    if _lit(first[:, [0, 2, 1, 3]], second, torch.stack((63 - x, y), 1), given).all():
        raise NotYet("the columns of `first` are x, y, i, j; yours look like x, i, y, j")
    said = f"the mirrored pixel is the single brightest for {int(lit.sum()):,} of 3,136 positions"
    if (second >= 0).any():
        said += "; a hidden unit whose weight in `second` is not negative makes no pixel darker"
    elif any(_alone(first)):
        said += "; each |…| needs two hidden units, one for either sign"
    raise NotYet(said)


def _alone(first: Tensor) -> list[bool]:
    """For each hidden unit whether none of the others has all its signs turned."""
    signs = first.sign()
    return [not any(torch.equal(one, -other) for other in signs) for one in signs]


def _lit(first: Tensor, second: Tensor, targets: Tensor, given: Tensor) -> Tensor:
    """For each position whether the target is brighter than every other pixel of the canvas."""
    canvas = 64
    grid = coordinate_channels((canvas, canvas), dtype=torch.float64).flatten(1)  # (2, pixels)
    scaled = (2 * given.double() - (canvas - 1)) / (canvas - 1)
    from_position, from_pixel = scaled @ first[:, :2].T, first[:, 2:] @ grid
    lit = []
    for hidden, target in zip(from_position.split(64), targets.split(64), strict=True):
        logits = torch.einsum(
            "h,nhp->np", second.flatten(), (hidden[..., None] + from_pixel).relu()
        )
        at_target = logits.gather(1, pixel_index(target, canvas)[:, None])
        room = 1e-9 * logits.abs().amax()  # rounding, however large the weights are
        lit.append((logits >= at_target - room).sum(1) == 1)
    return torch.cat(lit)
