"""Checkers for notebook 06: why a failed painter fails, and what follows for the next one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from coordlib import datasets
from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import booleans, judge, kind, plural, share, unlike

Empty = Callable[[Tensor, int, int], Tensor]  # of the train positions, canvas and square


def stays_empty(train: Tensor, canvas: int, square: int) -> Tensor:
    """The pixels that no train picture has painted: booleans, (canvas, canvas).

    train: positions, (n, 2), columns (x, y), of squares of `square` pixels a side.
    """
    return ~_covered(train, canvas, square)


def predicted_overlap(train: Tensor, positions: Tensor, canvas: int, square: int) -> Tensor:
    """The IOU of painters that leave `stays_empty` empty and paint all else right: float32, (m,).

    train, positions: (n, 2) and (m, 2), columns (x, y).
    """
    wanted = datasets.squares(positions, canvas, square)[:, 0]
    return (wanted * ~stays_empty(train, canvas, square)).sum((1, 2)) / square**2


def _covered(positions: Tensor, canvas: int, square: int) -> Tensor:
    """The pixels that the squares at these positions cover."""
    if not len(positions):
        return torch.zeros(canvas, canvas, dtype=torch.bool)
    return datasets.squares(positions, canvas, square).amax((0, 1)) > 0


def _places(canvas: int, square: int) -> set[tuple[int, int]]:
    return set(map(tuple, datasets.positions(canvas, square).tolist()))


def _held_out(train: Tensor, canvas: int, square: int) -> Tensor:
    """The positions that are no train position, (k, 2)."""
    left = _places(canvas, square) - set(map(tuple, train.tolist()))
    return torch.tensor(sorted(left), dtype=torch.int64).view(-1, 2)


def _lower_right(train: Tensor, canvas: int, square: int) -> Tensor:
    along = torch.arange(canvas) >= canvas // 2
    return along[:, None] & along


_CENTRES = (
    "you name the held-out *centres*; a square reaches farther than its centre, and so does what "
    "it teaches"
)
_EXPLANATIONS: tuple[tuple[Empty, str], ...] = (
    (lambda train, canvas, square: _covered(_held_out(train, canvas, square), canvas, 1), _CENTRES),
    (lambda train, canvas, square: ~_covered(train, canvas, 1), _CENTRES),
    (
        _lower_right,
        "you name the lower right quarter; an explanation must follow from the train part alone",
    ),
    (
        lambda train, canvas, square: ~_covered(train, canvas, square + 2),
        "your squares reach a pixel too far: half of 5 pixels is 2 to each side",
    ),
    (
        lambda train, canvas, square: ~_covered(train, canvas, max(1, square - 2)),
        "your squares don't reach far enough: half of 5 pixels is 2 to each side",
    ),
    (
        lambda train, canvas, square: ~_covered(train, canvas, 5),
        "right for squares of 5 × 5 alone; `square` says how large they are",
    ),
)


@exercise("6.4", minutes=8, difficulty=2, stand_in=stays_empty)
def why_they_stay_empty(answer: Callable[[Tensor, int, int], Any]) -> str:
    """Train positions (n, 2), canvas and square to what stays empty, booleans (canvas, canvas)."""
    judge(
        answer,
        _splits(),
        stays_empty,
        read=_mask,
        said=_counted,
        mistakes=(
            *_EXPLANATIONS,
            (_covered, "turned round: wanted is True where it stays empty"),
            (
                lambda train, *sizes: _covered(_held_out(train, *sizes), *sizes),
                "you name all that a held-out square covers; but a part of it is found, as the map "
                "shows",
            ),
            (
                lambda train, *sizes: stays_empty(train.flip(1), *sizes),
                "x and y are swapped: a canvas is indexed [row, column], that is [y, x]",
            ),
        ),
        tell=_empties_differ,
    )
    return "a function of the train part alone: now let it foretell something."


def _mask(value: Any) -> Tensor:
    if not isinstance(value, Tensor):
        raise NotYet(f"the result is {kind(value)}; wanted is a tensor, which the page draws")
    return booleans(value)


def _splits() -> list[tuple[Tensor, int, int]]:
    """The page's split, then single places, a hole, a strip and a corner, on other canvases."""
    cases = [(datasets.split("quadrant", 32, 5).train, 32, 5)]
    cases.append((datasets.split("uniform", 16, 3).train, 16, 3))
    for canvas, square, (left, right), (top, bottom) in (
        (32, 5, (6, 15), (12, 24)),
        (20, 3, (0, 19), (8, 15)),
        (24, 7, (10, 24), (0, 13)),
    ):
        mask = torch.zeros(canvas, canvas, dtype=torch.bool)
        mask[top:bottom, left:right] = True
        cases.append((datasets.split(mask, canvas, square).train, canvas, square))
    return [*cases, (torch.tensor([[4, 7], [5, 7], [12, 3]]), 16, 3)]


