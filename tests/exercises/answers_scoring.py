"""Answers for notebook 09's workshop: the detector's loss."""

import torch
from torch.nn import functional as F
from torchvision.ops import sigmoid_focal_loss


def entropy(scores, objects, **changes):
    return F.cross_entropy(scores, (~objects).long(), **changes)


def bent(off):
    return torch.where(off.abs() <= 1, off**2, off.abs())


def loss(scores, objects, moves, wanted, way=bent, mean=None, entropy=entropy):
    off = way(moves - wanted)
    return entropy(scores, objects) + (mean(off) if mean else off.sum() / max(1, len(off)))


def loss_by_loop(scores, objects, moves, wanted):
    """Another right form: a box at a time, the cross-entropy by its formula."""
    total = 0
    for (one, other), is_object in zip(scores, objects, strict=True):
        total = total + torch.logaddexp(one, other) - (one if is_object else other)
    total = total / len(scores)
    for ours, theirs in zip(moves, wanted, strict=True):
        for off in (ours - theirs).abs():
            total = total + (off * off if off <= 1 else off) / len(moves)
    return total


def loss_by_mask(scores, objects, moves, wanted):
    off = (moves - wanted).abs().flatten()
    small = off <= 1
    kinds = torch.tensor([0 if one else 1 for one in objects])
    far = (off[small] ** 2).sum() + off[~small].sum()
    return F.nll_loss(scores.log_softmax(1), kinds) + far / max(len(moves), 1)


def loss_with_probabilities(scores, objects, moves, wanted):
    target = torch.stack((objects, ~objects), 1).float()
    part = bent(moves - wanted).sum(1).mean() if len(moves) else 0
    return -(target * scores.log_softmax(1)).sum(1).mean() + part


def objects_first(scores, objects, moves, wanted):
    return loss(scores, torch.arange(len(scores)) < len(moves), moves, wanted)


def changes_wanted(scores, objects, moves, wanted):
    result = loss(scores, objects, moves, wanted)
    wanted -= moves.detach()
    return result


def straight_through(scores, objects, moves, wanted):
    right = loss(scores, objects, moves, wanted)
    return right.detach() + scores.sum() + moves.sum() - (scores.sum() + moves.sum()).detach()


RIGHT = {"9.7": [loss, loss_by_loop, loss_by_mask, loss_with_probabilities]}

WRONG = {
    "9.7": [
        (
            lambda *case: loss(*case, entropy=lambda scores, objects: entropy(scores, ~objects)),
            "the kinds are swapped",
        ),
        (
            lambda *case: loss(
                *case, entropy=lambda scores, objects: entropy(scores, objects, reduction="sum")
            ),
            "the cross-entropy is added up",
        ),
        (
            lambda *case: loss(
                *case, entropy=lambda scores, objects: entropy(scores.softmax(1), objects)
            ),
            "`F.cross_entropy` takes the logits themselves",
        ),
        (
            lambda *case: loss(*case, mean=lambda off: off.sum() / max(1, off.numel())),
            "is the mean of all numbers; wanted is each",
        ),
        (lambda *case: loss(*case, mean=torch.sum), "is added up over the positives"),
        (
            lambda scores, objects, moves, wanted: (
                entropy(scores, objects)
                + F.smooth_l1_loss(moves, wanted, reduction="sum") / max(1, len(moves))
            ),
            "that is the usual smooth L1",
        ),
        (lambda *case: loss(*case, torch.square), "every way off is squared"),
        (lambda *case: loss(*case, torch.abs), "every way off counts as |off|"),
        (
            lambda *case: loss(*case, lambda off: torch.where(off <= 1, off**2, off)),
            "a way off below -1 is squared as well",
        ),
        (
            lambda *case: loss(*case, lambda off: torch.where(off.abs() <= 1, off.abs(), off**2)),
            "turned round: up to 1 it is off²",
        ),
        (lambda *case: loss(*case, torch.zeros_like), "the moves' part is missing"),
        (lambda *case: loss(*case, entropy=lambda *_: 0), "the cross-entropy is missing"),
        (
            lambda scores, *rest: loss(scores, *rest, mean=lambda off: off.sum() / len(scores)),
            "divided by the number of all sampled boxes",
        ),
        (
            lambda *case: loss(*case, mean=lambda off: off.sum(1).mean()),
            "for 6 samples with 0 positives: without positives the moves' part is 0",
        ),
        (lambda *case: loss(*case).item(), "nothing can be learned from it"),
        (lambda *case: loss(*case).detach(), "nothing can be learned from it"),
        (lambda *case: torch.tensor(float(loss(*case))), "nothing can be learned from it"),
        (
            lambda scores, objects, moves, wanted: loss(scores, objects, moves.detach(), wanted),
            "no gradient reaches `moves`",
        ),
        (
            lambda scores, objects, moves, wanted: loss(scores.data, objects, moves, wanted),
            "no gradient reaches `scores`",
        ),
        (straight_through, "but the gradient of `scores` is not"),
        (
            lambda *case: loss(*case) / 2,
            "for 12 samples with 6 positives: were no move off, your answer would be ",
        ),
        (
            lambda *case: loss(*case, lambda off: torch.where(off.abs() <= 0.9, off**2, off.abs())),
            "for 12 samples with 6 positives: the cross-entropy is right, but the moves' part is",
        ),
        *(
            (lambda *case, way=way: loss(*case, way), why)
            for way, why in (
                (
                    lambda off: torch.where(off.abs() <= 1, off**2 / 2, off.abs()),
                    "up to 1 you take half of off²",
                ),
                (
                    lambda off: torch.where(off.abs() <= 1, off**2, off),
                    "a way off below -1 counts as less than 0",
                ),
                (
                    lambda off: torch.where(off.abs() <= 1, off**2, -off.abs()),
                    "a way off of more than 1 counts as -|off|",
                ),
            )
        ),
        (
            lambda *case: loss(
                *case,
                entropy=lambda scores, objects: F.nll_loss(scores, (~objects).long()),
            ),
            "the cross-entropy lacks its softmax",
        ),
        (objects_first, "you take the first samples for the objects"),
        (
            lambda *case: loss(*case) if len(case[2]) else 0 * case[0].sum(),
            "for 6 samples with 0 positives: without positives all is 0",
        ),
        (
            lambda *case: bent(case[2] - case[3]).sum(1).mean(),
            "were no move off, your answer would be 0; it should be",
        ),
        (
            lambda scores, objects, moves, wanted: (
                sigmoid_focal_loss(scores[:, 0], objects.float(), reduction="mean")
                + loss(scores, objects, moves, wanted, entropy=lambda *_: 0)
            ),
            "were no move off, your answer would be",
        ),
        (
            lambda scores, objects, moves, wanted: entropy(scores, objects, reduction="none"),
            "the result has shape (12,); wanted is one number",
        ),
        (changes_wanted, "changes `wanted`"),
    ],
}
