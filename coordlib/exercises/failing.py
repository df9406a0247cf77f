"""Checkers for notebook 02: a transposed convolution, its parameters, the leak, the border."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from coordlib.exercises import exercise
from coordlib.exercises.checking import equal, judge, number, plural, unlike
from coordlib.exercises.guarding import by_hand


@exercise("2.1", minutes=10, difficulty=2)
def transposed_convolution(answer: Callable[[Tensor, Tensor, int], Any]) -> str:
    """One channel, square: (n, n) and (k, k) to (stride · (n − 1) + k,) · 2."""
    cases = [
        (
            torch.arange(1.0, n * n + 1).view(n, n) + 0.25,
            torch.arange(1.0, k * k + 1).square().view(k, k) + 0.5,
            stride,
        )
        for n, k, stride in ((2, 2, 2), (3, 3, 2), (4, 2, 1), (2, 2, 3), (3, 4, 2), (1, 5, 3))
    ]
    judge(
        answer,
        cases,
        _transposed,
        said=lambda picture, stamp, stride: (
            f"a {len(picture)} × {len(picture)} picture, a {len(stamp)} × {len(stamp)} stamp, "
            f"stride {stride}"
        ),
        mistakes=(
            (
                lambda picture, stamp, stride: _transposed(picture, stamp.flip(0, 1), stride),
                "the stamp is pressed upside down; do not flip it",
            ),
            (
                lambda picture, stamp, stride: _transposed(picture, stamp.mT, stride),
                "rows and columns of the stamp are swapped",
            ),
            (
                lambda picture, stamp, stride: _transposed(picture.mT, stamp, stride),
                "rows and columns of the picture are swapped",
            ),
            (
                lambda picture, stamp, stride: _transposed(picture, stamp, stride).mT,
                "rows and columns of the result are swapped",
            ),
            (_overwritten, "where stamps overlap the last one wins; they should add up"),
            (
                lambda *case: _transposed(*case).trunc(),
                "you cut off what stands behind the decimal point",
            ),
        ),
        tell=_stamps_differ,
    )
    by_hand(
        lambda: answer(torch.ones(3, 3), torch.ones(2, 2), 2),
        "press the stamps and add them up yourself",
        "*conv*",
        "fold",
        "col2im",
    )
    return "stamps, and a sum where they overlap. That is all that conv_transpose2d does."


def _stamps_differ(
    found: Tensor, wanted: Tensor, picture: Tensor, stamp: Tensor, stride: int
) -> str:
    if found.shape != wanted.shape:
        return (
            f"the result has shape {tuple(found.shape)}; the last stamp starts at {stride} · "
            f"({len(picture)} − 1) and is {len(stamp)} wide, which makes {tuple(wanted.shape)}"
        )
    row, column = (found.double() - wanted).abs().gt(1e-5).nonzero()[0].tolist()
    ours, right = unlike(found[row, column].item(), wanted[row, column].item())
    return f"in row {row}, column {column} stands {ours}; it should be {right}"


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


@exercise("2.2", minutes=8, difficulty=1)
def deconvolution_parameters(answer: Callable[[int, int], Any]) -> str:
    """How many numbers the paper's deconvolution learns, from multiplier and filter size."""
    judge(
        answer,
        [(1, 2), (1, 3), (2, 2), (3, 4), (4, 3), (5, 2), (6, 4)],
        _parameters,
        read=number,
        said=lambda m, k: f"for multiplier {m} and {k} × {k} filters",
        mistakes=(
            (
                lambda m, k: _parameters(m, k, biases=0, norms=0),
                "those are the weights of the filters; biases and BatchNorms are missing",
            ),
            (
                lambda m, k: _parameters(m, k, norms=0),
                "the BatchNorms are missing, a scale and a shift for each channel",
            ),
            (
                lambda m, k: _parameters(m, k, biases=0),
                "as many are missing as there are biases, one for each output channel",
            ),
            (
                lambda m, k: _parameters(m, k, norms=1),
                "a BatchNorm has two numbers a channel, not one",
            ),
            (
                lambda m, k: _parameters(m, k, norms=4),
                "a BatchNorm learns two numbers a channel; its mean and variance are measured",
            ),
            (lambda m, k: _parameters(m, k) - 1, "the last stage has a bias as well"),
            (lambda m, k: _parameters(m, k) + 1, "a bias belongs to an output channel"),
            (
                lambda m, k: _parameters(m, k) - 64 * m * (2 * k**2 + 1),
                "the first stage is missing, from the two channels x and y",
            ),
            (lambda m, k: _parameters(m, k) + 2, "after the last stage there is no BatchNorm"),
            (lambda m, k: _parameters(m, k, taps=k), "a filter has k × k taps, not k"),
            (lambda m, k: _parameters(m, k, taps=1), "each filter has k × k taps"),
            (
                lambda m, k: _parameters(m, k, first=2 * m, last=m, biases=1) - (m - 1),
                "x and y are two channels, and the logits are one, whatever the multiplier",
            ),
            (
                lambda m, k: _parameters(m, k, first=2 * m),
                "x and y are two channels, whatever the multiplier",
            ),
            (
                lambda m, k: _parameters(m, k, last=m),
                "the logits are one channel, whatever the multiplier",
            ),
            (
                lambda m, k: _parameters(m, k, first=1),
                "the first stage sees two channels, x and y",
            ),
            (
                lambda m, k: _parameters(1, k),
                "right for multiplier 1; the others are not multiplied yet",
            ),
        ),
        tell=lambda found, wanted, m, k: (
            f"you count {unlike(found.item(), wanted.item())[0]}; there are "
            f"{_parameters(m, k, biases=0, norms=0):,} weights alone"
        ),
    )
    by_hand(
        lambda: answer(2, 3),
        "reckon it from multiplier and filter size, without building the network",
        "*Conv*",
        "*Norm*",
    )
    return "from 46,465 to 1,632,001, and at least 98 % of them are the filters' weights."


