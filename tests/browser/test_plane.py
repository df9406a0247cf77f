"""Tilting a plane with the sliders: the page and Python must say the same, at once."""

from __future__ import annotations

import re

CELL = """import torch
from coordlib.widgets import PlaneEditor
picture = torch.zeros(32, 32)
picture[2::7, 2::7] = 1
editor = PlaneEditor(picture, 1.0, 0.5, -0.7)
editor"""
SAID = "print(editor.alt())"


def shown(page):
    """The numbers under the three maps: lowest and highest, percent above 0, dots left."""
    facts = page.locator(".coordlib-plane .facts").all_inner_texts()
    return [re.findall(r"[\d.]+", one.replace("−", "")) for one in facts]


def test_sliders_answer_within_100_ms_and_reach_python(open_notebook):
    notebook = open_notebook(CELL, SAID)
    notebook.run_all()
    page = notebook.page
    assert shown(page) == [["2.20", "0.80"], ["17", "0"], ["16", "25"]]
    times = []
    slider = page.get_by_role("slider", name="c, the bias")
    slider.focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(30)
        times.append(float(page.locator(".coordlib-plane").get_attribute("data-milliseconds")))
    assert max(times) < 100, times
    weight = page.get_by_role("slider", name="b, the weight of y")
    weight.focus()
    page.keyboard.press("End")
    title = page.locator(".coordlib-plane .title").first
    title.get_by_text("map: 1.0 x + 2.0 y + 0.1").wait_for()
    page.wait_for_timeout(400)  # values reach Python at most five times a second
    notebook.run_cell(1)
    told = notebook.output(1)
    low, high, lit, dots, left = re.search(
        r"from (\S+) to (\S+)\. After a ReLU (\d+) %.* picture's (\d+) dots (\d+)", told
    ).groups()
    assert told.startswith("The map 1.0 x + 2.0 y + 0.1:")
    assert shown(page) == [[low.lstrip("-"), high], [lit, "0"], [left, dots]]


def test_it_follows_python(open_notebook):
    notebook = open_notebook(CELL)
    notebook.run_all()
    notebook.execute("editor.bias = -2.0\neditor.x_weight = editor.y_weight = 0.0")
    page = notebook.page
    page.locator(".coordlib-plane .title", has_text="map: 0.0 x + 0.0 y − 2.0").wait_for()
    assert shown(page)[1:] == [["0", "0"], ["0", "25"]]
