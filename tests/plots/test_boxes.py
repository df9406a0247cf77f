"""Boxes lie where their numbers say, on a canvas whose pixels' middles are whole numbers."""

import matplotlib.pyplot as plt
import numpy as np
import torch

from coordlib import plots


def test_boxes_are_outlined_and_leave_the_canvas_where_it_is():
    fig, (axes,) = plots.figure()
    plots.show_canvas(axes, np.zeros((64, 64)))
    limits = axes.get_xlim(), axes.get_ylim()
    boxes = torch.tensor([[1.0, 2, 11, 22], [-5, 30, 70, 40]])
    plots.outline_boxes(axes, boxes, plots.CONV, opacity=[1.0, 0.5], dashed=True)
    drawn = axes.collections[-1]
    extents = [path.get_extents().extents.tolist() for path in drawn.get_paths()]
    assert extents == [[0.5, 1.5, 10.5, 21.5], [-5.5, 29.5, 69.5, 39.5]]
    assert drawn.get_edgecolor()[:, 3].tolist() == [1.0, 0.5]
    assert (axes.get_xlim(), axes.get_ylim()) == limits
    plots.outline_boxes(axes, torch.zeros(0, 4))  # nothing found
    fig.draw_without_rendering()
    plt.close(fig)
