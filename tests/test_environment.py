"""What is installed: requirements, the light import, and the wheel that pip makes of a checkout."""

import subprocess
import sys
import zipfile

import pytest
import yaml
from packaging.requirements import Requirement

from tools import ROOT

CONDA_NAMES = {"torch": "pytorch"}  # where conda-forge calls a package otherwise


@pytest.fixture(scope="module")
def project():
    tomllib = pytest.importorskip("tomllib")  # from Python 3.11 on
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_conda_and_pip_ask_for_the_same(project):
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    # No list under `pip:`, which could bring in a second torch.
    assert all(isinstance(each, str) for each in environment["dependencies"])
    conda = set(environment["dependencies"]) - {"pip"}
    extras = project["optional-dependencies"]
    asked = project["dependencies"] + extras["lab"] + extras["vision"]
    assert "coordlib[vision]" in extras["lab"]
    pip = {Requirement(each) for each in asked if each != "coordlib[vision]"}
    named = {f"{CONDA_NAMES.get(each.name, each.name)}{each.specifier}" for each in pip}
    assert conda == named | {f"python{project['requires-python']}"}


def test_requirements_have_lower_bounds_only(project):
    extras = [each for extra in project["optional-dependencies"].values() for each in extra]
    for each in map(Requirement, project["dependencies"] + extras):
        operators = [part.operator for part in each.specifier]
        assert operators == [">="] or each.name == "coordlib", each


def test_importing_coordlib_brings_in_nothing_that_torch_does_not():
    program = (
        "import sys, torch; before = set(sys.modules); import coordlib\n"
        "new = {name.split('.')[0] for name in set(sys.modules) - before} - {'coordlib'}\n"
        "print(*(new - sys.stdlib_module_names))"
    )
    command = [sys.executable, "-c", program]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert said.split() == []


def test_a_wheel_carries_all_files_of_the_package_and_the_data(tmp_path):
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    # Without isolation the build needs no network.
    command += ["--no-build-isolation", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("coordlib-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    for source, target in (("coordlib", "coordlib"), ("data", "coordlib/data")):
        there = {
            f"{target}/{path.relative_to(ROOT / source).as_posix()}"
            for path in (ROOT / source).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert there and there <= inside
