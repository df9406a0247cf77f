"""Intervals: as in the tables, exact in what they promise, and clear about what they can't take."""

import math
import random
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from coordlib.statistics import (
    LEVEL,
    entropy,
    equivalence,
    equivalence_pairs,
    equivalence_power,
    median_interval,
    paired_interval,
    share_interval,
    sign_flip_test,
    unpaired_interval,
)


# Wilson's formula worked out by hand, z = 1.959964.
@pytest.mark.parametrize(
    ("number", "of", "low", "high"),
    [(20, 20, 0.8389, 1), (0, 16, 0, 0.1936), (19, 20, 0.7639, 0.9911), (4, 12, 0.1381, 0.6094)],
)
def test_a_shares_interval_is_wilsons(number, of, low, high):
    interval = share_interval(number, of)
    assert interval.low == pytest.approx(low, abs=5e-5)
    assert interval.high == pytest.approx(high, abs=5e-5)
    assert interval.level == LEVEL


# The ranks and levels of the usual table for the median's interval.
@pytest.mark.parametrize(
    ("count", "low", "high", "level"),
    [
        (1, 1, 1, 0.0),
        (5, 1, 5, 0.9375),
        (6, 1, 6, 0.96875),
        (9, 2, 8, 0.9609),
        (10, 2, 9, 0.9785),
        (20, 6, 15, 0.9586),
    ],
)
def test_a_medians_interval_lies_between_two_of_the_values(count, low, high, level):
    values = list(range(1, count + 1))
    random.Random(0).shuffle(values)
    interval = median_interval(values)
    assert (interval.low, interval.high) == (low, high)
    assert interval.level == pytest.approx(level, abs=5e-5)


def test_a_medians_interval_holds_it_as_often_as_it_says():
    draws = random.Random(0)
    times = 4000
    held = 0
    for _ in range(times):
        interval = median_interval([draws.expovariate(1) for _ in range(10)])
        held += interval.low <= math.log(2) <= interval.high
    # Four standard deviations of such a count.
    spread = 4 * math.sqrt(interval.level * (1 - interval.level) / times)
    assert held / times == pytest.approx(interval.level, abs=spread)


def test_paired_differences_have_students_interval_and_an_equivalence():
    differences = [0.02, -0.01, 0.03, 0.0, 0.01]
    theirs = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    interval = paired_interval(differences)
    assert (interval.low, interval.high) == pytest.approx((theirs.low, theirs.high))
    # Two one-sided tests: the larger p-value of the two.
    below = stats.ttest_1samp(differences, -0.05, alternative="greater").pvalue
    above = stats.ttest_1samp(differences, 0.05, alternative="less").pvalue
    assert equivalence(differences, 0.05) == pytest.approx(max(below, above))
    assert equivalence([0.2, 0.2], 0.1) == 1 and equivalence([0.05, 0.05], 0.1) == 0


def test_equivalent_means_that_the_interval_of_90_percent_lies_within_the_margin():
    differences = [0.02, -0.01, 0.03, 0.0, 0.01]
    high = paired_interval(differences, 0.9).high
    assert equivalence(differences, high * 1.001) < 0.05 < equivalence(differences, high * 0.999)


def test_equivalence_errs_as_seldom_as_it_says():
    """At the margin itself it calls one in twenty equivalent, at most."""
    draws = random.Random(0)
    called = sum(
        equivalence([draws.gauss(0.05, 0.02) for _ in range(5)], 0.05) < 0.05 for _ in range(2_000)
    )
    assert called / 2_000 == pytest.approx(0.05, abs=0.02)


@pytest.mark.parametrize(
    ("pairs", "margin", "difference"), [(5, 0.02, 0.0), (10, 0.01, 0.002), (4, 0.01, -0.004)]
)
def test_the_power_is_how_often_pairs_are_found_equivalent(pairs, margin, difference):
    draws, times = random.Random(0), 1_000
    found = sum(
        equivalence([draws.gauss(difference, 0.01) for _ in range(pairs)], margin) < 1 - LEVEL
        for _ in range(times)
    )
    power = equivalence_power(pairs, margin, 0.01, difference)
    spread = 4 * math.sqrt(power * (1 - power) / times)  # four standard deviations of the share
    assert found / times == pytest.approx(power, abs=spread)


def test_the_power_is_the_one_of_the_noncentral_t():
    """By the usual formula, which is exact where one of the two tests decides nearly alone."""
    pairs, margin, spread, difference = 12, 0.03, 0.01, 0.022
    away = (margin - difference) / (spread / math.sqrt(pairs))
    theirs = stats.nct.sf(stats.t.ppf(LEVEL, pairs - 1), pairs - 1, away)
    found = equivalence_power(pairs, margin, spread, difference)
    assert found == pytest.approx(theirs, abs=1e-3)


def test_the_fewest_pairs_have_the_power_and_one_less_has_not():
    for margin, difference, power in ((0.01, 0.0, 0.8), (0.005, 0.001, 0.9), (0.1, 0.0, 0.5)):
        pairs = equivalence_pairs(margin, 0.01, difference, power)
        assert equivalence_power(pairs, margin, 0.01, difference) >= power
        if pairs > 2:
            assert equivalence_power(pairs - 1, margin, 0.01, difference) < power
    # Half the margin takes about four times as many.
    assert equivalence_pairs(0.005, 0.01) / equivalence_pairs(0.01, 0.01) == pytest.approx(4, abs=1)


