"""The paper's data, made as tensors on the device that will use them; a file a kind of picture.

`square` has one square on a canvas: where it may lie, what is held out, what it looks like.
"""

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

__all__ = [
    "SCALES",
    "SPLITS",
    "Split",
    "check_sizes",
    "one_hot",
    "pixel_index",
    "positions",
    "split",
    "squares",
]
