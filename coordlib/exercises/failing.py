"""Checkers for notebook 02: a transposed convolution, its parameters, the leak, the border."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from coordlib.exercises import NotYet, exercise


@exercise("2.1", minutes=10, difficulty=2)
def transposed_convolution(answer: Callable[[Tensor, Tensor, int], Any]) -> str:
    """One channel, square: (n, n) and (k, k) to (stride · (n − 1) + k,) · 2."""
    for n, k, stride in ((2, 2, 2), (3, 3, 2), (4, 2, 1), (2, 2, 3), (3, 4, 2)):
        picture = torch.arange(1.0, n * n + 1).view(n, n)
        stamp = torch.arange(1.0, k * k + 1).square().view(k, k)
        wanted = _transposed(picture, stamp, stride)
        found = _numbers(answer(picture.clone(), stamp.clone(), stride)).float()
        said = f"a {n} × {n} picture, a {k} × {k} stamp, stride {stride}"
        if found.ndim == 4 and found.shape[:2] == (1, 1):
            found = found[0, 0]
        if found.shape != wanted.shape:
            raise NotYet(
                f"{said}: the result has shape {tuple(found.shape)}; the last stamp starts at "
                f"{stride} · ({n} − 1) and is {k} wide, which makes {tuple(wanted.shape)}"
            )
        if torch.equal(found, wanted):
            continue
        if torch.equal(found, _transposed(picture, stamp.flip(0, 1), stride)):
            raise NotYet(f"{said}: the stamp is pressed upside down; do not flip it")
        if torch.equal(found, _transposed(picture, stamp.mT, stride)):
            raise NotYet(f"{said}: rows and columns of the stamp are swapped")
        if torch.equal(found, _transposed(picture.mT, stamp, stride)):
            raise NotYet(f"{said}: rows and columns of the picture are swapped")
        if torch.equal(found, _overwritten(picture, stamp, stride)):
            raise NotYet(f"{said}: where stamps overlap the last one wins; they should add up")
        row, column = (found != wanted).nonzero()[0].tolist()
        raise NotYet(
            f"{said}: in row {row}, column {column} stands {found[row, column]:g}; it should be "
            f"{wanted[row, column]:g}"
        )
    return "stamps, and a sum where they overlap. That is all that conv_transpose2d does."


@exercise("2.2", minutes=8, difficulty=1)
def deconvolution_parameters(answer: Callable[[int, int], Any]) -> str:
    """How many numbers the paper's deconvolution learns, from multiplier and filter size."""
    for multiplier, size in ((1, 2), (1, 3), (2, 2), (3, 4)):
        hidden = [multiplier * channels for channels in (64, 64, 64, 32, 32)]
        pairs = list(zip([2, *hidden], [*hidden, 1], strict=True))
        weights = sum(c_in * c_out for c_in, c_out in pairs) * size**2
        biases, norms = sum(hidden) + 1, 2 * sum(hidden)
        wanted = weights + biases + norms
        found = answer(multiplier, size)
        if found == wanted:
            continue
        said = f"for multiplier {multiplier} and {size} × {size} filters you count {found:,}"
        of_one = [64, 64, 64, 32, 32]
        all_multiplied = sum(
            multiplier**2 * c_in * c_out
            for c_in, c_out in zip([2, *of_one], [*of_one, 1], strict=True)
        )
        mistakes = {
            weights: "those are the weights of the filters; biases and BatchNorms are missing",
            weights + biases: "the BatchNorms are missing, a scale and a shift for each channel",
            weights + norms: "the biases are missing, one for each output channel",
            weights + biases + norms // 2: "a BatchNorm has two numbers a channel, not one",
            weights + biases + norms - 1: "the last stage has a bias as well",
            weights + biases + norms + 2: "after the last stage there is no BatchNorm",
            weights // size + biases + norms: "a filter has k × k taps, not k",
            weights // size**2 + biases + norms: "each filter has k × k taps",
            all_multiplied * size**2 + biases + norms: "x and y are two channels, and the logits "
            "are one, whatever the multiplier",
        }
        why = mistakes.get(found, f"there are {weights:,} weights alone")
        raise NotYet(f"{said}; {why}")
    return "from 46,465 to 1,632,001, and all but 2 % of them at most are the filters' weights."


@exercise("2.3", minutes=8, difficulty=2)
def mass_within(answer: Callable[[Tensor, Tensor, int], Any]) -> str:
    """The probability at most `distance` columns and rows away: (n, h, w), (n, 2) to (n,)."""
    maps = torch.rand(5, 12, 16, generator=torch.Generator().manual_seed(2)).double()
    maps /= maps.sum((1, 2), keepdim=True)
    # The last two lie so near a border that a careless slice starts at -1 or ends outside.
    positions = torch.tensor([[6, 4], [9, 7], [4, 6], [15, 11], [0, 1]])
    for distance in (0, 1, 2):
        wanted = _mass(maps, positions, distance)
        found = _numbers(answer(maps, positions, distance)).double()
        if found.shape != wanted.shape:
            raise NotYet(
                f"for 5 maps the result has shape {tuple(found.shape)}; wanted is {(5,)}, "
                "one number for each map"
            )
        if torch.allclose(found, wanted, atol=1e-6):
            continue
        _explain_mass(found, wanted, maps, positions, distance)
    return "a measure of the leak that looks at all of the probability, not at its peak."


