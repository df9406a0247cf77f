"""Checker for notebook 08: a latent at each pixel, and beside it where that pixel is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from coordlib.coordinates import coordinate_channels
from coordlib.exercises import exercise
from coordlib.exercises.checking import judge, plural, tensor, unlike
from coordlib.exercises.tracing import look_at_the_gradients

Grid = Callable[[int], Tensor]  # from a side to coordinate channels, (2, side, side)
Start = Callable[[Tensor, int], Tensor]  # from latents and a side to what is convolved


def broadcast(latents: Tensor, side: int) -> Tensor:
    """Latents (n, z) at each pixel, then its coordinates x and y: (n, z + 2, side, side)."""
    return _joined(latents, _grid(side))


def _grid(side: int) -> Tensor:
    return coordinate_channels((side, side))


def _copies(latents: Tensor, side: int) -> Tensor:
    return latents[:, :, None, None].expand(-1, -1, side, side)


def _joined(latents: Tensor, grid: Tensor) -> Tensor:
    places = grid.to(latents).expand(len(latents), -1, -1, -1)
    return torch.cat((_copies(latents, grid.shape[-1]), places), 1)


def _placed(grid: Grid) -> Start:
    return lambda latents, side: _joined(latents, grid(side))


def _in_front(latents: Tensor, side: int) -> Tensor:
    return broadcast(latents, side).roll(2, 1)


def _repeated(times: Callable[[int], tuple[int, int]]) -> Start:
    """With latents repeated so often, and then brought into the copies' shape, in their place.

    times: from the number of pixels to how often along either axis.
    """

    def result(latents: Tensor, side: int) -> Tensor:
        wrong = latents.repeat(times(side**2)).reshape(*latents.shape, side, side)
        return torch.cat((wrong, broadcast(latents, side)[:, -2:]), 1)

    return result


# What has the shape that is asked for, but other numbers.
MISTAKES: tuple[tuple[Start, str], ...] = (
    (
        _placed(lambda side: _grid(side).flip(0)),
        "x and y are swapped: x, which grows along the last axis, comes first",
    ),
    (
        _placed(lambda side: _grid(side).flip(1)),
        "y grows upwards; rows are counted from the top, where y is -1",
    ),
    (
        _placed(lambda side: _grid(side).flip(2)),
        "x grows to the left; columns are counted from the left, where x is -1",
    ),
    (
        _placed(lambda side: -_grid(side)),
        "both signs are turned: the upper left pixel is (-1, -1)",
    ),
    (
        _placed(lambda side: (_grid(side) + 1) / 2),
        "the coordinates go from 0 to 1, not from -1 to 1",
    ),
    (
        _placed(lambda side: (_grid(side) + 1) / 2 * (side - 1)),
        "the coordinates are pixel numbers; wanted is -1 at the first pixel and 1 at the last",
    ),
    (
        _placed(lambda side: _grid(side + 1)[:, :side, :side]),
        "the coordinates stop short of 1: of `side` values the first is -1, and the last is 1",
    ),
    (
        _placed(lambda side: _grid(side) * (side - 1) / side),
        "-1 and 1 are the canvas's edges; they are to be the first pixel and the last",
    ),
    (
        _placed(lambda side: _grid(side)[:1].expand(2, -1, -1)),
        "x stands there twice; the last channel is y",
    ),
    (_in_front, "the coordinates stand before the latent; they come after it"),
    (
        _repeated(lambda pixels: (1, pixels)),
        "a channel of yours holds the latent's numbers in turn; it is to hold one of them, at "
        "every pixel",
    ),
    (
        _repeated(lambda pixels: (pixels, 1)),
        "the examples mix: numbers of one latent stand in the channels of another",
    ),
    (
        lambda latents, side: broadcast(latents[:1].expand_as(latents), side),
        "the first latent stands in all examples; each has its own",
    ),
)


@exercise("8.2", minutes=8, difficulty=2, stand_in=broadcast)
def latents_broadcast(answer: Callable[[Tensor, int], Any]) -> str:
    """Latents (n, z) at each pixel, then x and y: (n, z + 2, side, side), with gradients."""
    random = torch.Generator().manual_seed(8)
    sizes = ((3, 4, 5), (1, 2, 7), (2, 1, 4), (4, 3, 2), (5, 8, 32))
    cases = [(torch.randn(n, z, generator=random), side) for n, z, side in sizes]
    judge(
        answer,
        cases,
        broadcast,
        said=named,
        mistakes=(
            *MISTAKES,
            (_copies, "the coordinates are missing: after the latent come x and y"),
            (
                lambda latents, side: broadcast(latents, side)[:, -2:],
                "the latent is missing: its numbers come before x and y",
            ),
            (
                lambda latents, side: broadcast(latents, side).flatten(2),
                "the pixels stand in one row; wanted are two axes, (n, z + 2, side, side)",
            ),
            (
                lambda latents, side: broadcast(latents, side).permute(0, 2, 3, 1),
                "the channels come last; wanted is (n, z + 2, side, side)",
            ),
        ),
        read=lambda result: tensor(
            result, "which convolutions take and gradients pass", "the latents are"
        ),
        tell=_channels_differ,
    )
    look_at_the_gradients(answer, broadcast, cases[0], latents=0)
    return "each pixel has the whole latent, and knows where it is."


def named(latents: Tensor, side: int) -> str:
    """What was asked, in words."""
    n, z = latents.shape
    return f"for {plural(n, 'latent')} of {plural(z, 'number')} and a side of {side}"


def _channels_differ(found: Tensor, wanted: Tensor, latents: Tensor, side: int) -> str | None:
    if found.shape != wanted.shape:
        return None
    off = (found.double() - wanted.double()).abs().nan_to_num(torch.inf)
    place = tuple((off == off.max()).nonzero()[0].tolist())
    example, channel, row, column = place
    ours, right = unlike(found[place].item(), wanted[place].item())
    return (
        f"channel {channel} of example {example} is {ours} in row {row}, column {column}; it "
        f"should be {right}"
    )
