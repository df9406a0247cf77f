"""Answers for notebook 04: right ones, and wrong ones with part of what they hear."""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from coordlib.coordinates import AddCoords, coordinate_channels
from coordlib.layers import CoordConv2d
from coordlib.tasks import classification


def widths(m):
    return [4, 32 * m, 32 * m, 64 * m, 64 * m, 1]


def by_formula(m):
    return sum((a + 1) * b for a, b in zip(widths(m), widths(m)[1:], strict=False))


def by_torch(m):
    network = classification.build("coordconv", multiplier=m)
    return sum(parameter.numel() for parameter in network.parameters())


def with_widths(change):
    def answer(m):
        sizes = change(widths(m), m)
        return sum((a + 1) * b for a, b in zip(sizes, sizes[1:], strict=False))

    return answer


def by_product(layers):
    return sum(c_in * c_out * k * k * n * n for _, c_in, c_out, k, n in layers)


def by_loops(layers):
    total = 0
    for kind, c_in, c_out, k, n in layers:
        places = n * n if kind == "conv" else (2 * n) ** 2 // 4
        for _ in range(places):
            total += c_in * k * k * c_out
    return float(total)


def each(cost):
    return lambda layers: sum(cost(*layer) for layer in layers)


def backwards(history):
    since = math.inf
    for step, train, test in reversed(
        list(zip(*(history[n] for n in ("step", "train_accuracy", "test_accuracy")), strict=True))
    ):
        if not train == test == 1:
            break
        since = step
    return since


def forwards(history):
    since = None
    for n, step in enumerate(history["step"]):
        perfect = history["train_accuracy"][n] == 1 and history["test_accuracy"][n] == 1
        since = (since or step) if perfect else None
    return math.inf if since is None else since


def first(history, parts=("train", "test")):
    for n, step in enumerate(history["step"]):
        if all(history[f"{part}_accuracy"][n] == 1 for part in parts):
            return step
    return math.inf


def blind_to(part):
    return lambda history: backwards(history | {f"{part}_accuracy": [1] * len(history["step"])})


