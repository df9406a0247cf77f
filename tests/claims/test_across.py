"""C12 and O2, which look at several experiments."""

import shutil

import pytest

from tests.claims.made import add, add_regressors, add_to_sweep, of
from tests.test_records import run

FINAL = {"step": [20], "epoch": [2]}


@pytest.mark.parametrize(
    ("accuracy", "pixels", "holds"),
    [(0.01, 4.0, "yes"), (0.01, 0.5, "in part"), (0.9, 4.0, "in part"), (0.9, 0.5, "no")],
)
def test_both_directions_must_be_hard(data, accuracy, pixels, holds):
    scores = {"train_accuracy": 1.0, "test_accuracy": accuracy}
    settings = {"split": "quadrant", "network": "deconv"}
    add(data, "classification", "deconv-quadrant-seed0", settings=settings, **scores)
    add_regressors(data, "conv_fc", 0.2, pixels)
    add_regressors(data, "conv_pool", 0.2, 20.0)
    assert of("C12").holds == holds


@pytest.mark.parametrize("network", ["upsample", "dilated", "dilated_circular"])
def test_every_painter_made_of_convolutions_counts(data, network):
    parts = {"train_accuracy": 1.0, "test_accuracy": 0.05}
    settings = {"split": "quadrant", "network": "deconv"}
    add(data, "classification", "deconv-quadrant-seed0", settings=settings, **parts)
    add_regressors(data, "conv_fc", 0.2, 4.0)
    add_regressors(data, "conv_pool", 0.2, 20.0)
    assert of("C12").holds == "yes"
    rival = {"split": "quadrant", "network": network}
    add_to_sweep(data, "controls", "rival", 5, rival, train_accuracy=1.0, test_accuracy=0.12)
    claim = of("C12")
    assert claim.holds == "in part" and f"best painter ({network}) 12.0 %" in claim.ours


def test_the_papers_settings_are_counted_task_by_task(data):
    right = {
        "classification": {"train_accuracy": 1.0, "test_accuracy": 1.0},
        "rendering": {"train_perfect": 1.0, "test_perfect": 1.0},
        "regression": {"test_distance": 0.3},
    }
    for task, metrics in right.items():
        for number in range({"classification": 12, "rendering": 16, "regression": 2}[task]):
            history = FINAL | {name: [value if number else 0.99] for name, value in metrics.items()}
            folder = data / "sweeps" / f"{task}-coordconv" / f"run{number}"
            run(folder, task=task, history=history, recipe={"epochs": 2}).save()
    claim = of("O2")
    assert claim.ours.startswith("solved at the last evaluation: classification 11 of 12, ")
    assert "rendering 15 of 16, regression 2 of 2; at any evaluation 28 of 30;" in claim.ours
    assert claim.spread == "one seed a setting"
    assert claim.holds == "yes" and len(claim.runs) == 30

    for number in range(2):  # 26 of 30 are solved, but not all three tasks
        folder = data / "sweeps" / "regression-coordconv" / f"run{number}"
        run(folder, task="regression", history=FINAL | {"test_distance": [20.0]}).save()
    assert of("O2").holds == "in part"
    for number in range(16):
        folder = data / "sweeps" / "rendering-coordconv" / f"run{number}"
        scores = {"train_perfect": [0.0], "test_perfect": [0.0]}
        run(folder, task="rendering", history=FINAL | scores).save()
    assert of("O2").ours.startswith(
        "solved at the last evaluation: classification 11 of 12, rendering 0"
    )
    assert of("O2").holds == "no"  # 11 of 30

    shutil.rmtree(data / "sweeps" / "rendering-coordconv" / "run0")
    claim = of("O2")
    assert "classification 11 of 12, regression 0 of 2, rendering not recorded;" in claim.ours
    assert claim.holds == "not measured" and len(claim.runs) == 14


def test_a_setting_that_is_solved_now_and_then_is_told_apart(data):
    settings = [f"run{number}" for number in range(12)]
    for number, name in enumerate(settings):
        accuracy = [0.5, 1.0, 1.0, 0.5] if number == 0 else [0.5, 0.5, 0.5, 1.0]
        history = {"step": [5, 10, 15, 20], "epoch": [1, 2, 3, 4]}
        history |= {"train_accuracy": [1.0] * 4, "test_accuracy": accuracy}
        folder = data / "sweeps" / "classification-coordconv" / name
        run(folder, history=history, recipe={"epochs": 4}).save()
    claim = of("O2")
    assert claim.figures["solved_classification"] == 11 and claim.figures["ever"] == 12
    assert claim.figures["late"] == 0.5  # each at one of its last two evaluations

    for seed in (1, 2):  # of one setting: solved by neither
        history = {"step": [20], "epoch": [4], "train_accuracy": [1.0], "test_accuracy": [0.0]}
        folder = data / "sweeps" / "released-classification" / f"run-seed{seed}"
        run(folder, history=history, recipe={"epochs": 4}, seed=seed).save()
    claim = of("O2")
    assert "classification 11 of 14" in claim.ours and len(claim.runs) == 14
    assert claim.spread == "seeds a setting: classification 3"
