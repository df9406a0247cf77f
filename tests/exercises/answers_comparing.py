"""Answers for notebook 10: intervals of differences, a test of equivalence, and verdicts."""

import math
import statistics

import numpy as np
import torch
from scipy import stats

from coordlib.exercises.comparing import interval
from coordlib.statistics import equivalence, paired_interval


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


def within(differences, margin, factor, ends=ends):
    low, high = ends(differences, factor)
    return -margin < low and high < margin


def by_two_tests(differences, margin, factor):
    """Another right form: each side's own t."""
    error = differences.std() / len(differences) ** 0.5
    below = (margin - differences.mean()) / error
    above = (margin + differences.mean()) / error
    return bool(below > factor) and bool(above > factor)


def by_the_mean_and_the_reach(differences, margin, factor):
    values = differences.double().numpy()
    return abs(values.mean()) + factor * values.std(ddof=1) / np.sqrt(len(values)) < margin


def asked(rule):
    return lambda differences, margin, factor: rule(*ends(differences, factor), margin)


def verdict(differences, margin, factor, ends=ends):
    low, high = ends(differences, factor)
    if -margin < low and high < margin:
        return "no difference"
    return "gain" if low > 0 else "harm" if high < 0 else "undecided"


def verdict_step_by_step(differences, margin, factor):
    low, high = ends_in_plain_python(differences, factor)
    if max(abs(low), abs(high)) < margin:
        word = "no difference"
    elif high < 0:
        word = "harm"
    elif low <= 0 <= high:
        word = "undecided"
    else:
        word = "gain"
    return word


def verdict_by_the_ends_signs(differences, margin, factor):
    if by_two_tests(differences, margin, factor):
        return "no difference"
    low, high = np.sign(ends_in_numpy(differences, factor))
    return {(1, 1): "gain", (-1, -1): "harm"}.get((low, high), "undecided")


def first(*words, otherwise):
    """The first of some words whose question is answered by yes."""
    questions = {
        "no difference": lambda low, high, margin: -margin < low and high < margin,
        "gain": lambda low, high, margin: low > 0,
        "harm": lambda low, high, margin: high < 0,
    }
    return asked(lambda *case: next((word for word in words if questions[word](*case)), otherwise))


def instead(**words):
    return lambda *case: words.get(verdict(*case), verdict(*case))


RIGHT = {
    "10.2": [ends, ends_in_plain_python, ends_in_numpy, ends_by_statistics, ends_over_n],
    "10.3": [
        within,
        by_two_tests,
        by_the_mean_and_the_reach,
        lambda *case: within(*case, ends=interval),
        lambda *case: torch.tensor([by_two_tests(*case)]),
    ],
    "10.6": [
        verdict,
        verdict_step_by_step,
        verdict_by_the_ends_signs,
        lambda *case: verdict(*case, ends=interval),
        lambda *case: np.array(["gain", verdict(*case)])[1],
    ],
}

