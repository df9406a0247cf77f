"""What is right in notebook 07, found in another way than the checkers': by counting, by convolving
copies, and by the gradients of a game between two linear networks, worked out on paper.

`DRAWN` makes an exercise's arguments at random and `RIGHT` answers them; `HOLDS` tells whether an
answer with more than one right result, or one that trains, does what was asked.
"""

from __future__ import annotations

import copy
import math
import random
from collections import Counter

import torch
from torch import nn
from torch.nn import functional as F

from coordlib.datasets import scenes

pick = random.Random(5)


def _numbers(*shape):
    return torch.tensor([pick.gauss(0, 1) for _ in range(math.prod(shape))]).view(shape)


def _positions():
    low, bins, width = pick.choice([0, 4, -24]), pick.choice([2, 3, 6]), pick.choice([1, 2, 8])
    within = [
        [pick.randrange(bins * width) for _ in range(2)] for _ in range(pick.choice([1, 5, 60]))
    ]
    return torch.tensor(within) + low, low, low + bins * width, bins


def _layer():
    n, z, channels = (pick.randint(1, 4) for _ in range(3))
    return _numbers(channels, z + 2), _numbers(channels), _numbers(n, z), pick.randint(2, 5)


def _two_batches():
    n = pick.randint(1, 5)
    return 3 * _numbers(n), 3 * _numbers(n)


DRAWN = {"7.1": _positions, "7.3": _layer, "7.4": _two_batches}


def _entropy(centres, low, high, bins):
    width = (high - low) // bins
    counts = Counter(((x - low) // width, (y - low) // width) for x, y in centres.tolist())
    shares = [count / len(centres) for count in counts.values()]
    return -sum(share * math.log(share) for share in shares)


def _convolved_copies(weight, bias, latents, side):
    line = [2 * place / (side - 1) - 1 for place in range(side)]
    places = torch.tensor([[line] * side, [[y] * side for y in line]])
    copies = latents[:, :, None, None].repeat(1, 1, side, side)
    joined = torch.cat((copies, places.repeat(len(latents), 1, 1, 1)), 1)
    return F.conv2d(joined, weight[:, :, None, None], bias)


def _mean(values):
    return sum(values) / len(values)


def _sigmoid(logit):
    return 1 / (1 + math.exp(-logit))


def _two_losses(on_real, on_fake):
    real, fake = ([_sigmoid(one) for one in logits.tolist()] for logits in (on_real, on_fake))
    found_out = _mean([-math.log(1 - one) for one in fake])
    return _mean([-math.log(one) for one in real]) + found_out, _mean([-math.log(p) for p in fake])


RIGHT = {"7.1": _entropy, "7.3": _convolved_copies, "7.4": _two_losses}


def _fools(answer):
    for n, side, half in ((300, 32, 5), (1000, 32, 5), (300, 64, 10), (300, 16, 3)):
        centres = torch.as_tensor(answer(n, side, half))
        if centres.shape != (n, 2) or not bool((centres == centres.round()).all()):
            return False
        listed = [tuple(map(int, one)) for one in centres.tolist()]
        real = scenes(n, side=side).centres[:, 1].tolist()
        ours, theirs = (
            sum(-count / n * math.log(count / n) for count in counts.values())
            for counts in (
                Counter((x * 10 // side, y * 10 // side) for x, y in some)
                for some in (listed, real)
            )
        )
        inside = all(half <= x < side - half and half <= y < side - half for x, y in listed)
        if len(set(listed)) > 64 or not inside or ours <= theirs:
            return False
    return True


class _Linear:
    """A linear generator and a linear discriminator, and what one of them is to become by SGD."""

    rate = 0.25

    def __init__(self):
        self.generator = nn.Sequential(nn.Linear(2, 12), nn.Unflatten(1, (3, 2, 2)))
        self.discriminator = nn.Sequential(nn.Flatten(), nn.Linear(12, 1), nn.Flatten(0))
        self.real, self.latents = _numbers(5, 3, 2, 2), _numbers(5, 2)
        for network in (self.generator, self.discriminator):
            for each in network.parameters():
                each.data = _numbers(*each.shape)

    def logits(self):
        """On real pictures and on fakes, plain lists."""
        with torch.no_grad():
            pictures = self.real, self.generator(self.latents)
            return [self.discriminator(each).tolist() for each in pictures]

    def judged(self):
        """The discriminator's weight and bias after its step, (12,) and a number."""
        with torch.no_grad():
            fakes, layer = self.generator(self.latents), self.discriminator[1]
        on_real, on_fake = self.logits()
        pushes = [_sigmoid(one) - 1 for one in on_real], [_sigmoid(one) for one in on_fake]
        weight, bias = layer.weight.detach()[0].clone(), layer.bias.item()
        for pictures, push in zip((self.real, fakes), pushes, strict=True):
            for picture, each in zip(pictures, push, strict=True):
                weight -= self.rate * each / 5 * picture.flatten()
                bias -= self.rate * each / 5
        return weight, bias

    def painted(self):
        """The generator's weight and bias after its step, (12, 2) and (12,)."""
        layer, seen = self.generator[0], self.discriminator[1].weight.detach()[0]
        weight, bias = layer.weight.detach().clone(), layer.bias.detach().clone()
        for latent, logit in zip(self.latents, self.logits()[1], strict=True):
            push = (_sigmoid(logit) - 1) / 5
            weight -= self.rate * push * seen[:, None] * latent
            bias -= self.rate * push * seen
        return weight, bias


def _near(found, wanted):
    return torch.allclose(torch.as_tensor(found), torch.as_tensor(wanted), rtol=0, atol=1e-4)


def _judges(answer):
    for old in (None, 1.0):
        game = _Linear()
        layer, painter = game.discriminator[1], copy.deepcopy(game.generator.state_dict())
        for each in (*game.discriminator.parameters(), *game.generator.parameters()):
            each.grad = None if old is None else torch.full_like(each, old)
        loss = _two_losses(*map(torch.tensor, game.logits()))[0]
        weight, bias = game.judged()
        optimizer = torch.optim.SGD(game.discriminator.parameters(), lr=game.rate)
        told = answer(game.generator, game.discriminator, optimizer, game.real, game.latents)
        left = [each.grad for each in game.generator.parameters()]
        if any(each is not old if old is None else bool((each != old).any()) for each in left):
            return False
        if any(
            not torch.equal(one, painter[key]) for key, one in game.generator.named_parameters()
        ):
            return False
        if not _near(layer.weight[0], weight) or not _near(layer.bias[0], bias):
            return False
        if not _near(float(told), loss):
            return False
    return True


def _paints(answer):
    for old in (None, 1.0):
        game = _Linear()
        layer, judge = game.generator[0], copy.deepcopy(game.discriminator.state_dict())
        for each in game.generator.parameters():
            each.grad = None if old is None else torch.full_like(each, old)
        loss = _two_losses(*map(torch.tensor, game.logits()))[1]
        weight, bias = game.painted()
        optimizer = torch.optim.SGD(game.generator.parameters(), lr=game.rate)
        told = answer(game.generator, game.discriminator, optimizer, game.latents)
        if any(
            not torch.equal(one, judge[key]) for key, one in game.discriminator.state_dict().items()
        ):
            return False
        if not _near(layer.weight, weight) or not _near(layer.bias, bias):
            return False
        if not _near(float(told), loss):
            return False
    return True


HOLDS = {"7.2": _fools, "7.5": _judges, "7.6": _paints}
