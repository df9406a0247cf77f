"""What is compared takes turns, and each time is set against another's of its own round."""

from __future__ import annotations

import argparse

import pytest
import torch

from coordlib import records
from coordlib.benchmarks import clock


def test_forms_take_turns_and_the_first_round_is_not_counted():
    told = []

    def form(name):
        told.append(name)
        return float(len(told))

    times = clock.take_turns({"one": lambda: form("one"), "other": lambda: form("other")})
    rounds = [told[start : start + 2] for start in range(0, len(told), 2)]
    assert [sorted(each) for each in rounds] == [["one", "other"]] * (1 + clock.LEAST_ROUNDS)
    assert sorted(times["one"] + times["other"]) == list(range(3, len(told) + 1))


def test_turns_go_on_for_the_time_given(monkeypatch):
    now = iter(range(100))
    monkeypatch.setattr(clock.time, "perf_counter", lambda: next(now))
    assert len(clock.take_turns({"one": lambda: 1.0}, seconds=10)["one"]) > clock.LEAST_ROUNDS


def test_times_are_compared_within_their_round():
    # A machine that became ten times slower on the way changes nothing.
    middle, quartiles = clock.compare([2, 4, 60, 80, 10], [1, 2, 20, 20, 2])
    assert middle == 3 and quartiles == (2, 4)
    with pytest.raises(ValueError, match="zip"):
        clock.compare([1, 2, 3], [1, 2])


def test_work_is_timed_and_its_result_kept():
    seconds, result = clock.timed(lambda: "done", "wall", torch.device("cpu"))
    assert seconds > 0 and result == "done"


def test_the_processors_clock_does_not_tell_what_a_gpu_does():
    clock.check_clock("wall", torch.device("cuda"))
    with pytest.raises(ValueError, match="clock got 'cpu'; on cuda it takes 'wall'"):
        clock.check_clock("cpu", torch.device("cuda"))


@pytest.mark.parametrize(
    ("gpu", "says"),
    [({}, "A Chip, 4 cores, 1 thread"), ({"gpu": "A Card"}, "A Card, A Chip, 4 cores, 1 thread")],
)
def test_a_table_says_on_what_it_was_timed(monkeypatch, capsys, gpu, says):
    def measure(threads):
        return []

    def machine(device):
        return {"processor": "A Chip", "cores": 4, "threads": torch.get_num_threads(), **gpu}

    monkeypatch.setattr(records, "machine", machine)
    parser = argparse.ArgumentParser()
    words = {"help": "", "description": ""}
    clock.add_subject(parser.add_subparsers(), "nothing", measure, lambda _: "a table", **words)
    options = parser.parse_args(["nothing", "--threads", "1"])
    options.action(options, "coordlib bench nothing")
    assert capsys.readouterr().out.splitlines()[1:] == [says, "a table"]
