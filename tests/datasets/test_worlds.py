"""The three worlds: whole digits where they should lie, and labels for what is asked."""

import pytest
import torch
from torch.nn import functional as F

from coordlib.datasets import CELLS, WORLD_CANVAS, WORLDS, load_digits, world
from coordlib.datasets.worlds import LED, WORLD_DIGIT


@pytest.fixture(scope="module")
def digits():
    return load_digits("mnist", "test")


def cells(images):
    """In which cell each digit's middle lies, found from its ink: rows of five, from the top."""
    ink = images.float()
    along = torch.arange(WORLD_CANVAS) + 0.5
    column = (ink.sum(1) * along).sum(1) / ink.sum((1, 2))
    row = (ink.sum(2) * along).sum(1) / ink.sum((1, 2))
    # A digit's middle has 20 pixels of room.
    start, room = WORLD_DIGIT / 2, WORLD_CANVAS - WORLD_DIGIT + 1
    across = ((column - start) * 5 / room).floor().clamp(0, 4)
    down = ((row - start) * 2 / room).floor().clamp(0, 1)
    return (5 * down + across).long()


@pytest.mark.parametrize("name", WORLDS)
def test_a_digit_lies_whole_on_its_canvas(digits, name):
    some = digits[:200]
    placed = world(some, name)
    assert placed.images.shape == (200, WORLD_CANVAS, WORLD_CANVAS)
    assert placed.images.dtype == torch.uint8
    small = F.adaptive_avg_pool2d(some.images.float(), WORLD_DIGIT).round()
    for found, kept in zip(placed.images, small, strict=True):
        windows = found.float().unfold(0, WORLD_DIGIT, 1).unfold(1, WORLD_DIGIT, 1)
        assert (windows == kept).all((2, 3)).any() and found.sum() == kept.sum()


def test_each_place_on_the_canvas_comes_up(digits):
    ink = world(digits, "irrelevant").images > 0
    assert ink.any(0)[3:-3, 3:-3].all()


def test_the_place_says_nothing_misleads_or_is_the_answer(digits):
    agree = {}
    for name in WORLDS:
        placed = world(digits, name)
        assert torch.equal(placed.labels, digits.labels) == (name != "place")
        agree[name] = (cells(placed.images) == placed.labels).float().mean().item()
    # By chance; nearly always, since a digit's ink may be off its middle by a pixel or two;
    # as often as digits are led there, or lie there by chance.
    assert agree["irrelevant"] == pytest.approx(1 / CELLS, abs=0.03)
    assert agree["place"] > 0.75
    led = LED + (1 - LED) / CELLS
    assert agree["biased"] == pytest.approx(led * agree["place"], abs=0.05)


def test_all_cells_are_asked_for_about_as_often(digits):
    counts = world(digits, "place").labels.bincount(minlength=CELLS)
    assert len(counts) == CELLS and counts.min() > 0.75 * len(digits) / CELLS


def test_a_seed_decides_everything(digits):
    once, again, other = (world(digits, "biased", seed=seed) for seed in (3, 3, 4))
    assert torch.equal(once.images, again.images)
    assert not torch.equal(once.images, other.images)
    # Today's and tomorrow's NumPy draw the same places.
    assert world(digits[:8], "place").labels.tolist() == [5, 0, 3, 3, 7, 9, 3, 5]


def test_an_unknown_world_is_refused(digits):
    with pytest.raises(ValueError, match="name got 'bias' .did you mean 'biased'"):
        world(digits, "bias")
