"""Answers for notebook 10: intervals of differences."""

import math
import statistics

import numpy as np
import torch
from scipy import stats

from coordlib.statistics import paired_interval


def ends(differences, factor, s=torch.std, middle=torch.mean, root=math.sqrt):
    reach = factor * s(differences) / root(len(differences))
    return middle(differences) - reach, middle(differences) + reach


def ends_in_plain_python(differences, factor):
    """Another right form: sums and a loop."""
    values = [float(one) for one in differences]
    mean = sum(values) / len(values)
    squares = 0
    for one in values:
        squares += (one - mean) ** 2
    reach = factor * (squares / (len(values) - 1) / len(values)) ** 0.5
    return [mean - reach, mean + reach]


def ends_in_numpy(differences, factor):
    values = differences.numpy()
    reach = factor * np.std(values, ddof=1) / np.sqrt(values.size)
    return np.mean(values) + np.array([-1, 1]) * reach


def ends_by_statistics(differences, factor):
    values = differences.tolist()
    error = statistics.stdev(values) / len(values) ** 0.5
    return statistics.mean(values) - factor * error, statistics.mean(values) + factor * error


def ends_over_n(differences, factor):
    """Another right form: over n inside, and √(n - 1) outside."""
    return ends(differences, factor, s=lambda d: d.std(correction=0), root=lambda n: (n - 1) ** 0.5)


def sorted_in_place(differences, factor):
    result = ends(differences, factor)
    differences[:] = differences.sort().values
    return result


def by_scipy(differences, factor):
    reach = factor * stats.sem(differences.numpy())
    return differences.mean() - reach, differences.mean() + reach


def by_a_test(differences, factor):
    found = stats.ttest_1samp(differences.numpy(), 0).confidence_interval(0.9)
    return found.low, found.high


def by_our_interval(differences, factor):
    """Right for every factor, but only since Student's is divided out again."""
    found = paired_interval(differences.tolist())
    reach = (found.high - found.low) / 2 / stats.t.ppf(0.975, len(differences) - 1)
    return differences.mean() - factor * reach, differences.mean() + factor * reach


def only(size, right, otherwise=0):
    """Right for so many differences alone."""
    return lambda differences, *case: (
        right(differences, *case) if len(differences) == size else otherwise
    )


RIGHT = {
    "10.2": [ends, ends_in_plain_python, ends_in_numpy, ends_by_statistics, ends_over_n],
}

WRONG = {
    "10.2": [
        (
            lambda d, f: ends(d, f, s=lambda d: d.std(correction=0)),
            "the standard deviation is over n;",
        ),
        (
            lambda d, f: ends(d, f, s=lambda d: np.std(d.numpy())),
            "the standard deviation is over n;",
        ),
        (lambda d, f: ends(d, f, root=lambda n: (n - 1) ** 0.5), "you divide by √(n - 1)"),
        (lambda d, f: ends(d, f, s=torch.var), "you take the variance s²"),
        (lambda d, f: ends(d, f, root=lambda n: 1), "√n is missing"),
        (
            lambda d, f: ends(d, f, root=lambda n: n),
            "you divide by n; the mean scatters less by √n",
        ),
        (lambda d, f: ends(d, f, root=lambda n: n**-0.5), "you multiply by √n"),
        (lambda d, f: ends(d, f / 2), "it is half as wide as it should be"),
        (lambda d, f: ends(d, 2 * f), "it is twice as wide as it should be"),
        (lambda d, f: ends(d, 1), "`factor` is missing"),
        (lambda d, f: ends(d, f, s=lambda d: 1), "s is missing"),
        (lambda d, f: ends(d, f, middle=torch.median), "it lies around a median"),
        (lambda d, f: ends(d, f, middle=lambda d: np.median(d)), "it lies around a median"),
        (lambda d, f: ends(d, f, middle=torch.sum), "it lies around the sum"),
        (lambda d, f: ends(d - d.mean(), f), "it lies around 0"),
        (lambda d, f: ends(d.abs(), f), "you drop the signs of the differences"),
        (lambda d, f: ends(d, 1.96), "`factor` is given, and you take another number"),
        (lambda d, f: ends(d, 1.645), "`factor` is given, and you take another number"),
        (by_a_test, "`factor` is given, and you take another number"),
        (
            lambda d, f: (lambda one: (one.low, one.high))(paired_interval(d.tolist())),
            "`factor` is given, and you take another number",
        ),
        (lambda d, f: ends(d, f)[::-1], "the ends are swapped"),
        (
            lambda d, f: (d.mean(), f * d.std() / len(d) ** 0.5),
            "these are the middle and the reach",
        ),
        (lambda d, f: (d.min(), d.max()), "these are the smallest and the largest difference"),
        (lambda d, f: d.mean(), "wanted are 2 things: low, high"),
        (lambda d, f: (0.87, 1.34), "low end is 0.87; it should be -1.362"),
        (only(5, ends, (0, 1)), "for the differences -0.7, -2.5: with factor 6.314 the "),
        (
            lambda d, f: [round(float(one), 2) for one in ends(d, f)],
            "end is 2.26; it should be 2.262",
        ),
        (sorted_in_place, "changes `differences`"),
        (lambda d, f: (d.mean(),), "the result has 1 part; wanted are 2 things"),
        (by_scipy, "sem helped; write mean ± factor · s / √n yourself"),
        (by_our_interval, "the result is right, but coordlib helped"),
    ],
}
