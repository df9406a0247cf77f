"""A recorded run survives being stopped, killed and resumed, and is never mixed with another."""

import dataclasses
import itertools
import threading

import pytest
import torch

from coordlib import records, training
from coordlib.recipes import Recipe
from coordlib.recording import Order, record, record_together, restore
from coordlib.storage import StorageError, load_tensors, save_tensors
from coordlib.tasks.classification import Experiment, Settings

SETTINGS = Settings("deconv", "quadrant", canvas=16, square=3)
RECIPE = Recipe(epochs=3)


def recorded(folder, **options):
    settings = options.pop("settings", SETTINGS)
    recipe = options.pop("recipe", RECIPE)
    return record("classification", settings, recipe, options.pop("seed", 1), folder, **options)


def test_a_finished_run_is_on_disk_without_its_checkpoint(tmp_path):
    run = recorded(tmp_path / "run", command="coordlib run …", device="cpu")
    assert run.finished and run.step == 30 and run.history["epoch"] == [1, 2, 3]
    network = SETTINGS.experiment(0, "cpu").network
    assert run.parameters == sum(p.numel() for p in network.parameters())
    loaded = records.load(tmp_path / "run")
    assert loaded.machine["precision"] == "float32" and loaded.machine["device"] == "cpu"
    assert loaded.history == run.history and loaded.command == "coordlib run …"
    names = {path.name for path in (tmp_path / "run").iterdir()} - {".lock"}
    assert names == {"run.json", "weights.safetensors"}


def test_a_restored_network_is_the_one_of_the_last_evaluation(tmp_path):
    run = recorded(tmp_path)
    metrics = restore(records.load(tmp_path)).evaluate()
    assert metrics["train_loss"] == pytest.approx(run.final["train_loss"], abs=1e-4)


def test_a_stopped_run_goes_on_where_it_was(tmp_path):
    whole = recorded(tmp_path / "whole")
    stop = threading.Event()
    first = recorded(
        tmp_path / "parts", stop=stop, on_event=lambda event: event.step >= 10 and stop.set()
    )
    assert not first.finished and 10 <= first.step < 30
    second = recorded(tmp_path / "parts", resume=True)
    assert second.finished
    for name in ("step", "train_loss", "test_distance"):
        assert second.history[name] == whole.history[name]
    files = [tmp_path / name / "weights.safetensors" for name in ("whole", "parts")]
    same = files[0].read_bytes() == files[1].read_bytes()
    assert same  # pytest would take minutes to show where they differ


def test_a_run_goes_on_in_its_own_precision_and_says_where(tmp_path, monkeypatch):
    stop = threading.Event()
    first = recorded(tmp_path, precision="bfloat16", stop=stop, on_event=lambda _: stop.set())
    assert not first.finished and first.resumed == []
    with pytest.raises(ValueError, match="precision got 'float32'; the run was begun in bfloat16"):
        recorded(tmp_path, precision="float32", resume=True)
    stopped = threading.Event()
    stopped.set()
    monkeypatch.setattr(records, "commit", lambda: "later")
    for _ in range(2):  # the second time nothing is new
        recorded(tmp_path, resume=True, stop=stopped)
    second = recorded(tmp_path, resume=True)  # in float32, if it were new
    assert second.finished and second.machine["precision"] == "bfloat16"
    (where,) = second.resumed
    assert where["commit"] == "later" and where["machine"]["precision"] == "bfloat16"
    assert second.commit == first.commit and records.load(tmp_path) == second


def test_a_run_that_lost_all_its_steps_begins_anew(tmp_path, monkeypatch):
    first = recorded(
        tmp_path,
        precision="bfloat16",
        stop=(stop := threading.Event()),
        on_event=lambda _: stop.set(),
    )
    dataclasses.replace(first, step=0, history={}).save()
    (tmp_path / "checkpoint.safetensors").unlink()  # as if killed in its first minute
    monkeypatch.setattr(records, "commit", lambda: "later")
    second = recorded(tmp_path, resume=True)
    assert second.finished and second.machine["precision"] == "float32"
    assert second.commit == "later" and second.resumed == []


def test_a_finished_run_is_not_run_again(tmp_path):
    recorded(tmp_path)
    before = (tmp_path / "run.json").read_bytes()
    assert recorded(tmp_path, resume=True).finished
    assert (tmp_path / "run.json").read_bytes() == before


def test_a_wrong_precision_leaves_no_run_behind(tmp_path):
    for wrong in ("bf16", "half"):
        with pytest.raises(ValueError, match=f"precision got '{wrong}'"):
            recorded(tmp_path, precision=wrong)
    assert recorded(tmp_path).finished


def test_only_runs_of_one_setting_are_trained_as_one(tmp_path):
    orders = [
        Order("classification", settings, RECIPE, 1, tmp_path / settings.split)
        for settings in (SETTINGS, dataclasses.replace(SETTINGS, split="uniform"))
    ]
    with pytest.raises(ValueError, match="different tasks or settings"):
        record_together(orders)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seed": 2}, "its seed is 1, asked for was 2"),
        ({"recipe": Recipe(epochs=4)}, "its recipe is"),
        ({"settings": dataclasses.replace(SETTINGS, multiplier=2)}, "its settings is"),
    ],
)
def test_another_runs_folder_is_refused(tmp_path, change, says):
    recorded(tmp_path)
    with pytest.raises(ValueError, match=says):
        recorded(tmp_path, resume=True, **change)


