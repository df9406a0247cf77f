"""Committing a prediction, and seeing it beside the measurement."""

from __future__ import annotations

SLIDER = """from coordlib.widgets import Prediction
guess = Prediction("How much will it get right?", 0, 100, unit="%")
guess"""
CHOICE = """which = Prediction("Which is smaller?", choices=["Conv", "CoordConv"])
which"""


def test_slider(open_notebook):
    notebook = open_notebook(SLIDER, "guess.compare(86.25, 'Measured')")
    notebook.run_all()
    page = notebook.page
    assert notebook.output(1) == ("You made no prediction. Measured: ≈ 86.2 %.")
    commit = page.locator(".coordlib").get_by_role("button", name="Commit")
    assert commit.is_disabled()
    page.locator(".coordlib").get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".coordlib-prediction .answer").inner_text() == "51 %"
    commit.click()
    assert page.locator(".coordlib").get_by_role("slider").is_disabled()
    notebook.run_cell(1)
    assert notebook.output(1) == ("You predicted 51 %. Measured: ≈ 86.2 %.")
    assert page.get_by_alt_text("You predicted 51 %").count() == 1


def test_choices(open_notebook):
    notebook = open_notebook(
        CHOICE.replace("which =", "from coordlib.widgets import Prediction\nwhich ="),
        "which.compare('CoordConv', 'By count')",
    )
    notebook.run_all()
    page = notebook.page
    page.get_by_label("Conv", exact=True).check()
    page.locator(".coordlib").get_by_role("button", name="Commit").click()
    notebook.run_cell(1)
    assert notebook.output(1) == "You predicted: Conv. By count: CoordConv."
