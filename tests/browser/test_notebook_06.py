"""Notebook 06 as a student works through it: predict, stop the trainings, drag the square."""

from __future__ import annotations

from tools import NOTEBOOKS

PATH = NOTEBOOKS / "06_painting_squares.ipynb"
TRAININGS = 4


def test_predict_stop_and_drag(open_notebook):
    notebook = open_notebook(path=PATH)
    page = notebook.page
    notebook.start()
    for number in range(TRAININGS):
        page.wait_for_function(
            """number => {
                const bars = document.querySelectorAll('.coordlib-live [role=progressbar]');
                return bars[number] && Number(bars[number].getAttribute('aria-valuenow')) >= 2;
            }""",
            arg=number,
            timeout=120_000,
        )
        live = page.locator(".coordlib-live").nth(number)
        live.get_by_role("button", name="Stop").click()
        live.get_by_text("stopped after").wait_for()
    notebook.finish()  # what follows copes with networks that have learnt little

    facts = page.locator(".coordlib-probe .facts")
    assert facts.first.inner_text().startswith("(x, y) = (46, 46)\nheld out")
    page.locator(".coordlib-probe canvas").first.focus()
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("ArrowLeft")
    facts.first.get_by_text("(45, 41)").wait_for()
    assert facts.nth(1).inner_text().startswith("overlap (IOU) 0.")  # Conv
    coordconv = float(facts.nth(2).inner_text().splitlines()[0].removeprefix("overlap (IOU) "))
    assert coordconv > 0.95

    guess = page.locator(".coordlib-prediction").nth(2)
    guess.get_by_label("the drawing half").check()
    guess.get_by_role("button", name="Commit").click()
    cells = page.locator(".jp-NotebookPanel:visible .jp-Cell")
    compare = next(n for n, text in enumerate(cells.all_inner_texts()) if "where.compare(" in text)
    notebook.run_cell(compare)
    assert "You predicted: the drawing half. The shape comes from: the first half." in (
        cells.nth(compare).inner_text()
    )
