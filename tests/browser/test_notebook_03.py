"""Notebook 03 under a student's hands: a training stopped half-way, the probe dragged."""

from __future__ import annotations

from tools import NOTEBOOKS

PATH = NOTEBOOKS / "03_build_coordconv.ipynb"


def run_cells(notebook, *texts):
    for text in texts:
        notebook.run_cell(notebook.cell_with(text))


def output(notebook, text):
    cell = notebook.page.locator(".jp-NotebookPanel:visible .jp-Cell").nth(notebook.cell_with(text))
    return cell.locator(".jp-OutputArea-output pre").last.inner_text()


def test_a_stopped_training_leaves_something_to_measure(open_notebook):
    notebook = open_notebook(path=PATH)
    page = notebook.page
    run_cells(
        notebook,
        "from coordlib.layers import AddCoords, CoordConv2d",
        "class MyAddCoords",
        "def weights(module)",
        'preset("coordconv", "quadrant")',
        "will CoordConv get exactly right?",
    )
    notebook.execute("recipe = __import__('dataclasses').replace(recipe, epochs=500)")
    page.evaluate(
        "cell => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = cell; }",
        notebook.cell_with("shown = torch.tensor"),
    )
    notebook.start("notebook:run-cell")
    page.locator(".coordlib-live .status", has_text="epoch 1").wait_for()
    page.locator(".coordlib-live").get_by_role("button", name="Stop").click()
    notebook.finish()
    run_cells(notebook, "guess.compare(100 * measured")
    assert "more than 95 % of the unseen quadrant is right:" in output(
        notebook, "guess.compare(100 * measured"
    )


def test_the_probe_answers_pointer_and_keys(open_notebook):
    notebook = open_notebook(path=PATH)
    page = notebook.page
    run_cells(
        notebook,
        "from coordlib.layers import AddCoords, CoordConv2d",
        "def recorded(start)",
        "probe = Probe(",
    )
    conv, coordconv = (page.locator(".coordlib-probe .facts").nth(n) for n in (1, 2))
    assert "brightest pixel: the true one" in coordconv.inner_text()
    assert "px away" in conv.inner_text()
    canvas = page.locator(".coordlib-probe canvas").first
    canvas.scroll_into_view_if_needed()
    place = canvas.bounding_box()
    step = place["width"] / 64
    page.mouse.move(place["x"] + 46.5 * step, place["y"] + 46.5 * step)
    page.mouse.down()
    facts = page.locator(".coordlib-probe .facts").first
    for x in range(45, 20, -4):
        page.mouse.move(place["x"] + (x + 0.5) * step, place["y"] + 46.5 * step)
        facts.get_by_text(f"({x}, 46)").wait_for()
        assert "brightest pixel: the true one" in coordconv.inner_text()
    page.mouse.up()
    assert "a position to train on" in facts.inner_text()
    canvas.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowRight")
    facts.get_by_text("(26, 47)").wait_for()
    assert "brightest pixel: the true one" in coordconv.inner_text()
