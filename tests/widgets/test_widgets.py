"""What the widgets do in Python; how they look and feel is tested in tests/browser."""

from __future__ import annotations

import _thread
import base64
import re
import signal
import sys
import threading
import time
import types
from itertools import pairwise

import numpy as np
import pytest
import torch

from coordlib import datasets, plots
from coordlib.recipes import Recipe
from coordlib.tasks import classification, rendering
from coordlib.training import member
from coordlib.widgets import (
    HoldOutPainter,
    LiveTraining,
    Prediction,
    Probe,
    base,
    film,
    live,
    probe,
)

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def split():
    return datasets.split("quadrant", 8, 3)


@pytest.fixture
def experiment(split):
    return new_experiment(split)


@pytest.fixture
def shown(monkeypatch):
    """The bundles that widgets display, in order."""
    bundles = []
    for module in (base, live):
        monkeypatch.setattr(module, "display", lambda data, **_: bundles.append(data))
    return bundles


@pytest.fixture
def make(split, experiment):
    """Makes one of each widget, by name."""

    def make(name):
        return {
            "prediction": lambda: Prediction("How many?", 0, 10),
            "choice": lambda: Prediction("Which?", choices=["a", "b"]),
            "painter": HoldOutPainter,
            # A network each: two trainings of one at the same time may crash the interpreter.
            "live": lambda: LiveTraining(new_experiment(split), Recipe(epochs=1), picture=_maps),
            "probe": lambda: Probe({"Conv": experiment.network}, split),
            "paintings": lambda: Probe({"CoordConv": painter(8)}, split, paints=True),
        }[name]()

    return make


def new_experiment(split):
    return classification.Experiment(classification.build("deconv", 8), split)


def painter(canvas, **options):
    return rendering.build("coordconv", canvas, initialisation="xavier", seed=1, **options)


def _maps():
    return np.full((2, 8, 8), 0.25)


@pytest.mark.parametrize("name", ["prediction", "choice", "painter", "live", "probe", "paintings"])
def test_a_widget_shows_itself_and_leaves_a_still(make, shown, monkeypatch, name):
    widget = make(name)
    widget._ipython_display_()
    view, still = shown
    assert set(view) == {VIEW} and view[VIEW]["model_id"] == widget.model_id
    assert still["text/plain"] == repr(widget) == repr(make(name))
    alt, png = re.fullmatch(
        r'<img alt="([^"]+)" width="\d+" src="data:image/png;base64,([^"]+)">',
        still["text/html"].removeprefix(base.STILL_STYLE + plots.PAPER_STYLE),
    ).groups()
    assert len(alt) > 20 and len(base64.b64decode(png)) < 60_000
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    widget._ipython_display_()
    assert [set(bundle) for bundle in shown[2:]] == [{VIEW, "text/plain"}]


# HoldOutPainter


def test_painter_starts_with_a_disc_and_gives_its_split():
    painter = HoldOutPainter()
    assert repr(painter) == "HoldOutPainter(canvas=32, square=5): 576 / 208"
    split = painter.split()
    assert (len(split.train), len(split.test)) == (576, 208)
    assert (split.held_out == painter.mask).all()


def test_painter_takes_masks_from_python_and_from_the_page():
    painter = HoldOutPainter(8, 3)
    everything = np.ones((8, 8), dtype=bool)
    painter.mask = everything
    assert painter.mask.sum() == 36  # only where a square fits
    with pytest.raises(ValueError, match="read-only"):
        painter.mask[3, 3] = False
    with pytest.raises(ValueError, match="held_out leaves the train part empty"):
        painter.split()
    painted = np.zeros((8, 8), dtype=np.uint8)
    painted[2, 5] = 1
    painter.set_state({"mask": memoryview(painted.tobytes())})
    assert np.argwhere(painter.mask).tolist() == [[2, 5]]
    assert painter.get_state("mask")["mask"] == painted.tobytes()
    for wrong in (np.zeros((8, 8)), np.zeros((4, 4), dtype=bool)):
        with pytest.raises(ValueError, match=r"mask got .*; it takes booleans of shape \(8, 8\)"):
            painter.mask = wrong


def test_painter_keeps_a_mask_for_each_size(home):
    mask = np.zeros((32, 32), dtype=bool)
    mask[10:20, 5:9] = True
    HoldOutPainter(mask=mask).save()
    assert (HoldOutPainter.saved() == mask).all()
    assert (HoldOutPainter().mask == mask).all()
    assert HoldOutPainter.saved(16, 3).sum() == HoldOutPainter(16, 3).mask.sum() == 52
    assert [path.name for path in home.iterdir()] == ["hold_out_32_5.npz"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"\x80\x04N."])
