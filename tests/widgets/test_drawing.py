"""The canvas to draw digits on: what it asks detectors, what it says, and the still it leaves."""

from __future__ import annotations

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
import traitlets

from coordlib import plots
from coordlib.widgets import DigitCanvas

BOXES = torch.tensor([[10.0, 8, 30.04, 28], [1, 2, 3, 4], [5, 6, 7, 80]])
SCORES = torch.tensor([0.4, 0.9, 0.75])


def one_line():
    drawing = np.zeros((64, 64), np.uint8)
    drawing[20, 10:42] = 255
    return drawing


def constant(*answer):
    return lambda picture: answer


def test_a_detector_is_asked_for_each_drawing():
    seen = []

    def detect(picture):
        seen.append(picture)
        return BOXES.requires_grad_(), SCORES

    canvas = DigitCanvas({"Conv": detect}, torch.from_numpy(one_line()))
    (first,) = seen
    assert first.shape == (1, 1, 64, 64) and first.dtype == torch.float32
    assert first[0, 0, 20, 10:42].eq(1).all() and first.sum() == 32
    assert canvas.found == [
        {
            "boxes": [[1, 2, 3, 4], [5, 6, 7, 80], [10, 8, 30, 28]],  # the surest first
            "scores": [0.9, 0.75, 0.4],
            "trouble": "",
        }
    ]
    half = np.full((64, 64), 51, np.uint8)
    canvas.set_state({"drawing": memoryview(half.tobytes()), "asked": 7})  # as the page does
    assert seen[-1].unique() == pytest.approx(0.2) and canvas.answered == 7
    canvas.drawing = one_line()
    assert torch.equal(seen[-1], first) and len(seen) == 3
    with pytest.raises(ValueError, match="read-only"):
        canvas.drawing[0, 0] = 1


def test_a_detector_computes_with_one_thread_and_without_gradients():
    seen = []

    def detect(picture):
        seen.append((torch.get_num_threads(), torch.is_inference_mode_enabled()))
        return [], []

    threads = torch.get_num_threads()
    DigitCanvas({"Conv": detect})
    assert seen == [(1, True)] and torch.get_num_threads() == threads


def test_at_most_ten_boxes_are_kept():
    canvas = DigitCanvas({"Conv": constant(BOXES[:1].expand(30, 4), torch.linspace(0, 1, 30))})
    assert len(canvas.found[0]["boxes"]) == 10
    assert canvas.found[0]["scores"][0] == 1 and canvas.found[0]["scores"][-1] == 0.69


def test_what_a_detector_raises_stands_in_its_panel_and_it_is_asked_again():
    def moody(picture):
        if picture.any():
            raise RuntimeError("shapes cannot be multiplied\n" + 300 * "and so on ")
        return BOXES[:1], SCORES[1:2]

    canvas = DigitCanvas({"Conv": moody, "CoordConv": constant([], [])}, one_line())
    broken, sound = canvas.found
    assert broken["trouble"].startswith("RuntimeError: shapes cannot be multiplied and so on")
    assert len(broken["trouble"]) <= 160 and sound["trouble"] == ""
    assert "Conv: RuntimeError: shapes" in canvas.alt()
    plt.close(canvas.still())
    canvas.drawing = np.zeros((64, 64), np.uint8)
    assert canvas.found[0] == {"boxes": [[10, 8, 30, 28]], "scores": [0.9], "trouble": ""}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((BOXES, SCORES[:2]), r"ValueError: scores got shape (2,); it takes a number from 0 to 1"),
        ((BOXES, 2 * SCORES), "ValueError: scores got shape (3,); it takes a number from 0 to 1"),
        ((BOXES, SCORES / 0 * 0), "ValueError: scores got shape (3,)"),
        ((BOXES[:, :3], SCORES), "ValueError: boxes got shape (3, 3); it takes boxes (left, top,"),
        (BOXES, "ValueError: too many values to unpack"),
    ],
)
def test_answers_that_are_none_are_named(answer, says):
    canvas = DigitCanvas({"Conv": lambda picture: answer})
    assert canvas.found[0]["trouble"].startswith(says) and not canvas.found[0]["boxes"]


def test_it_says_what_it_shows_and_leaves_a_still():
    canvas = DigitCanvas(
        {"Conv": constant([], []), "CoordConv": constant(BOXES, SCORES)}, one_line()
    )
    assert canvas.alt() == (
        "A drawing with ink on 1 % of its pixels, and the boxes that detectors find in it with a "
        "score above 0.50. Conv: boxes ≈ 0. CoordConv: boxes ≈ 2, surest score ≈ 0.90."
    )
    assert repr(canvas) == "DigitCanvas(Conv, CoordConv)"
    assert re.search(r'<img alt="A drawing with ink', canvas.still_html())
    canvas.threshold = 0.8
    still = canvas.still()
    boxes = [[len(drawn.get_paths()) for drawn in axes.collections] for axes in still.axes]
    assert boxes == [[], [0], [1]]
    plt.close(still)
    assert canvas.colours == {"Conv": plots.CONV, "CoordConv": plots.COORDCONV}


def test_it_refuses():
    find = {"Conv": constant([], [])}
    with pytest.raises(ValueError, match="detectors got none; it takes at least one"):
        DigitCanvas({})
    for wrong in (one_line().astype(float), one_line()[:60], one_line()[None]):
        with pytest.raises(ValueError, match=r"start got .*; it takes uint8 of shape \(64, 64\)"):
            DigitCanvas(find, wrong)
    for wrong in (one_line()[:28, :28], torch.zeros(2, 28, 28), torch.zeros(0, 30, 28).byte()):
        with pytest.raises(ValueError, match=r"digits got .*; it takes uint8 of shape \(n, 28, 28"):
            DigitCanvas(find, digits=wrong)
    canvas = DigitCanvas(find, digits=torch.ones(3, 28, 28, dtype=torch.uint8))
    assert len(canvas.digits) == 3 * 28 * 28
    with pytest.raises(ValueError, match="drawing got float64"):
        canvas.drawing = one_line() / 255
    for wrong in (-0.1, 0.96):
        with pytest.raises(traitlets.TraitError, match="threshold"):
            canvas.threshold = wrong
