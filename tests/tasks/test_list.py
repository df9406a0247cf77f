"""The list of tasks: nothing is imported before it is used, and what is missing is named."""

import dataclasses
import itertools
import subprocess
import sys

import pytest

from coordlib import cli, tasks
from coordlib.recipes import SCALES, STYLES, Recipe
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


@pytest.mark.parametrize("task", tasks.names())
def test_no_setting_has_the_name_of_something_else_that_a_run_is_told(task):
    """A grid and the command line tell what they are given apart by its name alone."""
    taken = {field.name for field in dataclasses.fields(Recipe)} | {"scale", "style", "seed"}
    assert taken.isdisjoint(each.name for each in tasks.load(task).Settings.fields())


@pytest.mark.parametrize("task", tasks.names())
def test_a_setting_says_whether_the_preset_decides_it(task):
    """Where nothing is said it has its default, unless it is marked; and no mark is idle."""
    module = tasks.load(task)
    fields = module.Settings.fields()
    required = [each for each in fields if each.required]
    styles = STYLES if task not in ("shapes", "control", "vae", "goto", "atari") else ["course"]
    made = [
        module.preset(
            scale=scale,
            style=style,
            **{each.name: word for each, word in zip(required, words, strict=True)},
        )[0]
        for scale, style, *words in itertools.product(
            SCALES, styles, *(each.choices for each in required)
        )
    ]
    for each in fields:
        if not each.required:
            found = {getattr(settings, each.name) for settings in made}
            assert each.by_preset == (found != {each.default}), each.name


@pytest.mark.parametrize(
    ("task", "values", "says"),
    [
        ("classification", {"network": "deconv", "canvas": 48}, "canvas got 48.*power of 2"),
        ("classification", {"network": "upsample", "canvas": 4, "square": 1}, "canvas got 4"),
        ("classification", {"network": "dilated", "multiplier": 2}, "multiplier got 2; dilated"),
        ("regression", {"network": "conv_fc", "canvas": 63}, "canvas got 63.*multiple of 8"),
        ("regression", {"network": "conv_pool", "pooling": "average"}, "pooling got 'average'"),
        ("rendering", {"network": "deconv", "filter_size": 2, "canvas": 63}, "canvas got 63"),
        ("rendering", {"network": "deconv", "filter_size": 2, "centre_loss": 1.0}, "centre_loss"),
        ("rendering", {"network": "deconv", "filter_size": 2, "sharpen": 1.0}, "sharpen got 1.0"),
        ("shapes", {"network": "coordconv", "canvas": 4, "square": 1}, "canvas got 4"),
        ("shapes", {"network": "coordconv", "square": 4}, "square got 4; it takes an odd number"),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_is_built(task, values, says):
    with pytest.raises(ValueError, match=says):
        tasks.load(task).Settings(split="uniform", **values)


@pytest.mark.parametrize("task", ["classification", "regression", "rendering", "shapes"])
def test_a_square_larger_than_the_canvas_is_refused_with_both(task):
    settings = tasks.load(task).Settings
    with pytest.raises(ValueError, match="square got 17, .* on a canvas of 16 it takes at most 16"):
        settings("coordconv", "uniform", canvas=16, square=17)
    settings("coordconv", "uniform", canvas=17, square=17)
