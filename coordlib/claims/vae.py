"""Claims C22 and O4: along a walk between two latents, do objects move, or do they fade?

data/plans/vae.json says what was to be run and compared, before it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean

from coordlib.claims.claim import Claim, Condition, Finding, Thresholds
from coordlib.claims.evidence import compare, finals, paired, sweep
from coordlib.records import Run

# Up to here an object moves, from there on it fades: the share of fading, and of walks with a jump.
MOVES, FADES = {"fade": 0.25, "jumps": 0.05}, {"fade": 0.5, "jumps": 0.5}


def arm(network: str, latents: int = 8, objects: int = 1) -> list[Run]:
    """The finished runs with such a decoder, so many latent numbers and objects."""
    return sweep("vae", network=network, latents=latents, objects=objects)


def _along(runs: Sequence[Run], name: str) -> dict[str, float]:
    """What all runs keep: the least and the most of what is measured along their walks."""
    figures = {}
    for measure in MOVES:
        values = finals(runs, f"walk_{measure}")
        figures |= {
            f"{name}_{measure}_least": min(values),
            f"{name}_{measure}_most": max(values),
        }
    return figures


def _said(runs: Sequence[Run]) -> str:
    fade, jumps = (mean(finals(runs, f"walk_{measure}")) for measure in MOVES)
    return f"fade {fade:.2f}, jumps in {100 * jumps:.0f} %"


def _walks() -> Finding | None:
    pairs = paired(arm("deconv"), arm("coordconv"))
    if len(pairs) < 2:
        return None
    plain, told = (list(runs) for runs in zip(*pairs, strict=True))
    figures, intervals = _along(plain, "deconv") | _along(told, "coordconv"), {}
    for measure in MOVES:
        found = compare(pairs, f"walk_{measure}")
        figures |= {
            f"{measure}_difference": mean(found.differences),
            f"{measure}_low": found.interval.low,
            f"{measure}_high": found.interval.high,
        }
        intervals[f"{measure}_difference"] = found.interval
    return Finding(
        f"one object, eight latent numbers, 200 walks: deconvolution {_said(plain)}; CoordConv "
        f"{_said(told)}",
        f"{len(pairs)} pairs of seeds",
        figures,
        intervals,
        runs=[*plain, *told],
        recipe="the course's own networks and recipe; the paper's aren't known to us",
        command="coordlib sweep vae",
    )


def _coordinates() -> Finding | None:
    pairs, small = paired(arm("conv_3x3"), arm("coordconv_3x3")), arm("deconv", latents=2)
    if len(pairs) < 2 or not small:
        return None
    twins = {measure: compare(pairs, f"walk_{measure}") for measure in MOVES}
    fade = twins["fade"].interval
    without, told = zip(*pairs, strict=True)
    said = ", ".join(
        f"{each.interval.low:+.2f} to {each.interval.high:+.2f} in {measure}"
        for measure, each in twins.items()
    )
    return Finding(
        f"twins that differ in the position map alone: without {_said(without)}, with {_said(told)}"
        f" (difference {said}); deconvolution with two latent numbers {_said(small)}",
        f"{len(pairs)} pairs of seeds, and {len(small)} seeds",
        {
            **{f"{measure}_difference": mean(each.differences) for measure, each in twins.items()},
            "fade_low": fade.low,
            "fade_high": fade.high,
            **_along(small, "two_latents"),
        },
        {f"{measure}_difference": each.interval for measure, each in twins.items()},
        runs=[*without, *told, *small],
        recipe="as in C22",
        command="coordlib sweep vae",
    )


def _every(name: str, limits: dict[str, float], comparison: str) -> list[Condition]:
    """All runs of an arm lie within limits."""
    end = {"<=": "most", ">=": "least"}[comparison]
    return [
        Condition(f"{name}_{measure}_{end}", comparison, limit) for measure, limit in limits.items()
    ]


def _holds_zero(measure: str) -> list[Condition]:
    return [Condition(f"{measure}_low", "<=", 0), Condition(f"{measure}_high", ">=", 0)]


CLAIMS = (
    Claim(
        "C22",
        "Along a walk between two latents of an autoencoder objects move with CoordConv, where "
        "they fade without",
        "smoother, in words and pictures",
        Thresholds(
            yes=[*_every("coordconv", MOVES, "<="), *_every("deconv", FADES, ">=")],
            in_part=[
                [Condition("fade_high", "<", 0), Condition("jumps_low", "<=", 0)],
                [Condition("jumps_high", "<", 0), Condition("fade_low", "<=", 0)],
            ],
            no=[
                [*_holds_zero("fade"), *_holds_zero("jumps")],
                [Condition("fade_low", ">", 0)],
                [Condition("jumps_low", ">", 0)],
            ],
        ),
        _walks,
    ),
    Claim(
        "O4",
        "It is coordinates, and only coordinates, that make an autoencoder's object move",
        "",
        Thresholds(
            yes=[Condition("fade_high", "<", 0), Condition("two_latents_fade_least", ">", 0.25)],
            in_part=[[Condition("fade_high", "<", 0)]],
            no=[_every("two_latents", MOVES, "<=")],
        ),
        _coordinates,
    ),
)
