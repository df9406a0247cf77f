"""Checker for notebook 05: a regressor, from a picture to two maps, and from those to a place."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from coordlib.coordinates import AddCoords
from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import NotAttempted, equal, judge, plural
from coordlib.exercises.guarding import kept, unaided, watched
from coordlib.exercises.inspecting import look_for_strangers, reaches, used
from coordlib.layers import CoordConv2d
from coordlib.tasks import regression

Pool = Callable[[Tensor], Tensor]  # from maps, (n, c, h, w), to numbers, (n, c)
Step = Callable[[Tensor], Tensor]
_CHANNELS = (3, 8, 8, 8, 8, 2)  # the first layer's with the coordinates
_FILTERS = (1, 1, 1, 3, 3)


class Regressor(nn.Module):
    """The paper's CoordConv regressor with a pooling of choice; as released without a ReLU.

    `pool` takes maps, (n, 2, h, w), to numbers, (n, 2). Takes pictures (n, 1, h, w) to positions
    (x, y) in parts of the canvas, (n, 2).
    """

    def __init__(self, pool: Pool) -> None:
        super().__init__()
        self.pool = pool
        self.layers = nn.Sequential(
            CoordConv2d(1, 8, 1),
            nn.Conv2d(8, 8, 1),
            nn.Conv2d(8, 8, 1),
            nn.Conv2d(8, 8, 3, padding=1),
            nn.Conv2d(8, 2, 3, padding=1),
        )

    def maps(self, pictures: Tensor) -> Tensor:
        """What is pooled: (n, 1, h, w) to (n, 2, h, w)."""
        return self.layers(pictures)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.pool(self.maps(pictures))


@dataclass(frozen=True)
class _Network:
    """A student's regressor, its layers in the order of their use, and the pooling it was given."""

    made: nn.Module
    layers: list[nn.Module]
    pool: Pool


def _alike(value: Tensor) -> Tensor:
    return value


