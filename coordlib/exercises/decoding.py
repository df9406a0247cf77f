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

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.broadcasting import MISTAKES, Start, broadcast, named
from coordlib.exercises.checking import judge, plural
from coordlib.exercises.guarding import watched
from coordlib.exercises.inspecting import look_for_strangers, reaches, used

Step = Callable[[Tensor], Tensor]


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


# Swapped or turned coordinates, and others: what comes out could be swapped or turned as well.
_TURNED, _OTHERS = MISTAKES[:4], MISTAKES[4:]
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
            *(
                (start, f"{why}; or rows and columns of what comes out are swapped or turned over")
                for start, why in _TURNED
            ),
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
        if not isinstance(made, nn.Module):
            raise NotYet(
                "the class is no network: it begins with `class BroadcastDecoder(nn.Module):`"
            )
        layers = used(made.forward, given, said)
        look_for_strangers(made, layers, used(made.forward, given, said), "forward")
        _look_at_the_layers(made, layers, latents, width, said)
        cases.append((_Network(made, layers, side), given))
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
        reaches(network.made, given, "the logits", "the latents")
    return "each pixel is painted for itself, from the latent and from its place."


def _look_at_the_layers(
    made: nn.Module, layers: list[nn.Module], latents: int, width: int, said: str
) -> None:
    """Refuse a network of other layers than those asked for, or that can't begin to learn."""
    called = len(set(layers))
    if (called, len(layers)) != (4, 4):
        kinds = sorted({f"`{type(layer).__name__}`" for layer in layers}) or ["`nn.Conv2d`"]
        again = f", {len(layers)} times in all" if called < len(layers) else ""
        raise NotYet(
            f"`forward` calls {plural(called, 'layer')} of {' and '.join(kinds)}{again}; wanted "
            "are four, each called once"
        )
    for layer in layers:
        if layer.weight.shape[2:].numel() > 1:
            size = " × ".join(map(str, layer.weight.shape[2:]))
            raise NotYet(f"filters are {size}; only with 1 × 1 is each pixel painted for itself")
    if layers[0].weight.shape[1] == latents:
        raise NotYet(
            "the first layer gets the latent alone; `broadcast` gives it two coordinates more"
        )
    channels = [layers[0].weight.shape[1], *(len(layer.weight) for layer in layers)]
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
