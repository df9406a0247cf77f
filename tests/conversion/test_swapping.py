"""`convert`: a network's own convolutions become CoordConv layers and compute what they did."""

from __future__ import annotations

import copy
import re

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, prune

from coordlib.conversion import convert, tell_places
from coordlib.layers import CoordConv1d, CoordConv2d, CoordConv3d, CoordConvTranspose2d


class Network(nn.Module):
    """A stem, two blocks that use one convolution between them, and a transposed head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding="same", padding_mode="reflect")
        shared = nn.Conv2d(8, 8, 3, padding=1, groups=2, bias=False)
        self.blocks = nn.Sequential(
            nn.Sequential(shared, nn.ReLU()), nn.Sequential(shared, nn.BatchNorm2d(8))
        )
        self.head = nn.ConvTranspose2d(8, 4, 4, stride=2, padding=1, groups=2)

    def forward(self, input):
        return self.head(self.blocks(self.stem(input)))


@pytest.fixture
def network():
    torch.manual_seed(0)
    return Network().eval()


def kinds(network: nn.Module) -> set[str]:
    return {
        name for name, module in network.named_modules() if "CoordConv" in type(module).__name__
    }


@pytest.mark.parametrize(
    ("layers", "swapped"),
    [
        ("stem", ("stem",)),
        (["head", "stem"], ("stem", "head")),
        ("*", ("stem", "blocks.0.0", "blocks.1.0", "head")),
        ("blocks.1.*", ("blocks.0.0", "blocks.1.0")),
        (("s*", "head"), ("stem", "head")),
        (lambda name, layer: layer.kernel_size == (4, 4), ("head",)),
    ],
)
@pytest.mark.parametrize("with_r", [False, True])
def test_chosen_layers_are_swapped_and_the_output_stays(network, layers, swapped, with_r):
    input = torch.randn(2, 3, 6, 7)
    expected = network(input)
    weights = sum(p.numel() for p in network.parameters())
    result = convert(network, layers, with_r=with_r)
    assert result.swapped == swapped
    assert result.added == sum(p.numel() for p in network.parameters()) - weights
    torch.testing.assert_close(network(input), expected, rtol=1e-5, atol=1e-6)
    assert kinds(network) == set(swapped) - {"blocks.1.0"}
    for name in swapped:
        layer = network.get_submodule(name)
        assert layer.with_r == with_r
        assert not layer.coordinate_weight.any() and layer.feature_weight.any()


def test_every_kind_keeps_its_weights_exactly():
    for plain, kind in [
        (nn.Conv1d(4, 6, 3, groups=2), CoordConv1d),
        (nn.Conv2d(4, 8, 3, groups=4), CoordConv2d),
        (nn.Conv3d(4, 6, (1, 2, 3)), CoordConv3d),
        (nn.ConvTranspose2d(4, 6, 3, groups=2), CoordConvTranspose2d),
    ]:
        before = copy.deepcopy(plain)
        assert convert(plain, "").swapped == ("",)
        assert type(plain) is kind
        assert torch.equal(plain.feature_weight, before.weight)
        assert torch.equal(plain.bias, before.bias)


def test_without_a_bias_the_output_stays_bit_for_bit():
    layer = nn.Conv2d(4, 6, 3, bias=False)
    input = torch.randn(2, 4, 8, 8)
    expected = layer(input)
    convert(layer, "")
    assert torch.equal(layer(input), expected)


def test_a_swapped_layer_learns_where_it_is(network):
    convert(network, "stem")
    network.train()(torch.randn(2, 3, 6, 7)).square().sum().backward()
    assert network.stem.weight.grad[:, 3:].any()


def test_what_a_layer_was_it_stays():
    layer = nn.Conv2d(8, 4, 3, dtype=torch.float64).to(memory_format=torch.channels_last).eval()
    layer.weight.requires_grad_(False)
    seen = []
    layer.register_forward_hook(lambda *_: seen.append(1))
    convert(layer, "")
    assert not layer.training and not layer.weight.requires_grad and layer.bias.requires_grad
    assert layer.weight.dtype == torch.float64
    assert layer.weight.is_contiguous(memory_format=torch.channels_last)
    layer(torch.randn(1, 8, 5, 5, dtype=torch.float64))
    assert seen == [1]

    transposed = nn.ConvTranspose2d(8, 4, 3, groups=2).to(memory_format=torch.channels_last)
    convert(transposed, "")
    assert transposed.weight.is_contiguous(memory_format=torch.channels_last)

    distant = nn.Conv2d(8, 4, 3, device="meta")
    convert(distant, "")
    assert distant.weight.device.type == "meta"


def test_the_state_dict_is_that_of_a_network_built_with_coordconv(network):
    convert(network, "stem")
    same = CoordConv2d(3, 8, 3, padding="same", padding_mode="reflect")
    same.load_state_dict(network.stem.state_dict())
    input = torch.randn(2, 3, 6, 7)
    assert torch.equal(same(input), network.stem(input))
    assert repr(same) == repr(network.stem)


def test_the_report_reads_well(network):
    assert str(convert(network, ["stem", "head"])) == (
        "2 now with coordinates: stem, head; 272 new weights, all 0, so the output is what it was"
    )


class Own(nn.Conv2d):
    pass


def weight_normed(layer):
    with pytest.warns(FutureWarning):
        return torch.nn.utils.weight_norm(layer)


class Packed(torch.Tensor):
    """Stands for the tensors in which libraries keep quantised weights."""


def packed(layer):
    layer.weight = nn.Parameter(layer.weight.detach().as_subclass(Packed))
    return layer


def patched(layer):
    layer.forward = layer.forward
    return layer


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (lambda: CoordConv2d(3, 8, 3), "'1' has coordinates already"),
        (lambda: nn.LazyConv2d(8, 3), "'1' is lazy"),
        (lambda: Own(3, 8, 3), f"'1' is a {__name__}.Own"),
        (lambda: nn.ConvTranspose3d(3, 8, 3), "'1' is a torch.nn.modules.conv.ConvTranspose3d"),
        (lambda: nn.Linear(3, 8), "'1' is a torch.nn.modules.linear.Linear"),
        (lambda: packed(nn.Conv2d(3, 8, 3)), "'1' has a weight of Packed and torch.float32"),
        (lambda: weight_normed(nn.Conv2d(3, 8, 3)), "'1' has a weight computed by a hook"),
        (lambda: parametrizations.weight_norm(nn.Conv2d(3, 8, 3)), "computed by a hook or param"),
        (lambda: prune.random_unstructured(nn.Conv2d(3, 8, 3), "weight", 0.5), "'1' has a weight"),
        (lambda: nn.Conv2d(3, 8, 3, dtype=torch.complex64), "torch.complex64"),
        (lambda: patched(nn.Conv2d(3, 8, 3)), "'1' has a forward of its own"),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:Lazy modules")
def test_what_cannot_be_swapped_is_named_and_nothing_is_changed(layer, words):
    network = nn.Sequential(nn.Conv2d(3, 3, 1), layer())
    with pytest.raises(ValueError, match=re.escape(words)):
        convert(network, ["0", "1"])
    assert type(network[0]) is nn.Conv2d


@pytest.mark.filterwarnings("ignore:Lazy modules")
def test_what_cannot_be_swapped_is_left_alone_if_asked_for():
    shared = [nn.Conv2d(8, 8, 1), nn.Conv2d(8, 8, 1)]
    shared[1].weight = shared[0].weight
    network = nn.Sequential(
        nn.Conv2d(3, 8, 3), Own(8, 8, 1), parametrizations.weight_norm(nn.Conv2d(8, 8, 1)), *shared
    )
    input = torch.randn(2, 3, 6, 7)
    expected = network(input)
    before = [type(layer) for layer in network]
    result = convert(network, "*", strict=False)
    assert result.swapped == ("0",) and result.added == 8 * 2 * 9
    assert result.left == {
        "1": f"is a {__name__}.Own",
        "2": "has a weight computed by a hook or parametrisation; remove that first",
        "3": "shares its weight with another layer",
        "4": "shares its weight with another layer",
    }
    assert str(result).endswith(
        f"what it was; 4 left alone: '1' is a {__name__}.Own; '2' has a weight computed by a hook "
        "or parametrisation; remove that first; '3' shares its weight with another layer; "
        "'4' shares its weight with another layer"
    )
    assert [type(layer) for layer in network] == [CoordConv2d, *before[1:]]
    torch.testing.assert_close(network(input), expected)


def test_a_network_can_be_swapped_step_by_step(network):
    convert(network, "stem")
    result = convert(network, "*", strict=False)
    assert result.left == {"stem": "has coordinates already"}
    assert result.swapped == ("blocks.0.0", "blocks.1.0", "head")


def test_where_nothing_can_be_swapped_leaving_it_alone_is_an_error(network):
    convert(network, "*")
    with pytest.raises(ValueError, match="'stem' has coordinates already; 'blocks.0.0'") as error:
        convert(network, "*", strict=False)
    assert "strict" not in str(error.value)


def test_the_error_says_that_some_can_be_swapped():
    network = nn.Sequential(nn.Conv2d(3, 3, 1), Own(3, 3, 1))
    with pytest.raises(ValueError, match=r"'1' is a .*Own; strict=False leaves these alone"):
        convert(network, "*")
    with pytest.raises(ValueError, match="which no convolution is called"):
        convert(network, ["0", "2"], strict=False)
    assert type(network[0]) is nn.Conv2d


def test_what_was_made_before_does_not_fit_afterwards():
    """As the docstring says of an optimizer and of an averaged copy."""
    layer = nn.Conv2d(3, 4, 3)
    optimizer = torch.optim.SGD(layer.parameters(), lr=1.0)
    average = torch.optim.swa_utils.AveragedModel(layer)
    convert(layer, "")
    weight = layer.weight.detach().clone()
    layer(torch.randn(2, 3, 5, 5)).square().sum().backward()
    optimizer.step()
    assert torch.equal(layer.weight, weight) and layer.weight.grad.any()
    with pytest.raises(RuntimeError, match="size"):
        average.update_parameters(layer)


def test_a_network_that_reads_the_weight_itself_reads_feature_weight():
    layer = nn.Conv2d(3, 4, 3)
    input = torch.randn(2, 3, 5, 5)
    expected = F.conv2d(input, layer.weight)
    convert(layer, "")
    assert torch.equal(F.conv2d(input, layer.feature_weight), expected)
    with pytest.raises(RuntimeError, match="channels"):
        F.conv2d(input, layer.weight)


def test_a_weight_shared_between_two_layers_is_refused():
    network = nn.Sequential(nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1))
    network[1].weight = network[0].weight
    with pytest.raises(ValueError, match="'0' shares its weight with another layer; '1' shares"):
        convert(network, "*")


@pytest.mark.parametrize(
    ("layers", "error", "words"),
    [
        ("sten", ValueError, "'sten', which no convolution is called; the nearest names: stem"),
        (["stem", "blocks.0.1.*"], ValueError, "blocks.0.1.*"),
        ("zzz", ValueError, "the nearest names: none"),
        (lambda name, layer: False, ValueError, "chooses no convolution"),
        ([], ValueError, "layers got [], which chooses no convolution"),
        (3, TypeError, "layers got 3; it takes"),
        ([3], TypeError, "layers got [3]; it takes"),
    ],
)
def test_a_bad_choice_is_named(network, layers, error, words):
    with pytest.raises(error, match=re.escape(words)):
        convert(network, layers)
    assert not kinds(network)


def test_a_model_that_is_none_is_named():
    with pytest.raises(TypeError, match="model got a list"):
        convert([nn.Conv2d(3, 8, 3)], "0")


def test_places_are_told_by_weights_of_the_others_size_drawn_from_the_seed():
    def made(seed):
        network = nn.Sequential(nn.Conv2d(3, 64, 5), nn.ReLU(), nn.Conv2d(64, 8, 1))
        network.load_state_dict(plain.state_dict())
        tell_places(network, ("0",), seed)
        return network

    plain = nn.Sequential(nn.Conv2d(3, 64, 5), nn.ReLU(), nn.Conv2d(64, 8, 1))
    one, same, other = (made(seed)[0] for seed in (0, 0, 1))
    assert torch.equal(one.feature_weight, plain[0].weight)
    size, usual = (part.square().mean() for part in (one.coordinate_weight, plain[0].weight))
    assert size.item() == pytest.approx(usual.item(), rel=0.1)
    assert torch.equal(one.weight, same.weight) and not torch.equal(one.weight, other.weight)
    tell_places(plain, (), 0)
    assert type(plain[0]) is nn.Conv2d
