"""Scenes are drawn as they are, and their objects where they lie, in their own colours."""

import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex, to_rgb

from coordlib import plots
from coordlib.datasets import scenes


def test_pictures_stand_row_by_row_with_grey_between_them(axes):
    images = scenes(5, side=16).images
    plots.show_pictures(axes, images, columns=3)
    sheet = np.asarray(axes.images[0].get_array())
    assert sheet.shape == (2 * 16 + 1, 3 * 16 + 2, 3)
    for number, (row, column) in enumerate([(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]):
        shown = sheet[17 * row : 17 * row + 16, 17 * column : 17 * column + 16]
        assert shown == pytest.approx(images[number].permute(1, 2, 0).numpy() / 255, abs=1e-6)
    grey = pytest.approx(np.array(to_rgb(plots.TRAIN)))
    assert sheet[16, 5] == grey and sheet[5, 16] == grey and sheet[-1, -1] == grey


def test_what_a_network_paints_is_drawn_like_bytes_and_never_leaves_the_colours(axes):
    images = scenes(2, side=16).images
    plots.show_pictures(axes, images, columns=2)
    plots.show_pictures(axes, 1.5 * (images.float() / 127.5 - 1), columns=2)
    as_bytes, as_floats = (np.asarray(drawn.get_array()) for drawn in axes.images)
    assert as_floats == pytest.approx(as_bytes, abs=1e-6)


def test_an_average_is_stretched_from_its_smallest_to_its_largest_value(axes):
    images = torch.zeros(2, 3, 16, 16)
    images[0, 0, 2, 5], images[:, 1, 3, 6] = 0.4, 0.1
    plots.show_average(axes, images)
    drawn = np.asarray(axes.images[0].get_array())
    assert drawn[2, 5].tolist() == [1, 0, 0] and drawn[3, 6, 1] == pytest.approx(0.5)
    assert np.count_nonzero(drawn) == 2
    plots.show_average(axes, torch.ones(2, 3, 16, 16))
    assert not np.asarray(axes.images[1].get_array()).any()


def test_centres_lie_where_they_are_in_the_objects_colours(axes):
    centres = torch.tensor([[[10, 20], [50, 30]], [[12, 13], [40, 41]]])
    plots.show_centres(axes, centres, 64)
    blue, red = axes.collections
    assert blue.get_offsets().tolist() == [[10, 20], [12, 13]]
    assert red.get_offsets().tolist() == [[50, 30], [40, 41]]
    assert [to_hex(each.get_facecolor()[0]) for each in (blue, red)] == ["#0000ff", "#ff0000"]
    assert [each.get_label() for each in (blue, red)] == ["blue", "red"]
    assert axes.get_xlim() == (0, 64) and axes.get_ylim() == (64, 0)
    assert axes.get_xticks(minor=True).tolist() == pytest.approx(np.linspace(0, 64, 11))


def test_one_object_is_the_red_one(axes):
    plots.show_centres(axes, torch.tensor([[[10, 5]]]), 16)
    (red,) = axes.collections
    assert red.get_offsets().tolist() == [[10, 5]] and red.get_label() == "red"


def test_differences_lead_from_blue_to_red(axes):
    plots.show_differences(axes, torch.tensor([[[10, 20], [50, 30]]]), 64)
    (drawn,) = axes.collections
    assert drawn.get_offsets().tolist() == [[40, 10]]
    assert axes.get_xlim() == (-64, 64) and axes.get_ylim() == (64, -64)


def test_a_strip_has_the_frames_side_by_side(axes):
    frames = scenes(4, side=16).images / 255
    plots.show_strip(axes, frames, "a walk")
    strip = np.asarray(axes.images[0].get_array())
    assert strip.shape == (16, 4 * 16 + 3, 3) and axes.get_title() == "a walk"
    for number, frame in enumerate(frames):
        shown = strip[:, 17 * number : 17 * number + 16]
        assert shown == pytest.approx(frame.permute(1, 2, 0).numpy(), abs=1e-6)
    assert strip[:, 16::17] == pytest.approx(np.broadcast_to(to_rgb(plots.TRAIN), (16, 3, 3)))


def test_a_path_has_a_dot_a_frame_and_lies_over_a_picture(axes):
    images = scenes(1, side=16, objects=1).images
    plots.show_pictures(axes, images, columns=1)
    limits = axes.get_xlim(), axes.get_ylim()
    centres = torch.tensor([[3, 4], [float("nan")] * 2, [5, 12]])
    plots.show_path(axes, centres, 16, plots.COORDCONV, "its way")
    below, line = axes.lines
    assert to_hex(below.get_color()) == plots.EMPTY.lower()
    assert line.get_xydata() == pytest.approx(centres.numpy(), nan_ok=True)
    assert line.get_marker() == "o" and to_hex(line.get_color()) == plots.COORDCONV.lower()
    assert (axes.get_xlim(), axes.get_ylim()) == limits == ((-0.5, 15.5), (15.5, -0.5))
    assert axes.get_title() == "its way" and not len(axes.get_xticks())