def _parameters(
    m: int,
    k: int,
    first: int = 2,
    last: int = 1,
    taps: int | None = None,
    biases: int = 1,
    norms: int = 2,
) -> int:
    hidden = [m * channels for channels in (64, 64, 64, 32, 32)]
    pairs = zip([first, *hidden], [*hidden, last], strict=True)
    weights = sum(c_in * c_out for c_in, c_out in pairs) * (k**2 if taps is None else taps)
    return weights + biases * (sum(hidden) + last) + norms * sum(hidden)


@exercise("2.3", minutes=8, difficulty=2)
def mass_within(answer: Callable[[Tensor, Tensor, int], Any]) -> str:
    """The probability at most `distance` columns and rows away: (n, h, w), (n, 2) to (n,)."""
    random = torch.Generator().manual_seed(2)
    cases = []
    # Some lie so near a border that a careless slice starts at -1 or ends outside.
    for size, positions in (
        ((12, 16), [[6, 4], [9, 7], [4, 6], [15, 11], [0, 1]]),
        ((19, 8), [[3, 14]]),
        ((9, 9), [[1, 8], [4, 4]]),
    ):
        maps = torch.rand(len(positions), *size, generator=random)
        maps /= maps.sum((1, 2), keepdim=True)
        cases += [(maps, torch.tensor(positions), distance) for distance in (0, 1, 2, 3)]
    judge(
        answer,
        cases,
        _mass,
        said=lambda maps, positions, distance: f"with distance {distance}",
        mistakes=(
            (
                lambda maps, positions, d: _mass(maps, positions.flip(1), d),
                "x and y are swapped; a map is indexed [y, x]",
            ),
            (
                lambda *case: _mass(*case, lambda x, y, d: x**2 + y**2 <= d**2),
                "the corners of the block are missing; columns and rows count each",
            ),
            (
                lambda *case: _mass(*case, lambda x, y, d: x + y <= d),
                "the corners of the block are missing; columns and rows count each",
            ),
            (
                lambda *case: _mass(*case, lambda x, y, d: (x < d) & (y < d)),
                "exactly `distance` away is still within: `<=`, not `<`",
            ),
            (
                lambda *case: _mass(*case, lambda x, y, d: (x <= d + 1) & (y <= d + 1)),
                "the block is too large by a pixel on each side",
            ),
            (
                lambda maps, positions, d: _mass(maps, positions, 1),
                "`distance` isn't used: your block is always 3 × 3",
            ),
            (lambda *case: 100 * _mass(*case), "that is in percent; give shares of 1"),
            (
                lambda *case: _mass(*case, lambda x, y, d: (x <= d) | (y <= d)),
                "that is a cross of two bands: 'or' should be 'and'",
            ),
            (
                lambda *case: 1 - _mass(*case),
                "that is what lies *farther* away; subtract it from 1",
            ),
            (
                lambda *case: _mass(*case).mean().expand(len(case[0])),
                "you averaged over the maps; give one number for each",
            ),
            (
                lambda *case: _mass(*case) / (2 * case[2] + 1) ** 2,
                "you averaged over the block's pixels; add them up",
            ),
            (
                lambda maps, positions, d: _mass(maps, positions[:1].expand_as(positions), d),
                "all maps are measured at the first position",
            ),
            (_short, "a column and a row are missing; a slice ends before its last number"),
        ),
        tell=_masses_differ,
    )
    return "a measure of the leak that looks at all of the probability, not at its peak."


