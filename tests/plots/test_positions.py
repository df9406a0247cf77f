"""What lies on the canvas is drawn where it lies, in the colour of what it is."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex

from coordlib import datasets, plots


def test_a_canvas_is_drawn_in_ink_on_paper_pixel_by_pixel():
    fig, (axes,) = plots.figure()
    plots.show_canvas(axes, np.eye(4), largest=1)
    (drawn,) = axes.images
    assert drawn.to_rgba(0.0)[:3] == (1, 1, 1) and drawn.to_rgba(1.0)[:3] == (0, 0, 0)
    assert drawn.get_interpolation() == "nearest"
    plt.close(fig)


def test_a_split_is_drawn_with_its_held_out_corner_dark():
    fig, (axes,) = plots.figure()
    plots.show_split(axes, datasets.split("quadrant", 16, 3))
    kinds = np.asarray(axes.images[0].get_array())
    assert kinds[14, 14] == 2 and kinds[1, 1] == 1 and kinds[0, 0] == 0
    plt.close(fig)


def test_distances_stand_at_the_test_positions_and_grey_elsewhere():
    split = datasets.split("quadrant", 16, 3)
    fig, (axes,) = plots.figure()
    plots.show_distances(axes, split, split.test.sum(1), largest=30)
    drawn = axes.images[-1]
    assert drawn.get_array()[14, 13] == 27 and drawn.get_array().mask[1, 1]
    assert drawn.get_clim() == (0, 30)
    plt.close(fig)


def test_overlaps_stand_at_all_positions_and_the_test_part_is_bordered():
    split = datasets.split("quadrant", 16, 3)
    overlaps = torch.cat([torch.ones(len(split.train)), torch.zeros(len(split.test))])
    fig, (axes,) = plots.figure()
    plots.show_overlaps(axes, split, overlaps)
    drawn = axes.images[0].get_array()
    assert drawn[14, 13] == 0 and drawn[1, 1] == 1 and drawn.mask[0, 0]
    lowest = np.concatenate([path.vertices for path in axes.collections[0].get_paths()]).min(0)
    assert lowest.tolist() == [8.5, 8.5]  # x and y of the test part begin at 9
    plt.close(fig)


def test_a_painting_has_the_true_square_outlined():
    fig, (axes,) = plots.figure()
    values = torch.zeros(8, 10)
    plots.show_painting(axes, values, torch.tensor([6, 2]), 3, colour=plots.CONV)
    (outline,) = axes.patches
    assert outline.get_bbox().extents.tolist() == [4.5, 0.5, 7.5, 3.5]
    assert axes.images[0].to_rgba(1.0)[:3] == pytest.approx((0xD5 / 255, 0x5E / 255, 0), abs=0.01)
    plt.close(fig)


def test_hatching_is_white_on_dark_ink_and_only_on_what_is_held_out():
    fig, (axes,) = plots.figure()
    held_out = np.zeros((16, 16), dtype=bool)
    held_out[4:8, 8:12] = True
    dark = np.zeros((16, 16), dtype=bool)
    dark[6, 9] = True
    plots.hatch(axes, held_out, dark)
    on_pale, on_dark = axes.collections
    assert to_hex(on_pale.get_color()[0]) == plots.HATCHING.lower()
    assert to_hex(on_dark.get_color()[0]) == plots.EMPTY.lower()
    assert len(on_pale.get_segments()) == 2 * 15
    upper_left, lower_right = on_dark.get_segments()
    assert upper_left.tolist() == [[8.5, 6], [9, 5.5]]
    assert lower_right.tolist() == [[9, 6.5], [9.5, 6]]
    plt.close(fig)
