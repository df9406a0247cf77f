"""Checker for notebook 06: what all pictures of a failed painter have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from coordlib.exercises import exercise
from coordlib.exercises.checking import judge, plural, share


def share_painted(painted: Tensor, target: Tensor) -> Tensor:
    """How often each pixel is painted where it should be: (height, width), float32, from 0 to 1.

    painted, target: booleans, (n, height, width). Counted are the pictures whose true square covers
    the pixel; where none does stands NaN.
    """
    return (painted & target).sum(0) / target.sum(0)


@exercise("6.3", minutes=8, difficulty=2, stand_in=share_painted)
def what_they_share(answer: Callable[[Tensor, Tensor], Any]) -> str:
    """Booleans (n, h, w) twice to the share in which each pixel was found, (h, w)."""

    def divided(
        over: Callable[[Tensor, Tensor], Any], by: Callable[[Tensor, Tensor], Any]
    ) -> Callable[[Tensor, Tensor], Tensor]:
        return lambda painted, target: over(painted, target).sum(0) / by(painted, target)

    def found(painted: Tensor, target: Tensor) -> Tensor:
        return painted & target

    judge(
        answer,
        [(some, other) for some, other in _paintings()],
        share_painted,
        read=lambda value: share(value, "which the page draws"),
        mistakes=(
            (
                divided(found, lambda painted, target: len(target)),
                "you divide by all pictures; count those whose square covers the pixel",
            ),
            (
                divided(lambda painted, target: painted, lambda painted, target: len(target)),
                "that is how often each pixel is painted at all, wanted or not",
            ),
            (
                divided(lambda painted, target: painted, lambda painted, target: target.sum(0)),
                "paint beside the square counts in yours; count what is in both",
            ),
            (
                divided(found, lambda painted, target: painted.sum(0)),
                "you divide by how often the pixel is painted; wanted is by how often it should be",
            ),
            (
                divided(found, lambda painted, target: (painted | target).sum(0)),
                "you divide by the union; here count those whose square covers the pixel",
            ),
            (
                lambda painted, target: (painted & target).sum(0),
                "those are counts; divide each by the squares that cover the pixel",
            ),
            (
                lambda painted, target: (painted == target).float().mean(0),
                "a pixel that is rightly empty counts in yours; only wanted ones do",
            ),
            (
                lambda painted, target: 1 - share_painted(painted, target),
                "that is the share in which it is missed; subtract it from 1",
            ),
            (
                lambda painted, target: share_painted(painted, target).nan_to_num(0),
                "where no square covers a pixel you say 0, as if it had been missed: let it be NaN",
            ),
            (
                lambda painted, target: (painted & target).sum(0) / target.sum(0).clamp(min=1),
                "where no square covers a pixel you say 0, as if it had been missed: let it be NaN",
            ),
            (
                lambda painted, target: share_painted(painted, target).T,
                "rows and columns are swapped",
            ),
            (
                lambda painted, target: (painted & target).sum((1, 2)) / target.sum((1, 2)),
                "that is a share for each picture; wanted is one for each pixel, over all pictures",
            ),
        ),
        tell=_shares_differ,
    )
    return "what no single picture tells, all of them do."


def _paintings() -> Iterator[tuple[Tensor, Tensor]]:
    """Pictures painted more or less, and true ones, on canvases of which a part stays uncovered."""
    random = torch.Generator().manual_seed(6)
    for n, height, width in ((12, 7, 9), (1, 5, 6), (30, 8, 8)):
        target = torch.zeros(n, height, width, dtype=torch.bool)
        for picture, (row, column) in zip(
            target,
            (torch.rand(n, 2, generator=random) * torch.tensor([height - 3, width - 4])).int(),
            strict=True,
        ):
            picture[row : row + 3, column : column + 3] = True
        noise = torch.rand(n, height, width, generator=random)
        yield torch.where(target, noise < 0.6, noise < 0.2), target


def _shares_differ(found: Tensor, wanted: Tensor, painted: Tensor, target: Tensor) -> str | None:
    if found.shape != wanted.shape:
        return None
    off = (found - wanted).abs().nan_to_num(torch.inf)
    off[found.isnan() & wanted.isnan()] = 0
    y, x = divmod(int(off.argmax()), wanted.shape[1])
    covered, both = int(target[:, y, x].sum()), int((painted & target)[:, y, x].sum())
    stands = f"at column {x}, row {y} stands {found[y, x].item():.3g};"
    if not covered:
        return f"{stands} no square covers it: let it be NaN"
    return (
        f"{stands} it should be painted in {covered} of {plural(len(target), 'picture')}, and is "
        f"in {both} of these"
    )
