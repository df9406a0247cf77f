"""A drawing's colours fit into 128 or 256, unseen; a picture of more keeps them all."""

import numpy as np
import pytest
from PIL import Image

from coordlib.plots.quantising import quantised


def picture(values):
    return Image.fromarray(np.asarray(values).astype(np.uint8))


def colours(image):
    return np.asarray(image.convert("RGB")).astype(int)


def drawing():
    """An area of each of 50 greys; to its left single pixels of three hues, each up to white."""
    drawn = np.repeat(4 * np.arange(50), 2 * 60 * 3).reshape(100, 60, 3)
    fading = np.tile(np.arange(255)[:, None], 3)
    hues = np.concatenate([np.maximum(fading, 255 * hue) for hue in np.eye(3, dtype=int)])
    drawn[:, :7] = np.resize(hues, (100, 7, 3))
    return drawn


def test_up_to_128_colours_are_kept_to_the_bit():
    red, green = np.meshgrid(np.arange(0, 256, 16), np.arange(0, 256, 32))
    drawn = np.stack([red, green, 255 - red], axis=-1).repeat(3, 0)
    reduced = quantised(picture(drawn))
    assert reduced.mode == "P" and (colours(reduced) == drawn).all()


def test_of_more_colours_the_frequent_ones_are_kept_and_the_others_hardly_change():
    drawn = drawing()
    reduced = quantised(picture(drawn))
    assert reduced.mode == "P" and len(reduced.getcolors()) <= 128
    assert (colours(reduced)[:, 7:] == drawn[:, 7:]).all()
    assert 0 < np.abs(colours(reduced) - drawn).max() <= 8


def test_what_128_colours_would_change_too_much_gets_256():
    drawn = drawing()
    drawn[:, :6] = np.random.default_rng(0).integers(0, 60, (100, 6, 1)) * [1, 4, 3]
    drawn[:50, :6] += np.random.default_rng(1).integers(0, 20, (50, 6, 3))
    reduced = quantised(picture(drawn))
    assert reduced.mode == "P" and 128 < len(reduced.getcolors()) <= 256
    assert (colours(reduced)[:, 7:] == drawn[:, 7:]).all()


def test_a_rare_colour_unlike_all_others_stays():
    drawn = drawing()
    drawn[50, 5] = [120, 60, 0]
    reduced = quantised(picture(drawn))
    assert reduced.mode == "P"
    assert np.abs(colours(reduced)[50, 5] - [120, 60, 0]).max() <= 8


@pytest.mark.parametrize("size", [90, 120], ids=["few enough to try", "too many to try"])
def test_a_photograph_keeps_all_its_colours(size):
    along = np.linspace(0, 255, size)
    red, blue = np.meshgrid(along, along)
    drawn = np.full((300, 400, 3), 255)
    drawn[:size, :size] = np.stack([red, (red + blue) / 2, blue], axis=-1)
    kept = quantised(picture(drawn))
    assert kept.mode == "RGB" and (colours(kept) == drawn.astype(np.uint8)).all()
