"""Every run and every value is drawn, in its group's colour."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from coordlib import plots


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
