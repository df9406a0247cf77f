"""Answers for notebook 10: a test of equivalence, and verdicts."""

import numpy as np
import torch

from coordlib import exercises
from coordlib.exercises.comparing import interval
from coordlib.exercises.deciding import verdict as lent_verdict
from coordlib.exercises.equating import equivalent
from coordlib.statistics import equivalence
from tests.exercises.answers_comparing import ends, ends_in_numpy, ends_in_plain_python, only


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

LENT = "the course's own function for this exercise did the work"
OUTSIDE = "that says whether a difference was found; wanted is whether it is small"
FOUND_NOTHING = "that the interval holds 0 says that no difference was found, not that it is small"

WRONG = {
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
        (
            lambda d, m, f: within(d, 1, f),
            "margin of 0.48 and a factor of 2.92: you say True; the interval goes from",
        ),
        (lambda *case: True, "you always say True; here the interval goes from -0.5 to 1.5"),
        (lambda *case: False, "you always say False; here the interval goes from -0.3 to 0.4"),
        (asked(lambda low, high, m: m < low and high < m), "you always say False"),
        (asked(lambda low, high, margin: low < 0 < high), FOUND_NOTHING),
        (
            asked(lambda low, high, margin: -margin < low < 0 < high < margin),
            "you ask for 0 in the interval as well",
        ),
        (lambda d, m, f: within(d, m - 0.001, f), "you say False; the interval goes from -0.2 to"),
        (lambda d, m, f: within(d, m + 0.001, f), "the interval goes from -0.5005 to 0.2"),
        (
            asked(lambda low, high, m: round(float(low), 1) > -m and round(float(high), 1) < m),
            "you say False; the interval goes from",
        ),
        (
            asked(lambda low, high, margin: -margin < low and high <= margin),
            "for the differences 1.25, 0.25, 0.25, 0.25, a margin of 1 and a factor of 2: you say "
            "True; the interval goes from 0 to 1; an end at 1 exactly is on neither side of it",
        ),
        (lambda *case: equivalent(*case), LENT),
        (lambda *case: exercises.own("10.3", None)(*case), LENT),
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
        (
            first("gain", "no difference", "harm", otherwise="undecided"),
            'a difference may be certain, and small: that is "no difference" as well',
        ),
        (
            asked(
                lambda low, high, m: (
                    "no difference"
                    if -m < low < 0 < high < m
                    else "gain"
                    if low > 0
                    else "harm"
                    if high < 0
                    else "undecided"
                )
            ),
            'a difference may be certain, and small: that is "no difference" as well',
        ),
        (
            asked(
                lambda low, high, m: (
                    "no difference"
                    if -m < low and high < m
                    else "gain"
                    if low > m
                    else "harm"
                    if high < 0
                    else "undecided"
                )
            ),
            "for gain or harm the interval need not lie beyond the margin, only beyond 0",
        ),
        (lambda *case: lent_verdict(*case), LENT),
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
