"""Answers for notebook 08's workshop: pictures along a line, and the longest step in them."""

import math

import numpy as np
import torch

from coordlib.exercises.walking import interpolate as lent_interpolate
from coordlib.exercises.walking import longest_step as lent_longest_step


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
    return pictures


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


def on_an_arc(decode, start, end, frames):
    angle = torch.arccos(start @ end / start.norm() / end.norm())
    weights = [((1 - part) * angle, part * angle) for part in evenly(frames)]
    latents = [(one.sin() * start + other.sin() * end) / angle.sin() for one, other in weights]
    return decode(torch.stack(latents))


def jump(centres, length=lambda way: way.norm(dim=-1), steps=None, over=None):
    steps = length(centres.diff(dim=1)).amax(1) if steps is None else steps(centres)
    return steps / (length(centres[:, -1] - centres[:, 0]) if over is None else over(centres))


def step_lengths(centres):
    return (centres[:, 1:] - centres[:, :-1]).pow(2).sum(2).sqrt()


def jump_by_loop(centres):
    """Another right form: a walk at a time, by Python's own distances."""
    result = []
    for walk in centres.tolist():
        longest = max(math.dist(*pair) for pair in zip(walk, walk[1:], strict=False))
        result.append(longest / math.dist(walk[0], walk[-1]))
    return result


def jump_in_numpy(centres):
    steps = np.linalg.norm(np.diff(centres.numpy(), axis=1), axis=2)
    return steps.max(1) / np.linalg.norm((centres[:, -1] - centres[:, 0]).numpy(), axis=1)


def jump_by_table(centres):
    table = torch.cdist(centres, centres, compute_mode="donot_use_mm_for_euclid_dist")
    return table.diagonal(1, 1, 2).amax(1) / table[:, 0, -1]


def measured(length):
    return lambda centres: jump(centres, length)


def longest(steps):
    return lambda centres: jump(centres, steps=steps)


RIGHT = {
    "8.4": [interpolate, interpolate_by_loop, interpolate_in_numpy, interpolate_by_steps],
    "8.5": [jump, jump_by_loop, jump_in_numpy, jump_by_table],
}

LENT = "the course's own function for this exercise did the work"
END_MISSING = "the end is left out: the last frame is the end's picture"

WRONG = {
    "8.4": [
        (cross_fade, "you decode the two ends and mix their pictures"),
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
        (on_an_arc, "you walk along an arc; wanted is the straight line"),
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
    "8.5": [
        (
            lambda centres: jump(centres, over=lambda centres: step_lengths(centres).sum(1)),
            "you divide by the length of the whole path",
        ),
        (longest(lambda centres: step_lengths(centres).mean(1)), "that is the mean step"),
        (longest(lambda centres: step_lengths(centres).amin(1)), "that is the shortest step"),
        (longest(lambda centres: step_lengths(centres).sum(1)), "that is the whole path"),
        (lambda centres: jump(centres, over=lambda centres: 1), "the longest step is in pixels"),
        (lambda centres: 1 / jump(centres), "turned over: the step is divided by the way"),
        (
            lambda centres: jump(centres, over=lambda centres: step_lengths(centres).mean(1)),
            "you divide by the mean step",
        ),
        (
            longest(lambda centres: (centres - centres[:, :1]).norm(dim=2).amax(1)),
            "you measure from the first frame on",
        ),
        (
            longest(lambda centres: centres.norm(dim=2).diff(dim=1).abs().amax(1)),
            "you compare the centres' distances from the corner",
        ),
        (
            longest(lambda centres: centres.diff(dim=2).norm(dim=2).amax(1)),
            "you subtract x from y",
        ),
        (
            lambda centres: (
                centres.diff(dim=0).norm(dim=2).amax(1)
                / (centres[1:, -1] - centres[1:, 0]).norm(dim=1)
            ),
            "you subtract one walk from another",
        ),
        (
            longest(lambda centres: step_lengths(centres).max()),
            "the longest step of all walks stands in each",
        ),
        (lambda centres: jump(centres).max(), "that is one number for all walks"),
        (measured(lambda way: way.square().sum(-1)), "the distances are squared"),
        (
            longest(lambda centres: step_lengths(centres).square().amax(1)),
            "the step is squared: its root is missing",
        ),
        (measured(lambda way: way.abs().sum(-1)), "a distance of yours is |dx| + |dy|"),
        (measured(lambda way: way.abs().amax(-1)), "a distance of yours is the larger of |dx| and"),
        (
            longest(lambda centres: centres.diff(dim=1).abs().sum(2).amax(1)),
            "the step's length is |dx| + |dy|; wanted is √(dx² + dy²)",
        ),
        (
            longest(lambda centres: centres.diff(dim=1).abs().amax((1, 2))),
            "the step's length is the larger of |dx| and |dy|",
        ),
        (measured(lambda way: way[..., 0].abs()), "you measure along x alone"),
        (measured(lambda way: way[..., 1].abs()), "you measure along y alone"),
        (
            lambda centres: jump(centres[:, 1:]) if centres.shape[1] > 2 else jump(centres),
            "walk 1 gets 1.366; it should be 7.428: its steps are 20.72, 8.81,",
        ),
        (longest(lambda centres: step_lengths(centres)[:, 1:].amax(1)), "the first step is left"),
        (longest(lambda centres: step_lengths(centres)[:, :-1].amax(1)), "the last step is left"),
        (
            longest(lambda centres: step_lengths(centres[:, 1:-1]).amax(1)),
            "for 4 walks of 6 frames: the first step and the last are left out",
        ),
        (
            longest(lambda centres: (centres[:, 2:] - centres[:, :-2]).norm(dim=2).amax(1)),
            "your steps lead over two frames",
        ),
        (
            longest(lambda centres: step_lengths(centres).T.squeeze(0).amax(0)),
            "for 7 walks of 2 frames: walk 2 gets 11.92; it should be 1",
        ),
        (
            longest(lambda centres: step_lengths(centres).squeeze(1).amax(1)),
            "for 7 walks of 2 frames, so of a single step, comes IndexError: Dimension out of",
        ),
        (lambda centres: jump(centres)[:, None], "has shape (4, 1); wanted is (4,)"),
        (lambda centres: lent_longest_step(centres), LENT),
    ],
}
