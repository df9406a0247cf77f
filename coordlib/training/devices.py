"""Where a training runs: the device, its number format, and how many processor threads."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator

import psutil
import torch

from coordlib import checks

PRECISIONS = ("auto", "float32", "bfloat16", "float16")


def pick_device(name: str | None = None) -> torch.device:
    """The device to train on: the named one, else CUDA, else MPS, else the CPU.

    Under `torchrun` each process takes the GPU of its own number.

    Raises ValueError for a device that is not there, or one that computes nothing ("meta").
    """
    if name is not None:
        try:
            device = torch.empty(0, device=_own_gpu() if name == "cuda" else name).device
        except (RuntimeError, AssertionError) as error:  # torch without CUDA asserts
            why = str(error).splitlines()[0]
            raise ValueError(f"device got {name!r}; torch says: {why}") from error
        if device.type == "meta":
            raise ValueError("device got 'meta', which computes nothing; it takes cpu, cuda or mps")
        return device
    if torch.cuda.is_available():
        return _own_gpu()
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _own_gpu() -> torch.device:
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))


def pick_precision(
    precision: str, device: torch.device, low_precision_pays: bool = True
) -> torch.dtype:
    """The number format of the matrix products, for one of PRECISIONS.

    "auto" means 16 bits where they pay for the network and the device is fast at them.
    Raises ValueError for another word.
    """
    checks.one_of("precision", precision, PRECISIONS)
    if precision != "auto":
        return getattr(torch, precision)
    if not low_precision_pays:
        return torch.float32
    if device.type == "cuda":
        real_bfloat16 = torch.cuda.get_device_capability(device) >= (8, 0)
        return torch.bfloat16 if real_bfloat16 else torch.float16
    if device.type == "cpu" and torch.cpu._is_avx512_bf16_supported():
        return torch.bfloat16
    return torch.float32


def autocast(device: torch.device, dtype: torch.dtype) -> torch.autocast:
    """The context in which matrix products are computed in `dtype`, on tensors of `device`."""
    return torch.autocast(device.type, dtype, enabled=dtype is not torch.float32)


def pick_threads(asked: int | None = None) -> int:
    """How many processor threads a training takes: as many as asked for, else as cores are free.

    torch's threads wait for each other, so that one whose core is taken holds up all: beside one
    other busy process on two cores, two threads take twice as long as one. What the machine is
    busy with is measured for a fifth of a second. Whoever has set OMP_NUM_THREADS has decided.

    Raises ValueError for a number that no machine has.
    """
    if asked is not None:
        checks.whole_number("threads", asked, 1, checks.THREADS)
        return asked
    most = torch.get_num_threads()
    if most == 1 or "OMP_NUM_THREADS" in os.environ:
        return most
    cores = usable_cores()
    return max(1, min(most, len(cores) - round(_busy_with_others(cores))))


def _busy_with_others(cores: list[int]) -> float:
    """How many of these cores other processes take, measured for a fifth of a second."""
    own, begun = psutil.Process().cpu_times(), time.perf_counter()
    percent = psutil.cpu_percent(0.2, percpu=True)
    later, seconds = psutil.Process().cpu_times(), time.perf_counter() - begun
    # A notebook's kernel still draws while its training begins: that is no other process.
    ours = (later.user + later.system - own.user - own.system) / seconds
    return sum(percent[core] for core in cores if core < len(percent)) / 100 - ours


def usable_cores() -> list[int]:
    """The numbers of the processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # Linux; others let a process use all
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


@contextlib.contextmanager
def processor_threads(number: int | None) -> Iterator[None]:
    """Let torch use so many threads within the block; None: as many as it uses now.

    Raises ValueError for a number that no machine has.
    """
    if number is not None:
        checks.whole_number("threads", number, 1, checks.THREADS)
    before = torch.get_num_threads()
    torch.set_num_threads(number or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
