"""What is right in notebook 05's workshop, found in another way than the checkers': a number at a
time, in plain Python and NumPy.

`DRAWN` makes an exercise's arguments at random and `RIGHT` answers them; `HOLDS` tells whether a
class makes what it should, or an answer that draws does so as was asked.
"""

from __future__ import annotations

import math
import random

import numpy as np
import torch

pick = random.Random(55)


def _numbers(*shape):
    return torch.tensor([pick.gauss(0, 1) for _ in range(math.prod(shape))]).view(shape)


def _maps():
    n, height, width = pick.randint(1, 5), pick.randint(2, 6), pick.randint(2, 6)
    places = [[pick.randrange(width), pick.randrange(height)] for _ in range(n)]
    return _numbers(n, 2, height, width), torch.tensor(places)


DRAWN = {"5.6": _maps}


def _dots_win(maps, positions):
    won = np.zeros(2)
    for pair, (x, y) in zip(maps.numpy(), positions.tolist(), strict=True):
        for channel, one in enumerate(pair):
            row, column = np.argwhere(one == one.max())[0]
            won[channel] += abs(column - x) < 3 and abs(row - y) < 3
    return won / len(maps)


RIGHT = {"5.6": _dots_win}


def _pixels(picture):
    """A picture with its coordinates, (3, height, width)."""
    height, width = picture.shape
    channels = np.zeros((3, height, width))
    for row, column in np.ndindex(height, width):
        x, y = 2 * column / (width - 1) - 1, 2 * row / (height - 1) - 1
        channels[:, row, column] = picture[row, column], x, y
    return channels


def _filtered(channels, weight, bias):
    rim = weight.shape[-1] // 2
    padded = np.pad(channels, ((0, 0), (rim, rim), (rim, rim)))
    result = np.empty((len(weight), *channels.shape[1:]))
    for out, row, column in np.ndindex(result.shape):
        seen = padded[:, row : row + 2 * rim + 1, column : column + 2 * rim + 1]
        result[out, row, column] = (seen * weight[out]).sum() + bias[out]
    return result


def _regresses(made):
    for n, height, width in ((2, 3, 4), (1, 5, 3)):
        network = made(lambda maps: maps.flatten(2)[:, :, -2] - 2 * maps.amax((2, 3)))
        for each in network.parameters():
            each.data = _numbers(*each.shape)
        values = [each.detach().double().numpy() for each in network.parameters()]
        given = _numbers(n, 1, height, width)
        maps, answers = (call(given).detach().numpy() for call in (network.maps, network))
        if maps.shape != (n, 2, height, width) or answers.shape != (n, 2):
            return False
        for picture, drawn, told in zip(given, maps, answers, strict=True):
            wanted = _pixels(picture[0].numpy())
            for layer in zip(values[::2], values[1::2], strict=True):
                wanted = _filtered(wanted, *layer)
            pooled = wanted[:, -1, -2] - 2 * wanted.max((1, 2))
            room = 1e-5 * abs(wanted).max()
            if abs(drawn - wanted).max() > room or abs(told - pooled).max() > 3 * room:
                return False
    return True


def _notices(answer):
    for shape in ((2, 3, 4, 5), (3, 1, 6, 3)):
        maps, seen = _numbers(*shape), []

        def first(given, seen=seen):
            seen.append(given.clone())
            return given[:, :, 0, 0]

        generator = torch.Generator().manual_seed(pick.randrange(100))
        before = generator.get_state()
        found = float(answer(first, maps, generator))
        (mixed,) = [one for one in seen if one.shape == maps.shape and not torch.equal(one, maps)]
        ours, theirs = (
            sorted(map(tuple, one.flatten(2).permute(2, 0, 1).flatten(1).tolist()))
            for one in (maps, mixed)
        )
        wanted = max(
            abs(a - b)
            for a, b in zip(
                *(one[:, :, 0, 0].flatten().tolist() for one in (maps, mixed)), strict=True
            )
        )
        if ours != theirs or abs(found - wanted) > 1e-6:
            return False
        if torch.equal(generator.get_state(), before):
            return False
    return True


HOLDS = {"5.5": _regresses, "5.7": _notices}
