"""Figures travel with their words, and their colours can be told apart."""

import base64
import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from PIL import Image

from coordlib import datasets, plots


def test_a_figure_is_shown_with_its_words_and_closed(monkeypatch):
    shown = []
    monkeypatch.setattr(plots.frame, "display", lambda bundle, raw: shown.append(bundle))
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


def parsed(picture):
    """The alternative text, the width on the page and the PNG of an HTML image."""
    form = r'<img alt="([^"]+)" width="(\d+)" src="data:image/png;base64,([^"]+)">'
    alt, width, encoded = re.fullmatch(form, picture.removeprefix(plots.PAPER_STYLE)).groups()
    return alt, int(width), Image.open(io.BytesIO(base64.b64decode(encoded)))


@pytest.mark.parametrize("inches", [7.0, 6.6, 4.35])
def test_a_picture_has_two_pixels_for_each_of_the_page(inches):
    fig, _ = plots.figure(width=inches, height=2.0)
    alt, width, png = parsed(plots.picture(fig, "nothing"))
    assert alt == "nothing" and width == round(80 * inches)
    assert png.size == (2 * width, 320)


def test_a_networks_colour_is_kept_to_the_bit():
    fig, (axes,) = plots.figure()
    axes.fill_between([0, 1], 1, color=plots.CONV)
    plots.show_points(axes, {"some": [0.2, 0.4], "others": [0.7]}, "alpha makes many colours")
    png = parsed(plots.picture(fig, "an area and points"))[2]
    area = tuple(round(255 * part) for part in to_rgb(plots.CONV))
    assert area in [colour for _, colour in png.convert("RGB").getcolors(10_000)]


def test_no_text_is_smaller_than_nine_points():
    fig, (axes,) = plots.figure()
    plots.show_points(axes, {"one": [1.0]}, "pixels")
    axes.plot([0, 1], label="label")
    axes.legend()
    axes.set_title("title")
    fig.canvas.draw()
    texts = [text for text in fig.findobj(Text) if text.get_text()]
    assert len(texts) > 5 and min(text.get_fontsize() for text in texts) >= 9
    plt.close(fig)


def brightness(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_courses_two_colours_stand_out_from_paper():
    for colour in (plots.CONV, plots.COORDCONV):
        assert 1.05 / (brightness(colour) + 0.05) > 3  # the contrast that WCAG asks of graphics


def test_what_sticks_out_of_a_figure_is_not_cut_off():
    fig, (axes,) = plots.figure(width=2.0, height=1.0)
    fig.set_layout_engine("none")
    axes.set_position([0, 0, 1, 1])
    axes.set_axis_off()
    for x, y in ((0.5, 1.3), (-0.8, 0.5), (0.5, -0.4)):
        axes.text(x, y, "outside", transform=axes.transAxes)
    drawn = np.asarray(Image.open(io.BytesIO(plots.png(fig))).convert("L"))
    assert drawn.shape[0] > 160 and drawn.shape[1] > 320 and drawn.min() < 50
    edges = (drawn[0], drawn[-1], drawn[:, 0], drawn[:, -1])
    assert all((edge == 255).all() for edge in edges)


@pytest.mark.parametrize(
    ("name", "colour"),
    [
        ("Conv", plots.CONV),
        ("deconv", plots.CONV),
        ("pooled, plain", plots.CONV),
        ("CoordConv", plots.COORDCONV),
        ("pooled_coordconv", plots.COORDCONV),
        ("untrained", plots.TEST),
    ],
)
def test_a_name_has_its_sides_colour(name, colour):
    assert plots.side_colour(name) == colour
