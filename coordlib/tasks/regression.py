"""Coordinate regression: from a picture with one white pixel to that pixel's (x, y).

Paper section 4.2 and its supplement S3; claims C9 to C11. A network takes pictures, a tensor of
shape (batch, 1, canvas, canvas), and gives positions as parts of the canvas, (batch, 2), columns
(x, y): pixel number / canvas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from coordlib import checks
from coordlib.datasets import one_hot
from coordlib.layers import CoordConv2d
from coordlib.metrics import pixel_distances
from coordlib.networks import INITIALISATIONS, seeded
from coordlib.recipes import STYLES, Recipe
from coordlib.settings import setting
from coordlib.splits import SplitExperiment, SplitSettings, sizes

NETWORKS = ("coordconv", "conv_fc", "conv_pool")
ACTIVATIONS = ("none", "relu")
POOLINGS = ("max", "average")
STARTS = ("random", "zero")


class SameConv(nn.Conv2d):
    """A convolution padded as TensorFlow's "SAME": n pixels give ⌈n / stride⌉.

    What cannot be shared evenly goes below and to the right.
    """

    def forward(self, input: Tensor) -> Tensor:
        padding = []
        for size in reversed(input.shape[-2:]):
            stride, filter_size = self.stride[0], self.kernel_size[0]
            total = max((-(-size // stride) - 1) * stride + filter_size - size, 0)
            padding += [total // 2, total - total // 2]
        return super().forward(F.pad(input, padding))


class GlobalPooling(nn.Module):
    """One number a channel: the largest of its pixels, or their mean. (b, c, h, w) to (b, c)."""

    def __init__(self, pooling: str) -> None:
        super().__init__()
        checks.one_of("pooling", pooling, POOLINGS)
        self.pooling = pooling

    def forward(self, maps: Tensor) -> Tensor:
        return maps.amax((2, 3)) if self.pooling == "max" else maps.mean((2, 3))


def conv_fc(canvas: int, multiplier: int) -> nn.Sequential:
    """Convolutions, then fully connected layers: what the paper uses on the uniform split."""
    width = 16 * multiplier
    layers: list[nn.Module] = [nn.Conv2d(1, width, 3, padding=1), nn.ReLU()]
    for _ in range(3):
        layers += [nn.MaxPool2d(2), nn.Conv2d(width, width, 3, padding=1), nn.ReLU()]
    flat = (canvas // 8) ** 2 * width
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(flat, 64), nn.ReLU(), nn.Linear(64, 2))


def conv_pool(multiplier: int) -> nn.Sequential:
    """Convolutions down to a few pixels, then their mean: the paper's for the quadrant split."""
    width = 16 * multiplier
    # BatchNorm comes after the second ReLU and before that of the fifth convolution, as released.
    return nn.Sequential(
        SameConv(1, width, 5, stride=2),
        nn.ReLU(),
        SameConv(width, width, 1),
        nn.ReLU(),
        nn.BatchNorm2d(width),
        SameConv(width, width, 3),
        nn.ReLU(),
        SameConv(width, width, 3, stride=2),
        nn.ReLU(),
        SameConv(width, width, 3, stride=2),
        nn.BatchNorm2d(width),
        nn.ReLU(),
        SameConv(width, width, 3, stride=2),
        nn.ReLU(),
        SameConv(width, width, 1),
        nn.ReLU(),
        SameConv(width, width, 3, stride=2),
        nn.ReLU(),
        SameConv(width, 2, 3),
        nn.ReLU(),
        GlobalPooling("average"),
    )


def coordconv(activation: str, pooling: str) -> nn.Sequential:
    """The paper's CoordConv regressor, of 906 parameters; as released without an activation."""
    layers: list[nn.Module] = [
        CoordConv2d(1, 8, 1),
        nn.Conv2d(8, 8, 1),
        nn.Conv2d(8, 8, 1),
        nn.Conv2d(8, 8, 3, padding=1),
        nn.Conv2d(8, 2, 3, padding=1),
    ]
    if activation == "relu":
        layers = [each for layer in layers for each in (layer, nn.ReLU())]
    return nn.Sequential(*layers, GlobalPooling(pooling))


def _check(
    network: str,
    canvas: int,
    multiplier: int,
    activation: str,
    pooling: str,
    coordinate_start: str,
) -> None:
    """Raise ValueError, which names the argument, for a network that cannot be built so."""
    checks.one_of("network", network, NETWORKS)
    checks.whole_number("multiplier", multiplier)
    checks.one_of("activation", activation, ACTIVATIONS)
    checks.one_of("pooling", pooling, POOLINGS)
    checks.one_of("coordinate_start", coordinate_start, STARTS)
    for name, value, usual in (
        ("activation", activation, "none"),
        ("pooling", pooling, "max"),
        ("coordinate_start", coordinate_start, "random"),
    ):
        if network != "coordconv" and value != usual:
            raise ValueError(f"{name} got {value!r}; {network} takes {usual!r}")
    if network == "conv_fc" and (canvas < 8 or canvas % 8):
        raise ValueError(f"canvas got {canvas}; conv_fc takes a multiple of 8")


