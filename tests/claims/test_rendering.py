"""Claims C7 and C8."""

import pytest

from tests.claims.made import add, of


@pytest.mark.parametrize(
    ("uniform", "quadrant", "holds"),
    [(0.8, 0.3, "yes"), (0.9, 0.3, "in part"), (0.8, 0.5, "in part"), (1.0, 0.3, "no")],
)
def test_a_deconvolution_paints_worse_than_the_papers_best(data, uniform, quadrant, holds):
    for split, iou in (("uniform", uniform), ("quadrant", quadrant)):
        add(data, "rendering", f"deconv-{split}", settings={"split": split}, test_iou=iou)
    assert of("C7").holds == holds
