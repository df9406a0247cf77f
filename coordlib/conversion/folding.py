"""CoordConv layers as ordinary convolutions plus a map, for inputs of one size.

Tools that look for exactly `nn.Conv2d` (to quantise, to count operations, to convert) do not know
a CoordConv layer, or see its weight cut in two. Where the input's size is fixed, so is the position
bias, and nothing is left to compute but a convolution and an addition.
"""

from __future__ import annotations

import copy
import itertools
from collections import Counter
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from coordlib.conversion.swapping import SWAPS
from coordlib.layers import _autocasts, _CoordConv


class FoldedCoordConv(nn.Module):
    """What `fold` gives: an ordinary `convolution` without bias, plus `position_bias`, a buffer.

    Takes (batch, in_channels, *sizes) or (in_channels, *sizes), in just these sizes, and gives what
    the CoordConv layer gave. `position_bias` is (out_channels, *output sizes) and has in it all
    that is added: coordinates, the layer's own bias, and a folded norm's.
    """

    def __init__(
        self, convolution: nn.Module, position_bias: Tensor, sizes: tuple[int, ...]
    ) -> None:
        super().__init__()
        self.convolution = convolution
        self.register_buffer("position_bias", position_bias)
        self.sizes = sizes

    def forward(self, input: Tensor) -> Tensor:
        # While torch.jit or torch.fx writes down what is computed, sizes are no numbers to compare.
        if not (torch.jit.is_tracing() or isinstance(input, torch.fx.Proxy)):
            self._check(input)
        output, bias = self.convolution(input), self.position_bias
        if _autocasts(bias):
            bias = bias.to(output.dtype)  # the sum's dtype is a convolution's under autocast
        return output + bias

    def _check(self, input: Tensor) -> None:
        if not isinstance(input, Tensor):
            raise TypeError(f"input got a {type(input).__name__}; it takes a tensor")
        channels, shape, rank = self.convolution.in_channels, input.shape, len(self.sizes)
        if len(shape) not in (rank + 1, rank + 2) or shape[-rank - 1 :] != (channels, *self.sizes):
            axes = ", ".join(map(str, (channels, *self.sizes)))
            raise ValueError(
                f"input got shape {tuple(shape)}; this layer was folded for (batch, {axes}) "
                f"or ({axes})"
            )

    def extra_repr(self) -> str:
        return f"sizes={self.sizes}"


def fold(layer: nn.Module, *sizes: int, norm: nn.Module | None = None) -> FoldedCoordConv:
    """An ordinary convolution plus a map that compute what a CoordConv layer does at one size.

    `fold(layer, height, width)` for a 2-D layer. The convolution is exactly an `nn.Conv1d`, 2d or
    3d or an `nn.ConvTranspose2d`, with `feature_weight` as its weight. `norm`, a batch norm that
    follows the layer, in eval mode, is folded in: its scale into the weight, its shift into the
    map. The result shares no memory with the layer, which stays as it is. It has none of the
    layer's hooks, and of a transposed layer only the default output size.

    Raises TypeError if `layer` is no CoordConv layer, `norm` no batch norm, or a size no whole
    number; ValueError for the wrong number of sizes or one below 1, and if `norm` is in training
    mode, keeps no running statistics, or has another number of features.
    """
    if not isinstance(layer, _CoordConv):
        raise TypeError(f"layer got a {type(layer).__name__}; it takes a CoordConv layer")
    if norm is not None:
        _check_norm(norm, layer.out_channels)
    with torch.no_grad():
        bias = layer.position_bias(*sizes)
        weight = layer.feature_weight.clone()
        if norm is not None:
            bias, weight = _normed(layer, bias, weight, norm)
    plain = next(kind for kind, swapped in SWAPS.items() if isinstance(layer, swapped))
    options = {"output_padding": layer.output_padding} if layer.transposed else {}
    convolution = plain(
        layer.in_channels,
        layer.out_channels,
        layer.kernel_size,
        stride=layer.stride,
        padding=layer.padding,
        dilation=layer.dilation,
        groups=layer.groups,
        bias=False,
        padding_mode=layer.padding_mode,
        device="meta",  # draws no random numbers
        **options,
    )
    convolution.weight = nn.Parameter(weight, requires_grad=layer.weight.requires_grad)
    return FoldedCoordConv(convolution, bias, tuple(map(int, sizes))).train(layer.training)


