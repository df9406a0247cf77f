"""A layer's maps are drawn pixel by pixel; what is marked or written stands where it belongs."""

import matplotlib.pyplot as plt
import numpy as np
import torch

from coordlib import plots
from coordlib.layers import CoordConv2d


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


def test_a_maximum_is_crossed_and_the_white_pixel_ringed():
    map = torch.zeros(6, 8)
    map[4, 1] = 2
    fig, (axes,) = plots.figure()
    plots.show_maximum(axes, map, torch.tensor([5, 3]))
    ring, cross = (line.get_xydata()[0].tolist() for line in axes.lines)
    assert ring == [5, 3] and cross == [1, 4]
    assert not axes.lines[1].get_clip_on()  # it is seen whole at the rim as well
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
