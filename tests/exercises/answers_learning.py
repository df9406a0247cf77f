"""Answers for notebook 11: since when an agent can do it."""

import math
from itertools import accumulate

import numpy as np


def backwards(frames, scores, threshold):
    since = math.inf
    for played, earned in zip(reversed(frames), reversed(scores), strict=True):
        if earned < threshold:
            break
        since = played
    return since


def forwards(frames, scores, threshold):
    since = None
    for played, earned in zip(frames, scores, strict=True):
        if earned < threshold:
            since = None
        elif since is None:
            since = played
    return math.inf if since is None else float(since)


def by_rests(frames, scores, threshold):
    """Another right form: all that is left of the curve is looked at from each evaluation on."""
    good = (all(one >= threshold for one in scores[k:]) for k in range(len(scores)))
    return min([at for at, one in zip(frames, good, strict=True) if one], default=math.inf)


def in_numpy(frames, scores, threshold):
    worst = np.minimum.accumulate(np.array(scores)[::-1])[::-1]
    place = np.searchsorted(worst, threshold)
    return np.array([*frames, np.inf])[place]


def by_the_worst(frames, scores, threshold):
    worst = [*accumulate(reversed(scores), min)]
    held = sum(one >= threshold for one in worst)
    return frames[-held] if held else math.inf


def first(frames, scores, threshold):
    return min([at for at, one in zip(frames, scores, strict=True) if one >= threshold] or [1e99])


def else_infinite(since):
    """An answer for curves that end well, and infinity for others."""
    return lambda frames, scores, threshold: (
        since(frames, scores, threshold) if scores[-1] >= threshold else math.inf
    )


def never_is(value):
    def since(*case):
        found = backwards(*case)
        return value if found == math.inf else found

    return since


def first_infinite(*case):
    found = first(*case)
    return found if found < 1e99 else math.inf


def last_below(frames, scores, threshold):
    below = [at for at, one in zip(frames, scores, strict=True) if one < threshold]
    return max(below, default=frames[0])


def on_average(frames, scores, threshold):
    for place, at in enumerate(frames):
        rest = scores[place:]
        if np.mean(rest) >= threshold:
            return at
    return math.inf


def twice(frames, scores, threshold):
    for at, pair in zip(frames, zip(scores, scores[1:], strict=False), strict=False):
        if min(pair) >= threshold:
            return at
    return math.inf


def too_far(frames, scores, threshold):
    place = len(scores)
    while scores[place - 1] >= threshold:
        place -= 1
    return frames[place]


RIGHT = {"11.5": [backwards, forwards, by_rests, in_numpy, by_the_worst]}

WRONG = {
    "11.5": [
        (first_infinite, "that is the first touch, which may be luck"),
        (else_infinite(first), "that is the first touch, which may be luck"),
        (
            lambda frames, scores, threshold: backwards(frames, scores, threshold + 1e-9),
            "at least means >=",
        ),
        (
            lambda frames, *rest: backwards(list(range(len(frames))), *rest),
            "that is the number of the evaluation",
        ),
        (
            lambda frames, *rest: backwards(list(range(1, len(frames) + 1)), *rest),
            "that is the number of the evaluation",
        ),
        (lambda frames, scores, least: backwards(scores, scores, least), "that is the score"),
        (
            lambda frames, *rest: min(backwards(frames, *rest), frames[-1]),
            "a curve that ends below the threshold never learnt it for good",
        ),
        (never_is(0), "it gets infinity"),
        (never_is(-1), "it gets infinity"),
        (never_is(math.nan), "it gets infinity"),
        (never_is(None), "returned None; is its `return` missing?"),
        (never_is("never"), "the result is a str"),
        (else_infinite(lambda frames, *_: frames[-1]), "that is the last evaluation of every"),
        (last_below, "that is the last evaluation below the threshold"),
        (else_infinite(last_below), "that is the last evaluation below the threshold"),
        (on_average, "at least the threshold on average"),
        (twice, "twice in a row isn't for good"),
        (
            lambda frames, scores, least: backwards(frames, [-one for one in scores], -least),
            "turned round: from then on the scores are at most",
        ),
        (
            lambda *case: backwards(*case) - 1,
            "for frames [4000, 6500, 9000, 11500, 14000], scores [0.2, 0.6, 0.4, 0.7, 0.9] and "
            "threshold 0.5 you say 11,499; it should be 11,500",
        ),
        (too_far, "list index out of range"),
    ],
}
