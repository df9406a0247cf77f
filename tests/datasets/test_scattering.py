"""Fields of digits: the boxes are where the ink is, and a seed decides everything."""

import pytest
import torch

from coordlib.datasets import CANVAS, Digits, load_digits, scatter
from coordlib.datasets.scattering import SIDES


@pytest.fixture(scope="module")
def digits():
    return load_digits("mnist", "test")


def ink_outside(fields, boxes):
    """How many inked pixels lie in none of their picture's boxes, given x before y."""
    along = torch.arange(CANVAS) + 0.5
    columns = (along > boxes[..., None, 0]) & (along < boxes[..., None, 2])
    rows = (along > boxes[..., None, 1]) & (along < boxes[..., None, 3])
    covered = (rows[..., :, None] & columns[..., None, :]).any(1)
    return int(((fields.images[:, 0] > 0) & ~covered).sum())


@pytest.mark.parametrize("placement", ["whole", "cropped"])
def test_all_ink_lies_inside_the_boxes_and_not_inside_their_mirror_images(digits, placement):
    fields = scatter(digits, 200, placement=placement)
    assert ink_outside(fields, fields.boxes) == 0
    assert ink_outside(fields, fields.boxes[..., [1, 0, 3, 2]]) > 1_000


def test_a_box_is_as_tight_as_the_ink(digits):
    """A digit's ink reaches all four sides; bilinear edges may be too faint for a byte."""
    fields = scatter(digits, 300, fewest=1, most=1)
    slack = []
    for image, box in zip(fields.images[:, 0], fields.boxes[:, 0], strict=True):
        rows, columns = (image.amax(axis).nonzero() for axis in (1, 0))
        found = torch.cat((columns[0], rows[0], columns[-1] + 1, rows[-1] + 1))
        slack.append((found - box).abs().max().item())
    assert max(slack) <= 2 and sum(slack) / len(slack) < 0.5


def test_boxes_have_the_announced_sides_and_lie_on_the_canvas(digits):
    boxes = scatter(digits, 2_000).boxes
    sides = boxes[..., 2:] - boxes[..., :2]
    assert sides.unique().tolist() == list(range(SIDES[0], SIDES[1] + 1))
    assert boxes.min() == 0 and boxes.max() == CANVAS


def test_cropped_fields_cut_off_or_lose_most_digits(digits):
    """As many as places on 120 pixels leave on the middle 64; 2.05 of 5 middles, as released."""
    boxes = scatter(digits, 4_000, placement="cropped").boxes
    whole = ((boxes >= 0) & (boxes <= CANVAS)).all(2).sum(1).float().mean()
    sides = range(SIDES[0], SIDES[1] + 1)
    along = sum((CANVAS - side + 1) / (120 - side + 1) for side in sides) / len(sides)
    assert abs(whole - 5 * along**2) < 0.05
    middle = (boxes[..., :2] + boxes[..., 2:]) / 2
    inside = ((middle >= 0) & (middle <= CANVAS)).all(2).sum(1).float().mean()
    assert abs(inside - 2.05) < 0.05


def test_the_same_seed_gives_the_same_fields_and_another_one_others(digits):
    one, same, other = (scatter(digits, 50, seed=seed) for seed in (3, 3, 4))
    for name in ("images", "boxes", "labels", "present"):
        assert torch.equal(getattr(one, name), getattr(same, name))
    assert not torch.equal(one.boxes, other.boxes)


def test_fewer_digits_leave_empty_boxes_and_none_leave_an_empty_picture(digits):
    fields = scatter(digits, 500, fewest=0, most=3)
    counts = fields.present.sum(1)
    assert counts.unique().tolist() == [0, 1, 2, 3]
    assert not fields.boxes[~fields.present].any() and not fields.labels[~fields.present].any()
    assert not fields.images[counts == 0].any() and ink_outside(fields, fields.boxes) == 0


def test_labels_are_those_of_the_digits_and_each_is_used_about_equally_often():
    kinds = torch.arange(10)
    plain = Digits(torch.zeros(10, 28, 28, dtype=torch.uint8), kinds)
    plain.images[kinds, 3:25, 3:25] = (20 * kinds + 50).byte()[:, None, None]
    fields = scatter(plain, 100, fewest=1, most=1)
    assert torch.equal(fields.images.amax((1, 2, 3)).long(), 20 * fields.labels[:, 0] + 50)
    assert (fields.labels.flatten().bincount() == 10).all()


def test_impossible_numbers_are_refused(digits):
    with pytest.raises(ValueError, match="most got 1; .* 2"):
        scatter(digits, 4, fewest=2, most=1)
    with pytest.raises(ValueError, match="placement got 'crop'"):
        scatter(digits, 4, placement="crop")
