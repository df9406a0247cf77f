"""What is right in notebook 11, found in another way than the checkers': a number at a time, and by
gradients that were worked out on paper.

`DRAWN` makes an exercise's arguments at random and `RIGHT` answers them; `HOLDS` tells whether an
answer also has the right gradients.
"""

from __future__ import annotations

import math
import random

import torch
from torch import nn

pick = random.Random(11)


def _numbers(*shape):
    return torch.tensor([pick.gauss(0, 1) for _ in range(math.prod(shape))]).view(shape)


def _truths(*shape):
    return torch.tensor([pick.random() < 0.4 for _ in range(math.prod(shape))]).view(shape)


class _Trunk(nn.Module):
    """Features of a picture by weights for each of its numbers, cut off below 0."""

    def __init__(self, side, channels):
        super().__init__()
        self.weights = _numbers(pick.randint(1, 3), channels, side, side)
        if pick.random() < 0.3:  # blind to place
            self.weights[:] = self.weights[..., :1, :1].clone()

    def forward(self, pictures):
        return torch.einsum("fchw,nchw->nf", self.weights, pictures).relu()


def _trunk_and_picture():
    side, channels = pick.randint(2, 5), pick.randint(1, 3)
    picture = torch.zeros(1, channels, side, side)
    picture[0, 0, pick.randrange(side), pick.randrange(side)] = 1
    for plane in picture[0, 1:]:
        plane[:] = pick.gauss(0, 1)
    return _Trunk(side, channels), picture


def _rollout():
    shape = pick.randint(1, 6), pick.randint(1, 4)
    return shape, pick.choice([0.5, 0.9, 1.0])


def _with_following():
    shape, discount = _rollout()
    return _numbers(*shape), _truths(*shape), _numbers(shape[1]), discount


def _with_values():
    shape, discount = _rollout()
    return _numbers(*shape), _truths(*shape), _numbers(*shape), discount


def _acted():
    n = pick.randint(1, 7)
    actions = torch.tensor([pick.randrange(4) for _ in range(n)])
    return 2 * _numbers(n, 4), _numbers(n), actions, _numbers(n)


def _curve():
    n = pick.randint(1, 5)
    frames = [pick.randint(5, 9) * (place + 1) for place in range(n)]
    return frames, [pick.choice([0.2, 0.5, 0.7, 0.9]) for _ in range(n)], pick.choice([0.5, 0.7])


DRAWN = {
    "11.1": _trunk_and_picture,
    "11.2": _with_following,
    "11.3": _with_values,
    "11.4": _acted,
    "11.5": _curve,
}


def _up_and_down(trunk, picture):
    """The cursor adds its own cell's weight to what the goal gives."""
    found = []
    for weights in trunk.weights.tolist():
        goal = sum(
            weight * value
            for plane, given in zip(weights[1:], picture[0, 1:].tolist(), strict=True)
            for row, line in zip(plane, given, strict=True)
            for weight, value in zip(row, line, strict=True)
        )
        features = [max(0, goal + weight) for row in weights[0] for weight in row]
        found.append(max(features) - min(features))
    return max(found)


def _looking_ahead(rewards, ended, following, discount):
    """Each reward and what follows is handed to all steps before it, as far as its episode goes."""
    steps, worlds = rewards.shape
    worth = torch.zeros(steps, worlds, dtype=torch.float64)
    for world in range(worlds):
        coming = [*rewards[:, world].tolist(), following[world].item()]
        for place, value in enumerate(coming):
            for step in reversed(range(min(place + 1, steps))):
                if ended[step:place, world].any():
                    break
                worth[step, world] += discount ** (place - step) * value
    return worth


def _mended(rewards, cut, values, discount):
    result = rewards.double().clone()
    for step, world in cut.nonzero().tolist():
        result[step, world] = rewards[step, world].item() + discount * values[step, world].item()
    return result


def _policy(logits):
    powers = [[math.exp(one) for one in row] for row in logits.tolist()]
    return [[one / sum(row) for one in row] for row in powers]


def _three(logits, values, actions, returns):
    n, policy = len(logits), _policy(logits)
    ways = [one - other for one, other in zip(returns.tolist(), values.tolist(), strict=True)]
    return (
        sum(-way * math.log(row[a]) for way, row, a in zip(ways, policy, actions, strict=True)) / n,
        sum(way**2 for way in ways) / n,
        sum(-p * math.log(p) for row in policy for p in row) / n,
    )


def _since(frames, returns, threshold):
    for place, at in enumerate(frames):
        if min(returns[place:]) >= threshold:
            return at
    return math.inf


RIGHT = {
    "11.1": _up_and_down,
    "11.2": _looking_ahead,
    "11.3": _mended,
    "11.4": _three,
    "11.5": _since,
}


def _teaches(answer):
    """Numbers and gradients, of logits (π - made) · advantage, of values 2 · off, and so on."""
    for _ in range(20):
        logits, values, actions, returns = _acted()
        given = logits.requires_grad_(), values.requires_grad_()
        found = answer(*given, actions, returns)
        n, policy = len(logits), torch.tensor(_policy(logits))
        ways = (returns - values).detach()
        entropies = -(policy * policy.log()).sum(1, keepdim=True)
        made = torch.eye(4)[actions]
        wanted = (
            ((policy - made) * ways[:, None], 0 * ways),
            (0 * policy, -2 * ways),
            (-policy * (policy.log() + entropies), 0 * ways),
        )
        for one, right, slopes in zip(
            found, _three(logits, values, actions, returns), wanted, strict=True
        ):
            told = torch.autograd.grad(
                one, given, retain_graph=True, allow_unused=True, materialize_grads=True
            )
            if abs(one.item() - right) > 1e-5 or not all(
                torch.allclose(ours, theirs / n, atol=1e-5)
                for ours, theirs in zip(told, slopes, strict=True)
            ):
                return False
    return True


HOLDS = {"11.4": _teaches}
