"""A detector in four steps: what it takes, what it says, and what it keeps."""

from __future__ import annotations

import re
import subprocess
import sys

import matplotlib.pyplot as plt
import pytest
import torch
import traitlets
from torchvision.ops import box_iou

from coordlib import tasks
from coordlib.tasks import detection
from coordlib.tasks.detection import measures
from coordlib.widgets import DetectorSteps

DIGITS = [torch.tensor([[8.0, 8, 24, 24], [40, 40, 60, 64]]), torch.zeros(0, 4)]


@pytest.fixture
def given():
    """Two pictures, the second without a digit; the boxes are their anchors, a bit to the right."""
    anchors = detection.anchors()
    generator = torch.Generator().manual_seed(0)
    return {
        "images": torch.randint(256, (2, 1, 64, 64), generator=generator).byte(),
        "anchors": anchors,
        "scores": torch.rand(2, len(anchors), generator=generator),
        "boxes": (anchors + torch.tensor([2.0, 0, 2, 0])).expand(2, -1, 4),
        "digits": DIGITS,
    }


def test_it_keeps_what_the_measures_keep(given):
    steps = DetectorSteps(**given)
    assert steps.threshold == measures.NMS_OVERLAP
    for picture in range(2):
        steps.picture = picture
        scores, boxes = given["scores"][picture], given["boxes"][picture]
        expected = measures.proposals(scores, boxes)
        kept = steps.kept()
        assert len(kept) == measures.MOST_BOXES
        assert torch.equal(scores[kept], expected.scores)
        assert torch.equal(boxes[kept], expected.boxes)
    steps.threshold = 0.05
    few = given["boxes"][1][steps.kept()]
    assert box_iou(few, few).fill_diagonal_(0).max() <= 0.05


def test_its_numbers_are_those_of_the_measures(given):
    steps = DetectorSteps(**given)
    number = r"≈ ([\d,.]*\d)"
    likely, kept, _, _, select, found = re.findall(number, steps.alt())
    scores, boxes = given["scores"][0], given["boxes"][0]
    fields = detection.Fields(
        images=given["images"][:1],
        boxes=DIGITS[0][None],
        labels=torch.zeros(1, 2, dtype=torch.long),
        present=torch.ones(1, 2, dtype=torch.bool),
    )
    measured = measures.overlaps([measures.proposals(scores, boxes)], fields)
    assert int(likely.replace(",", "")) == (scores > 0.5).sum() and kept == "10"
    assert float(select) == pytest.approx(measured["select"], abs=0.005)
    assert 0 <= int(found) <= 2


def test_it_says_what_a_perfect_detector_finds(given):
    given["scores"] = torch.zeros(2, 1521)
    given["scores"][0, [700, 900]] = torch.tensor([0.9, 0.8])
    given["boxes"] = given["boxes"].clone()
    given["boxes"][0, [700, 900]] = DIGITS[0]
    steps = DetectorSteps(**given)
    steps.threshold = 0.05
    assert steps.kept()[:2].tolist() == [700, 900]
    assert "≈ 2 have a score above 0.5" in steps.alt()
    assert "Of the digits ≈ 2 have a box kept" in steps.alt()
    steps.picture = 1
    assert steps.alt().startswith("A picture with 0 digits, and 1,521 anchors, nine to each of 13")
    assert "digit that" not in steps.alt()


def test_it_leaves_a_still_of_four_steps(given):
    steps = DetectorSteps(**given)
    assert repr(steps) == "DetectorSteps(2 pictures, 1521 anchors)"
    for layout in detection.LAYOUTS:
        given["anchors"] = detection.anchors(layout=layout)
        for picture in range(2):
            steps = DetectorSteps(**given)
            steps.picture = picture
            figure = steps.still()
            titles = [axes.get_title() for axes in figure.axes]
            assert titles == ["1 Anchors", "2 Scores", "3 Boxes", "4 Keep"]
            for axes in figure.axes:  # what leaves the canvas is cut off
                assert axes.get_xlim() == (-0.5, 63.5) and axes.get_ylim() == (63.5, -0.5)
            plt.close(figure)
    assert '<img alt="A picture with' in steps.still_html()


