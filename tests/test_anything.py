"""Whatever a file holds and whatever words are given: a plain answer, never a traceback.

The cases are drawn anew in each run; `make nightly` draws many times as many as `make test`.
"""

import contextlib
import dataclasses
import io
import json
import math
import os
import threading

import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from coordlib import claims, cli, fields, plans, records, storage, tasks, training
from coordlib.claims.claim import Entry
from coordlib.sweeps import driver, grids
from coordlib.tasks import shapes
from tools import ROOT

# In `make test` always the same few cases, so that no change fails for another's sake.
settings.register_profile(
    "test", max_examples=40, derandomize=True, deadline=None, suppress_health_check=HealthCheck
)
settings.register_profile(
    "nightly", max_examples=2500, deadline=None, suppress_health_check=HealthCheck
)
settings.load_profile(os.environ.get("COORDLIB_DRAWS", "test"))

RUN = ROOT / "data/runs/classification/coordconv-quadrant-seed0/run.json"
NUMBERS = st.integers() | st.floats() | st.sampled_from([2**63, 10**400, -1, 0, 1.5])
PLAIN = st.none() | st.booleans() | NUMBERS | st.text()
JSON = st.recursive(PLAIN, lambda each: st.lists(each) | st.dictionaries(st.text(), each))


@st.composite
def changed(draw, whole):
    """A JSON object with some of its values, at any depth, in place of others or gone."""
    content = json.loads(json.dumps(whole))
    for _ in range(draw(st.integers(1, 3))):
        place = content
        while True:
            keys = list(place) if isinstance(place, dict) else range(len(place))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], (dict, list)) and draw(st.booleans()):
                place = place[key]
                continue
            if draw(st.booleans()):
                del place[key]
            else:
                place[key] = draw(JSON)
            break
    return content


@st.composite
def broken(draw, whole):
    """A file's bytes, cut short, with some in place of others, or others altogether."""
    if draw(st.booleans()):
        return draw(st.binary())
    content = bytearray(whole[: draw(st.integers(0, len(whole)))])
    for _ in range(draw(st.integers(0, 3)) if content else 0):
        content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    return bytes(content)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("anything")


def load(folder, content):
    """The run whose run.json holds `content`, or None after a plain refusal."""
    (folder / "run.json").write_bytes(content)
    try:
        return records.load(folder)
    except storage.StorageError as error:
        assert f"{folder / 'run.json'} is not a run" in str(error) and "\n" not in str(error)
        return None


@given(broken(RUN.read_bytes()))
def test_any_bytes_are_a_run_or_refused(folder, content):
    load(folder, content)


@given(changed(json.loads(RUN.read_text())) | JSON)
@example({**json.loads(RUN.read_text()), "history": {}})
def test_any_json_is_a_run_or_refused(folder, content):
    run = load(folder, json.dumps(content).encode())
    if run is not None:
        assert all(math.isfinite(value) for value in run.final.values())
        run.save()
        assert records.load(folder) == run


@given(st.data())
def test_any_bytes_are_the_tensors_that_were_saved_or_refused(folder, data):
    path = folder / "w.safetensors"
    tensors = {"a": torch.arange(3.0), "b": torch.tensor([True])}
    storage.save_tensors(path, tensors, {"step": 3})
    whole = path.read_bytes()
    content = data.draw(broken(whole))
    path.write_bytes(content)
    try:
        storage.load_tensors(path)
    except storage.StorageError as error:
        assert f"{path} is not a weights file" in str(error) and "\n" not in str(error)
    else:
        assert content == whole


GRID = {
    "task": "classification",
    "scale": "smoke",
    "seeds": [0, 1],
    "fixed": {"network": "deconv", "epochs": 2, "betas": [0.9, 0.99]},
    "axes": {"split": ["uniform", "quadrant"], "learning_rate": [0.005, 0.01]},
    "parts": [{"fixed": {"multiplier": 2}}, {"axes": {"l2": [0, 0.1], "multiplier": [1]}}],
}


@given(changed(GRID) | JSON)
def test_any_json_is_a_grid_or_refused(folder, content):
    path = folder / "grid.json"
    path.write_text(json.dumps(content))
    code, errors = answer(["sweep", str(path), "--dry-run"])
    assert (code == 0) == (errors == "")


@given(changed(GRID) | JSON)
@example({"a\nb": False})
@example({**GRID, "task": "a\nb"})
def test_a_folder_of_any_grid_is_that_grids_or_refused(folder, content):
    (folder / "grid.json").write_text(json.dumps(content))
    try:
        with driver.claim(folder, GRID):
            pass
    except (ValueError, storage.StorageError) as error:
        assert "\n" not in str(error)


PLAN = ROOT / "data/plans/paper-length.json"


@given(changed(json.loads(PLAN.read_text(encoding="utf-8"))) | JSON)
def test_any_json_is_a_plan_or_refused(folder, content):
    path = folder / "plan.json"
    path.write_text(json.dumps(content))
    try:
        otherwise = plans.deviations(plans.read(path))
    except storage.StorageError as error:
        assert f"{path} is not a plan" in str(error) and "\n" not in str(error)
    else:
        assert all("\n" not in each.says for each in otherwise)


CLAIMS = ROOT / "data/claims.json"
LEDGER = fields.parse(list[Entry], storage.read_json(CLAIMS))


