"""A sweep from its first run to its last, whatever happens to the workers on the way."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from tqdm import tqdm

from coordlib import fields, recording, terminal, training
from coordlib.records import Run
from coordlib.storage import (
    Busy,
    StorageError,
    hold,
    load_tensors,
    read_json,
    reading,
    write_atomically,
)
from coordlib.sweeps.grids import Configuration
from coordlib.sweeps.work import Ended, Job, Lost, Taken, Told, jobs
from coordlib.training import Progress

LOSSES = 3  # so many times a job may lose its worker before it counts as failed
_TOLD_EVERY = 30.0  # seconds between two lines of progress where there is no terminal


class Workers(Protocol):
    """Those who do the jobs: `local.Workers` or `cluster.Workers`."""

    def has_room(self) -> bool:
        """Whether a job could be started at once."""

    def start(self, job: Job) -> None:
        """Have a job done."""

    def wait(self, seconds: float) -> list[tuple[Job, Told | Ended | Lost | Taken]]:
        """What was said since, waiting up to so long for the first word."""

    def stop(self) -> str:
        """Have all jobs end soon, to be resumed; returns at once. In words: what is kept."""

    def kill(self) -> None:
        """End all jobs at once: they go on from what was kept last."""


@dataclass
class Result:
    """What became of a sweep's runs, by name. What is in neither was stopped or never begun."""

    finished: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def claim(out: Path, grid: dict[str, Any]) -> Iterator[None]:
    """Hold a folder for the runs of one grid, which is written into it as grid.json.

    Raises ValueError if there is another grid's sweep in it, or something else, and StorageError if
    it cannot be written or another sweep is at work in it.
    """
    with hold(out, "another sweep is at work in"):
        path = out / "grid.json"
        if path.exists():
            _compare(path, grid)
        elif any(not each.name.startswith(".") for each in out.iterdir()):
            raise ValueError(f"{out} holds something else than a sweep; name another folder")
        else:
            write_atomically(path, (json.dumps(grid, indent=2) + "\n").encode())
        yield


def set_aside(out: Path, configurations: list[Configuration]) -> list[str]:
    """Move the folders of damaged runs out of the way, and say which: a line each.

    A run goes on from its checkpoint if that is whole; else it begins anew.
    """
    lines = []
    for configuration in configurations:
        folder = out / configuration.name
        if not folder.is_dir():
            continue
        try:
            with hold(folder, "another process is writing a run into"):
                damaged = _damaged(folder, configuration)
        except Busy:
            continue  # a sweep that was killed has left a worker, which keeps the run whole
        if not damaged:
            continue
        number = 1
        while (aside := out / f"{folder.name}.damaged{number}").exists():
            number += 1
        folder.rename(aside)
        checkpoint = folder / "checkpoint.safetensors"
        if checkpoint.name in {path.name for path in aside.iterdir()} - {p.name for p in damaged}:
            folder.mkdir()
            (aside / checkpoint.name).rename(checkpoint)
        lines += [f"{error}\n  set aside: {aside}; run again" for error in damaged.values()]
    return lines


def _damaged(folder: Path, configuration: Configuration) -> dict[Path, StorageError]:
    """The damaged files of a run, and what is wrong with each."""
    checkpoint = folder / "checkpoint.safetensors"
    weights = folder / "weights.safetensors"
    damaged = {}
    try:
        run = _find(folder.parent, configuration)
        if run is None and weights.exists() and not checkpoint.exists():
            raise StorageError(f"{weights} has no run.json beside it")
    except StorageError as error:
        damaged[folder / "run.json"] = error
    for path, check in (
        (weights, lambda: load_tensors(weights)),
        (checkpoint, lambda: _verify(checkpoint, configuration)),
    ):
        try:
            if path.exists():
                check()
        except StorageError as error:
            damaged[path] = error
    return damaged


def _verify(checkpoint: Path, configuration: Configuration) -> None:
    experiment = configuration.settings.experiment(configuration.seed, torch.device("cpu"))
    member = (experiment, configuration.recipe, configuration.seed, None, checkpoint)
    training.verify(training.Member(*member))


def sweep(
    out: Path, configurations: list[Configuration], workers: Workers, together: int = 1
) -> Result:
    """Have all configurations done that are not finished yet, their runs in folders in `out`.

    together: so many that are alike are trained as one, see `training.train_together`.

    Ends when nothing is left to do, or soon after SIGINT or SIGTERM; after a second one at once.

    Raises ValueError if a folder holds a run of something else, KeyboardInterrupt after a second
    SIGINT.
    """
    result = Result()
    for configuration in configurations:
        run = _find(out, configuration)
        if run is not None and run.finished:
            result.finished.add(configuration.name)
    left = [each for each in configurations if each.name not in result.finished]
    todo = deque(jobs(left, together))
    running: set[str] = set()
    taken: set[str] = set()
    losses: Counter[str] = Counter()
    with terminal.stopped_by_signals() as stop, _Board(configurations, result.finished) as board:
        stopping = False
        while running or (todo and not stopping):
            if stop.is_set() and not stopping:
                stopping = True
                board.say(f"stopping: {workers.stop()} is kept")
            while todo and not stopping and workers.has_room():
                running.add(todo[0].name)
                workers.start(todo.popleft())
            for job, message in workers.wait(0.2):
                if isinstance(message, Told):
                    board.show(job, message)
                    if isinstance(message.event, Run) and message.event.finished:
                        result.finished.add(message.name)
                    elif isinstance(message.event, Run) and message.event.diverged:
                        result.failed[message.name] = message.event.diverged
                    continue
                running.remove(job.name)
                board.remove(job)
                if isinstance(message, Taken):
                    if job.name not in taken:
                        taken.add(job.name)
                        board.say(f"{job.name}: {message.why}; its turn comes again")
                    todo.append(job)
                    continue
                if isinstance(message, Lost):
                    if stopping:
                        continue
                    losses[job.name] += 1
                    if losses[job.name] < LOSSES:
                        board.say(f"{job.name}: its worker has died; it goes on with another")
                        todo.appendleft(job)
                        continue
                    message = Ended(f"its worker has died {LOSSES} times")
                if message.error is not None:
                    board.say(f"{job.name}: {message.error}")
                    result.failed |= {each.name: message.error for each in job.configurations}
    return result


