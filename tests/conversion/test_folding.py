"""Folded layers: exactly torch's own convolution, the same output, and no other size."""

from __future__ import annotations

import copy
import io
import pickle
import re
import warnings

import pytest
import torch
from torch import Tensor, nn

from coordlib.conversion import FoldedCoordConv, convert, fold, fold_network, split_weight
from coordlib.layers import CoordConv1d, CoordConv2d, CoordConv3d, CoordConvTranspose2d

LAYERS = {
    "1-D": lambda: CoordConv1d(4, 6, 3, stride=2, with_r=True),
    "2-D": lambda: CoordConv2d(4, 6, (3, 2), padding=(1, 0), dilation=2),
    "2-D, same": lambda: CoordConv2d(4, 6, 3, padding="same", padding_mode="reflect", bias=False),
    "2-D, groups": lambda: CoordConv2d(4, 6, 3, padding=1, groups=2, with_r=True),
    "1x1": lambda: CoordConv2d(4, 6, 1),
    "3-D": lambda: CoordConv3d(4, 6, 2),
    "transposed": lambda: CoordConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1),
    "transposed, groups": lambda: CoordConvTranspose2d(4, 6, 3, stride=2, groups=2),
}
PLAIN = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
SIZES = (6, 7, 5)


@pytest.fixture(autouse=True)
def one_seed():
    torch.manual_seed(0)


@pytest.fixture(params=LAYERS)
def layer(request):
    return LAYERS[request.param]().double()


def input_for(layer: nn.Module, *batch: int) -> Tensor:
    return torch.randn(*batch, 4, *SIZES[: layer.rank], dtype=torch.float64)


def norm_for(layer: nn.Module, **arguments: bool) -> nn.Module:
    norm = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}[layer.rank](6, **arguments)
    for value in (norm.running_mean, norm.weight, norm.bias):
        if value is not None:
            nn.init.normal_(value)
    nn.init.uniform_(norm.running_var, 0.5, 2)
    return norm.double().eval()


def agree(ours: Tensor, theirs: Tensor) -> None:
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("batch", [(2,), (1,), (), (0,)])
def test_a_folded_layer_computes_the_same(layer, batch):
    folded = fold(layer, *SIZES[: layer.rank])
    input = input_for(layer, *batch)
    agree(folded(input), layer(input))
    assert folded(input).shape[-layer.rank :] == folded.position_bias.shape[1:]


def test_its_convolution_is_exactly_torchs(layer):
    folded = fold(layer, *SIZES[: layer.rank])
    plain = nn.ConvTranspose2d if layer.transposed else PLAIN[layer.rank]
    assert [type(module) for module in folded.modules()] == [FoldedCoordConv, plain]
    assert folded.convolution.bias is None
    assert torch.equal(folded.convolution.weight, layer.feature_weight)
    same = plain(4, 6, 3, groups=layer.groups)
    assert set(vars(same)) == set(vars(folded.convolution))


@pytest.mark.parametrize("affine", [True, False])
def test_a_norm_behind_it_is_folded_in(layer, affine):
    norm = norm_for(layer, affine=affine)
    input = input_for(layer, 2)
    agree(fold(layer, *SIZES[: layer.rank], norm=norm)(input), norm(layer(input)))


def test_it_has_memory_of_its_own_and_leaves_the_layer_and_the_random_numbers_alone(layer):
    before, random = copy.deepcopy(layer.state_dict()), torch.get_rng_state()
    folded = fold(layer, *SIZES[: layer.rank])
    assert torch.equal(torch.get_rng_state(), random)
    with torch.no_grad():
        folded.convolution.weight.fill_(1)
        folded.position_bias.fill_(1)
    assert all(torch.equal(value, before[name]) for name, value in layer.state_dict().items())


