"""A live training's pictures, in colours and with boxes, and what a reader changes of it."""

from __future__ import annotations

import math
import threading
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from coordlib import datasets, training
from coordlib.recipes import Recipe
from coordlib.tasks import classification
from coordlib.widgets import LiveTraining, base, film, live

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
    return build()


def build(filter_size=2):
    network = classification.build("deconv", 8, filter_size=filter_size)
    return classification.Experiment(network, datasets.split("quadrant", 8, 3))


@pytest.fixture
def live_training(monkeypatch):
    """Makes one whose pictures are taken at the evaluations alone."""
    monkeypatch.setattr(film, "_NEXT_PICTURE", math.inf)
    return LiveTraining


def weights(experiment):
    return torch.cat([each.flatten() for each in experiment.network.parameters()])


class Once:
    """A picture, after whose second taking, once something was learnt, a reader acts once."""

    def __init__(self, act):
        self.act, self.taken = act, 0

    def __call__(self, experiment):
        self.taken += 1
        if self.taken == 2:
            self.act()
        return MAPS


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


def test_colours_are_drawn_as_they_are(experiment, live_training):
    painted = iter(np.stack([COLOURS, 1 - COLOURS, 1 - COLOURS]))
    watched = live_training(experiment, Recipe(epochs=2), picture=lambda: next(painted))
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


STEPS = Recipe(epochs=1).steps_per_epoch(build().train_size)  # of an epoch


def test_a_function_trains_what_an_experiment_would(experiment):
    given = LiveTraining(experiment, Recipe(epochs=2), seed=3)
    given.wait()
    assert not given.is_changeable and given.experiment is experiment
    asked = []
    built = LiveTraining(
        build,
        Recipe(epochs=2),
        seed=3,
        choices={"filter_size": (2, 3)},
        picture=lambda it: asked.append(it) or MAPS,
    )
    built.wait()
    assert built.is_changeable and set(map(id, asked)) == {id(built.experiment)}
    assert torch.equal(weights(built.experiment), weights(experiment))
    assert built.rate_changes == built.result.rate_changes == [] and built.changed == ""
    assert built.evaluations == given.evaluations and built.alt() == given.alt()


def test_the_rate_is_changed_where_the_training_stands(live_training):
    turn = Once(lambda: watched._handle_custom_msg({"rate": 3}, []))
    watched = live_training(build, Recipe(epochs=3), picture=turn)
    watched.wait()
    assert watched.rate_changes == [[STEPS, 3]]
    assert watched.result.finished
    assert watched.result.rate_changes == [training.RateChange(STEPS, 3)]
    assert watched.progress["learning_rate"] == pytest.approx(3 * Recipe(epochs=1).learning_rate)
    assert f". Changed: learning rate × 3 from step {STEPS}. " in watched.alt()
    still = watched.still()
    marks = [
        [line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == ":"]
        for axes in still.axes[:2]
    ]
    plt.close(still)
    assert marks == [[STEPS], [STEPS]]


def test_many_changes_are_not_all_said(live_training):
    factors = iter([1, 3, 10, 1, 0.3, 0.3])

    def picture(_):
        if (factor := next(factors)) != turned[-1]:
            turned.append(factor)
            watched.change_rate(factor)
        return MAPS

    turned = [1]
    watched = live_training(build, Recipe(epochs=5), picture=picture)
    watched.wait()
    assert len(watched.rate_changes) == 4
    words = [f"× {factor} from step {n * STEPS}" for n, factor in enumerate((3, 10, 1), 1)]
    assert watched.changed == f"learning rate {', '.join(words)} …"


def test_reset_begins_anew_while_a_cell_waits(live_training):
    turn = Once(lambda: watched._handle_custom_msg({"reset": {"filter_size": 1}}, []))
    watched = live_training(build, Recipe(epochs=2), choices={"filter_size": (2, 3)}, picture=turn)
    watched.wait()
    expected = build(3)
    training.train(expected, Recipe(epochs=2))
    assert torch.equal(weights(watched.experiment), weights(expected))
    assert watched.result.finished and watched.run == watched.kept_run == 2
    assert [row[1] for row in watched.evaluations] == [1, 2]
    assert watched.frame_steps == [0, STEPS, 2 * STEPS]
    assert watched.chosen == {"filter_size": 1} and watched.changed == "filter size 3"
    assert all(step <= 2 * STEPS for step, _ in watched.losses)


