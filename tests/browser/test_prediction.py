"""Committing a prediction, and seeing it beside the measurement."""

from __future__ import annotations

from playwright.sync_api import expect

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

    assert notebook.run("guess.compare(") == "You predicted 51 %. Measured: ≈ 86.2 %."
    assert page.get_by_alt_text("The two on one line. You predicted 51 %").count() == 1
    assert notebook.run("which.compare(") == "You predicted: Conv. By count: CoordConv."


def test_a_kept_prediction_is_met_again_in_another_notebook(open_notebook, lab):
    kept = SLIDER.replace('"%"', '"%", kept_as="01_much"')
    first = open_notebook(kept)
    first.run_all()
    first.predict("guess = ", "ArrowRight")

    notebook = open_notebook(kept, "guess.compare(86.25)")
    notebook.run_all()
    assert notebook.output(1) == "Earlier you predicted 51 %. Measured: ≈ 86.2 %."
    widget = notebook.below("guess = ")
    widget.get_by_text("It stands unless you commit another.").wait_for()
    assert widget.locator(".answer").inner_text() == "51 %"
    notebook.predict("guess = ", "Home")
    assert widget.get_by_role("slider").is_disabled()
    assert notebook.run("guess.compare(") == "You predicted 0 %. Measured: ≈ 86.2 %."
    assert (lab.home / "predictions" / "01_much.json").read_text() == "0"


def test_a_cell_run_again_keeps_the_answer(open_notebook):
    notebook = open_notebook(SLIDER, "guess.compare(86.25)")
    notebook.run_all()
    notebook.predict("guess = ", "Home")
    widget = notebook.below("guess = ")
    expect(widget.get_by_role("button", name="Committed")).to_be_focused()
    widget.get_by_text("It will be shown beside the result.").wait_for()
    notebook.run("guess = ")
    widget.get_by_role("button", name="Committed").wait_for()
    assert notebook.run("guess.compare(") == "You predicted 0 %. Measured: ≈ 86.2 %."


def test_a_widget_that_its_kernel_has_left_promises_nothing(open_notebook):
    notebook = open_notebook(SLIDER)
    notebook.run_all()
    notebook.restart()
    notebook.predict("guess = ", "Home")
    widget = notebook.below("guess = ")
    widget.get_by_text("no kernel has heard it: run the cell again").wait_for()
    assert widget.get_by_text("It will be shown").count() == 0


def test_a_notebook_opened_again_shows_the_answer_that_was_given(open_notebook, lab):
    notebook = open_notebook(SLIDER.replace('"%"', '"%", kept_as="01_much"'))
    notebook.run_all()
    notebook.predict("guess = ", "Home")
    notebook.until("guess.heard == 0")
    answered = notebook.page.locator(".jp-NotebookPanel:visible img[alt*='You predicted 0 %.']")
    expect(answered).to_have_count(1)
    notebook.save()
    notebook.close()
    with lab.open_file(notebook.path) as again:
        expect(answered).to_be_visible()
        again.run_all()
        again.below("guess = ").get_by_text("Earlier you predicted 0 %.").wait_for()
