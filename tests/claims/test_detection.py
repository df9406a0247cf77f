"""Claim C16."""

import pytest

from tests.claims.made import add_to_sweep, of

GAIN, NULL = (0.10, 0.12, 0.08), (0.01, -0.01, 0.0)


def record(data, correct, scrambled, two_stage=NULL):
    """Three pairs of seeds an arm, with these differences in select IOU."""
    for network, anchors, differences in (
        ("proposals", "correct", correct),
        ("proposals", "scrambled", scrambled),
        ("faster_rcnn", "correct", two_stage),
    ):
        for seed, difference in enumerate(differences):
            for coordinates, more in (("none", 0), ("all", difference)):
                add_to_sweep(
                    data,
                    "detection",
                    f"{network}-{anchors}-{coordinates}-seed{seed}",
                    3,
                    {"network": network, "anchors": anchors, "coordinates": coordinates},
                    seed=seed,
                    test_select=0.5 + 0.03 * seed + more,
                )


@pytest.mark.parametrize(
    ("correct", "scrambled", "holds"),
    [(GAIN, GAIN, "yes"), (NULL, GAIN, "in part"), (NULL, NULL, "no"), (GAIN, NULL, "yes")],
)
def test_a_gain_with_correct_anchors_decides(data, correct, scrambled, holds):
    record(data, correct, scrambled)
    assert of("C16").holds == holds


def test_seeds_are_paired_and_differences_told_with_their_interval(data):
    record(data, NULL, GAIN)
    entry = of("C16")
    assert entry.figures["scrambled_difference"] == pytest.approx(0.1)
    interval = entry.intervals["scrambled_difference"]
    # Student's, of three with a standard deviation of 0.02: 4.303 · 0.02 / √3.
    assert interval.low == pytest.approx(0.1 - 0.0497, abs=1e-4)
    assert entry.figures["correct_equivalence"] < 0.05 < entry.figures["scrambled_equivalence"]
    assert "scrambled 0.530 to 0.630 (+18.9 %; difference +0.050 to +0.150)" in entry.ours


def test_a_seed_without_its_pair_is_left_out_and_one_pair_says_nothing(data):
    record(data, NULL, GAIN)
    (data / "sweeps" / "detection" / "proposals-correct-all-seed2" / "run.json").unlink()
    assert of("C16").spread.startswith("2 pairs")
    (data / "sweeps" / "detection" / "proposals-correct-none-seed1" / "run.json").unlink()
    assert of("C16").holds == "not measured"