OUTSIDE = "that says whether a difference was found; wanted is whether it is small"
FOUND_NOTHING = "that the interval holds 0 says that no difference was found, not that it is small"

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
        (only(5, ends, (0, 1)), "for 2 differences: with factor 6.314 its "),
        (
            lambda d, f: [round(float(one), 2) for one in ends(d, f)],
            "end is -1.36; it should be -1.3",
        ),
        (sorted_in_place, "changes `differences`"),
        (by_scipy, "sem helped; write mean ± factor · s / √n yourself"),
        (by_our_interval, "the result is right, but coordlib helped"),
    ],
    "10.3": [
        (asked(lambda low, high, margin: low <= 0 <= high), FOUND_NOTHING),
        (asked(lambda low, high, margin: low > 0 or high < 0), OUTSIDE),
        (
            asked(lambda low, high, margin: -margin < low <= 0 <= high < margin),
            "you ask for 0 in the interval as well",
        ),
        (
            lambda differences, margin, factor: abs(differences.mean()) < margin,
            "you ask for the mean within the margin; the whole interval has to be",
        ),
        (asked(lambda low, high, margin: high < margin), "the interval may end below -margin"),
        (asked(lambda low, high, margin: low > -margin), "the interval may end above the margin"),
        (asked(lambda low, high, margin: abs(low) < margin), "you test the low end alone"),
        (asked(lambda low, high, margin: abs(high) < margin), "you test the high end alone"),
        (asked(lambda low, high, margin: low > -margin or high < margin), "`and`, not `or`"),
        (
            asked(lambda low, high, margin: low < margin and high > -margin),
            "for you it is enough that the interval reaches within the margin",
        ),
        (
            asked(lambda low, high, margin: low < -margin and margin < high),
            "turned round: the interval has to lie within the margins, not they in it",
        ),
        (lambda *case: not within(*case), "turned round: True means"),
        (asked(lambda low, high, margin: high - low < margin), "you compare the interval's width"),
        (
            asked(lambda low, high, margin: high - low < 2 * margin),
            "you compare the interval's width",
        ),
        (
            asked(lambda low, high, margin: -margin <= low and high <= margin),
            "an end that lies at the margin exactly does not lie within it",
        ),
        (
            lambda differences, margin, factor: bool((differences.abs() < margin).all()),
            "you ask for every difference within the margin",
        ),
        (
            lambda d, m, f: within(
                d, m, f, lambda d, f: ends(d, f, s=lambda d: d.std(correction=0))
            ),
            "the question is right, but not the interval: the standard deviation is over n",
        ),
        (
            lambda d, m, f: within(d, m, f, lambda d, f: ends(d, f, root=lambda n: 1)),
            "the question is right, but not the interval: √n is missing",
        ),
        (
            lambda d, m, f: equivalence(d.tolist(), m) < 0.05,
            "the question is right, but not the interval: `factor` is given",
        ),
        (lambda d, m, f: equivalence(d.tolist(), m), "holds decimal numbers; wanted are booleans"),
        (lambda d, m, f: within(d, 1, f), "margin of 0.48: you say True; the interval goes from"),
        (lambda *case: True, "you say True; the interval goes from -0.5 to 1.5"),
        (only(5, within, True), "you say True; the interval goes from"),
        (lambda *case: [within(*case)] * 2, "the result has shape (2,); wanted is True or False"),
        (
            lambda differences, *case: (differences.zero_(), False)[1],
            "changes `differences`",
        ),
    ],
    "10.6": [
        (
            first("gain", "harm", "no difference", otherwise="undecided"),
            'a difference may be certain, and small: that is "no difference" as well',
        ),
        (
            first("gain", "harm", otherwise="no difference"),
            'an interval that holds 0 is no proof of "no difference"',
        ),
        (
            first("no difference", "gain", "harm", otherwise="no difference"),
            'an interval that holds 0 is no proof of "no difference"',
        ),
        (first("gain", "harm", otherwise="undecided"), 'you never say "no difference"'),
        (
            lambda d, m, f: (
                "no difference" if within(d, m, f) else "gain" if d.mean() > 0 else "harm"
            ),
            "the mean's sign decides for you; the whole interval has to lie",
        ),
        (
            lambda d, m, f: "gain" if d.mean() > 0 else "harm",
            "the mean's sign decides for you; the interval tells",
        ),
        (
            lambda d, m, f: "no difference" if abs(d.mean()) < m else verdict(d, m, f),
            "you ask for the mean within the margin",
        ),
        (
            lambda d, m, f: (
                "no difference"
                if asked(lambda low, high, m: low < m and -m < high)(d, m, f)
                else verdict(d, m, f)
            ),
            "for you it is enough that the interval reaches within the margin",
        ),
        (
            asked(
                lambda low, high, m: (
                    "no difference"
                    if -m < low and high < m
                    else "gain"
                    if low >= m
                    else "harm"
                    if high <= -m
                    else "undecided"
                )
            ),
            "for gain or harm the interval need not lie beyond the margin, only beyond 0",
        ),
        (instead(gain="harm", harm="gain"), "gain and harm are swapped"),
        (instead(harm="undecided"), 'you never say "harm"'),
        (instead(gain="undecided"), 'you never say "gain"'),
        (instead(undecided="harm"), 'some are "undecided"'),
        (
            lambda d, m, f: verdict(d, m + 1e-6, f),
            "an end that lies at the margin exactly does not lie within it",
        ),
        (
            asked(
                lambda low, high, m: (
                    "no difference"
                    if -m < low and high < m
                    else "gain"
                    if low >= 0
                    else "harm"
                    if high <= 0
                    else "undecided"
                )
            ),
            "an interval that begins or ends at 0 exactly lies neither above nor below it",
        ),
        (lambda *case: "undecided", 'you say "undecided"; the interval goes from -0.3 to 0.4'),
        (only(5, verdict, "gain"), 'you say "gain"; the interval goes from'),
        (lambda *case: "equal", 'the result is "equal"; wanted is one of "gain", "harm"'),
        (lambda *case: verdict(*case).title(), 'the result is "No Difference"; wanted is one of'),
        (by_two_tests, "the result is a bool; wanted is one of the words"),
        (
            lambda differences, margin, factor: verdict(differences.neg_(), margin, factor),
            "changes `differences`",
        ),
    ],
}
