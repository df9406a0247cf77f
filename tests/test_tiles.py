"""A tile of a larger picture gives what the picture gives, wherever it sees all that matters."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import nn

from coordlib.coordinates import AddCoords
from coordlib.layers import CoordConv1d, CoordConv2d, CoordConv3d, CoordConvTranspose2d


def valid(layer, start, sizes, whole):
    """By which outputs of a tile of these sizes nothing is seen but it and the whole's own edge.

    A slice of the tile's outputs for each axis, and of the whole's.
    """
    ours, theirs = [], []
    for axis, (at, size, end) in enumerate(zip(start, sizes, whole, strict=True)):
        stride, kernel, pad = layer.stride[axis], layer.kernel_size[axis], layer.padding[axis]
        reach = layer.dilation[axis] * (kernel - 1)
        if layer.transposed:
            outputs = (size - 1) * stride - 2 * pad + reach + 1
            first = 0 if at == 0 else max(0, reach - pad)
            last = outputs if at + size == end else min(outputs, size * stride - pad)
            offset = at * stride
        else:
            outputs = (size + 2 * pad - reach - 1) // stride + 1
            sees = [(o * stride - pad, o * stride - pad + reach) for o in range(outputs)]
            wraps = layer.padding_mode == "circular"
            good = [
                (low >= 0 or (at == 0 and not wraps))
                and (high < size or (at + size == end and not wraps))
                for low, high in sees
            ]
            first, last = good.index(True), outputs - good[::-1].index(True)
            offset = at // stride
        ours.append(slice(first, last))
        theirs.append(slice(offset + first, offset + last))
    return (..., *ours), (..., *theirs)


WHOLE = {1: (40,), 2: (24, 40), 3: (12, 14, 16)}
KINDS = {1: CoordConv1d, 2: CoordConv2d, 3: CoordConv3d}


def check(layer, whole_sizes, start, sizes, batch=2):
    picture = torch.randn(batch, 4, *whole_sizes, dtype=torch.float64)
    inside = tuple(slice(at, at + size) for at, size in zip(start, sizes, strict=True))
    with layer.tile(start, whole_sizes):
        output = layer(picture[(..., *inside)])
        map = layer.position_bias(*sizes)
    ours, theirs = valid(layer, start, sizes, whole_sizes)
    expected = layer(picture)[theirs]
    assert expected.numel() > 0
    torch.testing.assert_close(output[ours], expected, rtol=1e-11, atol=1e-11)
    # The coordinates' part is right also where the tile's own edge is in sight.
    offset = [s.start - o.start for s, o in zip(theirs[1:], ours[1:], strict=True)]
    here = (..., *(slice(o, o + n) for o, n in zip(offset, map.shape[1:], strict=True)))
    torch.testing.assert_close(map, layer.position_bias(*whole_sizes)[here], rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("with_r", [False, True])
@pytest.mark.parametrize("padding_mode", ["zeros", "reflect", "replicate", "circular"])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_a_tile_gives_what_the_whole_gives(rank, padding_mode, with_r):
    whole = WHOLE[rank]
    for kernel, stride, padding, dilation, channels in itertools.product(
        (1, 3), (1, 2), (0, 1, 2), (1, 2), (6, 512)
    ):
        if channels == 512 and rank != 2:  # so many that the map is large
            continue
        layer = KINDS[rank](
            4,
            channels,
            kernel,
            stride=stride,
            padding=padding,
            dilation=dilation,
            padding_mode=padding_mode,
            with_r=with_r,
            dtype=torch.float64,
        )
        sizes = tuple(size // 2 for size in whole)
        for place in (0, 1, 2):  # at the beginning, in the middle, at the end
            start = tuple(place * (size // 4) // stride * stride for size in whole)
            check(layer, whole, start, sizes)
    check(layer, whole, (0,) * rank, whole, batch=1)


@pytest.mark.parametrize("groups", [1, 2])
def test_a_tile_for_a_transposed_layer(groups):
    for kernel, stride, padding in itertools.product((2, 3), (1, 2, 3), (0, 1)):
        layer = CoordConvTranspose2d(
            4, 6, kernel, stride=stride, padding=padding, groups=groups, dtype=torch.float64
        )
        for start in ((0, 0), (5, 3), (12, 20)):
            check(layer, (24, 40), start, (12, 20))


@pytest.mark.parametrize("kernel", [1, 3])
@pytest.mark.parametrize("channels", [6, 256])
def test_each_example_may_be_a_crop_of_its_own(kernel, channels):
    layer = CoordConv2d(3, channels, kernel, padding=kernel // 2)
    pictures = torch.randn(3, 3, 40, 50)
    starts = torch.tensor([[0, 0], [10, 7], [20, 30]])
    crops = torch.stack(
        [p[:, y : y + 20, x : x + 20] for p, (y, x) in zip(pictures, starts.tolist(), strict=True)]
    )
    with layer.tile(starts, (40, 50)):
        together = layer(crops)
        first = layer.position_bias(20, 20)
    for crop, start, output in zip(crops, starts.tolist(), together, strict=True):
        with layer.tile(start, (40, 50)):
            torch.testing.assert_close(layer(crop), output, rtol=1e-5, atol=1e-5)
    with layer.tile((0, 0), (40, 50)):
        torch.testing.assert_close(layer.position_bias(20, 20), first, rtol=0, atol=0)


def test_the_concatenating_form_knows_tiles_too():
    add, picture = AddCoords(with_r=True), torch.randn(2, 3, 24, 40)
    whole = add(picture)
    with add.tile((4, 8), (24, 40)):
        torch.testing.assert_close(add(picture[..., 4:14, 8:28]), whole[..., 4:14, 8:28])
        torch.testing.assert_close(add(picture[0, :, 4:14, 8:28]), whole[0, :, 4:14, 8:28])
    with add.tile([(4, 8), (0, 0)], (24, 40)):
        crops = torch.stack([picture[0, :, 4:14, 8:28], picture[1, :, :10, :20]])
        expected = torch.stack([whole[0, :, 4:14, 8:28], whole[1, :, :10, :20]])
        torch.testing.assert_close(add(crops), expected)


def test_it_holds_within_only_and_learns():
    layer, crop = CoordConv2d(3, 4, 3), torch.randn(1, 3, 8, 8)
    before = layer(crop)
    with layer.tile((8, 8), (32, 32)):
        output = layer(crop)
        with pytest.raises(KeyError), layer.tile((0, 8), (32, 32)):
            raise KeyError
        torch.testing.assert_close(layer(crop), output, rtol=0, atol=0)
        output.sum().backward()
    assert layer.weight.grad.abs().min() > 0
    assert not torch.allclose(output, before)
    torch.testing.assert_close(layer(crop), before, rtol=0, atol=0)


@pytest.mark.parametrize("backend", ["aot_eager"])
def test_compiled(backend):
    layer, crop = CoordConv2d(3, 4, 3), torch.randn(1, 3, 8, 8)
    torch.compiler.reset()
    with layer.tile((8, 8), (32, 32)):
        compiled = torch.compile(layer, backend=backend, fullgraph=True)
        torch.testing.assert_close(compiled(crop), layer(crop))


@pytest.mark.parametrize(
    ("start", "whole", "error", "words"),
    [
        ((0,), (32, 32), ValueError, "CoordConv2d takes 2 numbers each"),
        ((0, 0), (32, 32, 32), ValueError, "CoordConv2d takes 2 numbers each"),
        ((0.5, 0), (32, 32), TypeError, r"start got \(0.5, 0\); it takes whole numbers"),
        ((0, 0), (32, 0.5), TypeError, r"whole got \(32, 0.5\); it takes whole numbers"),
        ((0, 0), (32, 0), ValueError, r"whole got \(32, 0\); each takes at least 1"),
        ((-2, 0), (32, 32), ValueError, r"start got \(-2, 0\); it takes a place in \(32, 32\)"),
        ((0, 32), (32, 32), ValueError, r"start got \(0, 32\); it takes a place in"),
        ((0, 3), (32, 32), ValueError, r"it takes multiples of the stride, \(2, 2\)"),
        ((26, 0), (32, 32), ValueError, r"begins at \(26, 0\) has to end within \(32, 32\)"),
        ([(0, 0), (2, 2)], (32, 32), ValueError, "input got 3 examples; with tile it takes 2"),
    ],
)
def test_a_bad_tile_is_named(start, whole, error, words):
    layer = CoordConv2d(3, 4, 3, stride=2)
    with pytest.raises(error, match=words), layer.tile(start, whole):
        layer(torch.randn(3, 3, 8, 8))


def test_a_transposed_layer_takes_no_output_size_within():
    layer: nn.Module = CoordConvTranspose2d(3, 4, 3, stride=2)
    with (
        pytest.raises(ValueError, match=r"output_size got \[8, 8\]; within tile it takes None"),
        layer.tile((0, 0), (8, 8)),
    ):
        layer(torch.randn(1, 3, 3, 3), [8, 8])
