"""The layers are timed and read well; the times are not tested, for a busy machine lies."""

from __future__ import annotations

import argparse
import json

import pytest
import torch

from coordlib import benchmarks
from coordlib.benchmarks import clock, layers


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
        assert timing["rounds"] >= clock.LEAST_ROUNDS
        assert timing["form"] != layers.PLAIN or timing["ratio"] == 1


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
        ({"seconds": float("inf")}, "seconds got inf"),
        ({"batch": 0}, "batch got 0"),
        ({"batch": 10**20}, "it takes a whole number from 1 to 1,024"),
        ({"device": "gpu"}, "device got 'gpu'; torch says"),
        ({"device": "meta"}, "device got 'meta', which computes nothing"),
    ],
)
def test_bad_input_is_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        benchmarks.time_layers(**arguments)
