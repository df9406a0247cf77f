"""Every run and every value is drawn, in its group's colour."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from coordlib import plots
from coordlib.statistics import paired_interval


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


@pytest.mark.parametrize("level", [0.95, 0.9])
def test_an_interval_is_drawn_around_the_mean_of_its_differences(level):
    fig, (axes,) = plots.figure()
    groups = {"one": [0.1, 0.2, 0.3], "another": [-0.02, 0.0, 0.01]}
    plots.show_intervals(axes, groups, "difference", margin=0.05, level=level)
    lines, points = axes.collections[0::2], axes.collections[1::2]
    for row, (differences, line, drawn) in enumerate(
        zip(groups.values(), lines, points, strict=True)
    ):
        wanted = paired_interval(differences, level)
        ((low, high),) = (segment[:, 0] for segment in line.get_segments())
        assert (low, high) == pytest.approx((wanted.low, wanted.high))
        assert line.get_segments()[0][:, 1].tolist() == [row, row]
        assert drawn.get_offsets()[:, 0].tolist() == pytest.approx(differences)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["one", "another"]
    first, last = axes.get_ylim()
    assert first > last  # the first row above
    plt.close(fig)
