"""Detection: anchors as released, boxes matched as released, arms that start alike."""

import dataclasses
import subprocess
import sys

import pytest
import torch
from torchvision.models.detection._utils import BoxCoder
from torchvision.ops import box_convert

from coordlib import tasks, training
from coordlib.datasets import CANVAS, Fields
from coordlib.tasks import detection
from coordlib.tasks.detection.anchors import SIDES, anchors, decode, encode
from coordlib.tasks.detection.measures import Detections, overlaps, precision
from coordlib.tasks.detection.proposals import ProposalExperiment, draw, examples


def smoke(network="proposals", **changes):
    settings, recipe = detection.preset(network, scale="smoke", **changes)
    return settings.experiment(0, torch.device("cpu")), recipe


def as_rows(boxes):
    """Boxes as the released code writes them: (row, column, height, width)."""
    return box_convert(boxes, "xyxy", "cxcywh")[:, [1, 0, 3, 2]]


# Anchors and moves.


def test_correct_anchors_have_nine_sizes_around_each_cell():
    found = as_rows(anchors())
    assert found.shape == (13 * 13 * 9, 4)
    assert found[:9, :2].unique(dim=0).tolist() == [[8, 8]]
    assert found[:9, 2:].tolist() == [list(map(float, side)) for side in SIDES]
    assert found[9, :2].tolist() == [8, 12] and found[9 * 13, :2].tolist() == [12, 8]
    assert as_rows(anchors("same"))[-1, :2].tolist() == [62, 62]


def test_scrambled_anchors_are_as_large_as_their_row_or_column_number():
    found = as_rows(anchors(layout="scrambled"))[9 * 5 : 9 * 6]  # row 8, column 28
    assert found[0].tolist() == [8, 8, 8, 8] and found[3].tolist() == [28, 28, 28, 28]
    assert found[2].tolist() == [8, 28, 28, 28] and found[5].tolist() == [25, 15, 20, 20]


def test_moves_are_torchvisions_and_lead_back():
    boxes = anchors()[::7] + torch.tensor([1.0, -2.0, 4.0, 3.0])
    start = anchors()[::7]
    moves = encode(boxes, start)
    coder = BoxCoder((1.0, 1.0, 1.0, 1.0))
    assert torch.allclose(moves, coder.encode_single(boxes, start), atol=1e-6)
    assert torch.allclose(decode(moves, start), boxes, atol=1e-4)


# Networks.


@pytest.mark.parametrize(
    ("network", "coordinates", "weights"),
    [
        ("proposals", "none", 81_590),
        ("proposals", "all", 83_838),
        ("proposals", "input", 81_590 + 2 * 25 * 32),
        ("proposals", "mover", 81_590 + 2 * 36),
        ("faster_rcnn", "none", 320_484),
        ("faster_rcnn", "all", 323_308),
    ],
)
def test_a_network_has_as_many_weights_as_it_should(network, coordinates, weights):
    made = detection.preset(network, coordinates=coordinates)[0].build(0)
    assert sum(each.numel() for each in made.parameters()) == weights


@pytest.mark.parametrize("network", ["proposals", "faster_rcnn"])
def test_the_arms_of_a_seed_differ_in_the_coordinate_weights_alone(network):
    plain, told = (
        detection.preset(network, coordinates=coordinates)[0].build(3)
        for coordinates in ("none", "all")
    )
    widened = 0
    for (name, ours), theirs in zip(plain.named_parameters(), told.parameters(), strict=True):
        widened += ours.shape != theirs.shape
        assert torch.equal(ours, theirs[:, : ours.shape[1]] if ours.dim() > 1 else theirs), name
    assert widened == 3


def test_a_network_starts_with_every_anchor_where_it_is():
    experiment, _ = smoke(coordinates="all")
    _, moves = experiment.network(torch.rand(2, 1, CANVAS, CANVAS))
    assert not moves.any()


# Which boxes are examples.


def test_boxes_are_examples_as_released():
    digit = torch.tensor([[[10.0, 10, 30, 30]]])
    boxes = torch.tensor(
        [
            [
                [12.0, 12, 32, 32],  # the best: .68
                [10, 16, 30, 36],  # more than a half: .54
                [10, 20, 30, 40],  # a third: neither
                [40, 40, 60, 60],  # ground
                [-5, 40, 15, 60],  # ground, but it sticks out
            ]
        ]
    )
    positive, negative = examples(boxes, digit, torch.tensor([[True]]))
    assert positive[0, :, 0].tolist() == [True, True, False, False, False]
    assert negative[0].tolist() == [False, False, False, True, False]
    # The best is an example however little it overlaps, and if it sticks out.
    positive, negative = examples(boxes[:, 4:], digit, torch.tensor([[True]]))
    assert positive.all() and not negative.any()
    # Without a digit all is ground.
    positive, negative = examples(boxes, digit, torch.tensor([[False]]))
    assert not positive.any() and negative[0].tolist() == [True, True, True, True, False]
    # Where nothing is ground, all that is not positive stands in.
    positive, negative = examples(boxes[:, :3], digit, torch.tensor([[True]]))
    assert negative[0].tolist() == [False, False, True]


def test_draws_are_among_those_allowed_and_all_come_up():
    among = torch.zeros(2, 50, dtype=torch.bool)
    among[0, ::5] = True
    among[1, 7] = True
    seen = set()
    for _ in range(50):
        numbers, counts = draw(among)
        assert counts.sum(1).tolist() == [6, 1] and numbers[1, 0] == 7
        assert len(set(numbers[0].tolist())) == 6
        seen |= set(numbers[0].tolist())
    assert seen == set(range(0, 50, 5))


