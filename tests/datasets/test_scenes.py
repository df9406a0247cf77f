"""Scenes: the released rules, on canvases of any size, and a seed decides everything."""

import pytest
import torch

from coordlib.datasets import half_size, scenes, signed, stamps
from coordlib.datasets.scenes import SMALLEST_SIDE

WHITE, BLUE, RED = (255, 255, 255), (0, 0, 255), (255, 0, 0)


def shows(images, colour):
    """Which pixels have exactly this colour: boolean, (n, side, side)."""
    return (images == torch.tensor(colour)[:, None, None]).all(1)


@pytest.mark.parametrize(("side", "half"), [(64, 10), (32, 5), (16, 3), (SMALLEST_SIDE, 1)])
def test_objects_lie_whole_on_the_canvas_and_far_enough_from_each_other(side, half):
    assert half_size(side) == half
    made = scenes(4_000, side=side)
    assert made.images.shape == (4_000, 3, side, side) and made.images.dtype == torch.uint8
    assert made.centres.amin((0, 1)).tolist() == [half, half]
    assert made.centres.amax((0, 1)).tolist() == [side - 1 - half] * 2
    blue, red = made.centres.unbind(1)
    nearest = (blue - red).pow(2).sum(1).min()
    assert nearest == (2 * half) ** 2  # which two objects beside each other have


def test_each_pixel_has_the_colour_that_its_scene_says():
    made = scenes(50, side=32)
    x, y = torch.meshgrid(torch.arange(32), torch.arange(32), indexing="xy")
    for image, centres, shapes in zip(made.images, made.centres, made.shapes, strict=True):
        expected = torch.tensor(WHITE, dtype=torch.uint8)[:, None, None].repeat(1, 32, 32)
        for colour, (column, row), disc in zip((BLUE, RED), centres, shapes, strict=True):
            across, down = (x - column).abs(), (y - row).abs()
            inside = across**2 + down**2 <= 25 if disc else torch.maximum(across, down) <= 5
            expected[:, inside] = torch.tensor(colour, dtype=torch.uint8)[:, None]
        assert torch.equal(image, expected)


def test_squares_and_discs_have_the_papers_size():
    assert stamps(64).sum((1, 2)).tolist() == [21 * 21, 317]  # of 100 π, in whole pixels


def test_blue_lies_anywhere_and_shapes_are_as_likely():
    made = scenes(50_000, side=16)
    for along in made.centres[:, 0].unbind(1):
        counts = along.bincount(minlength=13)[3:]
        # Each of the ten is Poisson's to a good approximation: five of its standard deviations.
        assert (counts - 5_000).abs().max() < 5 * 5_000**0.5
    pairs = (2 * made.shapes[:, 0] + made.shapes[:, 1]).bincount()
    assert (pairs - 12_500).abs().max() < 5 * 12_500**0.5


def test_where_they_overlap_red_is_on_top():
    made = scenes(20_000, side=16)
    squares = (made.shapes == 0).all(1)
    reaches = (made.centres[:, 0] - made.centres[:, 1]).abs().amax(1)
    images = made[squares & (reaches < 7)].images
    assert len(images) > 100
    assert (shows(images, RED).sum((1, 2)) == 49).all()
    assert (shows(images, BLUE).sum((1, 2)) < 49).all()


def test_one_object_is_a_red_one():
    made = scenes(200, side=16, objects=1)
    assert made.centres.shape == (200, 1, 2) and made.shapes.shape == (200, 1)
    red = shows(made.images, RED)
    assert (red | shows(made.images, WHITE)).all()
    areas = torch.tensor([49, 29])[made.shapes[:, 0]]
    assert torch.equal(red.sum((1, 2)), areas)


def test_some_of_them_keep_what_belongs_together():
    made = scenes(10, side=16)
    some = made[4:6].to("cpu")
    assert len(some) == 2
    assert torch.equal(some.images, made.images[4:6])
    assert torch.equal(some.centres, made.centres[4:6])
    assert torch.equal(some.shapes, made.shapes[4:6])


def test_bytes_become_what_networks_paint_and_floats_stay():
    images = torch.tensor([0, 255, 51], dtype=torch.uint8)[:, None, None].expand(3, 2, 2)[None]
    assert signed("images", images)[0, :, 0, 0].tolist() == pytest.approx([-1, 1, -0.6])
    assert torch.equal(signed("images", images.double() / 255), images / 255)
    with pytest.raises(ValueError, match=r"drawn got shape \(3, 2, 2\); it takes pictures"):
        signed("drawn", images[0])
    with pytest.raises(TypeError, match="drawn got torch.bool"):
        signed("drawn", images > 0)


def test_a_seed_decides_everything():
    once, again, other = (scenes(50, seed=seed) for seed in (3, 3, 4))
    assert torch.equal(once.images, again.images)
    assert not torch.equal(once.centres, other.centres)
    # Today's and tomorrow's NumPy draw the same places.
    assert scenes(2, side=16).centres.tolist() == [[[6, 6], [11, 12]], [[6, 8], [11, 4]]]


def test_on_each_canvas_that_is_taken_red_finds_a_place_wherever_blue_lies():
    for side in range(SMALLEST_SIDE, 200):
        half = half_size(side)
        blue = torch.arange(half, side - half)
        farthest = torch.maximum(blue - half, side - 1 - half - blue).min()
        assert 2 * farthest**2 >= (2 * half) ** 2


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"number": 0}, "number got 0"),
        ({"side": SMALLEST_SIDE - 1}, f"side got 5; .* at least {SMALLEST_SIDE}"),
        ({"side": 16.0}, "side got 16.0"),
        ({"objects": 3}, "objects got 3; .* from 1 to 2"),
        ({"seed": -1}, "seed got -1"),
    ],
)
def test_what_cannot_be_made_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        scenes(**{"number": 2} | wrong)
