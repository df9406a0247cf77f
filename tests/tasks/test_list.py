"""The list of tasks: nothing is imported before it is used, and what is missing is named."""

import subprocess
import sys

import pytest

from coordlib import cli, tasks
from coordlib.tasks import Task

# What is there, and the message where a task's extra is missing.


def test_an_unknown_task_gets_the_nearest_name():
    with pytest.raises(ValueError, match="task got 'clasification' .did you mean 'classification'"):
        tasks.load("clasification")


def test_a_missing_extra_is_named_with_the_command_that_installs_it(monkeypatch, capsys):
    monkeypatch.setattr(tasks, "TASKS", (Task("pinball", "from ball to bumper", extra="rl"),))
    with pytest.raises(ImportError, match=r"pinball needs the extra 'rl' .*pip install '\.\[rl\]'"):
        tasks.load("pinball")
    assert cli.main(["run", "pinball", "--network", "x"]) == 2
    assert "pip install" in capsys.readouterr().err


def test_a_task_without_an_extra_does_not_hide_what_is_wrong_in_it(monkeypatch):
    monkeypatch.setattr(tasks, "TASKS", (Task("pinball", "from ball to bumper"),))
    with pytest.raises(ModuleNotFoundError, match="coordlib.tasks.pinball"):
        tasks.load("pinball")


def test_no_task_is_imported_before_it_is_named():
    code = (
        "import sys; from coordlib import cli; cli._parser(['run', 'shapes']); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "coordlib.tasks.shapes" in done.stdout.split()
    assert "coordlib.tasks.regression" not in done.stdout.split()
