"""The ledger says what the recorded runs say, and notices when a file says otherwise."""

import json
import shutil

import pytest

from coordlib import claims, cli, records
from tests.test_records import run
from tools import ROOT


@pytest.fixture
def data(tmp_path, monkeypatch):
    """An empty data folder in place of the course's."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setattr(records, "data_folder", lambda: folder)
    return folder


def add(data, task, name, seconds=1.0, step=20, epochs=(1, 2), asked=2, settings=(), **final):
    history = {"step": [step], "epoch": [epochs[-1]]} | {n: [v] for n, v in final.items()}
    made = run(
        data / "runs" / task / name,
        task=task,
        history=history,
        recipe={"epochs": asked},
        settings=dict(settings),
        seconds=seconds,
        step=step,
    )
    made.save()


def of(id):
    return {claim.id: claim for claim in claims.claims()}[id]


def test_without_runs_nothing_is_claimed_of_them(data):
    ledger = claims.claims()
    assert [claim.id for claim in ledger] == [*(f"C{n}" for n in range(1, 16)), "O1", "O2"]
    counted = {"C5", "C13", "C14"}
    for claim in ledger:
        assert (claim.holds == "not measured") == (claim.id not in counted), claim


def test_perfection_is_counted_on_both_parts_of_both_splits(data):
    for split, test in (("uniform", 1.0), ("quadrant", 0.9918)):
        for seed in range(5):
            right = test if seed == 0 else 1.0
            add(
                data,
                "classification",
                f"coordconv-{split}-seed{seed}",
                train_accuracy=1.0,
                test_accuracy=right,
            )
    claim = of("C3")
    assert claim.ours == (
        "at 100 % train and test: uniform 5 of 5, quadrant 4 of 5; worst test 99.2 %"
    )
    assert claim.holds == "yes" and claim.figures["perfect_quadrant"] == 4
    assert claim.spread == "5 seeds a split"
    assert claim.runs[0] == "runs/classification/coordconv-uniform-seed0"
    add(data, "classification", "coordconv-uniform-seed1", train_accuracy=0.99, test_accuracy=1.0)
    assert of("C3").holds == "in part"


def test_a_run_that_was_cut_says_so_and_speed_is_a_bound(data):
    for seed, seconds in enumerate((8.0, 10.0, 12.0)):
        name = f"coordconv-uniform-seed{seed}"
        add(data, "classification", name, seconds, 100, train_accuracy=1.0, test_accuracy=1.0)
    uniform = {"split": "uniform"}
    for name, test in (("deconv-m1-uniform-seed0", 0.5), ("deconv-m2-uniform-seed0", 0.4)):
        add(
            data,
            "classification",
            name,
            1000.0 * test,
            3000,
            epochs=(300,),
            asked=1000,
            settings=uniform,
            train_accuracy=0.9,
            test_accuracy=test,
            test_distance=0.75,
        )
    assert of("C1").spread == "2 networks, 300 of 1000 epochs"
    assert of("C1").figures == {"best_test": 0.5, "lowest_test": 0.4, "best_train": 0.9}
    assert of("C4").figures == {"steps": 30, "steps_at_full_length": 100}
    assert of("C6").figures == {"least_pixels": 1.25, "most_pixels": 1.5}


@pytest.mark.parametrize(
    ("uniform", "quadrant", "holds"), [(0.2, 13.0, "yes"), (0.2, 0.5, "in part")]
)
def test_a_regressor_fails_where_it_is_five_times_worse(data, uniform, quadrant, holds):
    for split, pixels in (("uniform", uniform), ("quadrant", quadrant)):
        for seed in range(3):
            name = f"conv_fc-{split}-seed{seed}"
            add(data, "regression", name, test_distance=pixels + seed / 100)
    claim = of("C9")
    assert claim.holds == holds
    assert claim.figures["quadrant_worst"] == pytest.approx(quadrant + 0.02)


def test_the_papers_settings_are_counted_task_by_task(data):
    right = {
        "classification": {"train_accuracy": 1.0, "test_accuracy": 1.0},
        "rendering": {"train_perfect": 1.0, "test_perfect": 1.0},
        "regression": {"test_distance": 0.3},
    }
    for task, metrics in right.items():
        for number in range({"classification": 12, "rendering": 16, "regression": 2}[task]):
            history = {"epoch": [2]} | {
                name: [value if number else 0.99] for name, value in metrics.items()
            }
            folder = data / "sweeps" / f"{task}-coordconv" / f"run{number}"
            run(folder, task=task, history=history, recipe={"epochs": 2}).save()
    claim = of("O2")
    assert claim.ours == "solved: classification 11 of 12, rendering 15 of 16, regression 2 of 2"
    assert claim.holds == "yes" and len(claim.runs) == 30

    shutil.rmtree(data / "sweeps" / "rendering-coordconv" / "run0")
    claim = of("O2")
    assert claim.ours.endswith("classification 11 of 12, regression 2 of 2, rendering not recorded")
    assert claim.holds == "not measured" and len(claim.runs) == 14


def test_the_kept_ledger_is_compared_to_the_last_figure(data):
    ledger = claims.claims()
    assert claims.differences(ledger, claims.as_json(ledger)) == []
    kept = json.loads(claims.as_json(ledger))
    kept[0]["ours"] = "better"
    del kept[1]
    kept.append({"id": "C99"})
    found = claims.differences(ledger, json.dumps(kept))
    assert found[0] == "C99 is only in the file"
    assert found[1].startswith("C1: ours is 'better' in the file, the runs give")
    assert found[2] == "C2 is not in the file" and len(found) == 3
    with pytest.raises(ValueError, match=r"claims.json is not a ledger"):
        claims.differences(ledger, "[1")


def test_the_command_line_writes_and_checks(data, capsys):
    assert cli.main(["claims", "--check"]) == 1
    assert "coordlib claims --write" in capsys.readouterr().err
    readme = data.parent / "README.md"
    readme.write_text("before\n<!-- claims -->\nearlier\n<!-- /claims -->\nafter\n")
    assert cli.main(["claims", "--write"]) == 0
    text = readme.read_text()
    assert text.startswith("before\n<!-- claims -->\n| | claim") and "| C5 |" in text
    assert text.endswith("|\n<!-- /claims -->\nafter\n") and "earlier" not in text
    assert cli.main(["claims", "--check"]) == 0
    assert "all 17 claims" in capsys.readouterr().out
    path = data / "claims.json"
    path.write_text(path.read_text().replace("7,553", "7,554"))
    assert cli.main(["claims", "--check"]) == 1
    assert "C5: ours is" in capsys.readouterr().out
    assert cli.main(["claims", "--markdown"]) == 0
    table = capsys.readouterr().out.splitlines()
    assert len(table) == 19 and all(line.count("|") == 7 for line in table)


def test_the_courses_ledger_and_the_readmes_table_are_what_the_runs_give():
    ledger = claims.claims()
    kept = (ROOT / "data" / "claims.json").read_text(encoding="utf-8")
    assert claims.differences(ledger, kept) == []
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    between = readme.split("<!-- claims -->\n")[1].split("<!-- /claims -->")[0]
    assert between == claims.as_markdown(ledger)
