"""What a grid costs: steps and evaluations timed here, times how many of them its runs take.

On a processor the prediction is its own time of one thread, so that other work on the machine
counts for little; runs do not wait for each other, so that n cores take an n-th of it.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import statistics
import threading
import time
from dataclasses import dataclass
from typing import Any

import torch

from coordlib import checks, fields, records, training
from coordlib.allocator import keep_freed_memory
from coordlib.experiment import LibraryExperiment
from coordlib.recipes import Recipe
from coordlib.storage import read_json, reading
from coordlib.sweeps import grids
from coordlib.sweeps.grids import Configuration

# The paper's whole sweep, 1,992 runs.
PAPERS = (
    "classification-coordconv",
    "classification-deconv",
    "regression-conv",
    "regression-coordconv",
    "rendering-coordconv",
    "rendering-deconv",
)


@dataclass(frozen=True)
class Cost:
    """A grid: how many runs; the seconds of one (median, shortest, longest) and of all."""

    grid: str
    runs: int
    median: float
    shortest: float
    longest: float
    total: float


def measure(grid: str, steps: int = 6, device: str = "cpu") -> Cost:
    """Time `steps` training steps and an evaluation for each kind of run in the grid.

    What only changes numbers (rates, penalties, seeds, a split) does not change a step's time.
    Raises ValueError as `grids.read` and `grids.configurations` do, for a device that is not there
    and for steps that a library takes in a loop of its own.
    """
    on = training.pick_device(device)
    configurations = grids.configurations(grids.read(grid))
    kinds: dict[object, tuple[float, float]] = {}
    seconds: list[float] = []
    with training.processor_threads(1):
        for each in configurations:
            kind = _kind(each)
            if kind not in kinds:
                kinds[kind] = _step_and_evaluation(each, steps, on)
            step, evaluation = kinds[kind]
            length = each.recipe.epochs or each.recipe.steps
            evaluations = math.ceil(length / each.recipe.evaluate_every)
            seconds.append(each.steps * step + evaluations * evaluation)
    return Cost(
        grid,
        len(configurations),
        statistics.median(seconds),
        min(seconds),
        max(seconds),
        sum(seconds),
    )


def shipped() -> list[Cost]:
    """The costs of the paper's six grids as measured on the machine that recorded the course."""
    path = records.data_folder() / "benchmarks" / "grids.json"
    with reading(path, "list of costs"):
        content = fields.parse(dict[str, Any], read_json(path))
        return fields.parse(list[Cost], content.get("costs"), "costs")


def _clock(device: torch.device) -> float:
    """The processor's own seconds; or the wall's, once a GPU has done what it was given."""
    if device.type == "cpu":
        return time.process_time()
    torch.get_device_module(device).synchronize()
    return time.perf_counter()


def _kind(configuration: Configuration) -> object:
    """What decides the time of a step and of an evaluation: equal for runs that are alike in it."""
    settings = dataclasses.asdict(configuration.settings)
    settings.pop("split", None)
    recipe = configuration.recipe
    return tuple(settings.items()), recipe.batch_size, recipe.optimizer, recipe.clip is None


def _step_and_evaluation(
    configuration: Configuration, steps: int, device: torch.device
) -> tuple[float, float]:
    """The seconds of one step and of one evaluation."""
    keep_freed_memory()
    experiment = configuration.settings.experiment(0, device)
    if isinstance(experiment, LibraryExperiment):
        raise ValueError(
            f"the grid got runs of {configuration.task}, whose steps a library takes in a loop of "
            f"its own; to be timed it takes runs that coordlib trains step by step"
        )
    # `steps` steps are timed, after two in which libraries choose their ways.
    marks: list[float] = []
    stop = threading.Event()
    after_step = experiment.after_step

    def marked() -> None:
        after_step()
        marks.append(_clock(device))
        if len(marks) == steps + 2:
            stop.set()

    experiment.after_step = marked
    training.train(experiment, _of_length(configuration.recipe, steps + 3), stop=stop)
    dtype = training.pick_precision("auto", device, experiment.low_precision_pays)
    start = _clock(device)
    with torch.inference_mode(), training.autocast(device, dtype):
        experiment.evaluate()
    return (marks[-1] - marks[1]) / steps, _clock(device) - start


def _of_length(recipe: Recipe, steps: int) -> Recipe:
    """A recipe of the same steps, `steps` of them at least, and no evaluation before the end."""
    unit = "steps" if recipe.epochs is None else "epochs"
    return dataclasses.replace(recipe, evaluate_every=steps, **{unit: steps})


def table(costs: list[Cost], device: str = "cpu") -> str:
    """The costs to be read, with what all grids together take: on one core and on 64, or on a GPU.

    device: the one that the costs were measured on.
    """
    lines = [
        f"{'grid':26}{'runs':>6}{'a run: median':>15}{'shortest':>10}{'longest':>10}{'all':>10}"
    ]
    for cost in costs:
        each = (_time(s) for s in (cost.median, cost.shortest, cost.longest, cost.total))
        median, shortest, longest, total = each
        lines.append(
            f"{cost.grid:26}{cost.runs:6,}{median:>15}{shortest:>10}{longest:>10}{total:>10}"
        )
    total = sum(cost.total for cost in costs)
    runs = sum(cost.runs for cost in costs)
    if device == "cpu":
        lines.append(f"{runs:,} runs: {_time(total)} on one core, {_time(total / 64)} on 64 cores")
        lines.append("On one GPU: not measured; where there is one, `--device cuda` does.")
    else:
        lines.append(f"{runs:,} runs, one after another: {_time(total)} on {device}")
    return "\n".join(lines)


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 172_800 else f"{seconds / 86_400:.0f} days"


def add(subjects: argparse._SubParsersAction) -> None:
    """Add `grids` to the subjects of `coordlib bench`."""
    parser = subjects.add_parser(
        "grids",
        help="what the paper's sweeps would take on this machine",
        description="Predict what grids take here, from a few steps of each kind of run in them.",
    )
    parser.set_defaults(action=_bench_grids)
    parser.add_argument("grids", nargs="*", metavar="GRID", help="default: the paper's six")
    parser.add_argument("--steps", type=int, default=6, help="timed of each kind (default: 6)")
    parser.add_argument("--device", default="cpu", help="default: one core of the processor")
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table")


def _bench_grids(options: argparse.Namespace, command: str) -> int:
    checks.whole_number("--steps", options.steps)
    costs = [measure(name, options.steps, options.device) for name in options.grids or PAPERS]
    if options.json:
        about = {
            "command": command,
            "machine": records.machine(training.pick_device(options.device)),
            "versions": records.versions(),
        }
        print(
            json.dumps({**about, "costs": [dataclasses.asdict(cost) for cost in costs]}, indent=1)
        )
    else:
        print(table(costs, options.device))
    return 0
