"""A training of the paper's size on a page, here at 8 × 8: its price, end, stop and failures."""

from __future__ import annotations

import re

import pytest
import torch

from coordlib import datasets, training
from coordlib.recipes import Recipe
from coordlib.tasks import classification
from coordlib.widgets import LiveTraining, base, full_size, live

CPU = torch.device("cpu")
RECIPE = Recipe(epochs=3)  # of two steps each
PRICE = r"Small: 3 epochs, 6 steps on the CPU, ≈ \d+\.\d minutes, evaluations not counted\."


@pytest.fixture(autouse=True)
def unseen(monkeypatch):
    """There is no page to show anything in."""
    for module in (base, live):
        monkeypatch.setattr(module, "display", lambda *_, **__: None)
    monkeypatch.setattr(training, "pick_device", lambda: CPU)


class Fails(classification.Experiment):
    """Its first loss raises an error."""

    error: BaseException

    def loss(self, batch):
        raise self.error


def build(device, kind=classification.Experiment):
    network = classification.build("coordconv", 8).to(device)
    return kind(network, datasets.split("quadrant", 8, 3))


def weights(experiment):
    return torch.cat([each.detach().flatten() for each in experiment.network.parameters()])


@pytest.fixture
def heard(capsys):
    """Calls it, and gives what came of it and the lines that were printed."""

    def heard(build=build, recipe=RECIPE, on=True, **options):
        result = full_size(build, recipe, on=on, title="Small", **options)
        return result, capsys.readouterr().out.splitlines()

    return heard


@pytest.fixture
def stopped(monkeypatch):
    """Each training is stopped before its first step, until the list holds something."""
    until, wait = [], LiveTraining.wait

    def stop(self):
        if not until:
            self.stop()
        wait(self)

    monkeypatch.setattr(LiveTraining, "wait", stop)
    return until


def kept(home):
    return list((home / "full-size").glob("*")) if home.exists() else []


def test_what_it_will_take_is_said_and_nothing_begun(heard, home):
    result, lines = heard(on=False)
    assert result is None and len(lines) == 1 and re.fullmatch(PRICE, lines[0])
    assert not kept(home)


def test_a_length_in_steps_is_said_as_such(heard):
    _, lines = heard(recipe=Recipe(steps=5), on=False)
    assert lines[0].startswith("Small: 5 steps on the CPU, ≈ ")


def test_it_trains_as_it_would_elsewhere_and_leaves_nothing_behind(heard, home):
    alone = build(CPU)
    training.train(alone, RECIPE, seed=4)
    seen = []
    result, lines = heard(
        seed=4,
        picture=lambda it: (
            seen.append(it) or classification.probability_maps(it.network, it.split.test[:2])
        ),
    )
    assert re.fullmatch(PRICE, lines[0]) and len(lines) == 1
    assert result.result.finished and torch.equal(weights(result.experiment), weights(alone))
    assert seen and all(each is result.experiment for each in seen)
    assert not kept(home)


def test_a_stopped_one_is_gone_on_with(heard, stopped, home):
    alone = build(CPU)
    training.train(alone, RECIPE)
    result, lines = heard()
    assert not result.result.finished
    assert lines[-1] == (
        f"Stopped after {result.result.step} steps; the same cell goes on from there."
    )
    assert len(kept(home)) == 1
    stopped.append("no more")
    result, lines = heard()
    assert lines[1:] == ["It goes on where it was stopped."]
    assert result.result.finished and torch.equal(weights(result.experiment), weights(alone))
    assert not kept(home)


def test_what_another_training_left_is_not_gone_on_with(heard, stopped, home):
    heard()
    stopped.append("no more")
    result, lines = heard(recipe=Recipe(epochs=2))
    assert lines[1:] == ["What was kept is of another training; this one begins anew."]
    assert result.result.finished and result.result.step == 4


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (torch.OutOfMemoryError("CUDA out of memory."), "there is too little memory for it here"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "there is too little memory"),
        (MemoryError(), "there is too little memory for it here"),
        (RuntimeError("CUDA error: the device is lost\nmore"), "CUDA error: the device is lost; "),
    ],
)
@pytest.mark.parametrize("sound", [0, 1], ids=["when it is measured", "when it is trained"])
def test_a_failure_is_one_line(heard, error, said, sound):
    built = []

    def failing(device):
        built.append(build(device, classification.Experiment if len(built) < sound else Fails))
        built[-1].error = error
        return built[-1]

    result, lines = heard(failing)
    assert result is None and len(built) == len(lines) == 1 + sound
    assert lines[-1].startswith(f"Small ended: {said}") and lines[-1].endswith("; try again.")


def test_an_interrupt_while_it_is_measured_is_one_line(heard):
    def interrupted(device):
        raise KeyboardInterrupt

    result, lines = heard(interrupted)
    assert result is None and lines == ["Stopped before it began: nothing is lost."]


def test_other_mistakes_are_errors(heard):
    with pytest.raises(ValueError, match="metrics got nothing; it takes some of"):
        heard(metrics=["nothing"])
