"""Notebook 10's pieces: together they are the library's statistics, and their power is exact."""

import math

import pytest
import torch
from scipy import stats
from scipy.integrate import quad

from coordlib.exercises.comparing import interval
from coordlib.exercises.deciding import verdict
from coordlib.exercises.equating import equivalent
from coordlib.exercises.planning import runs_needed
from coordlib.exercises.simulating import exact_power, power
from coordlib.statistics import equivalence, paired_interval


def drawn(seed):
    """Differences around something between -1 and 1, and Student's quantile for an interval."""
    generator = torch.Generator().manual_seed(seed)
    n = 2 + seed % 9
    middle = 2 * torch.rand(1, generator=generator) - 1
    return middle + torch.randn(n, generator=generator), lambda level: stats.t.ppf(level, n - 1)


@pytest.mark.parametrize("seed", range(20))
def test_the_interval_is_the_librarys(seed):
    differences, quantile = drawn(seed)
    theirs = paired_interval(differences.tolist())
    ours = interval(differences, quantile((1 + theirs.level) / 2))
    assert [float(one) for one in ours] == pytest.approx([theirs.low, theirs.high], rel=1e-4)


def test_the_test_is_the_librarys_and_the_verdict_agrees_with_it():
    words = set()
    for seed in range(200):
        differences, quantile = drawn(seed)
        margin, factor = 0.3 + 0.1 * (seed % 12), quantile(0.95)
        equal = equivalence(differences.tolist(), margin) < 0.05
        words.add(verdict(differences, margin, factor))
        assert equivalent(differences, margin, factor) == equal
        assert (verdict(differences, margin, factor) == "no difference") == equal
    assert words == {"gain", "harm", "no difference", "undecided"}


def integrated(n, spread, margin, factor):
    """The power again: for each standard deviation, the chance of the means that it leaves."""
    root = math.sqrt(n)

    def density(deviation):
        room = (margin - factor * deviation / root) * root / spread
        chi = deviation * math.sqrt(n - 1) / spread
        means = stats.norm.cdf(room) - stats.norm.cdf(-room)
        return means * stats.chi.pdf(chi, n - 1) * math.sqrt(n - 1) / spread

    return quad(density, 0, margin * root / factor, limit=200)[0]


@pytest.mark.parametrize(
    "plan",
    [(2, 0.7, 0.5, 0.3), (3, 0.8, 1.6, 2.92), (7, 3, 2, 1), (20, 0.6, 0.31, 1.729), (50, 2, 1, 2)],
)
def test_the_exact_power_is_exact_and_simulations_meet_it(plan):
    exact = exact_power(plan)
    assert exact == pytest.approx(integrated(*plan), abs=1e-3)
    shares = [power(*plan, torch.Generator().manual_seed(seed)) for seed in range(20)]
    assert sum(shares) / 20 == pytest.approx(exact, abs=0.02)


def test_so_many_runs_are_enough_and_one_less_is_not():
    def power_of(n, spread, margin):
        return exact_power((n, spread, margin, stats.t.ppf(0.95, n - 1)))

    n = runs_needed(1.0, 1.0, 0.8, power_of)
    assert power_of(n, 1.0, 1.0) >= 0.8 > power_of(n - 1, 1.0, 1.0)
    assert runs_needed(1.0, 0.1, 0.8, power_of) == math.inf
