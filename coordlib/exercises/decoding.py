"""Checker for notebook 08: a decoder that paints each pixel for itself."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.lazy import LazyModuleMixin
from torch.nn.modules.module import register_module_forward_pre_hook

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.broadcasting import MISTAKES, Start, broadcast, named
from coordlib.exercises.checking import judge, plural
from coordlib.exercises.guarding import watched

Step = Callable[[Tensor], Tensor]
_LAYERS = (nn.Conv1d, nn.Conv2d, nn.Linear)  # as filters of 1 × 1 all do the same


class BroadcastDecoder(nn.Module):
    """Paints latents, (n, latents), as logits, (n, 3, side, side), each pixel for itself.

    Of the form of the Spatial Broadcast Decoder (Watters et al., 2019), which has 3 × 3 filters
    too; ours has 1 × 1 alone: `broadcast`, then four convolutions with ReLU between them, `width`
    channels wide.
    """

    def __init__(self, latents: int, side: int, width: int) -> None:
        super().__init__()
        self.side = side
        self.layers = nn.Sequential(
            nn.Conv2d(latents + 2, width, 1),
            nn.ReLU(),
            nn.Conv2d(width, width, 1),
            nn.ReLU(),
            nn.Conv2d(width, width, 1),
            nn.ReLU(),
            nn.Conv2d(width, 3, 1),
        )

    def forward(self, latents: Tensor) -> Tensor:
        return self.layers(broadcast(latents, self.side))


@dataclass(frozen=True)
class _Network:
    """A student's decoder for a canvas of `side`, and its layers in the order of their use."""

    made: nn.Module
    layers: list[nn.Module]
    side: int


def _alike(value: Tensor) -> Tensor:
    return value


def _painting(
    start: Start = broadcast,
    between: Sequence[Step] = (torch.relu, torch.relu, torch.relu),
    last: Step = _alike,
) -> Callable[[_Network, Tensor], Tensor]:
    """What a network's layers make of `start`, with such functions between them and at the end."""

    def result(network: _Network, latents: Tensor) -> Tensor:
        value = start(latents, network.side).movedim(1, -1)
        for layer, then in zip(network.layers, (*between, last), strict=True):
            value = then(F.linear(value, layer.weight.flatten(1), layer.bias))
        return value.movedim(-1, 1)

    return result


_SWAPPED, *_OTHERS = MISTAKES  # what comes out would be the same with rows and columns swapped
_LOGITS = "wanted are logits, which may be any numbers"
_PAINTERS = (
    (
        _painting(between=[_alike] * 3),
        "no ReLU stands between the layers: so four of them can do no more than one",
    ),
    *(
        (
            _painting(between=[_alike if number == k else torch.relu for number in range(3)]),
            f"there is no ReLU after layer {k + 1}",
        )
        for k in range(3)
    ),
    *(
        (_painting(between=[other] * 3), "between the layers stands another function than ReLU")
        for other in (F.leaky_relu, F.gelu, F.silu, F.elu, torch.tanh, torch.sigmoid)
    ),
    *(
        (_painting(last=end), f"at the end stands a {name}; {_LOGITS}")
        for end, name in ((torch.relu, "ReLU"), (torch.sigmoid, "sigmoid"), (torch.tanh, "tanh"))
    ),
    *(
        (_painting(start), f"the layers don't get what `broadcast` gives: {why}")
        for start, why in (
            (_SWAPPED[0], f"{_SWAPPED[1]}; or rows and columns of what comes out are swapped"),
            *_OTHERS,
        )
    ),
)


@exercise("8.3", minutes=12, difficulty=3, stand_in=BroadcastDecoder)
def decoder_built(answer: Callable[[int, int, int], Any]) -> str:
    """A class: from latents (n, latents) to logits (n, 3, side, side), by 1 × 1 convolutions."""
    random = torch.Generator().manual_seed(3)
    cases = []
    for n, latents, side, width in ((3, 5, 6, 16), (1, 2, 9, 24), (4, 9, 4, 12)):
        given = torch.randn(n, latents, generator=random)
        made = answer(latents, side, width)
        said = f"with {plural(latents, 'latent number')} and a width of {width}"
        used = _used(made, given, said)
        _look_for_strangers(made, used, _used(made, given, said))
        _look_at_the_layers(made, used, latents, width, said)
        cases.append((_Network(made, used, side), given))
        with torch.no_grad():  # other weights than the first ones, so that each of them shows
            for each in made.parameters():
                drawn = torch.randn(each.shape, generator=random)
                each.copy_(2 / math.sqrt(each[0].numel()) * drawn)
    judge(
        lambda network, given: watched(network.made.forward)(given),
        cases,
        _painting(),
        said=lambda network, given: named(given, network.side),
        mistakes=_PAINTERS,
        tell=_pictures_differ,
        room=64,
    )
    for network, given in cases:
        _look_at_the_gradients(network.made, given)
    return "each pixel is painted for itself, from the latent and from its place."


