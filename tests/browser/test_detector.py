"""A detector step by step; the page and torchvision must keep the same boxes."""

from __future__ import annotations

import re

import pytest
import torch
from playwright.sync_api import expect
from torchvision.ops import nms

from coordlib.tasks.detection import anchors
from coordlib.widgets import base

CELL = """import torch
from coordlib import datasets
from coordlib.tasks import detection
from coordlib.widgets import DetectorSteps
fields = datasets.scatter(datasets.load_digits("mnist", "test"), 2)
anchors = detection.anchors()
generator = torch.Generator().manual_seed(0)
scores = torch.rand(2, len(anchors), generator=generator)
ties = (8 * scores).round() / 8
moves = 3 * torch.randn(2, len(anchors), 4, generator=generator)
boxes = (anchors + moves).clamp(min=0)
boxes = torch.cat((boxes[..., :2], boxes[..., 2:].maximum(boxes[..., :2])), -1)
steps = DetectorSteps(fields.images, anchors, {scores}, boxes, fields.boxes)
steps"""
SAID = "print(steps.alt())"

KEEP = """async ({ source, boxes, scores, thresholds, most }) => {
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const { keep, surestFirst } = await import(address);
    const all = boxes.map((box) => new Float32Array(box));
    const order = surestFirst(new Float32Array(scores));
    return thresholds.map((threshold) => keep(all, order, threshold, most));
}"""


@pytest.mark.parametrize("moved", [0.0, 3.0])
def test_javascript_keeps_what_torchvision_does(browser, moved):
    # Where nothing is moved, many pairs overlap by 0.6, 0.75 or 0.8 exactly; half the scores tie.
    generator = torch.Generator().manual_seed(1)
    boxes = anchors() + moved * torch.randn(1521, 1, generator=generator)
    scores = (400 * torch.rand(1521, generator=generator)).round() / 400
    thresholds = [n / 20 for n in range(1, 20)]
    given = {"boxes": boxes.tolist(), "scores": scores.tolist(), "thresholds": thresholds}
    page = browser.new_page()
    found = page.evaluate(KEEP, {"source": base.source("boxes.js"), "most": 1521, **given})
    page.close()
    for threshold, kept in zip(thresholds, found, strict=True):
        assert kept == nms(boxes, scores, threshold).tolist(), threshold


def numbers(text):
    return re.findall(r"\d[\d,]*(?:\.\d+)?", text)


@pytest.mark.parametrize("scores", ["scores", "ties"])
def test_page_and_python_say_the_same(open_notebook, record_property, scores):
    notebook = open_notebook(CELL.format(scores=scores), SAID)
    notebook.run_all()
    page = notebook.page
    root = page.locator(".coordlib-detector")
    facts = root.locator(".facts")
    root.get_by_role("button", name="2 Scores").click()
    expect(facts).to_contain_text("have a score above 0.5")
    likely = numbers(facts.inner_text())[0]
    root.get_by_role("button", name="3 Boxes").click()
    expect(facts).to_contain_text("of their boxes")
    before, after = numbers(facts.inner_text())
    root.get_by_role("button", name="4 Keep").click()
    slider = root.get_by_role("slider", name="drop above IOU")
    times = []
    for keys, threshold in (((), 0.8), (("Home",), 0.05), (("ArrowRight",) * 9, 0.5)):
        slider.focus()  # for a cell that is run takes the keys
        for key in keys:
            page.keyboard.press(key)
        expect(root.locator(".answer")).to_have_text(f"{threshold:.2f}")
        times.append(float(root.get_attribute("data-milliseconds")))
        notebook.until(f"abs(steps.threshold - {threshold}) < 1e-9 and steps.step == 'keep'")
        kept, _, select, hit, _, _ = numbers(facts.inner_text())
        said = re.findall(r"≈ ([\d,.]*\d)", notebook.run(SAID))
        assert said == [likely, kept, before, after, select, hit], threshold
        drawn = root.locator("canvas").get_attribute("aria-label")
        assert drawn.startswith(f"Step Keep, picture 1: Kept: {kept} of 1,521 boxes.")
    record_property("dropping boxes", times)


