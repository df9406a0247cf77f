"""The layers in tools that write a network down step by step: traced, scripted, torch.fx, ONNX."""

from __future__ import annotations

import io
import warnings

import numpy as np
import onnxruntime
import pytest
import torch
from torch import fx, nn
from torch.fx.passes.utils.source_matcher_utils import get_source_partitions
from torch.nn import functional as F

from coordlib import coordinates, separable
from coordlib.coordinates import AddCoords
from coordlib.layers import CoordConv1d, CoordConv2d, CoordConv3d, CoordConvTranspose2d

LAYERS = {
    "1-D": (1, lambda: CoordConv1d(4, 6, 3, with_r=True)),
    "1x1": (2, lambda: CoordConv2d(4, 6, 1)),
    "strided": (2, lambda: CoordConv2d(4, 6, 3, stride=2, padding=1, with_r=True)),
    "groups": (2, lambda: CoordConv2d(4, 6, 3, padding="same", groups=2)),
    "reflect": (2, lambda: CoordConv2d(4, 6, 3, padding=1, padding_mode="reflect")),
    "3-D": (3, lambda: CoordConv3d(4, 6, 2)),
    "transposed": (2, lambda: CoordConvTranspose2d(4, 6, 3, stride=2, groups=2)),
    "AddCoords": (2, lambda: AddCoords(with_r=True)),
    "AddCoords 1-D": (1, lambda: AddCoords(1)),
}
SIZES = [(2, 5, 7, 4), (3, 9, 4, 6), (1, 64, 90, 4), (1, 2, 3, 2)]


def made(name: str) -> tuple[nn.Module, list[torch.Tensor]]:
    torch.manual_seed(0)
    rank, make = LAYERS[name]
    small = {"1-D": 3, "reflect": 2}.get(name, 2)
    inputs = [
        torch.randn(batch, 4, *(max(small, size) for size in sizes[:rank]))
        for batch, *sizes in SIZES
    ]
    return make().eval(), inputs


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("name", LAYERS)
def test_a_traced_layer_takes_other_sizes_and_batches(name):
    layer, (first, *others) = made(name)
    with warnings.catch_warnings():
        # torch's transposed layer itself warns, of its own output padding.
        if name != "transposed":
            warnings.simplefilter("error", torch.jit.TracerWarning)
        traced = torch.jit.trace(nn.Sequential(layer), first)
    saved = io.BytesIO()
    torch.jit.save(traced, saved)
    saved.seek(0)
    loaded = torch.jit.load(saved)
    for input in others:
        torch.testing.assert_close(loaded(input), layer(input))
    gradients = [torch.autograd.grad(f(first).sum(), p) for f, p in parameters(layer, traced)]
    torch.testing.assert_close(*gradients)


def parameters(layer, traced):
    """Each network with its own parameters, or if it has none with an input to take them for."""
    if list(layer.parameters()):
        return [(layer, list(layer.parameters())), (traced, list(traced.parameters()))]
    free = torch.ones(1, requires_grad=True)
    return [(lambda x: layer(x * free), [free]), (lambda x: traced(x * free), [free])]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("name", LAYERS)
def test_script_says_what_it_takes_and_takes_it(name):
    layer, (first, *others) = made(name)
    network = nn.Sequential(layer, nn.ReLU())
    with pytest.raises(TypeError, match=f"torch.jit.script got a {type(layer).__name__}; .*trace"):
        torch.jit.script(network)
    assert network[0] is layer
    scripted = torch.jit.script(nn.Sequential(torch.jit.trace(layer, first), nn.ReLU()))
    for input in others:
        torch.testing.assert_close(scripted(input), network(input))


@pytest.mark.parametrize("name", LAYERS)
def test_fx_takes_a_layer_as_one_step(name):
    layer, inputs = made(name)
    graph = fx.symbolic_trace(nn.Sequential(nn.Sequential(layer, nn.ReLU())))
    (step,) = (
        node for node in graph.graph.nodes if node.op == "call_module" and "0.0" in node.target
    )
    assert step.target == "0.0" and graph.get_submodule("0.0") is layer
    for input in inputs:
        torch.testing.assert_close(graph(input), layer(input).relu())


