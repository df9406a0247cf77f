"""The position bias of a 2-D CoordConv layer where the picture is large: no convolution needed.

Far from the border a filter's position bias is a plane: with x and y at the filter's first tap,

    Σ_uv w_x(u, v) x(j + v) + w_y(u, v) y(i + u)  =  H(j) + y(i) G(j)

with G the sum of w_y's taps. So a line H and a line G for each channel make the whole map, in two
steps over it, where the convolution takes 2 k² multiplications for each position. Near the upper
and lower border some taps lie outside the picture; those few rows get a line of corrections each.
The left and right border are in H and G themselves. This needs each coordinate to depend on one
axis alone, so r has no such form.

What depends on sizes alone is made once, by numpy: what torch makes may belong to a mode or a
transform (inference mode, torch.func) that ends before it is used again.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from coordlib.coordinates import numpy_name


class Axis(NamedTuple):
    """How a convolution's filters go along an axis of the picture, and which outputs are wanted."""

    size: int
    kernel: int
    stride: int
    dilation: int
    padding: tuple[int, int]  # before and after
    mode: str  # of the padding, as torch.nn's layers call it
    first: int  # output
    outputs: int


def add_position_bias_(output: Tensor, weight: Tensor, rows: Axis, columns: Axis) -> Tensor:
    """Add the position bias to a picture in place, and return it.

    output: (…, out_channels, rows.outputs, columns.outputs).
    weight: (out_channels, 2, *kernel) for x and y; of output's dtype, on the CPU.
    """
    name = numpy_name(weight.dtype)
    mixing, ys, above, below = _row_mixing(rows, columns.kernel, name)
    # First over a filter's rows, then over its columns.
    lines = (weight.flatten(1) @ torch.from_numpy(mixing)).view(-1, 2 * columns.kernel)
    lines = (lines @ torch.from_numpy(_along(columns, name))).view(len(weight), -1, columns.outputs)
    if output.stride(-3) == 1:  # channels last: so are the lines
        lines = lines.movedim(0, -1).contiguous().movedim(-1, 0)
    output.add_(lines[:, :1]).addcmul_(torch.from_numpy(ys), lines[:, 1:2])
    if above:
        output[..., :above, :].add_(lines[:, 2 : 2 + above])
    if below:
        output[..., rows.outputs - below :, :].add_(lines[:, 2 + above :])
    return output


@functools.lru_cache(maxsize=64)
def _taps(axis: Axis) -> np.ndarray:
    """What the taps of each output find: 1 inside the picture, and the coordinate; else 0.

    (2, outputs, kernel) in float64. Padding that repeats the picture counts as inside.
    """
    modes = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    coordinates = (2.0 * np.arange(axis.size) - (axis.size - 1)) / max(axis.size - 1, 1)
    both = np.stack([np.ones(axis.size), coordinates])
    padded = np.pad(both, ((0, 0), axis.padding), modes[axis.mode])
    reach = axis.dilation * (axis.kernel - 1) + 1
    seen = np.lib.stride_tricks.sliding_window_view(padded, reach, axis=1)
    return seen[:, :: axis.stride, :: axis.dilation][:, axis.first : axis.first + axis.outputs]


@functools.lru_cache(maxsize=16)
def _row_mixing(rows: Axis, columns: int, dtype: str) -> tuple[np.ndarray, np.ndarray, int, int]:
    """How the lines are mixed from a filter's rows, and the y that goes with each row of the map.

    Returns (2 · kernel, lines · 2 · columns), the matrix that makes of a filter, its w_x and w_y,
    one row of w_x and one of w_y for each line: H, G and the corrections near the border, from the
    top; (outputs, 1): y at the first tap, as if the picture went on; and how many rows are near the
    upper and the lower border. columns: how many a filter has.
    """
    taps = _taps(rows).swapaxes(0, 1)
    ends = max(rows.size - 1, 1)
    begins = rows.stride * (rows.first + np.arange(rows.outputs)) - rows.padding[0]
    reach = rows.dilation * (rows.kernel - 1)
    near = (begins < 0) | (begins + reach >= rows.size)
    above = int(near.cumprod().sum())
    below = int(near.sum()) - above
    ys = (2 * begins - (rows.size - 1)) / ends
    ones, steps = np.ones(rows.kernel), 2 * rows.dilation * np.arange(rows.kernel) / ends
    h, g = np.stack([ones, steps]), np.stack([0 * ones, ones])
    lines = np.concatenate([[h, g], taps[near] - h - ys[near, None, None] * g])
    mixing = np.einsum("ltu,ts,vw->tuvlsw", lines, np.eye(2), np.eye(columns))
    mixing = mixing.reshape(2 * rows.kernel * columns, -1)
    return mixing.astype(dtype), ys[:, None].astype(dtype), above, below


@functools.lru_cache(maxsize=64)
def _along(axis: Axis, dtype: str) -> np.ndarray:
    """What the columns of w_x and of w_y count at each output, (2 kernel, outputs).

    For w_x that is x; for w_y, whether the tap lies inside.
    """
    inside, coordinates = _taps(axis)
    return np.concatenate([coordinates.T, inside.T]).astype(dtype)
