"""A press anywhere in a widget gives it the keys, and what it does with them stays inside."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.gallery import SETUP, WIDGETS

# What each widget shows that a press can hit: its pictures, and what stands beside them.
PANELS = {
    "prediction": [".title", ".answer", ".quiet", "input"],
    "choices": [".title", "label", "input"],
    "painter": ["canvas", ".count", ".quiet", "input"],
    "live": ["canvas", ".charts svg", ".status", ".title", ".replay", ".replay input"],
    "changeable": ["canvas", ".charts svg", ".note", ".controls input", ".replay input"],
    "probe": ["canvas", ".title", ".facts"],
    "plane": ["canvas", ".title", ".facts", "input"],
    "drawing": ["canvas", ".title", ".facts", "input"],
    "walking": ["canvas", ".title", ".facts", ".which", "button", "input"],
    "replay": ["canvas", ".title", ".facts", "button", "input"],
    "slicer": ["svg", ".value", ".facts", ".quiet"],
    "detector": ["canvas", ".says", ".facts", "button", "input"],
}


@pytest.mark.parametrize("name", WIDGETS)
def test_arrows_after_a_press_on_any_panel_stay_inside(open_notebook, name):
    notebook = open_notebook(SETUP, WIDGETS[name])
    notebook.run_all()
    page = notebook.page
    root = page.locator(".jp-NotebookPanel:visible .coordlib")
    expect(root).to_be_visible()
    root.scroll_into_view_if_needed()
    inside = "() => document.activeElement.closest('.coordlib') !== null"
    where = """() => {
        const { content } = window.jupyterapp.shell.currentWidget;
        return [content.activeCellIndex, content.mode, content.widgets.length];
    }"""
    for panel in PANELS[name]:
        found = root.locator(panel)
        assert found.count()
        for n in range(found.count()):
            one = found.nth(n)
            if one.is_visible():
                one.click()
                before = page.evaluate(where)
                for key in ("ArrowLeft", "ArrowUp", "ArrowDown", "a", "x"):
                    page.keyboard.press(key)
                    assert page.evaluate(inside), (panel, n, key)
                assert page.evaluate(where) == before, (panel, n)


def test_arrows_after_a_press_on_a_networks_answer_move_the_square(open_notebook):
    notebook = open_notebook(SETUP, WIDGETS["probe"])
    notebook.run_all()
    root = notebook.page.locator(".coordlib-probe")
    facts = root.locator(".facts").first
    for n in range(3):
        canvas = root.locator("canvas").nth(n)
        width = canvas.bounding_box()["width"]
        canvas.click(position={"x": width / 2, "y": width / 2})
        expect(facts).to_contain_text("(8, 8)")
        notebook.page.keyboard.press("ArrowLeft")
        notebook.page.keyboard.press("ArrowUp")
        expect(facts).to_contain_text("(7, 7)")
    root.locator(".title").last.click()
    notebook.page.keyboard.press("ArrowRight")
    expect(facts).to_contain_text("(8, 7)")


def test_arrows_go_from_value_to_value_of_a_slicer(open_notebook):
    notebook = open_notebook(SETUP, WIDGETS["slicer"])
    notebook.run_all()
    values = notebook.page.locator(".coordlib-slicer .value")
    values.first.click()
    notebook.page.keyboard.press("ArrowDown")
    expect(values.nth(1)).to_be_focused()
    notebook.page.keyboard.press("ArrowLeft")
    expect(values.first).to_be_focused()
