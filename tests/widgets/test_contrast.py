"""What carries meaning can be seen: 3 to 1 against what is around it, and 4.5 to 1 for a text."""

from __future__ import annotations

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb

from coordlib import datasets, plots
from coordlib.tasks import classification
from coordlib.widgets import LatentWalk, Prediction, Probe, base

# JupyterLab's pages and the text on them.
PAGES = {"light": ("#FFFFFF", "#212121"), "dark": ("#111111", "#FFFFFF")}
PAPER = plots.EMPTY  # canvases and figures are white on every page, and dimmed on a dark one
LIGHTS = (1.0, plots.DIMMED)
CSS = base.source("widgets.css")


def luminance(colour):
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def contrast(colour, ground, opacity=1.0, light=1.0):
    """By the Web Content Accessibility Guidelines; from 1 to 21. light: of both, as if dimmed."""
    ground = [light * part for part in to_rgb(ground)]
    over = [
        opacity * light * c + (1 - opacity) * g for c, g in zip(to_rgb(colour), ground, strict=True)
    ]
    low, high = sorted((luminance(over), luminance(ground)))
    return (high + 0.05) / (low + 0.05)


def rule(selector):
    """What the style sheet says of a selector."""
    return re.search(rf"^{re.escape(selector)} {{([^}}]*)}}", CSS, re.MULTILINE).group(1)


def opacity(selector):
    return float(re.search(r"opacity: ([\d.]+)", rule(selector)).group(1))


def test_contrast_is_that_of_the_guidelines():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)
    assert contrast("#000000", "#FFFFFF", opacity=0) == 1


@pytest.mark.parametrize("page", PAGES)
def test_lines_and_words_are_seen_on_the_page(page):
    ground, text = PAGES[page]
    for side in (plots.CONV, plots.COORDCONV):
        assert contrast(side, ground) >= 3  # the curves of a training, and its bar
        assert contrast(side, ground, opacity(".coordlib-slicer .run")) >= 3
    assert "outline: 2px solid currentColor" in rule(".coordlib :focus-visible")
    assert contrast(text, ground) >= 4.5
    assert contrast(text, ground, opacity(".coordlib .quiet")) >= 4.5
    assert contrast(text, ground, opacity(".coordlib-slicer .axis")) >= 3


@pytest.mark.parametrize("light", LIGHTS)
def test_what_is_drawn_on_paper_is_seen(light):
    assert contrast(plots.TEST, plots.TRAIN, light=light) >= 3
    for side in (plots.CONV, plots.COORDCONV):
        assert contrast(side, PAPER, light=light) >= 3
    assert contrast("#000000", PAPER, light=light) >= 4.5  # what is written


@pytest.mark.parametrize("light", LIGHTS)
@pytest.mark.parametrize("side", [plots.CONV, plots.COORDCONV])
def test_lines_are_seen_on_any_ink(side, light):
    for level in np.linspace(0, 1, 101):
        ground = base.ink(side)(level)[:3]
        hatching = plots.EMPTY if level > base.DARK else plots.HATCHING
        assert contrast(hatching, ground, light=light) >= 3, level
        outline = [contrast(line, ground, light=light) for line in (plots.EMPTY, plots.TEST)]
        assert max(outline) >= 3, level


@pytest.mark.parametrize("light", LIGHTS)
@pytest.mark.parametrize("red", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("blue", [0.0, 0.5, 1.0])
def test_a_path_is_seen_on_all_that_objects_may_fade_to(red, blue, light):
    assert f'PATH = "{plots.TEST}"' in base.source("walking.js")
    for green in (0.0, min(red, blue)):
        lines = (plots.EMPTY, plots.TEST)
        assert max(contrast(line, (red, green, blue), light=light) for line in lines) >= 3


def test_a_dark_page_dims_pictures_canvases_and_their_keys_alike():
    assert contrast(PAPER, PAGES["dark"][0], light=plots.DIMMED) < 14  # of almost 19
    dims = f"filter: brightness({plots.DIMMED})"
    assert dims in plots.PAPER_STYLE
    assert dims in rule('[data-jp-theme-light="false"] .coordlib :is(canvas, .key)')


def test_python_and_the_page_agree_where_ink_is_dark():
    (said,) = re.findall(r"const DARK = ([\d.]+);", base.source("common.js"))
    assert float(said) == base.DARK


@pytest.fixture
def stills():
    split = datasets.split("quadrant", 8, 3)
    networks = {"Conv": classification.build("deconv", 8)}
    networks["CoordConv"] = classification.build("coordconv", 8)
    ends = torch.zeros(1, 1), torch.ones(1, 1)
    walking = LatentWalk({"Conv": (lambda latents: torch.ones(len(latents), 3, 8, 8), *ends)})
    guess = Prediction("How much?", 0, 1)
    guess.value = 0.5
    with torch.no_grad():
        made = [Probe(networks, split).still(), walking.still()]
    made += [guess.still(), guess._number_line(0.25, "Measured")]
    yield made
    for figure in made:
        plt.close(figure)


def test_words_on_stills_can_be_read(stills):
    for figure in stills:
        for axes in figure.axes:
            for words in (axes.title, *axes.texts):
                if words.get_text():
                    for light in LIGHTS:
                        seen = contrast(words.get_color(), PAPER, light=light)
                        assert seen >= 4.5, words.get_text()
