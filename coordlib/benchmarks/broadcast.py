"""What it brings not to copy a latent vector to every pixel: `Broadcast` against concatenating."""

from __future__ import annotations

import argparse
import dataclasses
import statistics
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from coordlib import checks, fields, records
from coordlib.allocator import keep_freed_memory
from coordlib.benchmarks.clock import (
    add_subject,
    check_clock,
    compare,
    take_turns,
    timed,
)
from coordlib.coordinates import AddCoords
from coordlib.layers import CoordConv2d
from coordlib.networks import Broadcast, channels_last, tile
from coordlib.storage import read_json, reading
from coordlib.training import pick_device, processor_threads

CONCATENATING, LAST, BROADCAST = "concatenating", "channels last", "Broadcast"


@dataclasses.dataclass(frozen=True)
class Case:
    """The first layer of a CoordConv generator, of 1 × 1, and what it is given.

    batch: latent vectors, each of so many `latents`. side: of the canvas, in pixels.
    training: forward and backward, without a gradient of the latent vectors; else forward alone.
    """

    batch: int
    latents: int
    out_channels: int
    side: int
    training: bool

    @property
    def name(self) -> str:
        """In words: "256→512, 16×64²" makes 512 channels of 16 canvases of 64 × 64."""
        return f"{self.latents}→{self.out_channels}, {self.batch}×{self.side}²"


# The paper's generator with its batch, and the course's, at its paper scale.
CASES = tuple(
    Case(*sizes, training=training)
    for sizes in ((16, 256, 512, 64), (32, 8, 64, 32))
    for training in (True, False)
)


@dataclasses.dataclass(frozen=True)
class Slower:
    """How often longer a form takes than `Broadcast`, in the same round: median and quartiles."""

    time: float
    quartiles: tuple[float, float]


@dataclasses.dataclass(frozen=True)
class Timing:
    """What one case takes: `Broadcast`, and beside it two forms that concatenate.

    milliseconds: of `Broadcast`, the median of so many `rounds`.
    concatenating: copies and coordinate channels, and a convolution. channels_last: the same in the
        other layout of memory, which `Broadcast` has as well.
    """

    case: str
    training: bool
    milliseconds: float
    concatenating: Slower
    channels_last: Slower
    rounds: int


def time_broadcast(
    *,
    device: str = "cpu",
    threads: int | None = None,
    seconds: float = 5.0,
    clock: str = "wall",
) -> list[Timing]:
    """Time each of CASES in three forms that give the same. The arguments are `time_layers`'.

    Raises ValueError for a value that is none of these, and for a device that is not there.
    """
    checks.number("seconds", seconds)
    on = pick_device(device)
    check_clock(clock, on)
    keep_freed_memory()  # for all forms alike: else we would time its page faults
    with processor_threads(threads):
        return [_time_case(case, on, seconds, clock) for case in CASES]


def _time_case(case: Case, device: torch.device, seconds: float, clock: str) -> Timing:
    latents = torch.randn(case.batch, case.latents, device=device)

    def turn(form: nn.Module) -> Callable[[], float]:
        form.to(device)
        with torch.no_grad():
            gradient = torch.randn_like(form(latents))  # in the layout that the output has

        def step() -> Tensor:
            with torch.set_grad_enabled(case.training):
                output = form(latents)
            if case.training:
                output.backward(gradient)
            return output

        def time_step() -> float:
            elapsed, _ = timed(step, clock, device)
            form.zero_grad()
            return elapsed

        return time_step

    times = take_turns({name: turn(form) for name, form in _forms(case).items()}, seconds)
    return Timing(
        case.name,
        case.training,
        1000 * statistics.median(times[BROADCAST]),
        *(Slower(*compare(times[name], times[BROADCAST])) for name in (CONCATENATING, LAST)),
        len(times[BROADCAST]),
    )


class _Concatenating(nn.Module):
    """The copies with coordinate channels, in either layout, and a convolution."""

    def __init__(self, first: CoordConv2d, side: int, *, last: bool) -> None:
        super().__init__()
        self.first, self.side, self.last = first, side, last
        self.add_coords = AddCoords()

    def forward(self, vectors: Tensor) -> Tensor:
        joined = self.add_coords(tile(vectors, self.side))
        joined = channels_last(joined) if self.last else joined
        return F.conv2d(joined, self.first.weight, self.first.bias)


def _forms(case: Case) -> dict[str, nn.Module]:
    """The case's layer in all forms, with the same weights."""
    first = CoordConv2d(case.latents, case.out_channels, 1)
    return {
        CONCATENATING: _Concatenating(first, case.side, last=False),
        LAST: _Concatenating(first, case.side, last=True),
        BROADCAST: Broadcast(first, case.side, nn.Sequential()),
    }


def shipped_broadcast() -> list[Timing]:
    """What the layer took on one core of the machine that recorded the course; [] if not recorded.

    Raises StorageError that names the file if it is no list of timings.
    """
    path = records.data_folder() / "benchmarks" / "broadcast.json"
    if not path.exists():
        return []
    with reading(path, "list of timings"):
        content = fields.parse(dict[str, Any], read_json(path))
        return fields.parse(list[Timing], content.get("timings"), "timings")


def broadcast_table(timings: list[Timing]) -> str:
    """The timings to be read: a line for each case."""
    lines = [
        f"{'':28}{BROADCAST:>9}  time / {BROADCAST}, its quartiles",
        f"{'':28}{'ms':>9}  {CONCATENATING:22}{LAST}",
    ]
    for t in timings:
        what = "training" if t.training else "forward"
        lines.append(
            f"{t.case:18}{what:10}{t.milliseconds:9.2f}  "
            f"{_ratio(t.concatenating):22}{_ratio(t.channels_last)}"
        )
    lines.append(
        f"{LAST.capitalize()}: the concatenating form in the layout that {BROADCAST} has as well."
    )
    return "\n".join(lines)


def _ratio(form: Slower) -> str:
    low, high = form.quartiles
    return f"{form.time:.2f} {low:.2f}–{high:.2f}"


def add_broadcast(subjects: argparse._SubParsersAction) -> None:
    """Add `broadcast` to the subjects of `coordlib bench`."""
    parser = add_subject(
        subjects,
        "broadcast",
        time_broadcast,
        broadcast_table,
        help="a generator's first layer, without copies of its latent vectors and with them",
        description="Time Broadcast against copying each latent vector to all pixels.",
    )
    parser.add_argument(
        "--seconds", type=float, default=5.0, help=f"for each of {len(CASES)} cases (default: 5)"
    )
