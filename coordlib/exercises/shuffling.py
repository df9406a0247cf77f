"""Checker for notebook 05: by how much a pooling notices that pixels have changed places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import judge, number, unlike
from coordlib.exercises.guarding import drawn

Pool = Callable[[Tensor], Tensor]  # from maps, (n, c, h, w), to numbers, (n, c)


def change_by_shuffling(pool: Pool, maps: Tensor, generator: Generator) -> Tensor:
    """How much `pool` notices that the pixels of maps, (n, c, h, w), change places: a scalar.

    The order is drawn, and the same for all channels and pictures. The largest absolute difference
    of the pooled numbers, (n, c), to those of the maps as they were.
    """
    order = torch.randperm(maps[0, 0].numel(), generator=generator)
    shuffled = maps.flatten(2)[:, :, order].view_as(maps)
    return (pool(shuffled) - pool(maps)).abs().max()


def _corner(maps: Tensor) -> Tensor:
    return maps[:, :, 0, -1]


def _ramp(maps: Tensor) -> Tensor:
    return maps.flatten(2) @ torch.linspace(-1, 2, maps[0, 0].numel())


def _upper(maps: Tensor) -> Tensor:
    return 2 - maps[:, :, : maps.shape[2] // 2].amax((2, 3))


_MISTAKES = (
    (
        lambda _, a, b: (a - b).abs().mean(),
        "that is the mean of the differences; wanted is the largest",
    ),
    (
        lambda _, a, b: (a - b).abs().sum(),
        "that is the sum of the differences; wanted is the largest",
    ),
    (lambda _, a, b: (a - b).abs().min(), "that is the smallest difference; wanted is the largest"),
    (
        lambda _, a, b: (a - b).square().max(),
        "that is the difference squared; wanted is its absolute value",
    ),
    (
        lambda _, a, b: (a - b).norm(),
        "that is the root of all squared differences; wanted is the largest one alone",
    ),
    (
        lambda _, a, b: (a.max() - b.max()).abs(),
        "that compares the largest number before with the largest after; compare each with itself",
    ),
    (
        lambda _, a, b: (a.mean() - b.mean()).abs(),
        "that compares the means of all numbers; compare each with itself",
    ),
    *(
        (change, "signs count for you; a fall is as large a change as a rise: is an `abs` missing?")
        for change in (lambda _, a, b: (a - b).max(), lambda _, a, b: (b - a).max())
    ),
    (
        lambda _, a, b: ((a - b).abs() / b.abs()).max(),
        "that is in parts of what was there before; wanted is the difference itself",
    ),
)


@exercise("5.7", minutes=8, difficulty=2, stand_in=change_by_shuffling)
def pooling_shuffled(answer: Callable[[Pool, Tensor, Generator], Any]) -> str:
    """The largest change of what is pooled, when the pixels change places by an order drawn."""
    random = torch.Generator().manual_seed(57)
    poolings = (_corner, _ramp, _upper, lambda maps: maps.amax((2, 3)), _corner)
    found = []
    for pool, shape in zip(
        poolings,
        ((3, 2, 5, 7), (1, 2, 6, 4), (4, 3, 8, 8), (2, 2, 4, 9), (2, 1, 3, 5)),
        strict=True,
    ):
        maps = torch.randn(shape, generator=random)
        seen: list[Tensor] = []

        def spy(
            given: Tensor, pool: Pool = pool, seen: list[Tensor] = seen, maps: Tensor = maps
        ) -> Tensor:
            if given.shape != maps.shape:
                raise NotYet(
                    f"`pool` gets the shape {tuple(given.shape)}; it takes maps, "
                    f"{tuple(maps.shape)}: bring the shuffled pixels back into rows and columns"
                )
            seen.append(given.detach().clone())
            return pool(given)

        def call(generator: Generator, maps: Tensor = maps, spy: Pool = spy) -> Tensor:
            return number(answer(spy, maps, generator))

        told = drawn(call, "`torch.randperm(9, generator=generator)`")
        found.append((told, pool(_shuffled(maps, seen)), pool(maps)))
    judge(
        lambda told, after, before: told,
        found,
        lambda told, after, before: (after - before).abs().max(),
        mistakes=_MISTAKES,
        tell=_changes_differ,
        room=64,
    )
    _look_at_more_draws(answer, torch.randn(1, 1, 4, 6, generator=random))
    return "one number says how much a pooling cares about places."


def _shuffled(maps: Tensor, seen: list[Tensor]) -> Tensor:
    """What `pool` got besides the maps themselves, if it is those in another order of pixels."""
    others = [given for given in seen if not torch.equal(given, maps)]
    if not others:
        what = "gets the maps as they were alone" if seen else "is never called"
        raise NotYet(f"`pool` {what}; what does it make of the shuffled maps?")
    if len(others) == len(seen):
        raise NotYet("`pool` never gets the maps as they were, to compare with")
    _look_at_the_order(maps, others[0])
    return others[0]


def _look_at_more_draws(answer: Callable[[Pool, Tensor, Generator], Any], maps: Tensor) -> None:
    """Refuse orders in which a pixel never gets another place, in as many draws as it takes."""
    moved = torch.zeros(maps.shape[2:], dtype=torch.bool)

    def spy(given: Tensor) -> Tensor:
        moved.logical_or_((given != maps)[0, 0])
        return _ramp(given)

    for seed in range(12):
        answer(spy, maps, Generator().manual_seed(seed))
    if not moved.all():
        row, column = (~moved).nonzero()[0].tolist()
        raise NotYet(
            f"the pixel in row {row}, column {column} of {moved.shape[0]} × {moved.shape[1]} keeps "
            f"its place in each of {seed + 1} draws; the order is one of all h · w pixels"
        )


def _look_at_the_order(maps: Tensor, given: Tensor) -> None:
    """Refuse what is not all pixels in a new order, the same one for all pictures and channels."""
    before, after = (one.flatten(2) for one in (maps, given))
    if not torch.equal(before.flatten().sort().values, after.flatten().sort().values):
        raise NotYet(
            "the shuffled maps hold other numbers than the maps: each pixel is to come exactly "
            "once, as in an order that `torch.randperm` draws"
        )
    if not torch.equal(before.sort(2).values, after.sort(2).values):
        raise NotYet(
            "numbers move from one picture or channel into another; only the pixels of a map "
            "change places: shuffle along the last axis of `maps.flatten(2)`"
        )
    orders = (after[..., None] == before[:, :, None]).int().argmax(3)  # numbers are all different
    if (orders != orders[:1, :1]).any():
        raise NotYet(
            "each picture or channel gets an order of its own, so that a pixel's channels are torn "
            "apart; draw one order for all"
        )
    order = orders[0, 0].view(given.shape[2:])
    rows, columns = order // order.shape[1], order % order.shape[1]
    if (rows == rows[:, :1]).all() and (columns == columns[:1]).all():
        raise NotYet("whole rows or columns change places; each pixel is to get a place of its own")


def _changes_differ(
    found: Tensor, wanted: Tensor, told: Tensor, after: Tensor, before: Tensor
) -> str:
    ours, right = unlike(found.item(), wanted.item())
    return f"for one pooling your answer is {ours}; it should be {right}"
