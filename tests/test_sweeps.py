"""Sweeps: grids that say what is wrong with them, and runs of which none is lost or done twice."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import torch

from coordlib import cli, records, training
from coordlib.storage import StorageError, hold, load_tensors, save_tensors
from coordlib.sweeps import driver, grids, local, work
from coordlib.tasks import classification

GRID = {
    "task": "classification",
    "scale": "smoke",
    "seeds": [0, 1],
    "fixed": {"network": "deconv", "epochs": 2, "evaluate_every": 2},
    "axes": {"split": ["uniform", "quadrant"], "learning_rate": [0.005, 0.01]},
}
NAMES = [
    f"{split}-lr{rate}-seed{seed}"
    for split in ("uniform", "quadrant")
    for rate in (0.005, 0.01)
    for seed in (0, 1)
]


def changed(**changes):
    return {**GRID, **changes}


def written(folder, grid=GRID):
    path = folder / "small.json"
    path.write_text(json.dumps(grid))
    return path


def command(*words):
    return [sys.executable, "-m", "coordlib", "sweep", *map(str, words)]


def start(*words):
    return subprocess.Popen(
        command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for(what, process):
    """What `what()` gives once it gives something; the process must still be running."""
    end = time.monotonic() + 600
    while not (found := what()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


def recorded(out):
    """The runs in a sweep's folder, by name; each must be whole."""
    return {path.parent.name: records.load(path.parent) for path in out.glob("*/run.json")}


# --- grids ---


@pytest.mark.parametrize(
    ("name", "runs"),
    [
        ("classification-deconv", 648),
        ("classification-coordconv", 12),
        ("regression-conv", 18),
        ("regression-coordconv", 2),
        ("rendering-deconv", 1296),
        ("rendering-coordconv", 16),
    ],
)
def test_the_papers_grids_are_there(name, runs):
    found = grids.configurations(grids.read(name))
    assert len(found) == runs == len({each.name for each in found})
    for split in ("uniform", "quadrant"):
        assert sum(each.settings.split == split for each in found) == runs / 2
    assert {each.seed for each in found} == {0} and {each.settings.canvas for each in found} == {64}


def test_the_papers_deconvolutions_take_a_thousand_epochs_in_steps():
    for name in ("classification-deconv", "rendering-deconv"):
        recipes = {each.recipe for each in grids.configurations(grids.read(name))}
        assert {(recipe.epochs, recipe.schedule) for recipe in recipes} == {(1000, "step")}
        rates = {recipe.learning_rate for recipe in recipes}
        assert rates == {0.001, 0.002, 0.005, 0.01, 0.02, 0.05}


def test_the_papers_regressors_have_a_network_for_each_split():
    found = grids.configurations(grids.read("regression-conv"))
    pairs = {(each.settings.network, each.settings.split) for each in found}
    assert pairs == {("conv_fc", "uniform"), ("conv_pool", "quadrant")}


@pytest.mark.parametrize("name", ["classification-coordconv", "control", "gan", "vae"])
def test_what_a_grid_foretells_is_what_its_recorded_runs_have(name):
    foretold = {each.name: each.parameters for each in grids.configurations(grids.read(name))}
    recorded = {run.folder.name: run.parameters for run in records.shipped_sweep(name)}
    assert recorded and recorded.items() <= foretold.items()


def test_a_name_says_what_varies_and_nothing_else():
    found = grids.configurations(GRID)
    assert [each.name for each in found] == NAMES
    one = found[NAMES.index("quadrant-lr0.01-seed1")]
    assert (one.settings.split, one.recipe.learning_rate, one.seed) == ("quadrant", 0.01, 1)
    assert one.settings.canvas == 16 and one.steps == 20
    assert one.parameters == sum(p.numel() for p in one.settings.build(0).parameters())

    found = grids.configurations(
        changed(
            axes={"l2": [0, 0.001]},
            parts=[
                {"fixed": {"split": "uniform", "epochs": 3}, "axes": {"multiplier": [2]}},
                {"fixed": {"split": "quadrant"}, "axes": {"betas": [[0.9, 0.99], [0.5, 0.9]]}},
            ],
            seeds=[3],
        )
    )
    assert [each.name for each in found] == [
        "uniform-l2_0-m2-seed3",
        "uniform-l2_0.001-m2-seed3",
        *(
            f"quadrant-l2_{l2}-betas{b}-seed3"
            for l2 in ("0", "0.001")
            for b in ("0.9_0.99", "0.5_0.9")
        ),
    ]
    assert found[-1].recipe.betas == (0.5, 0.9)


