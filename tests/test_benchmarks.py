"""The benchmark runs and reads well; what it measures is not tested, for a busy machine lies."""

from __future__ import annotations

import argparse
import json
import time

import pytest
import torch

from coordlib import benchmarks


def bench(*words: str) -> int:
    parser = argparse.ArgumentParser()
    benchmarks.add_layers(parser.add_subparsers())
    options = parser.parse_args(["layers", "--seconds", "0.001", "--batch", "1", *words])
    return options.action(options, "coordlib bench layers")


def test_every_case_is_timed_in_both_directions_and_three_forms(capsys):
    threads = torch.get_num_threads()
    assert bench("--threads", "1", "--clock", "cpu", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["threads"] == 1 and torch.get_num_threads() == threads
    assert len(result["timings"]) == 3 * 2 * 3
    for timing in result["timings"]:
        low, high = timing["quartiles"]
        assert 0 < low <= timing["ratio"] <= high and timing["milliseconds"] > 0
        assert timing["rounds"] >= benchmarks.LEAST_ROUNDS
        assert timing["form"] != benchmarks.PLAIN or timing["ratio"] == 1


def test_the_table_reads_well(capsys):
    assert bench("--threads", "1", "--dtype", "bfloat16", "--channels-last") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("coordlib bench layers: torch ") and "load" in lines[0]
    assert len(lines) == 2 + 6 * 4 and max(map(len, lines)) <= 100
    assert "1×1, 32 to 64 channels, forward + backward" in lines


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"dtype": "int8"}, "dtype got 'int8'; it takes one of float32"),
        ({"clock": "sun"}, "clock got 'sun'"),
        ({"threads": 0}, "threads got 0"),
        ({"seconds": -1.0}, "seconds got -1.0"),
        ({"batch": 0}, "batch got 0"),
        ({"device": "cuda", "clock": "cpu"}, "on cuda it takes 'wall'"),
    ],
)
def test_bad_input_is_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        benchmarks.layers(**arguments)


def test_the_shipped_timings_of_networks_together_are_of_both_at_all_scales():
    shipped = benchmarks.shipped_together()
    kinds = {(each.network, each.scale, each.networks) for each in shipped}
    assert len(kinds) == len(shipped) == 2 * 3 * 3
    assert all(each.quartiles[0] <= each.speedup <= each.quartiles[1] for each in shipped)
    assert len(benchmarks.together_table(shipped).splitlines()) == 19


def test_networks_are_timed_together_and_apart(capsys):
    parser = argparse.ArgumentParser()
    benchmarks.add_together(parser.add_subparsers())
    words = ["together", "--scale", "smoke", "--steps", "1", "--threads", "1", "--clock", "cpu"]
    for form in ([], ["--json"]):
        options = parser.parse_args([*words, *form])
        assert options.action(options, "coordlib bench together") == 0
    *table, line = capsys.readouterr().out.splitlines()
    timings = json.loads(line)["timings"]
    assert [t["networks"] for t in timings] == [2, 4, 8, 2, 4, 8]
    for timing in timings:
        low, high = timing["quartiles"]
        assert 0 < low <= timing["speedup"] <= high and timing["apart"] > 0
    assert len(table) == 2 + 6 and "deconv, smoke" in table[2]


def test_more_steps_than_an_epoch_has_are_timed_as_well(monkeypatch):
    monkeypatch.setattr(benchmarks, "LEAST_ROUNDS", 2)
    timed = benchmarks._time_together("deconv", "smoke", 2, torch.device("cpu"), 11, time.monotonic)
    assert timed.apart > 0 and timed.together > 0


def test_numbers_and_clocks_that_cannot_be_are_named():
    with pytest.raises(ValueError, match="threads got 0"):
        benchmarks.together(scale="smoke", threads=0)
    with pytest.raises(ValueError, match="clock got 'cpu'; on cuda it takes 'wall'"):
        benchmarks.together(scale="smoke", clock="cpu", device="cuda")


def test_a_scale_that_is_not_known_is_named():
    with pytest.raises(ValueError, match=r"scale got 'lessen' \(did you mean 'lesson'\?\)"):
        benchmarks.together(scale="lessen")
