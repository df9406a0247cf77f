"""Claim C16: what coordinates give a detector, and what its anchors have to do with it.

data/plans/detection.json says what was to be run and compared, before it was.
"""

from __future__ import annotations

from statistics import mean

from coordlib.claims.claim import Claim, Condition, Finding, Thresholds
from coordlib.claims.evidence import compare, paired, sweep
from coordlib.records import Run
from coordlib.statistics import equivalence

MARGIN = 0.05  # of select IOU: differences below it don't matter
_ARMS = {
    "correct": {"network": "proposals", "anchors": "correct"},
    "scrambled": {"network": "proposals", "anchors": "scrambled"},
    "two_stage": {"network": "faster_rcnn"},
}


def pairs(arm: str) -> list[tuple[Run, Run]]:
    """The runs of an arm without coordinates, each beside that of the same seed with all."""
    coordinates = ("none", "all")
    return paired(*(sweep("detection", coordinates=each, **_ARMS[arm]) for each in coordinates))


def _detection() -> Finding | None:
    by_arm = {arm: pairs(arm) for arm in _ARMS}
    if min(map(len, by_arm.values())) < 2:
        return None
    figures, intervals, said = {}, {}, []
    for arm, each in by_arm.items():
        found = compare(each, "test_select")
        relative = found.other / found.one - 1
        figures |= {
            f"{arm}_none": found.one,
            f"{arm}_all": found.other,
            f"{arm}_relative": relative,
            f"{arm}_difference": mean(found.differences),
            f"{arm}_low": found.interval.low,
            f"{arm}_equivalence": equivalence(found.differences, MARGIN),
        }
        intervals[f"{arm}_difference"] = found.interval
        said.append(
            f"{arm.replace('_', '-')} {found.one:.3f} to {found.other:.3f} ({100 * relative:+.1f} "
            f"%; difference {found.interval.low:+.3f} to {found.interval.high:+.3f})"
        )
    return Finding(
        f"test IOU (select) without and with coordinates, by anchors: {'; '.join(said)}",
        f"{min(map(len, by_arm.values()))} pairs of seeds an arm, 3 epochs of 9,000 pictures",
        figures,
        intervals=intervals,
        runs=[run for each in by_arm.values() for pair in each for run in pair],
        recipe="the course's recipe, chosen on validation digits",
        command="coordlib sweep detection",
    )


_GAINS = {arm: Condition(f"{arm}_low", ">", 0) for arm in _ARMS}

CLAIMS = (
    Claim(
        "C16",
        "Coordinates make a detector of scattered digits better",
        "test IOU 24 % higher",
        # With the anchors that the release has by a slip it would be a claim about the slip.
        Thresholds(yes=[_GAINS["correct"]], in_part=[[_GAINS["scrambled"]], [_GAINS["two_stage"]]]),
        _detection,
    ),
)
