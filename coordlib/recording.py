"""Train a task and keep the run: `training` and `records` put together."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch

from coordlib import checks, fields, records, tasks, training
from coordlib.experiment import Experiment
from coordlib.recipes import Recipe
from coordlib.storage import StorageError, reading
from coordlib.training import parallel


class Settings(Protocol):
    """A task's settings: a dataclass of plain values that can make the experiment."""

    def build(self, seed: int) -> torch.nn.Module:
        """A new network."""

    def experiment(self, seed: int, device: torch.device) -> Experiment:
        """The experiment, its network new and on `device`."""


@dataclasses.dataclass(frozen=True)
class Order:
    """A run to be recorded; the fields are `record`'s arguments."""

    task: str
    settings: Settings
    recipe: Recipe
    seed: int
    folder: Path
    resume: bool = False
    command: str = ""
    on_event: Callable[[Any], None] | None = None


def record(
    task: str,
    settings: Settings,
    recipe: Recipe,
    seed: int,
    folder: Path,
    *,
    resume: bool = False,
    command: str = "",
    device: str | None = None,
    precision: str = "auto",
    threads: int | None = None,
    on_event: Callable[[Any], None] | None = None,
    stop: threading.Event | None = None,
    checkpoint_seconds: float = 60.0,
) -> records.Run:
    """Train and write the run into `folder`, also when stopped or killed half-way.

    resume: go on with the unfinished run in the folder, which must have been started with the same
        settings, recipe and seed. A finished one is returned as it is.
    command: the command line that repeats the run.
    threads: processor threads; None: as the run was begun with, and a new one as many as there are
        free cores, see `training.pick_threads`.
    The other arguments are `training.train`'s.

    Raises what `records.claim` and `training.train` raise, and ValueError if the folder holds a run
    of other settings or one that was begun in another precision.
    """
    (run,) = record_together(
        [Order(task, settings, recipe, seed, folder, resume, command, on_event)],
        device=device,
        precision=precision,
        threads=threads,
        stop=stop,
        checkpoint_seconds=checkpoint_seconds,
    )
    if run.diverged:
        raise training.DivergenceError(run.diverged)
    return run


def record_together(
    orders: Sequence[Order],
    *,
    device: str | None = None,
    precision: str = "auto",
    threads: int | None = None,
    stop: threading.Event | None = None,
    checkpoint_seconds: float = 60.0,
) -> list[records.Run]:
    """`record` for several runs that are trained as one, see `training.train_together`.

    Their seconds are those of all; "together" among a run's machine says how many they were. One
    that diverges ends alone, and says so in `Run.diverged`.
    """
    checks.one_of("precision", precision, training.PRECISIONS)
    if any((each.task, each.settings) != (orders[0].task, orders[0].settings) for each in orders):
        raise ValueError("orders of different tasks or settings cannot be trained as one")
    on = training.pick_device(device)
    with contextlib.ExitStack() as held:
        if parallel.rank() == 0:
            for order in orders:
                held.enter_context(records.claim(order.folder, order.resume))
        found = [_begun(order) for order in orders]
        precision = _precision_to_go_on(precision, found)
        if threads is None:
            threads = _threads_to_go_on(found)
        held.enter_context(training.processor_threads(training.pick_threads(threads)))
        machine = records.machine(on)
        if len(orders) > 1:
            machine["together"] = len(orders)
        if parallel.processes() > 1:
            machine["processes"] = parallel.processes()
        runs: list[records.Run] = []
        members: dict[int, training.Member] = {}
        for number, (order, run) in enumerate(zip(orders, found, strict=True)):
            if run is None or not run.finished:
                experiment = order.settings.experiment(order.seed, on)
                checkpoint = order.folder / "checkpoint.safetensors"
                member = training.Member(
                    experiment, order.recipe, order.seed, order.on_event, checkpoint
                )
                training.verify(member)  # before a word is written
                dtype = training.pick_precision(precision, on, experiment.low_precision_pays)
                machine["precision"] = str(dtype).removeprefix("torch.")
                run = _gone_on(run, machine) if run else _new_run(order, experiment, machine)
                members[number] = member
            runs.append(run)
        if not members:
            return runs
        if parallel.rank() == 0:
            for number in members:
                runs[number].save()
        results = training.train_together(
            list(members.values()),
            precision=precision,
            stop=stop,
            checkpoint_seconds=checkpoint_seconds,
        )
        for (number, member), result in zip(members.items(), results, strict=True):
            runs[number] = _with(result, runs[number])
            if parallel.rank() == 0:
                _keep(runs[number], member)
    return runs


