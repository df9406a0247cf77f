"""Checkers for notebook 08: pictures along a line between two latents, and what moves in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import difference, equal, judge, kind, plural, unlike

Decode = Callable[[Tensor], Tensor]


def interpolate(decode: Decode, start: Tensor, end: Tensor, frames: int) -> Tensor:
    """The pictures along a straight line between two latents, both ends included.

    decode: from latents (n, z) to pictures (n, 3, side, side). start, end: (z,). Gives (frames, 3,
    side, side), evenly spaced from start to end.
    """
    return decode(_between(start, end, torch.linspace(0, 1, frames)))


def _between(start: Tensor, end: Tensor, parts: Tensor) -> Tensor:
    """The latents that lie such parts of the way from start to end, a row each."""
    return torch.lerp(start, end, parts.to(start)[:, None])


def _at(parts: Callable[[int], Tensor]) -> Callable[..., Tensor]:
    """Pictures of latents at other parts of the way, for a number of frames."""
    return lambda decode, start, end, frames: decode(_between(start, end, parts(frames)))


def _cross_fade(decode: Decode, start: Tensor, end: Tensor, frames: int) -> Tensor:
    first, last = decode(torch.stack((start, end)))
    return torch.lerp(first, last, torch.linspace(0, 1, frames)[:, None, None, None])


def _around(decode: Decode, start: Tensor, end: Tensor, frames: int) -> Tensor:
    """Along the arc between the two directions."""
    angle = torch.arccos(torch.cosine_similarity(start, end, 0))
    parts = torch.linspace(0, 1, frames)[:, None]
    arc = ((1 - parts) * angle).sin() * start + (parts * angle).sin() * end
    return decode(arc / angle.sin())


def _added(decode: Decode, start: Tensor, end: Tensor, frames: int) -> Tensor:
    return decode(start + torch.linspace(0, 1, frames)[:, None] * end)


@exercise("8.4", minutes=6, difficulty=1, stand_in=interpolate)
def line_walked(answer: Callable[[Decode, Tensor, Tensor, int], Any]) -> str:
    """The pictures of evenly spaced latents on a line, (frames, 3, side, side), with both ends."""
    random = torch.Generator().manual_seed(4)

    def case(size: int, side: int, frames: int) -> tuple[Decode, Tensor, Tensor, int]:
        weight = torch.randn(size, 3 * side * side, generator=random)
        start, end = torch.randn(2, size, generator=random)

        def decode(latents: Tensor) -> Tensor:
            _look_at_the_latents(latents, size)
            return (latents @ weight).sigmoid().unflatten(1, (3, side, side))

        return decode, start, end, frames

    judge(
        answer,
        [case(*sizes) for sizes in ((4, 5, 6), (2, 3, 3), (8, 4, 2), (3, 2, 16), (5, 6, 5))],
        interpolate,
        said=lambda decode, start, end, frames: (
            f"for {plural(len(start), 'latent number')} and {frames} frames"
        ),
        mistakes=(
            (
                _cross_fade,
                "you decode the two ends and mix their pictures, so that one fades out while the "
                "other fades in; mix the latents, and decode each mixture",
            ),
            (
                _at(lambda frames: torch.arange(frames) / frames),
                "the end is left out: the last frame is the end's picture",
            ),
            (
                _at(lambda frames: torch.arange(1, frames + 1) / frames),
                "the start is left out: the first frame is the start's picture",
            ),
            (
                _at(lambda frames: torch.arange(1, frames + 1) / (frames + 1)),
                "both ends are left out: the first frame and the last are theirs",
            ),
            (
                _at(lambda frames: torch.linspace(0, 1, frames + 1)),
                "that is one frame too many; `frames` counts both ends",
            ),
            (
                _at(lambda frames: torch.linspace(0, 1, frames + 2)),
                "those are two frames too many; `frames` counts both ends",
            ),
            (
                _at(lambda frames: torch.linspace(1, 0, frames)),
                "the walk goes from the end to the start; wanted is the other way",
            ),
            (
                _at(torch.arange),
                "you walk on beyond the end: the parts of the way go from 0 to 1",
            ),
            (
                _added,
                "the end is added to the start; the last frame is to be of the end alone",
            ),
            (_around, "you walk along an arc; wanted is the straight line"),
            (
                lambda decode, start, end, frames: _between(
                    start, end, torch.linspace(0, 1, frames)
                ),
                "those are the latents on the line; wanted are their pictures: decode them",
            ),
            (
                lambda *case: interpolate(*case).movedim(0, 1),
                "the colours come first; wanted is (frames, 3, side, side)",
            ),
            (
                lambda *case: interpolate(*case).movedim(1, -1),
                "the colours come last; wanted is (frames, 3, side, side)",
            ),
            (
                lambda *case: interpolate(*case)[:, None],
                "each frame is a batch of one; wanted is (frames, 3, side, side)",
            ),
        ),
        tell=_frames_differ,
    )
    return "each frame is a picture of its own, and none is mixed from others."


def _look_at_the_latents(latents: Any, size: int) -> None:
    """Refuse to decode what is no batch of latents, so many numbers each."""
    if not isinstance(latents, Tensor):
        raise NotYet(f"`decode` gets {kind(latents)}; it takes a tensor of latents, (n, z)")
    if latents.ndim != 2 or latents.shape[1] != size:
        raise NotYet(
            f"`decode` gets shape {tuple(latents.shape)}; it takes latents (n, z), where z is "
            f"{size} in this case and one latent alone has n = 1"
        )


def _frames_differ(found: Tensor, wanted: Tensor, *case: Any) -> str | None:
    if found.shape != wanted.shape:
        return None
    pairs = enumerate(zip(found, wanted, strict=True))
    wrong = ", ".join(str(frame) for frame, pair in pairs if not equal(*pair))
    return f"of {plural(len(found), 'frame')}, counted from 0, these are not right: {wrong}"


def longest_step(centres: Tensor) -> Tensor:
    """The longest step between two frames, as a part of the way from the first to the last one.

    centres: (walks, frames, 2), where an object is in each frame. Gives (walks,); the step and the
    way are straight lines. It is `coordlib.walks.Walks.jump` for one colour.
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
    *walks, two_frames = _centres()
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
    return "one number tells a walk from a leap."


def _centres() -> list[Tensor]:
    """Walks of many forms: with turns, back and forth, one alone, and last those of two frames."""
    random = torch.Generator().manual_seed(5)
    return [
        32 * torch.rand(walks, frames, 2, generator=random)
        for walks, frames in ((4, 6), (1, 5), (3, 4), (2, 16), (7, 2))
    ]


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
