"""Claim C15: how much a network leans on position when its task needs it, and when it doesn't."""

from __future__ import annotations

from statistics import mean

from coordlib.claims import control
from coordlib.claims.claim import Claim, Condition, Finding, Thresholds
from coordlib.claims.evidence import finals, percent, runs_of

_APART = Condition("gap", ">", 0)


def _as_much_as_needed() -> Finding | None:
    shape, side = (runs_of("shapes", f"{question}-") for question in ("shape", "side"))
    if not shape or not side:
        return None
    idle, used = finals(shape, "first_ratio"), finals(side, "first_ratio")
    worlds = control.leaning() or {}
    in_worlds = "".join(
        f"; world {name}: {percent(ratio)}, without them {percent(lost)} of accuracy are lost"
        for name, (_, ratio, lost) in worlds.items()
    )
    return Finding(
        "the first layer's coordinate weights keep "
        f"{percent(mean(idle))} of the others' size where position doesn't matter, "
        f"{percent(mean(used))} where it does{in_worlds}",
        f"{len(shape)} seeds each; {min(idle):.2f} to {max(idle):.2f} against "
        f"{min(used):.2f} to {max(used):.2f}",
        {
            "idle_mean": mean(idle),
            "used_mean": mean(used),
            "idle_most": max(idle),
            "gap": min(used) - max(idle),
            **{f"{name}_ratio": ratio for name, (_, ratio, _) in worlds.items()},
            **{f"{name}_lost": lost for name, (_, _, lost) in worlds.items()},
        },
        runs=[*shape, *side, *(run for runs, _, _ in worlds.values() for run in runs)],
        recipe="the course's recipe",
    )


CLAIMS = (
    Claim(
        "C15",
        "It learns as much dependence on position as the task needs",
        "",
        # Smaller is not enough: leaning towards invariance is not invariance.
        Thresholds(yes=[_APART, Condition("idle_most", "==", 0)], in_part=[[_APART]]),
        _as_much_as_needed,
    ),
)
