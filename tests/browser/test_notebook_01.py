"""Notebook 01 in a student's hands: predict, paint, keep both for later notebooks."""

from __future__ import annotations

from playwright.sync_api import expect


def test_a_measured_prediction_and_one_to_keep(solved):
    solved.predict("farthest_guess = Prediction(", "Home", "ArrowRight")
    said = solved.run("farthest_guess.compare(")
    assert said == "You predicted 1 pixels. Measured: 27 pixels."
    solved.predict("uniform_guess = Prediction(", "End")
    said = solved.run("for guess in (uniform_guess")
    assert "100 %" in said and said.count("no prediction yet") == 1
    solved.run("uniform_guess = Prediction(")
    note = solved.below("uniform_guess = Prediction(").get_by_text("Earlier you predicted 100 %.")
    note.wait_for()


def test_a_painted_hold_out_is_measured_and_saved(solved):
    painter = solved.below("painter = HoldOutPainter(")
    painter.get_by_role("button", name="Clear").click()
    solved.until("painter.mask.sum() == 0")
    assert solved.run("painter.save()") == (
        "Paint some positions and leave some, then run this cell again."
    )
    painter.get_by_role("button", name="Quadrant").click()
    solved.until("painter.mask.sum() == 169")
    said = solved.run("painter.save()")
    assert said.startswith("train 615, test 169; saved for notebook 03\n")
    assert "is 13.0 pixels from train" in said and "neighbours: 0.0 % right" in said
    solved.write(
        "painter = HoldOutPainter(", "painter = HoldOutPainter(canvas=32, square=5)\npainter"
    )
    # The cell has run, but the new painter draws itself a little later.
    expect(painter.locator(".count")).to_have_text("train 615 / test 169")