@pytest.mark.parametrize(
    ("grid", "says"),
    [
        ([], "takes a JSON object, got a list"),
        (changed(sedes=[1]), r"key of the grid got 'sedes' \(did you mean 'seeds'\?\)"),
        ({"task": "classification"}, "lacks its 'seeds'"),
        (changed(task="clasification"), r"task got .*\(did you mean 'classification'\?\)"),
        (changed(style="paper"), "style got 'paper'"),
        (changed(scale="tiny"), "scale got 'tiny'"),
        (changed(seeds=[]), r"seeds got \[\]"),
        (changed(seeds=["0"]), "seeds got '0'"),
        (changed(seeds=[2**63]), "seeds got 9223372036854775808"),
        (changed(seeds=[1, 1]), "2 configurations named uniform-lr0.005-seed1"),
        (changed(fixed=[]), r"fixed got \[\]; it takes an object"),
        (changed(fixed={"network": "deconv", "epoch": 2}), r"in fixed got 'epoch' .*'epochs'"),
        (changed(axes={"split": ["uniform"], "learningrate": [1]}), "'learning_rate'"),
        (changed(axes={"split": "uniform"}), "the axis split got 'uniform'; it takes a list"),
        (changed(axes={"split": []}), r"the axis split got \[\]"),
        (changed(axes={}), "lacks 'split'"),
        (changed(parts=[{"axes": {"network": ["deconv"]}}]), "network is both fixed and an axis"),
        (changed(parts=[{"fixes": {}}]), r"key of a part got 'fixes' \(did you mean 'fixed'"),
        (changed(parts=[{}, {}]), "2 configurations named uniform-lr0.005-seed0"),
        (changed(parts=[3]), "parts got 3"),
    ],
)
def test_a_grid_says_what_is_wrong_with_it(grid, says):
    with pytest.raises(ValueError, match=says):
        grids.configurations(grid)


@pytest.mark.parametrize(
    ("axis", "values", "says"),
    [
        ("learning_rate", [0.01, -1], "lr-1-seed0: learning_rate got -1"),
        ("learning_rate", ["fast"], "seed0: learning_rate got 'fast'; it takes a number"),
        ("multiplier", [1, 0], "m0-seed0: multiplier got 0"),
        ("multiplier", [1.5], "seed0: multiplier got 1.5; it takes a whole number"),
        ("filter_size", [2, 7], "fs7-seed0: filter_size got 7"),
        ("network", ["deconv", "deconw"], r"deconw-seed0: network got 'deconw' \(did you mean"),
        ("split", ["uniform", "uniforn"], r"uniforn-seed0: split got 'uniforn' \(did you mean"),
        ("split", ["uniform", 3], "split3-seed0: split got 3; it takes one of uniform"),
        ("canvas", [16, 20], "canvas20-seed0: canvas got 20"),
        ("betas", [[0.9, 0.99], [0.9]], r"betas0.9-seed0: betas got \[0.9\]"),
        ("betas", [0.9], "seed0: betas got 0.9"),
    ],
)
def test_a_value_out_of_range_is_found_before_any_run(axis, values, says):
    fixed = {"network": "deconv", "split": "uniform"}
    fixed.pop(axis, None)
    with pytest.raises(ValueError, match="configuration .*" + says):
        grids.configurations(changed(seeds=[0], fixed=fixed, axes={axis: values}))


def test_a_grid_that_cannot_be_read_is_named(tmp_path, capsys):
    (tmp_path / "half.json").write_text('{"task": ')
    (tmp_path / "deep.json").write_text("[" * 100_000)
    (tmp_path / "latin.json").write_bytes(b'{"task": "\xe4"}')
    (tmp_path / "list.json").write_text("[]")
    for name in ("half", "deep", "latin", "list"):
        assert cli.main(["sweep", str(tmp_path / f"{name}.json"), "--dry-run"]) == 1
        said = capsys.readouterr().err
        assert f"{name}.json is not a grid, or it is damaged" in said and said.count("\n") == 1
    with pytest.raises(StorageError, match=r"no grid at .*none\.json"):
        grids.read(str(tmp_path / "none.json"))
    with pytest.raises(ValueError, match=r"did you mean 'regression-conv'\?"):
        grids.read("regresion-conv")


