"""Notebooks 00 and 01 in a student's hands: predict, drag, solve, paint."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tools import NOTEBOOKS


class Course:
    """A notebook of the course that was run once, and its cells by their words."""

    def __init__(self, open_notebook, name):
        self.notebook = open_notebook(path=NOTEBOOKS / f"{name}.ipynb")
        self.notebook.page.set_default_timeout(60_000)
        self.notebook.run_all()

    def number(self, words):
        """The number, among all cells, of the first code cell whose source contains `words`."""
        return self.notebook.page.evaluate(
            """(words) => window.jupyterapp.shell.currentWidget.content.widgets.findIndex(
                (cell) => cell.model.type === "code"
                    && cell.model.sharedModel.getSource().includes(words))""",
            words,
        )

    def write(self, words, source):
        """Replace the source of the cell that contains `words`, and run it."""
        number = self.number(words)
        self.notebook.page.evaluate(
            """([number, source]) => window.jupyterapp.shell.currentWidget.content
                .widgets[number].model.sharedModel.setSource(source)""",
            [number, source],
        )
        self.notebook.run_cell(number)

    def run(self, words):
        """Run the cell that contains `words` again; what it printed, all pieces joined."""
        number = self.number(words)
        self.notebook.run_cell(number)
        return self.notebook.page.evaluate(
            """(number) => window.jupyterapp.shell.currentWidget.content.widgets[number].model
                .outputs.toJSON().map((output) => output.text ?? "").flat().join("")""",
            number,
        )

    def below(self, words):
        """The cell on the page, scrolled to."""
        cell = self.notebook.page.locator(".jp-Notebook .jp-Cell").nth(self.number(words))
        cell.scroll_into_view_if_needed()
        return cell

    def predict(self, words, keys):
        """Move the slider under a cell with the keyboard, and commit."""
        cell = self.below(words)
        cell.get_by_role("slider").focus()
        for key in keys:
            self.notebook.page.keyboard.press(key)
        cell.get_by_role("button", name="Commit").click()


@pytest.fixture
def start(open_notebook):
    return Course(open_notebook, "00_start_here")


@pytest.fixture
def puzzle(open_notebook):
    return Course(open_notebook, "01_the_coordinate_puzzle")


def test_the_teaser_is_predicted_and_dragged(start):
    start.predict("guess = Prediction(", ["Home", "PageUp"])
    assert start.run("guess.compare(").startswith("You predicted ")
    probe = start.below("Probe(networks")
    facts = probe.locator(".facts").first
    assert "held out" in facts.inner_text()
    canvas = probe.locator("canvas").first
    place = canvas.bounding_box()
    canvas.click(position={"x": place["width"] / 4, "y": place["height"] / 4})
    facts.get_by_text("a position to train on").wait_for()


def test_the_first_exercise_is_checked_and_solved(start):
    stub = "def pixel_number(x: int, y: int, canvas: int) -> int:\n    return {}\n"
    start.write("def pixel_number", stub.format("x * canvas + y"))
    assert "not yet: " in start.run('exercises.check("0.1"')
    assert "column by column" in start.run('exercises.check("0.1"')
    start.write("def pixel_number", stub.format("y * canvas + x"))
    assert start.run('exercises.check("0.1"').startswith("0.1 passed: ")


def test_a_measured_prediction_and_one_to_keep(puzzle):
    puzzle.predict("farthest_guess = Prediction(", ["Home", "ArrowRight"])
    said = puzzle.run("farthest_guess.compare(")
    assert said == "You predicted 1 pixels. Measured: 27 pixels.\n"
    puzzle.predict("uniform_guess = Prediction(", ["End"])
    said = puzzle.run("for guess in (uniform_guess")
    assert "100 %" in said and said.count("no prediction yet") == 2


def test_a_painted_hold_out_is_measured_and_saved(puzzle):
    painter = puzzle.below("painter = HoldOutPainter(")
    settle = puzzle.notebook.page.wait_for_timeout  # a change reaches Python within 0.1 s
    painter.get_by_role("button", name="Clear").click()
    settle(300)
    assert puzzle.run("painter.save()") == (
        "Paint some positions and leave some, then run this cell again.\n"
    )
    painter.get_by_role("button", name="Quadrant").click()
    settle(300)
    said = puzzle.run("painter.save()")
    assert said.startswith("train 615, test 169; saved for notebook 03\n")
    assert "is 13.0 pixels from train" in said and "neighbours: 0.0 % right" in said
    puzzle.write(
        "painter = HoldOutPainter(", "painter = HoldOutPainter(canvas=32, square=5)\npainter"
    )
    # The cell has run, but the new painter draws itself a little later.
    expect(painter.locator(".count")).to_have_text("train 615 / test 169")