def test_it_takes_arrays_and_does_not_change_with_them(given):
    arrays = {name: given[name].numpy().copy() for name in ("images", "anchors", "scores", "boxes")}
    arrays["images"] = arrays["images"][:, 0]
    steps = DetectorSteps(**arrays, digits=[each.numpy() for each in DIGITS])
    before = steps.alt()
    assert before == DetectorSteps(**given).alt()
    for each in arrays.values():
        each[:] = 0
    assert steps.alt() == before


def test_its_state_is_checked(given):
    steps = DetectorSteps(**given)
    steps.set_state({"step": "keep", "picture": 1, "threshold": 0.3})  # as the page does
    assert (steps.step, steps.picture, steps.threshold) == ("keep", 1, 0.3)
    for name, value, message in (
        ("step", "box", r"step got 'box' \(did you mean 'boxes'\?\); it takes one of anchors"),
        ("picture", 2, "picture got 2; it takes a whole number from 0 to 1"),
        ("threshold", 0.99, "threshold got 0.99; it takes a number from 0.05 to 0.95"),
        ("threshold", float("nan"), "threshold got nan"),
    ):
        with pytest.raises(ValueError, match=message):
            setattr(steps, name, value)
    with pytest.raises(traitlets.TraitError, match="'picture' trait"):
        steps.picture = "first"
    assert (steps.step, steps.picture, steps.threshold) == ("keep", 1, 0.3)


@pytest.mark.parametrize(
    ("name", "wrong", "message"),
    [
        ("images", torch.zeros(2, 64, 64), r"images got torch.float32 of shape \(2, 64, 64\)"),
        ("images", torch.zeros(2, 3, 64, 64).byte(), r"images got .* of shape \(2, 3, 64, 64\)"),
        ("images", torch.zeros(0, 64, 64).byte(), "images got .*one picture at least"),
        ("images", torch.zeros((), dtype=torch.uint8), r"images got .* of shape \(\)"),
        ("anchors", torch.zeros(1521, 5), r"anchors got shape \(1521, 5\); it takes \(n, 4\)"),
        ("anchors", torch.zeros(1520, 4), "anchors got 1520 of them; it takes 9 · k² for"),
        ("anchors", torch.zeros(0, 4), "anchors got 0 of them"),
        ("anchors", detection.anchors()[:, [2, 1, 0, 3]], "anchors got what is no box"),
        ("scores", torch.zeros(1521), r"scores got shape \(1521,\); it takes \(2, 1521\)"),
        ("scores", torch.full((2, 1521), 1.5), "scores got some outside 0 to 1"),
        ("scores", torch.full((2, 1521), float("nan")), "scores got some outside 0 to 1"),
        ("boxes", torch.zeros(1521, 4), r"boxes got shape .*; it takes \(2, 1521, 4\)"),
        ("boxes", torch.full((2, 1521, 4), float("inf")), "boxes got what is no box"),
        ("digits", DIGITS[:1], "digits got 1 of them; it takes one for each picture"),
        ("digits", [torch.zeros(4), DIGITS[1]], r"digits got shape \(4,\); it takes \(n, 4\)"),
    ],
)
def test_it_names_what_it_cannot_show(given, name, wrong, message):
    with pytest.raises(ValueError, match=message):
        DetectorSteps(**given | {name: wrong})


def test_torchvision_is_imported_where_it_is_needed(given, monkeypatch):
    program = "import sys, coordlib.widgets; sys.exit('torchvision' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)

    def fails(name):
        raise ImportError("No module named 'torchvision'")

    monkeypatch.setattr(tasks.importlib, "import_module", fails)
    with pytest.raises(ImportError, match="needs the extra 'vision' .*pip install"):
        DetectorSteps(**given)
