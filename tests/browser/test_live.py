"""Watching a training, stopping it while a cell waits for it, and playing it again."""

from __future__ import annotations

import re

from playwright.sync_api import expect

SETUP = """from coordlib import datasets
from coordlib.recipes import Recipe
from coordlib.tasks import classification
from coordlib.widgets import LiveTraining
split = datasets.split("quadrant", 16, 3)
network = classification.build("deconv", 16)
experiment = classification.Experiment(network, split)
maps = lambda: classification.probability_maps(network, split.test[:4])"""
TRAIN = """live = LiveTraining(experiment, Recipe(epochs={epochs}), picture=maps,
                    captions=["a", "b", "c", "d"], marks=split.test[:4], mark_size=3)
live.wait()"""
RESULT = "print(live.result.finished, live.result.step > 0, live.progress['state'])"


def _wait_until_it_trains(page):
    """The bar moves and the curves are drawn while the cell is still waiting."""
    page.wait_for_function(
        """() => {
            const bar = document.querySelector('.coordlib-live [role=progressbar]');
            return bar && Number(bar.getAttribute('aria-valuenow')) >= 1 &&
                document.querySelectorAll('.coordlib-live path[d*=L]').length >= 3;
        }"""
    )
    assert page.locator(".coordlib-live .status").inner_text().startswith("epoch ")


def test_stop_while_a_cell_waits(open_notebook):
    notebook = open_notebook(SETUP, TRAIN.format(epochs=2000), RESULT)
    notebook.start()
    _wait_until_it_trains(notebook.page)
    notebook.page.locator(".coordlib").get_by_role("button", name="Stop").click()
    notebook.finish()
    assert notebook.output(2) == "False True stopped"
    status = notebook.page.locator(".coordlib-live .status").inner_text()
    assert status.startswith("stopped after")
    assert notebook.page.locator(".coordlib-still img").count() == 1
    assert not notebook.page.locator(".coordlib-still img").is_visible()


def test_interrupt_keeps_what_was_learnt(open_notebook):
    notebook = open_notebook(SETUP, TRAIN.format(epochs=2000), RESULT)
    notebook.start()
    _wait_until_it_trains(notebook.page)
    notebook.page.evaluate("() => window.jupyterapp.commands.execute('notebook:interrupt-kernel')")
    notebook.finish()
    # An interrupt also drops the cells that were queued.
    assert notebook.run("print(live.result") == "False True stopped"


def test_play_again(open_notebook):
    notebook = open_notebook(SETUP, TRAIN.format(epochs=12), RESULT)
    notebook.run_all()
    assert notebook.output(2) == "True True finished"
    page = notebook.page
    live = page.locator(".coordlib-live")
    text = live.locator(".replay .number")
    scrubber = page.locator(".coordlib").get_by_role("slider")
    assert text.inner_text() == "after step 120 of 120"
    picture = "() => document.querySelector('.coordlib-live canvas').toDataURL()"
    last = page.evaluate(picture)
    scrubber.focus()
    page.keyboard.press("Home")
    assert text.inner_text() == "after step 0 of 120"
    assert page.evaluate(picture) != last
    said = notebook.play_again(live)
    every = [f"after step {step} of 120" for step in range(0, 121, 10)]
    assert [words for words in said if words in every] == every
    assert page.evaluate(picture) == last


def test_a_screen_reader_hears_of_it_now_and_then(open_notebook):
    notebook = open_notebook(SETUP, TRAIN.format(epochs=2000))
    notebook.start()
    page = notebook.page
    _wait_until_it_trains(page)
    changes = page.evaluate(
        """async () => {
            const counts = { ".status": 0, "[role=status]": 0 };
            for (const name of Object.keys(counts)) {
                const node = document.querySelector(`.coordlib-live ${name}`);
                const count = () => { counts[name] += 1; };
                new MutationObserver(count).observe(node, { childList: true });
            }
            await new Promise((done) => setTimeout(done, 6000));
            return counts;
        }"""
    )
    assert changes[".status"] > 4 and 1 <= changes["[role=status]"] <= 2
    live = page.locator(".coordlib-live")
    stop = live.locator(".head button")
    stop.focus()
    page.keyboard.press("Enter")
    live.locator(".status", has_text="stopped after").wait_for()
    expect(stop).to_be_focused()  # and not the page's body
    expect(stop).to_be_disabled()
    expect(live.get_by_role("status")).to_contain_text("stopped after")
    notebook.finish()


def test_charts_say_their_values_and_name_their_axis(open_notebook):
    notebook = open_notebook(SETUP, TRAIN.format(epochs=4))
    notebook.run_all()
    loss, accuracy = notebook.page.locator(".coordlib-live .charts svg").all()
    number = r"\d+(\.\d+)?(e-\d+)?"
    expect(loss).to_have_attribute(
        "aria-label",
        re.compile(rf"Chart of loss over (\d+) steps: loss now {number}, lowest {number}"),
    )
    said = accuracy.get_attribute("aria-label")
    assert said.startswith("Chart of train accuracy and test accuracy over ")
    for name in ("train", "test"):
        assert re.search(rf"{name} accuracy now {number}, highest {number}", said)
    steps = re.search(r"over (\d+) steps", said).group(1)
    texts = accuracy.locator("text").all_text_contents()
    assert texts[-3:] == ["0", "step", f"{int(steps):,}"]