def glue(images, weight, bias):
    return F.conv2d(AddCoords()(images), weight, bias, padding=weight.shape[-1] // 2)


def map_once(images, weight, bias):
    c_in, padding = images.shape[1], weight.shape[-1] // 2
    grid = coordinate_channels(images.shape[2:])[None]
    return F.conv2d(grid, weight[:, c_in:], bias, padding=padding)


def features(images, weight, bias=None):
    return F.conv2d(images, weight[:, : images.shape[1]], bias, padding=weight.shape[-1] // 2)


def solution(images, weight, bias):
    added = features(images, weight) + map_once(images, weight, bias)
    return glue(images, weight, bias), added


def with_the_layer(images, weight, bias):
    c_out, c_in, k, _ = weight.shape
    layer = CoordConv2d(c_in - 2, c_out, k, padding=k // 2)
    layer.weight, layer.bias = nn.Parameter(weight), nn.Parameter(bias)
    return [glue(images, weight, bias), layer(images)]


def in_float64(images, weight, bias):
    return [way.double() for way in solution(images, weight, bias)]


def and_spoils_the_weight(images, weight, bias):
    given = solution(images, weight, bias)
    weight.zero_()
    return given


def second(make):
    def answer(images, weight, bias):
        return glue(images, weight, bias), make(images, weight, bias)

    return answer


def picture_by_picture(images, weight, bias):
    return torch.stack(
        [features(i, weight)[0] + map_once(i, weight, bias)[0] for i in images.split(1)]
    )


def unfolded(images, weight, bias):
    (c_out, _, k, _), size = weight.shape, images.shape[2:]
    grid = coordinate_channels(size).expand(len(images), -1, -1, -1)
    patches = F.unfold(grid, k, padding=k // 2)
    added = (weight[:, -2:].reshape(c_out, -1) @ patches).unflatten(2, size)
    return features(images, weight, bias) + added


def fifty_one_times(images, weight, bias):
    return features(images, weight) + sum(map_once(images, weight, bias) for _ in range(51)) / 51


def glued_one_by_one(images, weight, bias):
    return torch.cat([glue(one, weight, bias) for one in images.split(1)])


def on_a_plane(images, weight, bias):
    x, y = coordinate_channels(images.shape[2:])
    a, b = weight[:, -2:].sum((2, 3)).T[:, :, None, None]
    return features(images, weight, bias) + a * x + b * y


def going_on_beyond(images, weight, bias):
    """Coordinates repeated at the border, in place of zeros."""
    grid, rim = coordinate_channels(images.shape[2:]), weight.shape[-1] // 2
    wider = F.pad(grid[None], [rim] * 4, mode="replicate")
    return features(images, weight) + F.conv2d(wider, weight[:, -2:], bias)


def and_compares(images, weight, bias):
    """Right, with a look at whether it is."""
    first, second = solution(images, weight, bias)
    assert torch.allclose(first, glue(images, weight, bias), atol=1e-4)
    assert torch.allclose(second, glue(images, weight, bias), atol=1e-4)
    return first, second


def for_a_batch_of_five(images, weight, bias):
    grid = coordinate_channels(images.shape[2:]).expand(5, -1, -1, -1)
    joined = torch.cat([images, grid], 1)
    first = F.conv2d(joined, weight, bias, padding=weight.shape[-1] // 2)
    return first, solution(images, weight, bias)[1]


def only_equal(history):
    since = math.inf
    parts = history["step"], history["train_accuracy"], history["test_accuracy"]
    for step, train, test in reversed(list(zip(*parts, strict=True))):
        if train != test:
            break
        since = step
    return since


def too_far_back(history):
    n = len(history["step"])
    while history["train_accuracy"][n - 1] == history["test_accuracy"][n - 1] == 1:
        n -= 1
    return history["step"][n] if n < len(history["step"]) else math.inf


RIGHT = {
    "4.1": [
        lambda m: float(by_formula(m)),
        by_formula,
        by_torch,
        lambda m: torch.tensor(by_formula(m)),
    ],
    "4.2": [
        lambda layers: torch.tensor(by_product(layers)),
        lambda layers: np.float64(by_product(layers)),
        by_product,
        by_loops,
    ],
    "4.3": [
        lambda history: torch.tensor(backwards(history)),
        lambda history: np.float32(backwards(history)),
        backwards,
        forwards,
    ],
    "4.4": [
        solution,
        with_the_layer,
        in_float64,
        and_compares,
    ],
}

WRONG = {
    "4.1": [
        (lambda m: by_formula(m) if m <= 3 else 0, "for multiplier 5: you count 0"),
        (
            lambda m: sum(a * b for a, b in zip(widths(m), widths(m)[1:], strict=False)),
            "the biases are missing",
        ),
        (
            lambda m: sum(a * b + 1 for a, b in zip(widths(m), widths(m)[1:], strict=False)),
            "a layer has one bias for each of its output channels, not one alone",
        ),
        (
            lambda m: sum(a * b + a for a, b in zip(widths(m), widths(m)[1:], strict=False)),
            "a bias belongs to an output channel, not to an input one",
        ),
        (with_widths(lambda w, m: [2, *w[1:]]), "the first layer sees four channels"),
        (with_widths(lambda w, m: [4 * m, *w[1:]]), "you multiplied the input channels too"),
        (with_widths(lambda w, m: [*w[:-1], m]), "you multiplied the single output channel too"),
        (lambda m: 7553 * m, "both sides of a filter grow"),
        (lambda m: 7553, "right for multiplier 1"),
        (lambda m: 4096 * by_formula(m), "all pixels share the same weights"),
        (with_widths(lambda w, m: w[:-1]), "the last layer is missing"),
        (lambda m: by_formula(m) - 1, "the last layer's bias is missing"),
        (lambda m: by_formula(m) - 32 * m, "you count 32 too few: the biases of a narrow"),
        (
            with_widths(lambda w, m: [3, *w[1:]]),
            "or one of the first layer's four input channels",
        ),
        (lambda m: by_formula(m) + m, "you count 7,554, which is 1 more than there are"),
        (
            lambda m: sum((9 * a + 1) * b for a, b in zip(widths(m), widths(m)[1:], strict=False)),
            "the filters are 1 × 1",
        ),
        (lambda m: by_formula(m) + 0.0001, "you count 7553.0001; parameters are whole numbers"),
        (lambda m: "7,553", "the result is a str"),
    ],
    "4.2": [
        (
            each(lambda kind, i, o, k, n: i * o * k**2 * (n if kind == "conv" else 2 * n) ** 2),
            "for each pixel of its *input*",
        ),
        (each(lambda kind, i, o, k, n: i * o * k**2), "those are the weights"),
        (each(lambda kind, i, o, k, n: i * o * k**2 * n), "has n · n pixels"),
        (each(lambda kind, i, o, k, n: i * o * k * n**2), "has k · k taps"),
        (each(lambda kind, i, o, k, n: i * o * n**2), "the taps are missing"),
        (each(lambda kind, i, o, k, n: 2 * i * o * k**2 * n**2), "twice too many"),
        (each(lambda kind, i, o, k, n: o * k**2 * n**2), "times c_in"),
        (each(lambda kind, i, o, k, n: (i * k**2 + 1) * o * n**2), "you counted the biases"),
        (
            each(
                lambda kind, i, o, k, n: (
                    i * o * k**2 * n**2 + o * n**2 * (4 if kind == "deconv" else 1)
                )
            ),
            "you counted the biases",
        ),
        (lambda layers: by_product(layers[-1:]), "one layer is right, but for"),
        (
            each(lambda kind, i, o, k, n: i * o * k**2 * n**2 / (4 if kind == "deconv" else 1)),
            "leaves out no pixel of its input",
        ),
        (
            each(lambda kind, i, o, k, n: i * o * k**2 * (n - (kind == "conv") * (k - 1)) ** 2),
            "its output is n × n, not n - k + 1",
        ),
        (each(lambda kind, i, o, k, n: i + o), "for the single layer ('conv', 4, 32, 1, 64)"),
        (lambda layers: [1, 2], "the result is a list; wanted is one number"),
    ],
    "4.3": [
        (too_far_back, "list index out of range"),
        (
            lambda history: backwards(
                {
                    k: [1 if v >= 0.999 else v for v in vs] if k != "step" else vs
                    for k, vs in history.items()
                }
            ),
            "nearly 1 is not 1",
        ),
        (only_equal, "equal on both parts is not perfect"),
        (first, "when it was perfect for the first time"),
        (
            lambda history: first(history) if backwards(history) < math.inf else math.inf,
            "when it was perfect for the first time",
        ),
        (lambda history: first(history, ("test",)), "when the test part was perfect for the first"),
        (blind_to("train"), "you looked at the test part only"),
        (blind_to("test"), "you looked at the train part only"),
        (lambda history: backwards(history | {"step": history["seconds"]}), "that is in seconds"),
        (
            lambda history: backwards(history | {"step": list(range(len(history["step"])))}),
            "the number of the evaluation",
        ),
        (
            lambda history: history["step"][-1] if backwards(history) < math.inf else math.inf,
            "that is the last step",
        ),
        (lambda history: min(backwards(history), history["step"][-1]), "it gets infinity"),
        (
            lambda history: backwards(history) - 1,
            "for steps [100, 200, 300, 400] with train [0.5, 0.9, 1, 1], test [0.2, 1, 1, 1] "
            "you say 299",
        ),
        (lambda history: "never", "the result is a str"),
    ],
    "4.4": [
        (second(lambda i, w, b: F.conv2d(i, w, b, padding=1)), "to have 5 channels"),
        (and_spoils_the_weight, "changes `weight`"),
        (lambda i, w, b: solution(i, w, b)[::-1], "the two ways are swapped"),
        (
            lambda i, w, b: (solution(i, w, b)[1], solution(i, w, b)[1]),
            "the first convolves pictures and coordinates apart",
        ),
        (for_a_batch_of_five, "raised RuntimeError"),
        (lambda i, w, b: torch.stack(solution(i, w, b)), "the result is one tensor; wanted are"),
        (
            second(lambda i, w, b: features(i, w, b) + map_once(i, w, b)),
            "the second way: it has the ordinary bias in it twice",
        ),
        (
            second(lambda i, w, b: features(i, w) + map_once(i, w, None)),
            "the second way: it lacks the ordinary bias",
        ),
        (second(features), "has no position bias in it"),
        (second(glue), "still convolves coordinates with every picture"),
        (second(picture_by_picture), "still convolves coordinates with every picture"),
        (second(unfolded), "still convolves coordinates with every picture"),
        (second(fifty_one_times), "still convolves coordinates with every picture"),
        (second(glued_one_by_one), "still convolves coordinates with every picture"),
        (second(on_a_plane), "it adds a plane from the summed taps"),
        (second(going_on_beyond), "right inside, but not at the rim"),
        (
            second(lambda i, w, b: glue(i, w, b) if w.shape[-1] <= 5 else features(i, w, b)),
            "with 7 × 7 filters and 2 pictures, the second way: it is off by up to",
        ),
        (
            second(
                lambda i, w, b: (
                    features(i, w) + map_once(i, torch.cat([w[:, :-2], w[:, -2:].flip(1)], 1), b)
                )
            ),
            "the second way: it has x and y swapped",
        ),
        (
            lambda i, w, b: (
                F.conv2d(torch.cat([AddCoords()(i)[:, -2:], i], 1), w, b, padding=w.shape[-1] // 2),
                solution(i, w, b)[1],
            ),
            "the first way: it takes the first two input weights",
        ),
        (second(lambda i, w, b: features(i, w) - map_once(i, w, -b)), "subtracts the map"),
        (
            lambda i, w, b: (F.conv2d(AddCoords()(i), w, b), solution(i, w, b)[1]),
            "the first way: it gives shape (5, 4, 4, 7); wanted is (5, 4, 6, 9)",
        ),
        (glue, "the result is one tensor; wanted are two: `return first, second`"),
        (lambda i, w, b: (*solution(i, w, b), b), "wanted are 2 things: first, second"),
        (lambda i, w, b: [glue(i, w, b)] * 2, "you return one tensor twice"),
        (
            second(lambda i, w, b: F.conv2d(i, w[:, :3], padding=1) + map_once(i, w, b)),
            "RuntimeError",
        ),
        (
            second(lambda i, w, b: 3),
            "the second way: it gives shape ()",
        ),
        (second(lambda i, w, b: 2 * glue(i, w, b)), "the second way: it is off by up to"),
    ],
}
