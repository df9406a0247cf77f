"""The front door: `make`, without arguments and with `lab`."""

import os
import re
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from tools import ROOT

# `make test` calls these tests, which call make: it must not take that for a part of itself.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}


def test_make_alone_lists_what_it_can_do():
    said = subprocess.run(
        ["make"], cwd=ROOT, env=ENVIRONMENT, check=True, capture_output=True, text=True
    ).stdout
    named = re.findall(r"^  make (\w+)  +\w", said, re.MULTILINE)
    expected = ["help", "lab", "test", "notebooks", "lint", "clean", "colab"]
    assert named == [*expected, "nightly", "faults", "lowest"]


def test_without_a_python_it_says_what_is_needed(tmp_path):
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    (tmp_path / "pyproject.toml").touch()
    command = ["make", "lab", f"PYTHON={tmp_path}/python"]
    result = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True)
    assert result.returncode != 0 and "needs Python 3.10 or newer" in result.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.fixture
def opened(tmp_path):
    """`make lab` with a browser that only notes what it was given, until the test's end."""
    browser, noted = tmp_path / "browser", tmp_path / "noted"
    browser.write_text(f'#!/bin/sh\necho "$1" > {noted}.half && mv {noted}.half {noted}\n')
    browser.chmod(0o755)
    environment = {**ENVIRONMENT, "BROWSER": str(browser), "JUPYTER_RUNTIME_DIR": str(tmp_path)}
    with open(tmp_path / "log", "w") as log:
        lab = subprocess.Popen(
            ["make", "lab"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + 3600  # the first call may have to install
        while not noted.exists() and lab.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        assert noted.exists(), (tmp_path / "log").read_text()
        yield noted.read_text().strip()
    finally:
        os.killpg(lab.pid, signal.SIGTERM)
        lab.wait()


def test_lab_opens_the_first_notebook_on_this_machine_only_with_its_token(opened):
    # The browser gets a page of the user's own, which leads on, so that no list of processes
    # shows the token.
    page = Path(opened.removeprefix("file://")).read_text(encoding="utf-8")
    address = re.search(r'href="([^"]+)"', page)[1]
    start = r"http://(127\.0\.0\.1|localhost):\d+/lab/tree/notebooks/00_start_here\.ipynb"
    assert re.fullmatch(start + r"\?token=\w{20,}", address)
    with urllib.request.urlopen(address) as answer:
        assert answer.status == 200 and "JupyterLab" in answer.read().decode()
