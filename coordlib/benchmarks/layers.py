"""What the coordinates cost: `CoordConv2d` against `nn.Conv2d` and the concatenating form (C14)."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import functools
import statistics

import torch
from torch import Tensor, nn

from coordlib import checks
from coordlib.allocator import keep_freed_memory
from coordlib.benchmarks.clock import (
    add_subject,
    check_clock,
    compare,
    take_turns,
    timed,
)
from coordlib.layers import AddCoords, CoordConv2d
from coordlib.training import pick_device, processor_threads

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
PLAIN = "nn.Conv2d"


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


def time_layers(
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
    clock: "wall", or "cpu" for the processor's time, where it can be told (see `check_clock`).
    batch: examples in place of each case's own number, to have it smaller.

    Raises ValueError for a value that is none of these, and for a device that is not there.
    """
    checks.one_of("dtype", dtype, DTYPES)
    checks.number("seconds", seconds)
    on = pick_device(device)
    check_clock(clock, on)
    cases = CASES
    if batch is not None:
        checks.whole_number("batch", batch, 1, 1024)  # gigabytes; far more crash torch
        cases = tuple(dataclasses.replace(c, shape=(batch, *c.shape[1:])) for c in CASES)
    memory_format = torch.channels_last if channels_last else torch.contiguous_format
    keep_freed_memory()  # for all forms alike: else we would time its page faults
    with processor_threads(threads):
        return [
            timing
            for case in cases
            for backward in (False, True)
            for timing in _time_case(
                case, backward, on, seconds, DTYPES[dtype], memory_format, clock
            )
        ]


def _time_case(
    case: Case,
    backward: bool,
    device: torch.device,
    seconds: float,
    dtype: torch.dtype,
    memory_format: torch.memory_format,
    clock: str,
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

    def forward(form: nn.Module) -> Tensor:
        autocast = torch.autocast(device.type, dtype, enabled=dtype is not torch.float32)
        with autocast, contextlib.nullcontext() if backward else torch.no_grad():
            return form(input)

    gradient = torch.randn_like(forward(plain)) if backward else None

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
    return [
        Timing(
            case.name,
            backward,
            name,
            1000 * statistics.median(each),
            *compare(each, times[PLAIN]),
            len(each),
        )
        for name, each in times.items()
    ]


def layers_table(timings: list[Timing]) -> str:
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
        "--seconds",
        type=float,
        default=10.0,
        help="for each of the six measurements (default: 10)",
    )
    parser.add_argument("--batch", type=int, help="examples (default: as each case has)")
    parser.add_argument("--dtype", default="float32", choices=DTYPES, help="default: float32")
    parser.add_argument("--channels-last", action="store_true", help="the other memory format")
