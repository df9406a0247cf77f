"""The layers are timed and read well; the times are not tested, for a busy machine lies."""

from __future__ import annotations

import argparse
import dataclasses
import json

import pytest
import torch

from coordlib import benchmarks
from coordlib.benchmarks import clock, layers
from coordlib.benchmarks.layers import CASES, Beside, Case, Timing
from coordlib.storage import StorageError

TINY = (
    Case((8, 3, 12, 12), 4, 3, stride=2, training=True, first_layer=True),
    Case((2, 4, 12, 12), 4, 1, training=True, bfloat16=True, channels_last=True),
    Case((1, 4, 6, 6), 4, 3, groups=4),
)


@pytest.fixture
def bench(monkeypatch):
    """Runs the command on a few small cases."""
    monkeypatch.setattr(layers, "CASES", TINY)

    def run(*words):
        parser = argparse.ArgumentParser()
        benchmarks.add_layers(parser.add_subparsers())
        options = parser.parse_args(["layers", "--seconds", "0.001", *words])
        return options.action(options, "coordlib bench layers")

    return run


def test_every_case_is_timed_in_three_forms(bench, capsys):
    threads = torch.get_num_threads()
    assert bench("--threads", "2", "--clock", "cpu", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["threads"] == result["machine"]["threads"] == 2 != threads
    assert torch.get_num_threads() == threads and result["machine"]["processor"]
    timings = result["timings"]
    assert [t["case"] for t in timings] == [case.name for case in TINY]
    assert [t["training"] for t in timings] == [True, True, False]
    for t in timings:
        assert t["milliseconds"] > 0 and t["megabytes"] > 0 and t["rounds"] >= clock.LEAST_ROUNDS
        for form in (t["concatenating"], t["coordconv"]):
            low, high = form["quartiles"]
            assert 0 < low <= form["time"] <= high and form["memory"] > 0


def test_memory_is_at_least_what_a_forward_has_made_when_it_ends(bench, capsys):
    bench("--threads", "1", "--json")
    stem = json.loads(capsys.readouterr().out)["timings"][0]
    plain = 1e6 * stem["megabytes"]
    output, concatenated = (4 * 8 * numbers for numbers in (4 * 6 * 6, 5 * 12 * 12))
    assert plain >= output
    assert plain * stem["coordconv"]["memory"] >= output
    assert plain * stem["concatenating"]["memory"] >= output + concatenated


def test_the_table_reads_well(bench, capsys):
    assert bench("--threads", "1") == 0
    command, machine, *table = capsys.readouterr().out.splitlines()
    assert command.startswith("coordlib bench layers: torch ") and "load" in command
    assert machine.endswith(" cores, 1 thread")
    assert len(table) == 2 + len(TINY) + 3
    assert table[2].startswith("3×3/2 3→4, 8×12²                training  ")
    assert table[4].startswith("3×3 4→4, 1×6² 4 groups          inference ")


def test_the_table_of_all_cases_is_narrow_enough_to_be_read():
    slow = Beside(18.64, (18.11, 19.43), 57_434.0, 3.04)
    timings = [Timing(c.name, c.training, 146.38, 402.7, slow, slow, 5) for c in CASES]
    head, *lines = benchmarks.layers_table(timings).splitlines()
    assert len(head) == max(map(len, lines)) == 110
    assert lines[1].endswith("146.38 402.7  18.64 18.11–19.43 18.64 18.11–19.43 57434  3.04  3.04")


def test_cases_are_told_apart_by_their_names():
    assert len({(case.name, case.training) for case in CASES}) == len(CASES)
    case = Case((1, 8, 9, 9), 8, 3, groups=8, bfloat16=True, channels_last=True)
    assert case.name == "3×3 8→8, 1×9² 8 groups bfloat16 channels last"


def test_a_training_has_a_batch():
    """Claim C14's bound for training is one for batches."""
    assert all(case.shape[0] >= 8 for case in CASES if case.training)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name} {case.training}")
def test_the_forms_with_coordinates_give_the_same(case):
    shape = (2, case.shape[1], 9, 9)
    plain, concatenating, coordconv = layers._forms(dataclasses.replace(case, shape=shape)).values()
    coordconv.load_state_dict(concatenating[-1].state_dict())
    input = torch.randn(shape)
    expected = concatenating(input)
    assert plain(input).shape == expected.shape
    torch.testing.assert_close(coordconv(input), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("case", "dtype", "last"), [(TINY[1], torch.bfloat16, True), (TINY[2], torch.float32, False)]
)
def test_a_case_is_computed_as_it_says(monkeypatch, case, dtype, last):
    seen = []

    class Spy(torch.nn.Conv2d):
        def forward(self, input):
            output = super().forward(input)
            seen.append((input, output))
            return output

    monkeypatch.setattr(layers.nn, "Conv2d", Spy)
    layers._time_case(case, torch.device("cpu"), 0.0, "wall")
    input, output = seen[0]
    assert output.dtype == dtype and output.requires_grad == case.training
    assert input.is_contiguous(memory_format=torch.channels_last) == last


def test_a_case_is_small_where_the_plain_convolution_takes_less_than_a_millisecond():
    form = Beside(2.0, (1.9, 2.1), 50.0, 1.0)
    assert Timing("", False, 0.99, 1.0, form, form, 5).small
    assert not Timing("", False, 1.0, 1.0, form, form, 5).small


def test_the_shipped_timings_are_of_all_cases_with_one_thread_and_with_two():
    shipped = benchmarks.shipped_layers()
    assert [each.threads for each in shipped] == [1, 2]
    for each in shipped:
        assert [(t.case, t.training) for t in each.timings] == [(c.name, c.training) for c in CASES]
        assert each.processor


def test_without_a_file_nothing_is_shipped(data):
    assert benchmarks.shipped_layers() == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[1", "Expecting ',' delimiter"),
        ("{}", "machine got None; it takes an object"),
        ('{"machine": {"threads": 1}}', "machine.processor got None; it takes a text"),
        ('{"machine": {"processor": "a", "threads": "1"}}', "machine.threads got '1'"),
        ('{"machine": {"processor": "a", "threads": 1}}', "timings got None; it takes a list"),
    ],
)
def test_a_damaged_list_of_timings_is_named(data, content, says):
    path = data / "benchmarks" / "layers-1-thread.json"
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(StorageError) as error:
        benchmarks.shipped_layers()
    assert str(error.value).startswith(f"{path} is not a list of timings")
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"clock": "sun"}, "clock got 'sun'"),
        ({"threads": 0}, "threads got 0"),
        ({"seconds": -1.0}, "seconds got -1.0"),
        ({"seconds": float("inf")}, "seconds got inf"),
        ({"device": "gpu"}, "device got 'gpu'; torch says"),
        ({"device": "meta"}, "device got 'meta', which computes nothing"),
    ],
)
def test_bad_input_is_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        benchmarks.time_layers(**arguments)
