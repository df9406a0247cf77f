"""Answers for notebook 07: a generator's first layer, without copies."""

import torch
from torch.nn import functional as F

from coordlib.coordinates import coordinate_channels


def axis(side):
    return torch.linspace(-1, 1, side)


def layer(weight, bias, latents, side, axis=axis):
    x = axis(side)
    features, across, down = weight[:, :-2], weight[:, -2], weight[:, -1]
    map = across[:, None, None] * x + down[:, None, None] * x[:, None]
    return (latents @ features.T + bias)[:, :, None, None] + map


def by_convolutions(weight, bias, latents, side):
    """Another right form: two convolutions, of pictures of one pixel and of one picture."""
    z = latents.shape[1]
    features, coordinates = weight[:, :z, None, None], weight[:, z:, None, None]
    grid = coordinate_channels((side, side))[None]
    return F.conv2d(latents[:, :, None, None], features, bias) + F.conv2d(grid, coordinates)


def by_loops(weight, bias, latents, side):
    """Another right form, slow but without copies."""
    vectors = F.linear(latents, weight[:, :-2], bias)
    result = torch.empty(len(latents), len(bias), side, side)
    for row, y in enumerate(axis(side)):
        for column, x in enumerate(axis(side)):
            result[:, :, row, column] = vectors + x * weight[:, -2] + y * weight[:, -1]
    return result


def by_example(weight, bias, latents, side):
    grid = coordinate_channels((side, side)).flatten(1)
    map = (weight[:, -2:] @ grid + bias[:, None]).unflatten(1, (side, side))
    return torch.stack([map + (weight[:, :-2] @ one)[:, None, None] for one in latents])


def by_vmap(weight, bias, latents, side):
    return torch.vmap(lambda one: layer(weight, bias, one[None], side)[0])(latents)


def in_place(weight, bias, latents, side):
    result = bias[None, :, None, None].repeat(len(latents), 1, side, side)
    result += torch.einsum("cd,dyx->cyx", weight[:, -2:], coordinate_channels((side, side)))
    result += torch.einsum("cz,nz->nc", weight[:, :-2], latents)[:, :, None, None]
    return result


def copies(latents, side):
    return latents[:, :, None, None].expand(-1, -1, side, side)


def concatenated(weight, bias, latents, side):
    grid = coordinate_channels((side, side)).expand(len(latents), -1, -1, -1)
    return F.conv2d(torch.cat((copies(latents, side), grid), 1), weight[:, :, None, None], bias)


def tiled(weight, bias, latents, side):
    many = latents.unflatten(1, (-1, 1, 1)).repeat(1, 1, side, side)
    return layer(weight, bias, 0 * latents, side) + F.conv2d(many, weight[:, :-2, None, None])


def expanded(weight, bias, latents, side):
    """No copy is made by hand: the convolution reads one number many times."""
    features = F.conv2d(copies(latents, side), weight[:, :-2, None, None])
    return layer(weight, bias, 0 * latents, side) + features


def by_einsum(weight, bias, latents, side):
    features = torch.einsum("cz,nzyx->ncyx", weight[:, :-2], copies(latents, side))
    return layer(weight, bias, 0 * latents, side) + features


def one_at_a_time(weight, bias, latents, side):
    return torch.cat([concatenated(weight, bias, one[None], side) for one in latents])


def row_by_row(weight, bias, latents, side):
    """No copies, but each example's vector anew in each row."""
    rows = []
    for y in axis(side):
        vectors = latents @ weight[:, :-2].T + bias + y * weight[:, -1]
        rows.append(vectors[:, :, None] + weight[:, -2, None] * axis(side))
    return torch.stack(rows, 2)


def pixel_by_pixel(weight, bias, latents, side):
    rows = []
    for y in axis(side):
        row = []
        for x in axis(side):
            given = torch.cat((latents, x.expand(len(latents), 1), y.expand(len(latents), 1)), 1)
            row.append(F.linear(given, weight, bias))
        rows.append(torch.stack(row, -1))
    return torch.stack(rows, -2)


def map_that_learns_nothing(weight, bias, latents, side):
    map = layer(weight.detach(), bias, 0 * latents, side)
    return (latents @ weight[:, :-2].T)[:, :, None, None] + map


def changes_bias(weight, bias, latents, side):
    bias += latents[0] @ weight[:, :-2].T
    return layer(weight, bias, latents - latents[0], side)


def on(axis):
    return lambda *case: layer(*case, axis)


RIGHT = {"7.3": [layer, by_convolutions, by_loops, by_example, by_vmap, in_place]}

WRONG = {
    "7.3": [
        (
            concatenated,
            "on the way stands a tensor of shape (3, 4098, 32, 32): the latents at each pixel",
        ),
        (tiled, "a tensor of shape (3, 4096, 32, 32): the latents at each pixel"),
        (expanded, "a tensor of shape (3, 4096, 32, 32): the latents at each pixel"),
        (by_einsum, "a tensor of shape (3, 4096, 32, 32): the latents at each pixel"),
        (one_at_a_time, "a tensor of shape (1, 4098, 32, 32): the latents at each pixel"),
        (pixel_by_pixel, "numbers: each example's vector is worked out again and again"),
        (row_by_row, "again and again, in each row or at each pixel"),
        (lambda *case: layer(*case).mT, "x and y are swapped"),
        (lambda *case: layer(*case).flip(2), "y grows upwards"),
        (lambda *case: layer(*case).flip(3), "x grows to the left"),
        (on(lambda side: torch.linspace(0, 1, side)), "x and y go from 0 to 1"),
        (on(lambda side: torch.arange(side) * 1.0), "x and y are the pixels' numbers"),
        (on(lambda side: torch.linspace(-1, 1, side + 1)[:-1]), "x and y stop short of 1"),
        (
            on(lambda side: (2 * torch.arange(side) + 1) / side - 1),
            "-1 and 1 are the canvas's edges",
        ),
        (on(lambda side: -axis(side)), "the map has the wrong sign"),
        (on(lambda side: 0 * axis(side)), "the map is missing"),
        (
            lambda weight, bias, latents, side: layer(weight, bias, 0 * latents, side),
            "the latents add nothing to it",
        ),
        (
            lambda weight, *rest: layer(weight.roll(-2, 1), *rest),
            "you take the first two columns of `weight`",
        ),
        (lambda weight, bias, *rest: layer(weight, 0 * bias, *rest), "`bias` is missing"),
        (lambda weight, bias, *rest: layer(weight, 2 * bias, *rest), "`bias` is in it twice"),
        (lambda *case: layer(*case).relu(), "a ReLU has cut off"),
        (lambda *case: layer(*case).flatten(2), "the pixels stand in one row"),
        (lambda *case: layer(*case).permute(0, 2, 3, 1), "the channels come last"),
        (lambda *case: layer(*case).mean(0), "the result has shape (4, 6, 6); wanted is"),
        (
            on(lambda side: axis(side) ** 3),
            "for 3 latents of 5 numbers, 4 channels and a side of 6",
        ),
        (lambda *case: layer(*case).detach(), "nothing can be learned from it"),
        (lambda *case: layer(*case).detach().numpy(), "nothing can be learned from it"),
        (
            lambda weight, bias, latents, side: layer(weight, bias, latents.detach(), side),
            "no gradient reaches `latents`",
        ),
        (map_that_learns_nothing, "but the gradient of `weight` is not right"),
        (changes_bias, "changes `bias`"),
    ],
}
