"""Checkers for notebook 04: parameters, arithmetic, lasting perfection; 4.4 is in `biasing`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor

from coordlib.exercises import exercise
from coordlib.exercises.checking import judge, number, unlike

Layer = tuple[str, int, int, int, int]  # kind, c_in, c_out, filter size, size of the input

_BIASES = "you counted the biases, which are additions only; leave them out"


@exercise("4.1", minutes=5, difficulty=1)
def coordconv_parameters(answer: Callable[[int], Any]) -> str:
    """How many numbers the paper's CoordConv network learns, for a multiplier."""
    judge(
        answer,
        [(1,), (2,), (3,), (5,), (8,), (11,)],
        _parameters,
        read=number,
        said=lambda m: f"for multiplier {m}",
        mistakes=(
            (
                lambda m: _parameters(m, bias=0),
                "the biases are missing, one for each output channel",
            ),
            (
                lambda m: _parameters(m, bias=0) + 5,
                "a layer has one bias for each of its output channels, not one alone",
            ),
            (
                lambda m: _parameters(m) + 3,
                "you count 3 too many: a bias belongs to an output channel, not to an input one",
            ),
            (
                lambda m: _parameters(m) - 1,
                "the last layer's bias is missing: its one output channel has one too",
            ),
            (
                lambda m: _parameters(m) - 32 * m,
                lambda m: (
                    f"you count {32 * m} too few: the biases of a narrow layer are missing, or "
                    "one of the first layer's four input channels"
                ),
            ),
            (
                lambda m: _parameters(m) - (64 * m + 1),
                "the last layer is missing, from the wide ones to the single output channel",
            ),
            (
                lambda m: 9 * _parameters(m, bias=0) + _parameters(m) - _parameters(m, bias=0),
                "the filters are 1 × 1, not 3 × 3",
            ),
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
            (
                lambda m: m * _parameters(1),
                "inside, both sides of a filter grow with the multiplier",
            ),
            (
                lambda m: 64**2 * _parameters(m),
                "all pixels share the same weights; don't count them for each pixel",
            ),
            (
                lambda m: _parameters(1),
                "right for multiplier 1; the others are not multiplied yet",
            ),
        ),
        tell=_counts_differ,
    )
    return "7,553 for the paper's; twice the channels make nearly four times as many."


