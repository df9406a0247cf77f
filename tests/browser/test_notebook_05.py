"""Notebook 05 as a student works through it: predict, stop the trainings, play one again."""

from __future__ import annotations

import nbformat

from tools import NOTEBOOKS

PATH = NOTEBOOKS / "05_pixels_to_coordinates.ipynb"
TRAININGS = 8  # four networks, each on both splits


def test_predict_stop_and_play_again(open_notebook):
    notebook = open_notebook(path=PATH)
    page = notebook.page
    notebook.start()
    for number in range(TRAININGS):
        page.wait_for_function(
            """number => {
                const bars = document.querySelectorAll('.coordlib-live [role=progressbar]');
                return bars[number] && Number(bars[number].getAttribute('aria-valuenow')) >= 8;
            }""",
            arg=number,
            timeout=120_000,
        )
        live = page.locator(".coordlib-live").nth(number)
        live.get_by_role("button", name="Stop").click()
        live.get_by_text("stopped after").wait_for()
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
        cells = nbformat.read(PATH, as_version=4).cells
        notebook.run_cell(next(n for n, cell in enumerate(cells) if call in cell.source))
        outputs = page.locator(".jp-CodeCell").filter(has_text=call).first
        assert said in outputs.inner_text()
