"""What the coordinates cost: the layers against `torch.nn.Conv2d` and the concatenating form (C14).

And what it brings to train several networks as one. A busy or warm machine drifts, so the forms
take turns in random order, and each time is compared with another's of the same round.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from coordlib import checks, records
from coordlib.allocator import keep_freed_memory
from coordlib.datasets import SCALES
from coordlib.experiment import Experiment
from coordlib.layers import AddCoords, CoordConv2d
from coordlib.recipes import Recipe
from coordlib.tasks import classification
from coordlib.training import Member, train_together

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
PLAIN = "nn.Conv2d"
LEAST_ROUNDS = 5


@contextlib.contextmanager
def processor_threads(number: int | None) -> Iterator[None]:
    """Let torch use so many threads within the block; None: as many as it uses now."""
    before = torch.get_num_threads()
    torch.set_num_threads(number or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclasses.dataclass(frozen=True)
class Case:
    """A convolution and what it is given; the first layer of a network needs no input gradient."""

    name: str
    shape: tuple[int, int, int, int]
    out_channels: int
    kernel_size: int
    stride: int = 1
    first_layer: bool = False


CASES = (
    Case("3×3, 64 to 64 channels", (16, 64, 64, 64), 64, 3),
    Case("1×1, 32 to 64 channels", (16, 32, 64, 64), 64, 1),
    Case("7×7 / 2, 3 to 64 channels", (32, 3, 224, 224), 64, 7, 2, first_layer=True),
)


@dataclasses.dataclass(frozen=True)
class Timing:
    """One form of one case: the median time, and time / `nn.Conv2d` with its quartiles."""

    case: str
    backward: bool
    form: str
    milliseconds: float
    ratio: float
    quartiles: tuple[float, float]
    rounds: int


def layers(
    *,
    device: str = "cpu",
    threads: int | None = None,
    seconds: float = 10.0,
    dtype: str = "float32",
    channels_last: bool = False,
    clock: str = "wall",
    batch: int | None = None,
) -> list[Timing]:
    """Time every case forward (no gradients) and forward and backward, in each of three forms.

    threads: of the processor; default: what torch uses now.
    seconds: for each case and direction, of which there are six.
    dtype: other than "float32", the layers run under autocast to it.
    clock: "wall", or "cpu" for the processor's time, which counts less of what else the machine
        does; it knows nothing of other devices and counts waiting threads as working.
    batch: examples in place of each case's own number, to have it smaller.

    Raises ValueError for a value that is none of these.
    """
    checks.one_of("dtype", dtype, DTYPES)
    _check_clock(clock, device)
    for name, value in (("threads", threads), ("seconds", seconds), ("batch", batch)):
        if value is not None and value <= 0:
            raise ValueError(f"{name} got {value}; it takes more than 0")
    cases = CASES
    if batch is not None:
        cases = tuple(dataclasses.replace(c, shape=(batch, *c.shape[1:])) for c in CASES)
    keep_freed_memory()  # for all forms alike: else we would time its page faults
    with processor_threads(threads):
        return [
            timing
            for case in cases
            for backward in (False, True)
            for timing in _time_case(
                case,
                backward,
                torch.device(device),
                seconds,
                DTYPES[dtype],
                torch.channels_last if channels_last else torch.contiguous_format,
                CLOCKS[clock],
            )
        ]


def _time_case(
    case: Case,
    backward: bool,
    device: torch.device,
    seconds: float,
    dtype: torch.dtype,
    memory_format: torch.memory_format,
    clock: Callable[[], float],
) -> list[Timing]:
    channels = case.shape[1]
    options = {"stride": case.stride, "padding": case.kernel_size // 2}
    plain = nn.Conv2d(channels, case.out_channels, case.kernel_size, **options)
    wider = nn.Conv2d(channels + 2, case.out_channels, case.kernel_size, **options)
    forms: dict[str, nn.Module] = {
        PLAIN: plain,
        "concatenating": nn.Sequential(AddCoords(), wider),
        "CoordConv2d": CoordConv2d(channels, case.out_channels, case.kernel_size, **options),
    }
    for form in forms.values():
        form.to(device=device, memory_format=memory_format)
    input = torch.randn(case.shape, device=device).contiguous(memory_format=memory_format)
    input.requires_grad_(backward and not case.first_layer)
    synchronise = torch.get_device_module(device).synchronize

    def once(form: nn.Module, gradient: Tensor | None) -> tuple[float, Tensor]:
        synchronise()
        start = clock()
        autocast = torch.autocast(device.type, dtype, enabled=dtype is not torch.float32)
        with autocast, contextlib.nullcontext() if backward else torch.no_grad():
            output = form(input)
        if gradient is not None:
            output.backward(gradient)
        synchronise()
        elapsed = clock() - start
        input.grad = None
        form.zero_grad()
        return elapsed, output.detach()

    output = [once(form, None)[1] for form in forms.values()][0]
    gradient = torch.randn_like(output) if backward else None
    for form in forms.values():
        once(form, gradient)  # the first time, libraries choose their ways
    times: dict[str, list[float]] = {name: [] for name in forms}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times[PLAIN]) < LEAST_ROUNDS:
        for name in random.sample(list(forms), len(forms)):
            times[name].append(once(forms[name], gradient)[0])

    timings = []
    for name, each in times.items():
        ratios = [ours / plain for ours, plain in zip(each, times[PLAIN], strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
        median = 1000 * statistics.median(each)
        timings.append(Timing(case.name, backward, name, median, middle, (low, high), len(each)))
    return timings


def table(timings: list[Timing]) -> str:
    """The timings to be read: a line for each case, direction and form."""
    lines = [f"{'':44}{'ms':>9}  time / {PLAIN} (quartiles), rounds"]
    for t in timings:
        what = f"{t.case}, {'forward + backward' if t.backward else 'forward'}"
        if t.form == PLAIN:
            lines.append(what)
        low, high = t.quartiles
        ratio = "" if t.form == PLAIN else f"{t.ratio:.2f} ({low:.2f} to {high:.2f}), {t.rounds}"
        lines.append(f"  {t.form:42}{t.milliseconds:9.2f}  {ratio}".rstrip())
    return "\n".join(lines)


def _check_clock(clock: str, device: str) -> None:
    checks.one_of("clock", clock, CLOCKS)
    if clock == "cpu" and torch.device(device).type != "cpu":
        raise ValueError(f"clock got 'cpu'; on {device} it takes 'wall'")


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


def together(
    *,
    device: str = "cpu",
    threads: int | None = None,
    scale: str | None = None,
    steps: int = 6,
    clock: str = "wall",
) -> list[Together]:
    """Time 2, 4 and 8 of the paper's two classifiers trained as one, and one after another.

    device, threads, clock: as for `layers`. scale: default: all three. steps: in each of five
    rounds.

    Raises ValueError for an unknown clock or scale, or a number that is not above 0.
    """
    _check_clock(clock, device)
    if threads is not None:
        checks.whole_number("threads", threads)
    scales = tuple(SCALES) if scale is None else (scale,)
    for each in scales:
        checks.one_of("scale", each, SCALES)
    checks.whole_number("steps", steps)
    with processor_threads(threads):
        return [
            _time_together(network, each, number, torch.device(device), steps, CLOCKS[clock])
            for network in ("deconv", "coordconv")
            for each in scales
            for number in (2, 4, 8)
        ]


def _time_together(
    network: str,
    scale: str,
    number: int,
    device: torch.device,
    steps: int,
    clock: Callable[[], float],
) -> Together:
    settings, _ = classification.preset(network, "uniform", scale=scale)
    members = [
        Member(_StepsOnly(settings.experiment(seed, device), steps), Recipe(epochs=1), seed)
        for seed in range(number)
    ]
    forms = {"apart": [[member] for member in members], "together": [members]}
    times: dict[str, list[float]] = {name: [] for name in forms}
    synchronise = torch.get_device_module(device).synchronize
    for _ in range(1 + LEAST_ROUNDS):
        for name in random.sample(list(forms), len(forms)):
            start = clock()
            for group in forms[name]:
                train_together(group)
            synchronise()
            times[name].append(1000 * (clock() - start) / steps)
    apart, as_one = times["apart"][1:], times["together"][1:]  # the first round warms up
    ratios = [one / other for one, other in zip(apart, as_one, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
    medians = statistics.median(apart), statistics.median(as_one)
    return Together(network, scale, number, *medians, middle, (low, high))


def shipped_together() -> list[Together]:
    """What training together brought on one core of the machine that recorded the course."""
    path = records.data_folder() / "benchmarks" / "together.json"
    timings = json.loads(path.read_text(encoding="utf-8"))["timings"]
    return [Together(**{**timing, "quartiles": tuple(timing["quartiles"])}) for timing in timings]


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
    parser = subjects.add_parser(
        "together",
        help="several networks trained as one, and one after another",
        description="Time the steps of several networks trained as one (`sweep --together`).",
    )
    parser.set_defaults(action=_bench_together)
    parser.add_argument("--device", default="cpu", help="default: cpu")
    parser.add_argument("--threads", type=int, help="processor threads (default: all)")
    parser.add_argument("--scale", choices=SCALES, help="of the canvas (default: all three)")
    parser.add_argument("--steps", type=int, default=6, help="a round (default: 6)")
    _add_clock_and_json(parser)


def _bench_together(options: argparse.Namespace, command: str) -> int:
    names = ("device", "threads", "scale", "steps", "clock")
    settings = {name: getattr(options, name) for name in names}
    timings = together(**settings)
    _report(options, command, settings, timings, together_table)
    return 0


def add_layers(subjects: argparse._SubParsersAction) -> None:
    """Add `layers` to the subjects of `coordlib bench`."""
    parser = subjects.add_parser(
        "layers",
        help="CoordConv2d, nn.Conv2d and the concatenating form",
        description="Time CoordConv2d against nn.Conv2d and the concatenating form.",
    )
    parser.set_defaults(action=_bench_layers)
    parser.add_argument("--device", default="cpu", help="default: cpu")
    parser.add_argument("--threads", type=int, help="processor threads (default: all)")
    parser.add_argument(
        "--seconds",
        type=float,
        default=10.0,
        help="for each of the six measurements (default: 10)",
    )
    parser.add_argument("--batch", type=int, help="examples (default: as each case has)")
    parser.add_argument("--dtype", default="float32", choices=DTYPES, help="default: float32")
    parser.add_argument("--channels-last", action="store_true", help="the other memory format")
    _add_clock_and_json(parser)


def _bench_layers(options: argparse.Namespace, command: str) -> int:
    names = ("device", "threads", "seconds", "dtype", "channels_last", "clock", "batch")
    settings = {name: getattr(options, name) for name in names}
    timings = layers(**settings)
    _report(options, command, settings, timings, table)
    return 0


def _add_clock_and_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--clock",
        default="wall",
        choices=CLOCKS,
        help="wall, or cpu: the processor's time, for a busy machine (default: wall)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table")


def _report(
    options: argparse.Namespace,
    command: str,
    settings: dict[str, Any],
    timings: list[Any],
    table: Callable[[list[Any]], str],
) -> None:
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    if options.json:
        measured = [dataclasses.asdict(timing) for timing in timings]
        about = {"command": command, "torch": torch.__version__, "load": load}
        print(json.dumps({**about, **settings, "timings": measured}))
        return
    print(
        f"{command}: torch {torch.__version__}, {os.cpu_count()} cores, load {load:.1f} at the end"
    )
    print(table(timings))
