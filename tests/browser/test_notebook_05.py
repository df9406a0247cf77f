"""Notebook 05 as a student works through it: predict, stop the trainings, play one again."""

from __future__ import annotations

from tools import NOTEBOOKS

PATH = NOTEBOOKS / "05_pixels_to_coordinates.ipynb"
TRAININGS = 8  # four networks, each on both splits


def test_predict_stop_and_play_again(open_notebook):
    notebook = open_notebook(path=PATH)
    page = notebook.page
    notebook.start()
    notebook.stop_trainings(TRAININGS, percent=8)
    notebook.finish()  # what follows copes with networks that have learnt little

    live = page.locator(".coordlib-live").last
    live.get_by_role("button", name="Play").click()
    live.get_by_role("button", name="Pause").wait_for()
    live.get_by_role("button", name="Play").wait_for()

    predictions = page.locator(".coordlib-prediction")
    predictions.nth(0).get_by_role("slider").focus()
    page.keyboard.press("Home")
    predictions.nth(1).get_by_label("zero", exact=True).check()
    for number in (0, 1):
        predictions.nth(number).get_by_role("button", name="Commit").click()
    for call, said in (
        ("fc_guess.compare(", "You predicted 0 px. Conv + FC: ≈"),
        ("start_guess.compare(", "You predicted: zero. Below 1 px on both splits: neither."),
    ):
        notebook.run_cell(notebook.cell_with(call))
        outputs = page.locator(".jp-CodeCell").filter(has_text=call).first
        assert said in outputs.inner_text()