def _counts_differ(found: Tensor, wanted: Tensor, m: int) -> str:
    if found.item() % 1:
        return f"you count {found.item()}; parameters are whole numbers"
    ours, right = int(found), int(wanted)
    more = "more" if ours > right else "less"
    return f"you count {ours:,}, which is {abs(ours - right):,} {more} than there are"


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
        [("conv", 6, 2, 5, 11), ("deconv", 2, 9, 3, 11)],
    ]

    def total(cost: Callable[[Layer], float]) -> Callable[[list[Layer]], float]:
        return lambda layers: sum(cost(layer) for layer in layers)

    judge(
        answer,
        [(stack,) for stack in stacks],
        total(_cost),
        read=number,
        mistakes=(
            (
                total(lambda layer: _cost(layer) * (4 if layer[0] == "deconv" else 1)),
                "a deconvolution presses one stamp for each pixel of its *input*, not of its "
                "output",
            ),
            (
                total(lambda layer: _cost(layer) / (4 if layer[0] == "deconv" else 1)),
                "a deconvolution leaves out no pixel of its input; stride 2 sets the stamps apart "
                "in its output",
            ),
            (
                total(_unpadded),
                "a convolution is padded here: its output is n × n, not n - k + 1",
            ),
            (
                total(lambda layer: _cost(layer) // layer[4] ** 2),
                "those are the weights; at how many pixels?",
            ),
            (
                total(lambda layer: _cost(layer) // layer[4]),
                "a picture of size n has n · n pixels, not n",
            ),
            (
                total(lambda layer: _cost(layer) // layer[3]),
                "a filter of size k has k · k taps, not k",
            ),
            (
                total(lambda layer: _cost(layer) // layer[3] ** 2),
                "the taps are missing: a filter has k · k for each pair of channels",
            ),
            (
                total(lambda layer: 2 * _cost(layer)),
                "twice too many: a multiplication and the addition after it count as one",
            ),
            (
                total(lambda layer: _cost(layer) // layer[1]),
                "each output channel looks at all the input channels: times c_in",
            ),
            (
                total(lambda layer: _cost(layer) // layer[2]),
                "there is a filter for each output channel: times c_out",
            ),
            (
                total(lambda layer: _cost(layer) + layer[2] * layer[4] ** 2),
                _BIASES,
            ),
            (
                total(lambda layer: _cost(layer) + layer[2] * _pixels_out(layer)),
                _BIASES,
            ),
        ),
        tell=lambda found, wanted, layers: (
            ("one layer is right, but for " if len(layers) > 1 else "for the single layer ")
            + f"{layers if len(layers) > 1 else layers[0]} you count "
            + unlike(found.item(), wanted.item())[0]
        ),
    )
    return "it's a product of weights and places; the places make the difference."


def _cost(layer: Layer) -> int:
    _, c_in, c_out, k, n = layer
    return c_in * c_out * k**2 * n**2


def _pixels_out(layer: Layer) -> int:
    kind, *_, n = layer
    return (2 * n if kind == "deconv" else n) ** 2


def _unpadded(layer: Layer) -> int:
    kind, c_in, c_out, k, n = layer
    return _cost((kind, c_in, c_out, k, n - k + 1 if kind == "conv" else n))


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
        _history([0.2, 0.99999, 1], [1, 1, 1]),
        _history([1, 1, 0.9999], [1, 1, 1]),
        _history([0.7, 0.8, 1, 1, 1], [0.7, 0.8, 0.8, 1, 1]),
        _history([0.2, 0.5, 0.5], [0.2, 0.5, 0.5]),
        _history([1], [1]),
    )

    def almost(history: Mapping[str, list[float]]) -> Mapping[str, list[float]]:
        """The history of one to whom .999 is 1."""
        return {
            name: [1 if name.endswith("accuracy") and one >= 0.999 else one for one in values]
            for name, values in history.items()
        }

    def agreeing(history: Mapping[str, list[float]]) -> float:
        """What "the same on both parts" gives, perfect or not."""
        same = [a == b for a, b in zip(*_parts(history), strict=True)]
        return _since(history | {"train_accuracy": same, "test_accuracy": same})

    judge(
        answer,
        [(history,) for history in histories],
        _since,
        read=number,
        mistakes=(
            (
                _first,
                "that is when it was perfect for the first time, maybe for a moment; when for "
                "good?",
            ),
            (
                lambda history: _first(history) if _since(history) < math.inf else math.inf,
                "that is when it was perfect for the first time, maybe for a moment; when for "
                "good?",
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
                "that is when the test part was perfect for the first time; both parts, and to the "
                "end",
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
            (
                lambda history: _since(almost(history)),
                "nearly 1 is not 1: a part is perfect only at exactly 1",
            ),
            (agreeing, "equal on both parts is not perfect: both have to be 1"),
        ),
        tell=_histories_differ,
    )
    return "a perfect score counts once it stays."


def _histories_differ(found: Tensor, wanted: Tensor, history: Mapping[str, list[float]]) -> str:
    train, test = _parts(history)
    ours, right = unlike(found.item(), wanted.item())
    return (
        f"for steps {history['step']} with train {train}, test {test} you say {ours}; it should be "
        f"{right}"
    )


def _parts(history: Mapping[str, list[float]]) -> tuple[list[float], list[float]]:
    return history["train_accuracy"], history["test_accuracy"]


def _history(train: list[float], test: list[float]) -> dict[str, list[float]]:
    return {
        "step": [100 * (n + 1) for n in range(len(train))],
        "seconds": [2.5 * (n + 1) for n in range(len(train))],
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
