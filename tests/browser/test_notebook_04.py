"""Notebook 04 under a student's hands: predict, slice the sweep, tilt the plane, compare."""

from __future__ import annotations

from playwright.sync_api import expect


def test_predict_slice_and_tilt(solved):
    page = solved.page
    solved.predict("more_work = Prediction(", choice="about the same")
    said = solved.run("more_work.compare(")
    assert "You predicted: about the same. The busier one: CoordConv" in said

    slicer = page.locator(".coordlib-slicer")
    slicer.get_by_role("button", name="split quadrant").click()
    expect(slicer.locator("polyline.out")).not_to_have_count(0)
    assert slicer.locator("polyline.out").count() < slicer.locator("polyline").count()

    page.get_by_role("slider", name="a, the weight of x").focus()
    page.keyboard.press("Home")
    page.locator(".coordlib-plane .title", has_text="map: −2.0 x").wait_for()
    solved.until("editor.x_weight == -2")
    assert "the map that you set: True" in solved.run("mine = CoordConv2d(")

    assert "4.5 yours" in solved.run('exercises.own("4.5"')
    assert "4.6 yours\nits faults: none" in solved.run('exercises.own("4.6"')
