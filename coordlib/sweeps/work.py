"""What one worker does, wherever it is: train the runs of a job and tell how it goes."""

from __future__ import annotations

import shlex
import threading
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from coordlib import recording, training
from coordlib.records import Run
from coordlib.storage import Busy
from coordlib.sweeps.grids import Configuration

_AGAIN = 1.0  # seconds until a run that another process holds is tried again


@dataclass(frozen=True)
class Options:
    """How all jobs of a sweep are done; see `coordlib sweep --help`."""

    grid: str
    threads: int = 1
    device: str | None = None
    checkpoint_seconds: float = 60.0


@dataclass(frozen=True)
class Job:
    """What a worker gets at a time: a run, or several that are trained as one."""

    configurations: tuple[Configuration, ...]

    @property
    def name(self) -> str:
        """What it is called in the table of progress."""
        first, others = self.configurations[0].name, len(self.configurations) - 1
        return f"{first} and {others} more" if others else first


def jobs(configurations: Iterable[Configuration], together: int) -> list[Job]:
    """The configurations in jobs of at most `together`.

    Those in one job differ in nothing but seed, learning rate and l2.
    """
    alike: dict[Any, list[Configuration]] = {}
    for each in configurations:
        key = each.task, each.settings, replace(each.recipe, learning_rate=1.0, l2=0.0)
        alike.setdefault(key, []).append(each)
    return [
        Job(tuple(group[start : start + together]))
        for group in alike.values()
        for start in range(0, len(group), together)
    ]


@dataclass(frozen=True)
class Told:
    """From a worker: a run's progress, or the run itself once it has ended."""

    name: str
    event: training.Progress | Run


@dataclass(frozen=True)
class Ended:
    """From a worker: it is through with the job. `error`: what it raised, if it did."""

    error: str | None = None


@dataclass(frozen=True)
class Lost:
    """In place of `Ended`: the worker is gone, nobody knows why."""


@dataclass(frozen=True)
class Taken:
    """In place of `Ended`: another process is at work on one of the job's runs."""

    why: str


def do(
    job: Job, out: Path, options: Options, tell: Callable[[Told], None], stop: threading.Event
) -> Ended | Taken:
    """Train and record a job's runs, in folders of their names in `out`.

    A run that is there and not finished goes on.

    tell: called with the progress, ten times a second at most, and with the run at its end.
    stop: when set, from any thread, the runs end after the step in progress, to be resumed.
    """

    def order(configuration: Configuration) -> recording.Order:
        folder = out / configuration.name

        def on_event(event: training.Progress | training.Evaluation) -> None:
            if isinstance(event, training.Progress):
                tell(Told(configuration.name, event))

        return recording.Order(
            configuration.task,
            configuration.settings,
            configuration.recipe,
            configuration.seed,
            folder,
            resume=(folder / "run.json").exists() or (folder / "checkpoint.safetensors").exists(),
            command=command(configuration, options),
            on_event=on_event,
        )

    try:
        runs = recording.record_together(
            [order(each) for each in job.configurations],
            device=options.device,
            threads=options.threads,
            stop=stop,
            checkpoint_seconds=options.checkpoint_seconds,
        )
    except Busy as error:  # most likely by a worker of a sweep that was killed: it soon ends
        stop.wait(_AGAIN)
        return Taken(str(error))
    except Exception as error:  # whatever it is, the other runs go on
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(last.filename).name}, line {last.lineno}"
        return Ended(f"{type(error).__name__}: {error} ({place})")
    for configuration, run in zip(job.configurations, runs, strict=True):
        tell(Told(configuration.name, run))
    return Ended()


def command(configuration: Configuration, options: Options) -> str:
    """The command line that repeats one run."""
    words = ["coordlib", "sweep", options.grid, "--only", configuration.name]
    if options.threads != 1:
        words += ["--threads", str(options.threads)]
    if options.device is not None:
        words += ["--device", options.device]
    return shlex.join(words)
