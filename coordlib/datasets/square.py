"""One square on a canvas: where it may lie, what is held out, what it looks like (paper section 2).

A *position* is a pair (x, y) of pixel numbers: x is the column, y is the row, both from 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from coordlib import checks

SPLITS = ("uniform", "uniform80", "quadrant")
# Canvas and square in pixels. A lesson's canvas is small enough to train on while one reads.
SCALES = {
    "smoke": {"canvas": 16, "square": 3},
    "lesson": {"canvas": 32, "square": 5},
    "paper": {"canvas": 64, "square": 9},
}

# The two seeds of the released data set: one decides which squares are held out, the other in
# which order each part is stored. NumPy's legacy generator still gives the same numbers.
_HELD_OUT_SEED = 20202
_ORDER_SEED = 10101


@dataclass(frozen=True)
class Split:
    """Which positions a network learns from, and which it is tested on.

    `train` and `test` are int64 tensors of shape (n, 2) and (m, 2), columns (x, y).
    """

    train: Tensor
    test: Tensor
    name: str
    canvas: int
    square: int

    def to(self, device: torch.device | str) -> Split:
        """The same split with its tensors on `device`."""
        return Split(
            self.train.to(device), self.test.to(device), self.name, self.canvas, self.square
        )

    @property
    def held_out(self) -> np.ndarray:
        """Boolean picture of shape (canvas, canvas), indexed [y, x]: True at the test positions."""
        mask = np.zeros((self.canvas, self.canvas), dtype=bool)
        x, y = self.test.cpu().numpy().T
        mask[y, x] = True
        return mask


def positions(canvas: int = 64, square: int = 9, device: torch.device | str = "cpu") -> Tensor:
    """Every (x, y) at which a square fits on the canvas: int64, shape (n, 2).

    A square centred on (x, y) covers the pixels from x - square // 2 on, `square` of them, and
    likewise for y. In the released order: x in the outer loop, y in the inner. The paper's
    64 × 64 canvas and 9 × 9 square give 56 · 56 = 3,136 positions.

    Raises TypeError if a size is no integer, ValueError if the square does not fit.
    """
    check_sizes(canvas, square)
    first = square // 2
    along = torch.arange(first, first + canvas - square + 1, device=device)
    return torch.cartesian_prod(along, along)


def split(
    held_out: str | np.ndarray | Tensor,
    canvas: int = 64,
    square: int = 9,
    device: torch.device | str = "cpu",
) -> Split:
    """Divide all positions into a train and a test part.

    held_out: "uniform" is the released split, a quarter of the positions drawn one by one (2,368
        train / 768 test at the paper's size); "uniform80" the 80/20 of the paper's text;
        "quadrant" the positions in the lower right quarter (2,407 / 729). Or a mask of booleans
        of shape (canvas, canvas), indexed [y, x]: True is held out for the test. What the mask
        says of places where no square fits is not used.
    device: where the tensors are put.

    Both parts come in the released order. Raises ValueError for an unknown name, a mask of another
    shape or one that leaves a part empty, and TypeError for a mask that is not boolean.
    """
    everything = positions(canvas, square).numpy()
    x, y = everything.T
    if isinstance(held_out, str):
        name, test = held_out, _held_out_by_name(held_out, x, y, canvas)
    else:
        name, test = "custom", _as_mask(held_out, canvas)[y, x]
    for part, size in (("train", int((~test).sum())), ("test", int(test.sum()))):
        if size == 0:
            raise ValueError(
                f"held_out leaves the {part} part empty: of {len(test)} positions it holds out "
                f"{int(test.sum())}; hold out at least one and not all"
            )
    parts = []
    for chosen in (~test, test):
        part = everything[chosen]
        order = np.random.RandomState(_ORDER_SEED).permutation(len(part))
        parts.append(torch.from_numpy(part[order]).to(device))
    return Split(*parts, name, canvas, square)


def one_hot(positions: Tensor, canvas: int = 64) -> Tensor:
    """Pictures of one white pixel each: float32, shape (n, 1, canvas, canvas), values 0 and 1."""
    return squares(positions, canvas, square=1)


def squares(positions: Tensor, canvas: int = 64, square: int = 9) -> Tensor:
    """Pictures of one white square each: float32, shape (n, 1, canvas, canvas), values 0 and 1.

    The released pictures are grey (0.502) instead of white, which makes a perfect overlap
    impossible to reach; here a square is 1.
    """
    check_sizes(canvas, square)
    along = torch.arange(canvas, device=positions.device)
    # Whether column (then row) number k lies inside the square, for each position: (n, 2, canvas).
    offset = along - (positions[:, :, None] - square // 2)
    inside = (offset >= 0) & (offset < square)
    columns, rows = inside.unbind(1)
    return (rows[:, :, None] & columns[:, None, :]).float()[:, None]


def pixel_index(positions: Tensor, canvas: int = 64) -> Tensor:
    """The number of each position's pixel, counted row by row: int64, shape (n,)."""
    x, y = positions.unbind(-1)
    return y * canvas + x


def _held_out_by_name(name: str, x: np.ndarray, y: np.ndarray, canvas: int) -> np.ndarray:
    checks.one_of("held_out", name, SPLITS)
    if name == "uniform":
        return np.random.RandomState(_HELD_OUT_SEED).random_sample(len(x)) < 0.25
    if name == "uniform80":
        order = np.random.RandomState(_HELD_OUT_SEED).permutation(len(x))
        return order < round(0.2 * len(x))
    return (x / canvas > 0.5) & (y / canvas > 0.5)


def _as_mask(held_out: np.ndarray | Tensor, canvas: int) -> np.ndarray:
    mask = held_out.cpu().numpy() if isinstance(held_out, Tensor) else np.asarray(held_out)
    if mask.dtype != bool:
        raise TypeError(f"held_out got a mask of {mask.dtype}; it takes a mask of booleans")
    if mask.shape != (canvas, canvas):
        raise ValueError(
            f"held_out got a mask of shape {mask.shape}; for this canvas it takes "
            f"({canvas}, {canvas})"
        )
    return mask


def check_sizes(canvas: int, square: int) -> None:
    """Raise TypeError if a size is no integer, ValueError if the square does not fit."""
    for name, size in (("canvas", canvas), ("square", square)):
        if isinstance(size, bool) or not isinstance(size, (int, np.integer)):
            raise TypeError(f"{name} got {size!r}; it takes a whole number of pixels")
        if size < 1:
            raise ValueError(f"{name} got {size}; it takes at least 1 pixel")
    if square > canvas:
        raise ValueError(
            f"square got {square}, larger than the canvas; on a canvas of {canvas} it takes at "
            f"most {canvas}"
        )
