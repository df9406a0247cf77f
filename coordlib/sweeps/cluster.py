"""Workers on a Ray cluster: each job is a task that streams its runs' files back to the sweep.

So the nodes need not share a disk, and when one is lost its runs go on elsewhere, from the last
checkpoint that arrived. Every node needs coordlib.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import torch

from coordlib.records import Run
from coordlib.storage import write_atomically
from coordlib.sweeps.work import Ended, Job, Lost, Options, Taken, Told, do

TIMEOUT = 30.0  # seconds in which a cluster has to answer
# In the order in which they may be read while a worker is writing them: a finished run's weights
# are there when its run.json is. They are sent the other way round.
_FILES = ("run.json", "weights.safetensors", "checkpoint.safetensors")


@dataclasses.dataclass(frozen=True)
class _File:
    """From a node: a file of a run as it is now."""

    run: str
    name: str
    content: bytes


class Workers:
    """Ray tasks, at most `count` at a time; without a count, as many as there are jobs."""

    def __init__(self, address: str, count: int | None, out: Path, options: Options) -> None:
        """Connect to a cluster: "auto" for the one that this machine is part of, or host:port.

        Raises ValueError if Ray is missing, the device or the address is of another kind, no
        cluster answers within TIMEOUT seconds, or none of its nodes has the processors for a job.
        """
        # A node's GPU is used only when it is asked for: only then Ray keeps account of it.
        options = dataclasses.replace(options, device=options.device or "cpu")
        try:
            on_gpu = torch.device(options.device).type == "cuda"
        except RuntimeError as error:
            raise ValueError(f"--device got {options.device!r}; it takes cpu or cuda") from error
        self._ray = _connect(address, {"CPU": options.threads, "GPU": int(on_gpu)})
        self._count = count
        self._out = out
        self._options = options
        self._jobs: dict[object, Job] = {}
        self._stopped = False
        self._task = self._ray.remote(
            num_cpus=options.threads,
            num_gpus=int(on_gpu),
            num_returns="streaming",
            max_retries=0,  # Ray would begin anew, where the sweep goes on from the checkpoint
        )(_work)

    def has_room(self) -> bool:
        """Whether a job could be started at once."""
        return self._count is None or len(self._jobs) < self._count

    def start(self, job: Job) -> None:
        """Hand a job to the cluster, with what there is of its runs."""
        folders = [self._out / each.name for each in job.configurations]
        files = [
            _File(folder.name, name, (folder / name).read_bytes())
            for folder in folders
            for name in _FILES
            if (folder / name).exists()
        ]
        self._jobs[self._task.remote(job, files, self._options)] = job

    def wait(self, seconds: float) -> list[tuple[Job, Told | Ended | Lost | Taken]]:
        """What the nodes have said since, their files written; waits up to so long."""
        if self._stopped:
            left, self._jobs = self._jobs, {}
            return [(job, Lost()) for job in left.values()]
        messages: list[tuple[Job, Told | Ended | Lost | Taken]] = []
        self._ray.wait(list(self._jobs), timeout=seconds)
        # Then all there is, from each until it has nothing more to say: a checkpoint that waits on
        # its node is lost with it.
        while self._jobs and (talking := self._talking()):
            for task in talking:
                message = self._next(task)
                if isinstance(message, _File):
                    write_atomically(self._out / message.run / message.name, message.content)
                    continue
                if isinstance(message, Told) and isinstance(message.event, Run):
                    # A task is never told to stop, so the run is finished.
                    (self._out / message.name / "checkpoint.safetensors").unlink(missing_ok=True)
                messages.append((self._jobs[task], message))
                if not isinstance(message, Told):
                    del self._jobs[task]
        return messages

    def stop(self) -> str:
        """Give up all tasks; what has arrived of their runs is enough to go on."""
        self._stopped = True
        return "of each run in progress, the last checkpoint that has arrived from its node"

    def kill(self) -> None:
        """End all at once; what has arrived of their runs is enough to go on."""
        self.close()

    def close(self) -> None:
        """Leave the cluster, which ends what is still at work there."""
        self._ray.shutdown()

    def _talking(self) -> list[Iterator[object]]:
        tasks = list(self._jobs)
        return self._ray.wait(tasks, num_returns=len(tasks), timeout=0)[0]

    def _next(self, task: Iterator[object]) -> _File | Told | Ended | Lost | Taken:
        try:
            return self._ray.get(next(task))
        except self._ray.exceptions.RayTaskError as error:
            return Ended(str(error.cause))
        except (self._ray.exceptions.RayError, StopIteration):
            return Lost()


def _connect(address: str, needed: dict[str, int]) -> ModuleType:
    if "://" in address:
        raise ValueError(
            f"--ray takes `auto` or HOST:PORT, the address of a cluster's head, got {address!r}"
        )
    try:
        import ray
    except ImportError as error:
        raise ValueError(
            "--ray needs Ray, of the extra 'sweeps'; in the course's folder: "
            'pip install ".[sweeps]"'
        ) from error
    # Asked by another process: connecting to something that does not answer may hang or abort.
    question = [sys.executable, "-m", "ray.scripts.scripts", "health-check"]
    if address != "auto":
        question += ["--address", address]
    try:
        answered = subprocess.run(question, capture_output=True, timeout=TIMEOUT).returncode == 0
    except subprocess.TimeoutExpired:
        answered = False
    if not answered:
        raise ValueError(
            f"--ray got {address!r}, where no Ray cluster answers within {TIMEOUT:g} seconds; "
            f"start one on this machine with `ray start --head`, or join one with "
            f"`ray start --address HOST:PORT`; then give `auto`"
        )
    ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    if not any(all(node.get(name, 0) >= least for name, least in needed.items()) for node in nodes):
        ray.shutdown()
        asked = " and ".join(f"{least} {name}" for name, least in needed.items() if least)
        raise ValueError(
            f"--threads and --device ask for {asked} a job; no node of the cluster has that"
        )
    return ray


def _work(job: Job, files: list[_File], options: Options) -> Iterator[_File | Told | Ended | Taken]:
    """On a node: do the job in a folder of its own, say what happens and send what is written."""
    said: queue.SimpleQueue[Told | Ended | Taken] = queue.SimpleQueue()
    sent: dict[Path, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        for file in files:
            write_atomically(out / file.run / file.name, file.content)

        def work() -> None:
            said.put(do(job, out, options, said.put, threading.Event()))

        threading.Thread(target=work, daemon=True).start()
        ended = False
        while not ended:
            messages: dict[str, Told | Ended | Taken] = {}
            time.sleep(0.5)
            with contextlib.suppress(queue.Empty):
                while True:  # of a run's news, only the latest
                    message = said.get_nowait()
                    ended = not isinstance(message, Told)
                    messages["" if ended else message.name] = message
            for message in [*_changed(out, sent), *messages.values()]:
                yield message  # noqa: UP028  (Ray sends into its generators, a list takes nothing)


def _changed(out: Path, sent: dict[Path, int]) -> list[_File]:
    """The files that are newer than what was `sent`; their times are noted there."""
    files = []
    for folder in out.iterdir():
        for name in _FILES:
            path = folder / name
            with contextlib.suppress(FileNotFoundError):  # a checkpoint goes when its run ends
                time = path.stat().st_mtime_ns
                if sent.get(path) != time:
                    files.append(_File(folder.name, name, path.read_bytes()))
                    sent[path] = time
    return files[::-1]