def test_a_wrong_resume_writes_nothing_so_that_the_right_one_goes_on(tmp_path):
    stop = threading.Event()
    recorded(tmp_path, stop=stop, on_event=lambda event: event.step >= 10 and stop.set())
    (tmp_path / "run.json").unlink()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ValueError, match="is of another training: its recipe is"):
        recorded(tmp_path, recipe=Recipe(epochs=4), resume=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert recorded(tmp_path, resume=True).finished


def test_threads_are_recorded_and_kept_on_resume_but_who_asks_gets_others(tmp_path, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(training, "usable_cores", lambda: list(range(8)))
    before = torch.get_num_threads()
    stop = threading.Event()
    seen = []

    def once(event):
        seen.append(torch.get_num_threads())
        stop.set()

    first = recorded(tmp_path, threads=2, stop=stop, on_event=once)
    assert first.machine["threads"] == 2 and seen == [2]
    for asked, used in ((None, 2), (1, 1)):
        stop.clear()
        run = recorded(tmp_path, threads=asked, resume=True, stop=stop, on_event=once)
        assert seen[-1] == used
        assert run.machine["threads"] == 2
    assert run.resumed[-1]["machine"]["threads"] == 1
    assert torch.get_num_threads() == before
    for threads in (0, 100_000):
        with pytest.raises(ValueError, match=f"threads got {threads}"):
            recorded(tmp_path, threads=threads, resume=True)


def test_more_threads_than_cores_are_not_kept(tmp_path, monkeypatch):
    stop = threading.Event()
    recorded(tmp_path, threads=2, stop=stop, on_event=lambda _: stop.set())
    monkeypatch.setattr(training, "usable_cores", lambda: [0])
    assert recorded(tmp_path, resume=True).resumed[-1]["machine"]["threads"] == 1


def test_a_run_that_diverges_is_kept_as_far_as_it_was_good(tmp_path, monkeypatch):
    good = Experiment.loss

    def loss(self, batch, count=itertools.count(1)):  # noqa: B008  (counts on)
        return good(self, batch) * (float("nan") if next(count) >= 15 else 1)

    monkeypatch.setattr(Experiment, "loss", loss)
    with pytest.raises(training.DivergenceError, match="'loss' is not a finite number at step 15"):
        recorded(tmp_path, checkpoint_seconds=0)
    run = records.load(tmp_path)
    assert (run.finished, run.step, run.history["step"]) == (False, 14, [10])
    assert run.diverged.startswith("the loss of turn 'loss'")
    assert not (tmp_path / "weights.safetensors").exists()
    monkeypatch.undo()
    again = recorded(tmp_path, resume=True)
    assert again.finished and again.diverged == ""


RESTORED = [
    pytest.param(run, id=run.folder.name)
    for name in ("coordconv-quadrant-seed0", "deconv-m1-fs4-quadrant-seed0")
    for run in records.shipped("classification")
    if run.folder.name == name
]


@pytest.mark.parametrize("run", RESTORED)
def test_what_restore_evaluates_is_what_was_recorded(run):
    found = restore(run).evaluate()
    assert found == pytest.approx({name: run.final[name] for name in found}, rel=0.02, abs=1e-3)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"step": 999}, "step got 999; the last evaluation is of another"),
        ({"recipe": {"epochs": 9}}, "history.epoch ends at 3; the recipe has 9 epochs"),
        ({"recipe": {"epochs": 2}}, "history.epoch ends at 3; the recipe has 2 epochs"),
        ({"machine": {"threads": "two"}}, "machine.threads got 'two'"),
        ({"machine": {"threads": -3}}, "machine.threads got -3"),
        ({"machine": {"precision": 5}}, "machine.precision got 5"),
    ],
)
def test_a_run_that_cannot_be_is_refused_with_its_file(tmp_path, change, says):
    run = recorded(tmp_path)
    dataclasses.replace(run, **change).save()
    with pytest.raises(StorageError, match=r"run\.json is not a run of coordlib") as error:
        recorded(tmp_path, resume=True)
    assert says in str(error.value)


def test_weights_that_are_no_numbers_are_refused(tmp_path):
    run = recorded(tmp_path)
    tensors, about = load_tensors(tmp_path / "weights.safetensors")
    next(iter(tensors.values())).fill_(float("nan"))
    save_tensors(tmp_path / "weights.safetensors", tensors, about)
    with pytest.raises(StorageError, match=r"weights\.safetensors is damaged: .* no finite number"):
        restore(run)


def test_a_run_of_an_unknown_task_is_named_by_its_file(tmp_path):
    run = dataclasses.replace(recorded(tmp_path), task="clasification")
    with pytest.raises(StorageError, match=r"run\.json .*did you mean 'classification'"):
        restore(run)
