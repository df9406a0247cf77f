"""Fewer colours in a picture, so that a notebook of sharp figures stays small."""

from __future__ import annotations

import numpy as np
from PIL import Image

_COLOURS = 128, 256  # twice as many take a tenth more bytes, and few pictures need them
_MOST_COLOURS = 10_000  # a picture of more is no drawing
_LARGEST_CHANGE = 4  # of 255, in the mean of what changes; more is seen as bands


def quantised(image: Image.Image) -> Image.Image:
    """A picture in 128 or 256 colours, in half the bytes, where that cannot be seen; else as is.

    The most frequent half of the colours, those of areas, are kept to the bit. What is left are
    edges and what shines through: each pixel gets the nearest of as many colours that cover them.
    """
    codes = np.asarray(image.convert("RGBA")).view(np.uint32)[..., 0]
    found, where, counts = np.unique(codes, return_inverse=True, return_counts=True)
    if len(found) > _MOST_COLOURS:
        return image
    colours = found.view(np.uint8).reshape(-1, 4)[:, :3]
    by_frequency = colours[np.argsort(-counts, kind="stable")]
    for number in _COLOURS:
        palette = by_frequency
        if len(palette) > number:
            kept, rest = np.split(palette, [number // 2])
            palette = np.concatenate([kept, _covering(rest, number // 2)])
        # The squares of the distances, but for each colour's own.
        distances = (palette.astype(float) ** 2).sum(1) - 2 * colours.astype(float) @ palette.T
        nearest = distances.argmin(1)
        changes = np.abs(colours.astype(int) - palette[nearest]).max(1)
        if (changes * counts).sum() <= _LARGEST_CHANGE * counts[changes > 0].sum():
            reduced = Image.fromarray(nearest.astype(np.uint8)[where].reshape(codes.shape))
            reduced.putpalette(palette.tobytes())
            return reduced
    return image


def _covering(colours: np.ndarray, number: int) -> np.ndarray:
    """At most so many colours, of which each of `colours`, uint8 of shape (n, 3), is near to one.

    Dithering, which would put dots into even areas, is off.
    """
    method, plain = Image.Quantize.MAXCOVERAGE, Image.Dither.NONE
    strip = Image.fromarray(colours[None]).quantize(number, method, kmeans=1, dither=plain)
    return np.array(strip.getpalette(), dtype=np.uint8).reshape(-1, 3)[:number]
