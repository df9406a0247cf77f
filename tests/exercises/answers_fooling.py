"""Answers for notebook 07: centres that fool the entropy of places."""

import math

import torch

from coordlib.datasets import scenes
from coordlib.exercises.fooling import fool


def middles(n, side, half):
    """Another right form: the whole number next to the middle of each cell that is reached."""
    reached = {}
    for one in range(half, side - half):
        reached.setdefault(one * 10 // side, one)
    places = [(x, y) for x in reached.values() for y in reached.values()]
    return torch.tensor([places[k % len(places)] for k in range(n)])


def drawn_from_places(n, side, half):
    """Another right form: the rest, for which no round is left, is drawn."""
    places = fool_grid(64, side, half)
    rest = places[torch.randperm(64)[: n % 64]]
    return torch.cat((places.repeat(n // 64, 1), rest)).float()


def fool_grid(n, side, half, count=8, end=None):
    last = side - 1 - half if end is None else end
    line = torch.linspace(half, last, count).round().long()
    places = torch.stack(torch.meshgrid(line, line, indexing="ij"), -1).reshape(-1, 2)
    return places[torch.arange(n) % len(places)]


def cut_off(count, n, side, half):
    """Places that are evenly spaced, but for what stands behind the decimal point."""
    line = torch.linspace(half, side - 1 - half, count).long()
    return torch.cartesian_prod(line, line)[torch.arange(n) % count**2]


def of_49(n, side, half):
    """Another right form: fewer places, each in a cell of its own."""
    return fool_grid(n, side, half, 7)


RIGHT = {
    "7.2": [
        fool_grid,
        middles,
        drawn_from_places,
        lambda *case: fool_grid(*case).int(),
        lambda *case: fool_grid(*case).flip(0, 1),
    ],
}

WRONG = {
    "7.2": [
        (
            lambda n, side, half: torch.full((n, 2), side // 2),
            "Your centres fall into 1 cell of the 64 that a centre can reach",
        ),
        (lambda n, side, half: fool_grid(64, side, half), "wanted is (300, 2)"),
        (lambda n, side, half: fool_grid(n, side, half)[:, 0], "wanted is (300, 2)"),
        (
            lambda n, side, half: fool_grid(n, side, half, 22 if side == 32 else 44),
            "at 300 different places; 64 at most",
        ),
        (lambda n, side, half: scenes(n, side=side).centres[:, 1], "different places; 64 at most"),
        (lambda n, side, half: fool_grid(n, side, 0, end=side - 1), "(0, 0) does not lie wholly"),
        (
            lambda n, side, half: fool_grid(n, side, half, end=side - half),
            "x and y go from 5 to 26",
        ),
        (
            lambda n, side, half: fool_grid(n, side, half) + torch.tensor([0, -1]),
            "(5, 4) does not lie wholly",
        ),
        (
            lambda n, side, half: fool_grid(n, side, half) - 0.5 * (torch.arange(n) == 9)[:, None],
            "there is a centre at (7.5, 7.5); all centres must be whole numbers",
        ),
        (
            lambda n, side, half: fool_grid(n, side, half) * math.nan,
            "there is a centre at (nan, nan); all centres must be whole numbers",
        ),
        (lambda n, side, half: fool_grid(n, side, half, 6), "the entropy is 3.582 nats"),
        (
            lambda n, side, half: torch.stack([fool_grid(n, side, half)[:, 0]] * 2, 1),
            "fall into 8 cells of the 64 that a centre can reach",
        ),
        (
            lambda n, side, half: fool_grid(64, side, half)[
                (torch.arange(n) - n // 2).clamp(0, 63)
            ],
            "of these 64 the fullest has 151, the emptiest 1",
        ),
        (
            lambda n, side, half: fool_grid(n, side, half) if side > 16 else torch.full((n, 2), 8),
            "for fool(300, 16, 3): the entropy is 0.000 nats, that of 300 real scenes 3.7",
        ),
        (lambda n, side, half: scenes(64, side=side), "the result is a Scenes; wanted is a tensor"),
        (lambda *case: fool_grid(*case).tolist(), "the result is a list; wanted is a tensor of"),
        (
            lambda *case: fool_grid(*case).numpy(),
            "is an ndarray; wanted is a tensor of shape (n, 2)",
        ),
        (lambda *case: fool_grid(*case).to(torch.int8), "the result holds torch.int8; wanted is"),
        (lambda *case: fool_grid(*case).half(), "the result holds torch.float16; wanted is"),
        (lambda *case: fool_grid(*case) + 0j, "the result holds torch.complex64; wanted is"),
        (
            lambda *case: cut_off(8, *case),
            "for fool(300, 16, 3): the entropy is 3.448 nats, that of 300 real scenes 3.742: "
            "places evenly apart are cut off to whole numbers; round them",
        ),
        (lambda *case: cut_off(7, *case).float(), "evenly apart are cut off to whole numbers"),
        (lambda *case: fool(*case), "the course's own function for this exercise did the work"),
    ],
}
