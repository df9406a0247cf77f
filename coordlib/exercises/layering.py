"""Checker for notebook 03's workshop: a convolution that is told where it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.building import channels
from coordlib.exercises.checking import equal, judge, kind, plural
from coordlib.exercises.guarding import watched, work

Grid = Callable[[int, int], Tensor]  # from height and width to coordinate channels, (2, h, w)
_ROOM = 64  # sums over many inputs round in their own order


class ConvWith(nn.Module):
    """A convolution over the images' channels and two more: (n, c_in, h, w) to (n, c_out, …).

    grid: gives the two, (2, height, width), for the images' size. Nothing is padded: of height and
    width kernel_size - 1 are lost.
    """

    def __init__(self, c_in: int, c_out: int, kernel_size: int, grid: Grid) -> None:
        super().__init__()
        self.grid = grid
        self.conv = nn.Conv2d(c_in + 2, c_out, kernel_size)

    def forward(self, images: Tensor) -> Tensor:
        return self.conv(_joined(images, self.grid))


class CoordConv(ConvWith):
    """The paper's layer (section 3): the two channels are each pixel's coordinates, -1 to 1."""

    def __init__(self, c_in: int, c_out: int, kernel_size: int) -> None:
        super().__init__(c_in, c_out, kernel_size, channels)


@dataclass(frozen=True)
class _Made:
    """A student's layer, and the three numbers that it was made with."""

    layer: Any
    c_in: int
    c_out: int
    size: int


def _joined(images: Tensor, grid: Grid) -> Tensor:
    two = grid(*images.shape[2:]).to(images)
    return torch.cat((images, two.expand(len(images), -1, -1, -1)), 1)


def _of_ones(
    grid: Grid = channels, bias: float = 1.0, end: Callable[[Tensor], Tensor] = lambda maps: maps
) -> Callable[[_Made, Tensor], Tensor]:
    """What a layer gives whose filters are 1 everywhere, whatever order its channels have."""

    def result(made: _Made, images: Tensor) -> Tensor:
        weight = torch.ones(made.c_out, made.c_in + 2, made.size, made.size)
        return end(F.conv2d(_joined(images, grid), weight, torch.full((made.c_out,), bias)))

    return result


def _pixel_numbers(height: int, width: int) -> Tensor:
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack((x, y)).float()


def _twice(axis: int) -> Grid:
    return lambda *size: channels(*size)[axis].expand(2, *size)


_MISTAKES = (
    (
        _of_ones(lambda *size: channels(*size) / 2 + 0.5),
        "the coordinates go from 0 to 1, not from -1 to 1",
    ),
    (
        _of_ones(_pixel_numbers),
        "the coordinates are pixel numbers; wanted is -1 at the first pixel and 1 at the last",
    ),
    (_of_ones(lambda *size: channels(*size).flip(1)), "y grows upwards; in the first row it is -1"),
    (_of_ones(lambda *size: channels(*size).flip(2)), "x grows to the left; it is -1 at the left"),
    (_of_ones(lambda *size: -channels(*size)), "the signs of x and y are turned"),
    (_of_ones(lambda *size: 0 * channels(*size)), "x and y are 0 everywhere: nothing is told"),
    (_of_ones(_twice(0)), "x stands there twice; one of the two channels is y"),
    (_of_ones(_twice(1)), "y stands there twice; one of the two channels is x"),
    (_of_ones(bias=0.0), "the bias isn't added"),
    (_of_ones(end=torch.relu), "a ReLU has cut off what lies below 0; the layer has none"),
    (
        _of_ones(end=lambda maps: maps[:1].expand_as(maps)),
        "all examples get what is the first one's",
    ),
)


@exercise("3.2", minutes=10, difficulty=2, stand_in=CoordConv)
def layer_built(answer: Callable[[int, int, int], Any]) -> str:
    """A class: a convolution over the images' channels, x and y; its weights can learn."""
    random = torch.Generator().manual_seed(2)
    cases, starts = [], []
    for sizes, shapes in (
        ((3, 4, 2), ((2, 5, 7), (1, 4, 3))),
        ((1, 1, 1), ((1, 4, 4), (3, 1, 6))),
        ((2, 5, 3), ((4, 6, 4),)),
    ):
        made = _Made(answer(*sizes), *sizes)
        given = [torch.randn(n, sizes[0], *size, generator=random) for n, *size in shapes]
        _look_at_the_weights(made, given[0])
        cases += [(made, images) for images in given]
        starts.append(max(made.layer.parameters(), key=Tensor.numel).detach().clone())
        with torch.no_grad():
            for each in made.layer.parameters():
                each.fill_(1)
    judge(
        lambda made, images: watched(made.layer.forward)(images),
        cases,
        _of_ones(),
        said=lambda made, images: f"for pictures of shape {tuple(images.shape)}",
        mistakes=_MISTAKES,
        tell=_maps_differ,
        room=_ROOM,
    )
    for case in cases:
        _look_at_the_gradients(*case)
    for filters in starts:
        if filters.numel() > 1 and (filters == filters.flatten()[0]).all():
            raise NotYet(
                f"all its filters begin as {filters.flatten()[0]:g} everywhere, and would learn "
                "alike; draw their weights at random, as `nn.Conv2d` does"
            )
    made, images = cases[0]
    if work(lambda: made.layer(images)).coordlib:
        raise NotYet("the layer is right, but coordlib's does the work; glue the channels yourself")
    _look_at_the_device(made.layer, images)
    return "it takes pictures of any size, and knows where each of their pixels is."