def test_painter_names_a_damaged_file_and_goes_on_with_the_disc(home, capsys, content):
    disc = HoldOutPainter().mask
    home.mkdir()
    (home / "hold_out_32_5.npz").write_bytes(content)
    assert (HoldOutPainter.saved() == disc).all()
    (said,) = capsys.readouterr().out.splitlines()
    assert f"{home / 'hold_out_32_5.npz'} is no saved hold-out, or it is damaged (" in said
    HoldOutPainter().save()  # which mends it
    capsys.readouterr()
    assert (HoldOutPainter.saved() == disc).all() and capsys.readouterr().out == ""


# LiveTraining


def test_live_training_runs_to_its_end(experiment, shown):
    watched = LiveTraining(
        experiment, Recipe(epochs=3), picture=_maps, marks=[(3, 3), (4, 4)], title="A training"
    )
    watched.wait()
    assert watched.result.finished
    assert watched.progress["state"] == "finished"
    assert [row[1] for row in watched.evaluations] == [1, 2, 3]
    steps = watched.frame_steps
    assert steps == sorted(set(steps)) and {0, *(row[0] for row in watched.evaluations)} <= {*steps}
    assert watched.frames == b"\x80" * (len(steps) * 2 * 8 * 8)  # √0.25 of 255
    view, still = shown
    assert set(view) == {VIEW, "text/plain"}
    assert still["text/plain"].startswith("A training: trained for 3 epochs. Train accuracy ≈ 0")
    styles = base.STILL_STYLE + plots.PAPER_STYLE
    picture = f'<div class="coordlib-still">{styles}<img alt="A training'
    assert still["text/html"].startswith(picture)


def test_live_training_already_shown_is_not_shown_again(experiment, shown):
    watched = LiveTraining(experiment, Recipe(epochs=1))
    watched._ipython_display_()
    watched.wait()
    assert [VIEW in bundle for bundle in shown] == [True, False, False]


def test_live_training_stops_at_the_pages_word(experiment, shown):
    watched = LiveTraining(experiment, Recipe(epochs=100_000))
    watched._handle_custom_msg("stop", [])
    watched.wait()
    assert not watched.result.finished
    assert watched.progress["state"] == "stopped"


def test_live_training_keeps_what_it_has_when_interrupted(experiment, shown):
    # A shell starts background jobs, and so a test run among them, with interrupts ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    interrupted = threading.Event()

    def picture():
        if shown and not interrupted.is_set():  # a cell waits for it, and an epoch is done
            interrupted.set()
            _thread.interrupt_main()
        return _maps()

    try:
        watched = LiveTraining(experiment, Recipe(epochs=100_000), picture=picture)
        watched.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    assert watched.result.step > 0 and watched.progress["state"] == "stopped"


def test_live_training_raises_what_went_wrong(experiment, shown):
    with pytest.raises(ValueError, match=r"picture gave shape \(8,\)"):
        LiveTraining(experiment, Recipe(epochs=1), picture=lambda: np.zeros(8))
    for options, message in (
        ({"metrics": ["accuracy"]}, "metrics got accuracy; it takes some of train_loss"),
        ({"precision": "half"}, "precision got 'half'"),
    ):
        watched = LiveTraining(experiment, Recipe(epochs=1), **options)
        with pytest.raises(ValueError, match=message):
            watched.wait()
        assert watched.progress["state"] == "failed"


def test_live_training_is_cut_where_the_environment_says_so(experiment, shown, monkeypatch):
    monkeypatch.setenv("COORDLIB_EPOCHS", "2")
    for recipe, length, step in (
        (Recipe(epochs=100_000, evaluate_every=10), "2 epochs", 4),
        (Recipe(epochs=1, evaluate_every=10), "1 epoch", 2),
        (Recipe(steps=100_000, evaluate_every=3), "6 steps", 6),
    ):
        watched = LiveTraining(experiment, recipe)
        watched.wait()
        assert watched.result.finished and repr(watched) == f"LiveTraining('Training', {length})"
        assert watched.evaluations[-1][0] == step
    for wrong in ("0", "-1", "few", "1.5"):
        monkeypatch.setenv("COORDLIB_EPOCHS", wrong)
        with pytest.raises(ValueError, match=r"COORDLIB_EPOCHS got .*; it takes a whole number"):
            LiveTraining(experiment, Recipe(epochs=1))


