"""Answers for notebook 03: right ones, and wrong ones with part of what they hear."""

import numpy as np
import torch

from coordlib.coordinates import coordinate_channels
from coordlib.exercises.building import channels


def axis(size):
    return (2 * torch.arange(size) - (size - 1)) / max(size - 1, 1)


def stacked(height, width, along=axis):
    y, x = torch.meshgrid(along(height), along(width), indexing="ij")
    return torch.stack((x, y))


def in_numbers(height, width):
    rows = []
    for _ in range(height):
        rows.append([0.0 if width == 1 else -1 + 2 * j / (width - 1) for j in range(width)])
    columns = [[0.0 if height == 1 else -1 + 2 * i / (height - 1)] * width for i in range(height)]
    return torch.tensor([rows, columns])


def by_linspace(height, width):
    """Another right form, as torch's own functions have it."""
    x, y = (torch.linspace(-1, 1, n) if n > 1 else torch.zeros(n) for n in (width, height))
    return torch.meshgrid(x, y, indexing="xy")


def of_zeros(layer, height, width):
    return layer(torch.zeros(1, layer.in_channels, height, width))[0]


def of_zeros_in_evaluation(layer, height, width):
    layer.eval()
    return of_zeros(layer, height, width)


def by_difference(layer, height, width):
    images = torch.randn(1, layer.in_channels, height, width)
    return (2 * layer(images) - layer(2 * images))[0].detach()


MIRROR = [[1, 0, 1, 0], [-1, 0, -1, 0], [0, 1, 0, -1], [0, -1, 0, 1]]


PLAIN = [[1, 0, -1, 0], [-1, 0, 1, 0], [0, 1, 0, -1], [0, -1, 0, 1]]


RIGHT = {
    "3.1": [
        lambda h, w: stacked(h, w).half(),
        lambda h, w: torch.stack(by_linspace(h, w)),
        stacked,
        in_numbers,
    ],
    "3.3": [
        lambda layer, h, w: layer(torch.zeros(2, layer.in_channels, h, w))[1],
        lambda layer, h, w: torch.stack([each.detach() for each in of_zeros(layer, h, w)]),
        of_zeros,
        of_zeros_in_evaluation,
        by_difference,
    ],
    "3.4": [
        lambda: (torch.tensor(MIRROR).half(), np.array([-1, -1, -1, -1])),
        lambda: [MIRROR, -0.5 * torch.ones(4, 1)],
        lambda: (MIRROR, [-1, -1, -1, -1]),
        lambda: (1e-6 * torch.tensor(MIRROR), [-1e-6] * 4),
        lambda: (3 * torch.tensor(MIRROR).flip(0), -torch.tensor([[1.0, 1, 2, 2]])),
    ],
}

