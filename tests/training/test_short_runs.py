"""Every task and network gives what it gave: to rounding anywhere, to the bit on the same machine.

`short_runs` says how the table is made anew.
"""

import json

import pytest

from tests.training import short_runs

KEPT = json.loads(short_runs.TABLE.read_text(encoding="utf-8"))


def test_every_task_network_and_style_is_kept():
    assert list(KEPT["runs"]) == short_runs.names()


@pytest.mark.parametrize("name", KEPT["runs"])
def test_a_short_run_gives_what_it_gave(name):
    kept = KEPT["runs"][name]
    found = short_runs.train(name, kept["precision"])
    assert short_runs.beyond(found, kept, name) == []
    if short_runs.machine() == kept.get("machine", KEPT["machine"]):
        assert found == {key: kept[key] for key in found}


# One run of each task, in which rounding moves little.
STEADY = (
    "classification-fully_connected-course",
    "regression-conv_pool-course",
    "rendering-deconv-course",
    "shapes-coordconv-course",
)


@pytest.mark.parametrize(
    "change",
    [
        {"order_seed": 4},
        {"network_seed": 4},
        {"learning_rate": 0.004},
        {"batch_size": 17},
    ],
    ids=lambda change: "-".join(change),
)
@pytest.mark.parametrize("name", STEADY)
def test_a_run_that_is_otherwise_is_noticed(name, change):
    kept = KEPT["runs"][name]
    assert short_runs.beyond(short_runs.train(name, kept["precision"], **change), kept, name)


@pytest.mark.parametrize("name", STEADY[1:])  # the first has no convolution to be penalised
def test_another_penalty_is_noticed(name):
    kept = KEPT["runs"][name]
    found = short_runs.train(name, kept["precision"], l2=0.01)
    assert short_runs.beyond(found, kept, name)
