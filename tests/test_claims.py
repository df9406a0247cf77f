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


def add_to_sweep(data, grid, name, epochs, settings, finished=True, **final):
    history = {"epoch": [epochs]} | {metric: [value] for metric, value in final.items()}
    recipe = {"epochs": epochs}
    folder = data / "sweeps" / grid / name
    run(folder, history=history, recipe=recipe, settings=settings, finished=finished).save()


def add_regressors(data, network, uniform, quadrant):
    """Three seeds a split, a hundredth of a pixel apart."""
    for split, pixels in (("uniform", uniform), ("quadrant", quadrant)):
        for seed in range(3):
            name = f"{network}-{split}-seed{seed}"
            add(data, "regression", name, test_distance=pixels + seed / 100)


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
    assert claim.spread == "5 seeds a split, their recipe settled with a look at test"
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
    assert of("C1").spread == "2 runs of 300 of 1000 epochs"
    assert of("C1").figures == {"best_test": 0.5, "lowest_test": 0.4, "best_train": 0.9}
    assert of("C4").figures == {
        "steps": 30,
        "examples": 150,
        "steps_at_full_length": 100,
        "examples_at_full_length": 500,
    }
    assert of("C4").holds == "in part"
    assert of("C6").figures == {"least_pixels": 1.25, "most_pixels": 1.5}

    control = {"test_accuracy": 0.6, "train_accuracy": 0.8, "test_distance": 0.5}
    for name in ("one", "other"):
        add_to_sweep(data, "controls", name, 45, uniform | {"network": "deconv"}, **control)
    assert of("C1").spread == "2 runs of 300 of 1000 epochs, 2 runs of 45 epochs"
    assert of("C1").figures["best_test"] == 0.6 and of("C6").figures["most_pixels"] == 1.5
    assert of("C4").figures["steps"] == 30  # of the paper's schedule only


def test_a_run_without_an_evaluation_says_nothing_and_a_sweep_counts_finished_runs(data):
    stopped = data / "runs" / "rendering" / "deconv-uniform-seed0"
    run(stopped, task="rendering", settings={"split": "uniform"}, history={}).save()
    add_to_sweep(data, "controls", "half", 45, {"network": "deconv"}, finished=False)
    assert of("C7").holds == of("O1").holds == "not measured"


@pytest.mark.parametrize(
    ("uniform", "quadrant", "holds"),
    [(0.2, 13.0, "yes"), (0.2, 0.5, "in part"), (2.0, 13.0, "in part"), (2.0, 4.0, "no")],
)
def test_a_regressor_fails_where_it_is_five_times_worse(data, uniform, quadrant, holds):
    add_regressors(data, "conv_fc", uniform, quadrant)
    claim = of("C9")
    assert claim.holds == holds
    assert claim.figures["quadrant_worst"] == pytest.approx(quadrant + 0.02)


@pytest.mark.parametrize(
    ("quadrant", "worst_setting", "holds"),
    [(5.0, 90.0, "yes"), (5.0, 6.0, "in part"), (0.2, 90.0, "in part"), (0.2, 6.0, "no")],
)
def test_pooling_is_delicate_where_the_settings_differ(data, quadrant, worst_setting, holds):
    add_regressors(data, "conv_pool", 0.3, quadrant)
    assert of("C10").holds == "not measured"
    settings = {"network": "conv_pool", "split": "quadrant"}
    for number, pixels in enumerate((4.0, worst_setting)):
        add_to_sweep(data, "regression-conv", f"run{number}", 100, settings, test_distance=pixels)
    claim = of("C10")
    assert claim.holds == holds and claim.figures["settings_worst"] == worst_setting


@pytest.mark.parametrize(("quadrant", "holds"), [(0.9, "yes"), (1.1, "in part")])
def test_one_coordconv_layer_solves_below_a_pixel(data, quadrant, holds):
    add_regressors(data, "coordconv", 0.1, quadrant)
    assert of("C11").holds == holds


@pytest.mark.parametrize(
    ("accuracy", "pixels", "holds"),
    [(0.01, 4.0, "yes"), (0.01, 0.5, "in part"), (0.9, 4.0, "in part"), (0.9, 0.5, "no")],
)
def test_both_directions_must_be_hard(data, accuracy, pixels, holds):
    scores = {"train_accuracy": 1.0, "test_accuracy": accuracy}
    settings = {"split": "quadrant"}
    add(data, "classification", "deconv-quadrant-seed0", settings=settings, **scores)
    add_regressors(data, "conv_fc", 0.2, pixels)
    add_regressors(data, "conv_pool", 0.2, 20.0)
    assert of("C12").holds == holds


