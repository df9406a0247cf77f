"""What a grid costs is predicted from its own steps."""

import dataclasses
import json
import sys
from types import ModuleType

import pytest
import torch
from torch import nn

from coordlib import cli, tasks
from coordlib.experiment import Experiment, LibraryExperiment, Turn
from coordlib.recipes import Recipe
from coordlib.settings import Settings, setting
from coordlib.storage import StorageError
from coordlib.sweeps import costs, grids
from coordlib.tasks import Task

GRID = {
    "task": "classification",
    "scale": "smoke",
    "seeds": [0, 1],
    "fixed": {"network": "deconv", "epochs": 3, "evaluate_every": 2, "batch_size": 40},
    "axes": {"split": ["uniform", "quadrant"], "multiplier": [1, 2], "learning_rate": [0.01, 0.1]},
}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "grid.json"
    path.write_text(json.dumps(GRID))
    return str(path)


def test_steps_and_evaluations_are_multiplied_by_how_many_there_are(path, monkeypatch):
    asked = []

    def known(configuration, steps, device):
        asked.append((configuration.settings.multiplier, configuration.recipe.batch_size, steps))
        return 0.5 * configuration.settings.multiplier, 7.0

    monkeypatch.setattr(costs, "_step_and_evaluation", known)
    cost = costs.measure(path, steps=4)
    assert asked == [(1, 40, 4), (2, 40, 4)]  # neither rates nor seeds nor splits are timed again
    each = [
        0.5 * found.settings.multiplier * found.steps + 2 * 7.0
        for found in grids.configurations(GRID)
    ]
    assert (cost.runs, cost.total) == (16, pytest.approx(sum(each)))
    assert (cost.shortest, cost.longest) == (min(each), max(each))


def test_a_step_is_timed_on_this_machine(path, capsys):
    assert cli.main(["bench", "grids", path, "--steps", "2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (cost,) = told["costs"]
    assert 0 < cost["shortest"] <= cost["median"] <= cost["longest"] < 60
    assert told["machine"]["cores"] >= 1
    table = costs.table([costs.Cost(**cost)])
    assert "16 runs" in table.splitlines()[-2] and "on 64 cores" in table
    assert "On one GPU: not measured" in table.splitlines()[-1]
    on_gpu = costs.table([costs.Cost(**cost)], "cuda")
    assert on_gpu.splitlines()[-1].endswith("on cuda") and "core" not in on_gpu


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_step_is_timed_on_a_gpu(path, capsys):
    assert cli.main(["bench", "grids", path, "--steps", "2", "--device", "cuda"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("on cuda")


class Duel(Experiment):
    """Two turns a step on examples of its own making; without values there is no agent."""

    def __init__(self, device):
        self.network = nn.ModuleDict({"one": nn.Linear(1, 1), "other": nn.Linear(1, 1)})
        self.network.to(device)
        self.start = torch.ones(1, device=device).item()
        self.steps = self.evaluations = 0

    def turns(self):
        return [
            Turn(part, lambda batch, part=part: self.network[part](torch.ones(1)).sum(), part)
            for part in ("one", "other")
        ]

    def after_step(self):
        self.steps += 1

    def evaluate(self):
        self.evaluations += 1
        return {"start": self.start}


class Rented(Duel, LibraryExperiment):
    """The same, in a library's loop."""

    def run(self, session):
        raise AssertionError("it is not trained")


@pytest.fixture
def duels(monkeypatch):
    """A task without a split, whose recipe is in steps; all experiments that were made of it."""
    made = []

    @dataclasses.dataclass(frozen=True)
    class DuelSettings(Settings):
        loop: str = setting("whose loop", choices=("ours", "rented"))

        def experiment(self, seed, device):
            made.append((Duel if self.loop == "ours" else Rented)(device))
            return made[-1]

    def preset(*, style, scale, **settings):
        return DuelSettings.of(**settings), Recipe(steps=4)

    module = ModuleType("coordlib.tasks.duel")
    module.Settings, module.preset = DuelSettings, preset
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(tasks, "TASKS", (*tasks.TASKS, Task("duel", "two turns a step")))
    yield made
    grids._names.cache_clear()


def test_steps_of_several_turns_of_a_task_without_a_split_are_timed(tmp_path, monkeypatch, duels):
    now = iter(range(100))  # a clock that is looked at after each step, and around an evaluation
    monkeypatch.setattr(costs, "_clock", lambda device: next(now))
    path = tmp_path / "grid.json"
    grid = {"task": "duel", "seeds": [0, 1, 2], "axes": {"loop": ["ours"]}}
    path.write_text(json.dumps(grid))
    # More steps than a run has, each of which is evaluated in a run.
    cost = costs.measure(str(path), steps=7)
    assert (cost.runs, cost.total) == (3, 3 * (4 * 1 + 4 * 1))
    assert [(each.steps, each.evaluations) for each in duels] == [(0, 0), (7 + 2, 1)]


def test_steps_in_a_librarys_loop_are_refused_before_they_are_taken(tmp_path, capsys, duels):
    path = tmp_path / "grid.json"
    path.write_text(json.dumps({"task": "duel", "seeds": [0], "fixed": {"loop": "rented"}}))
    assert cli.main(["bench", "grids", str(path)]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert "the grid got runs of duel, whose steps a library takes" in said


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        ({"learning_rate": [0.1, 0.2], "l2": [0, 1], "split": ["uniform", "quadrant"]}, 1),
        ({"batch_size": [16, 32]}, 2),
        ({"optimizer": ["adam", "sgd"]}, 2),
        ({"clip": [None, 1, 2]}, 2),
        ({"multiplier": [1, 2]}, 2),
    ],
)
def test_runs_are_of_one_kind_if_only_numbers_differ(change, kinds):
    fixed = {"network": "deconv", "split": "uniform"}
    fixed = {name: value for name, value in fixed.items() if name not in change}
    grid = {**GRID, "fixed": fixed, "axes": change}
    assert len({costs._kind(each) for each in grids.configurations(grid)}) == kinds


def test_a_wrong_grid_or_number_is_named(path, capsys):
    assert cli.main(["bench", "grids", "rendering-deconw"]) == 2
    assert "did you mean 'rendering-deconv'" in capsys.readouterr().err
    assert cli.main(["bench", "grids", path, "--device", "gpu"]) == 2
    assert "device got 'gpu'" in capsys.readouterr().err
    assert cli.main(["bench", "grids", path, "--steps", "0"]) == 2
    assert "--steps got 0" in capsys.readouterr().err


def test_the_shipped_costs_are_of_the_papers_six_grids():
    shipped = costs.shipped()
    assert sum(cost.runs for cost in shipped) == 1_992 and len(shipped) == 6
    assert all(0 < cost.shortest <= cost.median <= cost.longest < cost.total for cost in shipped)


def test_a_damaged_list_of_costs_is_named(data):
    path = data / "benchmarks" / "grids.json"
    path.parent.mkdir()
    path.write_text('{"costs": [{"grid": "x"}]}')
    with pytest.raises(StorageError, match=r"grids\.json is not a list of costs.*lacks its 'runs'"):
        costs.shipped()
