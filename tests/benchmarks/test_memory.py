"""Memory is counted at its peak, with what is given back on the way."""

from __future__ import annotations

import math
import types

import pytest
import torch

from coordlib.benchmarks.memory import peak_memory

CPU = torch.device("cpu")


def test_what_is_given_back_on_the_way_counts():
    def work():
        first = torch.empty(1000)  # 4,000 bytes
        second = torch.empty(500)
        del first
        third = torch.empty(250)
        return second, third

    assert peak_memory(work, CPU) == 6000


def test_one_after_another_does_not_add_up():
    assert peak_memory(lambda: [torch.empty(1000).numel() for _ in range(5)], CPU) == 4000


def test_what_was_there_before_does_not_count():
    held = [torch.empty(1000)]
    assert peak_memory(held.clear, CPU) == 0


def test_a_profile_says_nothing_on_stderr(capfd):
    peak_memory(lambda: torch.empty(10), CPU)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("counts", [True, False])
def test_another_device_counts_itself_or_is_not_known(monkeypatch, counts):
    held = {"now": 100, "most": 900}

    def reset(device):
        held["most"] = held["now"]

    module = types.SimpleNamespace()
    if counts:
        module = types.SimpleNamespace(
            reset_peak_memory_stats=reset,
            memory_allocated=lambda device: held["now"],
            max_memory_allocated=lambda device: held["most"],
        )
    monkeypatch.setattr(torch, "get_device_module", lambda device: module)
    peak = peak_memory(lambda: held.update(most=350), torch.device("cuda"))
    assert peak == 250 if counts else math.isnan(peak)
