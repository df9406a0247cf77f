"""Small pictures of ten kinds, MNIST's digits or Fashion-MNIST's clothes, as the course ships them.

What is shipped is a part of the original data: 8,000 + 2,000 digits, 4,000 + 1,000 clothes.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from coordlib import checks
from coordlib.storage import data_folder, reading

# The names of the data sets, and the SHA-256 of the files in data/digits.
DIGITS = {
    "mnist": "377916155bf97cb264d1424b1fe7a14159997c0419f2ffaa75afda42ef80f372",
    "fashion": "7576ceb3f31d992fdbd0a8bc10d1173b55d131c718d2a31597344b170a0c5974",
}
PARTS = ("train", "test")
# With which pictures a network is measured. "validation" keeps the last 1,000 train pictures out of
# the training and measures on them: recipes are chosen so.
MEASURED = ("test", "validation")
_VALIDATION = 1_000


@dataclass(frozen=True)
class Digits:
    """Small pictures and what they show.

    images: uint8, (n, side, side), 0 for the ground, 255 for full ink; the shipped ones have a side
    of 28. labels: int64, (n,), 0 to 9.
    """

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, numbers: slice | Tensor) -> Digits:
        """Some of them, by numbers or a slice."""
        return Digits(self.images[numbers], self.labels[numbers])

    def to(self, device: torch.device | str) -> Digits:
        """The same pictures with their tensors on `device`."""
        return Digits(self.images.to(device), self.labels.to(device))


def load_digits(name: str = "mnist", part: str = "train") -> Digits:
    """The shipped pictures of a data set, one of DIGITS, of its part "train" or "test".

    Raises ValueError for another name or part, StorageError if the file is missing or isn't whole.
    """
    checks.one_of("name", name, DIGITS)
    checks.one_of("part", part, PARTS)
    path = data_folder() / "digits" / f"{name}.npz"
    with reading(path, "file of digits"):
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != DIGITS[name]:
            raise ValueError("its content isn't what its checksum was made of")
        arrays = np.load(io.BytesIO(content), allow_pickle=False)
        images, labels = arrays[f"{part}_images"], arrays[f"{part}_labels"]
    return Digits(torch.from_numpy(images), torch.from_numpy(labels).long())


def train_and_measured(name: str, measured: str) -> tuple[Digits, Digits]:
    """The pictures of a data set to learn from, and those to measure with, one of MEASURED.

    Raises ValueError for another name or way to measure, StorageError as `load_digits` does.
    """
    checks.one_of("measured", measured, MEASURED)
    train = load_digits(name, "train")
    if measured == "validation":
        return train[:-_VALIDATION], train[-_VALIDATION:]
    return train, load_digits(name, "test")
