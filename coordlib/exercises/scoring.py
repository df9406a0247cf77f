"""Checker for notebook 09: the detector's loss, and that its gradients reach what is to learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import equal, judge, number, plural


def loss(scores: Tensor, objects: Tensor, moves: Tensor, wanted: Tensor) -> Tensor:
    """The detector's loss of some sampled boxes, a scalar.

    scores: (m, 2), the logits of object and ground. objects: booleans (m,), which boxes are
    objects. moves, wanted: (p, 4), the network's moves of the positive ones and the right ones; p
    may be 0.

    The mean cross-entropy, plus the mean over p of the sum over a move's four numbers of off², or
    of |off| where that is above 1.
    """
    entropy = F.cross_entropy(scores, (~objects).long())
    off = (moves - wanted).abs()
    off = torch.where(off <= 1, off.square(), off).sum(1)
    return entropy + off.sum() / max(1, len(off))


@exercise("9.8", minutes=8, difficulty=2, stand_in=loss)
def detectors_loss(answer: Callable[[Tensor, Tensor, Tensor, Tensor], Any]) -> str:
    """Cross-entropy of the sampled boxes' scores plus how far the positive moves are off."""

    def of(
        way: Callable[[Tensor], Tensor],
        mean: Callable[[Tensor], Tensor] = lambda off: off.sum() / max(1, len(off)),
        entropy: Callable[[Tensor, Tensor], Tensor] = lambda scores, objects: F.cross_entropy(
            scores, (~objects).long()
        ),
    ) -> Callable[..., Tensor]:
        """From a number's way off, what is made of all of them, and the other part, to a loss."""
        return lambda scores, objects, moves, wanted: (
            entropy(scores, objects) + mean(way(moves - wanted))
        )

    def bent(off: Tensor) -> Tensor:
        return torch.where(off.abs() <= 1, off.square(), off.abs())

    cases = _samples()
    judge(
        answer,
        cases,
        loss,
        read=number,
        said=lambda scores, objects, moves, wanted: (
            f"for {plural(len(scores), 'sample')} with {plural(len(moves), 'positive')}"
        ),
        mistakes=(
            (
                of(bent, entropy=lambda scores, objects: F.cross_entropy(scores, objects.long())),
                "the kinds are swapped: the first logit is the object's, so an object is class 0",
            ),
            (
                of(
                    bent,
                    entropy=lambda scores, objects: F.cross_entropy(
                        scores, (~objects).long(), reduction="sum"
                    ),
                ),
                "the cross-entropy is added up; wanted is its mean",
            ),
            (
                of(
                    bent,
                    entropy=lambda scores, objects: F.cross_entropy(
                        scores.softmax(1), (~objects).long()
                    ),
                ),
                "`F.cross_entropy` takes the logits themselves; it has the softmax in it",
            ),
            (
                of(bent, lambda off: off.sum() / max(1, off.numel())),
                "the moves' part is the mean of all numbers; wanted is each move's sum of four, "
                "then the mean",
            ),
            (
                of(bent, torch.sum),
                "the moves' part is added up over the positives; wanted is their mean",
            ),
            (
                of(lambda off: torch.where(off.abs() <= 1, 0.5 * off.square(), off.abs() - 0.5)),
                "that is the usual smooth L1, with halves in it; wanted is off² and |off|",
            ),
            (of(torch.square), "every way off is squared; above 1 it is |off|"),
            (of(torch.abs), "every way off counts as |off|; up to 1 it is off²"),
            (
                of(lambda off: torch.where(off <= 1, off.square(), off)),
                "a way off below -1 is squared as well; what counts is |off|",
            ),
            (
                of(lambda off: torch.where(off.abs() <= 1, off.abs(), off.square())),
                "turned round: up to 1 it is off², above that |off|",
            ),
            (of(torch.zeros_like), "the moves' part is missing"),
            (
                of(bent, entropy=lambda scores, objects: torch.zeros(())),
                "the cross-entropy is missing",
            ),
            (
                lambda scores, objects, moves, wanted: (
                    F.cross_entropy(scores, (~objects).long())
                    + bent(moves - wanted).sum() / len(scores)
                ),
                "the moves' part is divided by the number of all sampled boxes; its mean is over "
                "the positives",
            ),
        ),
        tell=lambda found, wanted, *case: (
            "without positives the moves' part is 0; a mean of nothing is no number"
            if found.isnan() and not len(case[2])
            else None
        ),
    )
    for case in cases:
        _look_at_the_gradients(answer, *case)
    return "the right number, and its gradients reach scores and moves."


def _samples() -> list[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """Sampled boxes: usual ones, one positive alone, no positives, more positives than ground."""
    random = torch.Generator().manual_seed(8)
    cases = []
    for sampled, positive in ((12, 6), (1, 1), (6, 0), (9, 7)):
        scores = 2 * torch.randn(sampled, 2, generator=random)
        moves, wanted = 1.2 * torch.randn(2, positive, 4, generator=random)
        objects = torch.randperm(sampled, generator=random) < positive
        cases.append((scores, objects, moves, wanted))
    return cases


def _look_at_the_gradients(
    answer: Callable[..., Any], scores: Tensor, objects: Tensor, moves: Tensor, wanted: Tensor
) -> None:
    """Refuse a right number whose gradients don't reach scores and moves, or are others."""

    def gradients(function: Callable[..., Any]) -> list[Tensor | None]:
        with torch.enable_grad():
            given = [one.clone().requires_grad_() for one in (scores, moves)]
            result = function(given[0], objects, given[1], wanted)
            if not isinstance(result, Tensor) or not result.requires_grad:
                raise NotYet(
                    "the number is right, but nothing can be learned from it: it must stay a "
                    "tensor, without `.item()`, `.detach()` or a new `torch.tensor` on the way"
                )
            return list(torch.autograd.grad(result.sum(), given, allow_unused=True))

    found, right = gradients(answer), gradients(loss)
    for name, ours, theirs in zip(("scores", "moves"), found, right, strict=True):
        if ours is None and theirs.any():
            raise NotYet(
                f"the number is right, but no gradient reaches `{name}`: is it cut off by "
                "`.detach()`, `.data` or `.item()`?"
            )
        if ours is not None and not equal(ours, theirs):
            raise NotYet(f"the number is right, but the gradient of `{name}` is not")
