"""Claims C18 to C21: generators of two-object scenes, and where they put the objects.

data/plans/gan.json says what was to be run and compared, before it was.
"""

from __future__ import annotations

from statistics import mean

from coordlib.claims.claim import Claim, Condition, Finding, Thresholds
from coordlib.claims.evidence import compare, finals, paired, sweep
from coordlib.records import Run
from coordlib.statistics import equivalence
from coordlib.tasks.gan.networks import generator

# Generator and discriminator of an arm, without coordinates and with them, as in the paper.
ARMS = {
    "deconv": {"network": "deconv", "discriminator": "plain"},
    "coordconv": {"network": "coordconv", "discriminator": "coordconv"},
}
# Entropies of 300 real scenes' centres at 32 × 32; from one such set to another they differ by a
# standard deviation of 0.03.
DATA = {"red_entropy": 3.97, "blue_entropy": 3.94, "difference_entropy": 3.45}
# Smaller differences don't matter: of entropies in nats, three of those standard deviations; of
# what is measured along walks, in parts of 1.
MARGIN = 0.1
_ENTROPIES, _WALKS = ("red_entropy", "blue_entropy"), ("walk_fade", "walk_jumps")


def pairs(penalty: float = 1.0) -> list[tuple[Run, Run]]:
    """The deconvolution's runs at a strength of the penalty, each beside CoordConv's of its seed.

    Those in which both have so many valid samples that their places can be measured.
    """
    found = paired(*(sweep("gan", **arm, penalty=penalty) for arm in ARMS.values()))
    return [pair for pair in found if all(run.final["red_entropy"] >= 0 for run in pair)]


def _compared(metrics: tuple[str, ...], said: str) -> Finding | None:
    each = pairs()
    if len(each) < 2:
        return None
    figures, intervals, told = {}, {}, []
    for metric in metrics:
        found = compare(each, metric)
        low, high = found.interval.low, found.interval.high
        figures |= {
            f"deconv_{metric}": found.one,
            f"coordconv_{metric}": found.other,
            f"{metric}_difference": mean(found.differences),
            f"{metric}_low": low,
            f"{metric}_high": high,
            f"{metric}_equivalence": equivalence(found.differences, MARGIN),
        }
        intervals[f"{metric}_difference"] = found.interval
        told.append(
            f"{metric.replace('_', ' ')} {found.one:.2f} to {found.other:.2f} (difference "
            f"{low:+.2f} to {high:+.2f})"
        )
    one, other = zip(*each, strict=True)
    valid = {
        name: mean(finals(runs, "valid")) for name, runs in zip(ARMS, (one, other), strict=True)
    }
    figures |= {f"{name}_valid": share for name, share in valid.items()}
    shares = " and ".join(f"{100 * share:.0f} %" for share in valid.values())
    return Finding(
        f"{said}, without and with CoordConv: {'; '.join(told)}; of {shares} valid samples",
        f"{len(each)} pairs of seeds, {one[0].step:,} steps at 32 × 32, penalty 1",
        figures,
        intervals,
        runs=[run for pair in each for run in pair],
        recipe="the course's recipe, chosen by the deconvolution's valid samples alone",
        command="coordlib sweep gan",
    )


def _positions() -> Finding | None:
    return _compared(_ENTROPIES, "entropy of places in nats")


def _parameters() -> Finding:
    size = {"latents": 256, "side": 64, "width": 64, "filter_size": 5}
    ours, theirs = (
        sum(each.numel() for each in generator(name, **size).parameters())
        for name in ("coordconv", "deconv")
    )
    return Finding(
        f"{ours:,} of {theirs:,}, {100 * ours / theirs:.2f} %",
        "counted",
        {"parameters": ours, "of": theirs, "share": ours / theirs},
        command="coordlib claims --check",
    )


def _one_from_the_other() -> Finding | None:
    return _compared(("difference_entropy",), "entropy of red less blue in nats")


def _walks() -> Finding | None:
    return _compared(_WALKS, "along 200 lines between latents")


def _sure(gain: str, low: str, high: str, metrics: tuple[str, str]) -> Thresholds:
    """As the plan has it: a gain in both is a yes, equivalence in both or a harm is a no.

    gain: on which side of 0 a gain lies, ">" or "<"; low, high: the interval's end that has to lie
    there, and the other one.
    """
    harm = {">": "<", "<": ">"}[gain]
    sure = {metric: Condition(f"{metric}_{low}", gain, 0) for metric in metrics}
    worse = {metric: Condition(f"{metric}_{high}", harm, 0) for metric in metrics}
    others = dict(zip(metrics, reversed(metrics), strict=True))
    return Thresholds(
        yes=list(sure.values()),
        in_part=[
            [sure[metric], Condition(f"{others[metric]}_{high}", f"{gain}=", 0)]
            for metric in metrics
        ],
        no=[
            [Condition(f"{metric}_equivalence", "<", 0.05) for metric in metrics],
            *(
                [worse[metric], Condition(f"{others[metric]}_{low}", f"{harm}=", 0)]
                for metric in metrics
            ),
        ],
    )


# Below what sets of real scenes have, by more than the margin.
_COLLAPSED = [
    Condition(f"{arm}_difference_entropy", "<", DATA["difference_entropy"] - MARGIN) for arm in ARMS
]

CLAIMS = (
    Claim(
        "C18",
        "With CoordConv in generator and discriminator, a GAN collapses less in where it puts "
        "objects",
        "less collapse of positions, in words",
        _sure(">", "low", "high", _ENTROPIES),
        _positions,
    ),
    Claim(
        "C19",
        "The CoordConv generator has 7 % of the deconvolution's parameters",
        "7 %",
        Thresholds(yes=[Condition("share", ">=", 0.065), Condition("share", "<", 0.075)]),
        _parameters,
    ),
    Claim(
        "C20",
        "Both generators are collapsed in where one object lies seen from the other, CoordConv's "
        "more so",
        "",
        Thresholds(
            yes=[*_COLLAPSED, Condition("difference_entropy_high", "<", 0)],
            in_part=[[*_COLLAPSED], [Condition("difference_entropy_high", "<", 0)]],
            no=[
                [Condition(each.figure, ">=", each.bound) for each in _COLLAPSED],
                [Condition("difference_entropy_equivalence", "<", 0.05)],
                [Condition("difference_entropy_low", ">", 0)],
            ],
        ),
        _one_from_the_other,
    ),
    Claim(
        "C21",
        "Along lines between latents objects move with CoordConv in a GAN, where they fade without",
        "bedrooms (LSUN): smooth changes, in words and pictures",
        _sure("<", "high", "low", _WALKS),
        _walks,
    ),
)
