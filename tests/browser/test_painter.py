"""Painting a hold-out with the pointer and with the keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

SHOW = "from coordlib.widgets import HoldOutPainter\npainter = HoldOutPainter()\npainter"
SAVE = "painter.save()\nprint((HoldOutPainter.saved() == painter.mask).all())"


@pytest.fixture
def painter(open_notebook):
    notebook = open_notebook(SHOW, SAVE)
    notebook.run_all()
    return notebook


def _drag(page, start, end):
    """Drag from pixel to pixel of the painted canvas, in one jump as a fast hand does."""
    place = page.locator(".coordlib-painter canvas").bounding_box()
    at = [
        [
            place["x"] + (x + 0.5) * place["width"] / 32,
            place["y"] + (y + 0.5) * place["height"] / 32,
        ]
        for x, y in (start, end)
    ]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1])
    page.mouse.up()


def test_paints_erases_and_saves_by_pointer(painter):
    page = painter.page
    count = page.locator(".coordlib-painter .count")
    page.locator(".coordlib").get_by_role("button", name="Clear").click()
    expect(count).to_have_text("train 784 / test 0: paint some")
    _drag(page, (10, 10), (25, 10))
    expect(count).to_have_text(f"train {784 - 54} / test 54")  # 18 × 3 pixels, no gap
    painter.until("painter.mask.sum() == 54 and painter.mask[10, 20] and not painter.mask[20, 10]")
    assert painter.run("painter.save()") == "True"
    _drag(page, (10, 10), (25, 10))
    expect(count).to_have_text("train 784 / test 0: paint some")


def test_paints_by_keyboard_by_presets_and_from_python(painter):
    page = painter.page
    count = page.locator(".coordlib-painter .count")
    page.locator(".coordlib").get_by_role("button", name="Clear").click()
    page.locator(".coordlib-painter canvas").focus()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(count).to_have_text("train 775 / test 9")
    page.keyboard.press("Shift+ArrowRight")
    expect(count).to_have_text("train 772 / test 12")
    painter.until("painter.mask.sum() == 12 and painter.mask[20, 10] and not painter.mask[10, 20]")
    page.locator(".coordlib").get_by_role("button", name="Quadrant").click()
    expect(count).to_have_text("train 615 / test 169")
    page.locator(".coordlib").get_by_role("button", name="Invert").click()
    expect(count).to_have_text("train 169 / test 615")
    painter.until("painter.mask.sum() == 615 and painter.mask[10, 20] and painter.mask[20, 10]")
    painter.execute("painter.mask = ~painter.mask")
    expect(count).to_have_text("train 615 / test 169")


def test_undo_takes_back_a_stroke_a_preset_and_a_key(painter):
    page = painter.page
    root = page.locator(".coordlib-painter")
    count, undo = root.locator(".count"), root.get_by_role("button", name="Undo")
    expect(undo).to_be_disabled()
    root.get_by_role("button", name="Clear").click()
    _drag(page, (10, 10), (25, 10))
    expect(count).to_have_text("train 730 / test 54")
    page.keyboard.press("Control+z")  # the press has given the canvas the keys
    expect(count).to_have_text("train 784 / test 0: paint some")
    page.keyboard.press("Space")
    expect(count).not_to_have_text("train 784 / test 0: paint some")
    for _ in range(2):
        undo.click()
    expect(count).to_have_text("train 576 / test 208")
    expect(undo).to_be_disabled()
    painter.until("painter.mask.sum() == 208")


def test_shift_and_an_arrow_go_on_with_what_space_did(painter):
    page = painter.page
    count = page.locator(".coordlib-painter .count")
    page.locator(".coordlib-painter canvas").focus()  # in the middle of the disc
    page.keyboard.press("Space")
    expect(count).to_have_text("train 585 / test 199")
    page.keyboard.press("Shift+ArrowRight")
    expect(count).to_have_text("train 588 / test 196")
    page.keyboard.press("Control+z")
    expect(count).to_have_text("train 585 / test 199")
