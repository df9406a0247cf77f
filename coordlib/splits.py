"""What the tasks share whose data is a split of positions: settings, and a base for experiments."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from coordlib import checks
from coordlib.datasets import SCALES, SPLITS, Split, check_sizes, split
from coordlib.experiment import Experiment
from coordlib.settings import Settings, setting

# A canvas of a million pixels is the most that memory holds a batch of; networks may take less.
LARGEST_CANVAS = 1024


def sizes(scale: str) -> dict[str, int]:
    """Canvas and square at one of `datasets.SCALES`. Raises ValueError for another."""
    checks.one_of("scale", scale, SCALES)
    return SCALES[scale]


@dataclass(frozen=True)
class SplitSettings(Settings):
    """The settings that all tasks on a split of positions have; see `datasets.split`."""

    network: str = setting("which network")
    split: str = setting("what is held out for the test", choices=SPLITS)
    canvas: int = setting(
        "pixels along each side", 64, least=2, most=LARGEST_CANVAS, by_preset=True
    )
    square: int = setting(
        "pixels along a square's side", 9, least=1, most=LARGEST_CANVAS, by_preset=True
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_sizes(self.canvas, self.square)

    def positions(self) -> Split:
        """The split. Raises ValueError if one of its parts is empty: too few positions."""
        return split(self.split, self.canvas, self.square)

    def build(self, seed: int) -> nn.Module:
        """A new network as these settings say. Raises TypeError for a seed that is no integer."""
        raise NotImplementedError

    def experiment(self, seed: int, device: torch.device) -> SplitExperiment:
        """The experiment with a new network on `device`. Raises what the two above raise."""
        raise NotImplementedError


class SplitExperiment(Experiment):
    """An experiment whose examples are the positions of a split, measured on both of its parts."""

    def __init__(self, network: nn.Module, split: Split) -> None:
        """Both are used where the network is: the split's tensors move to its device."""
        self.network = network
        self.split = split.to(next(network.parameters()).device)

    @property
    def train_size(self) -> int:
        """How many train examples there are."""
        return len(self.split.train)

    def measure(self, positions: Tensor) -> dict[str, float]:
        """The task's metrics over positions, (n, 2), by name."""
        raise NotImplementedError

    def evaluate(self) -> dict[str, float]:
        """What `measure` gives on all train and all test positions: train_…, test_…."""
        return {
            f"{part}_{name}": value
            for part, positions in (("train", self.split.train), ("test", self.split.test))
            for name, value in self.measure(positions).items()
        }