WRONG = {
    "3.1": [
        (lambda h, w: stacked(h, w).flip(1), "y grows upwards"),
        (lambda h, w: stacked(h, w).flip(2), "x grows to the left"),
        (lambda height, width: stacked(height, width).flip(0), "the two channels are swapped"),
        (lambda height, width: stacked(width, height), "the shape is (2, 6, 4); wanted is"),
        (
            lambda height, width: stacked(height, width, lambda n: torch.linspace(-1, 1, n)),
            "1 × 5: an axis of one pixel is not 0",
        ),
        (
            lambda height, width: stacked(
                height, width, lambda n: 2 * torch.arange(n) / (n - 1) - 1
            ),
            "1 × 5: there is a NaN",
        ),
        (
            lambda height, width: stacked(height, width, lambda n: 2 * torch.arange(n) / n - 1),
            "4 × 6: the values go from -1 to 0.6667",
        ),
        (
            lambda height, width: stacked(height, width, lambda n: axis(n) ** 3),
            "the ends are right, but not every pixel between",
        ),
        (
            lambda h, w: stacked(h, w) if max(h, w) < 32 else torch.zeros(2, h, w),
            "for 64 × 48: ",
        ),
        (lambda height, width: "x, y", "the result is a str; wanted is a tensor"),
        (lambda h, w: stacked(h, w).tolist(), "the result is a list; wanted is a tensor"),
        (lambda h, w: stacked(h, w).numpy(), "the result is an ndarray; wanted is a tensor"),
        (lambda h, w: coordinate_channels((h, w)), "the result is right, but coordlib helped"),
        (lambda h, w: channels(h, w), "the course's own function for this exercise did the work"),
    ],
    "3.3": [
        (lambda layer, *sizes: -of_zeros(layer, *sizes), "the sign is turned"),
        (lambda layer, *sizes: of_zeros(layer, *sizes) / 2, "at ["),
        (
            lambda layer, *sizes: layer(torch.zeros(1, layer.in_channels, *sizes)),
            "still has a batch axis",
        ),
        (lambda layer, *sizes: layer(torch.ones(1, layer.in_channels, *sizes))[0], "image of ones"),
        (
            lambda layer, *sizes: layer(torch.zeros(layer.in_channels, *sizes)),
            "ValueError: images got shape (3, 6, 8); they take (n, c, h, w)",
        ),
        (lambda *given: of_zeros(*given).squeeze(), "the map has shape (4, 5); the layer's output"),
        (
            lambda layer, *sizes: layer.position_bias(*sizes),
            "has no attribute 'position_bias'",
        ),
        (
            lambda layer, *sizes: of_zeros(layer, *sizes).relu(),
            "a ReLU has cut off",
        ),
        (
            lambda layer, *sizes: layer(torch.randn(1, layer.in_channels, *sizes))[0],
            "part of an image's convolution is in it",
        ),
        (lambda layer, *sizes: coordinate_channels(sizes), "the map has shape (2, 6, 8)"),
        (lambda layer, *sizes: of_zeros(layer, *sizes).tolist(), "wanted is a tensor"),
    ],
    "3.4": [
        (lambda: (2 * torch.tensor(MIRROR)[[0, 1, 2, 2]], [-1] * 4), "needs two hidden units"),
        (
            lambda: (torch.tensor(MIRROR)[:, [1, 0, 2, 3]], [-1] * 4),
            "it lights the pixel at (63 - y, x)",
        ),
        (
            lambda: (torch.tensor(MIRROR)[:, [0, 2, 1, 3]], [-1] * 4),
            "the columns of `first` are x, y, i, j; yours look like x, i, y, j",
        ),
        (lambda: (torch.tensor(MIRROR)[:, [0, 1, 3, 2]], [-1] * 4), "i and j are swapped: i, be"),
        (lambda: (torch.tensor(MIRROR).T, [-1] * 4), "wanted is a row for each hidden unit"),
        (
            lambda: (torch.tensor(MIRROR) * torch.tensor([63, 1, 1, 1]), [-1] * 4),
            "is the single brightest for",
        ),
        (lambda: (PLAIN, [-1] * 4), "it lights the pixel at (x, y) itself"),
        (lambda: (MIRROR, [1] * 4), "the darkest of all: turn the signs"),
        (
            lambda: ([[1, 0, -1, 0], [-1, 0, 1, 0], [0, 1, 0, 1], [0, -1, 0, -1]], [-1] * 4),
            "it lights the pixel at (x, 63 - y)",
        ),
        (
            lambda: ([[1, 0, 1, 0], [-1, 0, -1, 0], [0, 1, 0, 1], [0, -1, 0, -1]], [-1] * 4),
            "it lights the pixel at (63 - x, 63 - y)",
        ),
        (
            lambda: ([MIRROR[0], [0] * 4, MIRROR[2], [0] * 4], [-1] * 4),
            "for 0 of 3,136 positions; each |…| needs two hidden units",
        ),
        (lambda: (MIRROR, [-1, -1, 0, 0]), "0 of 3,136 positions; a hidden unit whose weight in"),
        (lambda: (MIRROR, [-1, -1, 1, -1]), "is not negative makes no pixel darker"),
        (lambda: (MIRROR[:2], [-1, -1]), "first has shape (2, 4) and second (2,)"),
        (lambda: MIRROR, "the result has 4 parts; wanted are 2 things"),
    ],
}