def build(
    network: str,
    canvas: int = 64,
    *,
    multiplier: int = 1,
    activation: str = "none",
    pooling: str = "max",
    initialisation: str = "torch",
    coordinate_start: str = "random",
    seed: int = 0,
) -> nn.Module:
    """A new network, with weights that depend on `seed` alone.

    network: "coordconv" (the paper's, for both splits), "conv_fc" (its other network for the
        uniform split) or "conv_pool" (its other network for the quadrant split).
    canvas: pixels along each side; "conv_fc" takes multiples of 8.
    multiplier: times the paper's channel counts ("conv_fc" and "conv_pool").
    activation: "none", as released, or "relu" after every convolution ("coordconv").
    pooling: "max", as released, or "average" over the canvas ("coordconv").
    initialisation: see `networks`.
    coordinate_start: how the weights of the coordinate channels start ("coordconv"): "random", like
        all others, as released; or "zero", so that the network starts as an ordinary convolution
        and the white pixel, not the corner where the coordinates are largest, wins the maximum.

    Raises ValueError for a value that is not among these, TypeError for a seed that is no integer.
    """
    _check(network, canvas, multiplier, activation, pooling, coordinate_start)
    makers = {
        "coordconv": lambda: coordconv(activation, pooling),
        "conv_fc": lambda: conv_fc(canvas, multiplier),
        "conv_pool": lambda: conv_pool(multiplier),
    }
    made = seeded(makers[network], seed, initialisation)
    if network == "coordconv" and coordinate_start == "zero":
        with torch.no_grad():
            made[0].coordinate_weight.zero_()
    return made


class Experiment(SplitExperiment):
    """The regression experiment for the training loop: network, split, loss and metrics."""

    low_precision_pays = False  # half a pixel is less than bfloat16 tells apart

    def predict(self, positions: Tensor) -> Tensor:
        """Where the network sees the white pixel, in pixels: float32, (n, 2), columns (x, y)."""
        return self.split.canvas * self.network(one_hot(positions, self.split.canvas))

    def loss(self, batch: Tensor) -> Tensor:
        """Mean squared error in parts of the canvas, over both coordinates."""
        positions = self.split.train[batch]
        predicted = self.network(one_hot(positions, self.split.canvas))
        return F.mse_loss(predicted, positions / self.split.canvas)

    def distances(self, positions: Tensor, batch_size: int = 64) -> Tensor:
        """How far off the network is at each position, in pixels: float32, (n,)."""
        each = [
            pixel_distances(self.predict(batch), batch) for batch in positions.split(batch_size)
        ]
        return torch.cat(each)

    def measure(self, positions: Tensor) -> dict[str, float]:
        """Mean and worst distance in pixels."""
        each = self.distances(positions)
        return {"distance": each.mean().item(), "worst": each.max().item()}


@dataclass(frozen=True)
class Settings(SplitSettings):
    """All that decides a recorded run besides recipe and seed; see `build` and `datasets.split`."""

    network: str = setting("the paper's three", choices=NETWORKS)
    multiplier: int = setting(
        "times the paper's channel counts, of conv_fc and conv_pool", 1, least=1, most=16
    )
    activation: str = setting("of coordconv, after each layer", "none", choices=ACTIVATIONS)
    pooling: str = setting("of coordconv, over the canvas", "max", choices=POOLINGS)
    initialisation: str = setting(
        "how weights start", "torch", choices=INITIALISATIONS, by_preset=True
    )
    coordinate_start: str = setting(
        "how coordconv's coordinate weights start", "random", choices=STARTS, by_preset=True
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
    coordconv = network == "coordconv"
    settings = {"initialisation": "he" if style == "released" else "torch", **sizes(scale)}
    if style == "released":
        rate, l2 = (0.01, 1e-5) if coordconv else (0.001, 1e-5)
        recipe = Recipe(100, 256, learning_rate=rate, l2=l2, evaluate_every=10)
    elif coordconv:
        # A smaller canvas has fewer positions: more epochs.
        epochs = 8 if scale == "paper" else 30
        recipe = Recipe(epochs, 64, learning_rate=0.01, schedule="one_cycle", evaluate_every=2)
        settings |= {"initialisation": "xavier", "coordinate_start": "zero"}
    else:
        epochs, every = (20, 5) if scale == "paper" else (40, 2)
        recipe = Recipe(epochs, 32, learning_rate=0.003, schedule="one_cycle", evaluate_every=every)
    return Settings.of(network=network, split=split, **{**settings, **changes}), recipe