def test_live_training_is_not_longer_than_a_page_can_show(experiment, shown, monkeypatch):
    monkeypatch.setattr(film, "_MOST_PICTURES", 8)
    watched = LiveTraining(experiment, Recipe(epochs=30), picture=_maps)
    watched.wait()
    assert len(watched.frame_steps) <= 8
    assert watched.frame_steps[0] == 0 and watched.frame_steps[-1] == watched.result.step


def test_live_training_keeps_more_pictures_early(experiment, shown, monkeypatch):
    monkeypatch.setattr(member, "_TOLD_EVERY", 0)
    watched = LiveTraining(experiment, Recipe(epochs=3, batch_size=1), picture=_maps)
    watched.wait()
    epochs = [row[0] for row in watched.evaluations]
    between = [step for step in watched.frame_steps[1:] if step not in epochs]
    first, second, third = (
        sum(low < step < high for step in between) for low, high in pairwise([0, *epochs])
    )
    assert first >= 5 and second == 1 and third == 0


def test_live_training_is_the_same_watched_or_not(split, shown, monkeypatch):
    monkeypatch.setattr(member, "_TOLD_EVERY", 0)
    ended = []
    for watched in (True, False):
        made, seen = new_experiment(split), []

        def picture(network=made.network, seen=seen):
            seen.append(network.training)
            torch.rand(1)  # as a picture of made-up scenes would
            return network(split.test[:2].float())[:, 0].sigmoid()

        options = {"picture": picture} if watched else {}
        LiveTraining(made, Recipe(epochs=2), seed=3, **options).wait()
        assert len(seen) > 4 if watched else not seen
        assert not any(seen)  # never in the mode to train
        ended.append(made.network.state_dict())
    for name, values in ended[0].items():
        assert torch.equal(values, ended[1][name]), name


def test_live_training_tells_the_page_at_most_ten_times_a_second(experiment, shown, monkeypatch):
    sent = []
    monkeypatch.setattr(LiveTraining, "send_state", lambda self, key=None: sent.append(key))
    started = time.perf_counter()
    watched = LiveTraining(experiment, Recipe(epochs=300, evaluate_every=300))
    watched.wait()
    assert len(sent) < 10 * (time.perf_counter() - started) + 5  # more where it takes longer


# Probe


def test_probe_starts_amid_the_test_positions(split, experiment):
    made = Probe({"Conv": experiment.network}, split)
    assert [made.x, made.y] in split.test.tolist()
    assert (
        made.networks[0]["colour"]
        != Probe({"CoordConv": experiment.network}, split).networks[0]["colour"]
    )
    assert "Conv: probability of that pixel ≈ 0." in made.alt()


def test_probe_says_how_well_a_painting_overlaps(split):
    network = painter(8)
    with torch.no_grad():
        network.draw[-1].bias.fill_(9)  # everything is painted
    full = Probe({"CoordConv": network}, split, paints=True, position=(4, 4))
    assert "what each network paints there. CoordConv: overlap with the square (IOU) ≈ 0.14" in (
        full.alt()  # 9 of 64 pixels
    )


def test_probe_refuses_a_position_whose_square_leaves_the_canvas(split):
    with pytest.raises(ValueError, match=r"position got \(0, 4\); it takes .* from 1 to 6"):
        Probe({"CoordConv": painter(8)}, split, paints=True, position=(0, 4))


def test_probe_refuses_a_painter_that_it_cannot_compute(split):
    with pytest.raises(TypeError, match="it takes it with paints=True"):
        Probe({"CoordConv": painter(8)}, split)
    with pytest.raises(TypeError, match="networks got one with a softmax between its halves"):
        Probe({"CoordConv": painter(8, sharpen=1)}, split, paints=True)
    with pytest.raises(TypeError, match="networks got one with Conv2d"):
        Probe({"CoordConv": painter(8, filter_size=3)}, split, paints=True)


def test_probe_refuses_what_it_cannot_compute(split):
    for name in ("upsample", "dilated"):
        with pytest.raises(TypeError, match="networks got"):
            Probe({name: classification.build(name, 8)}, split)
    with pytest.raises(TypeError, match="networks got a Linear"):
        probe.layers(torch.nn.Linear(2, 2), probe.Weights())