def _mass(
    maps: Tensor,
    positions: Tensor,
    distance: int,
    within: Callable[[Tensor, Tensor, int], Tensor] = lambda x, y, d: (x <= d) & (y <= d),
) -> Tensor:
    x, y = positions.T[:, :, None, None]
    across = (torch.arange(maps.shape[2]) - x).abs()
    down = (torch.arange(maps.shape[1])[:, None] - y).abs()
    return (maps.double() * within(across, down, distance)).sum((1, 2))


def _short(maps: Tensor, positions: Tensor, distance: int) -> Tensor:
    """What a slice gives that ends a column and a row too early."""
    return torch.stack(
        [
            one[max(0, y - distance) : y + distance, max(0, x - distance) : x + distance].sum()
            for one, (x, y) in zip(maps.double(), positions.tolist(), strict=True)
        ]
    )


def _masses_differ(
    found: Tensor, wanted: Tensor, maps: Tensor, positions: Tensor, distance: int
) -> str:
    if found.shape != wanted.shape:
        return (
            f"for {plural(len(maps), 'map')} the result has shape {tuple(found.shape)}; wanted is "
            f"{tuple(wanted.shape)}, one number for each map"
        )
    right = torch.tensor([equal(*pair) for pair in zip(found, wanted, strict=True)])
    ends = torch.tensor([maps.shape[2], maps.shape[1]]) - 1 - distance
    inside = ((positions >= distance) & (positions <= ends)).all(1)
    if inside.any() and right[inside].all():
        return "right in the middle of a map, wrong next to its border"
    first = int(right.int().argmin())
    ours, theirs = unlike(found[first].item(), wanted[first].item())
    x, y = positions[first].tolist()
    return f"around ({x}, {y}) your answer is {ours}; it should be {theirs}"


@exercise("2.4", minutes=8, difficulty=2)
def border_reach(answer: Callable[[list[int]], Any]) -> str:
    """How many rings of pixels see the border's zeros through a stack of 3 × 3 convolutions."""
    judge(
        answer,
        [([1],), ([2],), ([1, 1, 1],), ([1, 2, 4, 8, 16],), ([5, 2, 2, 3],), ([3, 1],)],
        sum,
        read=number,
        mistakes=(
            (
                lambda d: 2 * sum(d) + 1,
                "that is how wide a pixel sees; to one side it is half of that",
            ),
            (lambda d: 2 * sum(d), "twice too many; count the rings from one border inwards"),
            (
                lambda d: sum(d) + 1,
                "one too many; a single layer with dilation 1 gives 1, the edge",
            ),
            (lambda d: sum(d) - 1, "one too few; a single layer with dilation 1 gives 1, the edge"),
            (len, "one layer with taps 2 apart carries the news 2 rings further, not 1"),
            (max, "that is the widest layer alone; what do the others add to it?"),
            (lambda d: d[-1], "that is the last layer alone; what do the others add to it?"),
            (math.prod, "the layers follow one another: what they carry adds up"),
            (
                lambda d: min(16, sum(d)),
                "the canvas is large enough; nothing stops the news after 16 rings",
            ),
        ),
        tell=_reaches_differ,
    )
    return "31 rings, and the middle is only 16 away: the border's news reaches every pixel."


def _reaches_differ(found: Tensor, wanted: Tensor, dilations: list[int]) -> str:
    """What one layer's pixels meet, or how far the news has come before the last layer."""
    *before, last = dilations
    said = f"for dilations {dilations} your answer is {unlike(found.item(), wanted.item())[0]}; "
    if not before:
        ring, met = (last, "the border's zeros") if found < wanted else (last + 1, "no zeros")
        return (
            f"{said}a pixel in ring {ring} looks {plural(last, 'pixel')} outwards and meets {met}"
        )
    return (
        f"{said}{plural(sum(before), 'ring')} can differ before the last layer, whose taps are "
        f"{plural(last, 'pixel')} apart"
    )
