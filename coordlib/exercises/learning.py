"""Checker for notebook 11: since when an agent can do it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import fmean

from torch import Tensor

from coordlib.exercises import exercise
from coordlib.exercises.checking import judge, number, unlike

Since = Callable[[Sequence[int], Sequence[float], float], float]


def learnt_at(frames: Sequence[int], scores: Sequence[float], threshold: float) -> float:
    """From how many frames on an agent's scores stay at least the threshold, to the curve's end.

    frames: how many had been played at each evaluation, in rising order. scores: what the agent
    earned there, as many. Gives math.inf for one that doesn't end there.
    """
    return _since([one >= threshold for one in scores], frames)


def _since(good: Sequence[bool], frames: Sequence[int], never: float = math.inf) -> float:
    """The first of the frames from which on all is good, or `never`."""
    bad = [place for place, one in enumerate(good) if not one]
    start = bad[-1] + 1 if bad else 0
    return frames[start] if start < len(good) else never


def _first(frames: Sequence[int], scores: Sequence[float], threshold: float) -> float:
    reached = (at for at, one in zip(frames, scores, strict=False) if one >= threshold)
    return next(reached, math.inf)


def _last_below(frames: Sequence[int], scores: Sequence[float], threshold: float) -> float:
    below = (at for at, one in zip(frames, scores, strict=True) if one < threshold)
    return max(below, default=frames[0])


def _if_at_all(since: Since) -> Since:
    """As `since` says where the curve ends at the threshold or above, and never elsewhere."""
    return lambda frames, scores, threshold: (
        since(frames, scores, threshold) if scores[-1] >= threshold else math.inf
    )


_LUCK = "that is the first touch, which may be luck; from when on does it stay?"
_NEVER = "a curve that ends below the threshold never learnt it for good: it gets infinity"
_MISTAKES = (
    (_first, _LUCK),
    (_if_at_all(_first), _LUCK),
    (
        lambda frames, scores, threshold: _since([one > threshold for one in scores], frames),
        "a score that equals the threshold reaches it: at least means >=",
    ),
    (
        lambda frames, scores, threshold: learnt_at(range(len(frames)), scores, threshold),
        "that is the number of the evaluation; how many frames had been played by then?",
    ),
    (
        lambda frames, scores, threshold: learnt_at(range(1, len(frames) + 1), scores, threshold),
        "that is the number of the evaluation; how many frames had been played by then?",
    ),
    (
        lambda frames, scores, threshold: learnt_at(scores, scores, threshold),
        "that is the score; how many frames had been played by then?",
    ),
    (
        lambda frames, scores, threshold: min(learnt_at(frames, scores, threshold), frames[-1]),
        _NEVER,
    ),
    *(
        (
            lambda frames, scores, threshold, never=never: _since(
                [one >= threshold for one in scores], frames, never
            ),
            _NEVER,
        )
        for never in (0, -1, math.nan)
    ),
    (
        _if_at_all(lambda frames, scores, threshold: frames[-1]),
        "that is the last evaluation of every curve that ends well; when did it begin to?",
    ),
    *(
        (since, "that is the last evaluation below the threshold; the one after it is meant")
        for since in (_last_below, _if_at_all(_last_below))
    ),
    (
        lambda frames, scores, threshold: _first(
            frames, [fmean(scores[place:]) for place in range(len(scores))], threshold
        ),
        "later scores are at least the threshold on average; wanted is each of them",
    ),
    (
        lambda frames, scores, threshold: _first(
            frames, [*map(min, scores, scores[1:])], threshold
        ),
        "twice in a row isn't for good: all later scores count",
    ),
    (
        lambda frames, scores, threshold: _since([one <= threshold for one in scores], frames),
        "turned round: from then on the scores are at most the threshold",
    ),
)


@exercise("11.5", minutes=8, difficulty=2, stand_in=learnt_at)
def learnt_for_good(answer: Since) -> str:
    """Frames, scores and a threshold to the frames from which on the threshold is held."""
    curves = (
        ([0.2, 0.6, 0.4, 0.7, 0.9], 0.5),
        ([0.1, 0.2, 0.3], 0.5),
        ([0.9, 0.8, 0.9], 0.5),
        ([-20.5, -3.0, 2.0, 1.0, 3.5, 2.0], 2.0),
        ([0.1, 0.9, 0.95, 0.3, 0.96, 0.97], 0.95),
        ([0.3, 0.8, 0.9, 0.9, 0.4], 0.8),
        ([210.0, 340.0, 590.0, 480.0, 700.0, 650.0], 500.0),
        ([0.0, 0.5], 0.5),
        ([0.4], 0.1),
        ([0.1], 0.4),
    )
    judge(
        answer,
        [
            ([4_000 + 2_500 * place for place in range(len(scores))], scores, threshold)
            for scores, threshold in curves
        ],
        learnt_at,
        read=number,
        mistakes=_MISTAKES,
        tell=_curves_differ,
    )
    return "a first touch may be luck; what stays to the end is learnt."


def _curves_differ(
    found: Tensor,
    wanted: Tensor,
    frames: Sequence[int],
    scores: Sequence[float],
    threshold: float,
) -> str:
    ours, right = unlike(found.item(), wanted.item())
    return (
        f"for frames {list(frames)}, scores {list(scores)} and threshold {threshold:g} you say "
        f"{ours}; it should be {right}"
    )
