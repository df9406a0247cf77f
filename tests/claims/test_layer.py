"""Claims C13 and C14."""

import dataclasses
import json

import pytest

from coordlib.benchmarks.layers import Beside, Timing
from coordlib.storage import StorageError
from tests.claims.made import of, printed

CONCATENATING = Beside(1.3, (1.2, 1.4), 3000.0, 1.6)


def timing(case, training=False, milliseconds=10.0, time=1.0, extra=0.0, memory=1.0):
    ours = Beside(time, (time, time), extra, memory)
    return Timing(case, training, milliseconds, 8.0, CONCATENATING, ours, 5)


# At the bounds, which C14 takes.
LITTLE = (
    timing("stem", training=True, time=1.05, memory=1.1),
    timing("middle", training=True),
    timing("image", time=1.15, extra=1500.0),
    timing("map", milliseconds=0.2, time=1.3, extra=60.0, memory=3.0),
)


def record(data, threads, timings):
    path = data / "benchmarks" / f"layers-{threads}.json"
    path.parent.mkdir(exist_ok=True)
    machine = {"processor": "A Chip", "threads": threads}
    content = {"machine": machine, "timings": [dataclasses.asdict(t) for t in timings]}
    path.write_text(json.dumps(content))


def test_the_layer_costs_little_as_long_as_its_timings_say_so(data):
    record(data, 1, LITTLE)
    entry = of("C14")
    assert entry.holds == "yes" == printed(entry.thresholds, entry.figures)
    assert entry.spread == "4 timings on A Chip"
    assert entry.ours == (
        "1,152 = 1,152 weights for 64 channels, 3 × 3; with 1 thread at most 1.15 × nn.Conv2d's "
        "time (image, inference) and 60 µs more where it takes less than 1 ms (map, inference)"
    )


@pytest.mark.parametrize(
    ("worse", "missed"),
    [
        (timing("new", training=True, time=1.06), "training_time <= 1.05"),
        (timing("new", time=1.16), "inference_time <= 1.15"),
        (timing("new", training=True, memory=1.11), "memory <= 1.1"),
        (timing("new", memory=1.11), "memory <= 1.1"),
        (timing("new", milliseconds=0.99, extra=61.0), "small_microseconds <= 60"),
        (
            dataclasses.replace(timing("new", time=1.02), concatenating=LITTLE[1].coordconv),
            "beside_concatenating <= 1",
        ),
    ],
)
def test_one_case_that_costs_more_is_enough_with_any_number_of_threads(data, worse, missed):
    record(data, 1, LITTLE)
    record(data, 2, [*LITTLE, worse])
    entry = of("C14")
    assert entry.holds == "in part" and entry.spread == "9 timings on A Chip"
    assert entry.ours.endswith(f"; not met: {missed}")


def test_the_worst_is_named_for_each_number_of_threads(data):
    record(data, 1, [*LITTLE, timing("deep", training=True, time=1.4)])
    record(data, 2, [*LITTLE, timing("dot", milliseconds=0.1, extra=75.4)])
    _, one, two, _ = of("C14").ours.split("; ")
    assert one.startswith("with 1 thread at most 1.40 × nn.Conv2d's time (deep, training)")
    assert two.startswith("with 2 threads at most 1.15 × nn.Conv2d's time (image, inference)")
    assert "60 µs more" in one and two.endswith(
        "75 µs more where it takes less than 1 ms (dot, inference)"
    )


def test_without_timings_of_a_kind_it_is_not_measured(data):
    record(data, 1, [t for t in LITTLE if not t.small])
    assert of("C14").holds == "not measured"


def test_damaged_timings_are_named(data):
    path = data / "benchmarks" / "layers-1-thread.json"
    path.parent.mkdir()
    path.write_text("[1")
    with pytest.raises(StorageError, match=r"layers-1-thread.json is not a list of timings"):
        of("C14")