@given(changed(json.loads(CLAIMS.read_text(encoding="utf-8"))) | JSON)
def test_any_json_is_a_ledger_or_refused(folder, content):
    path = folder / "claims.json"
    path.write_text(json.dumps(content))
    try:
        differences = claims.differences(LEDGER, path)
    except storage.StorageError as error:
        assert f"{path} is not a ledger" in str(error) and "\n" not in str(error)
    else:
        assert (differences == []) == (content == storage.read_json(CLAIMS))


SHAPES, SHORT = shapes.preset(network="coordconv", split="quadrant", scale="smoke")
SHORT = dataclasses.replace(SHORT, epochs=None, steps=3, batch_size=2, evaluate_every=3)


def go_on(checkpoint, stop=None):
    """The last steps of a short training, from its checkpoint on if there is one."""
    with training.processor_threads(1):
        experiment = SHAPES.experiment(0, torch.device("cpu"))
        if stop is not None:
            experiment.after_step = stop.set
        return training.train(experiment, SHORT, stop=stop, checkpoint=checkpoint)


@st.composite
def changed_tensors(draw, whole):
    """Named tensors, one or two of them gone, of another kind or of other values."""
    tensors = dict(whole)
    for name in draw(st.lists(st.sampled_from(sorted(whole)), min_size=1, max_size=2)):
        tensor = tensors.pop(name, whole[name])
        values = draw(st.sampled_from([0, 1, -1, 255, 3e38, math.nan, math.inf]))
        kinds = {
            "gone": None,
            "filled": torch.full(tensor.shape, values).to(tensor.dtype),
            "longer": torch.cat([tensor.flatten(), tensor.flatten()]),
            "double": tensor.double(),
            "renamed": tensor,
        }
        kind = draw(st.sampled_from(sorted(kinds)))
        if kind != "gone":
            tensors[name + "x" if kind == "renamed" else name] = kinds[kind]
    return tensors


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A checkpoint after one of three steps: its tensors, and what stands beside them."""
    path = tmp_path_factory.mktemp("checkpoint") / "c.safetensors"
    assert go_on(path, threading.Event()).step == 1
    return storage.load_tensors(path)


@given(st.data())
def test_any_content_of_a_checkpoint_is_gone_on_with_or_refused(folder, checkpoint, data):
    path = folder / "checkpoint.safetensors"
    tensors, about = checkpoint
    if data.draw(st.booleans()):
        tensors = data.draw(changed_tensors(tensors))
    else:
        about = data.draw(changed(about) | st.dictionaries(st.text(), JSON))
    storage.save_tensors(path, tensors, about)
    try:
        result = go_on(path)
    except (ValueError, storage.StorageError, training.DivergenceError) as error:
        assert "\n" not in str(error)
    else:
        assert result.finished and result.step == 3


WORDS = st.text() | st.sampled_from(
    ["0", "-1", "1e300", "1e999", "nan", "99999999999999999999", "--", "-x"]
)
OPTIONS = {
    "run": "network split canvas square scale seed multiplier filter-size inputs question recipe "
    "epochs steps batch-size optimizer clip l2 learning-rate schedule evaluate-every resume "
    "pause-after hours device precision threads checkpoint-seconds",
    "sweep": "only out workers threads together ray device checkpoint-seconds",
    "bench": "device threads clock scale steps seconds batch dtype channels-last json",
}
GOOD = "deconv coordconv uniform quadrant smoke lesson cpu adam sgd side 1 2 3 0.5 16 32"
KNOWN = st.sampled_from(GOOD.split())
# A folder that cannot be made: everything is checked, and nothing trained.
NOWHERE = "/dev/null/run"
# Ends of a line of `bench`, the last of an option counts: all else is checked, and nothing timed.
NOTHING_TIMED = {
    "layers": [["--batch", "0"], ["--device", "gpu"]],
    "together": [["--steps", "0"], ["--device", "gpu"]],
    "grids": [["--steps", "0"], ["--device", "gpu"]],
    "broadcast": [["--seconds", "-1"], ["--device", "gpu"]],
}


@st.composite
def lines(draw):
    """Words of a command line that are right, nearly right or anything."""
    command = draw(st.sampled_from(["run", "sweep", "claims", "bench"]) | WORDS)
    words = [command]
    if command == "run":
        words += [draw(st.sampled_from(tasks.names()) | WORDS)]
        words += ["--network", draw(KNOWN), "--split", draw(KNOWN)]
    if command == "sweep":
        words += [draw(st.sampled_from(grids.shipped()) | WORDS)]
    if command == "bench":
        words += [draw(st.sampled_from(sorted(NOTHING_TIMED)) | WORDS)]
    for name in draw(st.lists(st.sampled_from(OPTIONS.get(command, "check json help").split()))):
        words += [f"--{name}", *draw(st.lists(KNOWN | WORDS, max_size=1))]
    ends = {"run": ["--out", NOWHERE], "sweep": ["--dry-run"], "claims": ["x"]}
    if command == "bench":
        return words + draw(st.sampled_from(NOTHING_TIMED.get(words[1], [["x"]])))
    return words + ends.get(command, [])


@given(lines())
def test_any_words_get_a_plain_answer(words):
    threads = torch.get_num_threads()
    try:
        answer(words)
    finally:
        torch.set_num_threads(threads)


def answer(words):
    """The command line's exit code and what it said on stderr: a line, but for argparse's usage."""
    errors = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(errors):
        try:
            code = cli.main(words)
        except SystemExit as ended:
            code = ended.code
    said = errors.getvalue()
    assert code in (0, 1, 2)
    assert said.count("\n") == (code != 0) or said.startswith("usage: "), said
    return code, said
