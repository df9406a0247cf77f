"""Checker for notebook 08: the longest step of what moves along a walk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import difference, judge, plural, unlike
from coordlib.exercises.guarding import by_hand


def longest_step(centres: Tensor) -> Tensor:
    """The longest step between two frames, as a part of the way from the first to the last one.

    centres: (walks, frames, 2), where an object is in each frame. Gives (walks,); the step and the
    way are straight lines. Where a centre is NaN, so is its walk's number. It is
    `coordlib.walks.Walks.jump` for one colour.
    """
    return _steps(centres).amax(1) / _way(centres)


def _steps(centres: Tensor) -> Tensor:
    return centres.diff(dim=1).norm(dim=-1)


def _way(centres: Tensor) -> Tensor:
    return (centres[:, -1] - centres[:, 0]).norm(dim=-1)


def _measured(length: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """With another length of steps and ways, from their x and y along the last axis."""
    return lambda centres: (
        length(centres.diff(dim=1)).amax(1) / length(centres[:, -1] - centres[:, 0])
    )


@exercise("8.5", minutes=8, difficulty=2, stand_in=longest_step)
def steps_measured(answer: Callable[[Tensor], Any]) -> str:
    """Centres (walks, frames, 2) to each walk's longest step, as a part of its way: (walks,)."""
    *walks, gone, two_frames = _centres()
    judge(
        answer,
        [(centres,) for centres in walks],
        longest_step,
        said=_counted,
        mistakes=(
            (
                lambda centres: _steps(centres).amax(1) / _steps(centres).sum(1),
                "you divide by the length of the whole path; wanted is the straight line from the "
                "first centre to the last",
            ),
            (
                lambda centres: _steps(centres).mean(1) / _way(centres),
                "that is the mean step; wanted is the longest",
            ),
            (
                lambda centres: _steps(centres).amin(1) / _way(centres),
                "that is the shortest step; wanted is the longest",
            ),
            (
                lambda centres: _steps(centres).sum(1) / _way(centres),
                "that is the whole path; wanted is its longest step alone",
            ),
            (
                lambda centres: _steps(centres).amax(1),
                "the longest step is in pixels; divide it by the way from first to last centre",
            ),
            (
                lambda centres: _way(centres) / _steps(centres).amax(1),
                "turned over: the step is divided by the way",
            ),
            (
                lambda centres: _steps(centres).amax(1) / _steps(centres).mean(1),
                "you divide by the mean step; wanted is the way from the first centre to the last",
            ),
            (
                lambda centres: (centres - centres[:, :1]).norm(dim=-1).amax(1) / _way(centres),
                "you measure from the first frame on; a step leads from a frame to the next",
            ),
            (
                lambda centres: centres.norm(dim=-1).diff(dim=1).abs().amax(1) / _way(centres),
                "you compare the centres' distances from the corner; a step is the difference of "
                "two centres, then its length",
            ),
            (
                lambda centres: centres.diff(dim=-1).abs().amax((1, 2)) / _way(centres),
                "you subtract x from y; a step leads from a frame to the next, along axis 1",
            ),
            (
                lambda centres: centres.diff(dim=0).norm(dim=-1).amax(-1) / _way(centres)[1:],
                "you subtract one walk from another; a step leads from a frame to the next",
            ),
            (
                lambda centres: _steps(centres).amax() / _way(centres),
                "the longest step of all walks stands in each; every walk has its own",
            ),
            (
                lambda centres: _steps(centres).amax(1) / _way(centres).norm(),
                "the way is that of all walks together; every walk has its own: `.norm(dim=-1)`",
            ),
            (
                lambda centres: (centres - centres.roll(1, 1)).norm(dim=-1).amax(1) / _way(centres),
                "a step of yours leads from the last frame back to the first; `.roll` goes round",
            ),
            (
                lambda centres: longest_step(centres).amax(),
                "that is one number for all walks; wanted is one for each",
            ),
            (
                _measured(lambda way: way.square().sum(-1)),
                "the distances are squared: their root is missing",
            ),
            (
                lambda centres: _steps(centres).square().amax(1) / _way(centres),
                "the step is squared: its root is missing",
            ),
            (_measured(lambda way: way.abs().sum(-1)), "a distance of yours is |dx| + |dy|"),
            (
                _measured(lambda way: way.abs().amax(-1)),
                "a distance of yours is the larger of |dx| and |dy|",
            ),
            (
                lambda centres: centres.diff(dim=1).abs().sum(-1).amax(1) / _way(centres),
                "the step's length is |dx| + |dy|; wanted is √(dx² + dy²)",
            ),
            (
                lambda centres: centres.diff(dim=1).abs().amax((1, 2)) / _way(centres),
                "the step's length is the larger of |dx| and |dy|; wanted is √(dx² + dy²)",
            ),
            (_measured(lambda way: way[..., 0].abs()), "you measure along x alone"),
            (_measured(lambda way: way[..., 1].abs()), "you measure along y alone"),
            (
                lambda centres: _steps(centres[:, 1:]).amax(1) / _way(centres),
                "the first step is left out; it leads from frame 0 to frame 1",
            ),
            (
                lambda centres: _steps(centres[:, :-1]).amax(1) / _way(centres),
                "the last step is left out; it leads to the last frame",
            ),
            (
                lambda centres: _steps(centres[:, 1:-1]).amax(1) / _way(centres),
                "the first step and the last are left out",
            ),
            (
                lambda centres: (
                    (centres[:, 2:] - centres[:, :-2]).norm(dim=-1).amax(1) / _way(centres)
                ),
                "your steps lead over two frames; a step leads from a frame to the next",
            ),
        ),
        tell=_walks_differ,
    )
    try:
        judge(answer, [(two_frames,)], longest_step, said=_counted, tell=_walks_differ)
    except (IndexError, RuntimeError, ValueError) as error:  # where no step is left to look at
        what = f"{type(error).__name__}: {error}"
        raise NotYet(f"{_counted(two_frames)}, so of a single step, comes {what}") from error
    judge(
        answer,
        [(gone,)],
        longest_step,
        said=lambda centres: f"{_counted(centres)}, some without a centre (NaN)",
        tell=_walks_differ,
    )
    by_hand(lambda: answer(walks[0]), "measure the steps yourself")
    return "one number tells a walk from a leap."


def _centres() -> list[Tensor]:
    """Walks of many forms, one alone among them; last, some without a centre, and of two frames."""
    random = torch.Generator().manual_seed(5)
    *others, two_frames = (
        32 * torch.rand(walks, frames, 2, generator=random)
        for walks, frames in ((4, 6), (1, 5), (3, 4), (2, 16), (7, 2))
    )
    gone = others[0].clone()
    for walk, frame in ((1, 2), (2, 0), (3, -1)):
        gone[walk, frame] = torch.nan
    return [*others, gone, two_frames]


def _counted(centres: Tensor) -> str:
    return f"for {plural(len(centres), 'walk')} of {plural(centres.shape[1], 'frame')}"


def _walks_differ(found: Tensor, wanted: Tensor, centres: Tensor) -> str:
    if found.shape != wanted.shape:
        return difference(found, wanted)
    off = (found.double() - wanted.double()).abs().nan_to_num(torch.inf)
    walk = int(off.argmax())
    ours, right = unlike(found[walk].item(), wanted[walk].item())
    steps = ", ".join(f"{one:.2f}" for one in _steps(centres)[walk])
    return (
        f"walk {walk} gets {ours}; it should be {right}: its steps are {steps} pixels long, its "
        f"way {_way(centres)[walk]:.2f}"
    )
