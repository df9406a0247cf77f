"""The command line as a person meets it: help, progress, exit codes, Ctrl-C, kill, resume."""

import json
import signal
import subprocess
import sys
import threading
import time

import pytest

from coordlib import cli, records

TINY = ["run", "classification", "--network", "deconv", "--split", "quadrant", "--scale", "smoke"]


def command(*words):
    return [sys.executable, "-m", "coordlib", *map(str, words)]


def start(*words):
    return subprocess.Popen(
        command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for_checkpoint(folder, process, newer_than=0):
    """Until the run has written one: it has taken steps, and there is something to lose."""
    path = folder / "checkpoint.safetensors"
    end = time.monotonic() + 600
    while not path.exists() or path.stat().st_mtime_ns <= newer_than:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_run_is_recorded_and_told(tmp_path, capsys):
    out = tmp_path / "run"
    assert cli.main([*TINY, "--epochs", "2", "--seed", "3", "--out", str(out)]) == 0
    told = capsys.readouterr()
    run = records.load(out)
    assert run.finished and run.seed == 3 and run.recipe["epochs"] == 2
    assert run.settings["canvas"] == 16 and run.command.startswith("coordlib run classification")
    answer = json.loads(told.out)
    assert answer["finished"] and answer["test_accuracy"] == run.final["test_accuracy"]
    assert "epoch    2" in told.err and "train_accuracy" in told.err


def test_ctrl_c_keeps_the_run_and_resume_finishes_it(tmp_path):
    out = tmp_path / "run"
    words = [*TINY, "--epochs", "100000", "--checkpoint-seconds", "0.2", "--out", out]
    process = start(*words)
    wait_for_checkpoint(out, process)
    process.send_signal(signal.SIGINT)
    printed, errors = process.communicate(timeout=600)
    assert process.returncode == 130, errors
    assert "go on with --resume" in errors and not json.loads(printed)["finished"]
    stopped = records.load(out)
    assert not stopped.finished and (out / "checkpoint.safetensors").exists()

    saved = (out / "checkpoint.safetensors").stat().st_mtime_ns
    process = start(*words, "--resume")
    wait_for_checkpoint(out, process, newer_than=saved)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=600)
    resumed = records.load(out)
    assert resumed.step > stopped.step
    for name, values in stopped.history.items():
        assert resumed.history[name][: len(values)] == values


def test_a_run_stops_after_its_hours_and_goes_on_for_as_long_again(tmp_path, monkeypatch):
    class Timer(threading.Timer):
        """An hour is over when the training has told of its first steps."""

        def run(self):
            assert self.interval == 3600
            while not told.wait(0.1):
                pass
            self.function()

    told = threading.Event()
    progress = cli._Progress.__call__
    monkeypatch.setattr(threading, "Timer", Timer)
    monkeypatch.setattr(cli._Progress, "__call__", lambda *args: (progress(*args), told.set()))
    out = tmp_path / "run"
    words = [*TINY, "--epochs", "100000", "--hours", "1", "--out", str(out)]
    assert cli.main(words) == 130
    first = records.load(out)
    assert not first.finished and first.step > 0 and first.processor_seconds > 0
    told.clear()
    assert cli.main([*words, "--resume"]) == 130
    assert records.load(out).step > first.step


def test_a_length_in_steps(tmp_path):
    words = [*TINY, "--steps", "7", "--out", str(tmp_path / "run")]
    assert cli.main([*words, "--schedule", "constant", "--optimizer", "sgd"]) == 0
    run = records.load(tmp_path / "run")
    assert (run.step, run.history["step"]) == (7, [7])
    assert (run.recipe["epochs"], run.recipe["steps"], run.recipe["optimizer"]) == (None, 7, "sgd")


