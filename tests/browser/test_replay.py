"""Replaying recorded episodes by pointer and by keyboard; what the page draws of a frame."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

# "plain", 20 frames of 8 × 8: frame n has the level 10 n, and a white pixel in column n % 8 of row
# 2. "CoordConv", 6 frames of 6 × 8: frame n is red, green and blue (40 n, 0, 255).
CELL = """import threading
import torch
from coordlib.widgets import Replay
gate = threading.Event()
grey = 10 * torch.arange(20).byte()[:, None, None].repeat(1, 8, 8)
grey[range(20), 2, torch.arange(20) % 8] = 255
colours = torch.zeros(6, 6, 8, 3, dtype=torch.uint8)
colours[..., 0] = 40 * torch.arange(6).byte()[:, None, None]
colours[..., 2] = 255
words = [f"score {n}" for n in range(20)]
replay = Replay({"plain": (grey, words), "CoordConv": (colours, words[:6])}, pace=10)
replay"""

LARGE = """import torch
from coordlib.widgets import Replay
frames = torch.zeros(600, 84, 84, dtype=torch.uint8)
for n in range(600):
    frames[n, n % 84] = frames[n, :, n // 8] = 200
words = [f"right, score {n}" for n in range(600)]
replay = Replay({name: (frames, words) for name in ("plain", "CoordConv", "one", "two")})
replay"""

# The colour in the middle of a pixel of a picture that is `width` pixels wide.
PIXEL = """(canvas, [column, row, width]) => {
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
    copy.drawImage(canvas, 0, 0);
    const zoom = canvas.width / width;
    const place = [column, row].map((at) => Math.floor((at + 0.5) * zoom));
    return [...copy.getImageData(...place, 1, 1).data.slice(0, 3)];
}"""


@pytest.fixture
def replay(open_notebook):
    notebook = open_notebook(CELL)
    notebook.run_all()
    return notebook


def _root(notebook):
    return notebook.page.locator(".coordlib-replay")


def _button(notebook, name):
    return _root(notebook).get_by_role("button", name=name)


def test_it_shows_the_end_and_plays_from_the_start_to_the_end(replay):
    root, (plain, coordconv) = _root(replay), _root(replay).locator(".facts").all()
    expect(plain).to_have_text("score 19frame 20 of 20")
    expect(coordconv).to_have_text("score 5frame 6 of 6, over")
    root.evaluate(
        """(root) => {
            window.said = [];
            const node = root.querySelector(".answer");
            const note = () => window.said.push(Number(node.textContent.split(" / ")[0]));
            new MutationObserver(note).observe(node, { childList: true });
        }"""
    )
    _button(replay, "Play").click()
    expect(_button(replay, "Pause")).to_be_visible()
    _button(replay, "Play").wait_for()
    expect(root.locator(".answer")).to_have_text("20 / 20")
    said = replay.page.evaluate("() => window.said")
    assert said[0] == 1 and said[-1] == 20 and said == sorted(said)
    # A busy page may leave out some frames, and draws no other one.
    assert len(said) >= 3
    replay.until("replay.frame == 19")


def test_it_plays_while_the_kernel_is_busy_and_pauses_where_it_is(replay):
    replay.execute("replay.frame = 0")
    answer = _root(replay).locator(".answer")
    expect(answer).to_have_text("1 / 20")
    replay.page.evaluate(
        """() => {
            const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
            window.waiting = kernel.requestExecute({ code: "gate.wait()" }).done;
        }"""
    )
    _button(replay, "Play").click()
    replay.page.wait_for_function(
        "() => parseInt(document.querySelector('.coordlib-replay .answer').textContent) >= 5"
    )
    _button(replay, "Pause").click()
    expect(_button(replay, "Play")).to_be_visible()
    there = answer.inner_text()
    replay.page.wait_for_timeout(500)
    expect(answer).to_have_text(there)
    # The kernel has waited all the while: what was drawn needed none.
    replay.page.evaluate(
        """() => {
            const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
            return kernel.interrupt();
        }"""
    )
    assert replay.page.evaluate("async () => (await window.waiting).content.status") == "error"
    replay.until(f"replay.frame == {int(there.split(' / ')[0]) - 1}")


def test_frames_are_drawn_sharply_in_their_own_colours(replay):
    plain, coordconv = _root(replay).locator("canvas").all()
    for n in (3, 0, 13):
        replay.execute(f"replay.frame = {n}")
        expect(plain).to_have_attribute("aria-label", f"plain: score {n}, frame {n + 1} of 20")
        row = [plain.evaluate(PIXEL, [column, 2, 8]) for column in range(8)]
        assert row == [[255] * 3 if column == n % 8 else [10 * n] * 3 for column in range(8)]
        assert coordconv.evaluate(PIXEL, [7, 5, 8]) == [40 * min(n, 5), 0, 255]
    expect(coordconv).to_have_attribute("aria-label", "CoordConv: score 5, frame 6 of 6, over")
    place = coordconv.bounding_box()
    assert place["width"] / place["height"] == pytest.approx(8 / 6, rel=0.02)
    assert place["width"] > 150


def test_keys_move_the_slider_and_play(replay):
    root, page = _root(replay), replay.page
    answer = root.locator(".answer")
    root.locator("canvas").first.click()  # hands the keys to the slider
    page.keyboard.press("Home")
    expect(answer).to_have_text("1 / 20")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    expect(answer).to_have_text("3 / 20")
    expect(root.get_by_role("slider")).to_have_attribute("aria-valuetext", "frame 3 of 20")
    replay.until("replay.frame == 2")
    page.keyboard.press("Space")
    expect(_button(replay, "Pause")).to_be_visible()
    page.keyboard.press("ArrowLeft")  # pauses too
    expect(_button(replay, "Play")).to_be_visible()
    page.keyboard.press("End")
    expect(answer).to_have_text("20 / 20")
    _button(replay, "Play").focus()
    page.keyboard.press("ArrowLeft")
    expect(answer).to_have_text("19 / 20")
    page.keyboard.press("Space")  # on the button, once and not twice
    expect(_button(replay, "Play")).to_be_visible()  # at the end again
    replay.until("replay.frame == 19")


def test_four_episodes_of_600_frames(open_notebook, record_property):
    notebook = open_notebook(LARGE)
    notebook.run_all()
    root, moving = _root(notebook), []
    expect(root.locator(".answer")).to_have_text("600 / 600")
    root.get_by_role("slider").focus()
    for n in range(599, 570, -1):
        notebook.page.keyboard.press("ArrowLeft")
        expect(root.locator(".answer")).to_have_text(f"{n} / 600")
        moving.append(float(root.get_attribute("data-milliseconds")))
    record_property("moving in a replay", moving)
