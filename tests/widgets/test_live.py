"""What a training's pictures are besides maps: colours, and boxes, true ones and those found."""

from __future__ import annotations

import threading

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from coordlib import datasets
from coordlib.recipes import Recipe
from coordlib.tasks import classification
from coordlib.widgets import LiveTraining, base, live

MAPS = np.full((2, 8, 8), 0.25)
# Five pictures in red, green and blue, of 8 × 6 pixels: white but for one each.
COLOURS = np.ones((5, 8, 6, 3))
COLOURS[range(5), 2, 3] = [(0, 0, 1), (1, 0, 0), (0.2, 0.4, 0.6), (1, 0, 1), (1.5, 0.25, -1)]
TRUTH = [torch.tensor([[1.0, 2, 5, 7]]), torch.zeros(0, 4)]


@pytest.fixture(autouse=True)
def unseen(monkeypatch):
    """There is no page to show anything in."""
    for module in (base, live):
        monkeypatch.setattr(module, "display", lambda *_, **__: None)


@pytest.fixture
def experiment():
    split = datasets.split("quadrant", 8, 3)
    return classification.Experiment(classification.build("deconv", 8), split)


def test_boxes_go_with_each_picture(experiment):
    made = []

    def picture():
        made.append(len(made))
        found = torch.tensor([[0.04, 1, 2.26, 3], [4, 4, 9, float("inf")]])[: len(made)]
        return MAPS, (found, [])

    watched = LiveTraining(experiment, Recipe(epochs=2), picture=picture, truth=TRUTH)
    watched.wait()
    assert watched.truth == [[[1, 2, 5, 7]], []]
    first, *later = watched.frame_boxes
    assert first == [[[0, 1, 2.3, 3]], []]  # to tenths of a pixel
    # JSON knows no infinity: far beyond the canvas.
    both = [[[0, 1, 2.3, 3], [4, 4, 9, 9999]], []]
    assert later and all(each == both for each in later)
    assert len(watched.frame_boxes) == len(watched.frame_steps) == len(made)
    assert watched.newest_boxes == watched.frame_boxes[-1]
    assert len(watched.frames) == len(made) * MAPS.size


def test_what_cannot_be_measured_yet_is_left_out(experiment, monkeypatch):
    found = iter([-1.0, 0.0, 0.5])
    monkeypatch.setattr(
        experiment, "evaluate", lambda: {"entropy": next(found), "train_accuracy": 0.75}
    )
    metrics = ["entropy", "train_accuracy"]
    watched = LiveTraining(experiment, Recipe(epochs=3), metrics=metrics)
    watched.wait()
    assert [row[2:] for row in watched.evaluations] == [[None, 0.75], [0.0, 0.75], [0.5, 0.75]]
    still = watched.still()
    points = [len(line.get_xdata()) for line in still.axes[-1].lines]
    low, high = still.axes[-1].get_ylim()
    plt.close(still)
    assert points == [2, 3]
    assert low == 0 and high > 0.76, "the flat curve lies on the frame, or beyond it"
    watched.evaluations = watched.evaluations[:1]
    assert watched.alt() == "Training: trained for 3 epochs. Train accuracy ≈ 0.75."


def test_the_still_has_the_last_pictures_boxes_and_the_true_ones(experiment):
    def picture():
        return MAPS, [[], np.array([[2, 3, 6, 8]])]

    watched = LiveTraining(experiment, Recipe(epochs=1), picture=picture, truth=TRUTH)
    watched.wait()
    still = watched.still()
    drawn = [
        (lines.get_linestyle()[0][1] is not None, *path.get_extents().extents)
        for axes in still.axes
        for lines in axes.collections
        for path in lines.get_paths()
    ]
    plt.close(still)
    # From the middle of a pixel to that of another: half a pixel less than from edge to edge.
    assert drawn == [(True, 0.5, 1.5, 4.5, 6.5), (False, 1.5, 2.5, 5.5, 7.5)]


