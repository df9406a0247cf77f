"""Coordinate classification: from a position (x, y) to the one pixel that lies there.

Paper section 4.1 and its supplement S1 and S2; claims C1 to C6. A network takes positions, a
tensor of shape (batch, 2) of pixel numbers, columns (x, y), and gives a logit for every pixel:
(batch, 1, canvas, canvas). The softmax over all pixels is where it thinks the position is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from coordlib import checks
from coordlib.datasets import Split, pixel_index
from coordlib.metrics import brightest_positions, pixel_distances
from coordlib.networks import (
    INITIALISATIONS,
    INPUTS,
    RELEASED,
    CoordConvPainter,
    Decoder,
    PositionInput,
    channels_last,
    check_doubling,
    deconvolution,
    outputs,
    seeded,
    tile,
)
from coordlib.recipes import STYLES, Recipe
from coordlib.settings import setting
from coordlib.splits import SplitExperiment, SplitSettings, sizes


class DilatedPainter(nn.Module):
    """No coordinates: (x, y) copied to every pixel, then dilated 3 × 3 convolutions.

    With zero padding a pixel can find out where it is from the distance to the border; with
    circular padding there is no border, and every pixel must give the same answer.
    """

    def __init__(self, canvas: int, padding_mode: str, inputs: str = "scaled") -> None:
        super().__init__()
        self.canvas = canvas
        self.input = PositionInput(canvas, inputs)
        layers: list[nn.Module] = []
        channels = 2
        for exponent in range(max(1, math.ceil(math.log2(canvas)))):
            dilation = 2**exponent
            layers += [
                nn.Conv2d(
                    channels, 32, 3, padding=dilation, dilation=dilation, padding_mode=padding_mode
                ),
                nn.ReLU(inplace=True),
            ]
            channels = 32
        layers += [nn.Conv2d(32, 64, 1), nn.ReLU(inplace=True), nn.Conv2d(64, 1, 1)]
        self.layers = nn.Sequential(*layers)

    def forward(self, positions: Tensor) -> Tensor:
        copies = tile(self.input(positions), self.canvas)
        return self.layers(channels_last(copies))


class LearnedMapPainter(nn.Module):
    """CoordConv's painter with two learned channels where the coordinates were.

    The maps are free: every pixel has numbers of its own, which start at random.
    """

    def __init__(self, canvas: int, inputs: str = "scaled") -> None:
        super().__init__()
        self.canvas = canvas
        self.input = PositionInput(canvas, inputs)
        self.maps = nn.Parameter(torch.empty(1, 2, canvas, canvas).uniform_(-1, 1))
        self.layers = nn.Sequential(
            nn.Conv2d(4, 32, 1),
            nn.ReLU(),
            nn.Conv2d(32, 32, 1),
            nn.ReLU(),
            nn.Conv2d(32, 64, 1),
            nn.ReLU(),
            nn.Conv2d(64, 64, 1),
            nn.ReLU(),
            nn.Conv2d(64, 1, 1),
        )

    def forward(self, positions: Tensor) -> Tensor:
        copies = tile(self.input(positions), self.canvas)
        joined = torch.cat([copies, self.maps.expand(len(positions), -1, -1, -1)], 1)
        return self.layers(channels_last(joined))


class FullyConnectedPainter(nn.Module):
    """Two hidden layers, then a free weight vector for each pixel: no convolution at all."""

    def __init__(self, canvas: int, inputs: str = "scaled") -> None:
        super().__init__()
        self.canvas = canvas
        self.input = PositionInput(canvas, inputs)
        self.layers = nn.Sequential(
            nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, canvas**2)
        )

    def forward(self, positions: Tensor) -> Tensor:
        return self.layers(self.input(positions)).view(-1, 1, self.canvas, self.canvas)


NETWORKS = (
    "coordconv",
    "deconv",
    "upsample",
    "dilated",
    "dilated_circular",
    "fully_connected",
    "learned_map",
)


# For the lesson's canvas, on either split. Lengths and rates were chosen by the train part alone,
# for at most half a minute on one core.
_LESSON_RECIPES = {
    "deconv": Recipe(100, 32, learning_rate=0.01, schedule="one_cycle", evaluate_every=2),
    "upsample": Recipe(20, 32, learning_rate=0.005, schedule="one_cycle", evaluate_every=2),
    "dilated": Recipe(24, 16, learning_rate=0.003, schedule="one_cycle", evaluate_every=4),
    # Three epochs are three more than it can use: each of its maps has one value everywhere.
    "dilated_circular": Recipe(3, 16, learning_rate=0.003, schedule="one_cycle"),
    "learned_map": Recipe(12, 16, learning_rate=0.005, schedule="one_cycle", evaluate_every=2),
    "fully_connected": Recipe(60, 32, learning_rate=0.005, schedule="one_cycle", evaluate_every=5),
}


def _check(network: str, canvas: int, multiplier: int, filter_size: int) -> None:
    """Raise ValueError, which names the argument, for a network that cannot be built so."""
    checks.one_of("network", network, NETWORKS)
    checks.whole_number("multiplier", multiplier)
    if filter_size not in (2, 3, 4):
        raise ValueError(f"filter_size got {filter_size!r}; it takes 2, 3 or 4")
    if multiplier != 1 and network not in ("coordconv", "deconv", "upsample"):
        raise ValueError(f"multiplier got {multiplier}; {network} takes 1")
    if filter_size != 2 and network != "deconv":
        raise ValueError(f"filter_size got {filter_size}; {network} takes 2, and has its own")
    if network in ("deconv", "upsample"):
        check_doubling(canvas)


def build(
    network: str,
    canvas: int = 64,
    *,
    multiplier: int = 1,
    filter_size: int = 2,
    inputs: str = "scaled",
    initialisation: str = "torch",
    seed: int = 0,
) -> nn.Module:
    """A new network, with weights that depend on `seed` alone.

    network: one of NETWORKS. "coordconv" and "deconv" are the paper's, "upsample" the release's
        variant of the latter (nearest-neighbour upsampling, then a 3 × 3 convolution); the others
        are this course's controls.
    canvas: pixels along each side.
    multiplier: times the paper's narrowest channel counts, 1 to 3 there ("coordconv", "deconv",
        "upsample").
    filter_size: 2, 3 or 4 ("deconv").
    inputs: "scaled" to [-1, 1], or "raw" pixel numbers as released.
    initialisation: "torch" (the framework's default), "he" (as released) or "xavier" (normal,
        gain 0.7); the last two with zero biases.

    Raises ValueError for a value that is not among these, TypeError for a seed that is no integer.
    """
    _check(network, canvas, multiplier, filter_size)

    def upsample(c_in: int, c_out: int) -> nn.Module:
        return nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(c_in, c_out, 3, padding=1))

    makers: dict[str, Callable[[], nn.Module]] = {
        "coordconv": lambda: CoordConvPainter(canvas, multiplier, inputs),
        "deconv": lambda: deconvolution(canvas, multiplier, filter_size, inputs),
        "upsample": lambda: Decoder(upsample, canvas, multiplier, inputs),
        "dilated": lambda: DilatedPainter(canvas, "zeros", inputs),
        "dilated_circular": lambda: DilatedPainter(canvas, "circular", inputs),
        "fully_connected": lambda: FullyConnectedPainter(canvas, inputs),
        "learned_map": lambda: LearnedMapPainter(canvas, inputs),
    }
    return seeded(makers[network], seed, initialisation)


class Experiment(SplitExperiment):
    """The classification experiment for the training loop: network, split, loss and metrics."""

    def __init__(self, network: nn.Module, split: Split) -> None:
        super().__init__(network, split)
        # Measured: convolutions over whole canvases gain (1 × 1, and 3 × 3 twice as fast), the
        # decoders' small maps do not.
        over_canvas = isinstance(network, (CoordConvPainter, DilatedPainter, LearnedMapPainter))
        self.low_precision_pays = over_canvas and network.input.fit_for_16_bits

    def loss(self, batch: Tensor) -> Tensor:
        """Mean cross-entropy over the pixels, for the train examples with these numbers."""
        positions = self.split.train[batch]
        logits = self.network(positions).flatten(1)
        return F.cross_entropy(logits, pixel_index(positions, self.split.canvas))

    def measure(self, positions: Tensor, batch_size: int = 16) -> dict[str, float]:
        """Loss (nats), accuracy (0 to 1) and mean pixel distance of the brightest pixel."""
        loss = correct = distance = 0.0
        for batch in positions.split(batch_size):
            maps = self.network(batch).float()
            target = pixel_index(batch, self.split.canvas)
            distances = pixel_distances(brightest_positions(maps), batch)
            loss += F.cross_entropy(maps.flatten(1), target, reduction="sum").item()
            correct += (distances == 0).sum().item()
            distance += distances.sum().item()
        totals = {"loss": loss, "accuracy": correct, "distance": distance}
        return {name: total / len(positions) for name, total in totals.items()}


@dataclass(frozen=True)
class Settings(SplitSettings):
    """All that decides a recorded run besides recipe and seed; see `build` and `datasets.split`."""

    network: str = setting("the paper's two, or a control", choices=NETWORKS)
    multiplier: int = setting(
        "times the paper's narrowest channel counts, 1 to 3 there", 1, least=1, most=16
    )
    filter_size: int = setting("pixels along a filter of deconv", 2, least=2, most=4)
    inputs: str = setting(
        "the position, as the network gets it", "scaled", choices=INPUTS, by_preset=True
    )
    initialisation: str = setting(
        "how weights start", "torch", choices=INITIALISATIONS, by_preset=True
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        _check(**self.asked_by(_check))

    def build(self, seed: int) -> nn.Module:
        return build(**self.asked_by(build), seed=seed)

    def experiment(self, seed: int, device: torch.device) -> Experiment:
        return Experiment(self.build(seed).to(device), self.positions())


def preset(
    network: str, split: str, *, scale: str = "lesson", style: str = "course", **changes: Any
) -> tuple[Settings, Recipe]:
    """The settings and the recipe with which a network is trained; see `coordlib.tasks`."""
    checks.one_of("style", style, STYLES)
    released = style == "released"
    settings: dict[str, Any] = {**sizes(scale), **(RELEASED if released else {})}
    if network == "coordconv":
        if released:
            recipe = Recipe(epochs=50, learning_rate=0.005, l2=0.001)
        else:
            # A smaller canvas has fewer positions: more epochs. At full size an evaluation costs as
            # much as a hundred steps, so there is one, at the end.
            epochs, batch_size, every = (4, 8, 4) if scale == "paper" else (12, 16, 1)
            recipe = Recipe(
                epochs,
                batch_size,
                learning_rate=0.005,
                schedule="one_cycle",
                l2=0.001,
                evaluate_every=every,
            )
            settings["initialisation"] = "xavier"
    elif released:
        recipe = Recipe(epochs=1000, learning_rate=0.01, schedule="step", l2=0.001)
    elif scale == "lesson" and network in _LESSON_RECIPES:
        recipe = _LESSON_RECIPES[network]
    else:
        recipe = Recipe(epochs=1000, learning_rate=0.005, schedule="step", evaluate_every=5)
    return Settings.of(network=network, split=split, **{**settings, **changes}), recipe


@torch.inference_mode()
def probability_maps(network: nn.Module, positions: Tensor) -> Tensor:
    """Where the network thinks each position is: float32, shape (n, canvas, canvas), sums to 1.

    The network is used in evaluation mode and left in the mode it was in. Positions of shape
    (n, 2) may lie on any device.
    """
    maps = outputs(network, positions)
    return maps.flatten(1).softmax(1).view_as(maps)
