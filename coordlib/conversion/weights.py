"""A CoordConv layer's weight: its two parts trained apart, and loaded from other people's code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from coordlib import checks
from coordlib.layers import _CoordConv


def split_weight(layer: nn.Module) -> tuple[nn.Parameter, nn.Parameter]:
    """Make two parameters of a CoordConv layer's weight, in place, to train each in its own way.

    Returns (features, coordinates): the weights for the input's own channels and those for the
    coordinates. Freeze either with `requires_grad_(False)`, or give each a group of its own in the
    optimizer, made afterwards:

        features, coordinates = split_weight(layer)
        torch.optim.AdamW([{"params": features}, {"params": coordinates, "lr": 1e-2}], lr=1e-3)

    A frozen part stays what it is to the bit, whatever the optimizer. (To scale or zero its part of
    the joint weight's gradient is not the same: Adam divides a gradient's scale out again, and
    weight decay and momentum move what has no gradient.)

    `layer.weight` is computed from both from now on, by torch's parametrisation, and a state dict
    holds the two. `join_weight` makes one parameter of them again.

    Raises TypeError if `layer` is no CoordConv layer, ValueError if its weight is computed already.
    """
    _check_plain(layer)
    parametrize.register_parametrization(layer, "weight", _Parts(layer))
    both = layer.parametrizations.weight
    return both.original0, both.original1


def join_weight(layer: nn.Module) -> None:
    """Undo `split_weight`, in place: one parameter `weight`, as in a layer that never was split.

    It is a new parameter, so an optimizer is to be made anew. It learns if one of the parts did.

    Raises ValueError if `split_weight` did not split the layer's weight.
    """
    is_split = parametrize.is_parametrized(layer, "weight") and any(
        isinstance(step, _Parts) for step in layer.parametrizations.weight
    )
    if not is_split:
        raise ValueError(
            f"layer got a {type(layer).__name__}; it takes one that split_weight split"
        )
    parts = list(layer.parametrizations.weight.parameters())
    learns = any(part.requires_grad for part in parts)
    for part in parts:
        part.requires_grad_()  # of what does not learn, torch would make a buffer
    parametrize.remove_parametrizations(layer, "weight")
    layer.weight.requires_grad_(learns)


class _Parts(nn.Module):
    """The joint weight from its two parts, and back."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.sections = [layer.in_channels // layer.groups, layer.rank + layer.with_r]
        # torch lays a transposed weight out as (inputs, outputs / groups, …), group after group.
        self.groups = layer.groups if layer.transposed else None

    def forward(self, features: Tensor, coordinates: Tensor) -> Tensor:
        if self.groups is None:
            return torch.cat([features, coordinates], 1)
        grouped = [part.unflatten(0, (self.groups, -1)) for part in (features, coordinates)]
        return torch.cat(grouped, 1).flatten(0, 1)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, ...]:
        """(features, coordinates), with memory of their own."""
        if self.groups is None:
            return tuple(part.clone() for part in weight.split(self.sections, 1))
        parts = weight.unflatten(0, (self.groups, -1)).split(self.sections, 1)
        return tuple(part.flatten(0, 1).clone() for part in parts)


@dataclass(frozen=True)
class _Port:
    """How other code lays out what it concatenates: always the input, then coordinates, then r."""

    ranks: tuple[int, ...]
    rows_first: bool  # its coordinates go from the first axis to the last, ours from the last
    channels_last: bool  # its kernels are (*kernel size, inputs, outputs)
    r_from_centre: bool  # else its r is the distance from (0.5, 0.5)


PORTS = {
    "uber-research/CoordConv": _Port((2,), False, True, True),
    "titu1994/keras-coordconv": _Port((1, 2, 3), True, True, False),
    "mkocabas/CoordConv-pytorch": _Port((2,), True, False, False),
    # In 3-D its coordinates are sums of two axes' indices, not scaled to -1 … 1.
    "walsvid/CoordConv": _Port((1, 2), True, False, False),
}


def load_port(layer: nn.Module, port: str, weight: Any, bias: Any = None) -> None:
    """Load weights trained with other people's CoordConv into a CoordConv layer, in place.

    `port` is the repository, one of `PORTS`: the paper's own code (TensorFlow), or ports to Keras
    and PyTorch. `weight` and `bias` are tensors or arrays as they are stored there, of the
    convolution after the coordinates, for example:

        state = torch.load("checkpoint.pt")
        load_port(layer, "mkocabas/CoordConv-pytorch", state["conv.weight"], state["conv.bias"])

    Some ports call the row x and the column y: loaded as they are, the weights would fit and the
    axes be swapped without a word. Some store kernels channels last. All have coordinates from -1
    to 1, as here. Most measure r from (0.5, 0.5), which no weights of ours can express: such a
    layer is refused, and so is one with groups, for the ports deal out the coordinates among them.
    mkocabas's port swaps the axes since 13 July 2018; in walsvid's state dicts `weight` belongs to
    a layer that is never called, and `conv.weight` is meant.

    Raises TypeError if `layer` is no CoordConv layer or a tensor is none of floating-point numbers;
    ValueError if the port is unknown or has no such layer, if a shape is another, if a bias is
    missing or too many, or if the layer's weight is computed.
    """
    checks.one_of("port", port, PORTS)
    _check_plain(layer)
    known, rank = PORTS[port], layer.rank
    wrong_r = layer.with_r and not known.r_from_centre
    if rank not in known.ranks or wrong_r or layer.groups > 1:
        takes = f"rank {' or '.join(map(str, known.ranks))}, with one group"
        if not known.r_from_centre:
            takes += ", without r, which it measures from (0.5, 0.5)"
        raise ValueError(f"layer got {layer}; from {port} it takes one of {takes}")

    shape = tuple(layer.weight.shape)
    stored = (*shape[2:], shape[1], shape[0]) if known.channels_last else shape
    weight = _floating("weight", weight, port, stored)
    if known.channels_last:
        weight = weight.permute(-1, -2, *range(rank))
    if known.rows_first:
        inputs, first = layer.in_channels, int(not layer.transposed)
        order = [*range(inputs), *reversed(range(inputs, inputs + rank))]
        weight = weight.index_select(first, torch.tensor(order, device=weight.device))
    if (bias is None) != (layer.bias is None):
        got, takes = ("none", "one") if bias is None else ("one", "none, for the layer has none")
        raise ValueError(f"bias got {got}; it takes {takes}")
    with torch.no_grad():
        if bias is not None:
            layer.bias.copy_(_floating("bias", bias, port, tuple(layer.bias.shape)))
        layer.weight.copy_(weight)


def _floating(name: str, value: Any, port: str, shape: tuple[int, ...]) -> Tensor:
    """`value` as a tensor, if it is one of floating-point numbers and of this shape."""
    try:
        tensor = torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"{name} got a {type(value).__name__}; it takes a tensor") from None
    if not tensor.is_floating_point():
        raise TypeError(f"{name} got dtype {tensor.dtype}; it takes a floating-point one")
    if tensor.shape != shape:
        raise ValueError(
            f"{name} got shape {tuple(tensor.shape)}; from {port} this layer takes {shape}"
        )
    return tensor


def _check_plain(layer: nn.Module) -> None:
    if not isinstance(layer, _CoordConv):
        raise TypeError(f"layer got a {type(layer).__name__}; it takes a CoordConv layer")
    if layer._parameters.get("weight") is None:
        raise ValueError(
            f"layer got a {type(layer).__name__} whose weight is computed by a hook or "
            "parametrisation; it takes one with a parameter"
        )