def test_what_the_layer_is_it_is():
    layer = CoordConv2d(4, 6, 3, dtype=torch.bfloat16).to(memory_format=torch.channels_last).eval()
    layer.weight.requires_grad_(False)
    folded = fold(layer, 5, 6)
    assert folded.position_bias.dtype == folded.convolution.weight.dtype == torch.bfloat16
    assert not folded.training and not folded.convolution.weight.requires_grad
    assert not folded.position_bias.requires_grad
    assert folded.convolution.weight.is_contiguous(memory_format=torch.channels_last)
    input = torch.randn(2, 4, 5, 6, dtype=torch.bfloat16)
    # The layer adds its bias in another order; near 1 a sum is rounded by up to 2^-9.
    torch.testing.assert_close(folded(input), layer(input), rtol=2**-7, atol=2**-8)
    distant = fold(CoordConv2d(4, 6, 3, device="meta"), 5, 6)
    assert distant(torch.empty(2, 4, 5, 6, device="meta")).shape == (2, 6, 3, 4)


def test_a_split_layer_folds_too():
    layer = CoordConv2d(4, 6, 3)
    split_weight(layer)
    input = torch.randn(2, 4, 5, 6)
    torch.testing.assert_close(fold(layer, 5, 6)(input), layer(input))


def test_it_moves_copies_and_is_saved_as_any_module():
    layer = CoordConv2d(4, 6, 3)
    folded, input = fold(layer, 5, 6), torch.randn(2, 4, 5, 6)
    expected = folded(input)
    assert set(folded.state_dict()) == {"convolution.weight", "position_bias"}
    other = fold(CoordConv2d(4, 6, 3), 5, 6)
    other.load_state_dict(folded.state_dict())
    file = io.BytesIO()
    torch.save(folded, file)
    file.seek(0)
    loaded = torch.load(file, weights_only=False)
    for same in (other, loaded, copy.deepcopy(folded), pickle.loads(pickle.dumps(folded))):
        assert torch.equal(same(input), expected)
        with pytest.raises(ValueError, match="was folded for"):
            same(input[..., :5])
    assert folded.to(torch.float64)(input.double()).dtype == torch.float64
    assert folded.to("meta").position_bias.device.type == "meta"
    with pytest.raises(RuntimeError, match="size mismatch for position_bias"):
        fold(layer, 6, 6).load_state_dict(other.state_dict())


def test_autocast_decides_the_dtype():
    layer = CoordConv2d(4, 6, 3)
    folded, input = fold(layer, 5, 6), torch.randn(2, 4, 5, 6)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output, expected = folded(input), layer(input)
    assert output.dtype == torch.bfloat16
    torch.testing.assert_close(output, expected, rtol=2**-7, atol=2**-8)


@pytest.mark.parametrize(
    ("shape", "error"),
    [
        # With stride 2 all of these widths would give the same output size.
        ((2, 4, 7, 8), ValueError),
        ((2, 4, 8, 7), ValueError),
        ((4, 8, 8), ValueError),
        ((2, 3, 7, 7), ValueError),
        ((1, 2, 4, 7, 7), ValueError),
        ((7, 7), ValueError),
    ],
)
def test_another_size_is_refused(shape, error):
    folded = fold(CoordConv2d(4, 6, 2, stride=2, padding=1), 7, 7)
    words = f"input got shape {shape}; this layer was folded for (batch, 4, 7, 7) or (4, 7, 7)"
    with pytest.raises(error, match=re.escape(words)):
        folded(torch.randn(shape))


