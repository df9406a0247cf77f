"""What a grid costs is predicted from its own steps."""

import json

import pytest
import torch

from coordlib import cli
from coordlib.sweeps import costs, grids

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


def test_a_wrong_grid_or_number_is_named(path, capsys):
    assert cli.main(["bench", "grids", "rendering-deconw"]) == 2
    assert "did you mean 'rendering-deconv'" in capsys.readouterr().err
    assert cli.main(["bench", "grids", path, "--device", "gpu"]) == 2
    assert "device got 'gpu'" in capsys.readouterr().err
    assert cli.main(["bench", "grids", path, "--steps", "0"]) == 2
    assert "--steps got 0" in capsys.readouterr().err
    assert cli.main(["bench", "grids", path, "--steps", "50"]) == 2
    assert "steps got 50; a run that is evaluated after 8 takes at most 5" in (
        capsys.readouterr().err
    )


def test_the_shipped_costs_are_of_the_papers_six_grids():
    shipped = costs.shipped()
    assert sum(cost.runs for cost in shipped) == 1_992 and len(shipped) == 6
    assert all(0 < cost.shortest <= cost.median <= cost.longest < cost.total for cost in shipped)
