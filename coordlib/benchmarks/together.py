"""What it brings to train several networks as one: `coordlib sweep --together`."""

from __future__ import annotations

import argparse
import dataclasses
import statistics
from typing import Any

import torch
from torch import Tensor

from coordlib import checks, fields, records
from coordlib.benchmarks.clock import (
    add_subject,
    check_clock,
    compare,
    take_turns,
    timed,
)
from coordlib.datasets import SCALES
from coordlib.experiment import Experiment
from coordlib.recipes import Recipe
from coordlib.storage import read_json, reading
from coordlib.tasks import classification
from coordlib.training import Member, pick_device, processor_threads, train_together


@dataclasses.dataclass(frozen=True)
class Together:
    """Training several networks as one: milliseconds a step of all, and how often faster it is.

    `apart` is a step of each, one after another; `speedup` apart / together, its quartiles.
    """

    network: str
    scale: str
    networks: int
    apart: float
    together: float
    speedup: float
    quartiles: tuple[float, float]


def time_together(
    *,
    device: str = "cpu",
    threads: int | None = None,
    scale: str | None = None,
    steps: int = 6,
    clock: str = "wall",
) -> list[Together]:
    """Time 2, 4 and 8 of the paper's two classifiers trained as one, and one after another.

    device, threads, clock: as for `time_layers`. scale: default: all three. steps: in each of five
    rounds.

    Raises ValueError for a device that is not there, an unknown clock or scale, or a number that
    cannot be.
    """
    on = pick_device(device)
    check_clock(clock, on)
    scales = tuple(SCALES) if scale is None else (scale,)
    for each in scales:
        checks.one_of("scale", each, SCALES)
    checks.whole_number("steps", steps, 1, 1_000_000)  # whose examples are put in order at once
    with processor_threads(threads):
        return [
            _time_networks(network, each, number, on, steps, clock)
            for network in ("deconv", "coordconv")
            for each in scales
            for number in (2, 4, 8)
        ]


class _StepsOnly(Experiment):
    """An experiment's gradient steps, of 16 examples each, without its evaluations."""

    def __init__(self, experiment: Experiment, steps: int) -> None:
        self.network, self.experiment = experiment.network, experiment
        self.low_precision_pays = experiment.low_precision_pays
        self.train_size = 16 * steps

    def loss(self, batch: Tensor) -> Tensor:
        return self.experiment.loss(batch % self.experiment.train_size)

    def evaluate(self) -> dict[str, float]:
        return {}


def _time_networks(
    network: str, scale: str, number: int, device: torch.device, steps: int, clock: str
) -> Together:
    settings, _ = classification.preset(network, "uniform", scale=scale)
    members = [
        Member(_StepsOnly(settings.experiment(seed, device), steps), Recipe(epochs=1), seed)
        for seed in range(number)
    ]

    def milliseconds(groups: list[list[Member]]) -> float:
        elapsed, _ = timed(lambda: [train_together(group) for group in groups], clock, device)
        return 1000 * elapsed / steps

    times = take_turns(
        {
            "apart": lambda: milliseconds([[member] for member in members]),
            "together": lambda: milliseconds([members]),
        }
    )
    medians = (statistics.median(times[form]) for form in ("apart", "together"))
    return Together(network, scale, number, *medians, *compare(times["apart"], times["together"]))


def shipped_together() -> list[Together]:
    """What training together brought on one core of the machine that recorded the course.

    Raises StorageError that names the file if it is missing or no such file.
    """
    path = records.data_folder() / "benchmarks" / "together.json"
    with reading(path, "list of timings"):
        content = fields.parse(dict[str, Any], read_json(path))
        return fields.parse(list[Together], content.get("timings"), "timings")


def together_table(timings: list[Together]) -> str:
    """The timings to be read: a line for each network, scale and number of networks."""
    lines = [f"{'':22}{'networks':>8}{'apart, ms':>11}{'together, ms':>14}  speed-up (quartiles)"]
    for t in timings:
        low, high = t.quartiles
        lines.append(
            f"{t.network + ', ' + t.scale:22}{t.networks:8}{t.apart:11.1f}{t.together:14.1f}  "
            f"{t.speedup:.2f} ({low:.2f} to {high:.2f})"
        )
    return "\n".join(lines)


def add_together(subjects: argparse._SubParsersAction) -> None:
    """Add `together` to the subjects of `coordlib bench`."""
    parser = add_subject(
        subjects,
        "together",
        time_together,
        together_table,
        help="several networks trained as one, and one after another",
        description="Time the steps of several networks trained as one (`sweep --together`).",
    )
    parser.add_argument("--scale", choices=SCALES, help="of the canvas (default: all three)")
    parser.add_argument("--steps", type=int, default=6, help="a round (default: 6)")