def test_what_is_no_tensor_is_named():
    with pytest.raises(TypeError, match="input got a list; it takes a tensor"):
        fold(CoordConv2d(4, 6, 3), 5, 6)([1.0])


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_tracers_write_down_a_convolution_and_an_addition(layer):
    network = nn.Sequential(fold(layer, *SIZES[: layer.rank]))
    input, two = input_for(layer, 3), input_for(layer, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error", torch.jit.TracerWarning)
        traced = torch.jit.trace(network, input)
    graph = torch.fx.symbolic_trace(network)
    operations = [node.op for node in graph.graph.nodes]
    assert operations == ["placeholder", "call_module", "get_attr", "call_function", "output"]
    sizes = ({0: torch.export.Dim("batch")},)
    program = torch.export.export(network, (input,), dynamic_shapes=sizes)
    names = [str(node.target) for node in program.graph.nodes if node.op == "call_function"]
    assert len(names) == 2 + ("same" in str(layer.padding)) and names[-1] == "aten.add.Tensor"
    for other in (traced, graph, program.module()):
        agree(other(two), layer(two))


def test_it_compiles_in_one_graph():
    layer = CoordConv2d(4, 6, 3)
    torch.compiler.reset()
    compiled = torch.compile(fold(layer, 5, 6), fullgraph=True, backend="aot_eager")
    for batch in (2, 3):
        input = torch.randn(batch, 4, 5, 6)
        torch.testing.assert_close(compiled(input), layer(input))


def test_export_refuses_a_size_that_may_change():
    folded, input = fold(CoordConv2d(4, 6, 3), 5, 6), torch.randn(2, 4, 5, 6)
    with pytest.raises(torch._dynamo.exc.UserError, match="specialized"):
        torch.export.export(folded, (input,), dynamic_shapes=({2: torch.export.Dim("h")},))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda layer: fold(nn.Conv2d(4, 6, 3), 5, 6), TypeError, "layer got a Conv2d; it takes"),
        (lambda layer: fold(layer, 5), ValueError, "CoordConv2d takes 2"),
        (lambda layer: fold(layer, 5, 0), ValueError, "each takes at least 1"),
        (lambda layer: fold(layer, 5, 6.0), TypeError, "it takes whole numbers"),
        (
            lambda layer: fold(layer, 5, 6, norm=nn.GroupNorm(2, 6)),
            TypeError,
            "norm got a GroupNorm; it takes a batch norm",
        ),
        (
            lambda layer: fold(layer, 5, 6, norm=nn.BatchNorm2d(6)),
            ValueError,
            "norm got one in training mode; it takes one in eval mode",
        ),
        (
            lambda layer: fold(
                layer, 5, 6, norm=nn.BatchNorm2d(6, track_running_stats=False).eval()
            ),
            ValueError,
            "norm got one without running statistics",
        ),
        (
            lambda layer: fold(layer, 5, 6, norm=nn.BatchNorm2d(5).eval()),
            ValueError,
            "norm got 5 features; it takes the layer's 6",
        ),
    ],
)
def test_bad_arguments_are_named(call, error, words):
    with pytest.raises(error, match=re.escape(words)):
        call(CoordConv2d(4, 6, 3))


