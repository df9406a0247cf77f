"""Fewer colours in a picture, so that a notebook of sharp figures stays small."""

from __future__ import annotations

import numpy as np
from PIL import Image

_COLOURS = 128  # twice as many take a tenth more bytes, and nobody sees them
_MOST_COLOURS = 10_000  # a picture of more is no drawing
_LARGEST_CHANGE = 4  # of 255, in the mean of what changes; more is seen as bands


def quantised(image: Image.Image) -> Image.Image:
    """A picture in 128 colours, in less than half the bytes, where that cannot be seen; else as is.

    The 64 most frequent colours, those of areas, are kept to the bit. What is left are edges and
    what shines through: each pixel gets the nearest of 64 colours that cover them.
    """
    codes = np.asarray(image.convert("RGBA")).view(np.uint32)[..., 0]
    found, where, counts = np.unique(codes, return_inverse=True, return_counts=True)
    if len(found) > _MOST_COLOURS:
        return image
    colours = found.view(np.uint8).reshape(-1, 4)[:, :3]
    palette = colours[np.argsort(-counts, kind="stable")]
    if len(palette) > _COLOURS:
        kept, rest = np.split(palette, [_COLOURS // 2])
        palette = np.concatenate([kept, _covering(rest, _COLOURS // 2)])
    # The squares of the distances, but for each colour's own.
    distances = (palette.astype(float) ** 2).sum(1) - 2 * colours.astype(float) @ palette.T
    nearest = distances.argmin(1)
    changes = np.abs(colours.astype(int) - palette[nearest]).max(1)
    if (changes * counts).sum() > _LARGEST_CHANGE * counts[changes > 0].sum():
        return image
    reduced = Image.fromarray(nearest.astype(np.uint8)[where].reshape(codes.shape))
    reduced.putpalette(palette.tobytes())
    return reduced


def _covering(colours: np.ndarray, number: int) -> np.ndarray:
    """At most so many colours, of which each of `colours`, uint8 of shape (n, 3), is near to one.

    Dithering, which would put dots into even areas, is off.
    """
    method, plain = Image.Quantize.MAXCOVERAGE, Image.Dither.NONE
    strip = Image.fromarray(colours[None]).quantize(number, method, kmeans=1, dither=plain)
    return np.array(strip.getpalette(), dtype=np.uint8).reshape(-1, 3)[:number]