def test_an_entropy_is_that_of_the_shares_and_its_correction_millers_and_madows():
    found = entropy([1, 1, 2, 0])
    assert found.plug_in == pytest.approx(1.5 * math.log(2))
    assert found.corrected == pytest.approx(1.5 * math.log(2) + (3 - 1) / (2 * 4))
    alone = entropy([0, 7])
    assert (alone.plug_in, alone.corrected) == (0, 0)
    assert (alone.interval.low, alone.interval.high, alone.interval.level) == (0, 0, LEVEL)
    assert entropy([5, 1, 2]) == entropy([5, 1, 2])


def test_an_entropys_interval_holds_the_truth_though_the_counted_shares_have_less():
    shares = np.exp(-np.arange(100) / 25)
    shares /= shares.sum()
    truth, draws, times = stats.entropy(shares), np.random.RandomState(0), 60
    found = [entropy(draws.multinomial(500, shares).tolist()) for _ in range(times)]
    held = sum(each.interval.low <= truth <= each.interval.high for each in found)
    assert held / times >= 0.85
    assert sum(each.plug_in for each in found) / times < truth - 0.05
    widths = [each.interval.high - each.interval.low for each in found]
    assert max(widths) < 0.25


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: share_interval(3, 2), "number got 3; it takes at most the 2 trials"),
        (lambda: share_interval(-1, 2), "number got -1"),
        (lambda: share_interval(0, 0), "of got 0"),
        (lambda: share_interval(1.0, 2), "number got 1.0"),
        (lambda: median_interval([]), "values got none"),
        (lambda: median_interval([1.0, math.nan]), "values got nan"),
        (lambda: median_interval(["1"]), "values got '1'"),
        (lambda: paired_interval([0.1]), "differences got 1; it takes at least two"),
        (lambda: paired_interval([0.1, 0.2], 1), "level got 1"),
        (lambda: equivalence([0.1, math.inf], 0.1), "differences got inf"),
        (lambda: equivalence([0.1, 0.2], 0), "margin got 0"),
        (lambda: equivalence([0.1, 0.2], -1), "margin got -1"),
        (lambda: equivalence_power(1, 0.1, 0.1), "pairs got 1; it takes a whole number of at le"),
        (lambda: equivalence_power(5, 0, 0.1), "margin got 0"),
        (lambda: equivalence_power(5, 0.1, 0.0), "spread got 0; it takes a number above 0"),
        (lambda: equivalence_power(5, 0.1, 0.1, math.nan), "difference got nan"),
        (lambda: equivalence_pairs(0.1, 0.1, power=1), "power got 1"),
        (lambda: equivalence_pairs(0.1, 0.1, power=0), "power got 0; it takes a number between"),
        (lambda: equivalence_pairs(0.1, 0.1, 0.1), "difference got 0.1; it takes one that is bel"),
        (lambda: equivalence_pairs(0.1, -1), "spread got -1"),
        (lambda: entropy([]), "counts got nothing but 0"),
        (lambda: entropy([0, 0]), "counts got nothing but 0; it takes at least one above 0"),
        (lambda: entropy([3, -1]), "counts got -1"),
        (lambda: entropy([0.5, 0.5]), "counts got 0.5"),
    ],
)
def test_what_has_no_interval_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_only_who_asks_for_an_interval_waits_for_scipy():
    program = "import sys, coordlib.cli; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


# Student's t of 2.776 for 4 degrees of freedom: equal spreads of 1 in three and three values.
def test_an_unpaired_interval_is_welchs():
    interval = unpaired_interval([1, 2, 3], [11, 12, 13])
    reach = 2.776445 * math.sqrt(1 / 3 + 1 / 3)
    assert interval.low == pytest.approx(10 - reach, abs=1e-5)
    assert interval.high == pytest.approx(10 + reach, abs=1e-5)


def test_an_unpaired_interval_holds_the_difference_as_often_as_it_says():
    draws, held, times = random.Random(0), 0, 1000
    for _ in range(times):
        ones = [draws.gauss(0, 1) for _ in range(5)]
        others = [draws.gauss(2, 3) for _ in range(5)]
        interval = unpaired_interval(ones, others)
        held += interval.low <= 2 <= interval.high
    assert 0.93 <= held / times <= 0.975


def test_values_that_do_not_spread_have_an_interval_of_no_width():
    interval = unpaired_interval([1.0, 1.0], [4.0, 4.0])
    assert (interval.low, interval.high) == (3, 3)


@pytest.mark.parametrize(
    ("ones", "others", "named"),
    [([1], [1, 2], "ones got 1"), ([1, 2], [], "others got 0"), ([1, math.inf], [1, 2], "ones")],
)
def test_an_unpaired_interval_names_what_it_does_not_take(ones, others, named):
    with pytest.raises(ValueError, match=named):
        unpaired_interval(ones, others)


# Of 2³ flips of (1, 2, 3) only those with all signs alike have a mean of 2; four have one of at
# least 4/3: all alike, and those in which the 1 alone has the other sign.
@pytest.mark.parametrize(
    ("differences", "p"),
    [([1, 2, 3], 2 / 8), ([-1, 2, 3], 4 / 8), ([1] * 10, 2 / 1024), ([0, 0], 1), ([1, -1], 1)],
)
def test_the_test_that_flips_signs_counts_all_flips(differences, p):
    assert sign_flip_test(differences) == pytest.approx(p)
    assert sign_flip_test([-each for each in differences]) == pytest.approx(p)


def test_the_test_that_flips_signs_takes_two_numbers_at_least():
    with pytest.raises(ValueError, match="differences got 1"):
        sign_flip_test([1.0])
