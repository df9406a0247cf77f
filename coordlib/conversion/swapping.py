"""`convert`: a network's own convolutions become CoordConv layers, and it computes what it did."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.modules.conv import _ConvNd

from coordlib.layers import (
    CoordConv1d,
    CoordConv2d,
    CoordConv3d,
    CoordConvTranspose2d,
    _CoordConv,
)

SWAPS = {
    nn.Conv1d: CoordConv1d,
    nn.Conv2d: CoordConv2d,
    nn.Conv3d: CoordConv3d,
    nn.ConvTranspose2d: CoordConvTranspose2d,
}


@dataclass(frozen=True)
class Conversion:
    """What `convert` did.

    `swapped` are the layers' names, `added` is the number of new weights. `left` are the chosen
    layers that could not be swapped, each name with the reason; empty unless `strict=False`.
    """

    swapped: tuple[str, ...]
    added: int
    left: dict[str, str]

    def __str__(self) -> str:
        text = (
            f"{len(self.swapped)} now with coordinates: {', '.join(self.swapped)}; "
            f"{self.added:,} new weights, all 0, so the output is what it was"
        )
        if self.left:
            text += f"; {len(self.left)} left alone: {_reasons(self.left)}"
        return text


def convert(
    model: nn.Module,
    layers: str | Iterable[str] | Callable[[str, nn.Module], bool],
    *,
    with_r: bool = False,
    strict: bool = True,
) -> Conversion:
    """Turn chosen convolutions of a network into CoordConv layers, in place.

    `layers` chooses among the network's convolutions: a name as in `model.named_modules()`, a
    pattern such as `"backbone.*.conv1"` or `"*"`, several of them, or a function of name and layer.
    The name of a `model` that is itself a convolution is `""`.

    Weights are kept and the coordinates' weights start at 0, so the network computes what it did,
    to rounding, until it is trained. Each layer stays the same object, as torch.nn's lazy layers
    do when they learn their size: wherever the network uses it, it is swapped, with its hooks,
    mode, device, dtype, memory format and `requires_grad`. Only its `weight` is a new parameter:

    - An optimizer made before holds the old one, and would train the layer no more, without a word.
      The same goes for what keeps books on parameters, such as Opacus. Make them afterwards.
    - A copy made before, such as an EMA model, has layers without coordinates: the averages fit no
      longer. Copy afterwards.
    - A network that reads `conv.weight` itself gets the coordinates' weights with it, behind the
      others: `F.conv2d(x, conv.weight)` fails, a penalty on `conv.weight` counts them. There,
      read `conv.feature_weight`, or leave the layer out.

    What can be swapped is a plain Conv1d, Conv2d, Conv3d or ConvTranspose2d. What cannot has
    coordinates already, is lazy, quantised, complex or of a class of its own, or has a weight that
    is computed (weight norm, pruning, parametrisation) or shared with another layer. `strict=False`
    leaves those alone, and the result names them.

    Raises ValueError, with names and before anything is changed, if a name or pattern chooses
    nothing, if a chosen layer cannot be swapped, or with `strict=False` if none can. TypeError if
    `layers` holds no names.
    """
    chosen = _choose(model, layers)
    uses = Counter(id(p) for module in model.modules() for p in module._parameters.values())
    found = {name: _obstacle(layer, uses) for name, layer in chosen.items()}
    left = {name: reason for name, reason in found.items() if reason}
    swapped = {name: layer for name, layer in chosen.items() if name not in left}
    if left and (strict or not swapped):
        takes = ", ".join(kind.__name__ for kind in SWAPS)
        hint = "; strict=False leaves these alone" if swapped else ""
        raise ValueError(f"layers got what is not a plain {takes}: {_reasons(left)}{hint}")

    added = 0
    for layer in dict.fromkeys(swapped.values()):
        layer.__class__ = SWAPS[type(layer)]
        layer.with_r = with_r
        # Input channels are a weight's second axis, but a transposed one's first, in groups.
        groups = layer.weight.chunk(layer.groups if layer.transposed else 1)
        pad = [0, 0] * (layer.rank + layer.transposed) + [0, layer.rank + with_r]
        weight = torch.cat([F.pad(group.detach(), pad) for group in groups])
        added += weight.numel() - layer.weight.numel()
        layer.weight = nn.Parameter(weight, requires_grad=layer.weight.requires_grad)
    return Conversion(tuple(swapped), added, left)


def tell_places(network: nn.Module, layers: tuple[str, ...], seed: int) -> None:
    """Give coordinate channels to some of a new network's convolutions, by name, in place.

    The coordinate weights are drawn, of the size that the layer's other weights have on average: a
    layer that starts at zero stays there. So a network with coordinates and one without start
    alike but for these. Raises what `convert` raises.
    """
    if not layers:
        return
    convert(network, layers)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name in layers:
            layer = network.get_submodule(name)
            size = layer.feature_weight.square().mean().sqrt()
            drawn = torch.randn(layer.coordinate_weight.shape, generator=generator)
            layer.coordinate_weight.copy_(size * drawn)


def _obstacle(layer: nn.Module, uses: Counter[int]) -> str | None:
    """Why a layer cannot be swapped, or None. `uses` counts each parameter's, by its id."""
    weight = layer._parameters.get("weight")
    if isinstance(layer, _CoordConv):
        return "has coordinates already"
    if isinstance(layer, _ConvNd) and weight is None:
        return "has a weight computed by a hook or parametrisation; remove that first"
    if nn.parameter.is_lazy(weight):
        return "is lazy; run the network once first"
    if type(layer) not in SWAPS:
        return f"is a {type(layer).__module__}.{type(layer).__qualname__}"
    if "forward" in vars(layer):
        return "has a forward of its own"
    if type(weight) is not nn.Parameter or not weight.is_floating_point():
        return f"has a weight of {type(weight).__name__} and {weight.dtype}"
    if uses[id(weight)] > 1:
        return "shares its weight with another layer"
    return None


def _reasons(left: dict[str, str]) -> str:
    return "; ".join(f"{name!r} {reason}" for name, reason in left.items())


def _choose(
    model: nn.Module, layers: str | Iterable[str] | Callable[[str, nn.Module], bool]
) -> dict[str, nn.Module]:
    """The chosen layers by name, with all names of a layer that is used in several places."""
    if not isinstance(model, nn.Module):
        raise TypeError(f"model got a {type(model).__name__}; it takes a torch.nn.Module")
    modules = dict(model.named_modules(remove_duplicate=False))
    convolutions = {name: m for name, m in modules.items() if isinstance(m, _ConvNd)}
    chosen: set[nn.Module] = set()
    if callable(layers):
        chosen.update(m for name, m in convolutions.items() if layers(name, m))
    else:
        several = isinstance(layers, Iterable) and not isinstance(layers, str)
        patterns = list(layers) if several else [layers]
        if not all(isinstance(pattern, str) for pattern in patterns):
            raise TypeError(f"layers got {layers!r}; it takes names, patterns or a function")
        for pattern in patterns:
            found = {m for name, m in convolutions.items() if fnmatchcase(name, pattern)}
            if pattern in modules:
                found = {modules[pattern]}
            if not found:
                nearest = difflib.get_close_matches(pattern, convolutions, cutoff=0.4)
                raise ValueError(
                    f"layers got {pattern!r}, which no convolution is called; "
                    f"the nearest names: {', '.join(nearest) or 'none'}"
                )
            chosen |= found
    if not chosen:
        raise ValueError(f"layers got {layers!r}, which chooses no convolution")
    return {name: module for name, module in modules.items() if module in chosen}
