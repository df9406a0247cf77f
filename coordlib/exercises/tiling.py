"""Checker for notebook 07: a generator's first layer, without copies of the latent vector."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from coordlib.coordinates import coordinate_channels
from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import judge, plural
from coordlib.exercises.tracing import handled, look_at_the_gradients

Layer = Callable[[Tensor, Tensor, Tensor, int], Tensor]  # weight, bias, latents, side
_ROOM = 64  # sums over many latent numbers round in their own order


def first_layer(weight: Tensor, bias: Tensor, latents: Tensor, side: int) -> Tensor:
    """A 1 × 1 convolution over copied latents, (n, z), and coordinates: (n, C, side, side).

    It would see z channels that hold an example's latent vector at each pixel, then x and y. But
    that is one vector for each example plus one map for all of them: nothing is copied.
    weight: (C, z + 2). bias: (C,).
    """
    return _plus_map(weight, bias, latents, _grid(weight, side))


def _grid(weight: Tensor, side: int) -> Tensor:
    return coordinate_channels((side, side), device=weight.device, dtype=weight.dtype)


def _plus_map(weight: Tensor, bias: Tensor, latents: Tensor, grid: Tensor) -> Tensor:
    vectors = latents @ weight[:, :-2].T + bias
    return vectors[:, :, None, None] + torch.einsum("cd,dyx->cyx", weight[:, -2:], grid)


def _on(change: Callable[[Tensor, int], Tensor]) -> Layer:
    """The layer on another grid, made from the right one, (2, side, side), and the side."""
    return lambda weight, bias, latents, side: _plus_map(
        weight, bias, latents, change(_grid(weight, side), side)
    )


_LAYERS = (
    (
        _on(lambda grid, side: grid.flip(0)),
        "x and y are swapped: x grows along the last axis, and has the first of the two weights",
    ),
    (_on(lambda grid, side: grid.flip(1)), "y grows upwards; in the first row it is -1"),
    (_on(lambda grid, side: grid.flip(2)), "x grows to the left; in the first column it is -1"),
    (_on(lambda grid, side: (grid + 1) / 2), "x and y go from 0 to 1, not from -1 to 1"),
    (
        _on(lambda grid, side: (grid + 1) / 2 * (side - 1)),
        "x and y are the pixels' numbers; they go from -1 at the first pixel to 1 at the last",
    ),
    (
        _on(lambda grid, side: (grid + 1) * (side - 1) / side - 1),
        "x and y stop short of 1: of `side` values the first is -1, and the last is 1",
    ),
    (
        _on(lambda grid, side: grid * (side - 1) / side),
        "-1 and 1 are the canvas's edges; they are to be the middles of the first and last pixel",
    ),
    (_on(lambda grid, side: -grid), "the map has the wrong sign, or is subtracted: add it"),
    (_on(lambda grid, side: 0 * grid), "the map is missing: what x and y add at each pixel"),
    (
        lambda weight, bias, latents, side: first_layer(weight, bias, 0 * latents, side),
        "the map is right, but the latents add nothing to it",
    ),
    (
        lambda weight, bias, latents, side: first_layer(weight.roll(-2, 1), bias, latents, side),
        "you take the first two columns of `weight` for the coordinates'; they are the last two",
    ),
    (
        lambda weight, bias, latents, side: first_layer(weight, 0 * bias, latents, side),
        "`bias` is missing",
    ),
    (
        lambda weight, bias, latents, side: first_layer(weight, 2 * bias, latents, side),
        "`bias` is in it twice: with each example's vector and with the map",
    ),
    (
        lambda *case: first_layer(*case).relu(),
        "a ReLU has cut off what lies below 0; the convolution has none",
    ),
    (
        lambda *case: first_layer(*case).flatten(2),
        "the pixels stand in one row; wanted are two axes, (n, C, side, side)",
    ),
    (
        lambda *case: first_layer(*case).movedim(1, -1),
        "the channels come last; wanted is (n, C, side, side)",
    ),
)


@exercise("7.3", minutes=12, difficulty=3, stand_in=first_layer)
def layer_without_copies(answer: Layer) -> str:
    """A 1 × 1 convolution over copied latents and coordinates, of which neither is ever made."""
    random = torch.Generator().manual_seed(7)
    cases = [
        (
            torch.randn(channels, z + 2, generator=random),
            torch.randn(channels, generator=random),
            torch.randn(n, z, generator=random),
            side,
        )
        for n, z, channels, side in ((3, 5, 4, 6), (1, 2, 3, 9), (4, 1, 2, 5), (2, 7, 1, 2))
    ]
    judge(
        answer,
        cases,
        first_layer,
        said=lambda weight, bias, latents, side: (
            f"for {plural(len(latents), 'latent')} of {plural(latents.shape[1], 'number')}, "
            f"{plural(len(bias), 'channel')} and a side of {side}"
        ),
        mistakes=_LAYERS,
        room=_ROOM,
    )
    _look_for_copies(answer)
    for case in cases:
        look_at_the_gradients(answer, first_layer, case, weight=0, bias=1, latents=2)
    return "one vector for each example and one map for all: what the copies give, without any."


def _look_for_copies(answer: Layer) -> None:
    """Refuse a right result that torch worked out from the latents at each pixel."""
    n, z, channels, side = 3, 4096, 2, 32  # so that the latents are larger than all else together
    shapes = handled(
        lambda: answer(torch.ones(channels, z + 2), torch.ones(channels), torch.ones(n, z), side)
    )
    largest, copy = max(shapes, key=torch.Size.numel, default=torch.Size()), z * side**2
    if largest.numel() >= copy:
        raise NotYet(
            f"the result is right, but on the way stands a tensor of shape {tuple(largest)}: the "
            "latents at each pixel. What they add is the same everywhere: one vector an example"
        )
    total = sum(shape.numel() for shape in shapes)
    if total >= side * n * z:
        raise NotYet(
            f"the result is right, but for {n} latents of {z} numbers and a side of {side} torch "
            f"went through {total:,} numbers: each example's vector is worked out again and again, "
            "in each row or at each pixel"
        )