@pytest.mark.parametrize(("test", "holds"), [(0.01, "yes"), (0.08, "in part"), (0.3, "no")])
def test_not_at_all_is_two_per_cent_at_most(data, test, holds):
    scores = {"train_accuracy": 1.0, "test_accuracy": test}
    settings = {"split": "quadrant"}
    add(data, "classification", "deconv-quadrant-seed0", settings=settings, **scores)
    assert of("C2").holds == holds


@pytest.mark.parametrize(
    ("uniform", "quadrant", "holds"),
    [(0.8, 0.3, "yes"), (0.9, 0.3, "in part"), (0.8, 0.5, "in part"), (1.0, 0.3, "no")],
)
def test_a_deconvolution_paints_worse_than_the_papers_best(data, uniform, quadrant, holds):
    for split, iou in (("uniform", uniform), ("quadrant", quadrant)):
        add(data, "rendering", f"deconv-{split}", settings={"split": split}, test_iou=iou)
    assert of("C7").holds == holds


@pytest.mark.parametrize(
    ("idle", "used", "holds"), [((0.1, 0.2), (0.7, 0.8), "in part"), ((0.1, 0.7), (0.6, 0.8), "no")]
)
def test_dependence_on_position_must_differ_in_every_seed(data, idle, used, holds):
    for question, ratios in (("shape", idle), ("side", used)):
        for seed, ratio in enumerate(ratios):
            add(data, "shapes", f"{question}-seed{seed}", first_ratio=ratio)
    assert of("C15").holds == holds


@pytest.mark.parametrize(("rival", "holds"), [(0.6, "yes"), (1.0, "in part")])
def test_only_coordconv_solves_both_splits(data, rival, holds):
    for split in ("uniform", "quadrant"):
        for network, test in (("coordconv", 1.0), ("upsample", rival)):
            settings = {"network": network, "split": split}
            add_to_sweep(data, "controls", f"{network}-{split}", 9, settings, test_accuracy=test)
    claim = of("O1")
    assert claim.holds == holds and claim.figures["upsample_quadrant"] == rival
    assert claim.command == "coordlib sweep controls"


@pytest.mark.parametrize(("ratio", "holds"), [(1.2, "yes"), (1.6, "in part")])
def test_the_layer_takes_little_time_as_long_as_its_timings_say_so(data, ratio, holds):
    forms = [("CoordConv2d", 0.9), ("CoordConv2d", ratio), ("concatenating", 2.0)]
    timings = [{"form": form, "ratio": each} for form, each in forms]
    (data / "benchmarks").mkdir()
    path = data / "benchmarks" / "layers.json"
    path.write_text(json.dumps({"threads": 4, "timings": timings}))
    assert of("C14").holds == holds and of("C14").spread == "2 timings on 4 cores"


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

    for number in range(2):  # 26 of 30 are solved, but not all three tasks
        folder = data / "sweeps" / "regression-coordconv" / f"run{number}"
        run(folder, task="regression", history={"epoch": [2], "test_distance": [20.0]}).save()
    assert of("O2").holds == "in part"
    for number in range(16):
        folder = data / "sweeps" / "rendering-coordconv" / f"run{number}"
        scores = {"train_perfect": [0.0], "test_perfect": [0.0]}
        run(folder, task="rendering", history={"epoch": [2]} | scores).save()
    assert of("O2").ours.startswith("solved: classification 11 of 12, rendering 0 of 16")
    assert of("O2").holds == "no"  # 11 of 30

    shutil.rmtree(data / "sweeps" / "rendering-coordconv" / "run0")
    claim = of("O2")
    assert claim.ours.endswith("classification 11 of 12, regression 0 of 2, rendering not recorded")
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
    assert capsys.readouterr().out.count("wrote ") == 2
    assert cli.main(["claims", "--check"]) == 0
    assert "all 17 claims" in capsys.readouterr().out
    path = data / "claims.json"
    path.write_text(path.read_text().replace("7,553", "7,554"))
    assert cli.main(["claims", "--check"]) == 1
    assert "C5: ours is" in capsys.readouterr().out
    assert cli.main(["claims", "--markdown"]) == 0
    table = capsys.readouterr().out.splitlines()
    assert len(table) == 19 and all(line.count("|") == 7 for line in table)


def test_a_readme_without_its_markers_is_named(data, capsys):
    (data.parent / "README.md").write_text("no table here\n")
    assert cli.main(["claims", "--write"]) == 1
    assert "README.md lacks the lines <!-- claims -->" in capsys.readouterr().err


def test_the_courses_ledger_and_the_readmes_table_are_what_the_runs_give():
    ledger = claims.claims()
    kept = (ROOT / "data" / "claims.json").read_text(encoding="utf-8")
    assert claims.differences(ledger, kept) == []
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    between = readme.split("<!-- claims -->\n")[1].split("<!-- /claims -->")[0]
    assert between == claims.as_markdown(ledger)
