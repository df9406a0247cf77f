"""What a grid costs: steps and evaluations timed here, times how many of them its runs take.

The prediction is the processor's time of one thread, so that other work on the machine counts for
little; runs do not wait for each other, so that n cores take an n-th of it.
"""

from __future__ import annotations

import dataclasses
import statistics
import time
from dataclasses import dataclass

import torch

from coordlib import records, training
from coordlib.allocator import keep_freed_memory
from coordlib.sweeps import grids
from coordlib.sweeps.grids import Configuration


@dataclass(frozen=True)
class Cost:
    """One grid: how many runs, and the core seconds of one (median, shortest, longest) and of all.

    recorded: the runs of it that come with the course, if they are all of them; `recorded_seconds`
    what those took by the clock, one thread each, `predicted_seconds` what is predicted for them.
    """

    grid: str
    runs: int
    median: float
    shortest: float
    longest: float
    total: float
    recorded: int
    recorded_seconds: float
    predicted_seconds: float


def measure(grid: str, steps: int = 6) -> Cost:
    """Time `steps` training steps and a part of an evaluation for each kind of run in the grid.

    What only changes numbers (rates, penalties, seeds, the split) does not change a step's time.
    Raises ValueError as `grids.read` and `grids.configurations` do.
    """
    configurations = grids.configurations(grids.read(grid))
    kinds: dict[object, tuple[float, float]] = {}
    seconds: dict[str, float] = {}
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for each in configurations:
            kind = dataclasses.replace(each.settings, split="uniform"), each.recipe.batch_size
            if kind not in kinds:
                kinds[kind] = _step_and_evaluation(each, steps)
            step, evaluation = kinds[kind]
            evaluations = -(-each.recipe.epochs // each.recipe.evaluate_every)
            seconds[each.name] = each.steps * step + evaluations * evaluation
    finally:
        torch.set_num_threads(before)
    there = [run for run in records.shipped_sweep(grid) if run.finished]
    return Cost(
        grid,
        len(configurations),
        statistics.median(seconds.values()),
        min(seconds.values()),
        max(seconds.values()),
        sum(seconds.values()),
        len(there),
        sum(run.seconds for run in there),
        sum(seconds[run.folder.name] for run in there),
    )


def _step_and_evaluation(configuration: Configuration, steps: int) -> tuple[float, float]:
    """The processor's seconds of one step and of one evaluation."""
    keep_freed_memory()
    experiment = configuration.settings.experiment(0, torch.device("cpu"))
    # A training of exactly as many steps as are wanted: an "epoch" of their examples.
    examples = configuration.recipe.batch_size * steps
    evaluate = experiment.evaluate
    spent = {}

    class Short:
        network = experiment.network
        loss = experiment.loss
        low_precision_pays = experiment.low_precision_pays
        train_size = min(examples, experiment.train_size)

        def evaluate(self) -> dict[str, float]:
            start = time.process_time()
            metrics = evaluate()
            spent["evaluation"] = time.process_time() - start
            return metrics

    short = dataclasses.replace(configuration.recipe, epochs=2, evaluate_every=2)
    start = time.process_time()
    done = training.train(Short(), short)
    whole = time.process_time() - start
    return (whole - spent["evaluation"]) / done.step, spent["evaluation"]


def table(costs: list[Cost]) -> str:
    """The costs to be read, with what all grids together take on one core and on 64."""
    lines = [
        f"{'grid':26}{'runs':>6}{'a run: median':>15}{'shortest':>10}{'longest':>10}{'all':>10}"
    ]
    for cost in costs:
        each = (_time(s) for s in (cost.median, cost.shortest, cost.longest, cost.total))
        median, shortest, longest, total = each
        line = f"{cost.grid:26}{cost.runs:6,}{median:>15}{shortest:>10}{longest:>10}{total:>10}"
        if cost.recorded:
            line += (
                f"   recorded: {cost.recorded} runs, {_time(cost.recorded_seconds)} by the clock, "
                f"{_time(cost.predicted_seconds)} predicted"
            )
        lines.append(line)
    total = sum(cost.total for cost in costs)
    runs = sum(cost.runs for cost in costs)
    lines.append(f"{runs:,} runs: {_time(total)} on one core, {_time(total / 64)} on 64 cores")
    return "\n".join(lines)


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 172_800 else f"{seconds / 86_400:.0f} days"
