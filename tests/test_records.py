"""Recorded runs: whole, alone with their writer, and clear about what is wrong with a file."""

import importlib.metadata
import json
import multiprocessing
import subprocess
import sys
import time

import pytest
import torch

from coordlib import __version__, records
from coordlib.storage import StorageError
from coordlib.tasks import classification


def run(folder, **changes):
    values = {
        "task": "classification",
        "settings": {"network": "deconv", "canvas": 16},
        "recipe": {"epochs": 2, "betas": [0.9, 0.99]},
        "seed": 3,
        "command": "coordlib run classification",
        "commit": "unknown",
        "machine": records.machine(torch.device("cpu")),
        "versions": records.versions(),
        "parameters": 12,
        "finished": True,
        "step": 20,
        "seconds": 1.5,
        "history": {"step": [10, 20], "epoch": [1, 2], "test_accuracy": [0.5, 0.75]},
        "folder": folder,
    }
    return records.Run(**{**values, **changes})


def test_a_run_comes_back_as_it_was(tmp_path):
    run(tmp_path).save()
    assert records.load(tmp_path) == run(tmp_path)
    assert records.load(tmp_path).final == {"step": 20, "epoch": 2, "test_accuracy": 0.75}


def test_a_run_that_was_never_evaluated_comes_back(tmp_path):
    begun = run(tmp_path, finished=False, step=0, history={})
    begun.save()
    assert records.load(tmp_path) == begun and begun.final == {}


def test_a_run_says_where_it_was_measured():
    about = records.machine(torch.device("cpu"))
    assert about["processor"] and about["cores"] >= 1 and about["device"] == "cpu"
    assert {"python", "coordlib", "torch", "numpy"} <= set(records.versions())


def test_a_run_names_the_packages_that_its_task_brought():
    program = "from coordlib import records, tasks; tasks.load({!r}); print(*records.versions())"
    for task, brought in (("atari", {"gymnasium", "ale-py", "stable-baselines3"}), ("vae", set())):
        python = [sys.executable, "-c", program.format(task)]
        named = subprocess.run(python, capture_output=True, text=True, check=True).stdout.split()
        assert set(named) == {"python", "coordlib", "torch", "numpy"} | brought


def test_a_checkout_that_nobody_installed_knows_its_versions(monkeypatch):
    known = importlib.metadata.version

    def version(name):
        if name == "coordlib":
            raise importlib.metadata.PackageNotFoundError(name)
        return known(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    assert records.versions()["coordlib"] == __version__


def test_weights_come_back_and_only_into_their_network(tmp_path):
    network, same = (classification.build("deconv", 16, seed=seed) for seed in (0, 1))
    records.save_weights(tmp_path, network)
    records.load_weights(tmp_path, same)
    assert torch.equal(network.layers[0].weight, same.layers[0].weight)
    with pytest.raises(ValueError, match=r"network does not take the weights in .*weights"):
        records.load_weights(tmp_path, classification.build("deconv", 16, multiplier=2))
    with pytest.raises(ValueError, match="takes torch.float64"):
        records.load_weights(tmp_path, same.double())


def test_a_run_without_weights_says_so(tmp_path):
    with pytest.raises(StorageError, match="no weights in .*; the run was recorded without them"):
        records.load_weights(tmp_path, classification.build("deconv", 16))


@pytest.mark.parametrize("text", ["", "[]", "{", "\xff", '{"format": "other"}', "[" * 100_000])
def test_what_is_no_run_is_named(tmp_path, text):
    (tmp_path / "run.json").write_text(text, encoding="latin-1")
    with pytest.raises(StorageError, match=r"run\.json is not a run of coordlib, or it is damaged"):
        records.load(tmp_path)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"seed": None}, "lacks its 'seed'"),
        ({"colour": "red"}, "key of the content got 'colour'"),
        ({"task": 3}, "task got 3; it takes a text"),
        ({"settings": []}, r"settings got \[\]; it takes an object"),
        ({"machine": "mine"}, "machine got 'mine'"),
        ({"versions": {"torch": 2}}, "versions.torch got 2"),
        ({"finished": "no"}, "finished got 'no'; it takes true or false"),
        ({"step": -1}, "step got -1"),
        ({"step": 2.5}, "step got 2.5"),
        ({"seconds": "long"}, "seconds got 'long'"),
        ({"recipe": {"epochs": float("nan")}}, "NaN is not a number"),
        ({"history": [1]}, r"history got \[1\]"),
        ({"history": {"step": [10, "20"]}}, r"history.step\[1\] got '20'"),
        ({"history": {"step": []}}, "columns of one length"),
        ({"history": {"step": [10, 20], "loss": [1]}}, "columns of one length.*'loss': 1"),
        ({"history": {"step": [10, 30]}}, "rising steps up to the run's 20"),
        ({"history": {"step": [20, 10]}}, "rising steps"),
        ({"history": {}}, "columns of one length"),
        ({"resumed": [1]}, r"resumed\[0\] got 1"),
    ],
)
def test_what_a_run_does_not_take_is_named(tmp_path, changes, says):
    run(tmp_path).save()
    path = tmp_path / "run.json"
    content = {**json.loads(path.read_text()), **changes}
    path.write_text(
        json.dumps({name: value for name, value in content.items() if value is not None})
    )
    with pytest.raises(StorageError, match=r"run\.json is not a run of coordlib, .*" + says):
        records.load(tmp_path)


