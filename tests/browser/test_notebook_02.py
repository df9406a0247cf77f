"""Notebook 02 as a student works through it: predict, watch the training, stop, play it again."""

from __future__ import annotations

import nbformat

from tools import NOTEBOOKS

PATH = NOTEBOOKS / "02_convolution_fails.ipynb"


def test_predict_stop_and_play_again(open_notebook):
    cells = nbformat.read(PATH, as_version=4).cells
    compare = next(n for n, cell in enumerate(cells) if "on_test.compare(" in cell.source)
    notebook = open_notebook(path=PATH)
    page = notebook.page
    notebook.start()
    stop = page.locator(".coordlib").get_by_role("button", name="Stop")
    page.wait_for_function(
        """() => {
            const bar = document.querySelector('.coordlib-live [role=progressbar]');
            return bar && Number(bar.getAttribute('aria-valuenow')) >= 5;
        }""",
        timeout=120_000,
    )
    stop.click()
    notebook.finish()  # what follows copes with a network that has learnt little
    status = page.locator(".coordlib-live .status").inner_text()
    assert status.startswith("stopped after")

    page.locator(".coordlib").get_by_role("button", name="Play").click()
    page.locator(".coordlib").get_by_role("button", name="Pause").wait_for()
    page.locator(".coordlib").get_by_role("button", name="Play").wait_for()

    slider = page.locator(".coordlib-prediction").nth(1).get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home")
    page.locator(".coordlib-prediction").nth(1).get_by_role("button").click()
    notebook.run_cell(compare)
    assert (
        "You predicted 0 %. Test accuracy: ≈"
        in page.locator(".jp-CodeCell").filter(has_text="on_test.compare(").first.inner_text()
    )