def test_kill_9_loses_nothing_but_the_time_since_the_checkpoint(tmp_path):
    out = tmp_path / "run"
    # One thread: another process beside it would give the next run fewer than the first.
    words = [*TINY, "--epochs", "60", "--threads", "1", "--checkpoint-seconds", "0.2", "--out", out]
    process = start(*words)
    wait_for_checkpoint(out, process)
    process.kill()
    process.communicate()
    assert not records.load(out).finished
    assert subprocess.run(command(*words), capture_output=True).returncode == 2  # not empty
    done = subprocess.run(command(*words, "--resume"), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

    whole = tmp_path / "whole"
    assert subprocess.run(command(*words[:-1], whole), capture_output=True).returncode == 0
    files = [folder / "weights.safetensors" for folder in (out, whole)]
    same = files[0].read_bytes() == files[1].read_bytes()
    assert same  # pytest would take minutes to show where they differ
    assert not list(out.glob(".*.tmp"))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["run", "classification", "--network", "coordcov", "--split", "uniform"], "'coordconv'"),
        (["run", "classification", "--network", "deconv", "--split", "uniforn"], "'uniform'"),
        (["run", "clasification"], "task got 'clasification' (did you mean 'classification'?)"),
        ([*TINY, "--activation", "relu"], "an option of classification got '--activation'"),
        ([*TINY, "--learning-rat=1", "--multiplyer=2"], "(did you mean '--multiplier'?)"),
        (["claims", "--chek"], "'--chek' is not understood"),
        ([*TINY, "--learning-rate", "-1"], "learning_rate got -1.0"),
        ([*TINY, "--threads", "0"], "--threads got 0"),
        ([*TINY, "--multiplier", "100000000"], "multiplier got 100000000; it takes a whole number"),
        ([*TINY, "--canvas", "1000000"], "canvas got 1000000; it takes a whole number from 2 to"),
        ([*TINY, "--seed", "99999999999999999999"], "seed got 99999999999999999999; it takes"),
        ([*TINY, "--device", "meta"], "device got 'meta', which computes nothing"),
        ([*TINY, "--hours", "nan"], "--hours got nan"),
        ([*TINY, "--steps", "5"], "steps got 5, but schedule 'step' counts epochs"),
        ([*TINY, "--pause-after", "-1"], "--pause-after got -1"),
        ([*TINY, "--checkpoint-seconds", "nan"], "--checkpoint-seconds got nan"),
        ([*TINY, "--device", "gpu"], "device got 'gpu'"),
        ([*TINY, "--resume"], "there is no run to resume"),
        (["bench", "layers", "--device", "gpu"], "device got 'gpu'; torch says"),
        (["bench", "together", "--device", "gpu"], "device got 'gpu'; torch says"),
        (["bench", "broadcast", "--device", "gpu"], "device got 'gpu'; torch says"),
    ],
)
def test_wrong_arguments_exit_with_2_and_say_what_to_do(tmp_path, capsys, words, says):
    if words[0] == "run":
        words = [*words, "--out", str(tmp_path / "run")]
    assert cli.main(words) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("words", [["run"], ["run", "classification"], [*TINY, "--seed", "x"], []])
def test_argparse_refuses_with_2(capsys, words):
    with pytest.raises(SystemExit) as exit_:
        cli.main(words)
    assert exit_.value.code == 2


def test_a_folder_that_cannot_be_written_exits_with_1(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert cli.main([*TINY, "--out", str(tmp_path / "file" / "run")]) == 1
    assert "cannot write into" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["--help"], ["run", "bench", "exit codes"]),
        (["run", "--help"], ["classification"]),
        (["run", "classification", "--help"], ["--network", "coordconv", "--resume", "130"]),
        (["run", "shapes", "--help"], ["(5 to 1,024)", "(shape, side; default: shape)"]),
        (["bench", "layers", "--help"], ["layers"]),
        (
            ["sweep", "--help"],
            ["GRID", "rendering-deconv", "--together", "--ray", "exit codes", "130"],
        ),
    ],
)
def test_help_reads_well(monkeypatch, capsys, words, shown):
    monkeypatch.setenv("COLUMNS", "90")
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert all(text in said for text in shown)
    assert max(map(len, said.splitlines())) <= 90
