"""Kill runs and sweeps at random moments until they have ended all the same: `make faults`.

Each end is compared with that of an uninterrupted run: the weights to the bit, and the history but
for its seconds. Linux only: workers are found in /proc.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from coordlib import records

SPLITS = ("uniform", "quadrant")
FIXED = {"network": "deconv", "epochs": 120, "evaluate_every": 20}
GRID = {
    "task": "classification",
    "scale": "smoke",
    "seeds": [0],
    "fixed": FIXED,
    "axes": {"split": SPLITS},
}
HOW = ["--threads", "1", "--device", "cpu", "--checkpoint-seconds", "0.1"]
SPARED = 0.25  # of all processes: what is always killed never ends
LATEST = 10.0  # seconds after its start at which a process is killed
SOON = 1.0  # seconds after its first write


def main(arguments: list[str] | None = None) -> int:
    """Kill as often as asked for and print what was hit; the exit code is 1 if an end differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50, help="at least (default: 50)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default: 0)")
    options = parser.parse_args(arguments)
    moments = random.Random(options.seed)
    kills: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder, "whole")
        _finish(_sweep(whole), whole, None, Counter())
        while kills.total() < options.kills:
            out = Path(folder, str(ends.total()))
            kind = ("run", "sweep")[ends.total() % 2]
            if kind == "run":
                split = moments.choice(SPLITS)
                _finish(_run(split, out), out, moments, kills)
                pairs = [(whole / f"{split}-seed0", out)]
            else:
                _finish(_sweep(out), out, moments, kills)
                pairs = [(whole / f"{split}-seed0", out / f"{split}-seed0") for split in SPLITS]
            ends[kind] += 1
            for expected, found in pairs:
                wrong += [f"{kind} {ends[kind]}: {each}" for each in differences(expected, found)]
            print(f"{kind} {ends[kind]} has ended after {kills.total()} kills", flush=True)
    hit = ", ".join(f"{number} of {name}" for name, number in sorted(kills.items()))
    print(f"{kills.total()} kills ({hit}) of {ends['run']} runs and {ends['sweep']} sweeps")
    print("\n".join(wrong) or "each ended as if it had never been interrupted")
    return 1 if wrong else 0


def differences(expected: Path, found: Path) -> list[str]:
    """What tells two finished runs apart that should be the same, a line each."""
    ours, theirs = (_content(folder) for folder in (expected, found))
    return [f"not the same {name}" for name in ours if ours[name] != theirs[name]]


def _content(folder: Path) -> dict[str, Any]:
    run = records.load(folder)
    return {
        "finished": run.finished,
        "step": run.step,
        "history": {name: each for name, each in run.history.items() if name != "seconds"},
        "weights": (folder / "weights.safetensors").read_bytes(),
        "list of files": sorted(path.name for path in folder.iterdir()),
    }


def _run(split: str, out: Path) -> list[str]:
    words = ["run", "classification", "--split", split, "--scale", "smoke"]
    for name, value in FIXED.items():
        words += ["--" + name.replace("_", "-"), str(value)]
    return [*words, *HOW, "--out", str(out)]


def _sweep(out: Path) -> list[str]:
    grid = out.with_name("grid.json")
    grid.write_text(json.dumps(GRID), encoding="utf-8")
    return ["sweep", str(grid), "--workers", "2", *HOW, "--out", str(out)]


def _finish(words: list[str], out: Path, moments: random.Random | None, kills: Counter) -> None:
    """Run a command until it has come to its end, killing it at random `moments` before."""
    while True:
        resume = ["--resume"] if words[0] == "run" and any(out.glob("[!.]*")) else []
        with tempfile.TemporaryFile("w+") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "coordlib", *words, *resume],
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
            )
            if moments is None or moments.random() < SPARED:
                process.wait()
            elif _still_there(process, out, moments):
                victim = _kill(process, moments)
                kills[victim] += 1
                if victim != "a worker":
                    continue
                process.wait()
            if process.returncode:
                errors.seek(0)
                raise RuntimeError(f"{' '.join(words)} ended with {errors.read()}")
            return


def _still_there(process: subprocess.Popen, out: Path, moments: random.Random) -> bool:
    """Whether a process is still running at a random moment."""
    seconds = moments.uniform(0, LATEST)
    if moments.random() < 0.5:
        before = _times(out)
        while process.poll() is None and _times(out) == before:
            time.sleep(0.01)
        seconds = moments.uniform(0, SOON)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return True
    return False


def _times(out: Path) -> dict[Path, int]:
    """When each run was written."""
    return {path: path.stat().st_mtime_ns for path in out.rglob("*.json")}


def _kill(process: subprocess.Popen, moments: random.Random) -> str:
    """Kill a run; or of a sweep itself, a worker or all. Returns in words what was killed."""
    workers = _workers(process.pid)
    if not workers:
        victim = "a process alone"
        os.killpg(process.pid, signal.SIGKILL)
    else:
        victim = moments.choice(("a worker", "a sweep but not its workers", "a sweep as a whole"))
        if victim == "a worker":
            os.kill(moments.choice(workers), signal.SIGKILL)
            return victim
        if victim == "a sweep as a whole":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
    return victim


def _workers(pid: int) -> list[int]:
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in path.read_text().split():
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(int(child))
    return sorted(found)


if __name__ == "__main__":
    sys.exit(main())
