"""Claims C9 to C11."""

import pytest

from tests.claims.made import add_fresh, add_regressors, add_to_sweep, of


@pytest.mark.parametrize(
    ("uniform", "quadrant", "holds"),
    [(0.2, 13.0, "yes"), (0.2, 0.5, "in part"), (2.0, 13.0, "in part"), (2.0, 4.0, "no")],
)
def test_a_regressor_fails_where_it_is_five_times_worse(data, uniform, quadrant, holds):
    add_regressors(data, "conv_fc", uniform, quadrant)
    claim = of("C9")
    assert claim.holds == holds
    assert claim.figures["quadrant_worst"] == pytest.approx(quadrant + 0.02)
    interval = claim.intervals["quadrant_median"]
    assert (interval.low, interval.high) == pytest.approx((quadrant, quadrant + 0.02))


@pytest.mark.parametrize(
    ("quadrant", "worst_setting", "holds"),
    [
        (5.0, 90.0, "yes"),
        (5.0, 30.0, "in part"),  # 7.5 times apart, but the other network's are 2 times
        (5.0, 6.0, "in part"),
        (0.2, 90.0, "in part"),
        (0.2, 6.0, "no"),
    ],
)
def test_pooling_is_delicate_where_the_settings_differ(data, quadrant, worst_setting, holds):
    add_regressors(data, "conv_pool", 0.3, quadrant)
    assert of("C10").holds == "not measured"
    for network, split, each in (
        ("conv_pool", "quadrant", (4.0, worst_setting)),
        ("conv_fc", "uniform", (0.5, 1.0)),
    ):
        settings = {"network": network, "split": split}
        for number, pixels in enumerate(each):
            name = f"{network}-{number}"
            add_to_sweep(data, "regression-conv", name, 100, settings, test_distance=pixels)
    claim = of("C10")
    assert claim.holds == holds and claim.figures["settings_worst"] == worst_setting


@pytest.mark.parametrize(("quadrant", "holds"), [(0.9, "yes"), (1.1, "in part")])
def test_one_coordconv_layer_solves_below_a_pixel(data, quadrant, holds):
    for split, pixels in (("uniform", 0.1), ("quadrant", quadrant)):
        for seed in range(3):
            add_fresh(data, "regression", split, seed, test_distance=pixels + seed / 100)
    assert of("C11").holds == holds
