"""Notebook 04's pieces: a comparison of two arms that are the same finds them the same."""

from coordlib.exercises.auditing import FAULTS, faults
from coordlib.exercises.tuning import compare

ARM = {"rates": [0.1, 0.3, 0.2], "epochs": 2, "tuning seeds": [0, 1], "seeds": [7, 8, 9]}
FAIR = {"arms": {"one": ARM, "other": ARM}, "chosen by": "validation", "reported": "all seeds"}


def train_once(arm, rate, epochs, seed):
    """Chance decides on test; on validation the rate 0.3 ends best, though 0.1 has been better."""
    validation = {0.1: [1.0, 0.4], 0.3: [0.2, 0.6], 0.2: [0.5, 0.5]}[rate]
    return {"validation": validation, "test": [1.0, (rate * 31 + seed * 17) % 1]}


def test_a_fair_plan_has_no_fault_and_its_twins_end_alike():
    assert faults(FAIR) == []
    told = compare(train_once, FAIR)
    assert told["one"] == told["other"]
    assert told["one"] == [train_once("one", 0.3, 2, seed)["test"][-1] for seed in (7, 8, 9)]


def test_a_plan_can_have_every_fault():
    short = {"rates": [0.1], "epochs": 1, "tuning seeds": [7], "seeds": [7]}
    arms = {"one": ARM, "other": short}
    plan = {"arms": arms, "chosen by": "test", "reported": "best seed"}
    assert faults(plan) == list(FAULTS)