@exercise("2.4", minutes=8, difficulty=2)
def border_reach(answer: Callable[[list[int]], Any]) -> str:
    """How many rings of pixels see the border's zeros through a stack of 3 × 3 convolutions."""
    stacks = ([1], [2], [1, 1, 1], [1, 2, 4, 8, 16])
    found = [answer(list(stack)) for stack in stacks]
    if found == [sum(stack) for stack in stacks]:
        return "31 rings, and the middle is only 16 away: every pixel can know where it is."
    mistakes: tuple[tuple[Callable[[list[int]], int], str], ...] = (
        (lambda d: 2 * sum(d) + 1, "that is how wide a pixel sees; to one side it is half of that"),
        (lambda d: 2 * sum(d), "twice too many; count the rings from one border inwards"),
        (lambda d: sum(d) + 1, "one too many; a single layer with dilation 1 gives 1, the edge"),
        (lambda d: sum(d) - 1, "one too few; a single layer with dilation 1 gives 1, the edge"),
        (len, "a layer with taps 2 apart carries the news 2 rings further, not 1"),
        (max, "that is the widest layer alone; what do the others add to it?"),
        (math.prod, "the layers follow one another: what they carry adds up"),
    )
    for mistake, why in mistakes:
        if found == [mistake(stack) for stack in stacks]:
            raise NotYet(why)
    stack, one = next(each for each in zip(stacks, found, strict=True) if each[1] != sum(each[0]))
    raise NotYet(f"for dilations {stack} your answer is {one}; try it with one layer first")


def _transposed(picture: Tensor, stamp: Tensor, stride: int) -> Tensor:
    return F.conv_transpose2d(picture[None, None], stamp[None, None], stride=stride)[0, 0]


def _overwritten(picture: Tensor, stamp: Tensor, stride: int) -> Tensor:
    n, k = len(picture), len(stamp)
    side = stride * (n - 1) + k
    canvas = torch.zeros(side, side, dtype=picture.dtype)
    for row in range(n):
        for column in range(n):
            top, left = stride * row, stride * column
            canvas[top : top + k, left : left + k] = picture[row, column] * stamp
    return canvas


def _mass(maps: Tensor, positions: Tensor, distance: float) -> Tensor:
    x, y = positions[:, 0, None], positions[:, 1, None]
    columns = (torch.arange(maps.shape[2]) - x).abs() <= distance
    rows = (torch.arange(maps.shape[1]) - y).abs() <= distance
    return (maps * (rows[:, :, None] & columns[:, None, :])).sum((1, 2))


def _explain_mass(
    found: Tensor, wanted: Tensor, maps: Tensor, positions: Tensor, distance: int
) -> None:
    """Say what is wrong with an answer to 2.3."""
    said = f"with distance {distance}"
    x, y = positions[:, 0, None, None], positions[:, 1, None, None]
    across = (torch.arange(maps.shape[2]) - x).abs()
    down = (torch.arange(maps.shape[1])[:, None] - y).abs()
    round_ = (maps * ((across**2 + down**2) <= distance**2)).sum((1, 2))
    diamond = (maps * ((across + down) <= distance)).sum((1, 2))
    inside = slice(0, 3)  # the three positions far from every border

    def like(mistake: Tensor, where: slice = slice(None)) -> bool:
        return torch.allclose(found[where], mistake[where], atol=1e-6)

    if like(_mass(maps, positions.flip(1), distance), inside):
        raise NotYet(f"{said}: x and y are swapped; a map is indexed [y, x]")
    if distance > 0 and (like(round_) or like(diamond)):
        raise NotYet(f"{said}: the corners of the block are missing; columns and rows count each")
    if like(wanted, inside):
        raise NotYet(f"{said}: right in the middle of a map, wrong next to its border")
    if like(1 - wanted):
        raise NotYet(f"{said}: that is what lies *farther* away; subtract it from 1")
    if like(wanted.mean().expand(5)):
        raise NotYet(f"{said}: you averaged over the maps; give one number for each")
    if distance > 0 and like(wanted / (2 * distance + 1) ** 2, inside):
        raise NotYet(f"{said}: you averaged over the block's pixels; add them up")
    short = torch.stack(
        [
            one[y - distance : y + distance, x - distance : x + distance].sum()
            for one, (x, y) in zip(maps, positions.tolist(), strict=True)
        ]
    )
    if like(short, inside):
        raise NotYet(f"{said}: a column and a row are missing; a slice ends before its last number")
    raise NotYet(f"{said}: the first map gives {found[0]:.4f}; it should be {wanted[0]:.4f}")


def _numbers(value: Any) -> Tensor:
    try:
        return torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError):
        raise NotYet(
            f"the result is a {type(value).__name__}; wanted is a tensor or a list of numbers"
        ) from None
