"""Claims C13 and C14, about the layer itself (paper section 3)."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from coordlib import records, storage
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
    path = records.data_folder() / "benchmarks" / "layers.json"
    timed = {"timings": []}
    if path.exists():
        with storage.reading(path, "file of timings"):
            timed = storage.read_json(path)
    ratios = [t["ratio"] for t in timed["timings"] if t["form"] == "CoordConv2d"]
    joined = [t["ratio"] for t in timed["timings"] if t["form"] == "concatenating"]
    figures = {f"time_{n}": ratio for n, ratio in enumerate(ratios)}
    figures["surplus_weights"] = weights - extra
    measured, spread = "; time not recorded", "counted"
    if ratios:
        measured = (
            f"; time / nn.Conv2d {min(ratios):.2f} to {max(ratios):.2f} "
            f"(concatenating: {min(joined):.2f} to {max(joined):.2f})"
        )
        spread = f"{len(ratios)} timings on {timed['threads']} cores"
        figures["time_most"] = max(ratios)
    return Finding(
        f"{weights:,} = {extra:,} weights for 64 channels, 3 × 3{measured}",
        spread,
        figures,
        command="coordlib bench layers",
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
        "It costs d · c′ · k² weights, and little time",
        "d · c′ · k²",
        of_parts([Condition("surplus_weights", "==", 0)], [Condition("time_most", "<", 1.3)]),
        _costs_little,
    ),
)
