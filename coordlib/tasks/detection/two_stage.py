"""The experiment of torchvision's Faster R-CNN: boxes are proposed, then judged and named."""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision.models.detection import FasterRCNN

from coordlib.datasets import Fields
from coordlib.experiment import Experiment
from coordlib.tasks.detection import measures
from coordlib.tasks.detection.measures import Detections
from coordlib.tasks.detection.proposals import as_input

_AT_ONCE = 50  # pictures measured at a time


class TwoStageExperiment(Experiment):
    """For the training loop: a FasterRCNN and fields of digits; the loss is torchvision's own."""

    def __init__(self, network: FasterRCNN, train: Fields, test: Fields) -> None:
        """The fields are used where the network is."""
        device = next(network.parameters()).device
        self.network = network
        self.train, self.test = train.to(device), test.to(device)

    @property
    def train_size(self) -> int:
        """How many train pictures there are."""
        return len(self.train)

    def loss(self, batch: Tensor) -> Tensor:
        """The sum of torchvision's four: two for the proposals, two for the boxes kept."""
        some = (getattr(self.train, name)[batch] for name in ("boxes", "labels", "present"))
        targets = [
            {"boxes": boxes[present], "labels": labels[present] + 1}  # 0 is the ground
            for boxes, labels, present in zip(*some, strict=True)
        ]
        losses = self.network(list(as_input(self.train.images[batch])), targets)
        return torch.stack(list(losses.values())).sum()

    def detect(self, images: Tensor) -> list[Detections]:
        """What it finds in each picture: uint8, (n, 1, CANVAS, CANVAS)."""
        found = [
            each for some in images.split(_AT_ONCE) for each in self.network(list(as_input(some)))
        ]
        return [Detections(each["boxes"], each["scores"], each["labels"] - 1) for each in found]

    def evaluate(self) -> dict[str, float]:
        """The measures of `measures` on the test fields; for its precision the digit counts too."""
        return measures.measure(self.detect(self.test.images), self.test, kinds=True)
