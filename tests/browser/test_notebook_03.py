"""Notebook 03 under a student's hands: a training stopped half-way, the probe dragged."""

from __future__ import annotations

from playwright.sync_api import expect


def test_a_stopped_training_leaves_something_to_measure(solved):
    solved.execute("recipe = dataclasses.replace(recipe, epochs=500)")
    solved.run_and_stop("shown = torch.tensor")
    said = solved.run("each_epoch.index(1)")
    assert "more than 95 % of the unseen quadrant is right at the end:" in said


def test_the_probe_answers_pointer_and_keys(solved):
    page = solved.page
    canvas = page.locator(".coordlib-probe canvas").first
    step = canvas.bounding_box()["width"] / 64

    def point_at(x):
        # Unlike a move on the page, this waits until the canvas lies still, and finds it anew.
        canvas.hover(position={"x": (x + 0.5) * step, "y": 46.5 * step})

    conv, coordconv = (page.locator(".coordlib-probe .facts").nth(n) for n in (1, 2))
    point_at(46)
    expect(coordconv).to_contain_text("brightest pixel: the true one")
    expect(conv).to_contain_text("px away")
    page.mouse.down()
    facts = page.locator(".coordlib-probe .facts").first
    for x in range(45, 20, -4):
        point_at(x)
        facts.get_by_text(f"({x}, 46)").wait_for()
        assert "brightest pixel: the true one" in coordconv.inner_text()
    page.mouse.up()
    assert "a position to train on" in facts.inner_text()
    canvas.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowRight")
    facts.get_by_text("(26, 47)").wait_for()
    assert "brightest pixel: the true one" in coordconv.inner_text()
