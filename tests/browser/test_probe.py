"""Dragging a position; the networks run in the page and must agree with torch."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest
import torch

from coordlib.tasks import classification, rendering
from coordlib.widgets import base, probe

CELL = """from coordlib import datasets
from coordlib.tasks import classification
from coordlib.widgets import Probe
networks = {
    "Conv": classification.build("deconv", multiplier=2),
    "CoordConv": classification.build("coordconv"),
}
probe = Probe(networks, datasets.split("quadrant"))
probe"""

PAINTERS = """from coordlib import datasets
from coordlib.tasks import rendering
from coordlib.widgets import Probe
networks = {
    "Conv": rendering.build("deconv", filter_size=2, multiplier=2),
    "CoordConv": rendering.build("coordconv", initialisation="xavier", seed=1),
}
networks["CoordConv"].draw[-1].bias.data.fill_(-9)  # paints nothing
probe = Probe(networks, datasets.split("quadrant"), paints=True)
probe"""

LOGITS = """async ({source, layers, weights, positions}) => {
    const address = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
    const network = await import(address);
    const bytes = Uint8Array.from(atob(weights), (letter) => letter.charCodeAt(0));
    const floats = new Float32Array(bytes.buffer);
    return positions.map(([x, y]) => Array.from(network.logits(layers, floats, x, y)));
}"""


@pytest.mark.parametrize(
    ("task", "network", "options"),
    [
        (classification, "coordconv", {"canvas": 64, "inputs": "raw"}),
        (classification, "coordconv", {"canvas": 32, "multiplier": 2}),
        (classification, "deconv", {"canvas": 64, "filter_size": 2, "multiplier": 2}),
        (classification, "deconv", {"canvas": 32, "filter_size": 3}),
        (classification, "deconv", {"canvas": 32, "filter_size": 4, "inputs": "raw"}),
        (rendering, "coordconv", {"canvas": 32, "initialisation": "xavier"}),
        (rendering, "coordconv", {"canvas": 64, "multiplier": 2, "inputs": "raw"}),
    ],
)
def test_javascript_computes_what_torch_does(browser, task, network, options):
    made = task.build(network, seed=1, **options)
    with torch.no_grad():  # statistics and factors that matter
        for module in made.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.uniform_(-0.5, 0.5)
                module.running_var.uniform_(0.2, 2)
                module.weight.uniform_(0.5, 2)
                module.bias.uniform_(-1, 1)
    made.eval()
    positions = torch.tensor([[3, 9], [20, 11], [15, 15]])
    weights = probe.Weights()
    layers = probe.layers(made, weights)
    page = browser.new_page()
    found = page.evaluate(
        LOGITS,
        {
            "source": base.source("network.js"),
            "layers": json.loads(json.dumps(layers)),
            "weights": base64.b64encode(weights.bytes()).decode(),
            "positions": positions.tolist(),
        },
    )
    page.close()
    with torch.inference_mode():
        expected = made(positions).flatten(1).numpy()
    scale = np.abs(expected).max()
    assert np.abs(np.array(found) - expected).max() < 1e-4 * scale


def test_drag_and_keys_answer(open_notebook, record_property):
    notebook = open_notebook(CELL)
    notebook.run_all()
    page = notebook.page
    facts = page.locator(".coordlib-probe .facts").first
    assert facts.inner_text().startswith("(x, y) = (46, 46)\nheld out")
    page.locator(".coordlib-probe canvas").first.focus()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("ArrowUp")
    facts.get_by_text("(41, 45)").wait_for()
    place = page.locator(".coordlib-probe canvas").nth(1).bounding_box()
    step = place["width"] / 64
    page.mouse.move(place["x"] + 10.5 * step, place["y"] + 20.5 * step)
    page.mouse.down()
    times = []
    for x in range(11, 31):
        page.mouse.move(place["x"] + (x + 0.5) * step, place["y"] + 20.5 * step)
        facts.get_by_text(f"({x}, 20)").wait_for()
        times.append(float(page.locator(".coordlib-probe").get_attribute("data-milliseconds")))
    page.mouse.up()
    assert facts.inner_text() == "(x, y) = (30, 20)\na position to train on"
    record_property("dragging a position", times)
    notebook.until("(probe.x, probe.y) == (30, 20)")


def test_paintings_say_how_far_they_overlap(open_notebook, record_property):
    notebook = open_notebook(PAINTERS, "print(probe.alt())")
    notebook.run_all()
    page = notebook.page
    assert notebook.output(1).startswith("The position (x, y) = (46, 46), and what each")
    facts = page.locator(".coordlib-probe .facts")
    assert facts.nth(2).inner_text() == "overlap (IOU) 0.000\n0 of 81 pixels painted, 0 beside them"
    page.locator(".coordlib-probe canvas").first.focus()
    times = []
    for x in range(45, 25, -1):
        page.keyboard.press("ArrowLeft")
        facts.first.get_by_text(f"({x}, 46)").wait_for()
        times.append(float(page.locator(".coordlib-probe").get_attribute("data-milliseconds")))
    record_property("moving a painted square", times)
    notebook.until("(probe.x, probe.y) == (26, 46)")
    words, shown = notebook.run("print(probe.alt"), facts.nth(1).inner_text().splitlines()[0]
    assert words.startswith("The position (x, y) = (26, 46)")
    overlap = float(shown.removeprefix("overlap (IOU) "))
    assert f"Conv: overlap with the square (IOU) ≈ {overlap:.2f}" in words
    label = page.locator(".coordlib-probe canvas").nth(1).get_attribute("aria-label")
    assert label.startswith(f"Conv: {shown}, ")
