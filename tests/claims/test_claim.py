"""A verdict follows from thresholds that are printed, and flips where they say so."""

import itertools
import math
import re

import pytest

from coordlib.claims import ledger
from coordlib.claims.claim import Claim, Condition, Finding, Thresholds, nearly_all, of_parts
from coordlib.statistics import Interval
from tests.claims.made import printed
from tests.test_records import run

STATED = {claim.id: claim for claim in ledger.stated()}


def near(bound):
    return math.nextafter(bound, -math.inf), bound, math.nextafter(bound, math.inf)


@pytest.mark.parametrize("claim", STATED.values(), ids=STATED)
def test_each_verdict_flips_at_the_thresholds_that_are_printed(claim):
    words = claim.thresholds.words()
    bounds = re.findall(r"(\w+) (?:<=|<|==|>=|>) (\S+)(?<!,)", " ".join(words.values()))
    named = {name: set() for name, _ in bounds}
    for name, bound in bounds:
        named[name].update(near(float(bound)))
    verdicts = {
        values: claim.thresholds.verdict(dict(zip(named, values, strict=True)))
        for values in itertools.product(*named.values())
    }
    for values, verdict in verdicts.items():
        assert verdict == printed(words, dict(zip(named, values, strict=True)))

    for name, bound in bounds:
        place = list(named).index(name)
        around = near(float(bound))
        moved = (
            {verdicts[(*values[:place], each, *values[place + 1 :])] for each in around}
            for values in verdicts
        )
        assert any(len(found) > 1 for found in moved), f"{name} {bound} changes nothing"


def test_thresholds_are_said_in_words():
    limited = [Condition("median", ">", 2), Condition("median", "<", 10)]
    assert of_parts(limited, [Condition("worst", ">", 0.5)]).words() == {
        "yes": "median > 2 and median < 10 and worst > 0.5",
        "in part": "median > 2 and median < 10, or worst > 0.5",
        "no": "otherwise",
    }
    assert Thresholds([Condition("same", "==", 1)]).words() == {
        "yes": "same == 1",
        "no": "otherwise",
    }
    assert Thresholds([Condition("p", "<", 0.05)], no=[[Condition("low", ">", 0)]]).words() == {
        "yes": "p < 0.05",
        "no": "low > 0",
        "not decided": "otherwise",
    }


def test_a_figure_that_is_not_there_leaves_a_claim_unmeasured():
    thresholds = of_parts([Condition("weights", "==", 0)], [Condition("time", "<", 1.3)])
    assert thresholds.verdict({"weights": 0, "time": 2.0}) == "in part"
    assert thresholds.verdict({"weights": 0}) == "not measured"


def test_a_comparison_is_one_that_is_known():
    with pytest.raises(ValueError, match=r"comparison got '=>'.*it takes one of <, <=, ==, >=, >"):
        Condition("share", "=>", 0.9)


def test_figures_of_runs_are_rounded_after_the_verdict(data):
    runs = [run(data / "runs" / "classification" / "one")]

    def entry(**changes):
        found = Finding("nearly", "one run", {"share": 0.899999}, **changes)
        return Claim("X1", "it is so", "", nearly_all("share"), lambda: found).entry()

    rounded = entry(runs=runs, intervals={"share": Interval(0.123456, 1.0, 0.95)})
    assert rounded.figures == {"share": 0.9} and rounded.holds == "in part"
    assert rounded.intervals == {"share": Interval(0.1235, 1.0, 0.95)}
    assert rounded.runs == ["runs/classification/one"] and rounded.command == runs[0].command
    assert entry(command="coordlib bench layers").figures == {"share": 0.899999}


def test_without_runs_a_claim_tells_its_thresholds_all_the_same():
    entry = Claim("X1", "it is so", "", nearly_all("share"), lambda: None).entry()
    assert entry.holds == "not measured" and entry.ours == "its runs are not all recorded yet"
    assert entry.thresholds["yes"] == "share >= 0.9"
