"""Whatever a file holds and whatever words are given: a plain answer, never a traceback.

The cases are drawn anew in each run; `make nightly` draws many times as many as `make test`.
"""

import contextlib
import io
import json
import math
import os

import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from coordlib import cli, records, storage
from coordlib.sweeps import driver, grids
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


WORDS = st.text() | st.sampled_from(["0", "-1", "1e999", "nan", "99999999999999999999", "--", "-x"])
OPTIONS = {
    "run": "network split scale seed multiplier filter-size inputs recipe epochs batch-size l2 "
    "learning-rate schedule evaluate-every resume pause-after device precision threads "
    "checkpoint-seconds",
    "sweep": "only out workers threads together ray device checkpoint-seconds",
}
GOOD = "deconv coordconv uniform quadrant smoke lesson cpu 1 2 3 0.5 16 32"
KNOWN = st.sampled_from(GOOD.split())
# A folder that cannot be made: everything is checked, and nothing trained.
NOWHERE = "/dev/null/run"


@st.composite
def lines(draw):
    """Words of a command line that are right, nearly right or anything."""
    command = draw(st.sampled_from(["run", "sweep", "claims", "bench"]) | WORDS)
    words = [command]
    if command == "run":
        words += [draw(st.sampled_from(["classification", "regression", "rendering"]) | WORDS)]
        words += ["--network", draw(KNOWN), "--split", draw(KNOWN)]
    if command == "sweep":
        words += [draw(st.sampled_from(grids.shipped()) | WORDS)]
    for name in draw(st.lists(st.sampled_from(OPTIONS.get(command, "check json help").split()))):
        words += [f"--{name}", *draw(st.lists(KNOWN | WORDS, max_size=1))]
    ends = {"run": ["--out", NOWHERE], "sweep": ["--dry-run"], "claims": ["x"], "bench": ["x"]}
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
