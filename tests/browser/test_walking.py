"""Walking between latents by pointer and by keyboard; what the page draws and says of a frame."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

# Between two squares at (4, 8) and (11, 8): "Conv" fades one into the other, "CoordConv" moves it.
CELL = """import threading
import torch
from coordlib.widgets import LatentWalk
gate = threading.Event()
gate.set()

def square(column, row):
    map = torch.zeros(16, 16)
    map[row - 3 : row + 4, column - 3 : column + 4] = 1
    return torch.stack([torch.ones(16, 16), 1 - map, 1 - map])

def fades(latents):
    gate.wait()
    start, end = square(4, 8), square(11, 8)
    return torch.stack([torch.lerp(start, end, part) for part in latents[:, 0]])

def moves(latents):
    return torch.stack([square(*place) for place in latents.round().int().tolist()])

places = torch.tensor([[[4.0, 8], [8, 4], [3, 3]], [[11, 8], [8, 11], [3, 3]]])
walking = LatentWalk(
    {"Conv": (fades, torch.zeros(3, 1), torch.ones(3, 1)), "CoordConv": (moves, *places)},
    frames=8,
)
walking"""

DECODERS = """import torch
from coordlib.tasks import vae
from coordlib.widgets import LatentWalk
conv, coordconv = (vae.build(name, side=32).eval().decode for name in ("deconv", "coordconv"))
start, end = torch.randn(2, 6, 8)
walking = LatentWalk({"Conv": (conv, start, end), "CoordConv": (coordconv, start, end)})
walking"""

# The darkest and the reddest a canvas is in a column of the picture's pixels, 32 to one.
COLUMN = """(canvas, column) => {
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(32 * column, 0, 32, 512);
    const pixels = Array.from({ length: data.length / 4 }, (_, n) => data.slice(4 * n, 4 * n + 3));
    return {
        dark: Math.min(...pixels.map((pixel) => Math.max(...pixel))) < 60,
        red: Math.max(...pixels.map(([red, green, blue]) => red - Math.max(green, blue))),
    };
}"""


@pytest.fixture
def walking(open_notebook):
    notebook = open_notebook(CELL)
    notebook.run_all()
    return notebook


def _facts(notebook):
    """What stands below Conv's picture, and below CoordConv's."""
    return notebook.page.locator(".coordlib-walking .facts").all()


def _press(notebook, name):
    notebook.page.locator(".coordlib").get_by_role("button", name=name).click()


def test_the_slider_shows_what_fades_and_what_moves(walking):
    page = walking.page
    root, slider = page.locator(".coordlib-walking"), page.locator(".coordlib input")
    conv, coordconv = _facts(walking)
    expect(root.locator(".answer")).to_have_text("0.57")  # the first picture tells the story
    expect(conv).to_have_text(re.compile("^exactly one red object: ✗ no"))
    expect(coordconv).to_have_text("exactly one red object: ✓ yesred at (8.0, 8.0)")
    slider.focus()
    for n in range(3, -1, -1):
        page.keyboard.press("ArrowLeft")
        expect(root.locator(".answer")).to_have_text(f"{n / 7:.2f}")
        expect(coordconv).to_contain_text(f"red at ({4 + n}.0, 8.0)")
    expect(slider).to_have_attribute("aria-valuetext", "0.00")
    expect(conv).to_have_text("exactly one red object: ✓ yesred at (4.0, 8.0)")
    page.keyboard.press("End")
    expect(conv).to_have_text("exactly one red object: ✓ yesred at (11.0, 8.0)")
    walking.until("walking.frame == 7")
    walking.execute("walking.frame = 2")
    expect(coordconv).to_contain_text("red at (6.0, 8.0)")
    expect(slider).to_have_value("2")
    canvas = root.locator("canvas").last
    expect(canvas).to_have_attribute(
        "aria-label", "CoordConv: exactly one red object: ✓ yes, red at (6.0, 8.0)"
    )


def test_pictures_are_drawn_sharply_and_the_path_over_them(walking):
    page = walking.page
    conv, coordconv = page.locator(".coordlib-walking canvas").all()
    walking.execute("walking.frame = 2")
    expect(_facts(walking)[1]).to_contain_text("red at (6.0, 8.0)")
    column = {n: coordconv.evaluate(COLUMN, n) for n in range(16)}
    assert [n for n in column if column[n]["red"] == 255] == list(range(3, 10))
    assert all(column[n]["red"] == 0 for n in (*range(3), *range(10, 16)))  # and nothing between
    assert [n for n in (3, 4, 5, 6, 9) if column[n]["dark"]] == [4, 5, 6]
    faded = [conv.evaluate(COLUMN, n)["red"] for n in (2, 12)]
    assert faded == [round(255 * 5 / 7), round(255 * 2 / 7)]
    walking.execute("walking.frame = 7")
    expect(_facts(walking)[1]).to_contain_text("red at (11.0, 8.0)")
    # In between nothing is red enough to lie anywhere, so no line leads over.
    assert not conv.evaluate(COLUMN, 6)["dark"]


def test_another_walk_is_painted_when_it_is_chosen(walking):
    root = walking.page.locator(".coordlib-walking")
    _, coordconv = _facts(walking)
    walking.execute("gate.clear()")
    _press(walking, "Next walk")
    expect(root.locator(".which")).to_have_text("painting …")
    expect(coordconv).to_contain_text("red at (8.0, 8.0)")  # the last one's picture stays
    walking.execute("gate.set()")
    expect(root.locator(".which")).to_have_text("walk 2 of 3")
    expect(coordconv).to_contain_text("red at (8.0, 8.0)")
    for number, place in ((3, "(3.0, 3.0)"), (1, "(8.0, 8.0)")):
        _press(walking, "Next walk")
        expect(root.locator(".which")).to_have_text(f"walk {number} of 3")
        expect(coordconv).to_contain_text(f"red at {place}")
    _press(walking, "Previous walk")
    expect(root.locator(".which")).to_have_text("walk 3 of 3")
    walking.until("walking.number == walking.painted == 2 and 'Walk 3 of 3' in walking.alt()")


def test_arrows_move_the_slider_after_a_press_on_a_button(walking):
    _press(walking, "Next walk")
    expect(walking.page.locator(".coordlib .which")).to_have_text("walk 2 of 3")
    walking.page.keyboard.press("ArrowRight")
    walking.page.keyboard.press("ArrowUp")
    expect(walking.page.locator(".coordlib .answer")).to_have_text("0.86")
    walking.page.keyboard.press("ArrowLeft")
    walking.until("walking.frame == 5")


def test_decoders_of_32_pixels_and_64_frames(open_notebook, record_property):
    notebook = open_notebook(DECODERS)
    notebook.run_all()
    root = notebook.page.locator(".coordlib-walking")
    root.get_by_role("slider").focus()
    moving, painting = [], []
    for n in range(33, 64):
        notebook.page.keyboard.press("ArrowRight")
        expect(root.locator(".answer")).to_have_text(f"{n / 63:.2f}")
        moving.append(float(root.get_attribute("data-milliseconds")))
    record_property("moving along a walk", moving)
    for number in range(2, 7):
        _press(notebook, "Next walk")
        expect(root.locator(".which")).to_have_text(f"walk {number} of 6")
        painting.append(float(root.get_attribute("data-painting")))
    record_property("painting another walk", painting)
