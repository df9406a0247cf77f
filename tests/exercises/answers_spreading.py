"""Answers for notebook 07: the entropy of places, and centres that fool it."""

import math
from collections import Counter

import numpy as np
import scipy.stats
import torch
from torch.nn import functional as F

from coordlib.datasets import scenes
from coordlib.exercises.spreading import fool
from coordlib.scene_metrics import position_entropy


def cells(centres, low, high, bins):
    return ((centres - low) * bins / (high - low)).long()


def of_shares(shares):
    shares = shares[shares > 0]
    return -(shares * shares.log()).sum()


def entropy(centres, low, high, bins, made=of_shares, cells=cells):
    columns, rows = cells(centres, low, high, bins).T
    counts = torch.bincount(columns + bins * rows, minlength=bins**2)
    return made(counts / len(centres))


def in_plain_python(centres, low, high, bins):
    counts = Counter(
        tuple(math.floor(bins * (one - low) / (high - low)) for one in centre)
        for centre in centres.tolist()
    )
    return sum(n / len(centres) * math.log(len(centres) / n) for n in counts.values())


def in_numpy(centres, low, high, bins):
    x, y = centres.numpy().T
    counts, _, _ = np.histogram2d(x, y, bins, [[low, high], [low, high]])
    shares = counts[counts > 0] / counts.sum()
    return -np.sum(shares * np.log(shares))


