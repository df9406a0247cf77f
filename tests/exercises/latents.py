"""What is right in notebook 08, found in another way than the checkers': a number at a time, in
plain Python and NumPy.

`DRAWN` makes an exercise's arguments at random and `RIGHT` answers them; `HOLDS` tells whether an
answer that draws does so as was asked, or a class makes what it should.
"""

from __future__ import annotations

import math
import random
import statistics

import numpy as np
import torch

pick = random.Random(8)


def _numbers(*shape):
    return torch.tensor([pick.gauss(0, 1) for _ in range(math.prod(shape))]).view(shape)


def _decode(latents):
    rows = [[math.sin(k + sum(latent)) for k in range(12)] for latent in latents.tolist()]
    return torch.tensor(rows).view(-1, 3, 2, 2)


def _line():
    size = pick.randint(1, 4)
    return _decode, _numbers(size), _numbers(size), pick.randint(2, 6)


DRAWN = {
    "8.2": lambda: (_numbers(pick.randint(1, 3), pick.randint(1, 3)), pick.randint(2, 5)),
    "8.4": _line,
    "8.5": lambda: (9 * _numbers(pick.randint(1, 4), pick.randint(2, 6), 2),),
}


def _pixels(latents, side):
    result = np.empty((len(latents), latents.shape[1] + 2, side, side))
    for example, row, column in np.ndindex(len(latents), side, side):
        place = [2 * one / (side - 1) - 1 for one in (column, row)]
        result[example, :, row, column] = [*latents[example].tolist(), *place]
    return result


def _pictures(decode, start, end, frames):
    parts = [frame / (frames - 1) for frame in range(frames)]
    return [decode(((1 - part) * start + part * end)[None])[0] for part in parts]


def _longest(centres):
    return [
        max(math.hypot(c - a, d - b) for (a, b), (c, d) in zip(walk, walk[1:], strict=False))
        / math.hypot(walk[-1][0] - walk[0][0], walk[-1][1] - walk[0][1])
        for walk in centres.tolist()
    ]


RIGHT = {"8.2": _pixels, "8.4": _pictures, "8.5": _longest}


def _draws(answer):
    generator = torch.Generator().manual_seed(2)
    for middle, variance in ((0.0, 1.0), (-2.0, 0.2), (3.0, 5.0)):
        mean = torch.full((5_000, 2), middle, requires_grad=True)
        logarithm = torch.full((5_000, 2), math.log(variance), requires_grad=True)
        drawn = answer(mean, logarithm, generator)
        slopes = torch.autograd.grad(drawn.sum(), (mean, logarithm))
        found = statistics.NormalDist.from_samples(drawn.flatten().tolist())
        if abs(found.mean - middle) > 0.1 or abs(found.variance / variance - 1) > 0.1:
            return False
        wanted = np.ones((5_000, 2)), (drawn.detach() - middle) / 2
        if not all(map(np.allclose, slopes, wanted, [1e-4] * 2, [1e-4] * 2)):
            return False
    return True


def _paints(made):
    for latents, side, width in ((2, 3, 5), (4, 2, 6)):
        network, given = made(latents, side, width), _numbers(3, latents)
        values = [each.detach().double().numpy() for each in network.parameters()]
        layers = [(one[:, :, 0, 0], other) for one, other in zip(*[iter(values)] * 2, strict=True)]
        widths = [len(one) for one, _ in layers]
        found = network(given).detach()
        if widths != [width, width, width, 3] or found.shape != (3, 3, side, side):
            return False
        pixels = _pixels(given, side)
        for example, row, column in np.ndindex(3, side, side):
            value = pixels[example, :, row, column]
            for number, (weight, bias) in enumerate(layers):
                value = weight @ value + bias
                value = value if number == 3 else np.maximum(value, 0)
            if not np.allclose(found[example, :, row, column], value, atol=1e-5):
                return False
    return True


HOLDS = {"8.1": _draws, "8.3": _paints}
