"""Widgets for those who see less or in other colours: axe-core's rules, and forced colours."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.gallery import CELLS, WIDGETS

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
FIGURE = "from coordlib import plots\nplots.show(plots.figure()[0], 'An empty figure.')"


@pytest.fixture(scope="module")
def gallery(lab, module_notebook) -> Page:
    """A page with all widgets and a figure, run to the end."""
    notebook = module_notebook(*CELLS, FIGURE)
    notebook.run_all()
    expect(notebook.page.locator(".coordlib")).to_have_count(len(WIDGETS))
    return notebook.page
