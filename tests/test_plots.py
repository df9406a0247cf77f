"""Figures travel with their words, and their colours can be told apart."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb

from coordlib import datasets, plots
from coordlib.layers import CoordConv2d


def test_a_figure_is_shown_with_its_words_and_closed(monkeypatch):
    shown = []
    monkeypatch.setattr(plots, "display", lambda bundle, raw: shown.append(bundle))
    fig, (axes,) = plots.figure()
    axes.plot([0, 1])
    plots.show(fig, 'Accuracy "rises" from 0 to 1')
    (bundle,) = shown
    assert 'alt="Accuracy &quot;rises&quot; from 0 to 1"' in bundle["text/html"]
    assert bundle["text/plain"] == 'Figure: Accuracy "rises" from 0 to 1'
    assert not plt.fignum_exists(fig.number)


def test_a_figure_without_words_is_refused():
    fig, _ = plots.figure()
    with pytest.raises(ValueError, match="alt got an empty text"):
        plots.show(fig, " ")
    plt.close(fig)


def test_the_same_figure_gives_the_same_bytes():
    pictures = []
    for _ in range(2):
        fig, (axes,) = plots.figure()
        plots.show_split(axes, datasets.split("quadrant", 16, 3))
        pictures.append(plots.picture(fig, "a split"))
    assert pictures[0] == pictures[1]


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


def brightness(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_courses_two_colours_stand_out_from_paper():
    for colour in (plots.CONV, plots.COORDCONV):
        assert 1.05 / (brightness(colour) + 0.05) > 3  # the contrast that WCAG asks of graphics


def test_a_window_shows_the_pixels_round_a_position_in_percent():
    map = torch.zeros(8, 10)
    map[3, 5], map[3, 6], map[0, 0] = 0.75, 0.2, 0.05
    fig, (axes,) = plots.figure()
    plots.show_window(axes, map, torch.tensor([5, 3]))
    written = [text.get_text() for text in axes.texts]
    assert len(written) == 25 and written[12:14] == ["75", "20"]
    assert written.count("·") == 23  # what is less than half a percent
    assert [label.get_text() for label in axes.get_xticklabels()] == ["3", "4", "5", "6", "7"]
    plt.close(fig)


def test_a_small_map_has_its_numbers_written_in():
    fig, (axes,) = plots.figure()
    plots.show_numbers(axes, torch.tensor([[-1.0, 0.0, 1.0], [0.25, 0.5, -0.33]]))
    written = " ".join(text.get_text() for text in axes.texts)
    assert written == "-1.00 0.00 1.00 0.25 0.50 -0.33"
    assert (axes.texts[2].get_position(), axes.texts[3].get_position()) == ((2, 0), (0, 1))
    plt.close(fig)


def test_a_position_bias_has_straight_lines_inside_its_rim():
    fig, (axes,) = plots.figure()
    layer = CoordConv2d(1, 1, 3, padding=1)
    plots.show_position_bias(axes, layer.position_bias(12, 20)[0], "filter 0")
    (lines,) = axes.collections
    points = np.concatenate([path.vertices for path in lines.get_paths()])
    assert points.min() > 0.99 and (points.max(0) < [18.01, 10.01]).all()
    fig.canvas.draw()
    assert axes.get_title() == "filter 0"
    plt.close(fig)


def test_every_value_is_a_point_of_its_own():
    fig, (axes,) = plots.figure()
    plots.show_points(axes, {"one": [100.0, 100.0, 30.0], "another": [50.0]}, "accuracy (%)")
    first, second = (points.get_offsets() for points in axes.collections)
    assert len(np.unique(first, axis=0)) == 3 and sorted(first[:, 1]) == [30, 100, 100]
    assert second.tolist() == [[1, 50]]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["one", "another"]
    plt.close(fig)


def test_points_take_a_colour_for_each_group():
    fig, (axes,) = plots.figure()
    colours = [plots.CONV, plots.COORDCONV]
    plots.show_points(axes, {"one": [1.0], "another": [2.0, 3.0]}, "pixels", colours)
    drawn = [points.get_facecolor()[0, :3] for points in axes.collections]
    for colour, wanted in zip(drawn, colours, strict=True):
        assert tuple(colour) == pytest.approx(to_rgb(wanted))
    with pytest.raises(ValueError, match="zip"):
        plots.show_points(axes, {"one": [1.0]}, "pixels", colours)
    plt.close(fig)


def test_a_maximum_is_crossed_and_the_white_pixel_ringed():
    map = torch.zeros(6, 8)
    map[4, 1] = 2
    fig, (axes,) = plots.figure()
    plots.show_maximum(axes, map, torch.tensor([5, 3]))
    ring, cross = (line.get_xydata()[0].tolist() for line in axes.lines)
    assert ring == [5, 3] and cross == [1, 4]
    plt.close(fig)


def test_a_skyline_shows_the_highest_pixel_of_each_column():
    ground = torch.arange(5.0).expand(3, 5)
    map = ground.clone()
    map[2, 1] = 9
    fig, (axes,) = plots.figure()
    plots.show_skylines(axes, map[None], ground)
    line, top = (line.get_ydata().tolist() for line in axes.lines)
    assert line == [0, 9, 2, 3, 4] and top == [9] and axes.lines[1].get_xdata().tolist() == [1]
    assert axes.collections[0].get_datalim(axes.transData).bounds == (0, 0, 4, 4)
    plt.close(fig)