def by_unique(centres, low, high, bins):
    """Another right form: cells by the width of each, and places that share one counted."""
    width = (high - low) / bins
    counts = ((centres - low) // width).unique(dim=0, return_counts=True)[1]
    return of_shares(counts / counts.sum())


def by_counts(centres, low, high, bins):
    """Another right form: log n less the mean logarithm of how many share one's cell."""
    here = cells(centres, low, high, bins)
    together = (here[:, None] == here).all(2).sum(1)
    return math.log(len(centres)) - together.log().mean()


def along(*axes):
    """The sum of the entropies along some axes."""
    return lambda centres, low, high, bins: sum(
        of_shares(cells(centres, low, high, bins)[:, axis].bincount() / len(centres))
        for axis in axes
    )


def with_empty_cells(centres, low, high, bins):
    return entropy(centres, low, high, bins, lambda shares: -(shares * shares.log()).sum())


def by_its_own_range(centres, low, high, bins):
    x, y = centres.numpy().T
    counts, _, _ = np.histogram2d(x, y, bins)
    shares = counts[counts > 0] / counts.sum()
    return -np.sum(shares * np.log(shares))


def by_scipy(centres, low, high, bins):
    return entropy(centres, low, high, bins, lambda shares: scipy.stats.entropy(shares.numpy()))


def from_zero(cut=torch.floor, made=Counter):
    """Cells that begin at 0; `made` of each place's column and row."""

    def answer(centres, low, high, bins):
        counts = made(map(tuple, cut(centres * bins / high).tolist()))
        return of_shares(torch.tensor(list(counts.values())) / len(centres))

    return answer


def from_zero_in_one_row(centres, low, high, bins):
    """The same, by whole numbers that torch counts; some are below 0."""
    columns, rows = (centres * bins / high).long().T
    return of_shares(torch.bincount(columns + bins * rows) / len(centres))


def kept_from_zero(of_all):
    def answer(centres, low, high, bins):
        counts, _, _ = np.histogram2d(*centres.numpy().T, bins, [[0, high], [0, high]])
        return of_shares(torch.tensor(counts / (len(centres) if of_all else counts.sum())))

    return answer


def of_distribution(kind):
    def made(shares):
        return kind(probs=shares).entropy()

    return lambda *case: entropy(*case, made)


def moved(centres, low, high, bins):
    centres -= low
    return entropy(centres, 0, high - low, bins)


def of(change):
    return lambda *case: change(entropy(*case), len(case[0]), case[3])


def middles(n, side, half):
    """Another right form: the whole number next to the middle of each cell that is reached."""
    reached = {}
    for one in range(half, side - half):
        reached.setdefault(one * 10 // side, one)
    places = [(x, y) for x in reached.values() for y in reached.values()]
    return [places[k % len(places)] for k in range(n)]


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


def of_49(n, side, half):
    """Another right form: fewer places, each in a cell of its own."""
    return fool_grid(n, side, half, 7)


RIGHT = {
    "7.1": [entropy, in_plain_python, in_numpy, by_unique, by_counts],
    "7.2": [
        fool_grid,
        middles,
        drawn_from_places,
        lambda *case: fool_grid(*case).numpy(),
        lambda *case: fool_grid(*case).flip(0, 1),
    ],
}

WRONG = {
    "7.1": [
        (of(lambda h, n, bins: h / math.log(2)), "it is in bits"),
        (of(lambda h, n, bins: h / math.log(10)), "with the logarithm to base 10"),
        (of(lambda h, n, bins: -h), "the sign is turned"),
        (of(lambda h, n, bins: h / math.log(bins**2)), "you divide it by the most that it can be"),
        (of(lambda h, n, bins: h / bins**2), "you average over the cells"),
        (of(lambda h, n, bins: n * h), "the logarithms are added up over positions"),
        (along(0), "only one axis counts"),
        (along(1), "only one axis counts"),
        (along(0, 1), "you add the entropies of columns and of rows"),
        (lambda *case: along(0, 1)(*case) / 2, "you average the entropies of columns and of rows"),
        (with_empty_cells, "an empty cell's 0 · log 0 is no number"),
        (by_its_own_range, "the cells reach from your data's least to its greatest"),
        (
            lambda *case: in_numpy(*case[:3], 10),
            "for 200 positions in 16 × 16 cells over [-32, 32): you take 10 × 10 cells",
        ),
        (lambda c, low, high, bins: in_numpy(c, low, high, bins**2), "into bins² cells"),
        *(
            (from_zero(cut), "over [-64, 64): your cells begin at 0; they begin at `low`")
            for cut in (
                torch.floor,
                torch.trunc,
                lambda cells: cells.floor().clamp(0),
                lambda cells: cells.abs().floor(),
            )
        ),
        (kept_from_zero(of_all=True), "your cells begin at 0"),
        (kept_from_zero(of_all=False), "your cells begin at 0"),
        (
            lambda c, low, high, bins: by_unique(c, 0, high - low, bins),
            "in 5 × 5 cells over [10, 30): your cells begin at 0",
        ),
        (
            lambda c, low, high, bins: entropy(c.clamp(0), 0, high, bins),
            "your cells begin at 0",
        ),
        (
            from_zero_in_one_row,
            "RuntimeError: bincount only supports 1-d non-negative integral inputs",
        ),
        (
            lambda c, low, high, bins: by_unique(c - low, 0, high, bins),
            "a cell is (high - low) / bins wide",
        ),
        (
            lambda c, low, high, bins: by_unique(c, low, low + bins**2, bins),
            "you take `bins` for the width of a cell",
        ),
        (
            lambda c, *_: of_shares(c.unique(dim=0, return_counts=True)[1] / len(c)),
            "you count each place by itself",
        ),
        (
            lambda c, *_: of_shares(cells(c, *_).sum(1).bincount() / len(c)),
            "column + row gives many cells one number",
        ),
        (
            lambda c, *_: of_shares(cells(c, *_).flatten().bincount() / (2 * len(c))),
            "x and y are counted in one row of cells",
        ),
        (
            lambda c, low, high, bins: by_unique(
                ((c - low) * bins / (high - low)).round(), -0.5, bins - 0.5, bins
            ),
            "you round to the nearest cell",
        ),
        (
            lambda c, low, high, bins: by_unique(-c, -high, -low, bins),
            "a position between two cells belongs to the upper one",
        ),
        (
            lambda *case: entropy(*case, lambda shares: of_shares(shares * len(case[0]))),
            "these are counts, not shares",
        ),
        (
            lambda *case: entropy(
                *case, lambda p: -(p[p > 0] * (p[p > 0] * len(case[0])).log()).sum()
            ),
            "the logarithm is of counts",
        ),
        (
            lambda *case: entropy(*case, lambda p: of_shares(p * len(case[0]) / len(p))),
            "you divide the counts by the number of cells",
        ),
        (
            lambda *case: entropy(*case, lambda p: math.log((p > 0).sum())),
            "the logarithm of how many cells have any",
        ),
        (lambda *case: entropy(*case, lambda p: 1 - p.square().sum()), "; it should be 3."),
        (lambda *case: entropy(*case, lambda p: p), "wanted is one number"),
        (moved, "changes `centres`"),
        (by_scipy, "entropy helped; count the cells"),
        (of_distribution(torch.distributions.Categorical), "entropy helped; count the cells"),
        (
            of_distribution(lambda probs: torch.distributions.Multinomial(1, probs)),
            "entropy helped; count the cells",
        ),
        (
            lambda *case: entropy(*case, lambda shares: torch.special.entr(shares).sum()),
            "special_entr helped; count the cells",
        ),
        (
            lambda *case: entropy(*case, lambda p: F.cross_entropy(p[p > 0].log(), p[p > 0])),
            "cross_entropy helped; count the cells",
        ),
        (lambda *case: position_entropy(*case).plug_in, "the result is right, but coordlib"),
    ],
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
            "there is a centre at (7.5, 7.5); they are whole numbers",
        ),
        (
            lambda n, side, half: fool_grid(n, side, half) * math.nan,
            "there is a centre at (nan, nan)",
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
            lambda n, side, half: fool_grid(n, side, half) if side > 16 else [[8, 8]] * n,
            "for fool(300, 16, 3): the entropy is 0.000 nats, that of 300 real scenes 3.7",
        ),
        (lambda n, side, half: scenes(64, side=side), "the result is a Scenes"),
        (lambda *case: fool(*case), "the course's own function for this exercise did the work"),
    ],
}
