"""Notebook 06 as a student works through it: predict, stop a training, drag the square."""

from __future__ import annotations


def test_the_workshop_goes_on_with_the_students_own_explanation(solved):
    for own in ("6.1", "6.3", "6.4", "6.5"):
        assert f"{own} yours" in solved.output(solved.cell(f'exercises.own("{own}"'))
    solved.predict("fate = Prediction(", choice="higher")
    assert "You predicted: higher. It is: " in solved.run("fate.compare(")


def test_predict_stop_and_drag(solved):
    page = solved.page
    solved.run_and_stop("conv_scores = train_live(", percent=2)

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

    solved.predict("where = Prediction(", choice="the drawing half")
    said = solved.run("where.compare(")
    assert "You predicted: the drawing half. The shape comes from: the first half." in said
