"""Notebook 06 as a student works through it: predict, stop the trainings, drag the square."""

from __future__ import annotations

from tools import NOTEBOOKS

PATH = NOTEBOOKS / "06_painting_squares.ipynb"
TRAININGS = 4


def test_predict_stop_and_drag(open_notebook):
    notebook = open_notebook(path=PATH)
    page = notebook.page
    notebook.start()
    notebook.stop_trainings(TRAININGS, percent=2)
    notebook.finish()  # what follows copes with networks that have learnt little

    canvas = page.locator(".coordlib-probe canvas").first
    facts = page.locator(".coordlib-probe .facts")
    canvas.scroll_into_view_if_needed()
    facts.first.get_by_text("(46, 46)").wait_for()
    canvas.focus()
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("ArrowLeft")
    facts.first.get_by_text("(45, 41)").wait_for()
    assert facts.nth(1).inner_text().startswith("overlap (IOU) 0.")  # Conv
    coordconv = float(facts.nth(2).inner_text().splitlines()[0].removeprefix("overlap (IOU) "))
    assert coordconv > 0.95

    guess = page.locator(".coordlib-prediction").nth(2)
    guess.scroll_into_view_if_needed()
    guess.get_by_label("the drawing half").check()
    guess.get_by_role("button", name="Commit").click()
    notebook.run_cell(notebook.cell_with("where.compare("))
    said = page.locator(".jp-CodeCell").filter(has_text="where.compare(").first
    printed = said.locator(".jp-OutputArea-output pre").first.text_content()
    assert "You predicted: the drawing half. The shape comes from: the first half." in printed
