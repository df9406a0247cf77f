"""The setup cell, where coordlib is installed and where it is not, on Colab and elsewhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import rules, stamps

STAND_IN = Path(__file__).parent / "stand_in"
CELL = rules.SETUP_CELL.read_text(encoding="utf-8")
STAMPED = stamps.ADDRESS.sub('REPOSITORY = "someone/course"', CELL)


@pytest.fixture
def run(tmp_path):
    """Run a setup cell in a Python that has the standard library, the stand-ins and `tmp_path`."""

    def run(cell, *, colab, **environment):
        script = tmp_path / "script.py"
        script.write_text("import google.colab\n" * colab + cell, encoding="utf-8")
        return subprocess.run(
            [sys.executable, "-S", str(script)],  # -S: nothing of what is installed here
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join((str(STAND_IN), str(tmp_path))),
                "STAND_IN_SITE": str(tmp_path),
                **environment,
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )

    return run


@pytest.mark.parametrize("colab", [False, True])
def test_with_coordlib_it_only_says_so(run, tmp_path, colab):
    (tmp_path / "coordlib.py").write_text("")
    result = run(STAMPED, colab=colab)
    assert (result.returncode, result.stdout, result.stderr) == (0, "coordlib is ready.\n", "")
    assert not (tmp_path / "pip-arguments").exists()


def test_on_colab_it_installs_coordlib_and_nothing_else(run, tmp_path):
    result = run(STAMPED, colab=True)
    assert (result.returncode, result.stdout, result.stderr) == (0, "coordlib is ready.\n", "")
    arguments = (tmp_path / "pip-arguments").read_text().split("\n")
    assert arguments == [
        "install",
        "-q",
        "--no-deps",
        "git+https://github.com/someone/course",
    ]


def test_on_colab_without_an_address_it_says_what_to_do(run, tmp_path):
    result = run(stamps.ADDRESS.sub('REPOSITORY = ""', CELL), colab=True)
    assert result.returncode != 0 and result.stdout == ""
    assert "clone or upload the course's folder" in result.stderr
    assert not (tmp_path / "pip-arguments").exists()


def test_on_colab_when_the_installation_fails_it_says_what_to_do(run):
    result = run(STAMPED, colab=True, STAND_IN_FAILS="1")
    assert result.returncode != 0 and "no network" in result.stderr
    assert "clone or upload the course's folder" in result.stderr


def test_elsewhere_it_installs_nothing_and_says_what_to_do(run, tmp_path):
    result = run(STAMPED, colab=False)
    assert result.returncode != 0 and "start with make lab" in result.stderr
    assert not (tmp_path / "pip-arguments").exists()


def test_it_is_short_and_leaves_torch_numpy_and_the_kernel_alone():
    assert len(CELL.splitlines()) <= rules.USUAL_CELL
    assert not any(word in CELL for word in ("%pip", "torch", "numpy", "kill", "restart"))
