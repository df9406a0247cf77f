"""The fault target compares ends: a comparison that finds nothing would find no fault."""

import pytest
import torch
from torch import nn

from coordlib import records
from tests.test_records import run
from tools import faults

HISTORY = {"step": [10, 20], "seconds": [1.0, 2.0], "loss": [0.5, 0.25]}


@pytest.fixture
def ends(tmp_path):
    """The folders of two runs that differ in nothing but their seconds."""
    folders = tmp_path / "one", tmp_path / "other"
    for seconds, folder in enumerate(folders):
        run(folder, seconds=seconds, history={**HISTORY, "seconds": [seconds, 9]}).save()
        network = nn.Linear(1, 1)
        nn.init.ones_(network.weight)
        nn.init.zeros_(network.bias)
        records.save_weights(folder, network)
    return folders


def test_seconds_are_no_difference(ends):
    assert faults.differences(*ends) == []


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"finished": False}, "finished"),
        ({"history": {**HISTORY, "loss": [0.5, 0.2500001]}}, "history"),
    ],
)
def test_another_history_is_one(ends, changes, what):
    run(ends[1], **{"history": HISTORY, **changes}).save()
    assert faults.differences(*ends) == [f"not the same {what}"]


def test_other_weights_and_leftovers_are_some(ends):
    network = nn.Linear(1, 1)
    with torch.no_grad():
        network.weight.fill_(1 + 2**-23)
        network.bias.zero_()
    records.save_weights(ends[1], network)
    (ends[1] / ".run.json.1.tmp").touch()
    assert faults.differences(*ends) == ["not the same weights", "not the same list of files"]
