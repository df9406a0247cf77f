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


def test_sliders_answer_and_reach_python(open_notebook, record_property):
    notebook = open_notebook(CELL, SAID)
    notebook.run_all()
    page = notebook.page
    assert shown(page) == [["2.20", "0.80"], ["17", "0"], ["16", "25"]]
    times = []
    slider = page.get_by_role("slider", name="c, the bias")
    slider.focus()
    title = page.locator(".coordlib-plane .title").first
    for bias in ("− 0.6", "− 0.5", "− 0.4", "− 0.3", "− 0.2", "− 0.1", "+ 0.0", "+ 0.1"):
        page.keyboard.press("ArrowRight")
        title.get_by_text(f"map: 1.0 x + 0.5 y {bias}").wait_for()
        times.append(float(page.locator(".coordlib-plane").get_attribute("data-milliseconds")))
    record_property("tilting a plane", times)
    weight = page.get_by_role("slider", name="b, the weight of y")
    weight.focus()
    page.keyboard.press("End")
    title.get_by_text("map: 1.0 x + 2.0 y + 0.1").wait_for()
    notebook.until("abs(editor.y_weight - 2) < 1e-6 and abs(editor.bias - 0.1) < 1e-6")
    told = notebook.run("print(editor")
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
