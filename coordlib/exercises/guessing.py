"""Checkers for notebook 02: what a guess about a canvas costs, and what its pixels hear."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from coordlib.exercises import exercise
from coordlib.exercises.checking import difference, equal, judge, number, tensor, unlike
from coordlib.exercises.guarding import by_hand
from coordlib.exercises.tracing import look_at_the_gradients

Function = Callable[[Tensor, Tensor], Any]  # of logits and positions
_ROOM = 64  # what is as right on paper, such as a sum before its logarithm, rounds more
_LARGE = 200


def canvas_loss(logits: Tensor, positions: Tensor) -> Tensor:
    """The mean cross-entropy of the right pixels, in nats, a scalar.

    logits: (n, 1, height, width), of which each canvas has its own softmax. positions: (n, 2),
    columns (x, y). It is the loss of `coordlib.tasks.classification` (paper section 4.1).
    """
    return F.cross_entropy(logits.flatten(1), _right(logits, positions))


def slopes(logits: Tensor, positions: Tensor) -> Tensor:
    """The slope of `canvas_loss` for each logit: (n, 1, height, width), as the logits are."""
    return (_softmax(logits) - _ones(logits, positions)) / len(logits)


def _right(logits: Tensor, positions: Tensor) -> Tensor:
    """The number of each right pixel, counted row by row."""
    return positions[:, 1] * logits.shape[3] + positions[:, 0]


def _misnumbered(logits: Tensor, positions: Tensor) -> Tensor:
    """The positions of which `_right` is the number that y · height + x gives."""
    number = positions[:, 1] * logits.shape[2] + positions[:, 0]
    return torch.stack((number % logits.shape[3], number // logits.shape[3]), 1)


def _for_all(function: Function, logits: Tensor, positions: Tensor) -> Tensor:
    """What a function gives if all canvases have position 0, then position 1, …: (n, …)."""
    return torch.stack([function(logits, one.expand_as(positions)) for one in positions])


def _ones(logits: Tensor, positions: Tensor) -> Tensor:
    """1 at each right pixel, 0 elsewhere."""
    pixels = F.one_hot(_right(logits, positions), logits[0].numel())
    return pixels.view_as(logits).to(logits.dtype)


def _softmax(logits: Tensor, axes: tuple[int, ...] = (1, 2, 3)) -> Tensor:
    return (logits - logits.logsumexp(axes, keepdim=True)).exp()


def _told(logits: Tensor, positions: Tensor, axes: tuple[int, ...] = (1, 2, 3)) -> Tensor:
    """The probability of each right pixel, (n,), by a softmax along these axes."""
    return (_softmax(logits, axes) * _ones(logits, positions)).sum((1, 2, 3))


def _at_right(logits: Tensor, positions: Tensor) -> Tensor:
    return (logits * _ones(logits, positions)).sum((1, 2, 3))


_SWAPPED = "x and y are swapped: a canvas is indexed [row, column], that is [y, x]"
_ALONG = "your softmax runs along {} alone; a canvas has one, over all of its pixels"
_WHOLE = "your softmax runs over the whole batch; each canvas has its own"
_AXES = (
    ((0, 1, 2, 3), _WHOLE),
    ((3,), _ALONG.format("a row")),
    ((2,), _ALONG.format("a column")),
    ((1,), _ALONG.format("the channel")),
    ((0,), _ALONG.format("the batch")),
)
_MISNUMBERED = "counted row by row, the right pixel is number y · width + x"
_ALL_FROM_ALL = (
    "every canvas is asked for all positions; pair them: `[torch.arange(n), 0, y, x]`, not "
    "`[:, 0, y, x]`"
)


@exercise("2.5", minutes=10, difficulty=2, stand_in=canvas_loss)
def loss_of_a_canvas(answer: Function) -> str:
    """Logits (n, 1, h, w) and positions (n, 2) to the mean of -ln p, a scalar."""
    cases = _cases()
    judge(
        answer,
        cases,
        canvas_loss,
        read=number,
        said=_counted,
        mistakes=(
            (lambda logits, p: canvas_loss(logits, p.flip(1)), _SWAPPED),
            (lambda logits, p: canvas_loss(logits, _misnumbered(logits, p)), _MISNUMBERED),
            (lambda *case: _for_all(canvas_loss, *case).mean(), _ALL_FROM_ALL),
            (
                lambda logits, p: canvas_loss(logits, p) - logits.amax((1, 2, 3)).mean(),
                "the largest logit is subtracted in the sum alone; the right one lacks it",
            ),
            (
                lambda logits, p: canvas_loss(logits, p) - math.log(logits[0].numel()),
                "a softmax divides by the sum over all pixels, not by their mean",
            ),
            (
                lambda *case: -canvas_loss(*case),
                "the sign is turned: a logarithm of a probability is below 0, a loss above",
            ),
            (
                lambda logits, p: canvas_loss(logits, p) * len(logits),
                "that is the sum over the batch; wanted is the mean",
            ),
            (lambda *case: canvas_loss(*case) / math.log(2), "that is in bits; take the ln"),
            (lambda *case: canvas_loss(*case) / math.log(10), "that is to base 10; take the ln"),
            (
                lambda *case: _told(*case).mean(),
                "that is the mean probability of the right pixel; the loss is minus its logarithm",
            ),
            (
                lambda *case: -_told(*case).mean(),
                "that is -p; the loss is minus the logarithm of p",
            ),
            (
                lambda *case: (1 - _told(*case)).mean(),
                "that is 1 - p; the loss is minus the logarithm of p",
            ),
            (
                lambda *case: -_told(*case).mean().log(),
                "you take the mean of the probabilities, then its logarithm; each picture has a "
                "loss of its own, and wanted is their mean",
            ),
            *(
                (lambda *case, axes=axes: -_told(*case, axes).log().mean(), why)
                for axes, why in _AXES
            ),
            (
                lambda *case: -_at_right(*case).mean(),
                "that is minus the logit itself; the softmax makes a probability of it",
            ),
            (
                lambda *case: F.softplus(-_at_right(*case)).mean(),
                "that is each pixel's own sigmoid; in a softmax all pixels share 1",
            ),
            (
                lambda *case: F.binary_cross_entropy_with_logits(case[0], _ones(*case)),
                "that is each pixel's own cross-entropy; here all pixels together make one choice",
            ),
            (
                lambda logits, p: canvas_loss(logits, p) / logits[0].numel(),
                "that is divided by the number of pixels too; wanted is the mean over pictures",
            ),
            (
                lambda logits, p: canvas_loss(logits[:1], p[:1]),
                "that is the loss of the first picture alone; wanted is the mean of all",
            ),
            (
                lambda logits, p: canvas_loss(logits, p[:1].expand_as(p)),
                "all canvases are asked for the first position",
            ),
        ),
        tell=_losses_differ,
        room=_ROOM,
    )
    large = _large()
    judge(
        answer,
        [large],
        canvas_loss,
        read=number,
        said=lambda *case: f"for logits as large as {_LARGE}",
        tell=_losses_differ,
        room=_ROOM,
    )
    for case in (*cases, large):
        look_at_the_gradients(answer, canvas_loss, case, logits=0)
    by_hand(
        lambda: answer(*cases[0]),
        "write softmax and logarithm yourself",
        "*softmax*",
        "*cross_entropy*",
        "*CrossEntropy*",
        "nll_loss",
    )
    return "one number that says how wrong a network is, for logits as large as 200 too."


def _losses_differ(found: Tensor, wanted: Tensor, logits: Tensor, positions: Tensor) -> str:
    said = "your answer is {}; it should be {}".format(*unlike(found.item(), wanted.item()))
    if not found.isfinite():
        return (
            f"{said}. There `exp` gives infinity, or 0: bring each canvas's logits down first, by "
            "as much as that canvas needs. What changes no probability?"
        )
    if logits.max() < _LARGE:
        return said
    return f"{said}: what was rounded to 0 is not brought back by `clamp` or an added ε"


@exercise("2.6", minutes=8, difficulty=2, stand_in=slopes)
def what_pixels_hear(answer: Function) -> str:
    """Logits (n, 1, h, w) and positions (n, 2) to the slope of 2.5's loss for each logit."""
    cases = [*_cases(), _large()]
    judge(
        answer,
        cases,
        slopes,
        read=lambda value: tensor(value, "with which the page goes on", "the logits are"),
        said=_counted,
        mistakes=(
            (lambda logits, p: slopes(logits, p.flip(1)), _SWAPPED),
            (lambda logits, p: slopes(logits, _misnumbered(logits, p)), _MISNUMBERED),
            (
                lambda logits, p: (
                    (_softmax(logits) - _for_all(_ones, logits, p).sum(0)) / len(logits)
                ),
                _ALL_FROM_ALL,
            ),
            (
                lambda *case: -slopes(*case),
                "the signs are turned: a larger logit of the right pixel makes the loss smaller, "
                "so its slope is below 0",
            ),
            (
                lambda logits, p: slopes(logits, p) * len(logits),
                "those are the slopes of each picture's own loss; in the mean of n losses a "
                "picture has an n-th part",
            ),
            (
                lambda logits, p: _softmax(logits) / len(logits),
                "right for all pixels but the right one, whose own logit is in the loss once more",
            ),
            (
                lambda logits, p: (_softmax(logits) + _ones(logits, p)) / len(logits),
                "at the right pixel 1 goes away; you add it",
            ),
            (
                lambda logits, p: _softmax(logits) - _ones(logits, p) / len(logits),
                "the 1 alone is divided by n; the probabilities should be as well",
            ),
            (
                lambda logits, p: _softmax(logits) / len(logits) - _ones(logits, p),
                "the probabilities alone are divided by n; the 1 should be as well",
            ),
            (
                lambda *case: -_ones(*case) / len(case[0]),
                "only the right pixel hears something, and it hears the same whatever is said",
            ),
            (
                lambda *case: slopes(*case) * _ones(*case),
                "only the right pixel hears something; the others share the softmax with it",
            ),
            (
                lambda *case: slopes(*case) * (1 - _ones(*case)),
                "the right pixel hears nothing; it should be the one that is pushed up",
            ),
            (
                lambda logits, p: (logits - _ones(logits, p)) / len(logits),
                "logits are no probabilities: their softmax is",
            ),
            (
                lambda logits, p: (logits.sigmoid() - _ones(logits, p)) / len(logits),
                "that is each pixel's own sigmoid; in a softmax all pixels share 1",
            ),
            (
                lambda logits, p: _told(logits, p)[:, None, None, None] * slopes(logits, p),
                "those are the slopes of -p; the loss is -ln p",
            ),
            *(
                (
                    lambda *case, axes=axes: (
                        (_softmax(case[0], axes) - _ones(*case)) / len(case[0])
                    ),
                    why,
                )
                for axes, why in _AXES
            ),
            (
                lambda logits, p: slopes(logits, p) / logits[0].numel(),
                "that is divided by the number of pixels too; the loss isn't",
            ),
            (
                lambda logits, p: slopes(logits, p[:1].expand_as(p)),
                "all canvases are asked for the first position",
            ),
        ),
        tell=_slopes_differ,
        room=_ROOM,
    )
    by_hand(
        lambda: answer(*cases[0]),
        "write the slopes down yourself",
        "backward",
        "grad",
        "*vjp*",
        "*jac*",
        "*cross_entropy*",
        "*CrossEntropy*",
    )
    return "the right pixel is pushed up by 1 - p, and every other one down by what it says."


