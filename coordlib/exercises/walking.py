"""Checker for notebook 08: pictures along a line between two latents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import equal, judge, kind, plural, tensor
from coordlib.exercises.guarding import by_hand

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


def _rescaled(length: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    """Along a line whose latents are made so long, from both ends' lengths and the parts."""

    def result(decode: Decode, start: Tensor, end: Tensor, frames: int) -> Tensor:
        parts = torch.linspace(0, 1, frames)
        directions = F.normalize(_between(start, end, parts))
        return decode(directions * length(start.norm(), end.norm(), parts)[:, None])

    return result


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

    cases = [case(*sizes) for sizes in ((4, 5, 6), (2, 3, 3), (8, 4, 2), (3, 2, 16), (5, 6, 5))]
    judge(
        answer,
        cases,
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
                lambda decode, start, end, frames: _cross_fade(decode, end, start, frames),
                "you decode the two ends and mix their pictures, and the end's comes first; mix "
                "the latents, and decode each mixture",
            ),
            (
                lambda *case: interpolate(*case).sigmoid(),
                "a sigmoid is taken of pictures; `decode` gives them from 0 to 1 already",
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
                _at(lambda frames: -torch.linspace(0, 1, frames)),
                "the sign is turned: you walk away from the end",
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
            *(
                (
                    _rescaled(length),
                    "you walk along an arc, as your mixtures are made longer or shorter; wanted is "
                    "the straight line",
                )
                for length in (
                    torch.lerp,
                    lambda one, other, parts: one.expand_as(parts),
                    lambda one, other, parts: torch.ones_like(parts),
                )
            ),
            (
                lambda decode, start, end, frames: interpolate(decode, start, end, 16),
                "is 16 written where `frames` should stand?",
            ),
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
        read=lambda result: tensor(
            result, "which `torch.stack` makes of pictures", "`decode` gives"
        ),
        tell=_frames_differ,
    )
    by_hand(lambda: answer(*cases[0]), "mix the latents yourself, and decode them")
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
    if equal(found, found[:1].expand_as(found)):
        return (
            "all frames are the same picture; a latent that is changed in place (`+=`) changes "
            "wherever you have put it"
        )
    pairs = enumerate(zip(found, wanted, strict=True))
    wrong = ", ".join(str(frame) for frame, pair in pairs if not equal(*pair))
    return f"of {plural(len(found), 'frame')}, counted from 0, these are not right: {wrong}"
