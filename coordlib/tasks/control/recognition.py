"""The experiments of the control: pictures in memory, or loaded from disk, and one measure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from coordlib.datasets import Digits
from coordlib.experiment import Experiment
from coordlib.layers import CoordConv2d
from coordlib.networks import coordinate_ratio
from coordlib.tasks.control.networks import Classifier

_TRAIN_MEASURED = 1_000  # train pictures whose accuracy is told
_AT_ONCE = 250  # pictures measured at a time


class Recognition(Experiment):
    """What both kinds of pictures share."""

    network: Classifier

    def test_batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """The test pictures, ready for the network, and their labels, some at a time."""
        raise NotImplementedError

    def evaluate(self) -> dict[str, float]:
        """On all test pictures: test_loss (cross-entropy), test_accuracy; and, if it applies,

        test_top5: how often the label is among the five likeliest, of more than five kinds.
        With a CoordConv stem blind_accuracy, without what the coordinates say (see
        `Classifier.forward_blind`), and ratio, the size of its coordinate weights (see
        `coordinate_ratio`).
        """
        stem = self.network.stem
        told = isinstance(stem, CoordConv2d)
        sums: Counter[str] = Counter()
        for pictures, labels in self.test_batches():
            scores = self.network(pictures).float()
            kinds, number = scores.shape[1], len(labels)
            right = scores.topk(min(5, kinds)).indices == labels[:, None]
            sums["pictures"] += number
            sums["test_loss"] += number * F.cross_entropy(scores, labels).item()
            sums["test_accuracy"] += right[:, 0].sum().item()
            if kinds > 5:
                sums["test_top5"] += right.sum().item()
            if told:
                found = self.network.forward_blind(pictures).argmax(1)
                sums["blind_accuracy"] += (found == labels).sum().item()
        pictures = sums.pop("pictures")
        measured = {name: value / pictures for name, value in sums.items()}
        return measured | ({"ratio": coordinate_ratio(stem)} if told else {})


class InMemory(Recognition):
    """Pictures that are kept where the network is, grey, with a mean of 0 and a deviation of 1."""

    def __init__(self, network: Classifier, train: Digits, test: Digits) -> None:
        device = next(network.parameters()).device
        self.network = network
        ink = train.images.float()
        self._mean, self._deviation = ink.mean().to(device), ink.std().to(device)
        self.train, self.test = train.to(device), test.to(device)

    @property
    def train_size(self) -> int:
        """How many train pictures there are."""
        return len(self.train)

    def as_input(self, images: Tensor) -> Tensor:
        """Pictures, uint8, (n, side, side), as the network takes them: float32, (n, 1, side, side).

        By the mean and the deviation of the train pictures.
        """
        return ((images.float() - self._mean) / self._deviation)[:, None]

    def loss(self, batch: Tensor) -> Tensor:
        """Mean cross-entropy of the train pictures with these numbers."""
        scores = self.network(self.as_input(self.train.images[batch]))
        return F.cross_entropy(scores, self.train.labels[batch])

    def test_batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        return self._batches(self.test)

    def evaluate(self) -> dict[str, float]:
        """What `Recognition` measures, and train_accuracy, on the first 1,000 train pictures."""
        right = [
            self.network(pictures).argmax(1) == labels
            for pictures, labels in self._batches(self.train[:_TRAIN_MEASURED])
        ]
        return {"train_accuracy": torch.cat(right).float().mean().item(), **super().evaluate()}

    def _batches(self, digits: Digits) -> Iterator[tuple[Tensor, Tensor]]:
        for some in torch.arange(len(digits)).split(_AT_ONCE):
            yield self.as_input(digits.images[some]), digits.labels[some]


class OnDisk(Recognition):
    """Pictures that other processes load, as many as the training has threads."""

    low_precision_pays = True

    def __init__(self, network: Classifier, train: Dataset, test: Dataset) -> None:
        self.network = network
        self.train_data, self.train_size, self._test = train, len(train), test
        self.train_workers = torch.get_num_threads()

    def loss(self, batch: list[Tensor]) -> Tensor:
        """Mean cross-entropy of these pictures and labels."""
        pictures, labels = batch
        return F.cross_entropy(self.network(pictures), labels)

    def test_batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        device = next(self.network.parameters()).device
        # Its own generator: the loader draws a number from torch's when it begins.
        loader = DataLoader(
            self._test, _AT_ONCE, num_workers=self.train_workers, generator=torch.Generator()
        )
        for pictures, labels in loader:
            yield pictures.to(device), labels.to(device)
