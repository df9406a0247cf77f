"""Claims C13 and C14, about the layer itself (paper section 3)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional as F

from coordlib import benchmarks
from coordlib.benchmarks.layers import Timing
from coordlib.claims.claim import Claim, Condition, Finding, Thresholds, of_parts
from coordlib.layers import CoordConv2d


def _equals_a_convolution() -> Finding:
    torch.manual_seed(0)
    layer = CoordConv2d(3, 5, 3, padding=1).double()
    with torch.no_grad():
        layer.coordinate_weight.zero_()
    pictures = torch.randn(4, 3, 12, 17, dtype=torch.float64)
    plain = F.conv2d(pictures, layer.feature_weight, layer.bias, padding=1)
    same = torch.isclose(layer(pictures), plain, rtol=0, atol=1e-12).double().mean().item()
    return Finding(
        "the same to rounding (1e-12 in float64)" if same == 1 else "differs",
        "random pictures, 12 × 17",
        {"share_of_equal_pixels": same},
        command="coordlib claims --check",
    )


def _costs_little() -> Finding:
    extra = 2 * 64 * 9
    weights = CoordConv2d(64, 64, 3).weight.numel() - torch.nn.Conv2d(64, 64, 3).weight.numel()
    figures: dict[str, float] = {"surplus_weights": weights - extra}
    told = [f"{weights:,} = {extra:,} weights for 64 channels, 3 × 3"]
    shipped = benchmarks.shipped_layers()
    for each in shipped:
        worst = _worst(each.timings)
        for figure, (value, _) in worst.items():
            figures[figure] = max(value, figures.get(figure, value))
        told.append(f"with {each.threads} thread{'s' * (each.threads > 1)} {_most(worst)}")
    known = [each for part in _LITTLE for each in part if each.figure in figures]
    if missed := [str(each) for each in known if not each.met(figures)]:
        told.append(f"not met: {' and '.join(missed)}")
    spread = "counted, time not recorded"
    if shipped:
        timings = sum(len(each.timings) for each in shipped)
        spread = (
            f"{timings} timings on {' and '.join(sorted({each.processor for each in shipped}))}"
        )
    return Finding("; ".join(told), spread, figures, command="coordlib bench layers")


def _worst(timings: Sequence[Timing]) -> dict[str, tuple[float, str]]:
    """The most of each figure, over all cases that it is about, and which case that is."""
    worst: dict[str, tuple[float, str]] = {}
    for t in timings:
        ours, case = t.coordconv, f"{t.case}, {'training' if t.training else 'inference'}"
        if t.small:
            found = {"small_microseconds": ours.extra}
        elif t.training:
            found = {"training_time": ours.time, "memory": ours.memory}
        else:
            beside = ours.time / t.concatenating.time
            found = {"inference_time": ours.time, "beside_concatenating": beside}
            found["memory"] = ours.memory
        for figure, value in found.items():
            worst[figure] = max((value, case), worst.get(figure, (value, case)))
    return worst


def _most(worst: dict[str, tuple[float, str]]) -> str:
    """The worst ratio and the most microseconds in words, each with its case."""
    words = []
    ratios = [worst[figure] for figure in ("training_time", "inference_time") if figure in worst]
    if ratios:
        words.append("at most {:.2f} × nn.Conv2d's time ({})".format(*max(ratios)))
    if "small_microseconds" in worst:
        words.append(
            "{:.0f} µs more where it takes less than 1 ms ({})".format(*worst["small_microseconds"])
        )
    return " and ".join(words)


# What "little" is, in parts. Beside nn.Conv2d, the median over rounds, and the worst of all cases:
# time and memory where that takes 1 ms or more, and microseconds more where it takes less.
_LITTLE = (
    [Condition("training_time", "<=", 1.05)],
    [Condition("inference_time", "<=", 1.15), Condition("beside_concatenating", "<=", 1)],
    [Condition("memory", "<=", 1.1)],
    [Condition("small_microseconds", "<=", 60)],
)


CLAIMS = (
    Claim(
        "C13",
        "With zero coordinate weights CoordConv is an ordinary convolution",
        "exactly",
        Thresholds(yes=[Condition("share_of_equal_pixels", "==", 1)]),
        _equals_a_convolution,
    ),
    Claim(
        "C14",
        "It costs d · c′ · k² weights, and little time and memory",
        "d · c′ · k²",
        of_parts([Condition("surplus_weights", "==", 0)], *_LITTLE),
        _costs_little,
    ),
)
