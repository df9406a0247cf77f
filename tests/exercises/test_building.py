"""Each checker of notebook 03 takes right answers and says truly what is wrong with wrong ones."""

import pytest
import torch
from torch.nn import functional as F

from coordlib import exercises
from coordlib.coordinates import AddCoords, coordinate_channels


def said(capsys, id, answer):
    exercises.check(id, answer)
    return capsys.readouterr().out


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
    return [rows, columns]


@pytest.mark.parametrize("answer", [stacked, in_numbers])
def test_3_1_accepts(capsys, answer):
    assert said(capsys, "3.1", answer).startswith("3.1 passed")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            lambda height, width: stacked(height, width).flip(0),
            "the two channels are swapped",
        ),
        (
            lambda height, width: stacked(width, height),
            "the shape is (2, 6, 4); wanted is",
        ),
        (
            lambda height, width: stacked(height, width, lambda n: torch.linspace(-1, 1, n)),
            "1 × 5 an axis of one pixel is not 0",
        ),
        (
            lambda height, width: stacked(
                height, width, lambda n: 2 * torch.arange(n) / (n - 1) - 1
            ),
            "1 × 5 there is a NaN",
        ),
        (
            lambda height, width: stacked(height, width, lambda n: 2 * torch.arange(n) / n - 1),
            "4 × 6 the values go from -1 to 0.667",
        ),
        (
            lambda height, width: stacked(height, width, lambda n: axis(n) ** 3),
            "the ends are right, but not every pixel between",
        ),
        (lambda height, width: "x, y", "the result is a str, not a tensor"),
    ],
)
def test_3_1_rejects(capsys, answer, message):
    assert message in said(capsys, "3.1", answer)


def with_r(images):
    return AddCoords(with_r=True)(images)


def with_r_by_hand(images):
    grid = coordinate_channels(images.shape[2:])
    r = torch.hypot(grid[0], grid[1])
    extra = torch.cat([grid, r[None]]).repeat(len(images), 1, 1, 1)
    return torch.cat([images, extra], dim=1)


def with_wrong_r(radius):
    def answer(images):
        joined = AddCoords()(images)
        x, y = joined[:, -2], joined[:, -1]
        return torch.cat([joined, radius(x, y)[:, None]], 1)

    return answer


@pytest.mark.parametrize("answer", [with_r, with_r_by_hand])
def test_3_2_accepts(capsys, answer):
    assert said(capsys, "3.2", answer).startswith("3.2 passed")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (with_wrong_r(lambda x, y: x**2 + y**2), "r is x² + y²: the root is missing"),
        (
            with_wrong_r(lambda x, y: ((x - 0.5) ** 2 + (y - 0.5) ** 2).sqrt()),
            "r is 2.12 in the corner and 0.707 at pixel (3, 2); wanted are 1.41 and 0",
        ),
        (AddCoords(), "became (2, 5, 5, 7); wanted is (2, 6, 5, 7)"),
        (
            lambda images: (
                torch.cat([with_r(images)[:, 3:], images], 1)
                if images.shape[1] == 3
                else with_r(images)
            ),
            "the images' own channels have changed, or do not come first",
        ),
        (
            lambda images: torch.cat([images, with_r(images)[:, [-1, -3, -2]]], 1),
            "the next two are not x and then y",
        ),
    ],
)
def test_3_2_rejects(capsys, answer, message):
    assert message in said(capsys, "3.2", answer)


def of_zeros(layer, height, width):
    return layer(torch.zeros(1, layer.in_channels, height, width))[0]


def by_difference(layer, height, width):
    images = torch.randn(1, layer.in_channels, height, width)
    seen = F.conv2d(images, layer.feature_weight, None, layer.stride, layer.padding)
    return (layer(images) - seen)[0].detach()


@pytest.mark.parametrize("answer", [of_zeros, by_difference])
def test_3_3_accepts(capsys, answer):
    assert said(capsys, "3.3", answer).startswith("3.3 passed")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            lambda layer, *sizes: layer(torch.zeros(1, layer.in_channels, *sizes)),
            "still has a batch axis",
        ),
        (lambda layer, *sizes: layer(torch.ones(layer.in_channels, *sizes)), "an image of ones"),
        (
            lambda layer, *sizes: of_zeros(layer, *sizes) - layer.bias[:, None, None],
            "the layer's ordinary bias is part of what it adds",
        ),
        (
            lambda layer, *sizes: layer.bias[:, None, None].expand_as(of_zeros(layer, *sizes)),
            "this is the ordinary bias, the same everywhere",
        ),
        (
            lambda layer, *sizes: layer(torch.randn(layer.in_channels, *sizes)),
            "part of an image's convolution is in it",
        ),
        (lambda layer, *sizes: coordinate_channels(sizes), "the map has shape (2, 6, 8)"),
    ],
)
def test_3_3_rejects(capsys, answer, message):
    assert message in said(capsys, "3.3", answer)


MIRROR = [[1, 0, 1, 0], [-1, 0, -1, 0], [0, 1, 0, -1], [0, -1, 0, 1]]
PLAIN = [[1, 0, -1, 0], [-1, 0, 1, 0], [0, 1, 0, -1], [0, -1, 0, 1]]


@pytest.mark.parametrize(
    "answer",
    [
        lambda: (MIRROR, [-1, -1, -1, -1]),
        # Other rows first, another scale, another shape of `second`.
        lambda: (3 * torch.tensor(MIRROR).flip(0), -torch.tensor([[1.0, 1, 2, 2]])),
    ],
)
def test_3_4_accepts(capsys, answer):
    assert said(capsys, "3.4", answer).startswith("3.4 passed")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
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
        (lambda: (MIRROR[:2], [-1, -1]), "first has shape (2, 4) and second (2,)"),
        (lambda: MIRROR, "the result is not two things"),
    ],
)
def test_3_4_rejects(capsys, answer, message):
    assert message in said(capsys, "3.4", answer)


@pytest.mark.parametrize("id", ["3.1", "3.2", "3.3", "3.4"])
def test_a_stub_is_not_attempted(capsys, id):
    def stub(*_):
        """What to write here."""
        return ...

    assert said(capsys, id, stub) == f"{id} not attempted\n"
