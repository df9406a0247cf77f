"""Checker for notebook 06: a square painted with 25 numbers set by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from coordlib import datasets, metrics
from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import finite, parts


@exercise("6.7", minutes=12, difficulty=3)
def square_by_hand(answer: Callable[[], Any]) -> str:
    """25 numbers: first (4, 4) over (x, y, i, j), its bias (4,), second (4,), and its bias."""
    names = "first", "first_bias", "second", "second_bias"
    weights = [finite(one, name) for one, name in zip(parts(answer(), *names), names, strict=True)]
    for name, one, shape in zip(names, weights, ((4, 4), (4,), (4,), ()), strict=True):
        if one.shape != shape and not (shape == () and one.numel() == 1):
            raise NotYet(f"{name} has shape {tuple(one.shape)}; wanted is {shape}")
    places = datasets.positions()
    values = torch.cat([_by_hand(weights, batch) for batch in places.split(196)])[:, 0]
    painted = values > 0

    def like(where: Tensor) -> bool:
        return all(
            torch.equal(some, datasets.squares(batch)[:, 0] > 0)
            for some, batch in zip(painted.split(196), where.split(196), strict=True)
        )

    if like(places):
        return "25 numbers, no training, and all 3,136 squares are right in every pixel."
    count = painted.sum((1, 2))
    if count.max() == 0:
        raise NotYet(
            "it paints nothing anywhere: in the square the value must lie *above* 0; is "
            "second_bias too low, or do the ramps rise in the square already?"
        )
    if count.min() == 64 * 64:
        raise NotYet(
            "it paints every pixel; is 4 pixels written as 8/63, and does far away count against?"
        )
    if like(places.flip(1)):
        raise NotYet("x and y are swapped: i is the column and belongs to x, j to y")
    if like(63 - places):
        raise NotYet("the squares are mirrored: the signs of the target and of the pixel differ")
    if (count == 4096 - 81).all():
        raise NotYet("it paints all but the square: turn all signs of the second layer")
    if (painted == painted[0]).all():
        raise NotYet("it paints the same for all positions: what do x and y add to each ramp?")
    inside, outside = _lowest_and_highest(values, places)
    if inside > outside > 0:
        raise NotYet(
            "second_bias alone is off, and too high: it lifts more than the square above 0; it "
            "must stay below a ramp's first step"
        )
    raise NotYet(_paint_differs(painted, places))


def _lowest_and_highest(values: Tensor, places: Tensor) -> tuple[float, float]:
    """The lowest value in a square and the highest beside one, of all positions."""
    inside, outside = float("inf"), -float("inf")
    for some, batch in zip(values.split(196), places.split(196), strict=True):
        square = datasets.squares(batch)[:, 0] > 0
        inside = min(inside, some[square].min().item())
        outside = max(outside, some[~square].max().item())
    return inside, outside


def _paint_differs(painted: Tensor, places: Tensor) -> str:
    """What is painted for a position in the middle of the canvas, or else for the first wrong."""
    middle = len(places) // 2 + 28
    wrong = torch.cat(
        [
            (some != (datasets.squares(batch)[:, 0] > 0)).any((1, 2))
            for some, batch in zip(painted.split(196), places.split(196), strict=True)
        ]
    )
    one = middle if wrong[middle] else int(wrong.int().argmax())
    x, y = places[one].tolist()
    said = f"{int(wrong.sum()):,} of 3,136 squares are wrong; for ({x}, {y}) it paints"
    rows, columns = painted[one].nonzero().T
    if len(rows) == 0:
        return f"{said} nothing"
    left, right = int(columns.min()), int(columns.max())
    top, bottom = int(rows.min()), int(rows.max())
    width, height = right - left + 1, bottom - top + 1
    if len(rows) != width * height:
        overlap_ = metrics.overlaps(painted[one][None, None], datasets.squares(places[one][None]))
        return f"{said} {len(rows)} pixels that are no rectangle, an IOU of {overlap_.item():.3g}"
    if (width, height) == (9, 9):
        return f"{said} columns {left} to {right} and rows {top} to {bottom}: it is shifted"
    wrong_size = f"the squares are {width} × {height} pixels; they should be 9 × 9"
    endless = [name for name, size in (("columns", width), ("rows", height)) if size == 64]
    bounds = f": nothing bounds their {endless[0]}" if len(endless) == 1 else ""
    return f"{said} a block: {wrong_size}{bounds}"


def _by_hand(numbers: list[Tensor], positions: Tensor) -> Tensor:
    """What the hand-set network gives for positions on the paper's canvas: (n, 1, 64, 64)."""
    first, first_bias, second, second_bias = (one.float() for one in numbers)
    scaled = (2 * positions - 63) / 63
    along = (2 * torch.arange(64) - 63) / 63
    of_position = scaled @ first[:, :2].T + first_bias  # (n, 4)
    of_pixel = first[:, 2, None, None] * along + first[:, 3, None, None] * along[:, None]
    hidden = (of_position[:, :, None, None] + of_pixel).relu()
    return torch.einsum("nhij,h->nij", hidden, second)[:, None] + second_bias
