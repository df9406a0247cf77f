"""Notebook 08 as a student works through it: predict, stop three trainings, walk."""

from __future__ import annotations

from playwright.sync_api import expect


def test_predict_stop_and_walk(solved):
    page = solved.page
    # The decoder that is trained is the student's own, and so is what judges it.
    for own in ('exercises.own("8.3"', 'exercises.own("8.4"'):
        assert "passed yet" not in solved.output(solved.cell(own))
    solved.run_and_stop("scores = {name: train_live(name)", 3, percent=2)

    for name in ("Conv", "CoordConv", "Conv, two numbers"):
        solved.predict(f'expected["{name}"]', choice="move")
    assert solved.run("in expected.items():").count("You predicted: move.") == 3
    solved.predict("how_many = Prediction(", "Home")
    assert "You predicted 0." in solved.run("how_many.compare(")
    solved.predict("twin = Prediction(", choice="lower: its interval lies below 0")
    assert "You predicted: lower: its" in solved.run("twin.compare(")

    solved.run("lines = {name:")
    walking = page.locator(".coordlib-walking").first
    walking.scroll_into_view_if_needed()
    walking.get_by_role("button", name="Next walk").click()
    solved.until("walk.number == 1 and walk.painted == 1")
    slider = walking.get_by_role("slider")
    slider.focus()
    page.keyboard.press("End")
    solved.until("walk.frame == 63")
    expect(walking.locator(".facts").nth(1)).to_contain_text("exactly one red object")
