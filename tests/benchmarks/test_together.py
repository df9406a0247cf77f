"""Training together is timed and reads well; the times are not tested, for a busy machine lies."""

from __future__ import annotations

import argparse
import json

import pytest
import torch

from coordlib import benchmarks
from coordlib.benchmarks import clock, together
from coordlib.storage import StorageError


def test_the_shipped_timings_of_networks_together_are_of_both_at_all_scales():
    shipped = benchmarks.shipped_together()
    kinds = {(each.network, each.scale, each.networks) for each in shipped}
    assert len(kinds) == len(shipped) == 2 * 3 * 3
    assert all(each.quartiles[0] <= each.speedup <= each.quartiles[1] for each in shipped)
    assert len(benchmarks.together_table(shipped).splitlines()) == 19


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "Expecting property name"),
        (b"[]", "the content got []; it takes an object"),
        (b"{}", "timings got None; it takes a list"),
        (b'{"timings": [{"network": "deconv"}]}', "timings[0] lacks its 'scale'"),
    ],
)
def test_a_damaged_list_of_timings_is_named(data, content, says):
    path = data / "benchmarks" / "together.json"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(StorageError) as error:
        benchmarks.shipped_together()
    assert str(error.value).startswith(f"{path} is not a list of timings")
    assert says in str(error.value) and "\n" not in str(error.value)


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
    assert len(table) == 3 + 6 and "deconv, smoke" in table[3]


def test_more_steps_than_an_epoch_has_are_timed_as_well(monkeypatch):
    monkeypatch.setattr(clock, "LEAST_ROUNDS", 2)
    timed = together._time_networks("deconv", "smoke", 2, torch.device("cpu"), 11, "wall")
    assert timed.apart > 0 and timed.together > 0


def test_numbers_and_clocks_that_cannot_be_are_named():
    with pytest.raises(ValueError, match="threads got 0"):
        benchmarks.time_together(scale="smoke", threads=0)
    for steps in (0, 10**20):
        with pytest.raises(ValueError, match=f"steps got {steps}; it takes a whole number"):
            benchmarks.time_together(scale="smoke", steps=steps)
    with pytest.raises(ValueError, match="clock got 'sun'"):
        benchmarks.time_together(scale="smoke", clock="sun")


def test_a_scale_that_is_not_known_is_named():
    with pytest.raises(ValueError, match=r"scale got 'lessen' \(did you mean 'lesson'\?\)"):
        benchmarks.time_together(scale="lessen")
