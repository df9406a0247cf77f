"""The training loop: repeatable to the bit, stoppable, resumable, and true in what it tells."""

import pickle
import threading

import pytest
import torch

from coordlib import datasets, training
from coordlib.experiment import Experiment, LibraryExperiment
from coordlib.recipes import Recipe
from coordlib.storage import StorageError
from coordlib.tasks import classification

RECIPE = Recipe(epochs=3, batch_size=16, schedule="one_cycle", l2=0.001)
STEPS = 3 * RECIPE.steps_per_epoch(160)  # 16 × 16 canvas, 3 × 3 squares


def experiment(network="deconv", seed=0):
    split = datasets.split("quadrant", 16, 3)
    assert len(split.train) == 160
    return classification.Experiment(classification.build(network, 16, seed=seed), split)


def weights(of):
    return {name: value.clone() for name, value in of.network.state_dict().items()}


def equal(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def without_seconds(history):
    return [(evaluation.step, evaluation.epoch, evaluation.metrics) for evaluation in history]


class StopAt:
    """Sets the stop event when a step is reached, the way a person's click does."""

    def __init__(self, step):
        self.stop = threading.Event()
        self.step = step
        self.steps_taken = 0

    def around(self, task):
        loss = task.loss

        def counted(indices):
            self.steps_taken += 1
            if self.steps_taken == self.step:
                self.stop.set()
            return loss(indices)

        task.loss = counted
        return task


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("stop_at", [1, 10, 11, STEPS - 1])
def test_a_resumed_training_equals_an_uninterrupted_one_bit_for_bit(tmp_path, stop_at, precision):
    whole = experiment()
    expected = training.train(whole, RECIPE, seed=5, precision=precision)
    assert expected.finished and expected.step == STEPS

    path = tmp_path / "checkpoint.safetensors"
    stopping = StopAt(stop_at)
    first = training.train(
        stopping.around(experiment()),
        RECIPE,
        seed=5,
        precision=precision,
        stop=stopping.stop,
        checkpoint=path,
    )
    assert first.step == stop_at and not first.finished
    resumed = experiment(seed=99)  # its own weights must not matter
    second = training.train(resumed, RECIPE, seed=5, precision=precision, checkpoint=path)
    assert second.finished and second.step == STEPS
    assert equal(weights(resumed), weights(whole))
    assert without_seconds(second.history) == without_seconds(expected.history)
    assert second.seconds > first.seconds


def test_seeds_decide_the_run():
    runs = [training.train(experiment(), RECIPE, seed=seed) for seed in (1, 1, 2)]
    one, same, other = (without_seconds(run.history) for run in runs)
    assert one == same != other


def test_events_tell_the_training(tmp_path):
    events = []
    result = training.train(experiment(), RECIPE, on_event=events.append)
    told = [event for event in events if isinstance(event, training.Evaluation)]
    assert told == result.history
    assert [event.epoch for event in told] == [1, 2, 3]
    last = [event for event in events if isinstance(event, training.Progress)][-1]
    assert (last.step, last.steps, last.epoch) == (STEPS, STEPS, 2)
    assert last.loss < 6 and last.learning_rate < 1e-6


def test_the_last_epoch_is_always_evaluated():
    recipe = Recipe(epochs=5, batch_size=64, evaluate_every=3)
    history = training.train(experiment(), recipe).history
    assert [evaluation.epoch for evaluation in history] == [3, 5]


def test_l2_is_two_times_w_on_convolution_kernels_only():
    """One step from a zero gradient: only the penalty moves the weights."""

    class Silent(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.kernel = torch.nn.Parameter(torch.ones(2, 2, 1, 1))
            self.dense = torch.nn.Parameter(torch.ones(2, 2))
            self.bias = torch.nn.Parameter(torch.ones(2))

    class Task(Experiment):
        network, train_size = Silent(), 1

        def loss(self, batch):
            return 0 * sum(parameter.sum() for parameter in self.network.parameters())

        def evaluate(self):
            return {}

    task = Task()
    training.train(task, Recipe(epochs=1, batch_size=1, learning_rate=0.1, l2=0.01))
    assert task.network.bias.tolist() == [1, 1]
    assert task.network.dense.tolist() == [[1, 1], [1, 1]]
    # Adam's first step is rate · g / (|g| + 1e-8) whatever g's size, with g = 2 · l2 · w.
    assert task.network.kernel.flatten().tolist() == pytest.approx([0.9] * 4, abs=1e-4)


def test_the_task_can_be_learned():
    task = experiment("coordconv")
    recipe = Recipe(epochs=30, learning_rate=0.01, schedule="one_cycle", l2=0.001)
    metrics = training.train(task, recipe, precision="float32").history[-1].metrics
    assert metrics["train_accuracy"] == 1


def test_a_job_stops_when_asked_and_keeps_what_it_has():
    begun = threading.Event()
    job = training.start(experiment(), Recipe(epochs=100_000), on_event=lambda _: begun.set())
    begun.wait()
    assert not job.done
    job.stop()
    result = job.wait()
    assert job.done and not result.finished and result.step > 0


def test_a_job_raises_what_the_training_raised():
    def broken(indices):
        raise RuntimeError("boom")

    task = experiment()
    task.loss = broken
    with pytest.raises(RuntimeError, match="boom"):
        training.start(task, RECIPE).wait()


def test_a_network_is_trained_by_one_job_at_a_time():
    task = experiment()
    first = training.start(task, Recipe(epochs=100_000))
    again = classification.Experiment(task.network, datasets.split("uniform", 16, 3))
    with pytest.raises(ValueError, match=r"still changing; .* wait\(\)\), or stop it first"):
        training.start(again, RECIPE)
    other = training.start(experiment(), RECIPE)
    first.stop()
    assert not first.wait().finished and other.wait().finished
    assert training.start(again, RECIPE).wait().finished


def test_a_network_whose_training_raised_can_be_trained_again():
    task = experiment()
    broken = classification.Experiment(task.network, datasets.split("uniform", 16, 3))
    broken.loss = lambda indices: 1 / 0
    failed = training.start(broken, RECIPE)
    with pytest.raises(ZeroDivisionError):
        failed.wait()
    assert training.start(task, RECIPE).wait().finished


def test_an_interrupt_while_waiting_stops_the_training(monkeypatch):
    job = training.start(experiment(), Recipe(epochs=100_000))

    def interrupted(self, timeout=None, join=threading.Thread.join):
        if timeout is not None:
            raise KeyboardInterrupt
        join(self)

    monkeypatch.setattr(threading.Thread, "join", interrupted)
    assert not job.wait().finished


def test_a_checkpoint_of_something_else_is_refused(tmp_path):
    path = tmp_path / "c.safetensors"
    stopping = StopAt(2)
    training.train(stopping.around(experiment()), RECIPE, stop=stopping.stop, checkpoint=path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="its seed is 0, this one's is 1"):
        training.train(experiment(), RECIPE, seed=1, checkpoint=path)
    with pytest.raises(ValueError, match="its recipe is"):
        training.train(experiment(), Recipe(epochs=4), checkpoint=path)
    with pytest.raises(ValueError, match=r"of another network: .*differ"):
        training.train(experiment("fully_connected"), RECIPE, checkpoint=path)
    path.write_bytes(before[:-10])
    with pytest.raises(StorageError, match=r"c\.safetensors"):
        training.train(experiment(), RECIPE, checkpoint=path)


CONSTANT = Recipe(epochs=3, batch_size=16, learning_rate=0.01)


class Slider:
    """Gives a factor for the rate, and another one from a step on, as if somebody moved it then."""

    def __init__(self, before, after=None, step=STEPS):
        self.factors = [before] * step + [before if after is None else after] * (STEPS - step)

    def __call__(self):
        return self.factors.pop(0)


def test_a_factor_of_the_rate_gives_the_training_at_that_rate():
    fast, told = experiment(), []
    training.train(fast, CONSTANT.changed(learning_rate=0.02))
    turned = experiment()
    result = training.train(turned, CONSTANT, rate_factor=lambda: 2, on_event=told.append)
    assert equal(weights(turned), weights(fast))
    assert told[0] == training.RateChange(0, 2) and result.rate_changes == told[:1]
    rates = [each.learning_rate for each in told if isinstance(each, training.Progress)]
    assert rates and set(rates) == {0.02}


def test_a_factor_of_one_changes_nothing():
    plain, asked = experiment(), experiment()
    expected = training.train(plain, RECIPE)
    result = training.train(asked, RECIPE, rate_factor=lambda: 1.0)
    assert equal(weights(plain), weights(asked))
    assert expected.rate_changes == result.rate_changes == []


def test_changes_of_the_rate_are_kept_and_a_resumed_training_goes_on_with_them(tmp_path):
    whole, path = experiment(), tmp_path / "checkpoint.safetensors"
    expected = training.train(whole, CONSTANT, rate_factor=Slider(1, 3, step=7))
    assert expected.rate_changes == [training.RateChange(7, 3)]
    stopping, slider = StopAt(9), Slider(1, 3, step=7)
    first = training.train(
        stopping.around(experiment()),
        CONSTANT,
        stop=stopping.stop,
        checkpoint=path,
        rate_factor=slider,
    )
    assert first.step == 9 and not first.finished
    resumed = experiment()
    second = training.train(resumed, CONSTANT, checkpoint=path, rate_factor=slider)
    assert second.rate_changes == expected.rate_changes
    assert equal(weights(resumed), weights(whole))


def test_a_training_resumed_without_the_factor_says_from_where_on(tmp_path):
    path, stopping = tmp_path / "checkpoint.safetensors", StopAt(4)
    training.train(
        stopping.around(experiment()),
        CONSTANT,
        stop=stopping.stop,
        checkpoint=path,
        rate_factor=lambda: 3,
    )
    result = training.train(experiment(), CONSTANT, checkpoint=path)
    assert result.rate_changes == [training.RateChange(0, 3), training.RateChange(4, 1)]


@pytest.mark.parametrize("factor", [0, -1, float("nan"), float("inf"), "2"])
def test_a_factor_that_is_none_is_named(factor):
    with pytest.raises(ValueError, match=r"rate_factor got .*; it takes a number"):
        training.train(experiment(), CONSTANT, rate_factor=lambda: factor)


def test_a_librarys_loop_takes_no_factor():
    class Library(LibraryExperiment):
        network = torch.nn.Linear(1, 1)

    with pytest.raises(ValueError, match="rate_factor got a function; Library, a library's loop"):
        training.train(Library(), Recipe(steps=3), rate_factor=lambda: 2)


def test_a_diverged_training_says_what_it_gave_until_then():
    recipe = Recipe(epochs=3, optimizer="sgd", learning_rate=0.01)
    with pytest.raises(training.DivergenceError) as caught:
        training.train(experiment(), recipe, rate_factor=Slider(1, 1e30, step=15))
    for error in (caught.value, pickle.loads(pickle.dumps(caught.value))):
        assert error.result.rate_changes == [training.RateChange(15, 1e30)]
        assert error.result.step >= 15 and len(error.result.history) == 1
        assert str(error) == error.result.diverged != ""


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"seed": "3"}, TypeError, "seed got '3'"),
        ({"seed": True}, TypeError, "seed got True"),
        ({"precision": "half"}, ValueError, "precision got 'half'"),
    ],
)
def test_bad_arguments_are_named(arguments, error, says):
    with pytest.raises(error, match=says):
        training.train(experiment(), RECIPE, **arguments)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_training_on_a_gpu(precision):
    task = experiment("coordconv")
    task.network.cuda()
    task = classification.Experiment(task.network, task.split)
    result = training.train(task, RECIPE, precision=precision)
    assert result.finished and result.history[-1].metrics["train_loss"] < 6