def test_a_missing_run_is_named(tmp_path):
    with pytest.raises(StorageError, match=r"no run of coordlib at .*run\.json"):
        records.load(tmp_path)


def _hold(folder, ready):
    with records.claim(folder, resume=False):
        ready.set()
        time.sleep(600)


def test_a_second_writer_is_refused_and_a_killed_one_leaves_no_lock(tmp_path):
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    writer = context.Process(target=_hold, args=(tmp_path, ready))
    writer.start()
    try:
        assert ready.wait(600)
        with (
            pytest.raises(StorageError, match="another process is writing"),
            records.claim(tmp_path, resume=False),
        ):
            pass
    finally:
        writer.kill()
        writer.join()
    with records.claim(tmp_path, resume=False):
        pass


def test_a_folder_in_use_is_kept(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="is not empty"), records.claim(tmp_path, False):
        pass
    with pytest.raises(FileNotFoundError, match="no run to resume"), records.claim(tmp_path, True):
        pass
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_hidden_leftovers_neither_block_nor_stay(tmp_path):
    half = tmp_path / f".run.json.{'0a' * 16}.tmp"
    others = [tmp_path / ".DS_Store", tmp_path / ".notes.tmp"]
    for path in (half, *others):
        path.write_text("x")
    with (
        pytest.raises(FileNotFoundError, match="no run to resume .*; begin it without --resume"),
        records.claim(tmp_path, True),
    ):
        pass
    half.write_text("x")
    with records.claim(tmp_path, False):
        assert not half.exists() and all(path.exists() for path in others)


def test_a_mistyped_folder_is_not_made(tmp_path):
    with pytest.raises(FileNotFoundError), records.claim(tmp_path / "rnu", True):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(StorageError, match="cannot write into .*file"),
        records.claim(tmp_path / "file" / "run", False),
    ):
        pass


SHIPPED = [
    *(
        (f"coordlib run {folder.name}", lambda task=folder.name: records.shipped(task))
        for folder in sorted((records.data_folder() / "runs").iterdir())
    ),
    *(
        (f"coordlib sweep {folder.name}", lambda name=folder.name: records.shipped_sweep(name))
        for folder in sorted((records.data_folder() / "sweeps").iterdir())
    ),
]


@pytest.mark.parametrize(("command", "read"), SHIPPED, ids=[command for command, _ in SHIPPED])
def test_every_shipped_run_can_be_read_and_says_how_to_repeat_it(command, read):
    runs = read()
    assert runs
    for shipped in runs:
        assert shipped.command.startswith(command), shipped.folder
        assert shipped.commit != "unknown" and "changes" not in shipped.commit, shipped.folder
        assert shipped.final["step"] == shipped.step, f"{shipped.folder} does not end evaluated"


def test_somebody_elses_repository_is_not_the_codes_commit(tmp_path, monkeypatch):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    package = tmp_path / "site-packages" / "coordlib"
    package.mkdir(parents=True)
    monkeypatch.setattr(records, "__file__", str(package / "records.py"))
    assert records.commit() == "unknown"
