"""The region-proposal network's experiment: which boxes it learns from, its loss and its measures.

Paper section 5; after the released code, which has no second stage.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.ops import box_iou

from coordlib import checks
from coordlib.datasets import CANVAS, Fields
from coordlib.experiment import Experiment
from coordlib.tasks.detection import measures
from coordlib.tasks.detection.anchors import decode, encode

# Whose overlap with a digit decides what a box is an example of: the anchor's, as is usual, or the
# box's after the network has moved it, as released.
LABELS = ("moved", "anchors")
SAMPLED = 6  # boxes of each kind that a picture's loss is made of, at most
OBJECT, GROUND = 0, 1  # the two logits of a score
_AT_ONCE = 100  # pictures measured at a time


class ProposalExperiment(Experiment):
    """For the training loop: a ProposalNetwork, its anchors, and fields of digits."""

    def __init__(
        self,
        network: nn.Module,
        anchors: Tensor,
        train: Fields,
        test: Fields,
        labels: str = "moved",
    ) -> None:
        """All are used where the network is. anchors: (anchors, 4). labels: one of LABELS."""
        checks.one_of("labels", labels, LABELS)
        device = next(network.parameters()).device
        self.network = network
        self.anchors = anchors.to(device)
        self.train, self.test = train.to(device), test.to(device)
        self.labels = labels

    @property
    def train_size(self) -> int:
        """How many train pictures there are."""
        return len(self.train)

    def loss(self, batch: Tensor) -> Tensor:
        """Cross-entropy of the sampled boxes' scores, plus how far the positive moves are off."""
        scores, moves = self.network(as_input(self.train.images[batch]))
        digits, present = self.train.boxes[batch], self.train.present[batch]
        with torch.no_grad():
            judged = self.anchors if self.labels == "anchors" else decode(moves, self.anchors)
            positive, negative = examples(judged.expand_as(moves), digits, present)
            pairs, is_pair = draw(positive.flatten(1))
            ground, is_ground = draw(negative)
        box, digit = pairs // digits.shape[1], pairs % digits.shape[1]
        anchor = self.anchors[box]
        # Where there is no pair the anchor itself stands in: an empty box has no logarithm.
        wanted = encode(torch.where(is_pair[:, :, None], pick(digits, digit), anchor), anchor)
        off = (pick(moves, box) - wanted).abs()
        # As released: without the usual half, so that it jumps by none and bends at 1.
        off = torch.where(off <= 1, off.square(), off).sum(2)
        entropy = torch.cat(
            (
                F.cross_entropy(
                    _logits(scores, box), torch.full_like(box, OBJECT), reduction="none"
                ),
                F.cross_entropy(
                    _logits(scores, ground), torch.full_like(ground, GROUND), reduction="none"
                ),
            ),
            1,
        )
        return (_mean(off, is_pair) + _mean(entropy, torch.cat((is_pair, is_ground), 1))).mean()

    def detect(self, images: Tensor) -> list[measures.Detections]:
        """What it finds in each picture: uint8, (n, 1, CANVAS, CANVAS)."""
        found = []
        for some in images.split(_AT_ONCE):
            scores, moves = self.network(as_input(some))
            sure = scores.float().softmax(2)[:, :, OBJECT]
            boxes = decode(moves.float(), self.anchors)
            found += [measures.proposals(*each) for each in zip(sure, boxes, strict=True)]
        return found

    def evaluate(self) -> dict[str, float]:
        """The measures of `measures` on the test fields, and train_iou.

        train_iou: the mean overlap of all positive pairs of box and digit, after the boxes were
        moved, in as many train pictures as there are test pictures; the released code has it of the
        sampled pairs.
        """
        found = self.detect(self.test.images)
        measured = measures.measure(found, self.test, kinds=False)
        return {"train_iou": self._train_overlap(), **measured}

    def _train_overlap(self) -> float:
        total, pairs = 0.0, 0
        for some in torch.arange(min(len(self.test), len(self.train))).split(_AT_ONCE):
            _, moves = self.network(as_input(self.train.images[some]))
            boxes = decode(moves.float(), self.anchors)
            digits = self.train.boxes[some]
            positive, _ = examples(
                boxes if self.labels == "moved" else self.anchors.expand_as(boxes),
                digits,
                self.train.present[some],
            )
            overlap = torch.vmap(box_iou)(boxes, digits)
            total += overlap[positive].sum().item()
            pairs += int(positive.sum())
        return total / max(1, pairs)


def as_input(images: Tensor) -> Tensor:
    """What a network is given of pictures, uint8: float32, 0 for the ground, 1 for full ink."""
    return images.float() / 255


def examples(boxes: Tensor, digits: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
    """Which boxes are examples of a digit, and which of the ground; as released.

    boxes: (batch, n, 4). digits: (batch, most, 4). present: boolean, (batch, most).

    Gives positive, boolean, (batch, n, most): the box is the best of all for that digit, or
    overlaps it by more than a half and lies on the canvas. And negative, (batch, n): it overlaps
    every digit by less than a tenth, is nobody's best and lies on the canvas; where there is no
    such box in a picture, all that are not positive.
    """
    overlap = torch.vmap(box_iou)(boxes, digits).masked_fill(~present[:, None], -1)
    inside = ((boxes >= 0) & (boxes <= CANVAS)).all(2)
    best = torch.zeros_like(overlap, dtype=torch.bool)
    best.scatter_(1, overlap.argmax(1, keepdim=True), present[:, None])
    positive = best | ((overlap > 0.5) & inside[:, :, None])
    anyone = positive.any(2)
    negative = (overlap < 0.1).all(2) & ~best.any(2) & inside
    none = ~negative.any(1, keepdim=True)
    return positive, torch.where(none, ~anyone, negative)


def draw(among: Tensor) -> tuple[Tensor, Tensor]:
    """Up to SAMPLED at random in each row: from booleans (batch, n) to numbers and which count.

    Both (batch, SAMPLED); where a row has fewer, the rest doesn't count.
    """
    lots = torch.rand(among.shape, device=among.device) * among
    drawn, numbers = lots.topk(min(SAMPLED, among.shape[1]), 1)
    return numbers, drawn > 0


def pick(values: Tensor, numbers: Tensor) -> Tensor:
    """values[i, numbers[i, k]] for all i and k: (batch, n, c) and (batch, k) to (batch, k, c)."""
    return values.gather(1, numbers[:, :, None].expand(-1, -1, values.shape[2]))


def _logits(scores: Tensor, numbers: Tensor) -> Tensor:
    """The logits of some boxes as cross_entropy wants them: (batch, 2, k)."""
    return pick(scores, numbers).transpose(1, 2)


def _mean(values: Tensor, which: Tensor) -> Tensor:
    """The mean of some values in each row, 0 where there is none: (batch, k) twice to (batch,)."""
    return (values * which).sum(1) / which.sum(1).clamp(min=1)