def test_fx_hands_an_output_size_on():
    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = CoordConvTranspose2d(2, 3, 3, stride=2)

        def forward(self, input):
            return self.layer(input, [8, 10])

    network, input = Network(), torch.randn(1, 2, 3, 4)
    assert fx.symbolic_trace(network)(input).shape == (1, 3, 8, 10)


@pytest.mark.parametrize("name", ["1x1", "strided", "groups", "reflect"])
def test_in_an_exported_graph_the_weight_is_one_convolutions(name):
    """Where quantisers and fusers look: the weight of F.conv2d is a parameter, no part of one."""
    layer, (first, *_) = made(name)
    program = torch.export.export(nn.Sequential(layer), (first,), strict=True)
    found = get_source_partitions(program.graph_module.graph, [F.conv2d])
    (partition,) = found[F.conv2d]
    weight = partition.output_nodes[0].args[1]
    assert weight.op == "placeholder" and program.state_dict["0.weight"] is not None


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("name", ["1x1", "strided", "groups", "transposed"])
def test_the_older_onnx_exporter_too(name, tmp_path):
    layer, (first, *others) = made(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            layer,
            (first,),
            str(tmp_path / "layer.onnx"),
            dynamo=False,
            input_names=["input"],
            dynamic_axes={"input": {0: "batch", 2: "height", 3: "width"}},
        )
    session = onnxruntime.InferenceSession(tmp_path / "layer.onnx")
    for input in others:
        (output,) = session.run(None, {"input": input.numpy()})
        torch.testing.assert_close(torch.from_numpy(output), layer(input).detach())


@pytest.mark.filterwarnings("ignore:There is a performance drop")
@pytest.mark.parametrize("kernel", [1, 3])
@pytest.mark.parametrize("size", [8, 40])  # 40: the map is large
def test_vmap_over_one_parameter_alone(kernel, size):
    layer = CoordConv2d(3, 64, kernel, padding=kernel // 2)
    input = torch.randn(2, 3, size, size)
    for name, parameter in layer.named_parameters():
        several = torch.randn(5, *parameter.shape)

        def run(value, name=name):
            return torch.func.functional_call(layer, {name: value}, input)

        torch.testing.assert_close(torch.vmap(run)(several), torch.stack([*map(run, several)]))


@pytest.mark.filterwarnings("ignore:There is a performance drop")
@pytest.mark.parametrize("shape", [(1, 3, 40, 40), (2, 3, 40, 40), (1, 3, 2, 2)])
@pytest.mark.parametrize("how", ["grad", "vmap", "inference"])
def test_nothing_that_is_kept_belongs_to_a_transform_or_mode(shape, how):
    """Where what is kept is first made within one, it works outside and within another."""
    coordinates.kept_grid.cache_clear()
    for kept in (separable._taps, separable._row_mixing, separable._along):
        kept.cache_clear()
    layer = CoordConv2d(3, 64, 3, padding=1, dtype=torch.float64)
    weight, input = layer.weight.detach(), torch.randn(shape, dtype=torch.float64)

    def loss(weight):
        return torch.func.functional_call(layer, {"weight": weight}, input).square().mean()

    def infer():
        with torch.inference_mode():
            return layer(input)

    ways = {
        "grad": lambda: torch.func.grad(loss)(weight),
        "vmap": lambda: torch.vmap(loss)(weight[None]),
        "inference": infer,
    }
    ways[how]()
    expected = torch.autograd.grad(loss(layer.weight), layer.weight)[0]
    torch.testing.assert_close(ways["grad"](), expected)
    torch.testing.assert_close(ways["vmap"]()[0], loss(weight))
    torch.testing.assert_close(infer().clone(), layer(input))


@pytest.mark.parametrize("kernel", [1, 3])
def test_the_weight_is_read_once_a_forward(kernel):
    layer = CoordConv2d(3, 4, kernel)
    reads = []

    class Counted(nn.Module):
        def forward(self, weight):
            reads.append(1)
            return weight

    nn.utils.parametrize.register_parametrization(layer, "weight", Counted())
    reads.clear()
    layer(torch.randn(2, 3, 5, 5))
    assert len(reads) == 1


def test_numpys_whole_numbers_are_sizes():
    layer = CoordConv2d(3, 4, 3)
    same = layer.position_bias(np.int64(5), np.int32(6))
    torch.testing.assert_close(same, layer.position_bias(5, 6), rtol=0, atol=0)
