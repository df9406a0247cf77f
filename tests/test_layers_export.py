"""The layers compiled, exported and in ONNX, each with other sizes than it was made with."""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path

import onnxruntime
import pytest
import torch
from torch import nn

from coordlib.coordinates import AddCoords
from coordlib.layers import CoordConv1d, CoordConv2d, CoordConv3d, CoordConvTranspose2d

LAYERS = {
    "1-D": (CoordConv1d, {"kernel_size": 3, "with_r": True}),
    "1x1": (CoordConv2d, {"kernel_size": 1}),
    "same": (CoordConv2d, {"kernel_size": 3, "padding": "same", "with_r": True}),
    "reflect, groups": (
        CoordConv2d,
        {"kernel_size": 3, "padding": 1, "padding_mode": "reflect", "stride": 2, "groups": 2},
    ),
    "3-D": (CoordConv3d, {"kernel_size": 2}),
    "transposed": (CoordConvTranspose2d, {"kernel_size": 3, "stride": 2, "groups": 2}),
}
SIZES = [(2, 5, 7, 4), (3, 9, 4, 6), (1, 4, 4, 4)]


def make(name: str) -> tuple[nn.Module, int]:
    torch.manual_seed(0)
    kind, arguments = LAYERS[name]
    return kind(4, 6, **arguments).eval(), kind.rank


def inputs(rank: int) -> list[torch.Tensor]:
    return [torch.randn(batch, 4, *sizes[:rank]) for batch, *sizes in SIZES]


# What torch needs to compile for a processor; where it is missing, its other stages still run.
CAN_BUILD = shutil.which("g++") and Path(sysconfig.get_path("include"), "Python.h").exists()


def dynamic(rank: int) -> tuple[dict[int, torch.export.Dim]]:
    return (
        {
            axis: torch.export.Dim(f"size_{axis}", min=4 * (axis > 1))
            for axis in (0, *range(2, rank + 2))
        },
    )


@pytest.mark.parametrize(
    ("name", "backend"),
    [*((name, "aot_eager") for name in LAYERS), *([("same", "inductor")] if CAN_BUILD else [])],
)
def test_compiles_in_one_graph_for_every_size(name, backend):
    layer, rank = make(name)
    torch.compiler.reset()
    compiled = torch.compile(layer, fullgraph=True, backend=backend)
    for input in inputs(rank)[:2]:
        results = compiled(input), layer(input)
        torch.testing.assert_close(*results)
        gradients = [torch.autograd.grad(y.square().sum(), layer.weight)[0] for y in results]
        torch.testing.assert_close(*gradients, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", LAYERS)
def test_exports_with_dynamic_sizes(name):
    layer, rank = make(name)
    first, *others = inputs(rank)
    program = torch.export.export(layer, (first,), dynamic_shapes=dynamic(rank))
    for input in others:
        torch.testing.assert_close(program.module()(input), layer(input))


def test_the_concatenating_form_exports_too():
    layer = nn.Sequential(AddCoords(with_r=True), nn.Conv2d(7, 6, 3))
    first, *others = inputs(2)
    program = torch.export.export(layer, (first,), dynamic_shapes=dynamic(2))
    for input in others:
        torch.testing.assert_close(program.module()(input), layer(input))


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("name", ["1x1", "same", "transposed"])
def test_onnx_runs_with_other_sizes(name, tmp_path):
    layer, rank = make(name)
    first, *others = inputs(rank)
    program = torch.onnx.export(
        layer, (first,), dynamic_shapes=dynamic(rank), dynamo=True, verbose=False
    )
    program.save(tmp_path / "layer.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "layer.onnx")
    for input in [*others, first[:, :, :1], first[:, :, :1, :1]]:
        (output,) = session.run(None, {session.get_inputs()[0].name: input.numpy()})
        torch.testing.assert_close(torch.from_numpy(output), layer(input).detach())