def restore(run: records.Run) -> Experiment:
    """The experiment of a recorded run on the CPU, its network trained and in evaluation mode.

    Its `evaluate` computes in the number format that the run was recorded in.

    Raises StorageError if the run was recorded without its weights or they are damaged.
    """
    with reading(run.folder / "run.json", "run of coordlib"):
        settings = tasks.load(run.task).Settings.of(**run.settings)
    cpu = torch.device("cpu")
    experiment = settings.experiment(run.seed, cpu)
    records.load_weights(run.folder, experiment.network)
    experiment.network.eval()
    # Runs that don't name it are older: 16 bits where they paid, on a processor that has them.
    usual = "bfloat16" if experiment.low_precision_pays else "float32"
    dtype = training.pick_precision(run.machine.get("precision", usual), cpu)
    evaluate = experiment.evaluate

    def as_recorded() -> dict[str, float]:
        with torch.inference_mode(), training.autocast(cpu, dtype):
            return evaluate()

    experiment.evaluate = as_recorded
    return experiment


def find(
    task: str, settings: Settings, recipe: Recipe, seed: int, folder: Path
) -> records.Run | None:
    """The run in `folder`, finished or to be resumed; None if there is none.

    Raises ValueError if it is a run of something else, StorageError if it is damaged.
    """
    if not (folder / "run.json").exists():
        return None
    found = records.load(folder)
    for name, ours in (("task", task), ("settings", settings), ("recipe", recipe), ("seed", seed)):
        theirs = getattr(found, name)
        if isinstance(theirs, dict):
            # A field that is newer than the run has its default.
            try:
                theirs = dataclasses.asdict(type(ours)(**theirs))
            except (TypeError, ValueError) as error:
                raise StorageError(
                    f"{folder / 'run.json'} is damaged: its {name}: {error}"
                ) from error
            ours = dataclasses.asdict(ours)
        if theirs != ours:
            theirs, ours = fields.unlike(theirs, ours)
            raise ValueError(
                f"{found.folder} holds another run: its {name} is {theirs}, asked for was {ours}"
            )
    if not found.finished and not (found.folder / "checkpoint.safetensors").exists() and found.step:
        raise StorageError(
            f"the checkpoint of the unfinished run in {found.folder} is gone; record it again"
        )
    return found


def _begun(order: Order) -> records.Run | None:
    """The run in an order's folder, if there is anything to go on with."""
    run = find(order.task, order.settings, order.recipe, order.seed, order.folder)
    # Killed before its first checkpoint, nothing is left of a run but its name.
    kept = run and (run.finished or (order.folder / "checkpoint.safetensors").exists())
    return run if kept else None


def _with(result: training.Result, run: records.Run) -> records.Run:
    """A run with what its training gave."""
    return dataclasses.replace(
        run,
        finished=result.finished,
        step=result.step,
        seconds=round(result.seconds, 2),
        processor_seconds=round(result.processor_seconds, 2),
        diverged=result.diverged,
        history=_columns(result.history),
    )


def _keep(run: records.Run, member: training.Member) -> None:
    """Write a run that has ended, its weights if they are numbers."""
    if not run.diverged:
        records.save_weights(run.folder, member.experiment.network)
    run.save()
    if run.finished:
        member.checkpoint.unlink()  # only now: run and weights are on disk


def _precision_to_go_on(precision: str, found: Sequence[records.Run | None]) -> str:
    """The precision asked for; of unfinished runs their own, wherever they were begun."""
    begun = {run.machine.get("precision", precision) for run in found if run and not run.finished}
    if len(begun) > 1:
        names = " and ".join(sorted(begun))
        raise ValueError(f"runs begun in {names} cannot be trained as one; go on one by one")
    if precision != "auto" and begun - {precision}:
        raise ValueError(f"precision got {precision!r}; the run was begun in {begun.pop()}")
    return begun.pop() if begun else precision


def _threads_to_go_on(found: Sequence[records.Run | None]) -> int | None:
    """The threads that an unfinished run was begun with, as many of them as there are cores."""
    begun = [run.machine.get("threads") for run in found if run and not run.finished]
    return min(begun[0], len(training.usable_cores())) if begun and begun[0] else None


def _gone_on(run: records.Run, machine: dict[str, Any]) -> records.Run:
    """The unfinished run with a note of where it goes on, if that is not where it was last."""
    here = {"commit": records.commit(), "machine": machine, "versions": records.versions()}
    last = run.resumed[-1] if run.resumed else {name: getattr(run, name) for name in here}
    return run if here == last else dataclasses.replace(run, resumed=[*run.resumed, here])


def _new_run(order: Order, experiment: Experiment, machine: dict[str, Any]) -> records.Run:
    return records.Run(
        task=order.task,
        settings=dataclasses.asdict(order.settings),
        recipe=dataclasses.asdict(order.recipe),
        seed=order.seed,
        command=order.command,
        commit=records.commit(),
        machine=machine,
        versions=records.versions(),
        parameters=sum(p.numel() for p in experiment.network.parameters() if p.requires_grad),
        finished=False,
        step=0,
        seconds=0.0,
        history={},
        folder=order.folder,
    )


def _columns(history: list[training.Evaluation]) -> dict[str, list[float]]:
    columns: dict[str, list[float]] = {}
    for evaluation in history:
        row = {
            "step": evaluation.step,
            "epoch": evaluation.epoch,
            "seconds": round(evaluation.seconds, 2),
            **{name: round(value, 6) for name, value in evaluation.metrics.items()},
        }
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
    return columns
