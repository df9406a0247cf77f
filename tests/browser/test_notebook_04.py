"""Notebook 04 under a student's hands: predict, slice the sweep, tilt the plane."""

from __future__ import annotations

from playwright.sync_api import expect

from tools import NOTEBOOKS

PATH = NOTEBOOKS / "04_smaller_and_faster.ipynb"


def test_predict_slice_and_tilt(open_notebook):
    notebook = open_notebook(path=PATH)
    page = notebook.page
    notebook.run_all()

    prediction = page.locator(".coordlib-prediction").filter(has_text="more multiply-adds")
    prediction.get_by_label("about the same").check()
    prediction.get_by_role("button", name="Commit").click()
    notebook.run_cell(notebook.cell_with("more_work.compare("))
    said = page.locator(".jp-CodeCell").filter(has_text="more_work.compare(").first
    expect(said).to_contain_text("You predicted: about the same. The busier one: CoordConv")

    slicer = page.locator(".coordlib-slicer")
    slicer.get_by_role("button", name="split quadrant").click()
    assert 0 < slicer.locator("polyline.out").count() < slicer.locator("polyline").count()

    page.get_by_role("slider", name="a, the weight of x").focus()
    page.keyboard.press("Home")
    page.locator(".coordlib-plane .title", has_text="map: −2.0 x").wait_for()
    page.wait_for_timeout(400)
    notebook.run_cell(notebook.cell_with("mine = CoordConv2d("))
    said = page.locator(".jp-CodeCell").filter(has_text="mine = CoordConv2d(").first
    expect(said).to_contain_text("the map that you set: True")