def test_what_is_trained_after_the_end_is_not_the_pages(live_training):
    watched = live_training(build, Recipe(epochs=2))
    watched.wait()
    kept, result, curve = watched.experiment, watched.result, watched.evaluations
    before = weights(kept)
    watched.change_rate(3)
    watched.reset()
    watched._runs.wait()
    assert watched.run == 2 and watched.kept_run == 1
    assert watched.rate_changes == [[0, 3]] and watched.evaluations != curve
    watched.change_rate(1)
    watched.reset()
    watched._runs.wait()
    assert watched.run == 3 and watched.evaluations == curve  # from the same seed
    assert watched.experiment is kept and watched.result is result
    assert torch.equal(weights(kept), before)
    assert watched._runs.run.experiment is not kept


def test_a_choice_may_be_one_of_the_recipes(live_training):
    few = build().train_size
    watched = live_training(build, Recipe(epochs=2), choices={"batch_size": (16, few)})
    watched.reset(batch_size=few)
    watched.wait()
    assert watched.result.step == 2 and watched.changed == f"batch size {few}"


def test_stop_takes_a_reset_back():
    watched = LiveTraining(build, Recipe(epochs=100_000))
    for _ in range(3):
        watched.reset()
    watched.stop()
    watched.wait()
    assert not watched.result.finished and watched.progress["state"] == "stopped"


def test_a_rate_at_which_it_diverges_is_no_error(live_training):
    recipe = Recipe(epochs=3, optimizer="sgd", learning_rate=0.01)
    watched = live_training(build, recipe, picture=Once(lambda: watched.change_rate(1e30)))
    watched.wait()
    assert watched.progress["state"] == "diverged" and not watched.result.finished
    assert len(watched.result.history) == 1 and watched.result.diverged
    assert watched.progress["step"] == watched.result.step
    assert watched.alt().startswith("Training: diverged after epoch 1 of 3 epochs. Changed: learn")
    watched.change_rate(1)
    watched.reset()
    watched.wait()
    assert watched.result.finished


def test_a_recipe_that_diverges_by_itself_is_one():
    watched = LiveTraining(build, Recipe(epochs=3, optimizer="sgd", learning_rate=1e30))
    with pytest.raises(training.DivergenceError):
        watched.wait()
    assert watched.progress["state"] == "failed"


def test_what_goes_wrong_at_a_reset_is_told(live_training, experiment):
    def fragile(part):
        return build() if part else 1 / 0

    watched = live_training(fragile, Recipe(epochs=1), choices={"part": (1, 0)})
    watched.wait()
    watched.reset(part=0)
    watched._runs.wait()
    assert watched.progress["state"] == "failed" and watched.progress["why"] == "division by zero"
    watched.reset(part=1)
    watched.wait()
    assert watched.result.finished


@pytest.mark.parametrize(
    ("new_shape", "says"),
    [
        (False, "experiment got a function that gives the same"),
        (True, r"picture gave shape \(1, 8"),
    ],
)
def test_a_run_that_cannot_take_the_place_of_the_last_is_refused(live_training, new_shape, says):
    counts, same = iter([2, 2, 1]), build()

    def picture(_):
        return MAPS[: next(counts)] if new_shape else MAPS

    function = build if new_shape else lambda: same
    watched = live_training(function, Recipe(epochs=1), picture=picture)
    watched.wait()
    watched.reset()
    with pytest.raises(ValueError, match=says):
        watched.wait()


def test_what_cannot_be_changed_is_named(experiment):
    def start(given, **options):
        return LiveTraining(given, Recipe(epochs=1), **options)

    for given, options, says in (
        (
            experiment,
            {"choices": {"filter_size": (2, 3)}},
            "choices got some; they take",
        ),
        (build, {"choices": {"filter_size": ()}}, "choices got no values for 'filter_size'"),
        (build, {"checkpoint": Path("c.safetensors")}, "checkpoint got a file"),
    ):
        with pytest.raises(ValueError, match=says):
            start(given, **options)
    with pytest.raises(TypeError, match="experiment got a function that gives int; it takes an E"):
        start(lambda: 3)
    fixed = start(experiment)
    for change in (fixed.reset, lambda: fixed.change_rate(3)):
        with pytest.raises(ValueError, match="experiment got one that is there already"):
            change()
    fixed.wait()
    changeable = start(build, choices={"filter_size": (2, 3)})
    with pytest.raises(ValueError, match="choices got 'filter'.*'filter_size'"):
        changeable.reset(filter=3)
    with pytest.raises(ValueError, match="filter_size got 4; it takes one of 2, 3"):
        changeable.reset(filter_size=4)
    with pytest.raises(ValueError, match="factor got 0; it takes a number above 0"):
        changeable.change_rate(0)
    changeable.wait()
