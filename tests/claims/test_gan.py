"""Claims C18 to C21."""

import pytest

from coordlib.claims import gan
from tests.claims.made import add_to_sweep, of, printed

MORE, SAME, LESS = (0.2, 0.25, 0.3), (0.01, -0.02, 0.0), (-0.2, -0.25, -0.3)
WIDE = (0.3, -0.3, 0.2)


def record(data, penalty=1.0, valid=0.8, base=3.5, **differences):
    """Three pairs of seeds; by metric CoordConv's value less the deconvolution's."""
    for seed in range(3):
        for name, arm in gan.ARMS.items():
            add_to_sweep(
                data,
                "gan",
                f"{name}-penalty{penalty:g}-seed{seed}",
                1,
                {**arm, "penalty": penalty},
                seed=seed,
                valid=valid,
                **{
                    metric: base + 0.01 * seed + (each[seed] if name == "coordconv" else 0)
                    for metric, each in differences.items()
                },
            )


@pytest.mark.parametrize(
    ("red", "blue", "holds"),
    [
        (MORE, MORE, "yes"),
        (MORE, SAME, "in part"),
        (WIDE, MORE, "in part"),
        (MORE, LESS, "not decided"),
        (SAME, SAME, "no"),
        (SAME, LESS, "no"),
        (LESS, WIDE, "no"),
        (WIDE, WIDE, "not decided"),
        (SAME, WIDE, "not decided"),  # not significant, which says nothing
    ],
)
def test_less_collapse_is_told_from_no_difference_and_from_not_knowing(data, red, blue, holds):
    record(data, red_entropy=red, blue_entropy=blue)
    entry = of("C18")
    assert entry.holds == holds == printed(entry.thresholds, entry.figures)


@pytest.mark.parametrize(
    ("fade", "jumps", "holds"),
    [
        (LESS, LESS, "yes"),
        (LESS, SAME, "in part"),
        (SAME, SAME, "no"),
        (MORE, SAME, "no"),
        (LESS, MORE, "not decided"),
        (WIDE, WIDE, "not decided"),
    ],
)
def test_along_lines_less_fading_is_the_gain(data, fade, jumps, holds):
    record(data, base=0.5, red_entropy=SAME, walk_fade=fade, walk_jumps=jumps)
    entry = of("C21")
    assert entry.holds == holds == printed(entry.thresholds, entry.figures)


@pytest.mark.parametrize(
    ("base", "difference", "holds"),
    [
        (3.2, LESS, "yes"),
        (3.2, SAME, "in part"),
        (3.6, LESS, "in part"),
        (3.4, SAME, "no"),
        (3.35, (-0.09, 0.06, -0.05), "not decided"),  # CoordConv's alone, on average
    ],
)
def test_both_have_to_be_collapsed_and_one_of_them_more(data, base, difference, holds):
    record(data, base=base, red_entropy=SAME, difference_entropy=difference)
    assert of("C20").holds == holds


def test_runs_without_enough_objects_and_other_penalties_are_left_out(data):
    record(data, penalty=0.3, red_entropy=MORE, blue_entropy=MORE)
    record(data, base=-1.0, red_entropy=(0, 0, 0), blue_entropy=(0, 0, 0))
    assert len(gan.pairs(0.3)) == 3
    # Of seeds 1 and 2, whose made-up values lie above -1 but below 0, none counts either.
    assert gan.pairs() == []
    assert of("C18").holds == "not measured"


def test_the_generators_are_the_papers_sizes():
    entry = of("C19")
    assert entry.holds == "yes"
    assert (entry.figures["parameters"], entry.figures["of"]) == (444_931, 6_413_315)


def test_nothing_is_recorded(data):
    assert [of(id).holds for id in ("C18", "C20", "C21")] == ["not measured"] * 3
