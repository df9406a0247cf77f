"""The lowest versions are those that pyproject.toml admits."""

import pytest

pytest.importorskip("tomllib")  # from Python 3.11 on

from tools import lowest


def test_each_requirement_is_taken_at_its_lower_bound():
    project = {
        "dependencies": ["torch>=2.5", "numpy>=1.26"],
        "optional-dependencies": {
            "lab": ["jupyterlab>=4.2"],
            "test": ["coordlib[lab]", "nbval>=0.11"],
        },
    }
    expected = ["torch==2.5", "numpy==1.26", "jupyterlab==4.2", "nbval==0.11"]
    assert lowest.lowest(project) == expected


def test_the_projects_own_are_printed(capsys):
    lowest.main()
    said = capsys.readouterr().out.splitlines()
    assert "torch==2.5" in said and "ray==2.30" in said and "hypothesis==6.100" in said
    assert not [line for line in said if line.startswith("coordlib")]
