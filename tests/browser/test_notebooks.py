"""The course as a student meets it: every notebook opened and run in JupyterLab."""

from __future__ import annotations

import nbformat
import pytest

from tools import stamps


@pytest.mark.parametrize("path", stamps.notebooks(), ids=lambda path: path.stem)
def test_a_notebook_runs_without_complaint(open_notebook, path):
    notebook = open_notebook(path=path)
    notebook.run_all()
    panel = notebook.page.locator(".jp-NotebookPanel:visible")
    assert panel.get_by_text("Loading widget").count() == 0
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert panel.locator(".jp-CodeCell").count() == len(cells)
    assert panel.locator(".jp-CodeCell .jp-InputPrompt", has_text="[*]").count() == 0
