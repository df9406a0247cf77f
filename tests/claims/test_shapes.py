"""Claim C15."""

import pytest

from tests.claims.made import add, of


@pytest.mark.parametrize(
    ("idle", "used", "holds"), [((0.1, 0.2), (0.7, 0.8), "in part"), ((0.1, 0.7), (0.6, 0.8), "no")]
)
def test_dependence_on_position_must_differ_in_every_seed(data, idle, used, holds):
    for question, ratios in (("shape", idle), ("side", used)):
        for seed, ratio in enumerate(ratios):
            add(data, "shapes", f"{question}-seed{seed}", first_ratio=ratio)
    assert of("C15").holds == holds
