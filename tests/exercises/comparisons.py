"""What is right in notebook 10, found in another way than the checkers': in plain Python, and by
many draws of NumPy's.

`DRAWN` makes an exercise's arguments at random and `RIGHT` answers them; `HOLDS` tells whether an
answer that draws does so as was asked.
"""

from __future__ import annotations

import math
import random
import statistics

import numpy as np
import torch

pick = random.Random(10)


def _differences():
    middle = pick.choice([0, 1, -1, 2])
    return torch.tensor([pick.gauss(middle, 1) for _ in range(pick.randint(2, 9))])


def _experiment():
    return _differences(), pick.choice([0.5, 1.5, 3]), pick.choice([0.5, 1, 2.5])


def _power_of():
    known = {n: pick.randint(0, 7) / 8 for n in range(2, 51)}
    return lambda n, spread, margin: known.get(n, 1.0) if spread < margin else 0.25


DRAWN = {
    "10.2": lambda: (_differences(), pick.choice([0.5, 1, 2.5])),
    "10.3": _experiment,
    "10.5": lambda: (
        *pick.choice([(1, 2), (1, 2), (2, 1)]),
        pick.choice([0.25, 0.5, 0.875, 0.9]),
        _power_of(),
    ),
    "10.6": _experiment,
}


def _ends(differences, factor):
    values = differences.tolist()
    reach = factor * statistics.stdev(values) / len(values) ** 0.5
    return [statistics.fmean(values) - reach, statistics.fmean(values) + reach]


def _two_tests(differences, margin, factor):
    values = differences.tolist()
    error = statistics.stdev(values) / len(values) ** 0.5
    mean = statistics.fmean(values)
    return (mean + margin) / error > factor and (margin - mean) / error > factor


def _word(differences, margin, factor):
    if _two_tests(differences, margin, factor):
        return "no difference"
    signs = {one > 0 for one in _ends(differences, factor)}
    return {(True,): "gain", (False,): "harm"}.get(tuple(signs), "undecided")


def _fewest(spread, margin, wanted, power_of):
    enough = {n for n in range(2, 51) if power_of(n, spread, margin) >= wanted}
    return min(enough) if enough else math.inf


RIGHT = {
    "10.2": lambda *case: tuple(_ends(*case)),
    "10.3": _two_tests,
    "10.5": _fewest,
    "10.6": _word,
}


def _simulates(answer):
    chance = np.random.default_rng(3)
    for n, spread, margin, factor in ((2, 1, 2, 1.5), (4, 2, 3, 2.4), (9, 0.5, 0.3, 1.2)):
        drawn = chance.normal(0, spread, (100_000, n))
        reach = factor * drawn.std(1, ddof=1) / n**0.5
        wanted = np.mean((drawn.mean(1) + reach < margin) & (drawn.mean(1) - reach > -margin))
        shares = [
            float(answer(n, spread, margin, factor, torch.Generator().manual_seed(seed)))
            for seed in range(5)
        ]
        if abs(statistics.fmean(shares) - wanted) > 0.03:
            return False
    return True


def _leads(answer):
    for cells, share in ((3, 0.7), (8, 0.2)):
        labels = torch.arange(40_000) % cells
        generator = torch.Generator().manual_seed(cells)
        away = (torch.as_tensor(answer(labels, cells, share, generator)) - labels) % cells
        found = np.bincount(away.numpy(), minlength=cells) / len(labels)
        wanted = np.full(cells, (1 - share) / cells) + share * (np.arange(cells) == 0)
        if not np.allclose(found, wanted, rtol=0, atol=0.02):
            return False
    return True


HOLDS = {"10.4": _simulates, "10.1": _leads}