def _painting(
    between: Sequence[Step] = (_alike,) * 4, last: Step = _alike, mode: str = "constant"
) -> Callable[[_Network, Tensor], Tensor]:
    """The maps that a network's layers make, with such functions between them and at the end.

    mode: what stands beyond the border, as `F.pad` calls it.
    """

    def result(network: _Network, pictures: Tensor) -> Tensor:
        value = AddCoords()(pictures)
        for layer, size, then in zip(network.layers, _FILTERS, (*between, last), strict=True):
            value = F.pad(value, [size // 2] * 4, mode=mode)
            weight = layer.weight.reshape(*layer.weight.shape[:2], size, size)
            value = then(F.conv2d(value, weight, layer.bias))
        return value

    return result


def _pooling(pool: Callable[[_Network, Tensor], Tensor]) -> Callable[[_Network, Tensor], Tensor]:
    """What such a pooling makes of a network's maps."""
    return lambda network, pictures: pool(network, _painting()(network, pictures))


def _weighted(maps: Tensor) -> Tensor:
    """A pooling such as no one else has: pixels count more, the later they come."""
    return maps.flatten(2) @ torch.linspace(-1, 2, maps[0, 0].numel())


_ZEROS = "beyond the border stand zeros, as `padding=1` has them, not pixels"
_NO_RELU = "as released, this network has no activation"
_PAINTERS = (
    *(
        (_painting([step] * 4), f"between the layers stands {name}; {_NO_RELU}")
        for step, name in (
            (torch.relu, "a ReLU"),
            (torch.tanh, "a tanh"),
            (torch.sigmoid, "a sigmoid"),
            (F.leaky_relu, "a leaky ReLU"),
        )
    ),
    (
        _painting([torch.relu] * 4, torch.relu),
        f"after each layer stands a ReLU; {_NO_RELU}",
    ),
    *(
        (
            _painting([torch.relu if number == k else _alike for number in range(4)]),
            f"after layer {k + 1} stands a ReLU; {_NO_RELU}",
        )
        for k in range(4)
    ),
    *(
        (_painting(last=step), f"at the end of `maps` stands a {name}; wanted are the maps alone")
        for step, name in ((torch.relu, "ReLU"), (torch.sigmoid, "sigmoid"), (torch.tanh, "tanh"))
    ),
    *((_painting(mode=mode), _ZEROS) for mode in ("circular", "replicate", "reflect")),
)
_HANDED = "`forward` doesn't pool with the `pool` that it was handed, it takes the {}"
_POOLERS = (
    (_pooling(lambda network, maps: maps), "`forward` gives the maps; it forgets to pool them"),
    (_pooling(lambda network, maps: maps.amax((2, 3))), _HANDED.format("maximum")),
    (_pooling(lambda network, maps: maps.mean((2, 3))), _HANDED.format("mean")),
    (
        _pooling(lambda network, maps: network.pool(maps).sigmoid()),
        "after the pooling stands a sigmoid; wanted is what `pool` gives",
    ),
    (
        _pooling(lambda network, maps: network.pool(maps).relu()),
        "after the pooling stands a ReLU; wanted is what `pool` gives",
    ),
    (
        _pooling(lambda network, maps: network.pool(maps) * maps.shape[3]),
        "the answers are in pixels; wanted are parts of the canvas, as `pool` gives them",
    ),
    (
        _pooling(lambda network, maps: network.pool(maps.relu())),
        f"before the pooling stands a ReLU; {_NO_RELU}",
    ),
)


@exercise("5.5", minutes=12, difficulty=2, stand_in=Regressor)
def regressor_built(answer: Callable[[Pool], Any]) -> str:
    """A class: pictures to two maps by five layers, `maps`, and `forward`, which pools them."""
    random = torch.Generator().manual_seed(5)
    cases = []
    for shape, pool in (
        ((3, 1, 6, 6), _weighted),
        ((1, 1, 7, 9), lambda maps: maps[:, :, -1, 2] - maps[:, :, 0, 0]),
        ((4, 1, 8, 8), lambda maps: maps.amax((2, 3)) + 3),
    ):
        pictures = torch.randn(shape, generator=random)
        made = answer(pool)
        layers = _layers(made, pictures)
        cases.append((_Network(made, layers, pool), pictures))
        with torch.no_grad():  # other weights than the first ones, so that each of them shows
            for each in made.parameters():
                each.copy_(torch.randn(each.shape, generator=random) / each[0].numel() ** 0.5)
    judge(
        lambda network, pictures: watched(network.made.maps)(pictures),
        cases,
        _painting(),
        said=_named,
        mistakes=_PAINTERS,
        tell=_maps_differ,
        room=64,
    )
    judge(
        _answers,
        cases,
        _pooling(lambda network, maps: network.pool(maps)),
        said=_named,
        mistakes=_POOLERS,
        tell=_answers_differ,
        room=64,
    )
    for network, pictures in cases[::2]:  # whose poolings look at every pixel, or at any
        reaches(network.made, pictures, "the answers")
    with kept(), unaided(regression.coordconv):
        inspect.unwrap(answer)(_weighted)
    return "906 parameters, and the pooling is whatever you hand in."


def _named(network: _Network, pictures: Tensor) -> str:
    n, _, height, width = pictures.shape
    return f"for {plural(n, 'picture')} of {height} × {width}"


def _layers(made: Any, pictures: Tensor) -> list[nn.Module]:
    """The five layers of a network, in the order of their use; NotYet if they are others."""
    if not isinstance(made, nn.Module):
        raise NotYet("the class is no network: it begins with `class Regressor(nn.Module):`")
    if not callable(getattr(made, "maps", None)):
        raise NotYet("the network has no method `maps`, which gives what is to be pooled")
    try:
        layers = used(made.maps, pictures, "in `maps`")
    except NotAttempted:
        if not list(made.parameters()):  # all of it is still the stub's
            raise
        raise NotYet("`maps` gives nothing yet: send the pictures through your layers") from None
    look_for_strangers(made, layers, used(made.maps, pictures, "in `maps`"), "maps")
    called = len(set(layers))
    if (called, len(layers)) != (5, 5):
        again = f", {len(layers)} times in all" if called < len(layers) else ""
        raise NotYet(f"`maps` calls {plural(called, 'layer')}{again}; wanted are five, each once")
    if not isinstance(layers[0], CoordConv2d):
        kind = type(layers[0]).__name__
        raise NotYet(f"the first layer is a `{kind}`; wanted is a `CoordConv2d`")
    if more := [k + 1 for k in range(1, 5) if isinstance(layers[k], CoordConv2d)]:
        raise NotYet(f"layer {more[0]} is a `CoordConv2d` as well; only the first one is")
    channels = [layers[0].weight.shape[1] - 2, *(len(each.weight) for each in layers)]
    wanted = [_CHANNELS[0] - 2, *_CHANNELS[1:]]
    if channels != wanted:
        ours, right = (" → ".join(map(str, each)) for each in (channels, wanted))
        raise NotYet(f"your channels go {ours}; they should go {right}")
    for number, (layer, size) in enumerate(zip(layers, _FILTERS, strict=True), 1):
        ours = tuple(layer.weight.shape[2:]) or (1, 1)  # a linear layer sees one pixel
        if ours != (size, size):
            seen = " × ".join(map(str, ours))
            raise NotYet(f"layer {number} has filters of {seen}; wanted are {size} × {size}")
    return _counted(made, layers)


def _counted(made: nn.Module, layers: list[nn.Module]) -> list[nn.Module]:
    count = sum(each.numel() for each in made.parameters())
    right = sum(
        out * (into * size**2 + 1)
        for (into, out), size in zip(itertools.pairwise(_CHANNELS), _FILTERS, strict=True)
    )
    if count != right:
        raise NotYet(
            f"you have {count:,} parameters; wanted are {right:,}: five layers, each with its "
            "bias, and nothing else"
        )
    return layers


def _answers(network: _Network, pictures: Tensor) -> Any:
    """What `forward` gives; that nothing comes is no stub any more, where `maps` is right."""
    try:
        return watched(network.made.forward)(pictures)
    except NotAttempted:
        raise NotYet(
            "`maps` is right; `forward` gives nothing yet: what does `pool` make of the maps?"
        ) from None


def _maps_differ(found: Tensor, wanted: Tensor, network: _Network, pictures: Tensor) -> str:
    if said := _option(network.layers):
        return said
    if found.shape == wanted.shape:
        return _between(network, pictures, found) or (
            "the maps are not what your five layers, one after the other, make of the pictures"
        )
    if found.shape[:2] == wanted.shape[:2] and found.ndim == wanted.ndim:
        return (
            f"the maps are of {found.shape[2]} × {found.shape[3]} pixels; with 3 × 3 filters it "
            "takes `padding=1` to keep the size, and with stride 1"
        )
    return (
        f"`maps` gives the shape {tuple(found.shape)}; wanted is {tuple(wanted.shape)}: what is "
        "there before the pooling"
    )


def _option(layers: list[nn.Module]) -> str | None:
    """Of the first layer with an option that it shouldn't have: which one, and what is wanted."""
    for number, (layer, size) in enumerate(zip(layers, _FILTERS, strict=True), 1):
        if isinstance(layer, nn.Linear):
            continue
        if layer.padding_mode != "zeros":
            return f"layer {number} has `padding_mode={layer.padding_mode!r}`; {_ZEROS}"
        for name in ("stride", "dilation"):
            if getattr(layer, name) != (1, 1):
                return f"layer {number} has `{name}={getattr(layer, name)}`; wanted is 1, as usual"
        if isinstance(layer.padding, tuple) and max(layer.padding) > size // 2:
            needs = "no padding" if size == 1 else "`padding=1`"
            return (
                f"layer {number} has `padding={layer.padding}`; a {size} × {size} filter needs "
                f"{needs} to keep the size"
            )
    return None


def _between(network: _Network, pictures: Tensor, maps: Tensor) -> str | None:
    """Between which layers numbers change; zeros may be put in, and pixels in another order."""
    seen: list[Tensor] = [pictures]

    def look(layer: nn.Module, given: tuple[Tensor, ...], named: Any, result: Tensor) -> None:
        seen.extend((*given, *named.values(), result))  # its one input may come by its name

    hooks = [layer.register_forward_hook(look, with_kwargs=True) for layer in network.layers]
    watched(network.made.maps)(pictures)
    for hook in hooks:
        hook.remove()
    values = [one.detach()[one.detach() != 0].sort().values for one in (*seen, maps)]
    places = ["before layer 1", *(f"after layer {k}" for k in range(1, 6))]
    for place, left, arrived in zip(places, values[::2], values[1::2], strict=True):
        if not equal(arrived, left):
            return f"{place} stands something that changes the numbers; wanted is nothing there"
    return None


def _answers_differ(found: Tensor, wanted: Tensor, network: _Network, pictures: Tensor) -> str:
    if found.shape != wanted.shape:
        return f"`forward` gives the shape {tuple(found.shape)}; wanted is {tuple(wanted.shape)}"
    return "`maps` is right, but `forward` is not what `pool` makes of them"