def _counted(train: Tensor, canvas: int, square: int) -> str:
    return (
        f"for {len(train)} train squares of {square} × {square} on a canvas of {canvas} × {canvas}"
    )


def _empties_differ(
    found: Tensor, wanted: Tensor, train: Tensor, canvas: int, square: int
) -> str | None:
    if found.shape != wanted.shape:
        return None
    y, x = (found != wanted).nonzero()[0].tolist()
    if found[y, x]:
        return f"you call column {x}, row {y} empty; but train pictures have it painted"
    return f"you don't call column {x}, row {y} empty; but no train picture has it painted"


@exercise("6.5", minutes=8, difficulty=2, stand_in=predicted_overlap)
def what_it_foretells(answer: Callable[[Tensor, Tensor, int, int], Any]) -> str:
    """Train positions (n, 2), others (m, 2), canvas and square to an IOU for each, (m,)."""

    def parts(train: Tensor, positions: Tensor, canvas: int, square: int) -> tuple[Tensor, Tensor]:
        """The true squares, (m, canvas, canvas), and what is painted of them."""
        wanted = datasets.squares(positions, canvas, square)[:, 0] > 0
        return wanted, wanted & ~stays_empty(train, canvas, square)

    def pixels(pictures: Tensor) -> Tensor:
        return pictures.sum((1, 2)).float()

    def of_parts(formula: Callable[[Tensor, Tensor], Any]) -> Callable[..., Any]:
        return lambda *case: formula(*parts(*case))

    cases = []
    for train, canvas, square in _splits():
        held_out = _held_out(train, canvas, square)
        cases += [(train, held_out, canvas, square), (train, held_out[-1:], canvas, square)]
    judge(
        answer,
        cases,
        predicted_overlap,
        read=lambda value: share(value, "with which the page goes on"),
        said=lambda train, positions, *sizes: (
            f"{_counted(train, *sizes)} and {plural(len(positions), 'position')}"
        ),
        mistakes=(
            (
                of_parts(lambda wanted, painted: pixels(painted)),
                "those are pixels; divide by the union's",
            ),
            (
                of_parts(lambda wanted, painted: 1 - pixels(painted) / pixels(wanted)),
                "that is the part that stays empty",
            ),
            (
                of_parts(lambda wanted, painted: (pixels(painted) == pixels(wanted)).float()),
                "a square of which a part stays empty isn't lost: the rest is painted",
            ),
            (
                of_parts(lambda wanted, painted: (pixels(painted) > 0).float()),
                "a square of which a part stays empty isn't whole either",
            ),
            (
                of_parts(lambda wanted, painted: torch.zeros(len(wanted))),
                "0 for all: but pixels that train pictures have painted are painted",
            ),
            (
                of_parts(lambda wanted, painted: pixels(painted) / wanted[0].numel()),
                "you divide by the whole canvas; wanted is the union of both pictures",
            ),
            (
                lambda train, positions, canvas, square: (
                    predicted_overlap(train, positions, canvas, square) * square**2 / 25
                ),
                "right for squares of 5 × 5 alone; `square` says how large they are",
            ),
            (
                lambda train, positions, *sizes: predicted_overlap(
                    train, positions.flip(1), *sizes
                ),
                "x and y are swapped, of the positions or of what stays empty",
            ),
            (
                lambda train, positions, *sizes: predicted_overlap(train, positions, *sizes).mean(),
                "that is the mean; wanted is a number for each position",
            ),
            (
                of_parts(
                    lambda wanted, painted: pixels(painted) / (pixels(painted) + pixels(wanted))
                ),
                "what is painted lies within the true square: the union is the square",
            ),
            *(
                (
                    lambda train, positions, canvas, square, empty=empty: (
                        (
                            datasets.squares(positions, canvas, square)[:, 0]
                            * ~empty(train, canvas, square)
                        ).sum((1, 2))
                        / square**2
                    ),
                    f"by another explanation than step 3's: {why}",
                )
                for empty, why in _EXPLANATIONS
            ),
        ),
        tell=_predictions_differ,
    )
    return "said before the training, picture by picture: now it can turn out wrong."


def _predictions_differ(
    found: Tensor, wanted: Tensor, train: Tensor, positions: Tensor, canvas: int, square: int
) -> str | None:
    if found.shape != wanted.shape:
        return None
    one = int((found - wanted).abs().nan_to_num(torch.inf).argmax())
    x, y = positions[one].tolist()
    empty = stays_empty(train, canvas, square)
    own = datasets.squares(positions[one][None], canvas, square)[0, 0] > 0
    ours, right = unlike(found[one].item(), wanted[one].item())
    return (
        f"({x}, {y}) gets {ours}; {int((own & ~empty).sum())} of its {square**2} pixels don't stay "
        f"empty, which makes {right}"
    )
