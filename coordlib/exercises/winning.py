"""Checker for notebook 05: how many dots win the maximum of each map."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from coordlib.exercises import exercise
from coordlib.exercises.checking import judge, unlike

_NEAR = 2  # pixels along an axis: a bump is 5 × 5
Near = Callable[[Tensor], Tensor]  # from offsets (n, c, 2) in pixels, x before y, to booleans


def dots_win(maps: Tensor, positions: Tensor) -> Tensor:
    """For each map, the share of pictures whose maximum lies at the dot: (n, c, h, w) to (c,).

    At the dot means: at most 2 pixels from it along either axis. positions: (n, 2), columns (x, y).
    """
    return _share(_within, maps, positions)


def _within(beside: Tensor) -> Tensor:
    return (beside.abs() <= _NEAR).all(2)


def _share(near: Near, maps: Tensor, positions: Tensor) -> Tensor:
    return near(_beside(maps, positions)).float().mean(0)


def _beside(maps: Tensor, positions: Tensor, width: int | None = None) -> Tensor:
    """How far each map's maximum lies from the dot, (n, c, 2), x before y, in pixels.

    width: by what a pixel's number is divided; default: by the maps' own, as is right.
    """
    winner = maps.flatten(2).argmax(2)
    width = width or maps.shape[3]
    return torch.stack((winner % width, winner // width), 2) - positions[:, None]


def _by(near: Near) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda maps, positions: _share(near, maps, positions)


def _counted_by(width: Callable[[Tensor], int]) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda maps, positions: _within(_beside(maps, positions, width(maps))).float().mean(0)


_NOT_2 = "at the dot means: at most 2 pixels away along either axis"
_MISTAKES = (
    (
        lambda maps, positions: dots_win(maps, positions.flip(1)),
        "x and y are swapped: x is the column, what is left of a pixel's number after dividing by "
        "the width",
    ),
    *(
        (_counted_by(divisor), "to find row and column divide by the maps' width, `maps.shape[3]`")
        for divisor in (lambda maps: maps.shape[2], lambda maps: 32)
    ),
    (
        lambda maps, positions: dots_win(maps, positions).flip(0),
        "the two shares are swapped: the first is of the map for x",
    ),
    (
        _by(lambda beside: (beside.abs() <= _NEAR).all(1)),
        "your `all` joins the two maps; it is to join column and row, so that each map has a share",
    ),
    (
        lambda maps, positions: (
            _within(_beside(maps, positions)).all(1).float().mean().expand(maps.shape[1])
        ),
        "a dot counts for you only if it wins both maps; each map has a share of its own",
    ),
    (_by(lambda beside: beside.abs()[:, :, 0] <= _NEAR), "you look at the column alone"),
    (_by(lambda beside: beside.abs()[:, :, 1] <= _NEAR), "you look at the row alone"),
    (
        _by(lambda beside: (beside.abs() <= _NEAR).any(2)),
        "the column or the row is enough for you; both have to be near",
    ),
    (
        _by(lambda beside: torch.stack([beside[:, k, k % 2].abs() <= _NEAR for k in (0, 1)], 1)),
        "in the map for x you look at the column alone, in that for y at the row; the maximum's "
        "place has both in either map",
    ),
    (
        _by(lambda beside: (beside == 0).all(2)),
        f"only the dot's own pixel counts for you; {_NOT_2}",
    ),
    (
        _by(lambda beside: (beside.abs() < _NEAR).all(2)),
        f"2 pixels away is at the dot too; {_NOT_2}",
    ),
    (
        _by(lambda beside: (beside.abs() <= _NEAR + 1).all(2)),
        f"3 pixels away is not at the dot; {_NOT_2}",
    ),
    (
        _by(lambda beside: beside.abs().sum(2) <= _NEAR),
        "you take the distance as the crow flies, or add up columns and rows; "
        f"{_NOT_2}: a square of 5 × 5",
    ),
    (
        _by(lambda beside: (beside <= _NEAR).all(2)),
        "what lies far to the left or far above counts for you as well: is an `abs` missing?",
    ),
    (
        lambda maps, positions: _within(_beside(maps, positions)).sum(0),
        "that is how many dots win; wanted is their share, from 0 to 1",
    ),
    (
        lambda maps, positions: 100 * dots_win(maps, positions),
        "that is in percent; wanted is a share from 0 to 1",
    ),
    (
        lambda maps, positions: 1 - dots_win(maps, positions),
        "that is the share of dots that lose",
    ),
    (
        lambda maps, positions: dots_win(-maps, positions),
        "you look for the smallest pixel; the largest wins",
    ),
    (
        lambda maps, positions: dots_win(maps.abs(), positions),
        "you look for the largest size; without its sign a deep pit wins as well",
    ),
    (
        lambda maps, positions: dots_win(maps, positions).mean(),
        "one number for both maps; wanted is one for each, shape (2,)",
    ),
    (
        lambda maps, positions: _within(_beside(maps, positions)).all(1).float().mean(),
        "one number for both maps; wanted is one for each, shape (2,)",
    ),
    (
        lambda maps, positions: _within(_beside(maps, positions)).float().mean(1),
        "you average over the maps, for each picture; wanted is over the pictures, for each map",
    ),
    (
        lambda maps, positions: _within(_beside(maps, positions)),
        "that says of each picture whether its dot wins; wanted is the share of those that do",
    ),
)


@exercise("5.6", minutes=8, difficulty=2, stand_in=dots_win)
def share_that_wins(answer: Callable[[Tensor, Tensor], Any]) -> str:
    """For each of two maps, the share of pictures whose maximum is at the dot: (2,)."""
    judge(
        answer,
        list(_cases()),
        dots_win,
        said=lambda maps, positions: (
            f"for {len(maps)} pictures of {maps.shape[2]} × {maps.shape[3]}"
        ),
        mistakes=_MISTAKES,
        tell=_shares_differ,
    )
    return "one number says before training which dots a maximum listens to."


def _cases() -> Any:
    """Maps of noise, each with a peak, at any distance from the dot, and a pit.

    Every second picture's pits are deeper than its peaks are high.
    """
    random = torch.Generator().manual_seed(56)
    for n, height, width in ((40, 9, 13), (23, 14, 10), (31, 12, 12), (1, 6, 8)):
        maps = torch.randn(n, 2, height, width, generator=random)
        size = torch.tensor([width, height])
        positions = (torch.rand(n, 2, generator=random) * size).long()
        beside = torch.randint(-4, 5, (n, 2, 2), generator=random)
        # Every second peak lies near its dot, along one axis or along both.
        beside[::2] = beside[::2].clamp(-2, 2)
        beside[1::4, :, 0] = beside[1::4, :, 0].clamp(-2, 2)
        peaks = (positions[:, None] + beside).clamp(min=torch.tensor(0), max=size - 1)
        for example in range(n):
            for channel in range(2):
                x, y = peaks[example, channel].tolist()
                maps[example, channel, y, x] = 9
                pit = [(x + width // 2) % width, (y + height // 2) % height]
                maps[example, channel, pit[1], pit[0]] = -20 if example % 2 else -7
        yield maps, positions


def _shares_differ(found: Tensor, wanted: Tensor, maps: Tensor, positions: Tensor) -> str:
    if found.shape != wanted.shape:
        return f"the result has shape {tuple(found.shape)}; wanted is (2,), a share for each map"
    off = (found.double() - wanted.double()).abs().nan_to_num(torch.inf)
    channel = int(off.argmax())
    ours, right = unlike(found[channel].item(), wanted[channel].item())
    return f"in the map for {'xy'[channel]} the share is {ours}; it should be {right}"
