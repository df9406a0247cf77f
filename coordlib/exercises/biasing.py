"""Checker for notebook 04: a CoordConv layer in two ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from coordlib.coordinates import AddCoords, coordinate_channels
from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import equal, judge, numbers, parts
from coordlib.exercises.tracing import constants, convolved

MANY = 64  # pictures: so many that a map for each shows, whatever one map takes to make


@exercise("4.4", minutes=12, difficulty=2)
def both_ways(answer: Callable[[Tensor, Tensor, Tensor], Any]) -> str:
    """One CoordConv layer twice: channels concatenated to each picture, and a map made once."""
    cases = [
        _layer(*case)
        for case in (
            ((6, 9), 3, 3, 5),
            ((5, 4), 1, 2, 3),
            ((7, 7), 5, 1, 1),
            ((3, 8), 3, 4, 2),
            ((9, 8), 7, 3, 2),
        )
    ]
    names = "first", "second"
    for number_, name in enumerate(names):

        def one(*case: Tensor, number_: int = number_) -> Any:
            result = answer(*case)
            if isinstance(result, (Tensor, np.ndarray)):
                raise NotYet("the result is one tensor; wanted are two: `return first, second`")
            given = parts(result, *names)
            if given[0] is given[1]:
                raise NotYet(
                    "you return one tensor twice; the first way convolves what is concatenated"
                )
            return given[number_]

        judge(
            one,
            cases,
            _glued,
            read=lambda value, name=name: numbers(value, f"the {name} way's result"),
            said=lambda images, weight, bias, name=name: (
                f"with {weight.shape[-1]} × {weight.shape[-1]} filters and {len(images)} "
                f"{'picture' if len(images) == 1 else 'pictures'}, the {name} way"
            ),
            mistakes=_WAYS,
            tell=_ways_differ,
            room=64,
        )
    for images, *layer in cases:
        _look_at_the_ways(answer, torch.cat([images] * MANY)[:MANY], *layer)
    return "the same to rounding, and one map serves all pictures."


def _layer(size: tuple[int, int], k: int, c_in: int, batch: int) -> tuple[Tensor, Tensor, Tensor]:
    random = torch.Generator().manual_seed(k)
    images = torch.randn(batch, c_in, *size, generator=random)
    weight = torch.randn(4, c_in + 2, k, k, generator=random)
    return images, weight, torch.randn(4, generator=random)


def _glued(images: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    return F.conv2d(AddCoords()(images), weight, bias, padding=weight.shape[-1] // 2)


def _alone(images: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    features = weight[:, : images.shape[1]]
    return F.conv2d(images, features, bias, padding=weight.shape[-1] // 2)


def _with_plane(images: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    grid = coordinate_channels(images.shape[2:])
    plane = torch.einsum("oc,chw->ohw", weight[:, -2:].sum((2, 3)), grid)
    return _alone(images, weight, bias) + plane


_WAYS = (
    (_alone, "it has no position bias in it: that is the picture's convolution alone"),
    (lambda i, w, b: _glued(i, w, None), "it lacks the ordinary bias"),
    (lambda i, w, b: _glued(i, w, 2 * b), "it has the ordinary bias in it twice"),
    (
        lambda i, w, b: _glued(i, torch.cat([w[:, :-2], w[:, -2:].flip(1)], 1), b),
        "it has x and y swapped; x comes first",
    ),
    (
        lambda i, w, b: _glued(i, torch.cat([w[:, 2:], w[:, :2]], 1), b),
        "it takes the first two input weights for the coordinates'; they come last",
    ),
    (
        lambda i, w, b: 2 * _alone(i, w, b) - _glued(i, w, b),
        "it subtracts the map; it is to be added",
    ),
    (
        lambda i, w, b: 2 * _alone(i, w, None) - _glued(i, w, -b),
        "it subtracts the map; it is to be added",
    ),
    (
        lambda i, w, b: _glued(torch.zeros_like(i), w, b),
        "it has the map alone in it; the pictures are to be convolved as well",
    ),
    (
        _with_plane,
        "it adds a plane from the summed taps; but each tap sees the coordinates of its own pixel",
    ),
)


def _ways_differ(found: Tensor, wanted: Tensor, *case: Tensor) -> str:
    if found.shape != wanted.shape:
        return (
            f"it gives shape {tuple(found.shape)}; wanted is {tuple(wanted.shape)}, as large as "
            "the pictures (padding k // 2)"
        )
    rim = case[1].shape[-1] // 2
    inside = slice(rim, -rim or None)
    if rim and equal(found[..., inside, inside], wanted[..., inside, inside], 64):
        return "it is right inside, but not at the rim: there zeros stand for the coordinates"
    return f"it is off by up to {(found.double() - wanted).abs().max():.2g}"


def _look_at_the_ways(
    answer: Callable[..., Any], images: Tensor, weight: Tensor, bias: Tensor
) -> None:
    """Refuse right results of another way than asked, by what was convolved on the way to them.

    Only what lies on a result's way counts, not what the answer computes to compare. A result that
    keeps no trace of its way, from NumPy for example, is taken as it is.
    """
    batch, c_in = images.shape[:2]
    try:
        with torch.enable_grad():
            traced = (one.clone().requires_grad_() * 1 for one in (images, weight, bias))
            results = answer(*traced)
        first, second = (convolved(result) for result in results)
        repeated = constants(results[1])
    except Exception:
        return
    joined, apart = (batch, c_in + 2), (batch, c_in)
    if joined in second and joined not in first and apart in first:
        raise NotYet("the two ways are swapped: the first one convolves what is concatenated")
    # Coordinates once, with their rim of zeros, and each pixel beside all that its filter sees.
    k, height, width = weight.shape[-1], *images.shape[2:]
    once = 2 * k**2 * (height + k - 1) * (width + k - 1)
    if c_in + 2 in {channels for _, channels in second} or repeated > once:
        raise NotYet(
            "the two agree, but the second still convolves coordinates with every picture: make "
            "the map once, from a batch of one, and let the addition repeat it"
        )
    if joined not in first and apart in first:
        raise NotYet(
            "the two agree, but the first convolves pictures and coordinates apart as well: "
            "concatenate them, then convolve"
        )