def fold_network(network: nn.Module, *example_inputs: Any) -> nn.Module:
    """A copy of a network in which each CoordConv layer is folded for the size that it gets.

    Another copy is run once, `network(*example_inputs)` in eval mode, to see the sizes; the result
    takes inputs of these sizes only. Where a batch norm in eval mode comes next to a layer in an
    `nn.Sequential`, it is folded in too, and an `nn.Identity` stands in its place: so call
    `network.eval()` first. `network` itself stays as it is, statistics and modes included.

    Raises ValueError, with the layers' names, if there is no CoordConv layer, or if one is never
    called, gets inputs of several sizes, or is given an `output_size`; TypeError if `network` is no
    module.
    """
    if not isinstance(network, nn.Module):
        raise TypeError(f"network got a {type(network).__name__}; it takes a torch.nn.Module")
    sizes = _sizes(network, example_inputs)
    folded = copy.deepcopy(network)
    norms = _norms(folded)
    done: dict[nn.Module, nn.Module] = {}  # a layer used in several places stays one
    for name, module in list(folded.named_modules(remove_duplicate=False)):
        if not isinstance(module, _CoordConv):
            continue
        if module not in done:
            norm = norms.get(name)
            done[module] = fold(
                module, *sizes[name], norm=None if norm is None else folded.get_submodule(norm)
            )
            if norm is not None:
                folded.set_submodule(norm, nn.Identity())
        if not name:
            return done[module]
        folded.set_submodule(name, done[module])
    return folded


def _sizes(network: nn.Module, example_inputs: tuple[Any, ...]) -> dict[str, tuple[int, ...]]:
    """What size each CoordConv layer's input has, by the layer's (first) name."""
    trial = copy.deepcopy(network).eval()
    layers = {name: m for name, m in trial.named_modules() if isinstance(m, _CoordConv)}
    if not layers:
        kind = type(network).__name__
        raise ValueError(f"network got a {kind} without a CoordConv layer; it takes one with some")
    seen: dict[nn.Module, set[tuple[int, ...]]] = {layer: set() for layer in layers.values()}
    sized = set()

    def note(layer: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        input = args[0] if args else kwargs["input"]
        output_size = args[1] if len(args) > 1 else kwargs.get("output_size")
        seen[layer].add(tuple(input.shape[-layer.rank :]))
        if output_size is not None:
            sized.add(layer)

    for layer in seen:
        layer.register_forward_pre_hook(note, with_kwargs=True)
    with torch.no_grad():
        trial(*example_inputs)
    problems = []
    for name, layer in layers.items():
        if not seen[layer]:
            problems.append(f"{name!r} is never called")
        elif len(seen[layer]) > 1:
            several = " and ".join(map(str, sorted(seen[layer])))
            problems.append(f"{name!r} gets inputs of sizes {several}")
        elif layer in sized:
            problems.append(f"{name!r} is given an output_size")
    if problems:
        raise ValueError(
            f"network got layers that cannot be folded: {'; '.join(problems)}; "
            "each takes inputs of one size"
        )
    return {name: seen[layer].pop() for name, layer in layers.items()}


def _norms(network: nn.Module) -> dict[str, str]:
    """The batch norms to fold, by the names of the layers that they follow."""
    uses = Counter(module for _, module in network.named_modules(remove_duplicate=False))
    found = {}
    for name, sequence in network.named_modules():
        # A class of its own may do other things between two of its modules.
        if getattr(type(sequence), "forward", None) is not nn.Sequential.forward:
            continue
        children = [(f"{name}.{key}".lstrip("."), m) for key, m in sequence._modules.items()]
        for (layer_name, layer), (norm_name, norm) in itertools.pairwise(children):
            once = uses[layer] == uses[norm] == 1
            if once and isinstance(layer, _CoordConv) and _can_fold(norm):
                found[layer_name] = norm_name
    return found


def _can_fold(norm: nn.Module) -> bool:
    return isinstance(norm, _BatchNorm) and not norm.training and norm.running_mean is not None


def _check_norm(norm: nn.Module, features: int) -> None:
    if not isinstance(norm, _BatchNorm):
        raise TypeError(f"norm got a {type(norm).__name__}; it takes a batch norm")
    if norm.training or norm.running_mean is None:
        got = "in training mode" if norm.training else "without running statistics"
        raise ValueError(f"norm got one {got}; it takes one in eval mode, with running statistics")
    if norm.num_features != features:
        raise ValueError(f"norm got {norm.num_features} features; it takes the layer's {features}")


def _normed(
    layer: nn.Module, bias: Tensor, weight: Tensor, norm: nn.Module
) -> tuple[Tensor, Tensor]:
    """Map and weight of the layer with the norm behind it."""
    scale = (norm.running_var + norm.eps).rsqrt()
    if norm.affine:
        scale = scale * norm.weight
    shift = -norm.running_mean * scale
    if norm.affine:
        shift = shift + norm.bias
    ones = [1] * layer.rank
    normed_bias = bias * scale.view(-1, *ones) + shift.view(-1, *ones)
    if layer.transposed:
        # A transposed weight's outputs are its second axis, group after group along the first.
        grouped = weight.unflatten(0, (layer.groups, -1))
        normed_weight = (grouped * scale.view(layer.groups, 1, -1, *ones)).flatten(0, 1)
    else:
        normed_weight = weight * scale.view(-1, 1, *ones)
    return normed_bias.to(bias.dtype), normed_weight.to(weight.dtype)
