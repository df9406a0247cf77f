"""The puzzle's data: as released where the release has it, right for any other size."""

import numpy as np
import pytest
import torch

from coordlib import datasets


def pairs(part):
    return [tuple(pair) for pair in part.tolist()]


def test_positions_come_in_the_released_order():
    everything = datasets.positions()
    assert everything.shape == (3136, 2) and everything.dtype == torch.int64
    assert pairs(everything[:2]) == [(4, 4), (4, 5)]  # y runs fastest
    assert pairs(everything[-1:]) == [(59, 59)]


@pytest.mark.parametrize(
    ("name", "train", "test"), [("uniform", 2368, 768), ("quadrant", 2407, 729)]
)
def test_the_released_splits_have_the_released_sizes(name, train, test):
    split = datasets.split(name)
    assert (len(split.train), len(split.test)) == (train, test)
    assert sorted(pairs(split.train) + pairs(split.test)) == sorted(pairs(datasets.positions()))


def test_the_uniform_split_replays_the_released_order():
    split = datasets.split("uniform")
    assert pairs(split.train[:5]) == [(6, 57), (57, 24), (19, 58), (24, 51), (49, 38)]


def test_the_quadrant_is_the_lower_right_one():
    assert datasets.split("quadrant").test.min() == 33
    assert datasets.split("quadrant").test.max() == 59


def test_the_papers_text_says_80_20():
    split = datasets.split("uniform80")
    assert len(split.test) == round(0.2 * 3136)
    assert not set(pairs(split.train)) & set(pairs(split.test))


@pytest.mark.parametrize("kind", ["array", "tensor"])
def test_a_mask_holds_out_what_it_says(kind):
    mask = np.zeros((20, 20), dtype=bool)
    mask[5, 7] = mask[0, 0] = True  # no 5 × 5 square fits at (0, 0)
    held_out = mask if kind == "array" else torch.from_numpy(mask)
    split = datasets.split(held_out, canvas=20, square=5)
    assert pairs(split.test) == [(7, 5)]  # x is the column
    assert split.name == "custom"
    assert split.held_out.sum() == 1 and split.held_out[5, 7]


def test_one_hot_marks_row_y_and_column_x():
    picture = datasets.one_hot(torch.tensor([[7, 5]]), canvas=12)
    assert picture.shape == (1, 1, 12, 12)
    assert picture[0, 0, 5, 7] == 1 and picture.sum() == 1


@pytest.mark.parametrize(("canvas", "square"), [(64, 9), (12, 3), (11, 4), (6, 1), (5, 5)])
def test_every_square_is_whole_and_where_its_position_says(canvas, square):
    positions = datasets.positions(canvas, square)
    assert len(positions) == (canvas - square + 1) ** 2
    pictures = datasets.squares(positions, canvas, square)
    assert pictures.shape == (len(positions), 1, canvas, canvas)
    assert set(pictures.unique().tolist()) <= {0.0, 1.0}
    assert (pictures.sum((1, 2, 3)) == square**2).all()
    for (x, y), picture in zip(pairs(positions), pictures[:, 0], strict=True):
        top, left = picture.nonzero().min(0).values.tolist()
        assert (left, top) == (x - square // 2, y - square // 2)


def test_squares_are_one_hots_convolved_with_a_box():
    positions = datasets.split("quadrant").test[:50]
    box = torch.ones(1, 1, 9, 9)
    expected = torch.nn.functional.conv2d(datasets.one_hot(positions), box, padding=4)
    assert torch.equal(datasets.squares(positions), expected)


def test_tensors_are_made_where_they_are_wanted():
    assert datasets.positions(device="meta").is_meta
    split = datasets.split("quadrant", device="meta")
    assert split.train.is_meta and split.test.is_meta
    assert datasets.squares(torch.empty(3, 2, dtype=torch.long, device="meta")).is_meta


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        (("quadrent",), ValueError, "held_out got 'quadrent'.*'quadrant'"),
        ((np.zeros((64, 64), bool),), ValueError, "test part empty"),
        ((np.ones((64, 64), bool),), ValueError, "train part empty"),
        ((np.zeros((64, 32), bool),), ValueError, r"shape \(64, 32\).*\(64, 64\)"),
        ((np.zeros((64, 64)),), TypeError, "float64.*booleans"),
        (("uniform", 8, 9), ValueError, "square got 9, larger than the canvas"),
        (("uniform", 8.0, 3), TypeError, "canvas got 8.0"),
        (("uniform", 8, 0), ValueError, "square got 0"),
        (("uniform", True, 1), TypeError, "canvas got True"),
    ],
)
def test_bad_input_is_named(arguments, error, says):
    with pytest.raises(error, match=says):
        datasets.split(*arguments)
