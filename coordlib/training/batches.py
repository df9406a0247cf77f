"""The batches of a training, each a function of seed and step: to go on, nothing need be kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from coordlib.experiment import Experiment
from coordlib.recipes import Recipe
from coordlib.training import parallel


class Batches:
    """What each step of a training gets: see `Experiment`. In order, from any step on."""

    def __init__(
        self, experiment: Experiment, recipe: Recipe, seed: int, device: torch.device
    ) -> None:
        self._experiment, self._recipe, self._seed = experiment, recipe, seed
        self._device = device
        self._size = experiment.train_size
        self._epoch = -1
        self._loaded: Iterator[Any] = iter(())

    def of_step(self, step: int) -> tuple[Any, float]:
        """The batch of step number `step` (from 0), and its weight in the mean over processes."""
        if self._size is None:
            return None, 1.0
        epoch, number = divmod(step, self._recipe.steps_per_epoch(self._size))
        if epoch != self._epoch:
            self._epoch = epoch
            self._order = order(self._seed, epoch, self._size)
            if self._experiment.train_data is None:
                self._order = self._order.to(self._device)
            else:
                self._loaded = self._loader(epoch, number)
        size = self._recipe.batch_size
        ours, weight = parallel.share(self._order[number * size : (number + 1) * size])
        if self._experiment.train_data is None:
            return ours, weight
        return on(self._device, next(self._loaded)), weight

    def _loader(self, epoch: int, first: int) -> Iterator[Any]:
        batches = self._order.split(self._recipe.batch_size)[first:]
        data = Seeded(self._experiment.train_data, self._seed, epoch)
        shares = [parallel.share(batch)[0].tolist() for batch in batches]
        loader = DataLoader(
            data,
            batch_sampler=shares,
            num_workers=self._experiment.train_workers,
            # Its own: it draws a number whenever it begins, and torch's would be another on resume.
            generator=torch.Generator(),
        )
        return iter(loader)


class Seeded(Dataset):
    """A dataset whose random changes of an example depend on seed, epoch and example alone.

    Those that torch's random numbers decide, as in torchvision's transforms.
    """

    def __init__(self, data: Dataset, seed: int, epoch: int) -> None:
        self._data, self._seed, self._epoch = data, seed, epoch

    def __getitem__(self, number: int) -> Any:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(_mixed(_mixed(self._seed, self._epoch), number))
            return self._data[number]


def order(seed: int, epoch: int, examples: int) -> Tensor:
    """The order of the examples in an epoch: int64, shape (examples,)."""
    generator = torch.Generator().manual_seed(_mixed(seed, epoch))
    return torch.randperm(examples, generator=generator)


def _mixed(seed: int, number: int) -> int:
    """A seed made of a seed and a number."""
    return (seed * 1_000_003 + number) % 2**63


def on(device: torch.device, batch: Any) -> Any:
    """A batch, maybe of nested lists, tuples and dicts, with its tensors on `device`."""
    if isinstance(batch, Tensor):
        return batch.to(device)
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):  # a named one
        return type(batch)(*(on(device, each) for each in batch))
    if isinstance(batch, (list, tuple)):
        return type(batch)(on(device, each) for each in batch)
    if isinstance(batch, dict):
        return {name: on(device, each) for name, each in batch.items()}
    return batch
