"""How much memory something has at its peak."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from typing import Any

import torch
from torch.autograd import profiler


def peak_memory(work: Callable[[], Any], device: torch.device) -> float:
    """The bytes that torch has on `device` at the most while `work` runs, beyond those before it.

    What a kernel takes for itself and gives back is among them: a convolution often takes more than
    its output. NaN on a device that keeps no count of its peak (mps).
    """
    if device.type == "cpu":
        # Set before a process's first profile, it keeps each of them from reporting on stderr.
        os.environ.setdefault("KINETO_LOG_LEVEL", "99")
        with profiler.profile(profile_memory=True) as profile:
            work()
        events = [each for each in profile.kineto_results.events() if each.name() == "[memory]"]
        events.sort(key=lambda event: event.start_ns())
        return max(itertools.accumulate((event.nbytes() for event in events), initial=0))
    counts = torch.get_device_module(device)
    if not hasattr(counts, "max_memory_allocated"):
        return float("nan")
    counts.reset_peak_memory_stats(device)
    before = counts.memory_allocated(device)
    work()
    return counts.max_memory_allocated(device) - before
