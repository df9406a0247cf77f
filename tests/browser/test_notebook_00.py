"""Notebook 00 in a student's hands: predict, drag, solve."""

from __future__ import annotations

from playwright.sync_api import expect


def test_the_teaser_is_predicted_and_dragged(solved):
    solved.predict("guess = Prediction(", "Home", "PageUp")
    assert solved.run("guess.compare(").startswith("You predicted ")
    probe = solved.below("Probe(networks")
    facts = probe.locator(".facts").first
    expect(facts).to_contain_text("held out")
    canvas = probe.locator("canvas").first
    place = canvas.bounding_box()
    canvas.click(position={"x": place["width"] / 4, "y": place["height"] / 4})
    facts.get_by_text("a position to train on").wait_for()


def test_the_first_exercise_is_checked_and_solved(solved):
    stub = "def pixel_number(x: int, y: int, canvas: int) -> int:\n    return {}\n"
    solved.write("def pixel_number", stub.format("x * canvas + y"))
    said = solved.run('exercises.check("0.1"')
    assert "not yet: " in said and "column by column" in said
    solved.write("def pixel_number", stub.format("y * canvas + x"))
    assert solved.run('exercises.check("0.1"').startswith("0.1 passed: ")
