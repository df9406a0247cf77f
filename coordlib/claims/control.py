"""Claims C17 and O3: one CoordConv layer where position doesn't matter, misleads or is asked for.

data/plans/control.json says what was to be run and compared, before it was.
"""

from __future__ import annotations

from statistics import mean

from coordlib.claims.claim import Claim, Condition, Finding, Thresholds, of_parts
from coordlib.claims.evidence import compare, finals, paired, percent, sweep
from coordlib.datasets import WORLDS
from coordlib.records import Run
from coordlib.statistics import equivalence

# The arms in which position should not matter, by what the ledger calls them: grid and pictures.
_ORDINARY = {
    "digits": ("control", "mnist"),
    "clothes": ("control", "fashion"),
    "resnet18": ("control-checks", "fashion"),
}
_WORLDS = {name: ("control", name) for name in WORLDS}
# Of test accuracy: differences below it don't matter. Why these, the plan says.
MARGINS = {"digits": 0.005, "clothes": 0.015, "resnet18": 0.015, "irrelevant": 0.01}


def pairs(grid: str, pictures: str) -> list[tuple[Run, Run]]:
    """The runs of a grid without a stem, each beside that of the same seed with CoordConv's."""
    return paired(*(sweep(grid, pictures=pictures, stem=stem) for stem in ("none", "coordconv")))


def _compared(arms: dict[str, tuple[str, str]]) -> Finding | None:
    """The accuracies of arms without and with the stem, and what their differences say."""
    by_arm = {arm: pairs(*where) for arm, where in arms.items()}
    if min(map(len, by_arm.values())) < 2:
        return None
    figures, intervals, said = {}, {}, []
    for arm, each in by_arm.items():
        found = compare(each, "test_accuracy")
        low, high = found.interval.low, found.interval.high
        figures |= {
            f"{arm}_none": found.one,
            f"{arm}_coordconv": found.other,
            f"{arm}_difference": mean(found.differences),
            f"{arm}_low": low,
            f"{arm}_high": high,
        }
        if arm in MARGINS:
            figures[f"{arm}_equivalence"] = equivalence(found.differences, MARGINS[arm])
        intervals[f"{arm}_difference"] = found.interval
        said.append(
            f"{arm} {percent(found.one)} to {percent(found.other)} (difference "
            f"{100 * low:+.2f} to {100 * high:+.2f} points)"
        )
    numbers = ", ".join(f"{arm} {len(each)}" for arm, each in by_arm.items())
    return Finding(
        f"test accuracy without and with the stem: {'; '.join(said)}",
        f"pairs of seeds: {numbers}",
        figures,
        intervals,
        runs=[run for each in by_arm.values() for pair in each for run in pair],
        recipe="the course's recipe, chosen on validation pictures",
        command="coordlib sweep control",
    )


def _ordinary() -> Finding | None:
    return _compared(_ORDINARY)


def _three_worlds() -> Finding | None:
    return _compared(_WORLDS)


def leaning() -> dict[str, tuple[list[Run], float, float]] | None:
    """How the trained stems lean on position in each world, for C15; None if a world is missing.

    By world: the runs, the mean size of the coordinate weights (see `networks.coordinate_ratio`),
    and how much test accuracy is lost on average if each place looks like the average one.
    """
    found = {}
    for name in WORLDS:
        runs = sweep("control", pictures=name, stem="coordconv")
        if not runs:
            return None
        ratio, seeing, blind = (
            mean(finals(runs, metric)) for metric in ("ratio", "test_accuracy", "blind_accuracy")
        )
        found[name] = runs, ratio, seeing - blind
    return found


def _equivalent(arm: str) -> Condition:
    """Two one-sided tests at 5 %."""
    return Condition(f"{arm}_equivalence", "<", 0.05)


def _changed(arm: str, figure: str, comparison: str) -> list[Condition]:
    """A gain or a harm, as the plan has it: for sure, and not within the margin."""
    return [
        Condition(f"{arm}_{figure}", comparison, 0),
        Condition(f"{arm}_equivalence", ">=", 0.05),
    ]


CLAIMS = (
    Claim(
        "C17",
        "One CoordConv layer at the start of a network that names pictures changes next to nothing",
        "ImageNet: top-5 0.04 % better, not significantly",
        Thresholds(
            yes=[_equivalent(arm) for arm in _ORDINARY],
            # It does no harm, but a gain is not excluded.
            in_part=[[Condition(f"{arm}_low", ">", -MARGINS[arm]) for arm in _ORDINARY]],
            no=[
                _changed(arm, *change)
                for arm in _ORDINARY
                for change in (("high", "<"), ("low", ">"))
            ],
        ),
        _ordinary,
    ),
    Claim(
        "O3",
        "The same layer is a gain, nothing or a harm as position is asked for, noise or misleading",
        "",
        of_parts(
            [Condition("place_low", ">", 0)],
            [_equivalent("irrelevant")],
            [Condition("biased_high", "<", 0)],
        ),
        _three_worlds,
    ),
)
