"""Checkers for notebook 04: parameters, arithmetic, lasting perfection, a layer in two ways."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from coordlib.coordinates import AddCoords
from coordlib.exercises import NotYet, attempted, exercise

Layer = tuple[str, int, int, int, int]  # kind, c_in, c_out, filter size, size of the input


@exercise("4.1", minutes=5, difficulty=1)
def coordconv_parameters(answer: Callable[[int], Any]) -> str:
    """How many numbers the paper's CoordConv network learns, for a multiplier."""
    multipliers = (1, 2, 3)
    found = [_number(answer(m)) for m in multipliers]
    wanted = [_parameters(m) for m in multipliers]
    if found == wanted:
        return "7,553 for the paper's; twice the channels make nearly four times as many."
    mistakes: tuple[tuple[Callable[[int], int], str], ...] = (
        (lambda m: _parameters(m, bias=0), "the biases are missing, one for each output channel"),
        (
            lambda m: _parameters(m, c_in=2),
            "the first layer sees four channels: x, y, and the two coordinate channels",
        ),
        (
            lambda m: _parameters(m, c_in=4 * m),
            "you multiplied the input channels too; they are four whatever the multiplier",
        ),
        (
            lambda m: _parameters(m, c_out=m),
            "you multiplied the single output channel too; it stays one",
        ),
        (lambda m: m * _parameters(1), "inside, both sides of a filter grow with the multiplier"),
        (
            lambda m: 64**2 * _parameters(m),
            "all pixels share the same weights; don't count them for each pixel",
        ),
        (lambda m: _parameters(1), "right for multiplier 1; the others are not multiplied yet"),
    )
    for mistake, why in mistakes:
        if found == [mistake(m) for m in multipliers]:
            raise NotYet(why)
    m, number, right = next(
        each for each in zip(multipliers, found, wanted, strict=True) if each[1] != each[2]
    )
    raise NotYet(
        f"for multiplier {m} you count {number:,.0f}, which is "
        f"{'more' if number > right else 'less'} than there are; "
        f"its first layer alone has 4 · {32 * m} weights and {32 * m} biases"
    )


def _parameters(m: int, c_in: int = 4, c_out: int = 1, bias: int = 1) -> int:
    widths = [c_in, 32 * m, 32 * m, 64 * m, 64 * m, c_out]
    return sum((before + bias) * after for before, after in zip(widths, widths[1:], strict=False))


@exercise("4.2", minutes=8, difficulty=2)
def multiply_adds(answer: Callable[[list[Layer]], Any]) -> str:
    """How many multiply-adds one picture takes, through layers of two kinds."""
    stacks: list[list[Layer]] = [
        [("conv", 4, 32, 1, 64)],
        [("conv", 3, 5, 3, 7)],
        [("deconv", 64, 32, 2, 8)],
        [("deconv", 2, 6, 4, 1), ("deconv", 6, 3, 3, 2), ("conv", 3, 1, 1, 4)],
    ]
    found = [_number(answer(list(stack))) for stack in stacks]
    if found == [_sum(stack, _cost) for stack in stacks]:
        return "it's a product of weights and places; the places make the difference."
    mistakes: tuple[tuple[Callable[[Layer], float], str], ...] = (
        (
            lambda layer: _cost(layer) * (4 if layer[0] == "deconv" else 1),
            "a deconvolution presses one stamp for each pixel of its *input*, not of its output",
        ),
        (lambda layer: _cost(layer) / layer[4] ** 2, "those are the weights; at how many pixels?"),
        (lambda layer: _cost(layer) / layer[4], "a picture of size n has n · n pixels, not n"),
        (lambda layer: _cost(layer) / layer[3], "a filter of size k has k · k taps, not k"),
        (
            lambda layer: _cost(layer) / layer[3] ** 2,
            "the taps are missing: a filter has k · k for each pair of channels",
        ),
        (
            lambda layer: 2 * _cost(layer),
            "twice too many: a multiplication and the addition after it count as one",
        ),
        (
            lambda layer: _cost(layer) / layer[1],
            "each output channel looks at all the input channels: times c_in",
        ),
        (
            lambda layer: _cost(layer) + layer[2] * layer[4] ** 2,
            "you counted the biases, which are additions only; leave them out",
        ),
    )
    for mistake, why in mistakes:
        if found == [_sum(stack, mistake) for stack in stacks]:
            raise NotYet(why)
    for stack, number in zip(stacks, found, strict=True):
        if number == _sum(stack, _cost):
            continue
        if len(stack) > 1:
            raise NotYet(f"one layer is right, but for {stack} you count {number:,.0f}")
        raise NotYet(f"for the single layer {stack[0]} you count {number:,.0f}")
    raise AssertionError("unreachable: some count differs")


