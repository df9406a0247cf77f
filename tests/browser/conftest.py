"""Real JupyterLab in headless Chromium: one server, one browser and one page for all tests here.

They wait for what they need to see, with PATIENCE: a slow machine is no failure.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
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
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.lab import PATIENCE, Lab, Notebook
from tools import chromium, notebooks, rules, stamps


@pytest.fixture(scope="session")
def lab(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home = tmp_path_factory.mktemp("lab")
    served = home / "notebooks"
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    for folder in (served, settings):
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
                *(f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={served}"),
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
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/api/status?token={token}", server, home / "server.log")
        page = browser.new_page(viewport={"width": 1300, "height": 1000})
        page.set_default_timeout(1000 * PATIENCE)
        expect.set_options(timeout=1000 * PATIENCE)
        page.goto(f"{address}/lab/workspaces/test?reset&token={token}")
        page.wait_for_function("() => window.jupyterapp")
        page.evaluate("() => window.jupyterapp.restored")
        yield Lab(page, served, home / "coordlib")
        page.close()
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(10)
                break


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(address, timeout=5)
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
def open_notebook(lab: Lab) -> Iterator[Callable[..., Notebook]]:
    """Opens a notebook with the given code cells, its kernel ready, in a student's empty home."""
    shutil.rmtree(lab.home, ignore_errors=True)
    with contextlib.ExitStack() as opened:

        def open_it(*cells: str) -> Notebook:
            made = nbformat.v4.new_notebook(
                cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
                metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
            )
            return opened.enter_context(lab.open(made))

        yield open_it


@pytest.fixture(scope="module")
def solved(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Notebook]:
    """The notebook of the test file's number, solved and run once from top to bottom.

    Its trainings are cut short. No cell has failed, every check has passed, every widget lives.
    """
    shutil.rmtree(lab.home, ignore_errors=True)
    (path,) = (each for each in stamps.notebooks() if each.name[:2] == request.path.stem[-2:])
    made = notebooks.solve(nbformat.read(path, as_version=4))
    checks = rules.exercise_cells(made, "check")
    with lab.open(made) as notebook:
        notebook.execute("%env COORDLIB_EPOCHS=1")
        notebook.run_all()
        notebook.execute("%env COORDLIB_EPOCHS=")
        said = [notebook.output(cell) for cell in checks.values()]
        assert [words for words in said if " passed: " not in words] == []
        told = notebook.output(notebook.cell("exercises.passed("))
        assert f"passed: {len(checks)} of {len(checks)}, " in told
        panel = notebook.page.locator(".jp-NotebookPanel:visible")
        assert panel.locator(".jp-CodeCell .jp-InputPrompt", has_text="[*]").count() == 0
        views = notebook.shown(rules.WIDGET_VIEW)
        assert views > 0
        # A widget draws itself a little after its cell has run.
        expect(panel.locator(".coordlib")).to_have_count(views)
        yield notebook
