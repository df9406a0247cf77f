"""Checker for notebook 10: a world in which the place mostly tells what is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import numbers
from coordlib.exercises.guarding import drawn

# How many standard errors a count may be off: of right answers one in 380,000 is more.
_ERRORS = 6
_ALONE = 300  # times one example is asked for
_COINS = 20  # times all is asked for, to see if one coin is thrown for all
Case = tuple[Tensor, int, float]  # labels, cells, share
Chances = Callable[[int, float], tuple[float, float]]  # of the own place, and of each other one


def biased_places(labels: Tensor, cells: int, share: float, generator: torch.Generator) -> Tensor:
    """A place for each example, (n,), whole numbers from 0 to cells - 1.

    labels: (n,), whole numbers of the same range. With probability `share` an example lies in the
    place of its label's number, otherwise in any of all places, its own among them.
    """
    anywhere = torch.randint(cells, labels.shape, generator=generator)
    led = torch.rand(labels.shape, generator=generator) < share
    return torch.where(led, labels, anywhere)


def _chances(cells: int, share: float) -> tuple[float, float]:
    other = (1 - share) / cells
    return share + other, other


def _own(chance: Callable[[int, float], float]) -> Chances:
    """Another chance of the own place; the others share what is left."""
    return lambda cells, share: (
        own := chance(cells, share),
        (1 - own) / (cells - 1),
    )


_MISTAKES: tuple[tuple[Chances, str], ...] = (
    (
        lambda cells, share: _chances(cells, 1 - share),
        "turned round: `share` of the examples are led to their own place, not 1 - `share`",
    ),
    (
        _own(lambda cells, share: share),
        "who is not led may lie in any place, by chance in the own one as well",
    ),
    (_own(lambda cells, share: 1 - share), "turned round, and who is not led may lie in any place"),
    (_own(lambda cells, share: 1 / cells), "the places have nothing to do with the labels"),
    (_own(lambda cells, share: 1), "every example lies in its own place"),
    (_own(lambda cells, share: 0), "no example lies in its own place"),
    (_own(lambda cells, share: _chances(cells, 0.5)[0]), "`share` is not always 0.5"),
    (_own(lambda cells, share: _chances(cells, 0.9)[0]), "`share` is not always 0.9"),
    (
        _own(lambda cells, share: _chances(cells, share**2)[0]),
        "too few are led: is the coin thrown twice?",
    ),
)


@exercise("10.1", minutes=10, difficulty=2)
def places_drawn(answer: Callable[[Tensor, int, float, torch.Generator], Any]) -> str:
    """A place for each label: with probability `share` its own, otherwise any of all."""
    cases = [
        (_labels(6_000, 3), 3, 0.6),
        (_labels(8_000, 4).sort().values, 4, 0.9),
        (_labels(10_000, 10), 10, 0.3),
        (_labels(4_000, 5), 5, 0.0),
        (_labels(40, 6), 6, 1.0),
        (_labels(8_000, 5), 8, 0.5),  # three places are no label's own
    ]

    def placed(case: Case, seed: int) -> Tensor:
        return _places(answer(*case, torch.Generator().manual_seed(seed)), *case)

    first = drawn(lambda generator: _places(answer(*cases[0], generator), *cases[0]))
    found = [first, *(placed(case, 0) for case in cases[1:])]
    for (labels, cells, share), places in zip(cases, found, strict=True):
        others = places[places != labels]
        if len(others) > 1 and (others == others[0]).all():
            raise NotYet(
                f"with {cells} places and a share of {share:g}, all that do not lie in their own "
                f"place lie in place {int(others[0])}: draw a place for each"
            )
    reason = _compare(found, cases)
    if reason:
        raise NotYet(_one_coin(placed, cases[0]) or reason)
    generator = torch.Generator().manual_seed(0)
    twice = [_places(answer(*cases[0], generator), *cases[0]) for _ in range(2)]
    _look_at_the_chance(placed, cases[0], *twice)
    return "of ten places, an example's own is drawn with a chance of 0.91 at a share of 0.9."


def _labels(number: int, cells: int) -> Tensor:
    return torch.randint(cells, (number,), generator=torch.Generator().manual_seed(cells))


def _places(result: Any, labels: Tensor, cells: int, share: float) -> Tensor:
    found = numbers(result, wanted="whole numbers")
    if found.shape != labels.shape:
        raise NotYet(
            f"the result has shape {tuple(found.shape)}; wanted is {tuple(labels.shape)}, a place "
            "for each example"
        )
    if found.dtype == torch.bool:
        raise NotYet(f"the result holds booleans; wanted are places, from 0 to {cells - 1}")
    strange = found[(found != found.round()) | (found < 0) | (found >= cells)]
    if len(strange):
        raise NotYet(
            f"the result holds {strange[0].item():g}; a place is a whole number from 0 to "
            f"{cells - 1}"
        )
    return found.long()


def _compare(found: list[Tensor], cases: list[Case]) -> str | None:
    """In which way places lie, label by label, otherwise than chance would have it."""
    shares = []  # of each label's examples in each place, (labels, cells), a case each
    for (labels, cells, _), places in zip(cases, found, strict=True):
        rows = int(labels.max()) + 1
        counts = torch.bincount(labels * cells + places, minlength=rows * cells).view(rows, cells)
        shares.append(counts / counts.sum(1, keepdim=True))

    def off(chances: Chances) -> list[Tensor]:
        return [
            _errors(
                table, _table(chances, cells, share)[: len(table)], torch.bincount(labels)[:, None]
            )
            for table, (labels, cells, share) in zip(shares, cases, strict=True)
        ]

    errors = off(_chances)
    if max(each.max() for each in errors) <= _ERRORS:
        return None
    reasons = {
        why for mistake, why in _MISTAKES if max(each.max() for each in off(mistake)) <= _ERRORS
    }
    if len(reasons) == 1:
        return reasons.pop()
    for (labels, cells, share), places in zip(cases, found, strict=True):
        if share < 1 and places.max() <= labels.max() < cells - 1:
            return (
                f"with labels 0 to {labels.max()}, {cells} places and a share of {share:g}, none "
                f"lies beyond place {places.max()}: who is not led may lie in any of all `cells`"
            )
    worst = max(range(len(cases)), key=lambda one: errors[one].max())
    _, cells, share = cases[worst]
    label, place = divmod(int(errors[worst].argmax()), cells)
    ours, right = (
        one[label, place].item() for one in (shares[worst], _table(_chances, cells, share))
    )
    return (
        f"with {cells} places and a share of {share:g}, {ours:.1%} of the examples labelled "
        f"{label} lie in place {place}; it should be {'' if share == 1 else 'about '}{right:.1%}"
    )


def _one_coin(placed: Callable[[Case, int], Tensor], case: Case) -> str | None:
    """What to say if the examples of a case are all led, or none, and which of the two varies."""
    labels, cells, _ = case
    own = [(placed(case, seed) == labels).double().mean() for seed in range(_COINS)]
    none = [one for one in own if _errors(one, torch.tensor(1 / cells), len(labels)) <= _ERRORS]
    if 0 < len(none) < _COINS and len(none) + own.count(1) == _COINS:
        return "one coin for all: every example is led, or none is; throw one for each"
    return None


def _table(chances: Chances, cells: int, share: float) -> Tensor:
    """The chance of each place (columns) for each label (rows)."""
    own, other = chances(cells, share)
    return torch.full((cells, cells), other, dtype=torch.float64).fill_diagonal_(own)


def _errors(found: Tensor, wanted: Tensor, number: Tensor | int) -> Tensor:
    """How many standard errors shares of so many examples are off; infinity where none is left."""
    off = (found.double() - wanted).abs()
    return torch.where(off > 1e-6, off / (wanted * (1 - wanted) / number).sqrt(), 0)


def _look_at_the_chance(
    placed: Callable[[Case, int], Tensor], case: Case, first: Tensor, second: Tensor
) -> None:
    """Refuse places that are right in number, but not drawn for each example.

    placed: from a case and a seed to places. first, second: those of two calls, one after the
    other, with the same generator.
    """
    labels, cells, share = case
    table = _table(_chances, cells, share)
    again = (second == first).double().mean()
    wanted = table.square().sum(1)[0]
    if _errors(again, wanted, len(labels)) > _ERRORS:
        raise NotYet(
            f"asked again with one generator, you leave {again:.0%} of the examples where they lay "
            f"before; about {wanted:.0%} should: draw coins and places anew, from `generator` as "
            "it stands"
        )
    alone = (torch.tensor([1]), 4, 0.5)
    led = torch.cat([placed(alone, seed) == 1 for seed in range(_ALONE)]).double().mean()
    wanted = _table(_chances, *alone[1:])[1, 1]
    if _errors(led, wanted, _ALONE) > _ERRORS:
        raise NotYet(
            f"asked for one example alone, {_ALONE} times, you put it in its own place {led:.0%} "
            f"of the times; it should be about {wanted:.0%}: a chance for each, not so many of all"
        )
    half = len(labels) // 2
    for pairs in (torch.arange(2 * half).view(half, 2).T, torch.arange(2 * half).view(2, half)):
        _look_at_pairs(pairs, labels, first, table)


def _look_at_pairs(pairs: Tensor, labels: Tensor, places: Tensor, table: Tensor) -> None:
    """Refuse places whose coins or draws are shared by two examples, the columns of `pairs`."""
    (one, other), lying = pairs, places == labels
    named = ", ".join(f"{first + 1} and {second + 1}" for first, second in pairs[:, :2].T.tolist())
    own = table[0, 0]
    for found, wanted, what, each in (
        (
            lying[one] == lying[other],
            own**2 + (1 - own) ** 2,
            "lie both in their own place or both elsewhere",
            "a coin",
        ),
        (
            places[one] == places[other],
            (table[labels[one]] * table[labels[other]]).sum(1).mean(),
            "lie in the same place",
            "a place",
        ),
    ):
        alike = found.double().mean()
        if _errors(alike, wanted, len(one)) > _ERRORS:
            raise NotYet(
                f"of the pairs of examples {named} and so on, {alike:.0%} {what}; about "
                f"{wanted:.0%} should: {each} for each example"
            )
