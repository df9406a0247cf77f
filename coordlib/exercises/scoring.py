"""Checker for notebook 09: the detector's loss, and that its gradients reach what is to learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from coordlib.exercises import exercise
from coordlib.exercises.checking import equal, judge, number, plural, unlike
from coordlib.exercises.tracing import look_at_the_gradients


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


@exercise("9.7", minutes=8, difficulty=2, stand_in=loss)
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

    def tell(
        found: Tensor, total: Tensor, scores: Tensor, objects: Tensor, moves: Tensor, wanted: Tensor
    ) -> str:
        """Which part is off: the answer is asked again, for moves that are right."""
        if found.isnan() and not len(moves):
            return "without positives the moves' part is 0; a mean of nothing is no number"
        entropy = loss(scores, objects, wanted, wanted)
        alone = number(answer(scores, objects, wanted, wanted))
        if not equal(alone, entropy):
            ours, theirs = unlike(alone.item(), entropy.item())
            return (
                f"were no move off, your answer would be {ours}; it should be {theirs}, the "
                "cross-entropy alone"
            )
        ours, theirs = unlike((found - entropy).item(), (total - entropy).item())
        return f"the cross-entropy is right, but the moves' part is {ours}; it should be {theirs}"

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
            (
                of(lambda off: torch.where(off.abs() <= 1, 0.5 * off.square(), off.abs())),
                "up to 1 you take half of off²; wanted is all of it",
            ),
            (of(torch.square), "every way off is squared; above 1 it is |off|"),
            (of(torch.abs), "every way off counts as |off|; up to 1 it is off²"),
            (
                of(lambda off: torch.where(off <= 1, off.square(), off)),
                "a way off below -1 is squared as well; what counts is |off|",
            ),
            (
                of(lambda off: torch.where(off.abs() <= 1, off.square(), off)),
                "a way off below -1 counts as less than 0; what counts is |off|",
            ),
            (
                of(lambda off: torch.where(off.abs() <= 1, off.square(), -off.abs())),
                "a way off of more than 1 counts as -|off|; wanted is |off|",
            ),
            (
                of(lambda off: torch.where(off.abs() <= 1, off.abs(), off.square())),
                "turned round: up to 1 it is off², above that |off|",
            ),
            (
                of(bent, entropy=lambda scores, objects: F.nll_loss(scores, (~objects).long())),
                "the cross-entropy lacks its softmax: `F.cross_entropy` has it, `F.nll_loss` not",
            ),
            (
                lambda scores, objects, moves, wanted: loss(
                    scores, torch.arange(len(scores)) < len(moves), moves, wanted
                ),
                "you take the first samples for the objects; `objects` says which ones are",
            ),
            (
                lambda *case: loss(*case) * (len(case[2]) > 0),
                "without positives all is 0; only the moves' part is",
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
        tell=tell,
    )
    for case in cases:
        look_at_the_gradients(answer, loss, case, scores=0, moves=2)
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
