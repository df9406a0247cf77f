"""The course's own question O1."""

import pytest

from tests.claims.made import add_to_sweep, of


@pytest.mark.parametrize(("rival", "holds"), [(0.6, "yes"), (1.0, "in part")])
def test_only_coordconv_solves_both_splits(data, rival, holds):
    for split in ("uniform", "quadrant"):
        for network, test in (("coordconv", 1.0), ("upsample", rival)):
            settings = {"network": network, "split": split}
            add_to_sweep(data, "controls", f"{network}-{split}", 9, settings, test_accuracy=test)
    claim = of("O1")
    assert claim.holds == holds and claim.figures["upsample_quadrant"] == rival
    assert claim.command == "coordlib sweep controls"