class Network(nn.Module):
    """A stem with a norm, a block used twice at one size, and a head that paints."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 6, 3, stride=2), nn.BatchNorm2d(6), nn.ReLU())
        block = nn.Sequential(nn.Conv2d(6, 6, 1), nn.BatchNorm2d(6))
        self.blocks = nn.ModuleList([block, block])
        self.head = nn.ConvTranspose2d(6, 2, 2)
        self.dropout = nn.Dropout(0.5)

    def forward(self, input: Tensor) -> Tensor:
        output = self.stem(input)
        for block in self.blocks:
            output = block(output) + output
        return self.dropout(self.head(output))


@pytest.fixture
def network():
    network = Network()
    convert(network, "*")
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.3)
    network(torch.randn(8, 3, 7, 9))  # so that the norms have seen something
    return network.eval()


def test_a_network_is_folded_for_the_sizes_that_its_layers_get(network):
    input = torch.randn(2, 3, 7, 9)
    folded = fold_network(network, input[:1])
    kinds = [type(module).__name__ for module in folded.modules()]
    assert not [kind for kind in kinds if kind.startswith("CoordConv")]
    assert kinds.count("Conv2d") == 2 and kinds.count("ConvTranspose2d") == 1
    assert folded.stem[0].sizes == (7, 9) and folded.head.sizes == (3, 4)
    assert folded.blocks[0] is folded.blocks[1]
    torch.testing.assert_close(folded(input), network(input))


def test_a_norm_is_folded_only_where_nothing_can_come_between(network):
    folded = fold_network(network, torch.randn(1, 3, 7, 9))
    assert type(folded.stem[1]) is nn.Identity
    # The block is used twice: its norm is right where it is.
    assert type(folded.blocks[0][1]) is nn.BatchNorm2d
    training = fold_network(network.train(), torch.randn(1, 3, 7, 9))
    assert type(training.stem[1]) is nn.BatchNorm2d


def test_a_class_of_its_own_keeps_its_norm():
    class Between(nn.Sequential):
        def forward(self, input: Tensor) -> Tensor:
            return self[1](self[0](input).relu())

    network = Between(CoordConv2d(3, 6, 3), norm_for(CoordConv2d(3, 6, 3)).float()).eval()
    input = torch.randn(2, 3, 7, 9)
    folded = fold_network(network, input)
    assert type(folded[0]) is FoldedCoordConv and type(folded[1]) is nn.BatchNorm2d
    torch.testing.assert_close(folded(input), network(input))


def test_the_network_itself_stays_as_it_is(network):
    network.train()
    network.blocks[0][1].eval()
    modes = [module.training for module in network.modules()]
    state = copy.deepcopy(network.state_dict())
    folded = fold_network(network, torch.randn(2, 3, 7, 9))
    assert [module.training for module in network.modules()] == modes
    assert all(torch.equal(value, state[name]) for name, value in network.state_dict().items())
    assert not any(module._forward_pre_hooks for module in network.modules())
    assert torch.equal(folded.stem[1].running_mean, state["stem.1.running_mean"])
    assert folded.training and folded.stem[1].training and not folded.blocks[0][1].training
    shared = {p.data_ptr() for p in network.parameters()} & {
        p.data_ptr() for p in folded.parameters()
    }
    assert not shared


def test_a_network_that_is_a_layer_is_folded():
    layer = CoordConv2d(3, 6, 3)
    assert type(fold_network(layer, torch.randn(1, 3, 5, 6))) is FoldedCoordConv


def test_sizes_are_found_without_gradients(network):
    seen = []
    network.register_forward_pre_hook(lambda *_: seen.append(torch.is_grad_enabled()))
    fold_network(network, torch.randn(2, 3, 7, 9))
    assert seen == [False]


class Odd(nn.Module):
    """Calls its layer at two sizes, never, or for an output size."""

    def __init__(self, forward: str) -> None:
        super().__init__()
        self.layer = CoordConvTranspose2d(3, 3, 3, stride=2)
        self.how = forward

    def forward(self, input: Tensor) -> Tensor:
        if self.how == "never":
            return input
        if self.how == "twice":
            return self.layer(self.layer(input))
        if self.how == "size":
            return self.layer(input, output_size=(10, 12))
        return self.layer(input=input, output_size=None)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("never", "'layer' is never called"),
        ("twice", "'layer' gets inputs of sizes (4, 5) and (9, 11)"),
        ("size", "'layer' is given an output_size"),
    ],
)
def test_layers_that_cannot_be_folded_are_named(how, words):
    with pytest.raises(ValueError, match=re.escape(words) + ".*each takes inputs of one size"):
        fold_network(Odd(how), torch.randn(1, 3, 4, 5))
    assert fold_network(Odd("named"), torch.randn(1, 3, 4, 5)).layer.sizes == (4, 5)


def test_bad_networks_are_named():
    with pytest.raises(ValueError, match="network got a Conv2d without a CoordConv layer"):
        fold_network(nn.Conv2d(3, 6, 3), torch.randn(1, 3, 5, 6))
    with pytest.raises(TypeError, match="network got a list"):
        fold_network([CoordConv2d(3, 6, 3)], torch.randn(1, 3, 5, 6))
