"""Boxes lie where their numbers say, on a field whose axes are in pixels."""

import matplotlib.pyplot as plt
import numpy as np
import torch

from coordlib import plots


def test_a_field_fills_its_axes_in_pixels():
    fig, (axes,) = plots.figure()
    picture = torch.zeros(1, 64, 64, dtype=torch.uint8)
    picture[0, 3, 10] = 255
    plots.show_field(axes, picture, "a field")
    assert axes.get_xlim() == (0, 64) and axes.get_ylim() == (64, 0)
    assert axes.images[-1].get_array()[3, 10] == 255
    assert axes.get_title() == "a field"
    plt.close(fig)


def test_boxes_are_outlined_and_leave_the_picture_where_it_is():
    fig, (axes,) = plots.figure()
    plots.show_field(axes, np.zeros((64, 64)))
    boxes = torch.tensor([[1.0, 2, 11, 22], [-5, 30, 70, 40]])
    plots.outline_boxes(axes, boxes, plots.CONV, style="--")
    first, second = axes.collections[-1].get_paths()
    assert first.vertices.tolist() == [[1, 2], [11, 2], [11, 22], [1, 22], [1, 2]]
    assert second.vertices.min(0).tolist() == [-5, 30]
    assert axes.get_xlim() == (0, 64) and axes.get_ylim() == (64, 0)
    plots.outline_boxes(axes, torch.zeros(0, 4), plots.CONV)  # nothing found
    plt.close(fig)
