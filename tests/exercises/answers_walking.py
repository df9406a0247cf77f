"""Answers for notebook 08's workshop: pictures along a line between two latents."""

import numpy as np
import torch

from coordlib.exercises.walking import interpolate as lent_interpolate
from coordlib.walks import walk


def evenly(frames):
    return torch.linspace(0, 1, frames)


def interpolate(decode, start, end, frames, parts=evenly):
    parts = parts(frames)[:, None]
    return decode((1 - parts) * start + parts * end)


def interpolate_by_loop(decode, start, end, frames):
    """Another right form: a frame at a time."""
    pictures = []
    for frame in range(frames):
        latent = start + frame / (frames - 1) * (end - start)
        pictures.append(decode(latent[None])[0])
    return torch.stack(pictures)


def interpolate_by_products(decode, start, end, frames):
    parts = evenly(frames)
    return decode(torch.outer(1 - parts, start) + torch.outer(parts, end))


def interpolate_in_numpy(decode, start, end, frames):
    latents = np.linspace(start.numpy(), end.numpy(), frames)
    return np.array([decode(torch.tensor(latent)[None]).numpy()[0] for latent in latents])


def interpolate_by_steps(decode, start, end, frames):
    step = (end - start) / (frames - 1)
    return decode(start.expand(frames, -1) + torch.arange(frames)[:, None] * step)


def at(parts):
    return lambda *case: interpolate(*case, parts=parts)


def one_by_one(given):
    def answer(decode, start, end, frames):
        return torch.stack([decode(given(torch.lerp(start, end, part))) for part in evenly(frames)])

    return answer


def cross_fade(decode, start, end, frames):
    first, last = decode(start[None]), decode(end[None])
    return torch.cat([first + part * (last - first) for part in evenly(frames)])


def in_place(decode, start, end, frames):
    latent, latents = start.clone(), []
    for _ in range(frames):
        latents.append(latent)
        latent += (end - start) / (frames - 1)
    return decode(torch.stack(latents))


def on_an_arc(decode, start, end, frames):
    angle = torch.arccos(start @ end / start.norm() / end.norm())
    weights = [((1 - part) * angle, part * angle) for part in evenly(frames)]
    latents = [(one.sin() * start + other.sin() * end) / angle.sin() for one, other in weights]
    return decode(torch.stack(latents))


def rescaled(length):
    def answer(decode, start, end, frames):
        latents = torch.stack([torch.lerp(start, end, part) for part in evenly(frames)])
        return decode(latents * length(start, end, frames) / latents.norm(dim=1, keepdim=True))

    return answer


RIGHT = {
    "8.4": [interpolate, interpolate_by_loop, interpolate_by_products, interpolate_by_steps],
}

LENT = "the course's own function for this exercise did the work"
END_MISSING = "the end is left out: the last frame is the end's picture"

WRONG = {
    "8.4": [
        (cross_fade, "you decode the two ends and mix their pictures"),
        (
            lambda decode, start, end, frames: cross_fade(decode, end, start, frames),
            "you decode the two ends and mix their pictures, and the end's comes first",
        ),
        (lambda *case: torch.sigmoid(interpolate(*case)), "a sigmoid is taken of pictures"),
        (in_place, "all frames are the same picture; a latent that is changed in place"),
        (at(lambda frames: torch.arange(frames) / frames), END_MISSING),
        (at(lambda frames: torch.linspace(0, 1, frames + 1)[:-1]), END_MISSING),
        (at(lambda frames: (torch.arange(frames) + 1) / frames), "the start is left out"),
        (at(lambda frames: torch.linspace(0, 1, frames + 2)[1:-1]), "both ends are left out"),
        (at(lambda frames: evenly(frames + 1)), "that is one frame too many"),
        (at(lambda frames: evenly(frames + 2)), "those are two frames too many"),
        (at(lambda frames: evenly(frames).flip(0)), "the walk goes from the end to the start"),
        (at(torch.arange), "you walk on beyond the end"),
        (
            lambda decode, start, end, frames: interpolate(decode, start, start + end, frames),
            "the end is added to the start",
        ),
        (
            lambda decode, start, end, frames: interpolate(decode, start, 2 * start - end, frames),
            "the sign is turned: you walk away from the end",
        ),
        (on_an_arc, "you walk along an arc; wanted is the straight line"),
        *(
            (rescaled(length), "you walk along an arc, as your mixtures are made longer or shorter")
            for length in (
                lambda start, end, frames: torch.lerp(start.norm(), end.norm(), evenly(frames))[
                    :, None
                ],
                lambda start, end, frames: start.norm(),
                lambda start, end, frames: 1,
            )
        ),
        (
            lambda decode, start, end, frames: interpolate(decode, start, end, 16),
            "for 4 latent numbers and 6 frames: is 16 written where `frames` should stand?",
        ),
        (
            lambda *case: list(interpolate(*case)),
            "the result is a list; wanted is a tensor, which `torch.stack` makes of pictures",
        ),
        (interpolate_in_numpy, "the result is an ndarray; wanted is a tensor"),
        (
            lambda *case: interpolate(*case).half(),
            "the result holds torch.float16; `decode` gives torch.float32, stay there",
        ),
        (
            lambda decode, start, end, frames: walk(decode, start[None], end[None], frames)[0],
            "the result is right, but coordlib helped; mix the latents yourself",
        ),
        (
            lambda decode, *case: interpolate(lambda latents: latents, *case),
            "those are the latents on the line",
        ),
        (lambda *case: interpolate(*case).transpose(0, 1), "the colours come first"),
        (lambda *case: interpolate(*case).permute(0, 2, 3, 1), "the colours come last"),
        (lambda *case: interpolate(*case).unsqueeze(1), "each frame is a batch of one"),
        (
            at(lambda frames: evenly(frames) ** 2),
            "of 6 frames, counted from 0, these are not right: 1, 2, 3, 4",
        ),
        (one_by_one(lambda latent: latent), "`decode` gets shape (4,); it takes latents (n, z)"),
        (
            one_by_one(lambda latent: latent[:, None]),
            "`decode` gets shape (4, 1); it takes latents",
        ),
        (one_by_one(torch.Tensor.tolist), "`decode` gets a list; it takes a tensor of latents"),
        (lambda *case: interpolate(*case)[-1], "has shape (3, 5, 5); wanted is (6, 3, 5, 5)"),
        (lambda *case: lent_interpolate(*case), LENT),
    ],
}
