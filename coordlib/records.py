"""Runs on disk: a folder each, written atomically, so that nothing recorded is lost or half there.

run.json                what was run, where, and every evaluation
weights.safetensors     the network as it was when the training ended or was stopped
checkpoint.safetensors  all that is needed to go on, while the run is not finished
"""

from __future__ import annotations

import importlib.metadata
import itertools
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
from torch import nn

from coordlib import __version__, checks, fields
from coordlib.fields import Between
from coordlib.storage import (
    StorageError,
    check_tensors,
    data_folder,
    hold,
    load_tensors,
    read_json,
    reading,
    save_tensors,
    write_atomically,
)

_FORMAT = "coordlib run, version 1"
# The packages whose releases decide a run's numbers, by module; only some tasks import the others.
_PACKAGES = {
    "torch": "torch",
    "numpy": "numpy",
    "torchvision": "torchvision",
    "gymnasium": "gymnasium",
    "ale_py": "ale-py",
    "stable_baselines3": "stable-baselines3",
}
# What a resumed run takes over of the machine that it was begun on.
_FOLLOWED = {
    "threads": Annotated[int, Between(1, checks.THREADS)],
    "precision": Literal["float32", "bfloat16", "float16"],
}


@dataclass(frozen=True)
class Run:
    """One training as it was recorded.

    task, settings, recipe, seed: what was run; `command` repeats it.
    commit, machine, versions: with which code, where.
    parameters: trainable numbers of the network.
    finished: whether the recipe's last step was reached.
    step, seconds: gradient steps done and time taken, evaluations included.
    history: a list for each name: "step", "epoch", "seconds" and the task's metrics, an entry an
        evaluation.
    processor_seconds: what the process's threads took of the processor; older runs don't know.
    diverged: if a loss or a weight was not a finite number any more: which, and when.
    resumed: commit, machine and versions of each time that it went on with others than before.
    """

    task: str
    settings: dict[str, Any]
    recipe: dict[str, Any]
    seed: int
    command: str
    commit: str
    machine: dict[str, Any]
    versions: dict[str, str]
    parameters: Annotated[int, Between(0)]
    finished: bool
    step: Annotated[int, Between(0)]
    seconds: Annotated[float, Between(0)]
    history: dict[str, list[float]]
    folder: Path
    resumed: list[dict[str, Any]] = field(default_factory=list)
    processor_seconds: float | None = None
    diverged: str = ""

    @property
    def final(self) -> dict[str, float]:
        """The last evaluation: its step, epoch, seconds and metrics. The result of the run."""
        return {name: values[-1] for name, values in self.history.items()}

    def save(self) -> None:
        """Write run.json into the run's folder."""
        content = {"format": _FORMAT, **asdict(self)}
        del content["folder"]
        write_atomically(self.folder / "run.json", (_readable(content) + "\n").encode())


def load(folder: Path | str) -> Run:
    """Read a recorded run. Raises StorageError that names the file if it is missing or damaged."""
    path = Path(folder) / "run.json"
    with reading(path, "run of coordlib"):
        content = fields.parse(dict[str, Any], read_json(path))
        if content.pop("format", None) != _FORMAT:
            raise ValueError("another format")
        run = fields.parse(Run, content, folder=path.parent)
        _check_history(run)
        _check_machine(run)
    return run


def _check_history(run: Run) -> None:
    """Raise ValueError unless the evaluations are whole, in order and none is beyond the run."""
    lengths = {len(values) for values in run.history.values()}
    if len(lengths) > 1 or 0 in lengths or (run.finished and not lengths):
        counts = {name: len(values) for name, values in run.history.items()}
        raise ValueError(
            f"history takes columns of one length, a number an evaluation; got {counts}"
        )
    steps = run.history.get("step", [])
    if any(before >= after for before, after in itertools.pairwise([*steps, run.step + 1])):
        raise ValueError(f"history.step takes rising steps up to the run's {run.step}")
    # The end is always evaluated, and it is where the recipe says.
    for name, asked in (("epoch", run.recipe.get("epochs")), ("step", run.recipe.get("steps"))):
        if asked is None or name not in run.history:
            continue
        reached = run.history[name][-1]
        if reached > asked or (run.finished and reached != asked):
            raise ValueError(f"history.{name} ends at {reached}; the recipe has {asked} {name}s")
    if run.finished and steps[-1:] != [run.step]:
        raise ValueError(f"step got {run.step}; the last evaluation is of another")


