"""Answers for notebook 03: channels that aren't coordinates."""

import torch

from coordlib.exercises.building import channels
from coordlib.exercises.ruling import shuffled


def at_random(height, width):
    return torch.randn(2, height, width, generator=torch.Generator().manual_seed(1))


def misplaced(height, width):
    order = torch.randperm(height * width, generator=torch.Generator().manual_seed(8))
    return channels(height, width).flatten(1)[:, order].reshape(2, height, width)


def named_columns(height, width):
    """A number for each column and one for each row, but in no order."""
    columns, rows = (
        2 * torch.randperm(n, generator=torch.Generator().manual_seed(2)) / (n - 1) - 1
        for n in (width, height)
    )
    return torch.stack((columns.expand(height, width), rows[:, None].expand(height, width)))


def one_even(height, width):
    return torch.stack((torch.ones(height, width), at_random(height, width)[0]))


def of(change):
    """Coordinates, changed: what a step of a pixel, or a turn of the canvas, hides too little."""
    return lambda *size: change(channels(*size))


def chequered(height, width):
    odd = (torch.arange(height)[:, None] + torch.arange(width)) % 2
    return torch.stack((odd, 1 - odd))


RIGHT = {
    "3.7": [
        at_random,
        misplaced,
        named_columns,
        one_even,
        chequered,
        lambda *size: torch.ones(2, *size),
    ]
}

READ = "can be read off your channels"
ALIKE = "for 32 × 32: in channel 0 neighbouring pixels are more alike than distant ones"
WRONG = {
    "3.7": [
        (channels, f"for 32 × 32: x {READ}"),
        (lambda *size: channels(*size).flip(0), f"x {READ}"),
        (lambda *size: 0.5 + channels(*size) / 2, f"x {READ}"),
        (lambda *size: channels(*size) ** 3, f"x {READ}"),
        (lambda *size: torch.stack((channels(*size)[1], at_random(*size)[0])), f"y {READ}"),
        (
            lambda height, width: (
                torch.arange(2 * height * width).view(2, height, width) / (height * width)
            ),
            f"y {READ}",
        ),
        (of(torch.abs), ALIKE),
        (of(torch.square), ALIKE),
        (of(lambda two: (10 * two).sin()), ALIKE),
        (of(lambda two: two.roll((two.shape[1] // 2, two.shape[2] // 2), (1, 2))), ALIKE),
        (of(lambda two: 0.6 * (12 * two).sin().sign() + 0.2 * two), ALIKE),
        (
            lambda *size: torch.stack((at_random(*size)[0], channels(*size)[1].abs())),
            "in channel 1 neighbouring pixels are more alike",
        ),
        (lambda *size: at_random(*size).numpy(), "the result is an ndarray; wanted is a tensor"),
        (lambda *size: 2 * torch.rand(2, *size) - 1, "asked again, you give other numbers"),
        (lambda *size: torch.zeros(2, *size), "the numbers in channel 0 are 0 in size"),
        (lambda *size: 50 * at_random(*size), "or size is a second thing that differs"),
        (lambda *size: at_random(*size)[:1], "the shape is (1, 32, 32); wanted is (2, 32, 32)"),
        (lambda *size: at_random(32, 32), "for 8 × 12: the shape is (2, 32, 32); wanted is (2, 8"),
        (lambda *size: at_random(*size[::-1]), "for 8 × 12: the shape is (2, 12, 8)"),
        (lambda *size: at_random(*size) / 0, "there is a NaN or infinity"),
        (lambda *size: at_random(*size).tolist(), "the result is a list; wanted is a tensor"),
        (lambda *size: shuffled(*size), "the course's own function for this exercise did the work"),
    ]
}
