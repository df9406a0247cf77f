"""Committing a prediction, and seeing it beside the measurement."""

from __future__ import annotations

SLIDER = """from coordlib.widgets import Prediction
guess = Prediction("How much will it get right?", 0, 100, unit="%")
guess"""
CHOICE = """which = Prediction("Which is smaller?", choices=["Conv", "CoordConv"])
which"""


def test_slider_and_choices(open_notebook):
    compare = "guess.compare(86.25, 'Measured')", "which.compare('CoordConv', 'By count')"
    notebook = open_notebook(SLIDER, CHOICE, *compare)
    notebook.run_all()
    assert notebook.output(2) == "You made no prediction. Measured: ≈ 86.2 %."
    assert notebook.output(3) == "You made no prediction. By count: CoordConv."

    page = notebook.page
    slider, choices = page.locator(".coordlib-prediction").all()
    commit = slider.get_by_role("button", name="Commit")
    assert commit.is_disabled()
    slider.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    assert slider.locator(".answer").inner_text() == "51 %"
    commit.click()
    assert slider.get_by_role("slider").is_disabled()
    choices.get_by_label("Conv", exact=True).check()
    choices.get_by_role("button", name="Commit").click()
    assert choices.get_by_role("radio").first.is_disabled()

    notebook.run_cell(2)
    notebook.run_cell(3)
    assert notebook.output(2) == "You predicted 51 %. Measured: ≈ 86.2 %."
    assert page.get_by_alt_text("You predicted 51 %").count() == 1
    assert notebook.output(3) == "You predicted: Conv. By count: CoordConv."
