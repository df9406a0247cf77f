"""Claims C13 and C14."""

import json

import pytest

from coordlib.storage import StorageError
from tests.claims.made import of


@pytest.mark.parametrize(("ratio", "holds"), [(1.2, "yes"), (1.6, "in part")])
def test_the_layer_takes_little_time_as_long_as_its_timings_say_so(data, ratio, holds):
    forms = [("CoordConv2d", 0.9), ("CoordConv2d", ratio), ("concatenating", 2.0)]
    timings = [{"form": form, "ratio": each} for form, each in forms]
    (data / "benchmarks").mkdir()
    path = data / "benchmarks" / "layers.json"
    path.write_text(json.dumps({"threads": 4, "timings": timings}))
    assert of("C14").holds == holds and of("C14").spread == "2 timings on 4 cores"


def test_damaged_timings_are_named(data):
    path = data / "benchmarks" / "layers.json"
    path.parent.mkdir()
    path.write_text("[1")
    with pytest.raises(StorageError, match=r"layers.json is not a file of timings"):
        of("C14")
