"""Answers for notebook 08's workshop: the longest step of what moves along a walk."""

import math

import numpy as np
import torch

from coordlib.exercises.stepping import longest_step as lent_longest_step
from coordlib.walks import Walks


def jump(centres, length=lambda way: way.norm(dim=-1), steps=None, over=None):
    steps = length(centres.diff(dim=1)).amax(1) if steps is None else steps(centres)
    return steps / (length(centres[:, -1] - centres[:, 0]) if over is None else over(centres))


def step_lengths(centres):
    return (centres[:, 1:] - centres[:, :-1]).pow(2).sum(2).sqrt()


def jump_by_loop(centres, most=np.max):
    """Another right form: a walk at a time, by Python's own distances."""
    result = []
    for walk in centres.tolist():
        steps = [math.dist(*pair) for pair in zip(walk, walk[1:], strict=False)]
        result.append(most(steps) / math.dist(walk[0], walk[-1]))
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


RIGHT = {"8.5": [jump, jump_by_loop, jump_in_numpy, jump_by_table]}

WRONG = {
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
        (
            lambda centres: jump(
                centres, over=lambda centres: (centres[:, -1] - centres[:, 0]).norm()
            ),
            "the way is that of all walks together",
        ),
        (
            longest(lambda centres: (centres.roll(-1, 1) - centres).norm(dim=2).amax(1)),
            "a step of yours leads from the last frame back to the first",
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
        (
            longest(lambda centres: step_lengths(centres).max(1)),
            "unsupported operand type(s) for /: 'torch.return_types.max' and 'Tensor'",
        ),
        (
            longest(lambda centres: step_lengths(centres).nan_to_num().amax(1)),
            "for 4 walks of 6 frames, some without a centre (NaN): walk 1 gets 6.942; it should "
            "be nan",
        ),
        (
            lambda centres: jump_by_loop(centres, max),  # which passes over what compares as False
            "some without a centre (NaN): walk 1 gets 6.942; it should be nan",
        ),
        (
            lambda centres: Walks(None, None, centres[:, :, None], None).jump[:, 0],
            "the result is right, but coordlib helped; measure the steps yourself",
        ),
        (lambda centres: jump(centres)[:, None], "has shape (4, 1); wanted is (4,)"),
        (
            lambda centres: lent_longest_step(centres),
            "the course's own function for this exercise did the work",
        ),
    ],
}
