"""Two processes under torchrun train one network: to rounding, what one process makes of it."""

import json
import subprocess
import sys

import pytest

from coordlib import records

# Tells at the very end which threads of the process's there still are.
PROGRAM = """
import atexit, glob, sys
@atexit.register
def tell():
    for path in glob.glob("/proc/self/task/*/comm"):
        print("thread:", open(path).read().strip(), file=sys.stderr)
from coordlib.__main__ import main
sys.exit(main())
"""
RUN = ["run", "classification", "--network", "deconv", "--split", "quadrant", "--scale", "smoke"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """One run by one process, and one by two."""
    base = tmp_path_factory.mktemp("parallel")
    # Without BatchNorm's batch statistics, which each process takes of its own share.
    words = [*RUN[:3], "fully_connected", *RUN[4:], "--epochs", "3", "--precision", "float32"]
    one = [sys.executable, "-m", "coordlib", *words, "--threads", "1", "--out", base / "one"]
    two = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    program = base / "program.py"
    program.write_text(PROGRAM)
    two += [program, *words, "--threads", "1", "--out", base / "two"]
    for command in (one, two):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    return base, done


def test_shares_of_a_batch_make_the_same_steps(folders):
    base, _ = folders
    one, two = (records.load(base / name) for name in ("one", "two"))
    assert one.finished and two.finished and one.step == two.step
    for name, values in one.history.items():
        if "_" in name:
            assert two.history[name] == pytest.approx(values, rel=1e-3, abs=1e-3), name


def test_only_the_first_process_tells_and_keeps(folders):
    base, done = folders
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["finished"]
    assert {path.name for path in (base / "two").iterdir()} - {".lock"} == {
        "run.json",
        "weights.safetensors",
    }


def test_the_processes_part_before_the_interpreter_ends(folders):
    _, done = folders
    threads = [line for line in done.stderr.splitlines() if line.startswith("thread: ")]
    if sys.platform == "linux":
        assert len(threads) >= 2 and not any("gloo" in thread for thread in threads), threads
