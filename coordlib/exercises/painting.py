"""Checkers for notebook 06: overlap, a shifted square, what one number can draw, 25 weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from coordlib import datasets, metrics
from coordlib.exercises import NotYet, attempted, exercise


@exercise("6.1", minutes=8, difficulty=1)
def overlap(answer: Callable[[Tensor, Tensor], Any]) -> str:
    """Intersection over union of each pair of boolean pictures: (n, h, w) twice to (n,)."""
    painted, target = _pairs()
    shared, either = (painted & target).sum((1, 2)), (painted | target).sum((1, 2))
    wanted = torch.where(either > 0, shared / either.clamp(min=1), 1.0).double()
    found = _numbers(answer(painted.clone(), target.clone())).double()
    if found.shape != wanted.shape:
        raise NotYet(
            f"for {len(wanted)} pairs the result has shape {tuple(found.shape)}; wanted is "
            f"{tuple(wanted.shape)}, one number for each pair"
        )
    if torch.allclose(found, wanted, atol=1e-5):
        return "1 for a perfect picture, 0 for a miss, and white elsewhere earns nothing."
    ours, theirs = painted.sum((1, 2)), target.sum((1, 2))
    full = slice(0, 4)  # in the others a picture is empty, or both are
    if torch.allclose(found[full], wanted[full], atol=1e-5):
        for number, pair in (
            (4, "an empty picture and a square"),
            (5, "paint and an empty target"),
        ):
            if not abs(found[number]) < 1e-5:
                raise NotYet(f"{pair} give {found[number]:g}; they share no pixel: 0")
        raise NotYet(f"two empty pictures give {found[6]:g}; they are the same, so let it be 1")
    mistakes = (
        (shared / (ours + theirs), "pixels that both have count twice in your union"),
        (
            2 * shared / (ours + theirs),
            "that is 2 · intersection / (sum of both areas), another measure (Dice)",
        ),
        ((painted == target).double().mean((1, 2)), "empty pixels that agree earn nothing here"),
        (shared / theirs, "you divide by the true square alone, so painting everything would be 1"),
        (shared / ours, "you divide by what was painted alone, so one right pixel would be enough"),
        (
            (shared.sum() / either.sum()).expand(len(wanted)),
            "you added up all pairs before dividing; divide each pair on its own",
        ),
        (1 - wanted, "that is 1 minus what is asked for"),
    )
    for mistake, why in mistakes:
        if torch.allclose(found[full], mistake[full].double(), atol=1e-5):
            raise NotYet(why)
    one = int((found - wanted).abs()[full].argmax())
    raise NotYet(
        f"a pair with {int(shared[one])} pixels in both and {int(either[one])} in at least one "
        f"gives {found[one]:.3f}; it should be {wanted[one]:.3f}"
    )


@exercise("6.2", minutes=6, difficulty=1)
def shifted_overlap(answer: Callable[[int, int, int], Any]) -> str:
    """IOU of a square of `size` pixels with itself, dx columns and dy rows away."""
    for size, dx, dy in (
        (9, 0, 0),
        (9, 1, 0),
        (9, 1, 1),
        (9, 2, -3),
        (5, -1, 0),
        (9, 12, 11),
        (9, 12, 2),
    ):
        shared = max(0, size - abs(dx)) * max(0, size - abs(dy))
        whole = size * size
        wanted = shared / (2 * whole - shared)
        given = _numbers(answer(size, dx, dy))
        if given.numel() != 1:
            raise NotYet(f"the result has shape {tuple(given.shape)}; wanted is one number")
        found = float(given)
        if abs(found - wanted) < 1e-6:
            continue
        said = f"size {size}, {dx} columns and {dy} rows away: you give {found:.3f}"
        signed = max(0, size - dx) * max(0, size - dy)
        unclamped = (size - abs(dx)) * (size - abs(dy))
        shares_both = (size - abs(dx)) + (size - abs(dy))
        mistakes = {
            shared / (2 * whole): "the shared pixels are counted twice in your union",
            shared / whole: "that is the share of one square; divide by the union of both",
            signed / (2 * whole - signed): "a shift to the left or up shares as much as one to the "
            "right or down",
            unclamped / (2 * whole - unclamped): "so far apart they share nothing; a product of "
            "negative numbers is no area",
            shares_both / (2 * whole - shares_both): "width and height of what they share must be "
            "multiplied",
        }
        for mistake, why in mistakes.items():
            if abs(found - mistake) < 1e-6:
                raise NotYet(f"{said}; {why}")
        raise NotYet(f"{said}; they share {shared} of {2 * whole - shared} pixels")
    return "one pixel beside the place costs a fifth already, one across a corner a third."


@exercise("6.3", minutes=8, difficulty=2)
def drawable(answer: Callable[[Tensor, Tensor], Any]) -> str:
    """Whether a function of one number per pixel can draw the square from the map: (h, w) twice."""
    square = torch.zeros(16, 16, dtype=torch.bool)
    square[4:13, 3:12] = True
    along = torch.arange(16.0)
    across, down = (along - 7).abs().expand(16, 16), (along - 8).abs()[:, None].expand(16, 16)
    hill = -torch.maximum(across, down)
    dot = ((across == 0) & (down == 0)).float()
    cone = -(across.square() + down.square())
    stripes = torch.where(square, 2 * across + 1, 2 * down)
    cases = (
        ("a hill with square sides", hill, True, "a threshold at its foot cuts out the square"),
        (
            "a single dot in the middle",
            dot,
            False,
            "80 of the 81 pixels inside see the same 0 as all outside",
        ),
        ("a hollow with square sides", -hill, True, "a function may turn it over"),
        (
            "a round hill",
            cone,
            False,
            "a pixel 3 columns and 4 rows away is as high as one 5 columns away, and only the "
            "first is in the square",
        ),
        (
            "stripes, odd numbers inside and even ones outside",
            stripes,
            True,
            "no number occurs on both sides, and a function may rise and fall as often as it likes",
        ),
        ("a flat map", torch.zeros(16, 16), False, "all pixels see the same number"),
    )
    for name, map, wanted, why in cases:
        found = attempted(answer(map.clone(), square.clone()))
        if isinstance(found, Tensor) and found.numel() != 1:
            raise NotYet(f"the result has shape {tuple(found.shape)}; wanted is one True or False")
        if bool(found) != wanted:
            raise NotYet(f"{name}: you say {bool(found)}; it is {wanted}, for {why}")
    return "whatever is to be drawn must be told apart in the map already."


@exercise("6.4", minutes=12, difficulty=3)
def square_by_hand(answer: Callable[[], Any]) -> str:
    """25 numbers: first (4, 4) over (x, y, i, j), its bias (4,), second (4,), and its bias."""
    returned = attempted(answer())
    if not isinstance(returned, (tuple, list)) or len(returned) != 4:
        raise NotYet("return four things: first, first_bias, second, second_bias")
    numbers = [_numbers(attempted(one)).double() for one in returned]
    for name, one, shape in zip(
        ("first", "first_bias", "second", "second_bias"),
        numbers,
        ((4, 4), (4,), (4,), ()),
        strict=True,
    ):
        if one.shape != shape and not (shape == () and one.numel() == 1):
            raise NotYet(f"{name} has shape {tuple(one.shape)}; wanted is {shape}")
    found, wanted, swapped = 0.0, 0, 0.0
    counts = []
    positions = datasets.positions()
    for batch in positions.split(196):
        painted = _by_hand(numbers, batch)
        counts.append((painted > 0).sum((1, 2, 3)))
        found += metrics.overlaps(painted, datasets.squares(batch)).sum().item()
        swapped += metrics.overlaps(painted, datasets.squares(batch.flip(1))).sum().item()
        wanted += len(batch)
    count = torch.cat(counts)
    if found == wanted:
        return "25 numbers, no training, and all 3,136 squares are right in every pixel."
    if count.max() == 0:
        raise NotYet("it paints nothing anywhere: in the square the value must lie *above* 0")
    if count.min() == 64 * 64:
        raise NotYet(
            "it paints every pixel; is 4 pixels written as 8/63, and does far away count against?"
        )
    if swapped == wanted:
        raise NotYet("x and y are swapped: i is the column and belongs to x, j to y")
    if (count == 4096 - 81).all():
        raise NotYet("it paints all but the square: turn all signs of the second layer")
    middle = count[len(count) // 2 + 28]  # in the middle of the canvas
    side = int(middle.item() ** 0.5)
    if side * side == middle:
        raise NotYet(f"the squares are {side} × {side} pixels; they should be 9 × 9")
    raise NotYet(
        f"the mean IOU is {found / wanted:.3f}; in the middle of the canvas it paints "
        f"{int(middle)} pixels"
    )


def _by_hand(numbers: list[Tensor], positions: Tensor) -> Tensor:
    """What the hand-set network gives for positions on the paper's canvas: (n, 1, 64, 64)."""
    first, first_bias, second, second_bias = (one.float() for one in numbers)
    scaled = (2 * positions - 63) / 63
    along = (2 * torch.arange(64) - 63) / 63
    of_position = scaled @ first[:, :2].T + first_bias  # (n, 4)
    of_pixel = first[:, 2, None, None] * along + first[:, 3, None, None] * along[:, None]
    hidden = (of_position[:, :, None, None] + of_pixel).relu()
    return torch.einsum("nhij,h->nij", hidden, second)[:, None] + second_bias


def _pairs() -> tuple[Tensor, Tensor]:
    """Pairs of pictures: equal, shifted, apart, ragged, nothing painted, no target, neither."""
    target = torch.zeros(7, 8, 10, dtype=torch.bool)
    target[:5, 2:5, 3:6] = True
    painted = target.clone()
    painted[4], painted[5] = target[5], target[4]
    painted[1] = painted[1].roll(1, 1)
    painted[2] = painted[2].roll(5, 1)
    painted[3, 1:7, 4:7] = True
    painted[3, 3, 3] = False
    return painted, target


def _numbers(value: Any) -> Tensor:
    try:
        return torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError):
        raise NotYet(
            f"the result is a {type(value).__name__}; wanted is a tensor or numbers"
        ) from None
