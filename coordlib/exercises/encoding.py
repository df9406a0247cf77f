"""Checkers for notebook 09: the moves that lead from anchors to boxes, and where moves lead.

Boxes are (left, top, right, bottom) in pixels, as in `datasets.scattering`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from coordlib import tasks
from coordlib.exercises import exercise
from coordlib.exercises.checking import equal, judge, plural
from coordlib.exercises.detecting import named, worst_row
from coordlib.exercises.guarding import by_hand

PARTS = "x", "y", "width", "height"


def encode(boxes: Tensor, anchors: Tensor) -> Tensor:
    """The moves that lead from anchors to boxes: `coordlib.tasks.detection.anchors.encode`."""
    return _of_the_task("encode")(boxes, anchors)


def decode(moves: Tensor, anchors: Tensor) -> Tensor:
    """The boxes to which moves lead: `coordlib.tasks.detection.anchors.decode`."""
    return _of_the_task("decode")(moves, anchors)


def _of_the_task(name: str) -> Callable[[Tensor, Tensor], Tensor]:
    tasks.load("detection")
    return getattr(importlib.import_module("coordlib.tasks.detection.anchors"), name)


@exercise("9.5", minutes=7, difficulty=2, stand_in=encode)
def boxes_encoded(answer: Callable[[Tensor, Tensor], Any]) -> str:
    """Moves (n, 4) that lead from anchors to boxes: (x, y, width, height)."""

    def of(
        way: Callable[[Tensor, Tensor, Tensor], Tensor] = lambda way, side, own: way / side,
        growth: Callable[[Tensor], Tensor] = torch.log,
        start: float = 0.5,
    ) -> Callable[[Tensor, Tensor], Tensor]:
        """From (way, the anchor's sides, the box's) and from a ratio of sides to a move's parts.

        start: the point whose way counts, from 0, the upper left corner, to 1.
        """

        def result(boxes: Tensor, anchors: Tensor) -> Tensor:
            own, side = (each[:, 2:] - each[:, :2] for each in (boxes, anchors))
            there, here = boxes[:, :2] + start * own, anchors[:, :2] + start * side
            return torch.cat((way(there - here, side, own), growth(own / side)), 1)

        return result

    cases = [(_boxes(count, 1), _boxes(count, 2)) for count in (7, 1, 40)]
    judge(
        answer,
        [*cases, (cases[0][0], cases[0][0])],
        encode,
        said=lambda boxes, anchors: f"for {plural(len(anchors), 'anchor')}",
        mistakes=(
            (of(lambda way, side, own: way), "the way is in pixels; wanted are parts of the side"),
            (of(lambda way, side, own: way / own), "the way is in parts of the box's sides"),
            (
                of(lambda way, side, own: way / side.flip(1)),
                "the way along x is divided by the height; to x belongs the width",
            ),
            (
                of(lambda way, side, own: -way / side),
                "the way leads from the box to the anchor; wanted is the way to the box",
            ),
            (of(start=0), "you took the way of the upper left corner; wanted is the centre's"),
            (of(lambda way, side, own: way / side * 2), "the way is in parts of half a side"),
            (of(growth=lambda ratio: ratio), "the sides' ratios lack their logarithm"),
            (
                of(growth=lambda ratio: ratio - 1),
                "1 is subtracted from the sides' ratios; wanted is their logarithm",
            ),
            (
                of(growth=lambda ratio: -ratio.log()),
                "the sides are divided the wrong way round: a box wider than its anchor is above 0",
            ),
            (
                of(growth=torch.log2),
                "the logarithm is the one to base 2; wanted is the natural one",
            ),
            (
                of(growth=torch.log10),
                "the logarithm is the one to base 10; wanted is the natural one",
            ),
            (
                lambda *case: encode(*case)[:, [1, 0, 3, 2]],
                "y stands before x; a move is (x, y, width, height)",
            ),
            (
                lambda *case: encode(*case)[:, [0, 1, 3, 2]],
                "the height stands before the width; a move is (x, y, width, height)",
            ),
            (
                lambda boxes, anchors: encode(anchors, boxes),
                "boxes and anchors are swapped: the moves lead from anchors to boxes",
            ),
        ),
        tell=_moves_differ,
    )
    by_hand(lambda: answer(*cases[0]), "write the four numbers yourself", "encode*")
    return "a box that is its own anchor has four zeros."


def _boxes(count: int, seed: int) -> Tensor:
    """Boxes of 15 to 25 pixels a side, anywhere on a canvas of 64, not on whole pixels."""
    random = torch.Generator().manual_seed(seed)
    corner, side = torch.rand(2, count, 2, generator=random)
    return torch.cat((corner * 39, corner * 39 + 15 + 10 * side), 1)


def _moves_differ(found: Tensor, wanted: Tensor, *case: Tensor) -> str | None:
    if found.shape != wanted.shape:
        return None
    row = worst_row(found, wanted)
    pairs = zip(PARTS, found[row], wanted[row], strict=True)
    unlike = " and ".join(part for part, *pair in pairs if not equal(*pair))
    return f"move {row} is {named(found[row])}; it should be {named(wanted[row])}: see its {unlike}"


@exercise("9.6", minutes=5, difficulty=1, stand_in=decode)
def moves_decoded(answer: Callable[[Tensor, Tensor], Any]) -> str:
    """The boxes (n, 4) to which moves lead from anchors: the inverse of 9.5."""

    def of(
        way: Callable[[Tensor, Tensor], Tensor] = lambda move, side: move * side,
        growth: Callable[[Tensor, Tensor], Tensor] = lambda move, side: side * move.exp(),
        corners: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]] = lambda centre, side: (
            centre - side / 2,
            centre + side / 2,
        ),
    ) -> Callable[[Tensor, Tensor], Tensor]:
        """Boxes whose centre goes another way, whose sides grow otherwise, or of other corners."""

        def result(moves: Tensor, anchors: Tensor) -> Tensor:
            side = anchors[:, 2:] - anchors[:, :2]
            centre = anchors[:, :2] + side / 2 + way(moves[:, :2], side)
            return torch.cat(corners(centre, growth(moves[:, 2:], side)), 1)

        return result

    random = torch.Generator().manual_seed(6)
    cases = [
        (torch.randn(count, 4, generator=random) * 0.7, _boxes(count, 4)) for count in (5, 1, 30)
    ]
    judge(
        answer,
        [*cases, (torch.zeros(3, 4), _boxes(3, 5))],
        decode,
        said=lambda moves, anchors: f"for {plural(len(anchors), 'anchor')}",
        mistakes=(
            (of(lambda move, side: move), "the centre goes a part of a side, not a pixel"),
            (of(lambda move, side: 0 * move), "the centre doesn't go anywhere"),
            (of(lambda move, side: -move * side), "the centre goes the other way"),
            (
                of(lambda move, side: move * side.flip(1)),
                "the way along x is measured in heights; to x belongs the width",
            ),
            (
                of(growth=lambda move, side: side * move),
                "the sides' moves are logarithms: what turns them into ratios?",
            ),
            (
                of(growth=lambda move, side: side * (1 + move)),
                "the sides' moves are logarithms: what turns them into ratios?",
            ),
            (
                of(growth=lambda move, side: side + move),
                "the sides' moves are logarithms: what turns them into ratios?",
            ),
            (of(growth=lambda move, side: move.exp()), "the ratios aren't multiplied by the sides"),
            (
                of(growth=lambda move, side: side * (-move).exp()),
                "the sides shrink where they should grow",
            ),
            (of(growth=lambda move, side: side * 2**move), "the logarithms are natural: e, not 2"),
            (
                of(growth=lambda move, side: side),
                "the sides stay the anchor's; the last two numbers of a move change them",
            ),
            (
                of(corners=lambda centre, side: (centre, side)),
                "these are centres and sides; wanted are (left, top, right, bottom)",
            ),
            (
                of(corners=lambda centre, side: (centre, centre + side)),
                "the boxes begin at their centre; they lie around it",
            ),
            (
                of(corners=lambda centre, side: (centre - side, centre + side)),
                "the boxes are twice as wide and high; from the centre it is half a side",
            ),
            (
                lambda moves, anchors: decode(moves[:, [1, 0, 3, 2]], anchors),
                "you read a move as (y, x, height, width); it is (x, y, width, height)",
            ),
            (
                lambda moves, anchors: decode(moves, anchors).clamp(0, 64),
                "you cut the boxes off at the canvas's edge; leave them as they are",
            ),
        ),
        tell=_boxes_differ,
    )
    by_hand(lambda: answer(*cases[0]), "write the four numbers yourself", "decode*")
    return "from moves back to boxes: four zeros leave an anchor where it is."


def _boxes_differ(found: Tensor, wanted: Tensor, *case: Tensor) -> str | None:
    if found.shape != wanted.shape:
        return None
    row = worst_row(found, wanted)
    return f"box {row} is {named(found[row])}; it should be {named(wanted[row])}"
