"""Widgets and notebooks against the old ipywidgets that Colab has, so far as Python can tell.

Colab's page itself cannot be tested here. Training does not depend on the version of ipywidgets, so
the widgets' own tests are run once more, and of the notebooks those that take no more than FEW.
"""

import os
import subprocess
import sys

import nbformat
import pytest

from tools import ROOT, notebooks, stamps

PACKAGES = ["ipywidgets==7.7.1", "anywidget==0.9.21", "widgetsnbextension<4", "ipython-genutils"]
FOLDER = ROOT / ".cache" / "colab"
FEW = 30  # seconds
QUICK = [
    path
    for path in stamps.notebooks()
    if nbformat.read(path, as_version=4).metadata.get("coordlib", {}).get("seconds", 0) <= FEW
]


@pytest.fixture(scope="session")
def old():
    """An environment whose Python finds Colab's versions before those of .venv."""
    if not (FOLDER / "ready").exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade"]
        subprocess.run([*pip, "--target", str(FOLDER), *PACKAGES], check=True)
        (FOLDER / "ready").touch()
    return {**os.environ, "PYTHONPATH": str(FOLDER)}


def test_the_old_versions_are_found(old):
    program = "import ipywidgets, anywidget; print(ipywidgets.__version__, anywidget.__version__)"
    command = [sys.executable, "-c", program]
    said = subprocess.run(command, env=old, check=True, capture_output=True, text=True).stdout
    assert said.split() == ["7.7.1", "0.9.21"]


def test_the_widgets_keep_their_own_tests_with_them(old):
    run(old, str(ROOT / "tests" / "widgets"))


@pytest.mark.parametrize("path", QUICK, ids=lambda path: path.stem)
def test_a_notebook_runs_with_them(old, path):
    limit = f"--nbval-cell-timeout={notebooks.CELL_TIMEOUT}"
    run(old, "--nbval-lax", "--nbval-current-env", limit, str(path))


def run(environment, *options):
    """Run pytest in `environment`, without the project's usual options."""
    command = [sys.executable, "-m", "pytest", "-o", "addopts=", "-p", "no:cacheprovider"]
    result = subprocess.run([*command, *options], env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout
