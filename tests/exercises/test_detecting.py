"""Notebook 09's pieces: together they are the library's detector; and what lacks is named."""

import subprocess
import sys

import pytest
import torch

from coordlib.datasets import CANVAS, Fields
from coordlib.exercises.anchoring import lay_anchors
from coordlib.exercises.encoding import decode, encode
from coordlib.exercises.matching import match
from coordlib.exercises.scoring import loss
from coordlib.tasks.detection.anchors import SIDES, anchors
from coordlib.tasks.detection.proposals import ProposalExperiment, examples


def test_the_anchors_are_the_librarys():
    assert torch.equal(lay_anchors(13, 8, 4, SIDES), anchors("valid"))
    assert torch.equal(lay_anchors(16, 2, 4, SIDES), anchors("same"))


@pytest.mark.parametrize("seed", range(5))
def test_the_examples_are_the_librarys_where_there_is_ground(seed):
    torch.manual_seed(seed)
    boxes = anchors()[::5] + torch.randint(-4, 5, (305, 4))
    digits = anchors()[torch.randint(len(anchors()), (5,))]
    for present in (5, 3, 0):
        positive, negative = match(boxes, digits[:present])
        theirs, ground = examples(boxes[None], digits[None], (torch.arange(5) < present)[None])
        assert torch.equal(positive, theirs[0, :, :present]) and torch.equal(negative, ground[0])


class Fixed(torch.nn.Module):
    """A network that gives the same for all pictures: scores and moves to learn."""

    def __init__(self, pictures, boxes):
        super().__init__()
        self.scores = torch.nn.Parameter(torch.randn(pictures, boxes, 2))
        self.moves = torch.nn.Parameter(0.3 * torch.randn(pictures, boxes, 4))

    def forward(self, images):
        return self.scores, self.moves


@pytest.mark.parametrize("seed", range(5))
def test_the_pieces_make_the_librarys_loss(seed):
    """With so few boxes that all examples are sampled: two pictures with digits, one without."""
    torch.manual_seed(seed)
    starts = anchors()[[0, 5 * 13 * 9 + 50, 100, 900, 1200, 1500]]
    network = Fixed(3, len(starts))
    digits = starts[torch.randint(len(starts), (3, 2))] + torch.randint(-3, 4, (3, 2, 1))
    present = torch.tensor([[True, True], [True, False], [False, False]])
    images = torch.zeros(3, 1, CANVAS, CANVAS, dtype=torch.uint8)
    fields = Fields(images, digits, torch.zeros(3, 2).long(), present)
    total = 0
    for scores, moves, own in zip(
        network.scores, network.moves, (digits[0], digits[1, :1], digits[2, :0]), strict=True
    ):
        positive, negative = match(decode(moves.detach(), starts), own)
        if not negative.any():
            negative = ~positive.any(1)
        box, digit = positive.nonzero().T
        sampled = torch.cat((box, negative.nonzero()[:, 0]))
        objects = torch.arange(len(sampled)) < len(box)
        assert len(box) <= 6 and len(sampled) - len(box) <= 6
        wanted = encode(own[digit], starts[box])
        total = total + loss(scores[sampled], objects, moves[box], wanted)
    theirs = ProposalExperiment(network, starts, fields, fields).loss(torch.arange(3))
    assert (total / 3).item() == pytest.approx(theirs.item(), rel=1e-5)


def test_without_torchvision_a_check_says_what_to_install():
    program = (
        "import sys; sys.modules['torchvision'] = None; from coordlib import exercises; "
        "exercises.check('9.8', lambda kept: kept); exercises.check('9.1', lambda a, b: a)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    third, first = ended.stdout.splitlines()
    assert third.startswith("9.8 not yet: for 5 cells")
    assert first.startswith("9.1 not yet: ImportError: detection needs the extra 'vision'")
    assert first.endswith("pip install '.[vision]'")
