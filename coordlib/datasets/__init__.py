"""The paper's data, made as tensors on the device that will use them; a file a kind of picture.

`square` has one square on a canvas: where it may lie, what is held out, what it looks like.
`digits` has MNIST's digits and Fashion-MNIST's clothes, `scattering` strews them over a canvas,
`worlds` puts one on each canvas, where its place says nothing, misleads or is the answer.
"""

from coordlib.datasets.digits import DIGITS, MEASURED, Digits, load_digits, train_and_measured
from coordlib.datasets.scattering import CANVAS, PLACEMENTS, Fields, scatter
from coordlib.datasets.square import (
    SCALES,
    SPLITS,
    Split,
    check_sizes,
    one_hot,
    pixel_index,
    positions,
    split,
    squares,
)
from coordlib.datasets.worlds import CELLS, WORLD_CANVAS, WORLDS, world

__all__ = [
    "CANVAS",
    "CELLS",
    "DIGITS",
    "Digits",
    "Fields",
    "MEASURED",
    "PLACEMENTS",
    "SCALES",
    "SPLITS",
    "Split",
    "WORLDS",
    "WORLD_CANVAS",
    "check_sizes",
    "load_digits",
    "one_hot",
    "pixel_index",
    "positions",
    "scatter",
    "split",
    "squares",
    "train_and_measured",
    "world",
]
