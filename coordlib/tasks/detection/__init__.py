"""Detection: where are the digits? (Paper section 5, claim C16.)

The paper's region-proposal network, and torchvision's Faster R-CNN around the same backbone; on
fields of digits, with and without coordinate channels, with the anchors as they should be and as
the released code lays them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import torch
from torch import nn

from coordlib import checks, settings
from coordlib.datasets import MEASURED, PLACEMENTS, Fields, scatter, train_and_measured
from coordlib.experiment import Experiment
from coordlib.recipes import SCALES, STYLES, Recipe
from coordlib.settings import setting
from coordlib.tasks.detection.anchors import CELLS, LAYOUTS, anchors
from coordlib.tasks.detection.networks import COORDINATES, NETWORKS, faster_rcnn, proposal_network
from coordlib.tasks.detection.proposals import LABELS, ProposalExperiment
from coordlib.tasks.detection.two_stage import TwoStageExperiment

# Imported when a detector is first measured, for they are slow; missed before it is trained.
for _needed in ("torchmetrics", "pycocotools"):
    if find_spec(_needed) is None:
        raise ModuleNotFoundError(f"No module named {_needed!r}", name=_needed)

# Train and test pictures at each scale.
PICTURES = {"smoke": (32, 16), "lesson": (1_000, 200), "paper": (9_000, 1_000)}


@dataclass(frozen=True)
class Settings(settings.Settings):
    """All that decides a recorded run besides recipe and seed."""

    network: str = setting("the paper's, or a whole Faster R-CNN", choices=NETWORKS)
    coordinates: str = setting("which layers get coordinates", "none", choices=COORDINATES)
    anchors: str = setting("how they are laid out", "correct", choices=LAYOUTS)
    labels: str = setting(
        "what decides which boxes are examples", "moved", choices=LABELS, by_preset=True
    )
    padding: str = setting("of the backbone", "valid", choices=tuple(CELLS), by_preset=True)
    placement: str = setting("of the digits", "whole", choices=PLACEMENTS)
    fewest: int = setting("digits in a picture, at least", 5, least=0, most=9)
    most: int = setting("digits in a picture, at most", 5, least=1, most=9)
    train_pictures: int = setting("to learn from", 9_000, least=1, most=10**6, by_preset=True)
    test_pictures: int = setting("to be measured on", 1_000, least=1, most=10**6, by_preset=True)
    measured: str = setting("with which digits", "test", choices=MEASURED)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.fewest > self.most:
            raise ValueError(f"fewest got {self.fewest}; it takes at most most, {self.most}")
        if self.network == "faster_rcnn":
            for name, value in (("anchors", "correct"), ("labels", "anchors"), ("padding", "same")):
                if getattr(self, name) != value:
                    raise ValueError(
                        f"{name} got {getattr(self, name)!r}; faster_rcnn takes {value!r}"
                    )

    def build(self, seed: int) -> nn.Module:
        """A new network as these settings say. Raises TypeError for a seed that is no integer."""
        if self.network == "faster_rcnn":
            return faster_rcnn(self.coordinates, seed)
        return proposal_network(self.coordinates, self.padding, seed)

    def pictures(self) -> tuple[Fields, Fields]:
        """The train and the test pictures, the same for every seed of a run."""
        train, test = train_and_measured("mnist", self.measured)
        options = self.asked_by(scatter)
        return (
            scatter(train, self.train_pictures, **options, seed=0),
            scatter(test, self.test_pictures, **options, seed=1),
        )

    def experiment(self, seed: int, device: torch.device) -> Experiment:
        """The experiment with a new network on `device`. Raises what `build` raises."""
        network = self.build(seed).to(device)
        if self.network == "faster_rcnn":
            return TwoStageExperiment(network, *self.pictures())
        boxes = anchors(self.padding, self.anchors)
        return ProposalExperiment(network, boxes, *self.pictures(), labels=self.labels)


def preset(
    network: str, *, scale: str = "lesson", style: str = "course", **changes: Any
) -> tuple[Settings, Recipe]:
    """The settings and the recipe with which a network is trained; see `coordlib.tasks`."""
    checks.one_of("scale", scale, SCALES)
    checks.one_of("style", style, STYLES)
    train, test = PICTURES[scale]
    usual = {"train_pictures": train, "test_pictures": test}
    if network == "faster_rcnn":
        usual |= {"labels": "anchors", "padding": "same"}
    made = Settings.of(network=network, **{**usual, **changes})
    if style == "released":
        return made, Recipe(5, 1, learning_rate=0.001, optimizer="sgd", momentum=0.9)
    if scale == "lesson":
        # At the rate below some networks get lost on so few pictures, with scrambled anchors.
        return made, Recipe(3, 16, learning_rate=0.001, betas=(0.9, 0.999))
    epochs = 1 if scale == "smoke" else 3
    # Chosen on the validation digits among a constant 1e-3 and one cycle to 1e-3, 2e-3 and 4e-3:
    # the best mean overlap (select) over both layouts of anchors, with and without coordinates.
    return made, Recipe(epochs, 16, learning_rate=0.002, schedule="one_cycle", betas=(0.9, 0.999))
