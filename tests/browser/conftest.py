"""Real JupyterLab in headless Chromium: one server and one browser for all tests here."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tools import chromium

# What the page may say on its console: JupyterLab's own, none of ours.
HARMLESS = ("@jupyter/ydoc", "favicon", "Service worker", "jupyterlab-manager")


class Lab:
    """A running JupyterLab: its address, its token and the folder of its notebooks."""

    def __init__(self, folder: Path, port: int, token: str) -> None:
        self.folder, self.token = folder, token
        self.address = f"http://127.0.0.1:{port}"


class Notebook:
    """A notebook open in a page."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page, self.path = page, path
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        harmless = any(word in message.text for word in HARMLESS)
        if message.type in ("error", "warning") and not harmless:
            self.complaints.append(f"{message.type}: {message.text}")

    def start(self, command: str = "notebook:run-all-cells") -> None:
        """Start a JupyterLab command and do not wait for its end."""
        self.page.evaluate(
            "command => { window.running = window.jupyterapp.commands.execute(command); }", command
        )

    def finish(self) -> None:
        """Wait for the command that was started, then assert that no cell failed or complained."""
        self.page.evaluate("() => window.running")
        for kind in ("error", "stderr"):
            output = self.page.locator(
                f'.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.{kind}"]'
            )
            assert output.count() == 0, output.first.inner_text()

    def stop_trainings(self, count: int, percent: int) -> None:
        """Stop one training after the other with its button, each when so much of it is done."""
        for number in range(count):
            self.page.wait_for_function(
                """([number, percent]) => {
                    const bars = document.querySelectorAll('.coordlib-live [role=progressbar]');
                    const bar = bars[number];
                    return bar && Number(bar.getAttribute('aria-valuenow')) >= percent;
                }""",
                arg=[number, percent],
                timeout=120_000,
            )
            live = self.page.locator(".coordlib-live").nth(number)
            live.get_by_role("button", name="Stop").click()
            live.get_by_text("stopped after").wait_for()

    def cell_with(self, text: str) -> int:
        """The number, among all cells, of the one code cell that holds `text`."""
        cells = nbformat.read(self.path, as_version=4).cells
        (found,) = [
            n for n, cell in enumerate(cells) if cell.cell_type == "code" and text in cell.source
        ]
        return found

    def run_all(self) -> None:
        """Run all cells to the end."""
        self.start()
        self.finish()

    def output(self, cell: int) -> str:
        """The printed text under a cell, counted from 0."""
        cells = self.page.locator(".jp-NotebookPanel:visible .jp-CodeCell")
        return cells.nth(cell).locator(".jp-OutputArea-output pre").last.inner_text().strip()

    def run_cell(self, cell: int) -> None:
        """Run one cell again, counted from 0 among all cells."""
        self.page.evaluate(
            """async (cell) => {
                const notebook = window.jupyterapp.shell.currentWidget.content;
                notebook.activeCellIndex = cell;
                await window.jupyterapp.commands.execute("notebook:run-cell");
            }""",
            cell,
        )

    def execute(self, code: str) -> None:
        """Run code in the kernel that stands in no cell."""
        self.page.evaluate(
            """async (code) => {
                const panel = window.jupyterapp.shell.currentWidget;
                await panel.sessionContext.session.kernel.requestExecute({ code }).done;
            }""",
            code,
        )


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home = tmp_path_factory.mktemp("lab")
    notebooks = home / "notebooks"
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    for folder in (notebooks, settings):
        folder.mkdir(parents=True)
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(quiet))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
        "COORDLIB_HOME": "coordlib",
    }
    environment = os.environ | {name: str(home / folder) for name, folder in folders.items()}
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
                *("--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
                *(f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={notebooks}"),
                *("--LabApp.news_url=", "--LabApp.extension_manager=readonly"),
                "--LabApp.check_for_updates_class="
                "jupyterlab.handlers.announcements.NeverCheckForUpdate",
                "--LabApp.expose_app_in_browser=True",
                "--KernelManager.shutdown_wait_time=1",
            ],
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        started = Lab(notebooks, port, token)
        _wait_for(started, server, home / "server.log")
        yield started
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(10)
                break


def _wait_for(lab: Lab, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{lab.address}/api/status?token={lab.token}", timeout=5)
            return
        time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium.find(),
            args=[
                *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
                *("--disable-background-networking", "--disable-component-update"),
                *("--disable-sync", "--disable-dev-shm-usage"),
            ],
        )
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    page.set_default_timeout(30_000)
    yield page
    page.close()


@pytest.fixture
def open_notebook(
    lab: Lab, page: Page, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Notebook]]:
    """Opens a notebook with the given code cells, or one from a file, its kernel ready.

    After the test the page must not have complained on its console.
    """
    opened: list[Notebook] = []

    def open_it(*cells: str, path: Path | None = None) -> Notebook:
        name = "page.ipynb" if path is None else path.name
        if path is None:
            made = nbformat.v4.new_notebook(
                cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
                metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
            )
            nbformat.write(made, lab.folder / name)
        else:
            (lab.folder / name).write_bytes(path.read_bytes())
        opened.append(Notebook(page, lab.folder / name))
        page.goto(f"{lab.address}/lab/workspaces/test/tree/{name}?reset&token={lab.token}")
        page.wait_for_selector(".jp-NotebookPanel:visible .jp-Notebook", timeout=60_000)
        page.evaluate(
            """async () => {
                await window.jupyterapp.restored;
                const panel = window.jupyterapp.shell.currentWidget;
                await panel.context.ready;
                await panel.sessionContext.ready;
                await panel.sessionContext.session.kernel.info;
            }"""
        )
        return opened[-1]

    yield open_it
    for notebook in opened:
        page.evaluate(
            "async () => { const app = window.jupyterapp;"
            " await app.shell.currentWidget?.sessionContext.shutdown(); }"
        )
        assert notebook.complaints == []
