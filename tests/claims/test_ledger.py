"""The ledger says what the recorded runs say, and notices when a file says otherwise."""

import json

import pytest

from coordlib import claims, cli
from tools import ROOT


def test_without_runs_nothing_is_claimed_of_them(data):
    ledger = claims.claims()
    assert [claim.id for claim in ledger] == [*(f"C{n}" for n in range(1, 16)), "O1", "O2"]
    counted = {"C5", "C13", "C14"}
    for claim in ledger:
        assert (claim.holds == "not measured") == (claim.id not in counted), claim


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