def test_names_are_selected_by_pattern():
    found = grids.configurations(GRID)
    assert [each.name for each in grids.select(found, "uniform-*-seed1")] == NAMES[1:4:2]
    with pytest.raises(ValueError, match="did you mean 'uniform-lr0.01-seed1'"):
        grids.select(found, "uniform-lr0.01-seed2")


# --- on this machine ---


def test_a_sweep_records_each_run_once_and_its_command_repeats_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out"
    words = [written(tmp_path).name, "--workers", "2", "--device", "cpu"]
    done = subprocess.run(command(*words, "--out", out), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"folder": str(out), "runs": 8, "finished": 8, "failed": []}
    runs = recorded(out)
    assert sorted(runs) == sorted(NAMES) and all(run.finished for run in runs.values())
    assert all(f"{name}  " in done.stderr for name in NAMES)

    before = {path: path.stat().st_mtime_ns for path in out.glob("*/[!.]*")}
    again = subprocess.run(command(*words, "--out", out), capture_output=True, text=True)
    assert again.returncode == 0 and "8 of 8 runs are finished" in again.stderr
    assert {path: path.stat().st_mtime_ns for path in out.glob("*/[!.]*")} == before

    run = runs["quadrant-lr0.01-seed1"]
    assert run.command == "coordlib sweep small.json --only quadrant-lr0.01-seed1 --device cpu"
    assert cli.main(run.command.split()[1:]) == 0
    repeated = recorded(tmp_path / "runs" / "sweeps" / "small")
    assert list(repeated) == ["quadrant-lr0.01-seed1"]
    weights = [
        (folder / run.folder.name / "weights.safetensors").read_bytes()
        for folder in (out, tmp_path / "runs" / "sweeps" / "small")
    ]
    assert weights[0] == weights[1]


LONG = changed(
    seeds=[0],
    fixed={"network": "deconv", "epochs": 40, "evaluate_every": 20},
    axes={"split": ["uniform", "quadrant"]},
)


def test_ctrl_c_leaves_everything_resumable(tmp_path):
    out = tmp_path / "out"
    grid = written(tmp_path, changed(fixed={"network": "deconv", "epochs": 100_000}))
    words = [grid, "--out", out, "--workers", "2", "--checkpoint-seconds", "0.2"]
    stopped = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        before = {path: path.stat().st_mtime_ns for path in out.glob("*/checkpoint.safetensors")}

        def both_have_gone_on(before=before):
            files = [path for path in out.glob("*/checkpoint.safetensors") if path.exists()]
            return len([each for each in files if each.stat().st_mtime_ns != before.get(each)]) == 2

        process = start(*words)
        wait_for(both_have_gone_on, process)
        process.send_signal(number)
        printed, errors = process.communicate(timeout=600)
        assert process.returncode == 130, errors
        assert "Traceback" not in errors and "stopping" in errors
        assert json.loads(printed)["finished"] == 0
        runs = recorded(out)
        assert len(runs) == 2  # the two that were at work before are the ones that go on
        for name, run in stopped.items():
            assert runs[name].step > run.step
            for metric, values in run.history.items():
                assert runs[name].history[metric][: len(values)] == values
        stopped = runs


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="finds the workers in /proc")
def test_a_second_ctrl_c_ends_at_once(tmp_path):
    out = tmp_path / "out"
    grid = written(tmp_path, changed(fixed={"network": "deconv", "epochs": 100_000}))
    process = start(grid, "--out", out, "--workers", "1", "--checkpoint-seconds", "0.2")
    wait_for(lambda: list(out.glob("*/checkpoint.safetensors")), process)
    workers = children(process)
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)  # so that it can't do as it is asked
    process.send_signal(signal.SIGINT)
    while "stopping" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=600)
    assert (process.returncode, errors) == (130, "coordlib: stopped\n")
    assert workers and not any(os.path.isdir(f"/proc/{pid}") for pid in workers)
    assert not recorded(out).popitem()[1].finished


YEAR = 3e7  # seconds


def age(folder):
    """Add a year to the seconds in a run's checkpoint: whoever goes on from it takes them over."""
    path = folder / "checkpoint.safetensors"
    if path.exists():
        tensors, about = load_tensors(path)
        save_tensors(path, tensors, about | {"seconds": about["seconds"] + YEAR})


