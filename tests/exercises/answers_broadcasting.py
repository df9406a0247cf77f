"""Answers for notebook 08's workshop: a latent at each pixel, and beside it where that pixel is."""

import numpy as np
import torch

from coordlib.coordinates import AddCoords
from coordlib.exercises.broadcasting import broadcast as lent_broadcast


def line(side):
    return torch.linspace(-1, 1, side)


def copied(latents, side):
    return latents[:, :, None, None].expand(-1, -1, side, side)


def broadcast(latents, side, line=line, copied=copied, joined=lambda copies, x, y: (copies, x, y)):
    y, x = torch.meshgrid(line(side), line(side), indexing="ij")
    x, y = (each.expand(len(latents), 1, side, side) for each in (x, y))
    return torch.cat(joined(copied(latents, side), x, y), 1)


def broadcast_by_loop(latents, side):
    """Another right form: a pixel at a time."""
    n, z = latents.shape
    result = torch.zeros(n, z + 2, side, side)
    for row in range(side):
        for column in range(side):
            result[:, :z, row, column] = latents
            result[:, z, row, column] = 2 * column / (side - 1) - 1
            result[:, z + 1, row, column] = 2 * row / (side - 1) - 1
    return result


def broadcast_in_numpy(latents, side):
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    copies = np.repeat(latents.numpy(), side**2).reshape(*latents.shape, side, side)
    places = np.broadcast_to([x, y], (len(latents), 2, side, side))
    return np.concatenate([copies, places], 1)


def broadcast_by_filling(latents, side):
    """Another right form: a channel at a time, written into its place."""
    result = latents.new_ones(len(latents), latents.shape[1] + 2, side, side)
    result[:, :-2] *= latents[..., None, None]
    result[:, -2] = line(side)
    result[:, -1] = line(side)[:, None]
    return result


def broadcast_by_layer(latents, side):
    return AddCoords()(latents.repeat_interleave(side**2, 1).unflatten(1, (-1, side, side)))


def joined(order):
    return lambda *case: broadcast(*case, joined=order)


def along(line):
    return lambda *case: broadcast(*case, line=line)


def copying(copied):
    return lambda *case: broadcast(*case, copied=copied)


RIGHT = {"8.2": [broadcast, broadcast_by_loop, broadcast_by_filling, broadcast_by_layer]}

SHORT = "the coordinates stop short of 1"
LOST = "nothing can be learned from it: it must stay a tensor"

WRONG = {
    "8.2": [
        (joined(lambda copies, x, y: (copies, y, x)), "x and y are swapped: x, which grows along"),
        (joined(lambda copies, x, y: (copies, x, -y)), "y grows upwards"),
        (joined(lambda copies, x, y: (copies, -x, y)), "x grows to the left"),
        (joined(lambda copies, x, y: (copies, -x, -y)), "both signs are turned"),
        (joined(lambda copies, x, y: (copies, x, x)), "x stands there twice"),
        (joined(lambda copies, x, y: (x, y, copies)), "the coordinates stand before the latent"),
        (joined(lambda copies, x, y: (copies,)), "the coordinates are missing"),
        (joined(lambda copies, x, y: (x, y)), "the latent is missing"),
        (
            joined(lambda copies, x, y: (copies, x[0], y[0])),
            "Tensors must have same number of dimensions: got 4 and 3",
        ),
        (
            joined(lambda copies, x, y: (copies, x[:1], y[:1])),
            "Sizes of tensors must match except in dimension 1",
        ),
        (
            lambda *case: torch.cat(broadcast(*case).split([case[0].shape[1], 2], 1)),
            "Sizes of tensors must match except in dimension 0",
        ),
        (joined(lambda copies, x, y: (copies, x)), "has shape (3, 5, 5, 5); wanted is (3, 6, 5, 5"),
        (along(lambda side: torch.linspace(0, 1, side)), "the coordinates go from 0 to 1"),
        (along(torch.arange), "the coordinates are pixel numbers"),
        (along(lambda side: torch.linspace(-1, 1, side + 1)[:-1]), SHORT),
        (along(lambda side: 2 * torch.arange(side) / side - 1), SHORT),
        (
            along(lambda side: (2 * torch.arange(side) + 1) / side - 1),
            "-1 and 1 are the canvas's edges; they are to be the first pixel and the last",
        ),
        (
            along(lambda side: torch.linspace(-1, 1, side) ** 3),
            "channel 4 of example 0 is -0.125 in row 0, column 1; it should be -0.5",
        ),
        (
            copying(
                lambda latents, side: latents.repeat(1, side**2).view(*latents.shape, side, -1)
            ),
            "a channel of yours holds the latent's numbers in turn",
        ),
        (
            copying(
                lambda latents, side: latents.repeat(side**2, 1).view(*latents.shape, side, -1)
            ),
            "the examples mix: numbers of one latent stand in the channels of another",
        ),
        (
            copying(lambda latents, side: copied(latents[:1], side).repeat(len(latents), 1, 1, 1)),
            "the first latent stands in all examples",
        ),
        (lambda *case: broadcast(*case).flatten(2), "the pixels stand in one row"),
        (lambda *case: broadcast(*case).movedim(1, -1), "the channels come last"),
        (lambda *case: broadcast(*case)[0], "has shape (6, 5, 5); wanted is (3, 6, 5, 5)"),
        (
            broadcast_in_numpy,
            "the result is an ndarray; wanted is a tensor, which convolutions take",
        ),
        (lambda *case: broadcast(*case).tolist(), "the result is a list; wanted is a tensor"),
        (
            along(lambda side: torch.from_numpy(np.linspace(-1, 1, side))),
            "the result holds torch.float64; the latents are torch.float32",
        ),
        (lambda *case: broadcast(*case).detach(), LOST),
        (torch.no_grad()(broadcast), "without `.item()`, `.detach()`, `torch.no_grad()` or a new"),
        (lambda *case: torch.tensor(broadcast(*case).tolist()), LOST),
        (
            lambda latents, side: broadcast(torch.cat((latents[:1], latents[1:].detach())), side),
            "the result is right, but the gradient of `latents` is not",
        ),
        (lambda *case: lent_broadcast(*case), "the course's own function for this exercise did"),
    ]
}
