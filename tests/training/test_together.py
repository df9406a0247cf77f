"""Several networks trained as one: to rounding, what each would have become alone."""

import dataclasses
import threading

import pytest
import torch

from coordlib import training
from coordlib.recipes import Recipe
from coordlib.recording import Order, record, record_together
from coordlib.storage import load_tensors
from coordlib.tasks import classification, regression, rendering
from coordlib.training import together

TASKS = (classification, regression, rendering)
NETWORKS = [(task, name) for task in TASKS for name in task.NETWORKS]
# An epoch has five steps, the last of them with fewer examples.
RECIPE = Recipe(epochs=2, batch_size=36, schedule="one_cycle")
CHANGES = [(0, 0.005, 0.0), (1, 0.001, 0.001), (2, 0.005, 0.01)]


def members(task, network, epochs=2):
    settings, _ = task.preset(network, "quadrant", scale="smoke")
    return [
        training.Member(
            settings.experiment(seed, torch.device("cpu")),
            dataclasses.replace(RECIPE, epochs=epochs, learning_rate=rate, l2=l2),
            seed,
        )
        for seed, rate, l2 in CHANGES
    ]


def alone(each, **options):
    return training.train(each.experiment, each.recipe, seed=each.seed, **options)


@pytest.fixture
def doubled(monkeypatch):
    """All that is float32 in the library becomes float64, where rounding cannot hide a mistake."""
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize(("task", "network"), NETWORKS)
def test_together_is_what_each_is_alone_in_float64(doubled, task, network):
    as_one, separate = members(task, network, epochs=1), members(task, network, epochs=1)
    training.train_together(as_one, precision="float32")
    for ours, theirs in zip(as_one, separate, strict=True):
        alone(theirs, precision="float32")
        expected = theirs.experiment.network.state_dict()
        for name, value in ours.experiment.network.state_dict().items():
            torch.testing.assert_close(value, expected[name], rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize(("task", "network"), NETWORKS)
def test_losses_and_gradients_agree_to_rounding(task, network, precision):
    """One step: after many, Adam has made much of gradients that are nothing but rounding."""
    low = precision == "bfloat16"
    experiments = [member.experiment for member in members(task, network)]
    if low and not experiments[0].low_precision_pays:
        pytest.skip("never trained in 16 bits")
    batches = [torch.arange(start, start + 20) for start in (0, 20, 40)]
    with torch.autocast("cpu", torch.bfloat16, enabled=low):
        losses = together.losses(
            [experiment.network for experiment in experiments],
            [experiment.loss for experiment in experiments],
            batches,
        )
        sum(losses).backward()
    found = [gradients(experiment) for experiment in experiments]
    for experiment, batch, loss, ours in zip(experiments, batches, losses, found, strict=True):
        exact = experiment.loss(batch)
        exact.backward()
        expected = gradients(experiment)
        allowed = 1e-4 * expected.norm() + 1e-5
        if low:  # no further off than the same network alone, in 16 bits
            with torch.autocast("cpu", torch.bfloat16):
                experiment.loss(batch).backward()
            allowed += 2 * (gradients(experiment) - expected).norm()
        assert loss.item() == pytest.approx(exact.item(), rel=1e-2 if low else 1e-5)
        assert (ours - expected).norm() < allowed


def gradients(experiment):
    flat = torch.cat([p.grad.flatten() for p in experiment.network.parameters()])
    experiment.network.zero_grad()
    return flat


def test_members_keep_their_own_events_and_checkpoints_and_can_go_on_alone(tmp_path):
    def with_files(number, each, events=None):
        checkpoint = tmp_path / f"{number}.safetensors"
        return dataclasses.replace(each, checkpoint=checkpoint, on_event=events)

    stop = threading.Event()
    told = {0: [], 1: [], 2: []}

    def listen(number):
        def on_event(event):
            told[number].append(event)
            if number == 2 and isinstance(event, training.Evaluation):
                stop.set()

        return on_event

    first = [
        with_files(number, each, listen(number))
        for number, each in enumerate(members(classification, "coordconv"))
    ]
    stopped = training.train_together(first, precision="float32", stop=stop)
    assert [result.step for result in stopped] == [5, 5, 5]
    for number, result in enumerate(stopped):
        assert result.history == [e for e in told[number] if isinstance(e, training.Evaluation)]

    # One goes on alone; then all again, of which the others are behind.
    again = [
        with_files(number, each) for number, each in enumerate(members(classification, "coordconv"))
    ]
    ahead = alone(again[1], precision="float32", checkpoint=again[1].checkpoint)
    assert ahead.finished and ahead.step == 10
    results = training.train_together(again, precision="float32")
    assert all(result.finished and result.step == 10 for result in results)
    assert results[1].seconds == ahead.seconds  # what it waits is not counted
    for ours, theirs in zip(results, members(classification, "coordconv"), strict=True):
        expected = alone(theirs, precision="float32")
        losses = [[each.metrics["train_loss"] for each in r.history] for r in (ours, expected)]
        assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    _, about = load_tensors(tmp_path / "2.safetensors")
    assert about["identity"]["seed"] == 2 and about["identity"]["recipe"]["l2"] == 0.01


def test_members_that_differ_in_more_are_refused():
    pair = members(classification, "coordconv")[:2]
    other = members(classification, "fully_connected")[1]
    with pytest.raises(ValueError, match="members take one network: that of number 1 is"):
        training.train_together([pair[0], other])
    longer = dataclasses.replace(pair[1], recipe=Recipe(epochs=3, batch_size=36))
    with pytest.raises(ValueError, match="members take one recipe: that of number 1 is"):
        training.train_together([pair[0], longer])


def test_runs_recorded_together_are_those_recorded_alone(tmp_path):
    settings, recipe = classification.preset("coordconv", "uniform", scale="smoke", inputs="raw")
    recipe = dataclasses.replace(recipe, epochs=2)
    orders = [
        Order("classification", settings, recipe, seed, tmp_path / f"{seed}", command=f"run {seed}")
        for seed in range(3)
    ]
    runs = record_together(orders, precision="float32")
    for order, run in zip(orders, runs, strict=True):
        assert run.finished and run.command == order.command and run.machine["together"] == 3
        expected = record(
            *("classification", settings, recipe, order.seed, tmp_path / f"alone{order.seed}"),
            precision="float32",
        )
        assert "together" not in expected.machine
        assert run.final["train_loss"] == pytest.approx(expected.final["train_loss"], rel=1e-3)
    # Not the hidden locks, which some versions of filelock write anew.
    files = {path: path.stat().st_mtime_ns for path in tmp_path.glob("?/[!.]*")}
    finished = [dataclasses.replace(order, resume=True) for order in orders]
    assert all(run.finished for run in record_together(finished))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("?/[!.]*")} == files