def test_colours_are_drawn_as_they_are(experiment):
    painted = iter(np.stack([COLOURS, 1 - COLOURS, 1 - COLOURS]))
    watched = LiveTraining(experiment, Recipe(epochs=2), picture=lambda: next(painted))
    assert watched.shape == [5, 8, 6, 3] and len(watched.newest) == 5 * 8 * 6 * 3
    watched.wait()
    first, *later = np.frombuffer(watched.frames, np.uint8).reshape(-1, *watched.shape)
    assert first[4, 2, 3].tolist() == [255, 64, 0]  # cut off at 1, and no square root of a quarter
    assert len(later) == len(watched.frame_steps) - 1 == 2
    assert all((each == 255 - first).all() for each in later)
    assert watched.newest == later[-1].tobytes()


def test_the_still_has_the_last_colours_close_together(experiment):
    watched = LiveTraining(experiment, Recipe(epochs=1), picture=lambda: torch.from_numpy(COLOURS))
    watched.wait()
    still = watched.still()
    still.draw_without_rendering()
    tiles = [axes for axes in still.axes if axes.images]
    for axes, colours in zip(tiles, COLOURS, strict=True):
        shown = axes.images[0].get_array()
        assert shown.dtype == np.uint8 and (shown == np.rint(255 * colours.clip(0, 1))).all()
        assert axes.get_title() == ""
    assert [axes.get_subplotspec().colspan.start for axes in tiles] == [0, 1, 2, 0, 1]
    first, second, *_ = (axes.get_position() for axes in tiles)
    assert second.x0 - first.x1 < 0.5 * first.width
    plt.close(still)


def test_a_picture_keeps_the_shape_it_had_at_first(experiment):
    painted = iter([COLOURS, COLOURS[:4]])
    watched = LiveTraining(experiment, Recipe(epochs=1), picture=lambda: next(painted))
    says = r"picture gave shape \(4, 8, 6, 3\); it takes \(5, 8, 6, 3\), as at first"
    with pytest.raises(ValueError, match=says):
        watched.wait()
    assert watched.progress["state"] == "failed"


@pytest.mark.parametrize("shape", [(8, 8), (2, 3, 8, 8), (2, 8, 8, 4), (1, 2, 8, 8, 3)])
def test_pictures_of_another_shape_are_named(experiment, shape):
    with pytest.raises(ValueError, match=r"picture gave shape .*; it takes maps of .*, or colours"):
        LiveTraining(experiment, Recipe(epochs=1), picture=lambda: np.zeros(shape))


def test_maps_alone_have_no_boxes(experiment):
    watched = LiveTraining(experiment, Recipe(epochs=1), picture=lambda: tuple(np.ones((3, 8, 8))))
    watched.wait()
    assert watched.shape == [3, 8, 8] and watched.newest_boxes == watched.truth == []
    assert watched.frame_boxes == [[] for _ in watched.frame_steps]


@pytest.mark.parametrize(
    ("boxes", "truth", "says"),
    [
        ([[]], (), "picture's boxes got 1 lists; it takes one for each of 2 maps"),
        ([[[1, 2, 3]], []], (), r"picture's boxes got shape \(1, 3\); it takes boxes \(left, top,"),
        ([[1, 2, 3, 4], []], (), r"picture's boxes got shape \(4,\)"),
        ([[], []], TRUTH[:1], "truth got 1 lists"),
        ([[], []], [torch.zeros(2, 5), []], r"truth got shape \(2, 5\)"),
    ],
)
def test_boxes_of_another_shape_are_named(experiment, boxes, truth, says):
    with pytest.raises(ValueError, match=says):
        LiveTraining(experiment, Recipe(epochs=1), picture=lambda: (MAPS, boxes), truth=truth)


def test_a_network_in_training_is_not_touched_by_a_second_one(experiment):
    first = LiveTraining(experiment, Recipe(epochs=100_000))
    asked = threading.Event()

    def picture():
        asked.set()
        return MAPS

    with pytest.raises(ValueError, match="experiment got a network that another training is still"):
        LiveTraining(experiment, Recipe(epochs=1), picture=picture)
    assert not asked.is_set() and first.progress["state"] == "running"
    first.stop()
    first.wait()
    again = LiveTraining(experiment, Recipe(epochs=1), picture=picture)
    again.wait()
    assert again.result.finished
