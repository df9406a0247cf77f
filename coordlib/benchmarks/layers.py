"""What the coordinates cost: `CoordConv2d` against `nn.Conv2d` and the concatenating form (C14)."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import statistics
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from coordlib import checks, fields, records
from coordlib.allocator import keep_freed_memory
from coordlib.benchmarks.clock import (
    add_subject,
    check_clock,
    compare,
    take_turns,
    timed,
)
from coordlib.benchmarks.memory import peak_memory
from coordlib.coordinates import AddCoords
from coordlib.layers import CoordConv2d
from coordlib.storage import read_json, reading
from coordlib.training import autocast, pick_device, processor_threads

PLAIN, CONCATENATING, COORDCONV = "nn.Conv2d", "concatenating", "CoordConv2d"
SMALL = 1.0  # milliseconds: below it Python's own time counts, and no ratio tells anything


@dataclasses.dataclass(frozen=True)
class Case:
    """A convolution, what it is given, and what is done with it.

    shape: of the input, (batch, channels, height, width), as high as it is wide.
    training: forward and backward; else forward alone, without gradients.
    bfloat16: computed in it, under autocast.
    first_layer: of its network, so that no gradient of the input is needed.
    """

    shape: tuple[int, int, int, int]
    out_channels: int
    kernel_size: int
    stride: int = 1
    groups: int = 1
    training: bool = False
    bfloat16: bool = False
    channels_last: bool = False
    first_layer: bool = False

    @property
    def name(self) -> str:
        """In words: "7×7/2 3→64, 32×224²" has a stride of 2 and 32 examples of 224 × 224."""
        batch, channels, size, _ = self.shape
        kernel = f"{self.kernel_size}×{self.kernel_size}"
        kernel += f"/{self.stride}" if self.stride > 1 else ""
        name = f"{kernel} {channels}→{self.out_channels}, {batch}×{size}²"
        name += f" {self.groups} groups" if self.groups > 1 else ""
        name += " bfloat16" if self.bfloat16 else ""
        return name + (" channels last" if self.channels_last else "")


CASES = (
    Case((16, 64, 64, 64), 64, 3, training=True),
    Case((16, 64, 64, 64), 64, 3, training=True, channels_last=True),
    Case((16, 64, 64, 64), 64, 3, training=True, bfloat16=True),
    Case((16, 32, 64, 64), 64, 1, training=True),
    Case((32, 3, 224, 224), 64, 7, stride=2, training=True, first_layer=True),
    # Batches without gradients.
    Case((16, 64, 64, 64), 64, 3),
    Case((16, 32, 64, 64), 64, 1),
    Case((32, 3, 224, 224), 64, 7, stride=2),
    # One image.
    Case((1, 3, 224, 224), 64, 7, stride=2),
    Case((1, 3, 512, 512), 32, 3),
    Case((1, 3, 2048, 2048), 8, 3),
    Case((1, 64, 56, 56), 64, 3),
    Case((1, 256, 14, 14), 256, 3),
    Case((1, 64, 224, 224), 64, 3, groups=64),
    Case((1, 64, 224, 224), 64, 1, channels_last=True),
    Case((1, 64, 112, 112), 64, 3, bfloat16=True),
    # So small that what counts is how many operations Python starts.
    Case((1, 16, 8, 8), 16, 3),
    Case((8, 16, 8, 8), 16, 3),
    Case((1, 16, 8, 8), 16, 1),
)


@dataclasses.dataclass(frozen=True)
class Beside:
    """One form beside `nn.Conv2d`, whose time is of the same round.

    time: its time / that of `nn.Conv2d`, the median; `quartiles`: of the same.
    extra: the microseconds that it takes more, the median.
    memory: what it has at its peak / what `nn.Conv2d` has.
    """

    time: float
    quartiles: tuple[float, float]
    extra: float
    memory: float


@dataclasses.dataclass(frozen=True)
class Timing:
    """What one case takes: `nn.Conv2d`, and beside it the two forms with coordinates.

    milliseconds: of `nn.Conv2d`, the median of so many `rounds`.
    megabytes: of `nn.Conv2d` in a forward, at the peak, beside its weights and input; NaN where a
        device keeps no count, as the forms' `memory`.
    """

    case: str
    training: bool
    milliseconds: float
    megabytes: float
    concatenating: Beside
    coordconv: Beside
    rounds: int

    @property
    def small(self) -> bool:
        """Whether the microseconds more are what counts, and not the ratio."""
        return self.milliseconds < SMALL


def time_layers(
    *,
    device: str = "cpu",
    threads: int | None = None,
    seconds: float = 5.0,
    clock: str = "wall",
) -> list[Timing]:
    """Time each of CASES in three forms, and count what a forward has in memory at its peak.

    threads: of the processor; default: what torch uses now.
    seconds: for each case.
    clock: "wall", or "cpu" for the processor's time, where it can be told (see `check_clock`).

    Raises ValueError for a value that is none of these, and for a device that is not there.
    """
    checks.number("seconds", seconds)
    on = pick_device(device)
    check_clock(clock, on)
    keep_freed_memory()  # for all forms alike: else we would time its page faults
    with processor_threads(threads):
        return [_time_case(case, on, seconds, clock) for case in CASES]


def _time_case(case: Case, device: torch.device, seconds: float, clock: str) -> Timing:
    memory_format = torch.channels_last if case.channels_last else torch.contiguous_format
    dtype = torch.bfloat16 if case.bfloat16 else torch.float32
    forms = _forms(case)
    for form in forms.values():
        form.to(device=device, memory_format=memory_format)
    input = torch.randn(case.shape, device=device).contiguous(memory_format=memory_format)
    input.requires_grad_(case.training and not case.first_layer)

    def forward(form: nn.Module) -> Tensor:
        with autocast(device, dtype), torch.set_grad_enabled(case.training):
            return form(input)

    gradient = torch.randn_like(forward(forms[PLAIN])) if case.training else None

    def step(form: nn.Module) -> Tensor:
        output = forward(form)
        if gradient is not None:
            output.backward(gradient)
        return output

    def time_step(form: nn.Module) -> float:
        elapsed, _ = timed(functools.partial(step, form), clock, device)
        input.grad = None
        form.zero_grad()
        return elapsed

    turns = {name: functools.partial(time_step, form) for name, form in forms.items()}
    times = take_turns(turns, seconds)
    memory = {
        name: peak_memory(functools.partial(forward, form), device) for name, form in forms.items()
    }

    def beside(name: str) -> Beside:
        more = [one - other for one, other in zip(times[name], times[PLAIN], strict=True)]
        return Beside(
            *compare(times[name], times[PLAIN]),
            extra=1e6 * statistics.median(more),
            memory=memory[name] / memory[PLAIN],
        )

    return Timing(
        case.name,
        case.training,
        1000 * statistics.median(times[PLAIN]),
        memory[PLAIN] / 1e6,
        beside(CONCATENATING),
        beside(COORDCONV),
        len(times[PLAIN]),
    )


def _forms(case: Case) -> dict[str, nn.Module]:
    """The case's convolution without coordinates, and with them in both forms."""
    channels, groups = case.shape[1], case.groups
    options = {"stride": case.stride, "padding": case.kernel_size // 2, "groups": groups}
    add: list[nn.Module] = [AddCoords()]
    if groups > 1:  # each group of the convolution has to see the coordinates
        apart = [nn.Unflatten(1, (groups, channels // groups)), nn.Flatten(0, 1)]
        add = [*apart, *add, nn.Unflatten(0, (-1, groups)), nn.Flatten(1, 2)]
    wider = nn.Conv2d(channels + 2 * groups, case.out_channels, case.kernel_size, **options)
    return {
        PLAIN: nn.Conv2d(channels, case.out_channels, case.kernel_size, **options),
        CONCATENATING: nn.Sequential(*add, wider),
        COORDCONV: CoordConv2d(channels, case.out_channels, case.kernel_size, **options),
    }


@dataclasses.dataclass(frozen=True)
class Recorded:
    """Timings that come with the course: of which processor, and with how many threads."""

    processor: str
    threads: int
    timings: list[Timing]


def shipped_layers() -> list[Recorded]:
    """What the layers took on the machine that recorded the course; [] if nothing is recorded.

    Raises StorageError that names the file if one is no list of timings.
    """
    return [
        _recorded(path)
        for path in sorted((records.data_folder() / "benchmarks").glob("layers-*.json"))
    ]


def _recorded(path: Path) -> Recorded:
    with reading(path, "list of timings"):
        content = fields.parse(dict[str, Any], read_json(path))
        machine = fields.parse(dict[str, Any], content.get("machine"), "machine")
        return Recorded(
            fields.parse(str, machine.get("processor"), "machine.processor"),
            fields.parse(int, machine.get("threads"), "machine.threads"),
            fields.parse(list[Timing], content.get("timings"), "timings"),
        )


def layers_table(timings: list[Timing]) -> str:
    """The timings to be read: a line for each case."""
    lines = [
        f"{'':42}{PLAIN:>13}  {'time / nn.Conv2d, its quartiles':35}{'extra':>6}{'memory':>12}",
        f"{'':42}{'ms':>7}{'MB':>6}  {CONCATENATING:18}{COORDCONV:17}"
        f"{'µs':>6}{'conc.':>6}{'Coord':>6}",
    ]
    for t in timings:
        what = "training" if t.training else "inference"
        joined, ours = t.concatenating, t.coordconv
        lines.append(
            f"{t.case:32}{what:10}{t.milliseconds:7.2f}{t.megabytes:6.1f}  "
            f"{_ratio(joined):18}{_ratio(ours):17}"
            f"{ours.extra:6.0f}{joined.memory:6.2f}{ours.memory:6.2f}"
        )
    lines += [
        f"Training is forward and backward, inference forward without gradients. {COORDCONV}'s",
        f"ratios count where {PLAIN} takes {SMALL:g} ms or more, elsewhere the extra µs do.",
        f"Memory is a forward's at its peak: MB of {PLAIN}, and the others' / {PLAIN}'s.",
    ]
    return "\n".join(lines)


def _ratio(form: Beside) -> str:
    low, high = form.quartiles
    return f"{form.time:.2f} {low:.2f}–{high:.2f}"


def add_layers(subjects: argparse._SubParsersAction) -> None:
    """Add `layers` to the subjects of `coordlib bench`."""
    parser = add_subject(
        subjects,
        "layers",
        time_layers,
        layers_table,
        help="CoordConv2d, nn.Conv2d and the concatenating form",
        description="Time CoordConv2d against nn.Conv2d and the concatenating form.",
    )
    parser.add_argument(
        "--seconds", type=float, default=5.0, help=f"for each of {len(CASES)} cases (default: 5)"
    )
