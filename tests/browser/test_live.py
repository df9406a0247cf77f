"""Watching a training, stopping it while a cell waits for it, and playing it again."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.gallery import CHANGEABLE

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
BOXES = """made = []
def picture():
    made.append([2, 3, 7, 12] if not made else [9, 1, 12, 14])
    return 0 * maps()[:2], [made[:2], []]
live = LiveTraining(experiment, Recipe(epochs=2), picture=picture, captions=["a", "b"],
                    truth=[[], [[3, 4, 12, 13]]])
live.wait()"""
# It breaks when a weight moves by a tenth in a step, ten times the recipe's rate.
FRAGILE = """import torch

class Fragile(classification.Experiment):
    weights = None

    def loss(self, batch):
        before, self.weights = self.weights, torch.cat(
            [each.detach().flatten().clone() for each in self.network.parameters()])
        moved = 0 if before is None else (self.weights - before).abs().max()
        return super().loss(batch) * (1 if moved < 0.1 else float("nan"))

live = LiveTraining(lambda: Fragile(classification.build("deconv", 16), split),
                    Recipe(epochs=2000, learning_rate=0.01))
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


def test_boxes_are_drawn_over_the_pictures_and_replayed(open_notebook):
    notebook = open_notebook(SETUP, BOXES)
    notebook.run_all()
    page = notebook.page
    first, second = page.locator(".coordlib-live canvas").all()
    # 20 of the canvas's pixels to one of the picture's; a line lies just outside its box.
    is_dark = """(canvas, [x, y]) => {
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(20 * x - 1, 20 * y, 1, 1);
        return Math.max(...data.slice(0, 3)) < 60;
    }"""
    expect(first).to_have_attribute("aria-label", "a: 2 boxes")
    expect(second).to_have_attribute("aria-label", "b: 0 boxes")
    assert all(first.evaluate(is_dark, place) for place in ([2, 7], [9, 5]))
    assert not any(second.evaluate(is_dark, place) for place in ([2, 7], [9, 5]))
    true_side = """(canvas) => {
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(20 * 3 - 1, 20 * 4, 1, 180);
        const reds = data.filter((_, n) => n % 4 === 0);
        return [Math.min(...reds), Math.max(...reds)];
    }"""
    dash, gap = second.evaluate(true_side)
    assert dash < 150 and gap > 240
    page.locator(".coordlib").get_by_role("slider").focus()
    page.keyboard.press("Home")
    expect(first).to_have_attribute("aria-label", "a: 1 box")
    assert first.evaluate(is_dark, [2, 7]) and not first.evaluate(is_dark, [9, 5])


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


def test_a_reader_changes_it_where_it_stands(open_notebook):
    notebook = open_notebook(SETUP, CHANGEABLE.format(epochs=2000), RESULT)
    notebook.start()
    page = notebook.page
    _wait_until_it_trains(page)
    live = page.locator(".coordlib-live")
    rate, text, note = (live.locator(f".{name}") for name in ("rate input", "rate .number", "note"))
    expect(note).to_have_text("The rate acts at the next step, the rest by Reset.")
    live.locator(".charts svg").first.click()  # a press beside it leaves it alone
    page.keyboard.press("ArrowRight")
    expect(text).to_have_text("× 1, now 0.005")
    live.get_by_role("slider", name="Learning rate").focus()
    page.keyboard.press("ArrowRight")
    expect(rate).to_have_attribute("aria-valuetext", "times 3")
    expect(text).to_have_text("× 3, now 0.015")
    expect(note).to_have_text(
        re.compile(r"Changed: learning rate × 3 from step [\d,]+\. Not comparable with .* runs\.")
    )
    expect(live.locator(".rate-mark")).to_have_count(2)
    expect(live.locator(".factors text")).to_have_text(["× 3", "× 3"])

    live.get_by_role("radiogroup", name="filter size").get_by_label("3").check()
    expect(note).to_have_text("Press Reset to begin anew with filter size 3.")
    live.get_by_role("button", name="Reset").click()
    expect(note).to_contain_text("Changed: filter size 3, learning rate × 3 from step 0. Not comp")
    _wait_until_it_trains(page)
    notebook.stop_training()
    notebook.finish()
    assert notebook.output(2) == "False True stopped"


def test_after_its_cell_has_ended_a_reader_trains_to_look_at_it(open_notebook):
    notebook = open_notebook(SETUP, CHANGEABLE.format(epochs=4), RESULT)
    notebook.run_all()
    live = notebook.page.locator(".coordlib-live")
    expect(live.locator(".note")).to_have_text("Reset trains anew, with what is set here.")
    notebook.execute("kept, live_result = live.experiment, live.result")
    live.get_by_role("button", name="Play").click()
    live.get_by_label("3", exact=True).check()
    live.get_by_role("button", name="Reset").click()
    expect(live.locator(".note")).to_have_text(
        "Changed: filter size 3. Not comparable with the page's runs. The cells below still use "
        "the run that this cell ended with."
    )
    expect(live.locator(".status")).to_contain_text("finished in")
    expect(live.locator(".head button")).to_have_text("Finished")
    expect(live.locator(".replay .number")).to_have_text(re.compile(r"after step (\d+) of \1"))
    notebook.until("live.experiment is kept and live.result is live_result and live.run == 2")


def test_a_run_that_begins_just_after_a_stop_can_be_stopped(open_notebook):
    notebook = open_notebook(SETUP, CHANGEABLE.format(epochs=2000), RESULT)
    notebook.start()
    live = notebook.stop_training()
    notebook.finish()
    live.get_by_role("button", name="Reset").click()
    stop = live.locator(".head button")
    expect(stop).to_have_text("Stop")
    notebook.page.wait_for_timeout(3500)  # an earlier Stop that isn't heard says so after 3 s
    expect(stop).to_have_text("Stop")
    notebook.stop_training()


def test_a_rate_that_is_too_high_is_told_in_a_line(open_notebook):
    notebook = open_notebook(SETUP, FRAGILE, RESULT)
    notebook.start()
    page = notebook.page
    _wait_until_it_trains(page)
    live = page.locator(".coordlib-live")
    live.locator(".rate input").focus()
    page.keyboard.press("End")
    expect(live.locator(".status")).to_have_text(
        re.compile(r"diverged at step [\d,]+: this learning rate is too high")
    )
    notebook.finish()
    assert notebook.output(2) == "False True diverged"
    live.locator(".rate input").fill("4")
    live.get_by_role("button", name="Reset").click()
    expect(live.locator(".status")).to_contain_text("epoch ")
    notebook.stop_training()