def test_pointer_and_keys_choose_a_cell(open_notebook, record_property):
    notebook = open_notebook(CELL.format(scores="scores"))
    notebook.run_all()
    page = notebook.page
    root = page.locator(".coordlib-detector")
    facts, canvas = root.locator(".facts"), root.locator("canvas")
    expect(facts).to_contain_text("The cell at (32, 32): 9 of its 9 anchors have their centre")
    expect(facts).to_contain_text("their sides are 15 to 25 pixels")
    canvas.scroll_into_view_if_needed()
    width = canvas.bounding_box()["width"]
    canvas.hover(position={"x": 41 / 64 * width, "y": 19 / 64 * width})
    expect(facts).to_contain_text("The cell at (40, 20):")
    canvas.hover(position={"x": width - 2, "y": 2})
    expect(facts).to_contain_text("The cell at (56, 8):")
    canvas.focus()
    times = []
    for key, place in (("ArrowLeft", "(52, 8)"), ("ArrowDown", "(52, 12)")):
        page.keyboard.press(key)
        expect(facts).to_contain_text(place)
        times.append(float(root.get_attribute("data-milliseconds")))
    record_property("choosing a cell", times)
    expect(root.locator(".spoken")).to_contain_text("(52, 12)")


def test_it_follows_python_and_goes_on_to_another_picture(open_notebook):
    notebook = open_notebook(CELL.format(scores="scores"))
    notebook.run_all()
    root = notebook.page.locator(".coordlib-detector")
    keep = root.get_by_role("button", name="4 Keep")
    expect(keep).to_have_attribute("aria-pressed", "false")
    expect(root.get_by_role("slider")).to_have_count(0)
    notebook.execute("steps.step, steps.picture, steps.threshold = 'keep', 1, 0.25")
    expect(keep).to_have_attribute("aria-pressed", "true")
    expect(root.locator(".answer")).to_have_text("0.25")
    canvas = root.locator("canvas")
    expect(canvas).to_have_attribute("aria-label", re.compile("^Step Keep, picture 2: "))
    root.get_by_role("button", name="Another picture").click()
    expect(canvas).to_have_attribute("aria-label", re.compile("^Step Keep, picture 1: "))
    notebook.until("steps.picture == 0 and steps.step == 'keep'")


def test_true_boxes_are_drawn_when_asked_for(open_notebook):
    notebook = open_notebook(CELL.format(scores="scores"))
    notebook.run_all()
    root = notebook.page.locator(".coordlib-detector")
    picture = "() => document.querySelector('.coordlib-detector canvas').toDataURL()"
    expect(root.locator(".facts")).to_contain_text("1,521 anchors")
    without = notebook.page.evaluate(picture)
    root.get_by_role("checkbox").check()
    notebook.page.wait_for_function(f"(without) => ({picture})() !== without", arg=without)
    root.get_by_role("checkbox").uncheck()
    notebook.page.wait_for_function(f"(without) => ({picture})() === without", arg=without)


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_boxes_move_unless_the_system_asks_for_less_motion(open_notebook, motion):
    notebook = open_notebook(CELL.format(scores="scores"))
    notebook.run_all()
    page = notebook.page
    root = page.locator(".coordlib-detector")
    expect(root.locator(".facts")).to_contain_text("1,521 anchors")
    page.emulate_media(reduced_motion=motion)
    root.evaluate(
        """(root) => {
            window.drawn = 0;
            const count = () => { window.drawn += 1; };
            new MutationObserver(count).observe(root, { attributeFilter: ["data-milliseconds"] });
        }"""
    )
    root.get_by_role("button", name="3 Boxes").click()
    page.wait_for_function("() => window.drawn > 0")
    if motion == "no-preference":
        page.wait_for_function("() => window.drawn > 1")
    else:  # ten frames later nothing has moved
        page.evaluate(
            """async () => {
                for (let n = 0; n < 10; n += 1) await new Promise(requestAnimationFrame);
            }"""
        )
        assert page.evaluate("() => window.drawn") == 1
    page.emulate_media(reduced_motion="null")
