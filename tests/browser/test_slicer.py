"""Slicing a sweep by pointer and by keyboard."""

from __future__ import annotations

from playwright.sync_api import expect

CELL = """from coordlib import records
from coordlib.widgets import SweepSlicer
runs = [run for run in records.shipped("classification") if run.folder.name.startswith("lesson-")]
slicer = SweepSlicer(
    runs,
    {"split": lambda run: run.settings["split"], "L2": lambda run: run.recipe["l2"]},
    {"test (%)": lambda run: 100 * run.final["test_accuracy"]},
)
slicer"""
COUNT = "print(len(runs), len(slicer.selected()), slicer.alt())"


def test_click_keep_and_let_go(open_notebook, record_property):
    notebook = open_notebook(CELL, COUNT)
    notebook.run_all()
    page = notebook.page
    root = page.locator(".coordlib-slicer")
    facts = root.locator(".facts")
    everything = facts.inner_text()
    assert root.locator("polyline.out").count() == 0
    uniform = root.get_by_role("button", name="split uniform")
    uniform.click()
    expect(uniform).to_have_attribute("aria-pressed", "true")
    record_property("slicing a sweep", [float(root.get_attribute("data-milliseconds"))])
    root.get_by_role("button", name="L2 0", exact=True).focus()
    page.keyboard.press("Enter")
    expect(facts).to_contain_text("none is left")  # CoordConv on the uniform split has L2 0.001
    notebook.until("len(slicer.chosen) == 2")
    said = notebook.run(COUNT)
    total, kept = map(int, said.split()[:2])
    assert root.locator("polyline").count() == total
    assert root.locator("polyline:not(.out)").count() == kept > 0
    assert "CoordConv" not in said
    root.get_by_role("button", name="Keep all").click()
    expect(facts).to_have_text(everything, use_inner_text=True)
    notebook.until("not slicer.chosen and len(slicer.selected()) == len(runs)")


def test_a_line_says_what_it_is(open_notebook):
    notebook = open_notebook(CELL)
    notebook.run_all()
    root = notebook.page.locator(".coordlib-slicer")
    root.get_by_role("button", name="split quadrant").click()
    said = root.locator(".pointed:not(polyline)")
    # All runs on the quadrant split lie on one another there, but for the room between them.
    places = root.locator("polyline:not(.out)").last.get_attribute("points").split()
    (left, top), (right, bottom) = (map(float, place.split(",")) for place in places[:2])
    root.locator("svg").hover(position={"x": (left + right) / 2, "y": (top + bottom) / 2})
    expect(said).to_contain_text("split quadrant · L2 ")
    expect(root.locator("polyline.pointed")).to_have_count(1)
    root.locator(".facts").hover()
    expect(root.locator("polyline.pointed")).to_have_count(0)