def _used(made: Any, latents: Tensor, said: str) -> list[nn.Module]:
    """The convolutions that a network goes through, in their order, those it doesn't know as well.

    Raises NotYet where one gets other channels than it takes, or doesn't say how many those are;
    `said` begins the sentence.
    """
    if not isinstance(made, nn.Module):
        raise NotYet("the class is no network: it begins with `class BroadcastDecoder(nn.Module):`")
    used: list[nn.Module] = []

    def look(layer: nn.Module, given: tuple[Any, ...]) -> None:
        if not isinstance(layer, _LAYERS):
            return
        used.append(layer)
        if isinstance(layer, LazyModuleMixin):
            raise NotYet(
                f"layer {len(used)} is a lazy one: its weights aren't there before the first call, "
                "and can't be counted; write how many channels it takes"
            )
        if isinstance(layer, nn.Linear):
            takes, axes = layer.in_features, 1
        else:
            takes, axes = layer.in_channels, 1 + len(layer.kernel_size)
        tensors = (one for one in given if isinstance(one, Tensor) and one.ndim >= axes)
        gets = next((one.shape[-axes] for one in tensors), takes)
        if takes != gets:
            raise NotYet(
                f"{said} layer {len(used)} takes {plural(takes, 'channel')} and gets {gets}"
            )

    with register_module_forward_pre_hook(look):
        watched(made.forward)(latents)
    return used


def _look_for_strangers(made: nn.Module, used: list[nn.Module], again: list[nn.Module]) -> None:
    """Refuse layers whose weights are no parameters of the network, from two calls' layers."""
    strangers = set(used) - set(made.modules())
    if not strangers <= set(again):
        raise NotYet(
            "`forward` makes a convolution anew in each call, so that its weights can't learn; "
            "make it once, in `__init__`"
        )
    if strangers:
        raise NotYet(
            f"the network doesn't know {len(strangers)} of the layers that `forward` goes through, "
            "so that their weights can't learn: is a list around them? Put them into "
            "`nn.Sequential` or `nn.ModuleList`"
        )


def _look_at_the_layers(
    made: nn.Module, used: list[nn.Module], latents: int, width: int, said: str
) -> None:
    """Refuse a network of other layers than those asked for, or that can't begin to learn."""
    called = len(set(used))
    if (called, len(used)) != (4, 4):
        kinds = sorted({f"`{type(layer).__name__}`" for layer in used}) or ["`nn.Conv2d`"]
        again = f", {len(used)} times in all" if called < len(used) else ""
        raise NotYet(
            f"`forward` calls {plural(called, 'layer')} of {' and '.join(kinds)}{again}; wanted "
            "are four, each called once"
        )
    for layer in used:
        if layer.weight.shape[2:].numel() > 1:
            size = " × ".join(map(str, layer.weight.shape[2:]))
            raise NotYet(f"filters are {size}; only with 1 × 1 is each pixel painted for itself")
    if used[0].weight.shape[1] == latents:
        raise NotYet(
            "the first layer gets the latent alone; `broadcast` gives it two coordinates more"
        )
    channels = [used[0].weight.shape[1], *(len(layer.weight) for layer in used)]
    wanted = [latents + 2, width, width, width, 3]
    if channels != wanted:
        ours, right = (" → ".join(map(str, each)) for each in (channels, wanted))
        raise NotYet(f"{said} your channels are {ours}; wanted are {right}")
    count = sum(each.numel() for each in made.parameters())
    right = sum(out * (into + 1) for into, out in itertools.pairwise(wanted))
    if count != right:
        raise NotYet(
            f"{said} you have {count:,} parameters; wanted are {right:,}: four layers, each with "
            "its bias, and nothing else"
        )
    if not any(each.any() for each in made.parameters()):
        raise NotYet(
            "all weights and biases are 0 at first: so is what each ReLU lets through, and nothing "
            "but the last bias ever learns"
        )


def _pictures_differ(found: Tensor, wanted: Tensor, network: _Network, latents: Tensor) -> str:
    if found.shape != wanted.shape:
        return f"the result has shape {tuple(found.shape)}; wanted is {tuple(wanted.shape)}"
    return (
        "the logits are not what your four layers, with ReLU between them, make of what "
        "`broadcast` gives"
    )


def _look_at_the_gradients(made: nn.Module, latents: Tensor) -> None:
    """Refuse right logits whose gradients don't reach the latents and all weights."""
    latents = latents.clone().requires_grad_()
    reached = {"the latents": latents}
    reached |= {f"`{name}`": each for name, each in made.named_parameters()}
    with torch.enable_grad():
        result = made(latents)
        if not isinstance(result, Tensor) or not result.requires_grad:
            raise NotYet(
                "the logits are right, but nothing can be learnt from them: they must stay a "
                "tensor, without `.detach()` or `torch.no_grad()` on the way"
            )
        found = torch.autograd.grad(result.sum(), list(reached.values()), allow_unused=True)
    for name, gradient in zip(reached, found, strict=True):
        if gradient is None or not gradient.any():
            raise NotYet(f"the logits are right, but no gradient reaches {name}")