def children(process):
    """The worker processes of a sweep."""
    threads = Path(f"/proc/{process.pid}/task").glob("*/children")
    found = [pid for thread in threads for pid in thread.read_text().split()]
    return [int(pid) for pid in found if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()]


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="finds the workers in /proc")
def test_a_killed_worker_is_replaced_and_its_run_goes_on(tmp_path):
    whole, out = tmp_path / "whole", tmp_path / "out"
    grid = written(tmp_path, LONG)
    words = [grid, "--workers", "1", "--checkpoint-seconds", "0.1"]
    assert subprocess.run(command(*words, "--out", whole), capture_output=True).returncode == 0

    process = start(*words, "--out", out)
    wait_for(lambda: list(out.glob("*/checkpoint.safetensors")), process)
    for pid in children(process):
        os.kill(pid, signal.SIGSTOP)
    begun = {path.parent.name for path in out.glob("*/checkpoint.safetensors")}
    for name in begun:
        age(out / name)
    for pid in children(process):
        os.kill(pid, signal.SIGKILL)
    printed, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors
    assert "its worker has died; it goes on with another" in errors
    assert json.loads(printed)["finished"] == 2
    for name in recorded(whole):
        files = [folder / name / "weights.safetensors" for folder in (whole, out)]
        same = files[0].read_bytes() == files[1].read_bytes()
        assert same  # pytest would take minutes to show where they differ
    assert {name for name, run in recorded(out).items() if run.seconds > YEAR} == begun
    assert not list(out.glob("*/checkpoint.safetensors"))


@pytest.fixture
def in_process(monkeypatch):
    """Workers that do their job at once and here: where only the sweep itself is tested."""

    class Here:
        def __init__(self, count, out, options):
            self.out, self.options, self.messages = out, options, []

        def has_room(self):
            return not self.messages

        def start(self, job):
            end = work.do(job, self.out, self.options, self.tell(job), threading.Event())
            self.messages.append((job, end))

        def tell(self, job):
            return lambda told: self.messages.append((job, told))

        def wait(self, seconds):
            messages, self.messages = self.messages, []
            return messages

        def stop(self):
            pass

        close = kill = stop

    threads = torch.get_num_threads()
    monkeypatch.setattr(local, "Workers", Here)
    yield Here
    torch.set_num_threads(threads)


def test_a_run_that_raises_is_reported_and_the_others_go_on(
    tmp_path, in_process, monkeypatch, capsys
):
    whole = classification.Experiment.evaluate

    def evaluate(self):
        if self.split.name == "quadrant":
            raise RuntimeError("out of luck")
        return whole(self)

    monkeypatch.setattr(classification.Experiment, "evaluate", evaluate)
    words = ["sweep", str(written(tmp_path, changed(seeds=[0]))), "--out", str(tmp_path / "out")]
    assert cli.main(words) == 1
    said = capsys.readouterr()
    answer = json.loads(said.out)
    assert answer["finished"] == 2
    assert answer["failed"] == ["quadrant-lr0.005-seed0", "quadrant-lr0.01-seed0"]
    assert "quadrant-lr0.01-seed0 failed: RuntimeError: out of luck (test_sweeps.py, " in said.err

    monkeypatch.undo()
    monkeypatch.setattr(local, "Workers", in_process)
    assert cli.main(words) == 0
    assert json.loads(capsys.readouterr().out)["finished"] == 4