def _look_at_the_weights(made: _Made, images: Tensor) -> None:
    """Refuse a layer that has other weights than it should, or that no optimizer could find."""
    layer, c_in, c_out, size = made.layer, made.c_in, made.c_out, made.size
    if not isinstance(layer, nn.Module):
        raise NotYet("the class is no layer: it begins with `class MyCoordConv(nn.Module):`")
    if any(isinstance(each, nn.UninitializedParameter) for each in layer.parameters()):
        raise NotYet(
            "its weights have no shape before the first picture comes, so that an optimizer can't "
            "take them; `c_in` says how many channels there are, without a `Lazy…` module"
        )
    count = _count(layer)
    results = []
    for seed in range(2):
        torch.manual_seed(seed)
        results.append(watched(layer.forward)(images))
    if not all(isinstance(one, Tensor) for one in results):
        raise NotYet(f"`forward` gives {kind(results[0])}; wanted is a tensor")
    if _count(layer) != count or not torch.equal(*results):
        raise NotYet(
            "asked again, `forward` gives other maps: are its filters made anew in each call? Make "
            "them once, in `__init__`, or they can't learn"
        )
    wanted = c_out * (c_in + 2) * size**2 + c_out
    said = (
        f"with {plural(c_in, 'channel')} in, {c_out} out and filters of {size} × {size} it has "
        f"{plural(count, 'weight')}"
    )
    if count == 0:
        raise NotYet(
            "its `parameters()` are empty, so that an optimizer finds no weights to move. A "
            "convolution is set as `self.conv = …`, without a list around it; a tensor of your own "
            "needs `nn.Parameter` around it"
        )
    if count == c_out * c_in * size**2 + c_out:
        raise NotYet(
            f"{said}, as many as a plain convolution. Where are those of x and y? Its filters take "
            "c_in + 2 channels"
        )
    if count == wanted - c_out:
        raise NotYet(f"{said}; a bias for each filter is missing")
    if count != wanted:
        raise NotYet(
            f"{said} that an optimizer would find; wanted are {wanted}: for each filter "
            "(c_in + 2) · k², and a bias"
        )
    if not all(each.requires_grad for each in layer.parameters()):
        raise NotYet("some of its weights are frozen: with `requires_grad=False` they can't learn")


def _count(made: nn.Module) -> int:
    return sum(each.numel() for each in made.parameters())


def _maps_differ(found: Tensor, wanted: Tensor, made: _Made, images: Tensor) -> str:
    if found.shape != wanted.shape:
        return (
            f"they become {tuple(found.shape)}; wanted is {tuple(wanted.shape)}, as filters are "
            f"{made.size} × {made.size} and nothing is padded"
        )
    return (
        "with all its weights set to 1, it doesn't give what a convolution over the images, x and "
        "y gives"
    )


def _look_at_the_gradients(made: _Made, images: Tensor) -> None:
    """Refuse right maps from which the weights, or what comes before, can't learn as they should.

    A convolution's weights have the same gradients in whatever order they are kept.
    """
    images = images.clone().requires_grad_()
    right = CoordConv(made.c_in, made.c_out, made.size)
    found = []
    with torch.enable_grad():
        for layer in (made.layer, right):
            maps = layer(images)
            if not maps.requires_grad:
                raise NotYet(
                    "the maps are right, but nothing can be learnt from them: is there a "
                    "`.detach()` or a `torch.no_grad()` on the way?"
                )
            # Uneven parts of them, since what adds up to 0 would hide that it is missing.
            total = (maps * torch.linspace(1, 2, maps.numel()).view_as(maps)).sum()
            slopes = torch.autograd.grad(
                total, [images, *layer.parameters()], allow_unused=True, materialize_grads=True
            )
            if not slopes[0].any():
                raise NotYet("the maps are right, but no gradient gets back to the images")
            found.append(torch.cat([each.flatten() for each in slopes[1:]]).sort().values)
    if not equal(*found, _ROOM):
        raise NotYet(
            "with all its weights set to 1, it gives the right maps, but their gradients are not "
            "right: does each weight belong to one tap of one channel?"
        )


def _look_at_the_device(layer: nn.Module, images: Tensor) -> None:
    """Refuse channels that stay on the processor when the images lie elsewhere."""
    try:
        layer.to("meta")(images.to("meta"))
    except (RuntimeError, NotImplementedError) as error:
        raise NotYet(
            "the layer is right, but on a GPU it would fail: the channels stay behind. Bring them "
            "to where the images are: `.to(images)`"
        ) from error
