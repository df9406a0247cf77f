"""Agents' curves, hits and pictures are drawn as they are, in their sides' colours."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex, to_rgb

from coordlib import plots
from coordlib.coordinates import coordinate_channels
from coordlib.statistics import paired_interval
from tests.widgets.test_contrast import contrast

HELD_OUT = torch.zeros(8, 8, dtype=torch.bool)
HELD_OUT[4:, 4:] = True


@pytest.fixture
def panels():
    fig, panels = plots.figure(columns=6, width=9.4)
    yield panels
    fig.draw_without_rendering()
    plt.close(fig)


def test_every_seed_is_drawn_and_the_mean_with_its_interval(axes):
    frames = [0, 1e6, 2e6]
    seeds = [(frames, [0, 10, 20]), (frames, [0, 20, 40]), (frames, [3, 30, 30])]
    plots.show_curves(axes, {"plain": seeds})
    *thin, mean = axes.lines
    assert [line.get_ydata().tolist() for line in thin] == [returns for _, returns in seeds]
    assert mean.get_xydata().tolist() == [[0, 1], [1e6, 20], [2e6, 30]]
    assert mean.get_linewidth() > max(line.get_linewidth() for line in thin)
    assert mean.get_label() == "plain"
    assert {to_hex(line.get_color()) for line in axes.lines} == {plots.CONV.lower()}
    (band,) = axes.collections
    wanted = paired_interval([10.0, 20.0, 30.0])
    edges = {y for x, y in band.get_paths()[0].vertices.tolist() if x == 1e6}
    assert (min(edges), max(edges)) == pytest.approx((wanted.low, wanted.high))


def test_the_mean_ends_where_a_seed_ends_and_two_have_no_band(axes):
    plots.show_curves(axes, {"CoordConv": [([0, 2, 4], [0, 2, 4]), ([1, 3, 9], [3, 5, 11])]})
    mean = axes.lines[-1]
    assert mean.get_xydata().tolist() == [[1, 2], [2, 3], [3, 4], [4, 5]]
    assert axes.lines[1].get_xdata().tolist() == [1, 3, 9] and not len(axes.collections)


def test_arms_of_one_side_are_told_apart_by_their_lines(axes):
    arms = ["plain", "coordconv", "pooled, plain", "pooled, CoordConv"]
    plots.show_curves(axes, {arm: [([0, 1], [0, 1])] for arm in arms}, "steps", "hits")
    labelled = {line.get_label(): line for line in axes.lines if line.get_label() in arms}
    looks = {(to_hex(each.get_color()), each.get_linestyle()) for each in labelled.values()}
    assert len(looks) == 4 and {colour for colour, _ in looks} == {
        plots.CONV.lower(),
        plots.COORDCONV.lower(),
    }
    assert axes.get_xlabel() == "steps" and axes.get_ylabel() == "hits"
    alone = labelled["plain"].get_linewidth()
    plots.show_curves(axes, {"plain": [([0, 1], [0, 1])] * 2})
    assert axes.lines[-1].get_linewidth() > alone


@pytest.mark.parametrize(
    ("seeds", "says"),
    [
        ([], "curves got no frames for 'plain'"),
        ([([], [])], "curves got no frames for 'plain'"),
        ([([0, 1], [0, 1]), ([2, 3], [0, 1])], "of which the seeds have none in common"),
    ],
)
def test_what_is_no_curve_is_refused(axes, seeds, says):
    with pytest.raises(ValueError, match=says):
        plots.show_curves(axes, {"plain": seeds})


def test_each_goals_hits_are_written_where_it_lies(panels):
    rates = torch.arange(64).view(8, 8) / 63
    plots.show_hits(panels[:2], {"plain": rates, "CoordConv": 1 - rates}, HELD_OUT)
    for axes, title, values in zip(
        panels, ("plain", "CoordConv"), (rates, 1 - rates), strict=False
    ):
        assert axes.get_title() == title
        assert np.asarray(axes.images[0].get_array()) == pytest.approx(100 * values.numpy())
        written = {text.get_position(): text for text in axes.texts}
        assert written[(7, 2)].get_text() == f"{100 * values[2, 7]:.0f}"
        assert len(written) == 64 and min(text.get_fontsize() for text in axes.texts) >= 9
        (outline,) = axes.collections
        corners = outline.get_paths()[0].vertices
        assert corners.min(0).tolist() == [3.5, 3.5] and corners.max(0).tolist() == [7.5, 7.5]
    bar = panels[0].figure.axes[-1]
    assert bar.get_ylabel() == "goals reached (%)" and bar.get_ylim() == (0, 100)


def test_hits_can_be_read_on_their_ink(panels):
    rates = torch.linspace(0, 1, 121).view(11, 11)
    plots.show_hits(panels[:1], {"plain": rates}, torch.ones(11, 11))
    (drawn,) = panels[0].images
    for text in panels[0].texts:
        column, row = text.get_position()
        ground = drawn.cmap(drawn.norm(100 * rates[row, column].item()))[:3]
        assert contrast(text.get_color(), ground) >= 4.5, text.get_text()


def test_what_is_held_out_is_a_rectangle(panels):
    cross = HELD_OUT | HELD_OUT.flip(0)
    cross[4, 4] = False
    for wrong in (cross, torch.zeros(8, 8)):
        with pytest.raises(ValueError, match="held_out got cells that are no rectangle"):
            plots.show_hits(panels[:1], {"plain": torch.zeros(8, 8)}, wrong)


def test_frames_stand_before_the_coordinates_the_newest_last(panels):
    frames = np.arange(4 * 5 * 7, dtype=np.uint8).reshape(4, 5, 7)
    coordinates = coordinate_channels((5, 7))
    plots.show_frames(panels, frames, coordinates)
    assert [axes.get_title() for axes in panels] == ["t − 3", "t − 2", "t − 1", "t", "x", "y"]
    drawn = [axes.images[0] for axes in panels]
    for image, wanted in zip(drawn, [*frames, *coordinates.numpy()], strict=True):
        assert np.asarray(image.get_array()) == pytest.approx(wanted)
    shades = [tuple(drawn[0].cmap(drawn[0].norm(value))[:3]) for value in (0, 255)]
    assert shades == [(0, 0, 0), (1, 1, 1)]
    inks = [to_hex(drawn[4].cmap(drawn[4].norm(value))) for value in (-1, 1)]
    assert inks == ["#ffffff", plots.COORDCONV.lower()]


def test_a_saliency_lies_over_its_frame_in_the_networks_colour(axes):
    frame = torch.zeros(6, 9, dtype=torch.uint8)
    frame[2, 3] = 255
    saliency = torch.zeros(6, 9)
    saliency[4, 5], saliency[4, 6] = 0.4, 0.2
    plots.show_saliency(axes, frame, saliency, "looks", colour=plots.COORDCONV)
    assert axes.get_title() == "looks"
    drawn = np.asarray(axes.images[0].get_array())
    black, colour = drawn[0, 0], np.array(to_rgb(plots.COORDCONV))
    assert np.ptp(black) == 0 and drawn[2, 3].min() > black[0]
    assert drawn[4, 5] == pytest.approx(0.85 * colour + 0.15 * black)
    assert drawn[4, 6] == pytest.approx((drawn[4, 5] + black) / 2)
    plots.show_saliency(axes, frame, saliency, largest=0.2)
    drawn = np.asarray(axes.images[1].get_array())
    assert drawn[4, 5] == pytest.approx(drawn[4, 6])
    assert drawn[4, 5] == pytest.approx(0.85 * np.array(to_rgb(plots.CONV)) + 0.15 * black)
    plots.show_saliency(axes, frame, 0 * saliency)
    assert np.ptp(np.asarray(axes.images[2].get_array()), axis=2).max() == 0