def test_the_loss_is_the_one_that_is_announced():
    """By hand, for one picture whose only anchors are one on the digit and one on the ground."""
    experiment, _ = smoke()
    fields = dataclasses.replace(experiment.train)
    fields = Fields(*(getattr(fields, name)[:1] for name in fields.__dataclass_fields__))
    fields = dataclasses.replace(
        fields,
        boxes=torch.tensor([[[10.0, 10, 30, 30]]]),
        labels=torch.zeros(1, 1).long(),
        present=torch.ones(1, 1).bool(),
    )

    class Fixed(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.scores = torch.nn.Parameter(torch.tensor([[[2.0, 0.0], [0.5, 0.0]]]))
            self.moves = torch.nn.Parameter(torch.zeros(1, 2, 4))

        def forward(self, pictures):
            return self.scores, self.moves

    boxes = torch.tensor([[14.0, 12.0, 34.0, 32.0], [40.0, 40.0, 60.0, 60.0]])
    loss = ProposalExperiment(Fixed(), boxes, fields, fields).loss(torch.tensor([0]))
    moved = 0.2**2 + 0.1**2
    entropy = (torch.tensor(-2.0).exp().log1p() + torch.tensor(0.5).exp().log1p()) / 2
    assert loss.item() == pytest.approx(moved + entropy.item(), rel=1e-5)


# Measures.


def test_overlaps_are_those_of_the_released_code():
    fields = Fields(
        torch.zeros(2, 1, CANVAS, CANVAS, dtype=torch.uint8),
        torch.tensor([[[0.0, 0, 10, 10], [20, 20, 30, 30]], [[0, 0, 0, 0], [0, 0, 0, 0]]]),
        torch.zeros(2, 2).long(),
        torch.tensor([[True, True], [False, False]]),
    )
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 5, 10, 15]])  # 1 and 1/3 with the first digit
    none = torch.zeros(0)
    found = [
        Detections(boxes, torch.tensor([0.9, 0.8]), torch.zeros(2).long()),
        Detections(none.view(0, 4), none, none.long()),
    ]
    measured = overlaps(found, fields)
    assert measured["select"] == pytest.approx((1 + 1 / 3) / 2)
    assert measured["average"] == pytest.approx((1 + 1 / 3) / 4)
    assert measured["best"] == pytest.approx(0.5)
    # Half of the digits are found, by the surest box, at every overlap asked for.
    assert precision(found, fields, kinds=False)["ap50"] == pytest.approx(51 / 101)


def test_what_was_found_nowhere_counts_nothing():
    experiment, _ = smoke(fewest=0, most=1)
    none = torch.zeros(0)
    found = [Detections(none.view(0, 4), none, none.long())] * len(experiment.test)
    assert set(overlaps(found, experiment.test).values()) == {0.0}
    assert set(precision(found, experiment.test, kinds=True).values()) == {0.0}


# In the loop.


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"coordinates": "all", "anchors": "scrambled"},
        {"coordinates": "mover", "labels": "anchors", "padding": "same"},
        {"placement": "cropped", "fewest": 0},
        {"network": "faster_rcnn", "coordinates": "all"},
        {"network": "faster_rcnn", "fewest": 0, "most": 1},
    ],
    ids=str,
)
def test_it_trains_and_measures_itself(changes):
    experiment, recipe = smoke(**changes)
    result = training.train(experiment, recipe, seed=0)
    (measured,) = (each.metrics for each in result.history[-1:])
    assert all(0 <= value <= 1 for value in measured.values())
    assert {"test_select", "test_average", "test_best", "test_ap50"} <= measured.keys()


def test_pictures_without_any_digit_are_learned_from_and_measured():
    experiment, _ = smoke()
    experiment.train.present[:] = False
    experiment.test.present[:] = False
    loss = experiment.loss(torch.arange(4))
    loss.backward()
    assert loss.item() > 0 and torch.isfinite(loss)
    experiment.network.eval()
    with torch.no_grad():
        assert experiment.evaluate()["test_ap50"] == 0


def test_validation_keeps_its_digits_out_of_the_train_pictures():
    tuned = detection.preset("proposals", scale="smoke", measured="validation")[0]
    usual = dataclasses.replace(tuned, measured="test")
    (train, measured), (_, test) = tuned.pictures(), usual.pictures()
    assert not torch.equal(measured.images, test.images)
    assert len(train) == 32 and len(measured) == 16


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"fewest": 6}, "fewest got 6; it takes at most most, 5"),
        ({"network": "faster_rcnn", "anchors": "scrambled"}, "anchors got 'scrambled'; faster_"),
        ({"coordinates": "both"}, "coordinates got 'both'"),
        ({"most": 0, "fewest": 0}, "most got 0"),
    ],
)
def test_what_does_not_go_together_is_refused(changes, says):
    with pytest.raises(ValueError, match=says):
        detection.preset(changes.pop("network", "proposals"), **changes)


def test_torchvision_that_does_not_fit_torch_is_one_line(monkeypatch):
    def fails(name):
        raise RuntimeError("operator torchvision::nms does not exist")

    monkeypatch.setattr(tasks.importlib, "import_module", fails)
    with pytest.raises(ImportError, match="torchvision .* does not fit .*torch.*pip install"):
        tasks.load("detection")


def test_what_measures_a_detector_is_missed_before_it_is_trained():
    program = """
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name == "pycocotools" else find(name, *more)
from coordlib import tasks
tasks.load("detection")
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    said = result.stderr.splitlines()[-1]
    assert said.startswith("ImportError: detection needs the extra 'vision' (No module named")
    assert "'pycocotools'" in said and "pip install" in said
