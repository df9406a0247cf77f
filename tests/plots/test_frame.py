"""Figures travel with their words, and their colours can be told apart."""

import matplotlib.pyplot as plt
import pytest

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


def brightness(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_courses_two_colours_stand_out_from_paper():
    for colour in (plots.CONV, plots.COORDCONV):
        assert 1.05 / (brightness(colour) + 0.05) > 3  # the contrast that WCAG asks of graphics
