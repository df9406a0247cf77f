"""A sweep as lines: which runs a choice keeps, and what Python says of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from coordlib.records import Run
from coordlib.widgets import SweepSlicer

SETTINGS = {
    "split": lambda run: run.settings["split"],
    "rate": lambda run: run.recipe["learning_rate"],
}
RESULTS = {
    "train (%)": lambda run: 100 * run.final["train_accuracy"],
    "test (%)": lambda run: 100 * run.final["test_accuracy"],
}


def run(network, split, rate, test):
    return Run(
        task="classification",
        settings={"network": network, "split": split},
        recipe={"learning_rate": rate},
        seed=0,
        command="",
        commit="",
        machine={},
        versions={},
        parameters=1,
        finished=True,
        step=1,
        seconds=1.0,
        history={"train_accuracy": [1.0], "test_accuracy": [0.1, test]},
        folder=Path("somewhere"),
    )


RUNS = [
    run("deconv", "uniform", 0.01, 0.4),
    run("deconv", "uniform", 0.002, 0.2),
    run("deconv", "quadrant", 0.002, 0.0),
    run("coordconv", "quadrant", 0.01, 1.0),
]


def test_values_lie_in_order_and_choices_slice():
    slicer = SweepSlicer(RUNS, SETTINGS, RESULTS)
    assert slicer.axes == [
        {"name": "split", "values": ["quadrant", "uniform"]},
        {"name": "rate", "values": ["0.002", "0.01"]},
    ]
    assert slicer.selected() == RUNS
    slicer.set_state({"chosen": {"split": ["uniform"]}})  # as the page does
    assert slicer.selected() == RUNS[:2]
    slicer.chosen = {"split": ["uniform", "quadrant"], "rate": ["0.002"]}
    assert slicer.selected() == RUNS[1:3]
    slicer.chosen = {"split": ["uniform"], "rate": []}
    assert slicer.selected() == []


def test_it_says_what_it_shows_and_leaves_a_still():
    slicer = SweepSlicer(RUNS, SETTINGS, RESULTS)
    assert slicer.alt() == (
        "4 runs as lines through 2 settings. Conv: 3 runs, test (%) median 20, best 40. "
        "CoordConv: 1 runs, test (%) median 100, best 100."
    )
    slicer.chosen = {"split": ["uniform"]}
    assert slicer.alt().endswith("Conv: 2 runs, test (%) median 30, best 40.")
    assert repr(slicer) == "SweepSlicer(4 runs)"
    assert re.search(r'<img alt="4 runs as lines', slicer.still_html())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (([], SETTINGS, RESULTS), "runs got none"),
        ((RUNS, {}, RESULTS), "settings got none"),
        ((RUNS, SETTINGS, {}), "results got none"),
    ],
)
def test_it_refuses_nothing_to_show(given, message):
    with pytest.raises(ValueError, match=message):
        SweepSlicer(*given)
