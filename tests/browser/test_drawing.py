"""Drawing digits by pointer and by keyboard, and what detectors find while one draws."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

CELL = """import threading
import torch
from coordlib.widgets import DigitCanvas
looks, gate = [], threading.Event()
gate.set()

def around_ink(picture):
    looks.append(None)
    gate.wait()
    rows, columns = (picture[0, 0] > 0).nonzero().T
    if not len(rows):
        return [], []
    box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    return torch.tensor([box, [0, 0, 5, 5]]), torch.tensor([0.9, 0.4])

def shy(picture):
    if picture[0, 0, :20].any():
        raise RuntimeError("too high up")
    return [], []

digits = torch.full((2, 28, 28), 200, dtype=torch.uint8)
canvas = DigitCanvas({"Conv": shy, "CoordConv": around_ink}, digits=digits)
canvas"""


@pytest.fixture
def canvas(open_notebook):
    notebook = open_notebook(CELL)
    notebook.run_all()
    return notebook


def _facts(notebook, detector):
    """What stands below a detector's panel; the drawing's own is the first."""
    number = ("", "Conv", "CoordConv").index(detector)
    return notebook.page.locator(".coordlib-drawing .panel .facts").nth(number)


def _press(notebook, name):
    notebook.page.locator(".coordlib").get_by_role("button", name=name).click()


def _drag(notebook, *places):
    """Drag from place to place, (x, y) in the canvas's pixels, and lift the pen at the last."""
    mouse = notebook.page.mouse
    around = notebook.page.locator(".coordlib-drawing canvas").first.bounding_box()
    scale = around["width"] / 64
    for n, (x, y) in enumerate(places):
        mouse.move(around["x"] + x * scale, around["y"] + y * scale)
        if n == 0:
            mouse.down()
    mouse.up()


def test_a_stroke_is_soft_and_its_box_is_found(canvas):
    page = canvas.page
    expect(_facts(canvas, "CoordConv")).to_have_text("0 boxes")
    _drag(canvas, (20, 40), (50, 40))  # in one jump, as a fast hand does
    expect(_facts(canvas, "CoordConv")).to_have_text("1 box, the surest 0.90")
    canvas.until(
        "canvas.drawing[39, 19:51].min() > 100 and 0 < canvas.drawing[38, 30] < 250"
        " and not canvas.drawing[:37].any() and not canvas.drawing[43:].any()"
    )
    canvas.until("canvas.found[1]['boxes'][0] == [18, 38, 52, 42]")
    picture = page.locator(".coordlib-drawing canvas").last
    expect(picture).to_have_attribute("aria-label", "CoordConv: 1 box, the surest 0.90")
    _press(canvas, "Eraser")
    expect(page.get_by_role("button", name="Eraser")).to_have_attribute("aria-pressed", "true")
    _drag(canvas, (20, 40), (50, 40))
    expect(_facts(canvas, "CoordConv")).to_have_text("0 boxes")
    _press(canvas, "Undo")
    expect(_facts(canvas, "CoordConv")).to_have_text("1 box, the surest 0.90")
    _press(canvas, "Clear")
    expect(_facts(canvas, "CoordConv")).to_have_text("0 boxes")
    canvas.until("not canvas.drawing.any()")


def test_drawing_by_keys(canvas):
    page = canvas.page
    page.locator(".coordlib-drawing canvas").first.focus()
    for key in ("ArrowLeft", "ArrowDown", "Space"):
        page.keyboard.press(key)
    canvas.until("canvas.found[1]['boxes'][:1] == [[30, 32, 33, 35]]")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowRight")
    canvas.until("canvas.found[1]['boxes'][0] == [30, 32, 37, 35]")
    for _ in range(4):
        page.keyboard.press("Control+z")
    canvas.until("canvas.found[1]['boxes'][0] == [30, 32, 33, 35]")
    page.keyboard.press("Control+z")
    expect(_facts(canvas, "CoordConv")).to_have_text("0 boxes")
    expect(page.locator(".coordlib").get_by_role("button", name="Undo")).to_be_disabled()


def test_an_answer_while_one_draws(canvas, record_property):
    root = canvas.page.locator(".coordlib-drawing")
    times = []
    for y in range(24, 40, 2):
        _drag(canvas, (10, y), (30, y))
        canvas.until(f"canvas.drawing[{y}, 20] and canvas.answered == canvas.asked")
        times.append(float(root.get_attribute("data-milliseconds")))
    record_property("finding what is drawn", times)


def test_drawings_that_come_while_a_detector_looks_do_not_queue(canvas):
    canvas.execute("seen = len(looks)\ngate.clear()")
    for y in range(24, 44):
        _drag(canvas, (10, y), (30, y))
        if y == 24:
            canvas.until("len(looks) == seen + 1")
    expect(_facts(canvas, "CoordConv")).to_have_text("looking …")
    canvas.execute("gate.set()")
    canvas.until("canvas.found[1]['boxes'] and canvas.found[1]['boxes'][0] == [8, 22, 32, 45]")
    expect(_facts(canvas, "CoordConv")).to_have_text("1 box, the surest 0.90")
    canvas.until("len(looks) <= seen + 3")  # of 20 drawings


def test_a_detector_that_raises_is_asked_again(canvas):
    _drag(canvas, (20, 10), (30, 10))
    expect(_facts(canvas, "Conv")).to_have_text("RuntimeError: too high up")
    expect(_facts(canvas, "CoordConv")).to_have_text("1 box, the surest 0.90")
    _press(canvas, "Undo")
    expect(_facts(canvas, "Conv")).to_have_text("0 boxes")


def test_the_threshold_hides_boxes(canvas):
    _drag(canvas, (20, 40), (50, 40))
    expect(_facts(canvas, "CoordConv")).to_have_text("1 box, the surest 0.90")
    slider = canvas.page.locator(".coordlib").get_by_role("slider")
    slider.focus()
    for _ in range(3):
        canvas.page.keyboard.press("ArrowLeft")
    expect(_facts(canvas, "CoordConv")).to_have_text("2 boxes, the surest 0.90")
    canvas.until("canvas.threshold == 0.35 and 'CoordConv: boxes ≈ 2' in canvas.alt()")
    canvas.page.keyboard.press("End")
    expect(_facts(canvas, "CoordConv")).to_have_text("0 boxes, the surest 0.90")
    canvas.until("canvas.threshold == 0.95")  # a message still under way would undo the next line
    canvas.execute("canvas.threshold = 0.8")
    expect(_facts(canvas, "CoordConv")).to_have_text("1 box, the surest 0.90")
    expect(slider).to_have_value("0.8")


def test_an_example_digit_and_a_drawing_from_python(canvas):
    _press(canvas, "Put a digit")
    canvas.until("(canvas.drawing == 200).sum() == 28 * 28")
    expect(_facts(canvas, "CoordConv")).to_have_text("1 box, the surest 0.90")
    canvas.execute("canvas.drawing = 0 * canvas.drawing")
    expect(_facts(canvas, "CoordConv")).to_have_text("0 boxes")
    white = """() => {
        const canvas = document.querySelector(".coordlib-drawing canvas");
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
        return data.every((level) => level === 255);
    }"""
    canvas.page.wait_for_function(white)
