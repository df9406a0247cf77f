"""A training in the background."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

from torch import nn

from coordlib.experiment import Experiment
from coordlib.recipes import Recipe
from coordlib.training.devices import pick_threads, processor_threads
from coordlib.training.events import Result
from coordlib.training.loop import train


class Job:
    """A training in a thread of its own, so that whoever started it can go on and can stop it."""

    def __init__(self, work: Callable[[threading.Event], Result]) -> None:
        self._stop = threading.Event()
        self._result: Result | None = None
        self._error: BaseException | None = None

        def run() -> None:
            try:
                self._result = work(self._stop)
            except BaseException as error:  # noqa: BLE001  (handed to whoever waits)
                self._error = error

        self._thread = threading.Thread(target=run, name="training", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether the training has ended, for whatever reason."""
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Ask the training to end after the step in progress. Returns at once."""
        self._stop.set()

    def wait(self) -> Result:
        """Wait for the end; an interrupt stops the training and keeps what it has.

        Raises what the training raised.
        """
        try:
            while not self.done:
                self._thread.join(0.1)
        except KeyboardInterrupt:
            self.stop()
            self._thread.join()
        if self._error is not None:
            raise self._error
        assert self._result is not None
        return self._result


# The last job of each network, by the network's id; while it goes on the network lives.
_JOBS: WeakValueDictionary[int, Job] = WeakValueDictionary()


def check_idle(network: nn.Module) -> None:
    """Raise ValueError while a job trains this network: two at once may crash the interpreter."""
    job = _JOBS.get(id(network))
    if job is not None and not job.done:
        raise ValueError(
            "experiment got a network that another training is still changing; it takes one that "
            "none is: wait for that training's end (its wait()), or stop it first (its stop(), or "
            "the Stop button)"
        )


def start(experiment: Experiment, recipe: Recipe, **options: Any) -> Job:
    """`train` in the background: the same arguments but `stop`, which the job brings itself.

    It takes as many processor threads as there are free cores, see `pick_threads`. Raises what
    `check_idle` raises, at once; all else is raised where one waits for the job.
    """
    check_idle(experiment.network)

    def work(stop: threading.Event) -> Result:
        with processor_threads(pick_threads()):
            return train(experiment, recipe, stop=stop, **options)

    job = _JOBS[id(experiment.network)] = Job(work)
    return job
