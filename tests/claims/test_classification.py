"""Claims C1 to C6."""

import math
import shutil

import pytest
import torch

from coordlib import recording, records
from coordlib.statistics import Interval, share_interval
from coordlib.tasks import classification
from tests.claims.made import add, add_fresh, add_to_sweep, of
from tools import ROOT


def test_perfection_is_counted_on_both_parts_of_both_splits(data):
    for split, test in (("uniform", 1.0), ("quadrant", 0.9918)):
        for seed in range(5):
            right = test if seed == 0 else 1.0
            scores = {"train_accuracy": 1.0, "test_accuracy": right}
            add_fresh(data, "classification", split, seed, **scores)
    claim = of("C3")
    assert claim.ours == (
        "at 100 % train and test: uniform 5 of 5, quadrant 4 of 5; worst test 99.2 %"
    )
    assert claim.holds == "yes" and claim.figures["perfect_quadrant"] == 4
    assert claim.figures["share"] == 0.9
    assert claim.intervals["share_quadrant"].low == pytest.approx(
        share_interval(4, 5).low, rel=1e-3
    )
    assert claim.spread == "5 seeds a split"
    assert claim.recipe == "the course's recipe, frozen before these seeds"
    assert claim.runs[0] == "sweeps/fresh-classification/uniform-seed0"
    add_fresh(data, "classification", "uniform", 1, train_accuracy=0.99, test_accuracy=1.0)
    assert of("C3").holds == "in part"


def test_a_run_that_was_cut_says_so_and_speed_is_a_bound(data):
    for seed in range(3):
        scores = {"train_accuracy": 1.0, "test_accuracy": 1.0}
        add_fresh(data, "classification", "uniform", seed, step=100, **scores)
    uniform = {"split": "uniform"}
    for name, test in (("deconv-m1-uniform-seed0", 0.5), ("deconv-m2-uniform-seed0", 0.4)):
        add(
            data,
            "classification",
            name,
            1000.0 * test,
            3000,
            epochs=(300,),
            asked=1000,
            settings=uniform,
            train_accuracy=0.9,
            test_accuracy=test,
            test_distance=0.75,
        )
    assert of("C1").spread == "2 runs of 300 of 1000 epochs"
    assert of("C1").figures == {"best_test": 0.5, "lowest_test": 0.4, "best_train": 0.9}
    assert of("C4").figures == {
        "steps": 30,
        "examples": 150,
        "steps_at_full_length": 100,
        "examples_at_full_length": 500,
    }
    assert of("C4").holds == "in part"
    assert of("C4").intervals["steps"] == Interval(30, 30, 0.75)
    assert of("C6").figures == {"least_pixels": 1.25, "most_pixels": 1.5}

    control = {"test_accuracy": 0.6, "train_accuracy": 0.8, "test_distance": 0.5}
    for name in ("one", "other"):
        add_to_sweep(data, "controls", name, 45, uniform | {"network": "deconv"}, **control)
    assert of("C1").spread == "2 runs of 300 of 1000 epochs, 2 runs of 45 epochs"
    assert of("C1").figures["best_test"] == 0.6 and of("C6").figures["most_pixels"] == 1.5
    assert of("C4").figures["steps"] == 30  # of the paper's schedule only


@pytest.mark.parametrize(("test", "holds"), [(0.01, "yes"), (0.08, "in part"), (0.3, "no")])
def test_not_at_all_is_two_per_cent_at_most(data, test, holds):
    scores = {"train_accuracy": 1.0, "test_accuracy": test}
    settings = {"split": "quadrant"}
    add(data, "classification", "deconv-quadrant-seed0", settings=settings, **scores)
    assert of("C2").holds == holds


def test_what_is_right_on_the_quadrant_lies_next_to_train(data):
    name = "deconv-m1-fs4-quadrant-seed0"
    kept = ROOT / "data/runs/classification" / name
    shutil.copytree(kept, data / "runs/classification" / name)
    add(data, "classification", "deconv-m3-quadrant-seed0", settings={"split": "quadrant"},
        train_accuracy=1.0, test_accuracy=0.5)  # fmt: skip
    experiment = recording.restore(records.load(kept))
    train = {tuple(position) for position in experiment.split.train.tolist()}
    farthest = 0.0
    for x, y in experiment.split.test.tolist():
        map = classification.probability_maps(experiment.network, torch.tensor([[x, y]]))[0]
        if map.argmax() == 64 * y + x:
            farthest = max(farthest, min(math.dist((x, y), known) for known in train))
    assert 1 <= farthest < 5
    claim = of("C2")
    assert claim.figures["farthest_right"] == pytest.approx(farthest, abs=0.01)
    assert "in the 1 whose weights are kept" in claim.ours


def test_a_deconvolution_without_a_mistake_has_none_near_the_right_pixel(data):
    scores = {"train_accuracy": 1.0, "test_accuracy": 1.0, "test_distance": 0.0}
    add(data, "classification", "deconv-seed0", settings={"split": "uniform"}, **scores)
    assert of("C6").ours == "none makes a mistake" and of("C6").holds == "no"
