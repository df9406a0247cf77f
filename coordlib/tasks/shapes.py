"""Shapes: one picture, two questions. Which shape is it? On which side is it?

For claim C15: a layer keeps as much dependence on position as the task needs. The pictures show a
hollow square or a cross somewhere on the canvas. For the question "shape" the place does not
matter, for the question "side" nothing else does. (The experiment is the course's, not the
paper's.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from coordlib import checks
from coordlib.datasets import Split, one_hot
from coordlib.layers import CoordConv2d
from coordlib.networks import coordinate_ratio, seeded
from coordlib.recipes import Recipe
from coordlib.settings import setting
from coordlib.splits import LARGEST_CANVAS, SplitExperiment, SplitSettings, sizes

NETWORKS = ("coordconv",)
QUESTIONS = ("shape", "side")


class Classifier(nn.Module):
    """Two CoordConv layers, then each channel's maximum over the canvas, which forgets the place.

    Pictures (batch, 1, canvas, canvas) to two logits (batch, 2). Without padding each layer takes
    two pixels off, so a canvas has at least five.
    """

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.first, self.second = CoordConv2d(1, width, 3), CoordConv2d(width, width, 3)
        self.answer = nn.Linear(width, 2)

    def forward(self, pictures: Tensor) -> Tensor:
        maps = self.second(self.first(pictures).relu()).relu()
        return self.answer(maps.amax((2, 3)))


def pictures(positions: Tensor, canvas: int, square: int) -> Tensor:
    """A hollow square at each position, then a cross at each: float32, (2n, 1, canvas, canvas).

    square: the side of both, an odd number of pixels.
    """
    middle = square // 2
    hollow, cross = torch.ones(square, square), torch.zeros(square, square)
    hollow[1:-1, 1:-1] = 0
    cross[middle, :] = cross[:, middle] = 1
    stamps = torch.stack((hollow, cross))[:, None].to(positions.device)
    drawn = F.conv2d(one_hot(positions, canvas), stamps, padding=middle)
    return drawn.transpose(0, 1).reshape(-1, 1, canvas, canvas)


def _check(square: int) -> None:
    """Raise ValueError for a side without a middle pixel."""
    if square % 2 == 0:
        raise ValueError(f"square got {square}; it takes an odd number of pixels")


class Experiment(SplitExperiment):
    """The shapes experiment for the training loop: network, split, question, loss and metrics."""

    low_precision_pays = False  # measured: the network is too small

    def __init__(self, network: nn.Module, split: Split, question: str) -> None:
        """Network and split as in `SplitExperiment`.

        question: one of QUESTIONS. Raises ValueError for another, or an even square.
        """
        checks.one_of("question", question, QUESTIONS)
        _check(split.square)
        super().__init__(network, split)
        self.parts = {}
        for part, positions in (("train", self.split.train), ("test", self.split.test)):
            shape = torch.arange(2, device=positions.device).repeat_interleave(len(positions))
            side = (positions[:, 0] >= split.canvas // 2).long().repeat(2)
            drawn = pictures(positions, split.canvas, split.square)
            self.parts[part] = drawn, shape if question == "shape" else side

    @property
    def train_size(self) -> int:
        """How many train pictures there are: two a position."""
        return 2 * len(self.split.train)

    def loss(self, batch: Tensor) -> Tensor:
        """Mean cross-entropy of the train pictures with these numbers."""
        drawn, labels = self.parts["train"]
        return F.cross_entropy(self.network(drawn[batch]), labels[batch])

    def evaluate(self) -> dict[str, float]:
        """Accuracy (0 to 1) on each part, and how large the coordinate weights are.

        train_accuracy, test_accuracy; first_ratio, second_ratio: the layers' coordinate weights
        relative to their other weights (root mean squares).
        """
        metrics = {}
        for part, (drawn, labels) in self.parts.items():
            right = self.network(drawn).argmax(1) == labels
            metrics[f"{part}_accuracy"] = right.float().mean().item()
        for name in ("first", "second"):
            layer = getattr(self.network, name)
            metrics[f"{name}_ratio"] = coordinate_ratio(layer)
        return metrics


@dataclass(frozen=True)
class Settings(SplitSettings):
    """All that decides a recorded run besides recipe and seed; see `datasets.split`."""

    network: str = setting("there is one", choices=NETWORKS)
    canvas: int = setting(
        "pixels along each side", 16, least=5, most=LARGEST_CANVAS, by_preset=True
    )
    square: int = setting(
        "pixels along a shape's side, odd", 5, least=1, most=LARGEST_CANVAS, by_preset=True
    )
    question: str = setting("what is asked of a picture", "shape", choices=QUESTIONS)

    def __post_init__(self) -> None:
        super().__post_init__()
        _check(self.square)

    def build(self, seed: int) -> nn.Module:
        return seeded(Classifier, seed, "torch")

    def experiment(self, seed: int, device: torch.device) -> Experiment:
        return Experiment(self.build(seed).to(device), self.positions(), self.question)


def preset(
    network: str, split: str, *, scale: str = "lesson", style: str = "course", **changes: Any
) -> tuple[Settings, Recipe]:
    """The settings and the recipe with which a network is trained; see `coordlib.tasks`.

    style: "course" alone; the paper has no such experiment.
    """
    checks.one_of("style", style, ["course"])
    # L2 is what draws idle weights to zero.
    recipe = Recipe(10, 32, learning_rate=0.01, schedule="one_cycle", l2=0.001)
    settings = {**sizes(scale), **changes}
    return Settings.of(network=network, split=split, **settings), recipe
