"""A weight in two parts, each trained in its own way, and weights of other people's code."""

from __future__ import annotations

import copy
import re

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations

from coordlib.conversion import join_weight, load_port, split_weight
from coordlib.layers import CoordConv1d, CoordConv2d, CoordConv3d, CoordConvTranspose2d

MAKE = {
    "1-D": lambda: CoordConv1d(4, 6, 3, with_r=True),
    "2-D": lambda: CoordConv2d(4, 6, 3, padding=1),
    "2-D, groups": lambda: CoordConv2d(4, 6, 3, groups=2, with_r=True),
    "3-D": lambda: CoordConv3d(4, 6, 2),
    "transposed": lambda: CoordConvTranspose2d(4, 6, 3),
    "transposed, groups": lambda: CoordConvTranspose2d(4, 6, 3, groups=2, with_r=True),
}


@pytest.fixture(params=MAKE)
def layer(request):
    torch.manual_seed(0)
    return MAKE[request.param]()


def input_for(layer: nn.Module) -> Tensor:
    return torch.randn(2, layer.in_channels, *(5, 6, 4)[: layer.rank])


def train(layer: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    input = input_for(layer)
    for _ in range(3):
        optimizer.zero_grad()
        (layer(input) - 1).square().mean().backward()
        optimizer.step()


def test_a_split_layer_computes_what_it_did(layer):
    input = input_for(layer)
    expected, weight = layer(input), layer.weight
    features, coordinates = split_weight(layer)
    assert torch.equal(features, layer.feature_weight)
    assert coordinates.numel() == weight.numel() - features.numel()
    assert torch.equal(layer.weight, weight) and torch.equal(layer(input), expected)
    assert {id(p) for p in layer.parameters()} == {id(layer.bias), id(features), id(coordinates)}
    assert torch.equal(copy.deepcopy(layer)(input), expected)


@pytest.mark.parametrize("frozen", [0, 1])
def test_a_frozen_part_stays_to_the_bit(layer, frozen):
    parts = split_weight(layer)
    optimizer = torch.optim.AdamW(layer.parameters(), lr=0.1, weight_decay=0.1)
    train(layer, optimizer)  # so that Adam has momentum
    parts[frozen].requires_grad_(False)
    before = [part.detach().clone() for part in parts]
    split = layer.feature_weight.detach().clone(), layer.coordinate_weight.detach().clone()
    train(layer, optimizer)
    assert torch.equal(parts[frozen], before[frozen])
    assert (parts[1 - frozen] != before[1 - frozen]).all()
    now = layer.feature_weight, layer.coordinate_weight
    assert torch.equal(now[frozen], split[frozen]) and (now[1 - frozen] != split[1 - frozen]).all()


def test_each_part_has_a_learning_rate_of_its_own(layer):
    features, coordinates = split_weight(layer)
    before = features.detach().clone(), coordinates.detach().clone()
    groups = [{"params": features, "lr": 0.25}, {"params": coordinates, "lr": 0.01}]
    optimizer = torch.optim.Adam(groups, eps=1e-30)
    layer(input_for(layer)).square().sum().backward()
    optimizer.step()
    # Adam's first step is as long as its rate.
    for part, old, rate in zip((features, coordinates), before, (0.25, 0.01), strict=True):
        torch.testing.assert_close((part - old).abs(), torch.full_like(old, rate))


def test_a_joined_weight_is_that_of_a_layer_never_split(layer):
    kind, names = type(layer), set(layer.state_dict())
    plain = copy.deepcopy(layer)
    train(layer, torch.optim.SGD(split_weight(layer), lr=0.1))
    weight = layer.weight.detach()
    assert set(layer.state_dict()) != names
    assert join_weight(layer) is None
    assert type(layer) is kind and set(layer.state_dict()) == names
    assert type(layer.weight) is nn.Parameter and torch.equal(layer.weight, weight)
    plain.load_state_dict(layer.state_dict())
    input = input_for(layer)
    assert torch.equal(plain(input), layer(input))
    split_weight(layer)  # once more


@pytest.mark.parametrize("frozen", [(), (0,), (1,), (0, 1)])
def test_a_joined_weight_is_a_parameter_that_learns_if_a_part_did(frozen):
    layer = CoordConv2d(4, 6, 3)
    parts = split_weight(layer)
    for index in frozen:
        parts[index].requires_grad_(False)
    join_weight(layer)
    assert layer.weight.requires_grad == (len(frozen) < 2)
    assert any(parameter is layer.weight for parameter in layer.parameters())


def test_a_frozen_weight_gives_frozen_parts():
    layer = CoordConv2d(4, 6, 3)
    layer.weight.requires_grad_(False)
    assert not any(part.requires_grad for part in split_weight(layer))


def test_the_parts_have_memory_of_their_own(layer):
    weight = layer.weight
    for part in split_weight(layer):
        part.detach().zero_()
        assert part.untyped_storage().nbytes() == part.numel() * part.element_size()
    assert weight.all() and not layer.weight.any()


def test_bad_layers_are_named():
    with pytest.raises(TypeError, match="layer got a Conv2d; it takes a CoordConv layer"):
        split_weight(nn.Conv2d(3, 4, 3))
    split = CoordConv2d(3, 4, 3)
    split_weight(split)
    with pytest.raises(ValueError, match="whose weight is computed"):
        split_weight(split)
    with pytest.raises(ValueError, match="whose weight is computed"):
        load_port(split, "mkocabas/CoordConv-pytorch", split.weight)
    normed = parametrizations.weight_norm(CoordConv2d(3, 4, 3))
    for unsplit in (CoordConv2d(3, 4, 3), normed, nn.Linear(3, 4)):
        with pytest.raises(ValueError, match="it takes one that split_weight split"):
            join_weight(unsplit)


def axes(*sizes: int) -> list[Tensor]:
    """An image of each axis's coordinate, the first axis first."""
    lines = [torch.linspace(-1, 1, size, dtype=torch.float64) for size in sizes]
    return list(torch.meshgrid(*lines, indexing="ij"))


def channels_first(input: Tensor, weight: Tensor, rows_first: bool) -> Tensor:
    """What the ports to PyTorch compute."""
    coordinates = axes(*input.shape[2:])
    if not rows_first:
        coordinates.reverse()
    added = [each.expand(len(input), 1, *each.shape) for each in coordinates]
    convolution = {1: F.conv1d, 2: F.conv2d}[input.dim() - 2]
    return convolution(torch.cat([input, *added], 1), weight)


def channels_last(input: Tensor, weight: Tensor, rows_first: bool, with_r: bool) -> Tensor:
    """What TensorFlow and Keras compute, of (batch, height, width, channels)."""
    coordinates = axes(*input.shape[1:3])
    if not rows_first:
        coordinates.reverse()
    if with_r:
        coordinates.append((coordinates[0] ** 2 + coordinates[1] ** 2).sqrt())
    added = [each[..., None].expand(len(input), *each.shape, 1) for each in coordinates]
    patches = torch.cat([input, *added], -1)
    for axis in (1, 2):
        patches = patches.unfold(axis, weight.shape[axis - 1], 1)
    return torch.einsum("nyxcij,ijco->nyxo", patches, weight)


@pytest.mark.parametrize("port", ["mkocabas/CoordConv-pytorch", "walsvid/CoordConv"])
def test_weights_of_a_port_to_pytorch_load(port):
    layer = CoordConv2d(3, 5, (3, 2), bias=False, dtype=torch.float64)
    weight, input = torch.randn_like(layer.weight), torch.randn(2, 3, 6, 7, dtype=torch.float64)
    load_port(layer, port, weight)
    expected = channels_first(input, weight, rows_first=True)
    torch.testing.assert_close(layer(input), expected)
    layer.load_state_dict({"weight": weight})  # what would go wrong without a word
    assert (layer(input) - expected).abs().max() > 0.1


def test_a_port_in_one_dimension_has_one_order():
    layer = CoordConv1d(3, 5, 3, bias=False, dtype=torch.float64)
    weight, input = torch.randn_like(layer.weight), torch.randn(2, 3, 7, dtype=torch.float64)
    load_port(layer, "walsvid/CoordConv", weight)
    torch.testing.assert_close(layer(input), channels_first(input, weight, rows_first=True))


@pytest.mark.parametrize(
    ("port", "rows_first", "with_r"),
    [
        ("uber-research/CoordConv", False, False),
        ("uber-research/CoordConv", False, True),
        ("titu1994/keras-coordconv", True, False),
    ],
)
def test_kernels_stored_channels_last_load(port, rows_first, with_r):
    layer = CoordConv2d(3, 5, (3, 2), dtype=torch.float64, with_r=with_r)
    kernel, bias = np.random.default_rng(0).normal(size=(3, 2, 5 + with_r, 5)), np.arange(5.0)
    load_port(layer, port, kernel, bias)
    input = torch.randn(2, 3, 6, 6, dtype=torch.float64)
    ours = layer(input).movedim(1, -1)
    theirs = channels_last(
        input.movedim(1, -1), torch.from_numpy(kernel), rows_first, with_r
    ) + torch.from_numpy(bias)
    torch.testing.assert_close(ours, theirs)


def test_in_three_dimensions_and_transposed_the_coordinates_are_turned_too():
    port = "titu1994/keras-coordconv"
    volume = CoordConv3d(3, 4, 2, bias=False)
    kernel = torch.randn(2, 2, 2, 6, 4)
    load_port(volume, port, kernel)
    assert torch.equal(volume.weight[3, 5, 0, 1, 1], kernel[0, 1, 1, 3, 3])  # its first is our z
    assert torch.equal(volume.weight[:, :3], kernel.permute(4, 3, 0, 1, 2)[:, :3])
    transposed = CoordConvTranspose2d(3, 4, (2, 3), bias=False)
    kernel = torch.randn(2, 3, 4, 5)  # height, width, outputs, inputs
    load_port(transposed, port, kernel)
    assert torch.equal(transposed.weight[4, 1, 0, 2], kernel[0, 2, 1, 3])
    assert torch.equal(transposed.weight[:3], kernel.permute(3, 2, 0, 1)[:3])


MKOCABAS = "mkocabas/CoordConv-pytorch"


@pytest.mark.parametrize(
    ("layer", "arguments", "error", "words"),
    [
        (CoordConv2d(3, 4, 3), ("mkocabas", 0), ValueError, f"did you mean '{MKOCABAS}'"),
        (nn.Conv2d(5, 4, 3), (MKOCABAS, 0), TypeError, "layer got a Conv2d"),
        (
            CoordConv2d(3, 4, 3, with_r=True),
            (MKOCABAS, torch.zeros(4, 6, 3, 3)),
            ValueError,
            "with_r=True); from mkocabas/CoordConv-pytorch it takes one of rank 2, with one "
            "group, without r, which it measures from (0.5, 0.5)",
        ),
        (CoordConv1d(3, 4, 3), (MKOCABAS, 0), ValueError, "it takes one of rank 2"),
        (CoordConv3d(3, 4, 3), ("walsvid/CoordConv", 0), ValueError, "one of rank 1 or 2"),
        (
            CoordConv2d(3, 4, 2),
            (MKOCABAS, torch.zeros(2, 2, 5, 4)),
            ValueError,
            f"weight got shape (2, 2, 5, 4); from {MKOCABAS} this layer takes (4, 5, 2, 2)",
        ),
        (
            CoordConv2d(3, 4, 2),
            ("uber-research/CoordConv", torch.zeros(4, 5, 2, 2)),
            ValueError,
            "this layer takes (2, 2, 5, 4)",
        ),
        (
            CoordConv2d(4, 4, 2, groups=2),
            (MKOCABAS, torch.zeros(4, 4, 2, 2)),
            ValueError,
            "with one group",
        ),
        (CoordConv2d(3, 4, 2), (MKOCABAS, "a.pt"), TypeError, "weight got a str; it takes a"),
        (
            CoordConv2d(3, 4, 2),
            (MKOCABAS, torch.ones(4, 5, 2, 2, dtype=torch.int8)),
            TypeError,
            "weight got dtype torch.int8",
        ),
        (CoordConv2d(3, 4, 2), (MKOCABAS, torch.ones(4, 5, 2, 2)), ValueError, "bias got none"),
        (
            CoordConv2d(3, 4, 2, bias=False),
            (MKOCABAS, torch.ones(4, 5, 2, 2), torch.ones(4)),
            ValueError,
            "bias got one; it takes none",
        ),
        (
            CoordConv2d(3, 4, 2),
            (MKOCABAS, torch.ones(4, 5, 2, 2), torch.ones(3)),
            ValueError,
            f"bias got shape (3,); from {MKOCABAS} this layer takes (4,)",
        ),
    ],
)
def test_weights_of_another_layout_are_named_and_nothing_is_loaded(layer, arguments, error, words):
    before = copy.deepcopy(layer.state_dict())
    with pytest.raises(error, match=re.escape(words)):
        load_port(layer, *arguments)
    assert all(torch.equal(value, before[name]) for name, value in layer.state_dict().items())
