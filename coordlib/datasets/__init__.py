"""The paper's data, made as tensors on the device that will use them; a file a kind of picture.

`square` has one square on a canvas: where it may lie, what is held out, what it looks like.
`digits` has MNIST's digits and Fashion-MNIST's clothes, `scattering` strews them over a canvas,
`worlds` puts one on each canvas, where its place says nothing, misleads or is the answer. `scenes`
has a blue and a red object on a canvas.
"""

from coordlib.datasets.digits import DIGITS, MEASURED, Digits, load_digits, train_and_measured
from coordlib.datasets.scattering import CANVAS, PLACEMENTS, Fields, scatter
from coordlib.datasets.scenes import (
    OBJECT_SHAPES,
    OBJECTS,
    Scenes,
    half_size,
    scenes,
    signed,
    stamps,
)
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
    "OBJECTS",
    "OBJECT_SHAPES",
    "PLACEMENTS",
    "SCALES",
    "SPLITS",
    "Scenes",
    "Split",
    "WORLDS",
    "WORLD_CANVAS",
    "check_sizes",
    "half_size",
    "load_digits",
    "one_hot",
    "pixel_index",
    "positions",
    "scatter",
    "scenes",
    "signed",
    "split",
    "squares",
    "stamps",
    "train_and_measured",
    "world",
]