def _find(out: Path, configuration: Configuration) -> Run | None:
    return recording.find(
        configuration.task,
        configuration.settings,
        configuration.recipe,
        configuration.seed,
        out / configuration.name,
    )


def _compare(path: Path, grid: dict[str, Any]) -> None:
    with reading(path, "grid"):
        found = fields.parse(dict[str, Any], read_json(path))
    words = ("description", "source")
    for key in dict.fromkeys([*found, *grid]):
        # As text: the order of the axes makes the runs' names.
        if key not in words and json.dumps(found.get(key)) != json.dumps(grid.get(key)):
            raise ValueError(
                f"{path.parent} holds the runs of another grid: its {key!r} is {found.get(key)!r}, "
                f"asked for was {grid.get(key)!r}; name another folder"
            )


class _Board:
    """The live table: a bar for the sweep and one for each job at work; all on stderr.

    Without a terminal, a line for each run that ends and now and then one for the whole.
    """

    def __init__(self, configurations: list[Configuration], finished: set[str]) -> None:
        self._total = {each.name: each.steps for each in configurations}
        self._done = {name: self._total[name] for name in finished}
        self._ended = len(finished)
        self._found = sum(self._done.values())  # steps that an earlier sweep has taken
        self._began = self._told = time.monotonic()
        self._bar: tqdm | None = None  # from the first news on: until then workers are starting
        self._rows: dict[str, tqdm] = {}

    def __enter__(self) -> _Board:
        if self._ended:
            self.say(f"{self._ended} of {len(self._total)} runs are finished")
        return self

    def __exit__(self, *_: object) -> None:
        for bar in [*self._rows.values(), self._bar]:
            if bar is not None:
                bar.close()

    def say(self, line: str) -> None:
        """Write a line that stays."""
        tqdm.write(line, file=sys.stderr)

    def show(self, job: Job, told: Told) -> None:
        """Take in what a run has told."""
        if self._bar is None:
            self._began = time.monotonic()
            self._bar = self._new_bar(sum(self._total.values()), "all", self._found)
        if told.name not in self._done:
            self._found += told.event.step if isinstance(told.event, Progress) else 0
        self._done[told.name] = told.event.step
        if isinstance(told.event, Run):
            self._ended += told.event.finished
            self.say(f"{told.name}  {_summary(told.event)}")
        else:
            if job.name not in self._rows:
                self._rows[job.name] = self._new_bar(told.event.steps, job.name, told.event.step)
            row = self._rows[job.name]
            row.set_postfix(loss=f"{told.event.loss:.4g}", refresh=False)
            row.update(told.event.step - row.n)
        self._bar.initial = self._found
        self._bar.set_postfix(runs=f"{self._ended}/{len(self._total)}", refresh=False)
        self._bar.update(sum(self._done.values()) - self._bar.n)
        if self._bar.disable and time.monotonic() - self._told > _TOLD_EVERY:
            self._told = time.monotonic()
            self.say(self._whole())

    def remove(self, job: Job) -> None:
        """Take away the bar of a job that no worker has any more."""
        if job.name in self._rows:
            self._rows.pop(job.name).close()

    def _new_bar(self, steps: int, name: str, done: int) -> tqdm:
        # The mean rate over the sweep: its runs differ in the price of a step.
        return tqdm(
            total=steps,
            desc=name,
            initial=done,
            unit="step",
            smoothing=0,
            leave=name == "all",
            file=sys.stderr,
            disable=None,
            dynamic_ncols=True,
        )

    def _whole(self) -> str:
        done, total = sum(self._done.values()), sum(self._total.values())
        seconds = (time.monotonic() - self._began) * (total - done) / max(done - self._found, 1)
        return (
            f"{self._ended} of {len(self._total)} runs, {done / total:.0%} of all steps, "
            f"about {tqdm.format_interval(seconds)} left"
        )


def _summary(run: Run) -> str:
    if not run.finished:
        return run.diverged or f"stopped at step {run.step:,}"
    metrics = {name: run.final[name] for name in run.final if name not in ("step", "epoch")}
    return "  ".join(f"{name} {value:.4g}" for name, value in metrics.items())
