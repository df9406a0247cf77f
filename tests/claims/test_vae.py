"""Claims C22 and O4."""

import pytest

from tests.claims.made import add_to_sweep, of, printed


def record(data, network, fade, jumps, latents=8):
    for seed, (one, other) in enumerate(zip(fade, jumps, strict=True)):
        add_to_sweep(
            data,
            "vae",
            f"objects1-{network}-latents{latents}-seed{seed}",
            24,
            {"network": network, "latents": latents, "objects": 1},
            seed=seed,
            walk_fade=one,
            walk_jumps=other,
        )


FADING, JUMPING = ([0.9, 0.8, 0.85], [0.95, 1.0, 0.9])
MOVING, STEADY = ([0.1, 0.15, 0.12], [0.0, 0.01, 0.0])


@pytest.mark.parametrize(
    ("fade", "jumps", "holds"),
    [
        (MOVING, STEADY, "yes"),
        ([0.1, 0.3, 0.12], STEADY, "in part"),  # not in every seed
        (MOVING, [0.9, 1.0, 0.95], "in part"),  # it fades no more, but jumps as before
        (FADING, JUMPING, "no"),
        ([0.95, 0.9, 0.95], JUMPING, "no"),
        (MOVING, [1.0, 1.05, 0.95], "no"),
        ([0.1, 1.9, 0.5], STEADY, "in part"),
    ],
)
def test_moving_is_told_from_fading(data, fade, jumps, holds):
    record(data, "deconv", FADING, JUMPING)
    record(data, "coordconv", fade, jumps)
    entry = of("C22")
    assert entry.holds == holds == printed(entry.thresholds, entry.figures)


def test_a_plain_decoder_that_moves_too_is_no_fading(data):
    record(data, "deconv", MOVING, STEADY)
    record(data, "coordconv", [0.11, 0.14, 0.12], STEADY)
    assert of("C22").holds == "no"


@pytest.mark.parametrize(
    ("told", "small", "holds"),
    [
        (MOVING, (FADING, JUMPING), "yes"),
        (MOVING, (MOVING, STEADY), "in part"),
        (FADING, (MOVING, STEADY), "no"),
        (FADING, (FADING, JUMPING), "not decided"),
    ],
)
def test_the_twins_and_the_small_latent_say_whether_it_is_coordinates(data, told, small, holds):
    record(data, "conv_3x3", FADING, JUMPING)
    record(data, "coordconv_3x3", told, JUMPING)
    record(data, "deconv", *small, latents=2)
    entry = of("O4")
    assert entry.holds == holds == printed(entry.thresholds, entry.figures)


def test_nothing_is_recorded(data):
    record(data, "coordconv", MOVING, STEADY)
    assert of("C22").holds == of("O4").holds == "not measured"