def _slopes_differ(found: Tensor, wanted: Tensor, logits: Tensor, positions: Tensor) -> str | None:
    if found.shape != wanted.shape:
        return None
    if found.isnan().any():
        return "it holds a NaN: does `exp` give infinity? Torch's own softmax may be used here"
    right = _ones(logits, positions) > 0
    if equal(found[~right], wanted[~right], _ROOM):
        ours, theirs = (one[right][0].item() for one in (found, wanted))
        return "at the right pixel of the first picture stands {}; it should be {}".format(
            *unlike(ours, theirs)
        )
    return difference(found, wanted)


def _cases() -> list[tuple[Tensor, Tensor]]:
    """Batches on canvases that are wide, high and square, one of a single picture."""
    random = torch.Generator().manual_seed(4)
    return [
        (
            (1.5 * torch.randn(n, 1, *size, generator=random)).clamp(-4, 4),
            torch.tensor(positions),
        )
        for n, size, positions in (
            (4, (6, 9), [[5, 2], [4, 5], [0, 3], [3, 0]]),
            (1, (7, 5), [[2, 4]]),
            (3, (8, 8), [[7, 1], [3, 6], [5, 4]]),
        )
    ]


def _large() -> tuple[Tensor, Tensor]:
    """Logits of which `exp` is infinite or 0 in float32; of the right pixels, some small.

    As in `_cases`, swapped positions lie on the canvas as well: who swaps them is to hear it.
    """
    logits = torch.zeros(3, 1, 4, 6)
    logits[0, 0, 1, 4], logits[1, 0, 3, 2], logits[2, 0] = _LARGE, -_LARGE, -_LARGE
    logits[2, 0, 2, 3] = 1 - _LARGE
    return logits, torch.tensor([[0, 2], [2, 3], [3, 2]])


def _counted(logits: Tensor, positions: Tensor) -> str:
    return "for a batch of {} on a canvas of {} × {}".format(len(logits), *logits.shape[2:])
