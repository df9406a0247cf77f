"""Claims C17 and O3, and what the three worlds add to C15."""

import pytest

from coordlib.claims import control
from tests.claims.made import add, add_to_sweep, of

NULL, NEARLY = (0.001, -0.002, 0.0, 0.001), (0.006, 0.004, 0.007, 0.005)
GAIN, HARM = (0.05, 0.06, 0.04, 0.05), (-0.05, -0.04, -0.06, -0.05)
WIDE = (0.03, -0.03, 0.02, -0.02)


def record(data, grid, pictures, differences, **measured):
    """Four pairs of seeds with these differences in test accuracy."""
    for seed, difference in enumerate(differences):
        for stem, more in (("none", 0.0), ("coordconv", difference)):
            add_to_sweep(
                data,
                grid,
                f"{pictures}-{stem}-seed{seed}",
                5,
                {"pictures": pictures, "stem": stem},
                seed=seed,
                test_accuracy=0.9 + 0.01 * seed + more,
                **(measured if stem == "coordconv" else {}),
            )


def record_ordinary(data, digits, clothes, resnet18):
    record(data, "control", "mnist", digits)
    record(data, "control", "fashion", clothes)
    record(data, "control-checks", "fashion", resnet18)


def record_worlds(data, irrelevant, biased, place):
    for name, differences, ratio, blind in (
        ("irrelevant", irrelevant, 0.2, 0.91),
        ("biased", biased, 1.1, 0.7),
        ("place", place, 1.7, 0.1),
    ):
        record(data, "control", name, differences, ratio=ratio, blind_accuracy=blind)


@pytest.mark.parametrize(
    ("arms", "holds"),
    [
        ((NULL, NULL, NULL), "yes"),
        ((NEARLY, NULL, NULL), "in part"),  # clothes' margin is wider than digits'
        ((NULL, NEARLY, NEARLY), "yes"),
        ((NULL, GAIN, NULL), "in part"),
        ((NULL, NULL, HARM), "no"),
        ((NULL, WIDE, NULL), "not decided"),  # not significant either, which says nothing
        ((WIDE, GAIN, NULL), "no"),
    ],
)
def test_only_equivalence_is_next_to_nothing(data, arms, holds):
    record_ordinary(data, *arms)
    assert of("C17").holds == holds


def test_the_accuracies_are_told_with_the_interval_of_their_difference(data):
    record_ordinary(data, GAIN, NULL, NULL)
    entry = of("C17")
    interval = entry.intervals["digits_difference"]
    # Student's, of four with a standard deviation of 0.00816: 3.182 · 0.00816 / √4.
    assert interval.low == pytest.approx(0.05 - 0.01299, abs=1e-4)
    assert entry.figures["digits_difference"] == pytest.approx(0.05)
    assert "digits 91.5 % to 96.5 % (difference +3.70 to +6.30 points)" in entry.ours
    assert entry.spread == "pairs of seeds: digits 4, clothes 4, resnet18 4"
    assert len(entry.runs) == 3 * 4 * 2


def test_two_pairs_of_each_are_needed(data):
    record_ordinary(data, NULL, NULL, NULL[:1])
    assert of("C17").holds == of("O3").holds == "not measured"


@pytest.mark.parametrize(
    ("worlds", "holds"),
    [
        ((NULL, HARM, GAIN), "yes"),
        ((NULL, NULL, GAIN), "in part"),
        ((WIDE, HARM, WIDE), "in part"),
        ((GAIN, NULL, NULL), "no"),
    ],
)
def test_each_world_has_to_be_as_it_should(data, worlds, holds):
    record_worlds(data, *worlds)
    assert of("O3").holds == holds


def test_leaning_is_what_is_lost_without_coordinates(data):
    record_worlds(data, NULL, HARM, GAIN)
    found = control.leaning()
    assert [len(runs) for runs, _, _ in found.values()] == [4, 4, 4]
    assert found["place"][1:] == (pytest.approx(1.7), pytest.approx(0.965 - 0.1))


def test_the_worlds_stand_in_c15_once_they_are_recorded(data):
    for question, ratio in (("shape", 0.1), ("side", 0.8)):
        add(data, "shapes", f"{question}-seed0", first_ratio=ratio)
    before = of("C15")
    assert "world" not in before.ours
    record_worlds(data, NULL, HARM, GAIN)
    after = of("C15")
    assert "world place: 170.0 %, without them 86.5 % of accuracy are lost" in after.ours
    assert after.figures["biased_ratio"] == 1.1 and after.holds == before.holds
    assert len(after.runs) == len(before.runs) + 12