def test_a_run_that_another_process_holds_comes_later(tmp_path, in_process, monkeypatch, capsys):
    out = tmp_path / "out"
    with driver.claim(out, GRID):
        pass
    monkeypatch.setattr(work, "_AGAIN", 0.0)
    with contextlib.ExitStack() as held:
        held.enter_context(hold(out / NAMES[0], ""))
        say = driver._Board.say
        monkeypatch.setattr(driver._Board, "say", lambda *said: (held.close(), say(*said)))
        assert cli.main(["sweep", str(written(tmp_path)), "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["finished"] == 8
    assert said.err.count(f"{NAMES[0]}: another process is writing") == 1


def test_without_a_terminal_progress_is_told_in_lines(tmp_path, in_process, monkeypatch, capsys):
    monkeypatch.setattr(driver, "_TOLD_EVERY", 0.0)
    grid = written(tmp_path, changed(seeds=[0]))
    assert cli.main(["sweep", str(grid), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().err
    assert re.search(r"^2 of 4 runs, 50% of all steps, about \d\d:\d\d left$", said, re.MULTILINE)


def test_a_worker_that_always_dies_is_given_up(tmp_path, in_process, monkeypatch, capsys):
    do = work.do

    def die_of_one(job, *others):
        return work.Lost() if job.name == "uniform-lr0.01-seed0" else do(job, *others)

    monkeypatch.setattr(work, "do", die_of_one)
    words = ["sweep", str(written(tmp_path, changed(seeds=[0]))), "--out", str(tmp_path / "out")]
    assert cli.main(words) == 1
    said = capsys.readouterr()
    assert said.err.count("uniform-lr0.01-seed0: its worker has died; it goes on") == 2
    assert "uniform-lr0.01-seed0 failed: its worker has died 3 times" in said.err
    assert json.loads(said.out)["finished"] == 3


def test_together_gives_the_same_runs(tmp_path, in_process, capsys):
    grid = written(tmp_path, changed(fixed={"network": "coordconv", "epochs": 1, "l2": 0.001}))
    for out, k in (("one", 1), ("many", 3)):
        words = ["sweep", str(grid), "--out", str(tmp_path / out), "--together", str(k)]
        assert cli.main([*words, "--device", "cpu"]) == 0
    one, many = recorded(tmp_path / "one"), recorded(tmp_path / "many")
    assert sorted(one) == sorted(many) == sorted(NAMES)
    sizes = [run.machine.get("together", 1) for run in many.values()]
    assert sorted(sizes) == [1, 1, 3, 3, 3, 3, 3, 3]  # of four alike each
    for name, run in one.items():
        assert many[name].command == run.command
        assert many[name].final["train_loss"] == pytest.approx(run.final["train_loss"], rel=0.01)


def test_damaged_files_are_named_set_aside_and_run_again(tmp_path, in_process, capsys):
    out = tmp_path / "out"
    words = ["sweep", str(written(tmp_path, changed(seeds=[0]))), "--out", str(out)]
    assert cli.main(words) == 0
    before = recorded(out)
    first, second, third, fourth = (out / name for name in before)
    (first / "run.json").write_text('{"format": "coordlib run, ver')
    weights = second / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    (third / "run.json").unlink()
    (third / "weights.safetensors").unlink()
    (third / ".run.json.1.tmp").write_text("half")
    about = json.loads((fourth / "run.json").read_text())
    del about["settings"]["network"]
    (fourth / "run.json").write_text(json.dumps(about))
    capsys.readouterr()

    assert cli.main(words) == 0
    said = capsys.readouterr().err
    assert f"{first / 'run.json'} is not a run of coordlib, or it is damaged" in said
    assert f"set aside: {first}.damaged1" in said
    assert f"{weights} is not a weights file of coordlib, or it is damaged" in said
    assert f"{fourth / 'run.json'} is damaged: its settings: " in said
    assert "ver" in (out / f"{first.name}.damaged1" / "run.json").read_text()
    after = {path.name: records.load(path) for path in (first, second, third, fourth)}
    for name, run in after.items():
        assert run.finished and run.history["train_loss"] == before[name].history["train_loss"]


@pytest.mark.parametrize("text", ["[" * 100_000, "{}", '{"format": "coordlib run, version 1"}'])
def test_one_damaged_run_does_not_stop_the_sweep(tmp_path, text):
    found = grids.configurations(GRID)
    path = tmp_path / NAMES[3] / "run.json"
    path.parent.mkdir()
    path.write_text(text)
    (line,) = driver.set_aside(tmp_path, found)
    assert f"{path} is not a run" in line and not path.parent.exists()


def test_weights_without_their_run_are_set_aside(tmp_path, in_process, capsys):
    out = tmp_path / "out"
    words = ["sweep", str(written(tmp_path, changed(seeds=[0]))), "--out", str(out)]
    assert cli.main(words) == 0
    name = min(recorded(out))
    (out / name / "run.json").unlink()
    assert cli.main(words) == 0
    assert f"{out / name / 'weights.safetensors'} has no run.json" in capsys.readouterr().err
    assert (out / f"{name}.damaged1" / "weights.safetensors").exists()
    assert recorded(out)[name].finished


@pytest.mark.parametrize("damaged", ["run.json", "checkpoint.safetensors"])
def test_a_damaged_unfinished_run_goes_on_if_its_checkpoint_is_whole(tmp_path, damaged):
    fixed = {"network": "deconv", "epochs": 100_000}
    (configuration, *_) = found = grids.configurations(changed(fixed=fixed))
    stop = threading.Event()
    folder = tmp_path / configuration.name

    def tell(told):
        stop.set()

    options = work.Options("small.json", torch.get_num_threads())
    work.do(work.Job((configuration,)), tmp_path, options, tell, stop)
    checkpoint = folder / "checkpoint.safetensors"
    (folder / damaged).write_bytes(b"nonsense")
    (line,) = driver.set_aside(tmp_path, found)
    assert damaged in line and f"{folder}.damaged1" in line
    assert checkpoint.exists() == (damaged == "run.json")


@pytest.mark.parametrize(
    ("prepare", "code", "says"),
    [
        (lambda out: (out / "notes.txt").write_text("mine"), 2, "holds something else"),
        (
            lambda out: (out / "grid.json").write_text(json.dumps(changed(seeds=[7]))),
            2,
            "holds the runs of another grid: its 'seeds' is [7], asked for was [0, 1]",
        ),
        (lambda out: (out / "grid.json").write_text("{"), 1, "grid.json is not a grid, or it is"),
        (lambda out: (out / "grid.json").write_text("[3]"), 1, "grid.json is not a grid, or it"),
        (
            lambda out: (out / "grid.json").write_text(
                json.dumps(changed(axes=dict(reversed(GRID["axes"].items()))))
            ),
            2,
            "holds the runs of another grid: its 'axes' is",
        ),
    ],
)
def test_a_folder_of_something_else_is_refused(tmp_path, capsys, prepare, code, says):
    out = tmp_path / "out"
    out.mkdir()
    prepare(out)
    assert cli.main(["sweep", str(written(tmp_path)), "--out", str(out)]) == code
    assert says in capsys.readouterr().err
    assert not list(out.glob("*/run.json"))


def test_another_description_is_the_same_grid(tmp_path):
    with driver.claim(tmp_path, changed(description="one")):
        pass
    says = pytest.raises(StorageError, match="another sweep is at work in")
    with driver.claim(tmp_path, changed(description="other")), says, driver.claim(tmp_path, GRID):
        pass


def test_a_dry_run_lists_and_runs_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["sweep", "regression-conv", "--dry-run", "--only", "conv_pool-*"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + 9 + 1 and lines[-1] == "9 runs, 9,000 steps"
    assert lines[1].split() == [
        "conv_pool-quadrant-lr0.0005-l2_1e-05-seed0",
        "12,914",
        "100",
        "epochs",
        "1,000",
    ]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--workers", "0"], "--workers got 0"),
        (["--threads", "0"], "--threads got 0"),
        (["--threads", "100000"], "--threads got 100000; it takes a whole number from 1 to 1,024"),
        (["--workers", "100000"], "--workers got 100000"),
        (["--together", "0"], "--together got 0"),
        (["--only", "quadrant-lr1-seed0"], "did you mean 'quadrant-lr0.01-seed0'"),
    ],
)
def test_wrong_arguments_exit_with_2(tmp_path, capsys, words, says):
    assert cli.main(["sweep", str(written(tmp_path)), *words]) == 2
    assert says in capsys.readouterr().err


def test_a_checkpoint_that_is_whole_but_wrong_in_content_is_set_aside(tmp_path):
    (configuration, *_) = grids.configurations(GRID)
    folder = tmp_path / configuration.name
    experiment = configuration.settings.experiment(configuration.seed, torch.device("cpu"))
    stop = threading.Event()
    training.train(
        experiment,
        configuration.recipe,
        seed=configuration.seed,
        checkpoint=folder / "checkpoint.safetensors",
        stop=stop,
        on_event=lambda _: stop.set(),
    )
    assert driver.set_aside(tmp_path, [configuration]) == []
    tensors, about = load_tensors(folder / "checkpoint.safetensors")
    save_tensors(folder / "checkpoint.safetensors", tensors, {**about, "step": 10**9})
    (line,) = driver.set_aside(tmp_path, [configuration])
    assert "step got 1000000000" in line and not folder.exists()
