"""Where a training runs: what is there, what is free, and what a person has decided."""

import subprocess
import sys
import time

import psutil
import pytest
import torch

from coordlib.training import devices


@pytest.mark.parametrize("name", ["gpu", "cuda:99", ""])
def test_a_device_that_is_not_there_is_named(name):
    with pytest.raises(ValueError, match=f"device got '{name}'; torch says: "):
        devices.pick_device(name)
    assert devices.pick_device("cpu") == torch.device("cpu")


def test_a_device_that_computes_nothing_is_refused():
    with pytest.raises(ValueError, match="device got 'meta', which computes nothing"):
        devices.pick_device("meta")


@pytest.mark.parametrize(
    ("cores", "busy", "threads"),
    [
        (2, 0, 2),
        (2, 3, 2),  # a browser in the background is no reason
        (2, 50, 1),
        (2, 100, 1),
        (8, 25, 6),
        (8, 100, 1),
        (64, 50, 8),  # torch was given eight of a large machine
    ],
)
def test_threads_are_as_many_as_there_are_free_cores(monkeypatch, cores, busy, threads):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(devices, "usable_cores", lambda: list(range(cores)))
    monkeypatch.setattr(torch, "get_num_threads", lambda: min(cores, 8))
    monkeypatch.setattr(psutil, "cpu_percent", lambda interval, percpu: [busy] * cores)
    assert devices.pick_threads() == threads
    assert devices.pick_threads(5) == 5  # whoever asks gets them
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    assert devices.pick_threads() == min(cores, 8)


def test_a_busy_process_takes_a_core_from_a_training(monkeypatch):
    """On the machine as it is: with every core taken by somebody, one thread is left."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(torch, "get_num_threads", lambda: len(devices.usable_cores()))
    spin = [sys.executable, "-c", "print(flush=True)\nwhile True: pass"]
    others = [subprocess.Popen(spin, stdout=subprocess.PIPE) for _ in devices.usable_cores()]
    try:
        for each in others:
            each.stdout.readline()  # it has begun
        assert devices.pick_threads() == 1
    finally:
        for each in others:
            each.kill()
            each.communicate()


def test_what_the_process_itself_does_takes_no_core_from_its_training(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    monkeypatch.setattr(devices, "usable_cores", lambda: [0, 1])

    def all_of_one_core_by_ourselves(interval, percpu):
        end = time.process_time() + 0.2
        while time.process_time() < end:
            pass
        return [50.0, 50.0]

    monkeypatch.setattr(psutil, "cpu_percent", all_of_one_core_by_ourselves)
    clock = iter([0.0, 0.2])
    monkeypatch.setattr(devices.time, "perf_counter", lambda: next(clock))
    assert devices.pick_threads() == 2


@pytest.mark.parametrize("asked", [0, -1, 1.5, True, 100_000])
def test_threads_that_no_machine_has_are_refused(asked):
    with pytest.raises(ValueError, match=f"threads got {asked}; it takes a whole number from 1 to"):
        devices.pick_threads(asked)


def test_threads_are_set_for_a_block_only():
    before = torch.get_num_threads()
    with pytest.raises(KeyError), devices.processor_threads(before + 1):
        assert torch.get_num_threads() == before + 1
        raise KeyError
    assert torch.get_num_threads() == before
    with devices.processor_threads(None):
        assert torch.get_num_threads() == before


@pytest.mark.parametrize("number", [0, -1, 1.5, True])
def test_a_number_of_threads_that_cannot_be_is_named(number):
    with (
        pytest.raises(ValueError, match=f"threads got {number}"),
        devices.processor_threads(number),
    ):
        pass
