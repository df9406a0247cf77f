"""Answers for notebook 07: the entropy of places."""

import math
from collections import Counter

import numpy as np
import scipy.stats
import torch
from torch.nn import functional as F

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


def numbered(stride):
    """Cells that are counted by a number of each, made of column, row and bins."""

    def answer(centres, low, high, bins):
        columns, rows = cells(centres, low, high, bins).T
        return of_shares(torch.bincount(stride(columns, rows, bins)) / len(centres))

    return answer


def of_densities(centres, low, high, bins):
    x, y = centres.numpy().T
    found, _, _ = np.histogram2d(x, y, bins, [[low, high], [low, high]], density=True)
    return of_shares(torch.tensor(found))


def by_entr(*case):
    """Another right form: torch knows -p · log p, which is 0 for an empty cell."""
    return entropy(*case, lambda shares: torch.special.entr(shares).sum())


def of(change):
    return lambda *case: change(entropy(*case), len(case[0]), case[3])


RIGHT = {
    "7.1": [entropy, in_plain_python, in_numpy, by_unique, by_counts, by_entr],
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
        (lambda c, low, high, bins: in_numpy(c, low, high, bins - 1), "into bins - 1 cells"),
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
            lambda *case: entropy(*case, lambda p: F.cross_entropy(p[p > 0].log(), p[p > 0])),
            "cross_entropy helped; count the cells",
        ),
        (
            lambda *case: position_entropy(*case).plug_in,
            "the result is right, but you called coordlib's own entropy; count the cells",
        ),
        (numbered(lambda x, y, bins: x * y), "column · row gives many cells one number"),
        (numbered(lambda x, y, bins: x + 10 * y), "you count on by 10"),
        (numbered(lambda x, y, bins: 10 * x + y), "you count on by 10"),
        (numbered(lambda x, y, bins: x + (bins - 1) * y), "counted on by bins - 1, two cells get"),
        (numbered(lambda x, y, bins: (bins - 1) * x + y), "counted on by bins - 1, two cells get"),
        (of_densities, "these are densities, shares divided by a cell's area"),
        *(
            (
                lambda *case, little=little: entropy(
                    *case, lambda shares: -(shares * (shares + little).log()).sum()
                ),
                "what you add within the logarithm shifts the sum",
            )
            for little in (1e-3, 1e-5)
        ),
        *(
            (
                lambda *case, little=little: entropy(*case, lambda p: of_shares(p + little)),
                "what you add within the logarithm shifts the sum",
            )
            for little in (1e-3, 1e-6)
        ),
        (lambda *case: position_entropy(*case).corrected, "with (cells - 1) / 2n added"),
        (lambda *case: [entropy(*case)], "the result is a list; wanted is one number"),
        (lambda *case: (entropy(*case),), "the result is a tuple; wanted is one number"),
        (lambda *case: entropy(*case)[None], "the result has shape (1,); wanted is one number"),
        (lambda *case: entropy(*case).numpy()[None], "has shape (1,); wanted is one number"),
    ],
}
