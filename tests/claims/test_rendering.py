"""Claims C7 and C8."""

import pytest

from tests.claims.made import add, add_fresh, of


@pytest.mark.parametrize(
    ("uniform", "quadrant", "holds"),
    [(0.8, 0.3, "yes"), (0.9, 0.3, "in part"), (0.8, 0.5, "in part"), (1.0, 0.3, "no")],
)
def test_a_deconvolution_paints_worse_than_the_papers_best(data, uniform, quadrant, holds):
    for split, iou in (("uniform", uniform), ("quadrant", quadrant)):
        add(data, "rendering", f"deconv-{split}", settings={"split": split}, test_iou=iou)
    assert of("C7").holds == holds


def test_every_picture_counts_and_every_pixel_of_it(data):
    for split in ("uniform", "quadrant"):
        for seed in range(3):
            scores = {
                "train_perfect": 1.0,
                "test_perfect": 1.0 if seed else 0.999,
                "test_iou": 0.9999,
            }
            add_fresh(data, "rendering", split, seed, **scores)
    claim = of("C8")
    assert claim.ours.startswith(
        "without the released softmax between its halves, every pixel of every picture right: "
        "uniform 2 of 3, quadrant 2 of 3"
    )
    assert claim.holds == "in part" and claim.figures["share"] == 0.6667
