"""Workers on this machine: a process each, which survives its jobs but may die at any time."""

from __future__ import annotations

import contextlib
import multiprocessing
import queue
import signal
import threading
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from coordlib.sweeps.work import Ended, Job, Lost, Options, Taken, Told, do

# A fresh interpreter: forking one whose torch has threads of its own can hang.
_SPAWN = multiprocessing.get_context("spawn")


class Workers:
    """At most `count` processes, started when there is something to do."""

    def __init__(self, count: int, out: Path, options: Options) -> None:
        self._count = count
        self._out = out
        self._options = options
        self._idle: list[Connection] = []
        self._jobs: dict[Connection, Job] = {}
        self._processes: list[Any] = []

    def has_room(self) -> bool:
        """Whether a job could be started at once."""
        return len(self._jobs) < self._count

    def start(self, job: Job) -> None:
        """Give a job to an idle worker or to a new one."""
        pipe = self._idle.pop() if self._idle else self._spawn()
        try:
            pipe.send(job)
        except OSError:  # it has died while it was idle
            self.start(job)
        else:
            self._jobs[pipe] = job

    def wait(self, seconds: float) -> list[tuple[Job, Told | Ended | Lost | Taken]]:
        """What the workers have said since, waiting up to so long for the first word."""
        messages: list[tuple[Job, Told | Ended | Lost | Taken]] = []
        for pipe in wait(list(self._jobs), seconds):
            job = self._jobs[pipe]
            try:
                message = pipe.recv()
            except (EOFError, OSError):
                message = Lost()
            messages.append((job, message))
            if not isinstance(message, Told):
                del self._jobs[pipe]
            if isinstance(message, (Ended, Taken)):
                self._idle.append(pipe)
        return messages

    def stop(self) -> str:
        """Ask all to end after the step in progress and to keep what they have. Returns at once."""
        for pipe in [*self._jobs, *self._idle]:
            with contextlib.suppress(OSError):  # `wait` finds out
                pipe.send(None)
        return "what the runs in progress have reached"

    def kill(self) -> None:
        """End all at once; each run goes on from its last checkpoint."""
        for process in self._processes:
            process.kill()

    def close(self) -> None:
        """Let the workers end, and wait for it."""
        self.stop()
        for process in self._processes:
            process.join()

    def _spawn(self) -> Connection:
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(target=_serve, args=(theirs, self._out, self._options))
        # A Ctrl-C goes to the workers too, but the sweep is the one to decide. Ignoring is
        # inherited, so that it holds while the new interpreter is still importing.
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            process.start()
        finally:
            signal.signal(signal.SIGINT, handler)
        theirs.close()  # so that their death is the pipe's end
        self._processes.append(process)
        return ours


def _serve(pipe: Connection, out: Path, options: Options) -> None:
    """A worker's life: jobs from the pipe, one after another, until there is a None or no sweep."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    stop = threading.Event()
    inbox: queue.SimpleQueue[Job | None] = queue.SimpleQueue()

    def listen() -> None:
        try:
            while (job := pipe.recv()) is not None:
                inbox.put(job)
        except (EOFError, OSError):
            pass  # the sweep was killed
        stop.set()
        inbox.put(None)

    def tell(message: Told | Ended | Taken) -> None:
        try:
            pipe.send(message)
        except OSError:
            stop.set()

    threading.Thread(target=listen, daemon=True).start()
    while (job := inbox.get()) is not None:
        tell(do(job, out, options, tell, stop))
