"""Runs and checkpoints written before there were turns still load, and go on as they were."""

import json
import shutil
from pathlib import Path

import pytest

from coordlib import recording, records
from coordlib.recipes import Recipe
from coordlib.storage import StorageError, load_tensors, save_tensors
from coordlib.tasks.regression import Settings

BEFORE = Path(__file__).parent / "before"


def go_on(folder):
    found = json.loads((BEFORE / "paused" / "run.json").read_text(encoding="utf-8"))
    settings, recipe = Settings.of(**found["settings"]), Recipe(**found["recipe"])
    return recording.record("regression", settings, recipe, found["seed"], folder, resume=True)


def test_a_run_paused_before_goes_on(tmp_path):
    shutil.copytree(BEFORE / "paused", tmp_path / "run")
    run, whole = go_on(tmp_path / "run"), records.load(BEFORE / "whole")
    assert run.finished and run.machine["threads"] == 1
    for name in ("step", "epoch", "train_distance", "test_worst"):
        # Another processor rounds otherwise.
        assert run.history[name] == pytest.approx(whole.history[name], rel=1e-3), name
    assert recording.restore(whole).evaluate() == pytest.approx(
        {name: value for name, value in whole.final.items() if "_" in name}, rel=1e-3
    )


def test_half_an_optimizer_written_before_is_refused(tmp_path):
    shutil.copytree(BEFORE / "paused", tmp_path / "run")
    path = tmp_path / "run" / "checkpoint.safetensors"
    tensors, about = load_tensors(path)
    save_tensors(path, {n: t for n, t in tensors.items() if "optimizer.3." not in n}, about)
    with pytest.raises(StorageError, match="state of parameter 3 is missing"):
        go_on(tmp_path / "run")