def _check_machine(run: Run) -> None:
    """Raise ValueError for a note of the machine that a resumed run could not follow."""
    for place, machine in [
        ("machine", run.machine),
        *((f"resumed[{n}].machine", each.get("machine", {})) for n, each in enumerate(run.resumed)),
    ]:
        for name, kind in _FOLLOWED.items():
            if name in machine:
                fields.parse(kind, machine[name], f"{place}.{name}")


def shipped(task: str) -> list[Run]:
    """The runs of a task that come with the course one by one, ordered by folder name."""
    return _runs_in(data_folder() / "runs" / task)


def shipped_sweep(grid: str) -> list[Run]:
    """The runs of a grid that come with the course, ordered by folder name; [] if none do."""
    return _runs_in(data_folder() / "sweeps" / grid)


def _runs_in(folder: Path) -> list[Run]:
    return [load(path.parent) for path in sorted(folder.glob("*/run.json"))]


def save_weights(folder: Path, network: nn.Module) -> None:
    """Write the network's weights into a run's folder."""
    save_tensors(folder / "weights.safetensors", network.state_dict(), {})


def has_weights(folder: Path | str) -> bool:
    """Whether a run was recorded with its weights."""
    return (Path(folder) / "weights.safetensors").exists()


def load_weights(folder: Path | str, network: nn.Module) -> None:
    """Load a run's weights into a network built with the run's settings.

    Raises StorageError for a missing or damaged file, ValueError for weights of another network.
    """
    path = Path(folder) / "weights.safetensors"
    if not has_weights(folder):
        raise StorageError(f"there are no weights in {folder}; the run was recorded without them")
    tensors, _ = load_tensors(path)
    try:
        check_tensors(tensors, network.state_dict())
    except ValueError as error:
        raise ValueError(f"network does not take the weights in {path}: {error}") from error
    for name, _ in network.named_parameters():
        if not tensors[name].isfinite().all():
            raise StorageError(f"{path} is damaged: {name} holds a value that is no finite number")
    network.load_state_dict(tensors)


@contextmanager
def claim(folder: Path, resume: bool) -> Iterator[None]:
    """Hold a folder for writing one run; nobody else can until the block is left or dies.

    Hidden files are nothing: a system's own, or what is left of a run killed in its first moment.

    Raises FileExistsError if there is something in it and `resume` is not set, FileNotFoundError
    if `resume` is set and there is no run in it, StorageError if another process is writing there
    or the folder cannot be made.
    """
    nothing = f"there is no run to resume in {folder}; begin it without --resume"
    if resume and not folder.exists():
        raise FileNotFoundError(nothing)  # a mistyped folder isn't made
    with hold(folder, "another process is writing a run into"):
        names = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
        if resume and not names & {"run.json", "checkpoint.safetensors"}:
            raise FileNotFoundError(nothing)
        if names and not resume:
            raise FileExistsError(
                f"{folder} is not empty; go on with the run in it (--resume) or name another folder"
            )
        yield


def machine(device: torch.device) -> dict[str, Any]:
    """What a run's seconds were measured on."""
    about = {
        "system": platform.system(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "device": device.type,
    }
    if device.type == "cuda":
        about["gpu"] = torch.cuda.get_device_name(device)
    return about


def versions() -> dict[str, str]:
    """The releases that decide a run's numbers, of what has been imported by now."""
    # coordlib may be imported from a folder on the path, which no installer knows.
    own = {"python": platform.python_version(), "coordlib": __version__}
    used = (name for module, name in _PACKAGES.items() if module in sys.modules)
    return own | {name: importlib.metadata.version(name) for name in used}


def commit() -> str:
    """The commit of the code, with "+changes" if it was changed since; "unknown" outside git."""
    root = Path(__file__).parent.parent
    if not (root / ".git").exists():  # installed, maybe inside somebody else's repository
        return "unknown"
    try:
        command = ["git", "describe", "--always", "--abbrev=12", "--dirty=+changes"]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass  # no such file on macOS and Windows
    return platform.processor() or platform.machine()


def _readable(content: dict[str, Any]) -> str:
    """JSON with a line for each field, and for each column of the history."""
    lines = []
    for name, value in content.items():
        if name == "history":
            columns = ",\n".join(f"    {json.dumps(k)}: {json.dumps(v)}" for k, v in value.items())
            lines.append(f'  "history": {{\n{columns}\n  }}')
        else:
            lines.append(f"  {json.dumps(name)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(lines) + "\n}"