def _cost(layer: Layer) -> int:
    _, c_in, c_out, k, n = layer
    return c_in * c_out * k**2 * n**2


def _sum(stack: Sequence[Layer], cost: Callable[[Layer], float]) -> float:
    return sum(cost(layer) for layer in stack)


@exercise("4.3", minutes=8, difficulty=2)
def perfect_since(answer: Callable[[Mapping[str, list[float]]], Any]) -> str:
    """The step from which on a run is perfect on both parts to its end; infinity if it never is."""
    histories = (
        _history([0.5, 0.9, 1, 1], [0.2, 1, 1, 1]),
        _history([0.5, 1, 0.9, 1], [0.5, 1, 1, 1]),
        _history([1, 1, 1, 1], [1, 1, 0.99, 1]),
        _history([1, 0.9, 1, 0.98], [1, 1, 1, 1]),
        _history([1, 1, 1, 1], [0.3, 0.4, 1, 0.9]),
        _history([1, 1, 1, 1], [1, 1, 1, 1]),
    )
    found = [
        _number(answer({name: list(values) for name, values in history.items()}))
        for history in histories
    ]
    if found == [_since(history) for history in histories]:
        return "a perfect score counts once it stays."
    mistakes: tuple[tuple[Callable[[Mapping[str, list[float]]], float], str], ...] = (
        (
            lambda history: _first(history),
            "that is when it was perfect for the first time, maybe for a moment; when for good?",
        ),
        (
            lambda history: _since(history, parts=("test",)),
            "you looked at the test part only; the train part has to be perfect too",
        ),
        (
            lambda history: _since(history, parts=("train",)),
            "you looked at the train part only; the test part has to be perfect too",
        ),
        (
            lambda history: _first(history, parts=("test",)),
            "that is when the test part was perfect for the first time; both parts, and to the end",
        ),
        (
            lambda history: _since(history, what=None),
            "that is the number of the evaluation; at which step was it?",
        ),
        (
            lambda history: _since(history, what="seconds"),
            "that is in seconds; wanted is the step",
        ),
        (
            lambda history: history["step"][-1] if _since(history) < math.inf else math.inf,
            "that is the last step of every run that ends perfect; when did it begin to be?",
        ),
        (
            lambda history: min(_since(history), history["step"][-1]),
            "a run that does not end perfect never was for good: it gets infinity",
        ),
    )
    for mistake, why in mistakes:
        if found == [mistake(history) for history in histories]:
            raise NotYet(why)
    history, number = next(
        each for each in zip(histories, found, strict=True) if each[1] != _since(each[0])
    )
    parts = ", ".join(f"{part} {history[f'{part}_accuracy']}" for part in ("train", "test"))
    raise NotYet(f"for steps {history['step']} with {parts} you say {number:g}")


def _history(train: list[float], test: list[float]) -> dict[str, list[float]]:
    return {
        "step": [100, 200, 300, 400],
        "seconds": [2.5, 5.0, 7.5, 10.0],
        "train_accuracy": train,
        "test_accuracy": test,
    }


def _perfect(history: Mapping[str, list[float]], parts: Sequence[str]) -> list[bool]:
    return [
        all(values)
        for values in zip(
            *([value == 1 for value in history[f"{part}_accuracy"]] for part in parts), strict=True
        )
    ]


