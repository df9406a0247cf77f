"""Widgets on a narrow page, and on one at twice its size: nothing is cut off or out of shape."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.gallery import CELLS, LIVE, SETUP, WIDGETS

# A page zoomed to 200 % has half as many pixels of its own, each twice as large.
SIZES = {"narrow": (700, 1000), "zoomed": (650, 500)}


@pytest.fixture(params=SIZES)
def page(lab, request) -> Iterator[Page]:
    wide = lab.page.viewport_size
    width, height = SIZES[request.param]
    lab.page.set_viewport_size({"width": width, "height": height})
    yield lab.page
    lab.page.set_viewport_size(wide)


CUT = """() => [...document.querySelectorAll(".jp-NotebookPanel:not(.lm-mod-hidden) .coordlib")]
    .flatMap((root) => {
        const around = root.getBoundingClientRect();
        return [...root.querySelectorAll("*:not(.spoken, .room *)")].filter((node) => {
            const { left, right } = node.getBoundingClientRect();
            return left < around.left - 1 || right > around.right + 1;
        }).map((node) => `${root.className}: ${node.tagName} ${node.getAttribute("class")}`);
    })"""
SHAPES = """() => [...document.querySelectorAll(".jp-NotebookPanel:not(.lm-mod-hidden) canvas")]
    .map((canvas) => canvas.getBoundingClientRect())
    .map(({ width, height }) => [width, height])"""
TEXTS = """() => [...document.querySelectorAll(".coordlib-slicer svg text")]
    .map((text) => text.getBoundingClientRect().height)"""


def test_nothing_is_cut_off_or_out_of_shape(open_notebook, page):
    notebook = open_notebook(*CELLS)
    notebook.run_all()
    expect(page.locator(".jp-NotebookPanel:visible .coordlib")).to_have_count(len(WIDGETS))
    assert page.evaluate(CUT) == []
    for width, height in page.evaluate(SHAPES):
        assert abs(width - height) <= 1 and width >= 60, (width, height)
    assert min(page.evaluate(TEXTS)) >= 12
    # An output of JupyterLab's that is scrolled sideways would hide what its widget shows.
    wider = """() => [...document.querySelectorAll(".jp-OutputArea-output:has(.coordlib)")]
        .filter((node) => node.scrollWidth > node.clientWidth + 1).length"""
    assert page.evaluate(wider) == 0


def test_stop_is_in_sight(open_notebook, page):
    notebook = open_notebook(SETUP, LIVE.format(epochs=2000))
    notebook.start()
    live = page.locator(".coordlib-live")
    expect(live).to_be_visible()
    live.locator(".title").scroll_into_view_if_needed()
    stop = live.get_by_role("button", name="Stop")
    expect(stop).to_be_in_viewport(ratio=1)
    assert page.evaluate(CUT) == []
    live.locator(".replay").scroll_into_view_if_needed()  # at 200 % far below
    expect(stop).to_be_in_viewport(ratio=1)
    on_top = """(stop) => {
        const { x, y, width, height } = stop.getBoundingClientRect();
        return document.elementFromPoint(x + width / 2, y + height / 2) === stop;
    }"""
    assert stop.evaluate(on_top)
    notebook.stop_training()
    notebook.finish()


def test_canvases_stand_in_line_where_a_title_is_wrapped(open_notebook, page):
    cell = WIDGETS["probe"].replace("'Conv'", "'Conv, which has a long name and more of it'")
    notebook = open_notebook(SETUP, cell)
    notebook.run_all()
    canvases = page.locator(".coordlib-probe canvas")
    tops = {}
    for n in range(canvases.count()):
        place = canvases.nth(n).bounding_box()
        tops.setdefault(round(place["x"]), []).append(place["y"])
    rows = {round(y) for column in tops.values() for y in column}
    assert len(rows) == -(-3 // len(tops))
