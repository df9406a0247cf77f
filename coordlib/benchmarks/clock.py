"""What the subjects share: threads, the clock, the turns, and the options of `coordlib bench`.

A busy or warm machine drifts, so the forms that are compared take turns in random order, and each
time is compared with another's of the same round.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import inspect
import json
import os
import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from coordlib import checks, records
from coordlib.training import pick_device, processor_threads

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
LEAST_ROUNDS = 5


def check_clock(clock: str, device: torch.device) -> None:
    """Raise ValueError for a clock that is none of CLOCKS, or that cannot tell what `device` does.

    "cpu" is the processor's time, which counts less of what else the machine does; it knows
    nothing of other devices and counts waiting threads as working.
    """
    checks.one_of("clock", clock, CLOCKS)
    if clock == "cpu" and device.type != "cpu":
        raise ValueError(f"clock got 'cpu'; on {device} it takes 'wall'")


def timed(work: Callable[[], Any], clock: str, device: torch.device) -> tuple[float, Any]:
    """The seconds until `device` has done what `work` gives it, and what `work` returns.

    What it returns is let go by the caller, after the clock has stopped.
    """
    synchronise = torch.get_device_module(device).synchronize
    synchronise()
    start = CLOCKS[clock]()
    result = work()
    synchronise()
    return CLOCKS[clock]() - start, result


def take_turns(
    forms: Mapping[str, Callable[[], float]], seconds: float = 0.0
) -> dict[str, list[float]]:
    """The times that each form says it took, round by round: all forms once, in random order.

    It goes on for `seconds`, and for LEAST_ROUNDS at least. A round before them is not counted: the
    first time, libraries choose their ways.
    """
    for form in forms.values():
        form()
    times: dict[str, list[float]] = {name: [] for name in forms}
    rounds, end = 0, time.perf_counter() + seconds
    while rounds < LEAST_ROUNDS or time.perf_counter() < end:
        for name in random.sample(list(forms), len(forms)):
            times[name].append(forms[name]())
        rounds += 1
    return times


def compare(times: Sequence[float], others: Sequence[float]) -> tuple[float, tuple[float, float]]:
    """time / other of the same round: the median, and both quartiles."""
    ratios = [one / other for one, other in zip(times, others, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return middle, (low, high)


def add_subject(
    subjects: argparse._SubParsersAction,
    name: str,
    measure: Callable[..., list[Any]],
    table: Callable[[list[Any]], str],
    *,
    help: str,
    description: str,
) -> argparse.ArgumentParser:
    """Add a subject to `coordlib bench`, with the options that all have, and give its parser.

    measure: takes the options by their names, and gives timings, which are data classes.
    table: the timings to be read, where JSON is not asked for.
    """
    parser = subjects.add_parser(name, help=help, description=description)
    parser.set_defaults(action=functools.partial(_bench, measure=measure, table=table))
    parser.add_argument("--device", default="cpu", help="default: cpu")
    parser.add_argument("--threads", type=int, help="processor threads (default: all)")
    parser.add_argument(
        "--clock",
        default="wall",
        choices=CLOCKS,
        help="wall, or cpu: the processor's time, for a busy machine (default: wall)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table")
    return parser


def _bench(
    options: argparse.Namespace,
    command: str,
    *,
    measure: Callable[..., list[Any]],
    table: Callable[[list[Any]], str],
) -> int:
    settings = {name: getattr(options, name) for name in inspect.signature(measure).parameters}
    timings = measure(**settings)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    with processor_threads(options.threads):
        machine = records.machine(pick_device(options.device))
    if options.json:
        measured = [dataclasses.asdict(timing) for timing in timings]
        about = {"command": command, "torch": torch.__version__, "machine": machine, "load": load}
        print(json.dumps({**about, **settings, "timings": measured}))
        return 0
    print(f"{command}: torch {torch.__version__}, load {load:.1f} at the end")
    gpu = f"{machine['gpu']}, " if "gpu" in machine else ""
    cores, threads = machine["cores"], machine["threads"]
    print(f"{gpu}{machine['processor']}, {cores} cores, {threads} thread{'s' * (threads > 1)}")
    print(table(timings))
    return 0
