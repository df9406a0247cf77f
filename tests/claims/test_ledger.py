"""The ledger says what the recorded runs say, and notices when a file says otherwise."""

import json
from pathlib import Path

import pytest

from coordlib import claims, cli
from coordlib.claims.ledger import EXPERIMENTS
from coordlib.storage import StorageError
from tests.claims.made import printed
from tools import ROOT


def test_without_runs_nothing_is_claimed_of_them(data):
    ledger = claims.claims()
    assert [claim.id for claim in ledger] == [
        *(f"C{n}" for n in range(1, 25)),
        *(f"O{n}" for n in range(1, 6)),
    ]
    counted = {"C5", "C13", "C19"}
    for claim in ledger:
        assert (claim.holds == "not measured") == (claim.id not in counted), claim


def test_the_kept_ledger_is_compared_to_the_last_figure(data):
    ledger = claims.claims()
    path = data / "claims.json"
    path.write_text(claims.as_json(ledger))
    assert claims.differences(ledger, path) == []
    kept = json.loads(path.read_text())
    kept[0]["ours"] = "better"
    kept[2]["thresholds"]["yes"] = "share >= 0.8"
    kept.append(kept.pop(1) | {"id": "C99"})
    path.write_text(json.dumps(kept))
    only, ours, missing, thresholds = claims.differences(ledger, path)
    assert only == "C99 is only in the file"
    assert ours.startswith("C1: ours is 'better' in the file, the runs give")
    assert missing == "C2 is not in the file"
    assert thresholds.startswith("C3: thresholds is {'yes': 'share >= 0.8'")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"[1", "claims.json is not a ledger of coordlib, or it is damaged"),
        (b"[1]", r"\[0\] got 1; it takes an object"),
        (b'[{"id": "C1"}]', r"\[0\] lacks its 'says'"),
        (b"\xff", "utf-8"),
    ],
)
def test_a_damaged_ledger_is_named(data, content, says):
    path = data / "claims.json"
    path.write_bytes(content)
    with pytest.raises(StorageError, match=says):
        claims.differences([], path)
    assert cli.main(["claims", "--check"]) == 1


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
    assert "all 29 claims" in capsys.readouterr().out
    path = data / "claims.json"
    path.write_text(path.read_text().replace("7,553", "7,554"))
    assert cli.main(["claims", "--check"]) == 1
    assert "C5: ours is" in capsys.readouterr().out
    assert cli.main(["claims", "--markdown"]) == 0
    table = capsys.readouterr().out.splitlines()
    assert len(table) == 31 and all(line.count("|") == 7 for line in table)


def test_a_readme_without_its_markers_is_named(data, capsys):
    (data.parent / "README.md").write_text("no table here\n")
    assert cli.main(["claims", "--write"]) == 1
    assert "README.md lacks the lines <!-- claims -->" in capsys.readouterr().err


@pytest.fixture(scope="module")
def ledger():
    """The course's own."""
    return claims.claims()


def test_the_courses_ledger_and_the_readmes_table_are_what_the_runs_give(ledger):
    assert claims.differences(ledger, ROOT / "data" / "claims.json") == []
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    between = readme.split("<!-- claims -->\n")[1].split("<!-- /claims -->")[0]
    assert between == claims.as_markdown(ledger)


def test_each_verdict_follows_from_the_figures_and_thresholds_that_are_printed(ledger):
    for entry in ledger:
        if entry.holds != "not measured":
            assert printed(entry.thresholds, entry.figures) == entry.holds, entry.id


def test_what_was_trained_says_by_whose_recipe(ledger):
    for entry in ledger:
        assert bool(entry.recipe) == bool(entry.runs), entry.id


def test_an_interval_lies_around_a_figure(ledger):
    with_intervals = {entry.id for entry in ledger if entry.intervals}
    expected = "C3 C4 C8 C9 C10 C11 C16 C17 C18 C20 C21 C22 C24 O2 O3 O4 O5"
    assert with_intervals == set(expected.split())
    for entry in ledger:
        for name, interval in entry.intervals.items():
            assert interval.low <= entry.figures[name] <= interval.high, (entry.id, name)


def test_the_text_tells_figures_with_their_intervals_and_thresholds(ledger):
    text = claims.as_text([entry for entry in ledger if entry.id == "C3"])
    assert text.startswith("C3  yes          CoordConv is perfect")
    assert "share_quadrant 0.95 (95 %: 0.7639 to 0.9911), share" in text
    assert "yes         share >= 0.9\n" in text and "in part     share > 0\n" in text


def test_every_file_with_claims_is_in_the_ledger():
    folder = Path(claims.__file__).parent
    frame = {"__init__", "claim", "evidence", "ledger"}
    assert {path.stem for path in folder.glob("*.py")} - frame == set(EXPERIMENTS)
