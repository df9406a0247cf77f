"""The layer is timed and reads well; the times are not tested, for a busy machine lies."""

from __future__ import annotations

import argparse

import pytest
import torch

from coordlib import benchmarks
from coordlib.benchmarks import broadcast, clock
from coordlib.benchmarks.broadcast import CASES, Case, Slower, Timing
from coordlib.storage import StorageError
from coordlib.tasks import gan

TINY = (Case(3, 5, 4, 6, training=True), Case(3, 5, 4, 6, training=False))


@pytest.fixture
def bench(monkeypatch):
    """Runs the command on two small cases."""
    monkeypatch.setattr(broadcast, "CASES", TINY)

    def run(*words):
        parser = argparse.ArgumentParser()
        benchmarks.add_broadcast(parser.add_subparsers())
        options = parser.parse_args(["broadcast", "--seconds", "0.001", "--threads", "1", *words])
        return options.action(options, "coordlib bench broadcast")

    return run


def test_each_case_is_timed_in_three_forms_and_read_back(bench, capsys, data):
    assert bench("--clock", "cpu", "--json") == 0
    path = data / "benchmarks" / "broadcast.json"
    path.parent.mkdir()
    path.write_text(capsys.readouterr().out)
    timings = benchmarks.shipped_broadcast()
    assert [(t.case, t.training) for t in timings] == [(case.name, case.training) for case in TINY]
    for t in timings:
        assert t.milliseconds > 0 and t.rounds >= clock.LEAST_ROUNDS
        for form in (t.concatenating, t.channels_last):
            low, high = form.quartiles
            assert 0 < low <= form.time <= high


def test_the_table_reads_well(bench, capsys):
    assert bench() == 0
    table = capsys.readouterr().out.splitlines()[2:]
    assert len(table) == 2 + len(TINY) + 1
    assert table[2].startswith("5→4, 3×6²         training  ")
    assert table[3].startswith("5→4, 3×6²         forward   ")


def test_a_form_has_its_own_column():
    forms = Slower(12.5, (11.25, 13.75)), Slower(6.5, (6.25, 6.75))
    line = benchmarks.broadcast_table([Timing(CASES[0].name, True, 45.678, *forms, 5)])
    found = line.splitlines()[2].split()
    assert found[3:] == ["45.68", "12.50", "11.25–13.75", "6.50", "6.25–6.75"]


def test_the_cases_are_the_first_layers_of_the_papers_generator_and_of_the_courses():
    found = set()
    for style in ("released", "course"):
        settings, recipe = gan.preset("coordconv", scale="paper", style=style)
        painter = settings.build(0)["generator"]
        c_out = painter.first.out_channels
        found.add((recipe.batch_size, settings.latent_size, c_out, painter.grid))
    assert found == {(each.batch, each.latents, each.out_channels, each.side) for each in CASES}
    assert len(CASES) == 2 * len(found)


def test_the_forms_give_the_same_and_learn_the_same():
    latents = torch.randn(3, 5)
    gradient = torch.randn(3, 4, 6, 6)
    results = {}
    for name, form in broadcast._forms(TINY[0]).items():
        output = form(latents)
        results[name] = [output, *torch.autograd.grad(output, list(form.parameters()), gradient)]
    assert list(results) == ["concatenating", "channels last", "Broadcast"]
    expected = results["Broadcast"]
    for found in results.values():
        for one, other in zip(found, expected, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-4)


def test_one_form_alone_is_in_the_layout_that_broadcast_does_not_have():
    layouts = {
        name: form(torch.randn(3, 5)).is_contiguous(memory_format=torch.channels_last)
        for name, form in broadcast._forms(TINY[0]).items()
    }
    assert layouts == {"concatenating": False, "channels last": True, "Broadcast": True}


@pytest.mark.parametrize("case", TINY, ids=lambda case: str(case.training))
def test_only_a_training_goes_backward(monkeypatch, case):
    seen = []
    forward = broadcast.Broadcast.forward

    def note(self, vectors):
        output = forward(self, vectors)
        if output.requires_grad:
            output.register_hook(lambda gradient: seen.append(gradient.shape))
        return output

    monkeypatch.setattr(broadcast.Broadcast, "forward", note)
    timing = broadcast._time_case(case, torch.device("cpu"), 0.0, "wall")
    assert len(seen) == case.training * (1 + timing.rounds)


def test_what_is_shipped_is_of_all_cases():
    shipped = [(t.case, t.training) for t in benchmarks.shipped_broadcast()]
    assert shipped in ([], [(case.name, case.training) for case in CASES])


def test_without_a_file_nothing_is_shipped(data):
    assert benchmarks.shipped_broadcast() == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[1", "Expecting ',' delimiter"),
        ("{}", "timings got None; it takes a list"),
        ('{"timings": [{"case": "a"}]}', "timings[0] lacks its 'training'"),
    ],
)
def test_a_damaged_list_of_timings_is_named(data, content, says):
    path = data / "benchmarks" / "broadcast.json"
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(StorageError) as error:
        benchmarks.shipped_broadcast()
    assert str(error.value).startswith(f"{path} is not a list of timings")
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"clock": "sun"}, "clock got 'sun'"),
        ({"threads": 0}, "threads got 0"),
        ({"seconds": -1.0}, "seconds got -1.0"),
        ({"device": "gpu"}, "device got 'gpu'; torch says"),
    ],
)
def test_bad_input_is_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        benchmarks.time_broadcast(**arguments)
