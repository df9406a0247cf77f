"""Notebook 09 as a student works through it: take a detector apart, stop two, draw, predict."""

from __future__ import annotations

import re

from playwright.sync_api import expect


def test_take_apart_stop_draw_and_predict(solved):
    page = solved.page
    steps = page.locator(".coordlib-detector")
    steps.scroll_into_view_if_needed()
    steps.get_by_role("button", name="4 Keep").click()
    slider = steps.get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home")
    solved.until("steps.step == 'keep' and steps.threshold < 0.1")
    steps.get_by_role("button", name="Another picture").click()
    solved.until("steps.picture == 1")

    # Both are the student's own pieces, all of which have passed.
    assert "passed yet" not in solved.output(solved.cell('exercises.own("9.3"'))
    solved.run_and_stop("correct[name] = train_live(", 2, percent=2)

    canvas = page.locator(".coordlib-drawing")
    canvas.scroll_into_view_if_needed()
    canvas.get_by_role("button", name="Clear").click()
    solved.until("not canvas.drawing.any()")
    canvas.get_by_role("button", name="Put a digit").click()
    solved.until("canvas.drawing.any()")
    # How many it finds hangs on when its training was stopped.
    expect(canvas.locator(".facts").nth(1)).to_have_text(
        re.compile(r"^\d+ box(es)?(, the surest|$)")
    )

    solved.predict("guess = Prediction(", "Home")
    assert "You predicted -30 %." in solved.run("guess.compare(")
    solved.predict("which = Prediction(", choice="lower than Conv's")
    assert "You predicted: lower than Conv's. It is: " in solved.run("which.compare(")
