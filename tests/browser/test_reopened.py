"""A student's own notebook, saved with its widgets and opened again by a new kernel."""

from __future__ import annotations

import nbformat
from playwright.sync_api import expect

from tests.browser.gallery import CELLS, WIDGETS


def test_every_widget_leaves_its_picture_and_no_error(open_notebook, lab):
    notebook = open_notebook(*CELLS)
    notebook.run_all()
    panel = notebook.page.locator(".jp-NotebookPanel:visible")
    expect(panel.locator(".coordlib")).to_have_count(len(WIDGETS))
    stills = panel.locator(".jp-OutputArea-child:has(.coordlib-still) img")
    expect(stills).to_have_count(len(WIDGETS))
    expect(stills.locator("visible=true")).to_have_count(0)  # beside a live view none is wanted
    notebook.save()
    notebook.close()

    with lab.open_file(notebook.path) as again:
        panel = again.page.locator(".jp-NotebookPanel:visible")
        expect(stills.locator("visible=true")).to_have_count(len(WIDGETS))
        views = panel.get_by_text("Error displaying widget")
        expect(views).to_have_count(len(WIDGETS))
        expect(views.locator("visible=true")).to_have_count(0)
        again.run_all()
        expect(panel.locator(".coordlib")).to_have_count(len(WIDGETS))
        expect(stills.locator("visible=true")).to_have_count(0)


def test_a_notebook_that_is_not_trusted_shows_the_pictures(open_notebook, lab):
    notebook = open_notebook(*CELLS)
    notebook.run_all()
    notebook.save()
    notebook.close()
    # As it comes from somebody else: this JupyterLab has not signed it.
    foreign = nbformat.read(lab.folder / notebook.path, as_version=4)
    foreign.metadata["from"] = "somebody else"
    with lab.open(foreign) as again:
        panel = again.page.locator(".jp-NotebookPanel:visible")
        expect(panel.locator(".jp-OutputArea img").locator("visible=true")).to_have_count(
            len(WIDGETS)
        )
        assert panel.get_by_text("displaying widget").count() == 0
        again.execute("pass")  # a kernel that is shut down before it has answered complains
