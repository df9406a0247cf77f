"""Solutions stay out of sight until they are asked for: folded, at the end, a click away."""

from __future__ import annotations

import nbformat
from playwright.sync_api import expect

from tools import rules, stamps


def test_the_help_leads_to_its_solution_which_is_folded(lab):
    saved = nbformat.read(stamps.notebooks()[1], as_version=4)
    solutions = rules.exercise_cells(saved, "solution")
    assert solutions
    with lab.open(saved) as notebook:
        cells = notebook.page.locator(".jp-NotebookPanel:visible .jp-Cell")
        for one, place in solutions.items():
            heading = cells.get_by_role("heading", name=f"Solution {one}")
            heading.scroll_into_view_if_needed()  # JupyterLab draws the far cells a little later
            link = cells.get_by_role("link", name=f"Solution {one}", exact=True)
            link.scroll_into_view_if_needed()
            expect(heading).not_to_be_in_viewport()
            link.click()
            expect(heading).to_be_in_viewport()
            expect(cells.nth(place).locator(".jp-Placeholder")).to_have_text(rules.SOLUTION_HEAD)
            expect(cells.nth(place).locator(".jp-InputArea-editor")).to_have_count(0)
