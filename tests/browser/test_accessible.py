"""Widgets for those who see less, or in other colours: axe's rules, both themes, forced colours."""

from __future__ import annotations

from collections.abc import Iterator

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from coordlib import plots
from tests.browser.gallery import CELLS, WIDGETS

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
FIGURE = "from coordlib import plots\nplots.show(plots.figure()[0], 'An empty figure.')"
PANEL = ".jp-NotebookPanel:not(.lm-mod-hidden)"


@pytest.fixture(scope="module", params=THEMES)
def page(lab, request) -> Iterator[Page]:
    """All widgets and a figure, run to the end, in one theme after the other."""
    # Not waited for: a change to the theme that is there never ends.
    change = """(theme) => {
        window.jupyterapp.commands.execute("apputils:change-theme", { theme });
    }"""
    light = "(light) => document.body.dataset.jpThemeLight === light"
    cells = [nbformat.v4.new_code_cell(cell) for cell in (*CELLS, FIGURE)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    with lab.open(nbformat.v4.new_notebook(cells=cells, metadata=kernel)) as notebook:
        notebook.run_all()
        expect(lab.page.locator(f"{PANEL} .coordlib")).to_have_count(len(WIDGETS))
        lab.page.evaluate(change, THEMES[request.param])
        lab.page.wait_for_function(light, arg="true" if request.param == "light" else "false")
        # The picture that JupyterLab shows meanwhile lies over all texts.
        expect(lab.page.locator("#jupyterlab-splash")).to_have_count(0)
        yield lab.page
        lab.page.evaluate(change, THEMES["light"])
        lab.page.wait_for_function(light, arg="true")


def complaints(page: Page) -> list[str]:
    """What axe says of the widgets: the rule that is broken, and where."""
    # JupyterLab's body has no height and hides what sticks out. Nothing has its place in it, so
    # nothing is hidden, but axe takes all for hidden and skips the texts.
    page.add_style_tag(content="body { overflow: visible !important; }")
    found = Axe().run(page, f"{PANEL} .coordlib", {}).response
    assert any(each["id"] == "color-contrast" for each in found["passes"])
    return [
        f"{broken['id']}: {node['html'][:200]}"
        for broken in found["violations"]
        for node in broken["nodes"]
    ]


def test_no_widget_breaks_a_rule(page):
    assert complaints(page) == []


def test_the_rules_can_be_broken(page):
    page.evaluate(
        """(panel) => {
            const root = document.querySelector(`${panel} .coordlib`);
            root.insertAdjacentHTML("beforeend", "<div id=broken><button></button>"
                + "<span style='color: #888; background: #999'>pale</span></div>");
        }""",
        PANEL,
    )
    found = complaints(page)
    page.evaluate("() => document.querySelector('#broken').remove()")
    assert sorted(each.split(":")[0] for each in found) == ["button-name", "color-contrast"]


def test_white_paper_is_dimmed_on_a_dark_page_alone(page):
    dark = page.evaluate("() => document.body.dataset.jpThemeLight === 'false'")
    for paper in (f"{PANEL} .coordlib canvas", f"{PANEL} img[alt='An empty figure.']"):
        assert page.locator(paper).count()
        for one in page.locator(paper).all():
            expect(one).to_have_css("filter", f"brightness({plots.DIMMED})" if dark else "none")


COLOURS = """(panel) => {
    const find = (selector) => document.querySelector(`${panel} ${selector}`);
    const style = (selector) => getComputedStyle(find(selector));
    const copy = new OffscreenCanvas(384, 384).getContext("2d");
    copy.drawImage(find(".coordlib-painter canvas"), 0, 0);
    const { data } = copy.getImageData(0, 0, 384, 384);
    const pixel = (x, y) => {
        const [red, green, blue] = data.slice(4 * (384 * y + x));
        return `rgb(${red}, ${green}, ${blue})`;
    };
    const keys = [...document.querySelectorAll(`${panel} .coordlib-painter .key`)];
    return {
        train: [getComputedStyle(keys[0]).backgroundColor, pixel(12 * 3 + 5, 12 * 3 + 5)],
        test: [getComputedStyle(keys[1]).backgroundColor, pixel(12 * 16 + 5, 12 * 16 + 5)],
        bar: [style(".bar > div").backgroundColor, style(".bar").backgroundColor],
        value: [style(".value text").fill, style(".value rect").fill],
        sides: [...document.querySelectorAll(`${panel} .coordlib-slicer .facts .title`)]
            .map((side) => getComputedStyle(side).borderBottomColor),
        lines: [...document.querySelectorAll(`${panel} .coordlib-slicer .run`)]
            .map((line) => getComputedStyle(line).stroke),
    };
}"""


@pytest.mark.parametrize("forced", ["none", "active"])
def test_colours_keep_what_they_mean_where_the_system_sets_them(page, forced):
    page.emulate_media(forced_colors=forced)
    found = page.evaluate(COLOURS, PANEL)
    page.emulate_media(forced_colors="none")
    assert found["train"][0] == found["train"][1] != found["test"][0] == found["test"][1]
    for seen, ground in (found["bar"], found["value"]):
        assert seen != ground
    assert len(found["sides"]) == 2 and set(found["sides"]) == set(found["lines"])