def _since(
    history: Mapping[str, list[float]],
    parts: Sequence[str] = ("train", "test"),
    what: str | None = "step",
) -> float:
    perfect = _perfect(history, parts)
    if not perfect[-1]:
        return math.inf
    start = max((n + 1 for n, right in enumerate(perfect) if not right), default=0)
    return start if what is None else history[what][start]


def _first(history: Mapping[str, list[float]], parts: Sequence[str] = ("train", "test")) -> float:
    perfect = _perfect(history, parts)
    return history["step"][perfect.index(True)] if True in perfect else math.inf


@exercise("4.4", minutes=12, difficulty=3)
def both_ways(answer: Callable[[Tensor, Tensor, Tensor], Any]) -> str:
    """One CoordConv layer twice: channels concatenated to each picture, and a map made once."""
    for size, k, c_in in (((6, 9), 3, 3), ((5, 4), 1, 2)):
        images, weight, bias = _layer(size, k, c_in)
        with FlopCounterMode(display=False) as counter:
            given = attempted(answer(images.clone(), weight.clone(), bias.clone()))
        if not isinstance(given, (tuple, list)) or len(given) != 2:
            raise NotYet(f"the result is a {type(given).__name__}; wanted are two tensors")
        if given[0] is given[1]:
            raise NotYet(
                "you return one tensor twice; the first way convolves what is concatenated"
            )
        said = f"with {k} × {k} filters, the %s way"
        for name, found in zip(("first", "second"), map(attempted, given), strict=True):
            _compare(said % name, found, images, weight, bias)
        # The cost of the first way, for each of both: no channel is saved.
        once = len(images) * weight[:, :, 0, 0].numel() * k**2 * size[0] * size[1]
        if counter.get_total_flops() // 2 >= 2 * once:
            raise NotYet(
                "the two agree, but the second still convolves coordinates with every picture: "
                "make the map once, from a batch of one, and let the addition repeat it"
            )
    return "the same to rounding; the map is made once, whatever the number of pictures."


def _layer(size: tuple[int, int], k: int, c_in: int) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(k)
    images = torch.randn(5, c_in, *size, generator=generator)
    weight = torch.randn(4, c_in + 2, k, k, generator=generator)
    return images, weight, torch.randn(4, generator=generator)


def _compare(said: str, found: Any, images: Tensor, weight: Tensor, bias: Tensor) -> None:
    """Say what is wrong with one of the two outputs of 4.4, if anything is."""
    if not isinstance(found, Tensor):
        raise NotYet(f"{said} gives something of type {type(found).__name__}; wanted is a tensor")
    joined, padding = AddCoords()(images), weight.shape[-1] // 2

    def glued(weight: Tensor, bias: Tensor | None = bias) -> Tensor:
        return F.conv2d(joined, weight, bias, padding=padding)

    wanted = glued(weight)
    if found.shape != wanted.shape:
        raise NotYet(
            f"{said} gives shape {tuple(found.shape)}; wanted is {tuple(wanted.shape)}, as large "
            "as the pictures (padding k // 2)"
        )
    if _close(found, wanted):
        return
    features, coordinates = weight.split([weight.shape[1] - 2, 2], 1)
    no_map = F.conv2d(images, features, bias, padding=padding)
    mistakes = (
        (no_map, "has no position bias in it: that is the picture's convolution alone"),
        (glued(weight, None), "lacks the ordinary bias"),
        (wanted + bias[:, None, None], "has the ordinary bias in it twice"),
        (
            glued(torch.cat([features, coordinates.flip(1)], 1)),
            "has x and y swapped; x comes first",
        ),
        (
            glued(torch.cat([weight[:, 2:], weight[:, :2]], 1)),
            "takes the first two input weights for the coordinates'; they come last",
        ),
        (no_map - glued(weight) + no_map, "subtracts the map; it is to be added"),
    )
    for mistake, why in mistakes:
        if _close(found, mistake):
            raise NotYet(f"{said} {why}")
    raise NotYet(f"{said} is off by up to {(found - wanted).abs().max():.2g}")


def _close(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one.double(), other.double(), atol=1e-4)


def _number(value: Any) -> float:
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, Real):
        raise NotYet(f"the result is a {type(value).__name__}; wanted is a number")
    return value
