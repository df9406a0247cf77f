"""Checkers for notebook 06: overlap, a shifted square, what one number can draw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import booleans, equal, judge, number, unlike
from coordlib.exercises.guarding import by_hand


def intersection_over_union(painted: Tensor, target: Tensor) -> Tensor:
    """IOU of each pair of pictures, 0 to 1, float64, (n,); of two empty ones it is 1.

    painted, target: booleans, (n, height, width). `metrics.overlaps` is the library's own.
    """
    shared, either = (painted & target).sum((1, 2)), (painted | target).sum((1, 2))
    return torch.where(either > 0, shared.double() / either.clamp(min=1), 1.0)


@exercise("6.1", minutes=8, difficulty=1, stand_in=intersection_over_union)
def overlap(answer: Callable[[Tensor, Tensor], Any]) -> str:
    """Intersection over union of each pair of boolean pictures: (n, h, w) twice to (n,)."""
    painted, target = _pairs()
    full = slice(0, 5)  # in the others a picture is empty, or both are
    dot = torch.zeros(1, 3, 3, dtype=torch.bool)
    dot[0, 1, 2] = True
    far = torch.zeros(2, 64, 64, dtype=torch.bool)
    far[:, 50:59, 52:61] = True
    cases = [(painted, target), (dot, ~dot & dot), (~dot & dot, dot), (painted.mT, target.mT)]
    wholes = [
        (painted[full], target[full]),
        (far, far.roll((3, -4), (1, 2))),
        (painted[1:2], target[1:2]),
        (painted[full].mT, target[full].mT),
    ]

    def areas(formula: Callable[..., Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
        """From (shared, ours, theirs), numbers of pixels, to a function of two pictures."""

        def result(painted: Tensor, target: Tensor) -> Tensor:
            return formula(
                *(one.sum((1, 2)).double() for one in (painted & target, painted, target))
            )

        return result

    mistakes = (
        (
            areas(lambda shared, ours, theirs: shared / (ours + theirs)),
            "pixels that both have count twice in your union",
        ),
        (
            areas(lambda shared, ours, theirs: 2 * shared / (ours + theirs)),
            "that is 2 · intersection / (sum of both areas), another measure (Dice)",
        ),
        (
            lambda painted, target: (painted == target).double().mean((1, 2)),
            "empty pixels that agree earn nothing here",
        ),
        (
            areas(lambda shared, ours, theirs: shared / theirs),
            "you divide by the true square alone, so painting everything would be 1",
        ),
        (
            areas(lambda shared, ours, theirs: shared / ours),
            "you divide by what was painted alone, so one right pixel would be enough",
        ),
        (
            areas(lambda shared, ours, theirs: shared / torch.maximum(ours, theirs)),
            "you divide by the larger area alone; the union is larger still",
        ),
        (
            areas(lambda shared, ours, theirs: shared / torch.minimum(ours, theirs)),
            "you divide by the smaller area alone, so a large one around it would be 1",
        ),
        (
            areas(
                lambda shared, ours, theirs: (shared.sum() / (ours + theirs - shared).sum()).expand(
                    len(shared)
                )
            ),
            "you added up all pairs before dividing; divide each pair on its own",
        ),
        (
            lambda painted, target: 1 - intersection_over_union(painted, target),
            "that is 1 minus what is asked for",
        ),
        (
            areas(lambda shared, ours, theirs: shared),
            "that is the number of shared pixels; divide it by the union's",
        ),
    )
    # What is wrong with pairs that have paint in both is said before what is wrong with the rest.
    judge(answer, wholes, intersection_over_union, mistakes=mistakes, tell=_overlaps_differ)
    judge(answer, cases, intersection_over_union, tell=_overlaps_differ)
    by_hand(lambda: answer(painted, target), "count the pixels yourself")
    return "1 for a perfect picture, 0 for a miss, and white elsewhere earns nothing."


def _overlaps_differ(found: Tensor, wanted: Tensor, painted: Tensor, target: Tensor) -> str:
    if found.shape != wanted.shape:
        return (
            f"for {len(wanted)} pairs the result has shape {tuple(found.shape)}; wanted is "
            f"{tuple(wanted.shape)}, one number for each pair"
        )
    one = next(n for n, pair in enumerate(zip(found, wanted, strict=True)) if not equal(*pair))
    ours, right = unlike(found[one].item(), wanted[one].item())
    if not painted[one].any() and not target[one].any():
        return f"two empty pictures give {ours}; they are the same, so let it be 1"
    if not painted[one].any():
        return f"an empty picture and a square give {ours}; they share no pixel: 0"
    if not target[one].any():
        return f"paint and an empty target give {ours}; they share no pixel: 0"
    return (
        f"a pair with {int((painted & target)[one].sum())} pixels in both and "
        f"{int((painted | target)[one].sum())} in at least one gives {ours}; it should be {right}"
    )


@exercise("6.2", minutes=6, difficulty=1)
def shifted_overlap(answer: Callable[[int, int, int], Any]) -> str:
    """IOU of a square of `size` pixels with itself, dx columns and dy rows away."""

    def of(
        shared: Callable[[int, int, int], float], union: Callable[[int, float], float] = _union
    ) -> Callable[[int, int, int], float]:
        return lambda size, dx, dy: shared(size, dx, dy) / union(size, shared(size, dx, dy))

    judge(
        answer,
        [
            (9, 0, 0),
            (9, 1, 0),
            (9, 1, 1),
            (9, 2, -3),
            (5, -1, 0),
            (9, 12, 11),
            (9, 12, 2),
            (9, 2, 12),
            (7, -8, -1),
            (4, 0, -2),
            (16, -5, 7),
            (3, 0, 3),
        ],
        of(_shared),
        read=number,
        said=lambda size, dx, dy: f"size {size}, dx = {dx}, dy = {dy}",
        mistakes=(
            *(
                (
                    lambda *case, digits=digits: round(of(_shared)(*case), digits),
                    "you round; all digits count",
                )
                for digits in range(6)
            ),
            (
                of(_shared, lambda size, shared: 2 * size**2),
                "the shared pixels are counted twice in your union",
            ),
            (
                of(_shared, lambda size, shared: size**2),
                "that is the share of one square; divide by the union of both",
            ),
            (
                of(lambda size, dx, dy: max(0, size - dx) * max(0, size - dy)),
                "a shift to the left or up shares as much as one to the right or down",
            ),
            (
                of(lambda size, dx, dy: (size - abs(dx)) * (size - abs(dy))),
                "so far apart they share nothing; a product of negative numbers is no area",
            ),
            (
                of(lambda size, dx, dy: max(0, (size - abs(dx)) * (size - abs(dy)))),
                "so far apart they share nothing; a product of negative numbers is no area",
            ),
            (
                of(lambda size, dx, dy: size - abs(dx) + size - abs(dy)),
                "width and height of what they share must be multiplied",
            ),
            (
                lambda size, dx, dy: of(_shared)(9, dx, dy),
                lambda size, dx, dy: f"the square has {size} × {size} pixels, not 9 × 9",
            ),
        ),
        tell=lambda found, wanted, size, dx, dy: (
            f"you give {unlike(found.item(), wanted.item())[0]}; they share "
            f"{_shared(size, dx, dy)} of {_union(size, _shared(size, dx, dy))} pixels"
        ),
    )
    return "one pixel beside the place costs a fifth already, one across a corner a third."


def _shared(size: int, dx: int, dy: int) -> int:
    return max(0, size - abs(dx)) * max(0, size - abs(dy))


def _union(size: int, shared: float) -> float:
    return 2 * size**2 - shared


@exercise("6.6", minutes=8, difficulty=2)
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
        (
            "two near shades, 0.2 outside and 0.2001 inside",
            0.2 + 1e-4 * square,
            True,
            "0.2 and 0.2001 differ, however little",
        ),
        (
            "two shades below 0",
            -0.3 - 0.5 * square,
            True,
            "-0.3 and -0.8 differ",
        ),
        (
            "a hill with a single pixel of its foot at another's height",
            torch.where((across == 5) & (down == 7), hill.max(), hill),
            False,
            "one pixel outside sees the same number as the middle",
        ),
    )
    wide = torch.zeros(5, 9, dtype=torch.bool)
    wide[1:4, 2:5] = True
    shades = torch.arange(45.0).view(5, 9)
    cases = (
        *((*case, square) for case in cases),
        ("45 different shades", shades, True, "no number occurs twice", wide),
        (
            "equal columns, 5 × 9",
            shades[:1].expand(5, 9),
            False,
            "each column has pixels on both sides",
            wide,
        ),
    )
    said = [booleans(answer(heights, drawn)) for _, heights, _, _, drawn in cases]
    for found in said:
        if found.numel() != 1:
            raise NotYet(f"the result has shape {tuple(found.shape)}; wanted is one True or False")
    if all(bool(found) != case[2] for found, case in zip(said, cases, strict=True)):
        raise NotYet("turned round: wanted is True where a function can draw it")
    for found, (name, _, wanted, why, _) in zip(said, cases, strict=True):
        if bool(found) != wanted:
            raise NotYet(f"{name}: you say {bool(found)}; it is {wanted}, for {why}")
    return "whatever is to be drawn must be told apart in the map already."


def _pairs() -> tuple[Tensor, Tensor]:
    """Pairs: equal, shifted, apart, ragged, too small, nothing painted, no target, neither."""
    target = torch.zeros(8, 8, 10, dtype=torch.bool)
    target[:6, 2:5, 3:6] = True
    painted = target.clone()
    painted[5], painted[6] = target[6], target[5]
    painted[1] = painted[1].roll(1, 1)
    painted[2] = painted[2].roll(5, 1)
    painted[3, 1:7, 4:7] = True
    painted[3, 3, 3] = False
    painted[4, 2, 3:5] = False
    return painted, target
