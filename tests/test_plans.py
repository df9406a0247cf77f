"""Plans are read strictly, and what was run is held against them."""

import json

import pytest

from coordlib import cli, plans, records
from coordlib.storage import StorageError
from tests.test_records import run

RECIPE = {"epochs": 100, "l2": 0.0}
ARM = {
    "name": "deconv",
    "says": "two seeds on two splits",
    "runs": "runs/classification/tried-*",
    "seeds": [0, 1],
    "n": 4,
    "settings": {"network": "deconv"},
    "recipe": RECIPE,
}
PLAN = {
    "question": "Does it?",
    "written": "2026-11-28",
    "chosen": "by nobody",
    "arms": [ARM],
    "measures": ["test accuracy"],
    "length": "100 epochs",
    "tests": ["the median"],
    "outcomes": {"gain": "more", "null": "the same", "harm": "less"},
}


def write(data, content):
    path = data / "plans" / "try.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def record(data, name, **changes):
    history = {"step": [20], "epoch": [100]}
    settings = {"network": "deconv", "split": "uniform"}
    given = {"history": history, "recipe": RECIPE | {"schedule": "step"}, "settings": settings}
    run(data / "runs" / "classification" / name, **given | {"seed": 0} | changes).save()


def record_all(data):
    for seed in (0, 1):
        for split in ("uniform", "quadrant"):
            record(data, f"tried-{split}-seed{seed}", seed=seed)


def otherwise(data):
    return plans.deviations(plans.read(write(data, PLAN)))


def test_runs_as_planned_leave_nothing_to_say(data):
    record_all(data)
    record(data, "coordconv-seed7", seed=7)  # no run of the plan's
    assert otherwise(data) == []


def test_what_is_still_to_come_is_incomplete(data):
    record_all(data)
    record(data, "tried-quadrant-seed0", finished=False, history={"step": [9], "epoch": [30]})
    (data / "runs" / "classification" / "tried-uniform-seed1" / "run.json").unlink()
    assert otherwise(data) == [
        plans.Deviation(f"plan try is incomplete: deconv: {says}", contradicts=False)
        for says in (
            "1 of 2 runs with seed 1 are missing",
            "runs/classification/tried-quadrant-seed0 is not finished: epoch 30, step 20",
        )
    ]


@pytest.mark.parametrize(
    ("name", "changes", "says"),
    [
        ("tried-again", {}, "3 runs with seed 0 are there; planned are 2"),
        ("tried-again", {"seed": 7}, "tried-again has seed 7; planned is [0, 1]"),
        (
            "tried-uniform-seed0",
            {"settings": {"network": "coordconv"}},
            "has network 'coordconv'; planned is 'deconv'",
        ),
        (
            "tried-uniform-seed0",
            {"recipe": RECIPE | {"epochs": 50}, "history": {"step": [20], "epoch": [50]}},
            "has epochs 50; planned is 100",
        ),
        ("tried-uniform-seed0", {"recipe": {"epochs": 100}}, "has l2 None; planned is 0.0"),
    ],
)
def test_what_no_further_run_mends_contradicts(data, name, changes, says):
    record_all(data)
    record(data, name, **changes)
    (deviation,) = otherwise(data)
    assert deviation.contradicts
    assert deviation.says.startswith("plan try is contradicted: deconv: ")
    assert deviation.says.endswith(says)


def test_the_command_line_fails_for_a_contradiction_only(data, capsys):
    cli.main(["claims", "--write"])
    write(data, PLAN)
    assert cli.main(["claims", "--check"]) == 0
    assert "2 of 2 runs with seed 1 are missing" in capsys.readouterr().out
    record(data, "tried-again", seed=7)
    assert cli.main(["claims", "--check"]) == 1
    assert "has seed 7" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"arm": []}, "a key of the content got 'arm' (did you mean 'arms'?)"),
        ({"name": "try"}, "a key of the content got 'name'"),
        ({"written": "28.11.2026"}, "written got '28.11.2026'; it takes a day such as 2026-11-28"),
        ({"measures": "accuracy"}, "measures got 'accuracy'; it takes a list"),
        ({"tests": []}, "tests got none; it takes at least one"),
        ({"outcomes": {"gain": "more"}}, "outcomes lacks its 'null'"),
        ({"arms": [ARM | {"n": 0}]}, "arms[0].n got 0; it takes a number of at least 1"),
        ({"arms": [ARM | {"n": 3}]}, "got [0, 1]; it takes different ones, of which its n = 3"),
        ({"arms": [ARM | {"seeds": [0, 0]}]}, "'deconv' got [0, 0]; it takes different ones"),
        ({"arms": [ARM | {"seeds": []}]}, "'deconv' got []; it takes different ones"),
        ({"arms": [ARM | {"seeds": [0.5]}]}, "arms[0].seeds[0] got 0.5; it takes a whole number"),
        ({"arms": [ARM | {"runs": "/etc/*"}]}, "got '/etc/*'; it takes the pattern of folders"),
        ({"arms": [ARM | {"runs": "runs/../*"}]}, "got 'runs/../*'; it takes the pattern"),
        ({"arms": [ARM | {"runs": "runs/**"}]}, "got 'runs/**'; it takes the pattern"),
        ({"arms": [ARM, ARM]}, "arms got the names deconv, deconv; it takes different ones"),
    ],
)
def test_a_plan_of_another_form_is_named(data, change, says):
    path = write(data, PLAN | change)
    with pytest.raises(StorageError) as caught:
        plans.read(path)
    assert str(caught.value).startswith(f"{path} is not a plan of coordlib")
    assert says in str(caught.value)


def test_a_plan_that_is_not_there_is_named(data):
    with pytest.raises(StorageError, match=r"there is no plan of coordlib at .*gone.json"):
        plans.read(data / "plans" / "gone.json")


def test_the_courses_plans_are_read_and_nothing_contradicts_them():
    shipped = plans.shipped()
    assert [plan.name for plan in shipped] == sorted(
        path.stem for path in (records.data_folder() / "plans").iterdir()
    )
    for plan in shipped:
        assert [each.says for each in plans.deviations(plan) if each.contradicts] == []
