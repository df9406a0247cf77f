"""Answers for notebook 02: right ones, and wrong ones with part of what they hear."""

import itertools
import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from coordlib.tasks import classification


def stamped(picture, stamp, stride, add=True, size=None):
    n, k = len(picture), len(stamp)
    side = stride * (n - 1) + k if size is None else size
    canvas = torch.zeros(side, side, dtype=picture.dtype)
    for row in range(n):
        for column in range(n):
            place = canvas[stride * row : stride * row + k, stride * column : stride * column + k]
            place.copy_(add * place + picture[row, column] * stamp)
    return canvas


def library(picture, stamp, stride):
    return F.conv_transpose2d(picture[None, None], stamp[None, None], stride=stride)[0, 0]


def module(picture, stamp, stride):
    layer = nn.ConvTranspose2d(1, 1, len(stamp), stride, bias=False)
    layer.weight.data[:] = stamp
    return layer(picture[None, None])[0, 0]


def folded(picture, stamp, stride):
    k, side = len(stamp), stride * (len(picture) - 1) + len(stamp)
    stamps = stamp.reshape(-1, 1) * picture.reshape(1, -1)
    return F.fold(stamps[None], (side, side), k, stride=stride)[0, 0]


def placed(picture, stamp, stride):
    """Another right form: where each number of the stamps goes, and all added at once."""
    n, k = len(picture), len(stamp)
    where = stride * torch.arange(n)[:, None] + torch.arange(k)  # (n, k)
    rows, columns = where[:, None, :, None], where[None, :, None, :]
    canvas = torch.zeros(stride * (n - 1) + k, stride * (n - 1) + k)
    canvas.index_put_((rows, columns), picture[:, :, None, None] * stamp, accumulate=True)
    return canvas


def multiplied(picture, stamp, stride):
    """Another right form: a matrix says which pixel's stamp lies where."""
    n, k = len(picture), len(stamp)
    start, tap, place = torch.arange(n), torch.arange(k), torch.arange(stride * (n - 1) + k)
    lies = (stride * start[:, None, None] + tap[:, None] == place).float()  # (n, k, side)
    return torch.einsum("ij,ab,iar,jbc->rc", picture, stamp, lies, lies).tolist()


def gradient(picture, stamp, stride):
    """A transposed convolution is the gradient of a convolution."""
    n, k = len(picture), len(stamp)
    side = stride * (n - 1) + k
    canvas = torch.zeros(1, 1, side, side, dtype=picture.dtype, requires_grad=True)
    F.conv2d(canvas, stamp[None, None], stride=stride).backward(picture[None, None])
    return canvas.grad[0, 0].tolist()


def parameters(m, k, biases=True, norms=2, channels=None):
    hidden = [c * m for c in channels or (64, 64, 64, 32, 32)]
    weights = sum(a * b * k * k for a, b in zip([2, *hidden], [*hidden, 1], strict=True))
    return weights + biases * (sum(hidden) + 1) + norms * sum(hidden)


def built(m, k):
    network = classification.build("deconv", multiplier=m, filter_size=k)
    return sum(p.numel() for p in network.parameters())


def built_in_torch(m, k):
    channels = (2, 64 * m, 64 * m, 64 * m, 32 * m, 32 * m, 1)
    layers = [nn.ConvTranspose2d(a, b, k) for a, b in itertools.pairwise(channels)]
    layers += [nn.BatchNorm2d(c) for c in channels[1:-1]]
    return sum(p.numel() for layer in layers for p in layer.parameters())


def block(maps, positions, distance):
    return [
        one[max(0, y - distance) : y + distance + 1, max(0, x - distance) : x + distance + 1].sum()
        for one, (x, y) in zip(maps, positions.tolist(), strict=True)
    ]


def pooled(maps, positions, distance):
    """Another right form: the sums of all blocks at once, then the ones asked for."""
    size = 2 * distance + 1
    sums = F.avg_pool2d(F.pad(maps, [distance] * 4), size, stride=1) * size**2
    return sums[torch.arange(len(maps)), positions[:, 1], positions[:, 0]]


def disc(maps, positions, distance):
    rows, columns = torch.meshgrid(*map(torch.arange, maps.shape[1:]), indexing="ij")
    x, y = positions.T[:, :, None, None]
    return (maps * ((columns - x) ** 2 + (rows - y) ** 2 <= distance**2)).sum((1, 2))


def careless(maps, positions, distance):
    return [
        one[y - distance : y + distance + 1, x - distance : x + distance + 1].sum()
        for one, (x, y) in zip(maps, positions.tolist(), strict=True)
    ]


def short(maps, positions, distance):
    return [
        one[max(0, y - distance) : y + distance, max(0, x - distance) : x + distance].sum()
        for one, (x, y) in zip(maps, positions.tolist(), strict=True)
    ]


def tried(dilations):
    """Another right form: look which pixels of a constant picture come out different."""
    torch.manual_seed(0)
    layers = [nn.Conv2d(1, 1, 3, padding=d, dilation=d, dtype=torch.float64) for d in dilations]
    for layer in layers:
        nn.init.uniform_(layer.weight, 0.1, 1)
    with torch.no_grad():
        row = nn.Sequential(*layers)(torch.ones(1, 1, 101, 101, dtype=torch.float64))[0, 0, 50]
    return int(((row - row[50]).abs() > 1e-9 * row[50].abs())[:50].sum())


def library_with_a_batch(picture, stamp, stride):
    return F.conv_transpose2d(picture[None, None], stamp[None, None], stride=stride)


def in_place(picture, stamp, stride):
    result = stamped(picture, stamp, stride)
    picture *= 2
    return result


def masked(maps, positions, distance):
    x, y = positions.T[:, :, None]
    columns = ((torch.arange(maps.shape[2]) - x).abs() <= distance).float()
    rows = ((torch.arange(maps.shape[1]) - y).abs() <= distance).float()
    return torch.einsum("nhw,nh,nw->n", maps, rows, columns)


def too_small(picture, stamp, stride):
    side, k = stride * len(picture), len(stamp)
    canvas = torch.zeros(side, side)
    for row in range(len(picture)):
        for column in range(len(picture)):
            top, left = stride * row, stride * column
            canvas[top : top + k, left : left + k] += picture[row, column] * stamp
    return canvas


RIGHT = {
    "2.1": [
        lambda p, s, stride: stamped(p.double(), s.double(), stride).numpy(),
        stamped,
        placed,
        multiplied,
    ],
    "2.2": [
        lambda m, k: torch.tensor(parameters(m, k)),
        lambda m, k: float(parameters(m, k)),
        lambda m, k: (11_264 * m * m + 160 * m) * k * k + 768 * m + 1,
        parameters,
    ],
    "2.3": [
        lambda m, p, d: pooled(m.double(), p, d).half(),
        lambda m, p, d: torch.stack(block(m, p, d)).numpy(),
        masked,
        block,
        pooled,
    ],
    "2.4": [
        lambda d: torch.tensor(d).sum(),
        lambda d: np.sum(d),
        sum,
        tried,
    ],
}

WRONG = {
    "2.1": [
        (lambda p, s, stride: too_small(p, s, stride), "must match the size of tensor b"),
        (library_with_a_batch, "has shape (1, 1, 4, 4); the last stamp"),
        (lambda p, s, stride: stamped(p, s, stride).long(), "behind the decimal point"),
        (in_place, "changes `picture`"),
        (lambda p, s, stride: stamped(p, s, stride, add=False), "the last one wins"),
        (lambda p, s, stride: stamped(p, s.flip(0, 1), stride), "upside down"),
        (lambda p, s, stride: stamped(p, s.T, stride), "columns of the stamp are swapped"),
        (lambda p, s, stride: stamped(p.T, s, stride), "columns of the picture are swapped"),
        (lambda p, s, stride: stamped(p, s, 2), "stride 1: the result has shape (8, 8)"),
        (lambda p, s, stride: stamped(p, s, stride)[:-1, :-1], "shape (3, 3)"),
        (
            lambda p, s, stride: stamped(p, s, stride) + 1,
            "in row 0, column 0 stands 2.875; it should be 1.875",
        ),
        (lambda p, s, stride: "stamps", "the result is a str"),
        (library, "but conv_transpose2d helped; press the stamps and add them up"),
        (module, "but conv_transpose2d helped"),
        (folded, "but fold helped"),
        (gradient, "but conv2d helped"),
    ],
    "2.2": [
        (built, "but coordlib, BatchNorm2d helped; reckon it from multiplier"),
        (built_in_torch, "but BatchNorm2d, ConvTranspose2d helped"),
        (lambda m, k: parameters(m, k) - 64 * m * k * k, "the first stage sees two channels"),
        (lambda m, k: parameters(m, k) if m <= 3 else 0, "for multiplier 4"),
        (lambda m, k: parameters(1, k), "right for multiplier 1"),
        (lambda m, k: parameters(m, k, False, 0), "biases and BatchNorms are missing"),
        (lambda m, k: parameters(m, k, norms=0), "the BatchNorms are missing"),
        (lambda m, k: parameters(m, k, biases=False), "as many are missing as there are biases"),
        (lambda m, k: parameters(m, k, norms=1) - 1, "as many are missing as there are biases"),
        (lambda m, k: parameters(m, k, norms=4), "its mean and variance are measured"),
        (lambda m, k: parameters(m, k, norms=1), "two numbers a channel"),
        (lambda m, k: parameters(m, k) - 1, "the last stage has a bias"),
        (lambda m, k: parameters(m, k) + 1, "a bias belongs to an output channel"),
        (lambda m, k: parameters(m, k) - 64 * m * (2 * k * k + 1), "the first stage is missing"),
        (lambda m, k: parameters(m, k) + 2, "after the last stage there is no BatchNorm"),
        (lambda m, k: parameters(m, k, False, 0) // k + parameters(m, 0), "not k"),
        (lambda m, k: parameters(m, 1), "each filter has k × k taps"),
        (
            lambda m, k: m * m * parameters(1, k, False, 0) + parameters(m, 0),
            "two channels, and the logits are one",
        ),
        (lambda m, k: 46_465, "3 × 3 filters: you count 46,465; there are 102,816 weights alone"),
    ],
    "2.3": [
        (lambda m, p, d: block(m, p[:1].expand_as(p), d), "at the first position"),
        (lambda m, p, d: block(m, p, 1), "with distance 0: `distance` isn't used"),
        (lambda m, p, d: block(m, p, d + 1), "too large by a pixel on each side"),
        (lambda m, p, d: 100 * pooled(m, p, d), "that is in percent"),
        (lambda m, p, d: block(m, p.flip(1), d), "x and y are swapped"),
        (disc, "with distance 1: the corners of the block are missing"),
        (careless, "wrong next to its border"),
        (short, "a column and a row are missing"),
        (lambda m, p, d: 1 - pooled(m, p, d), "farther"),
        (lambda m, p, d: pooled(m, p, d).mean().expand(len(m)), "averaged over the maps"),
        (lambda m, p, d: pooled(m, p, d) / (2 * d + 1) ** 2, "averaged over the block"),
        (lambda m, p, d: pooled(m, p, d).mean(), "the result has shape ()"),
        (lambda m, p, d: pooled(m, p, d) * 2, "around (6, 4) your answer is"),
        (lambda m, p, d: {}, "the result is a dict; put its numbers into a list"),
        (
            lambda m, p, d: block(m, p, d) if len(m) > 1 else [[one] for one in block(m, p, d)],
            "for 1 map the result has shape (1, 1); wanted is (1,), one number",
        ),
    ],
    "2.4": [
        (lambda d: d[-1], "the last layer alone"),
        (lambda d: {1: 1, 3: 3, 31: 31}.get(sum(d), 2), "for dilations [5, 2, 2, 3]"),
        (lambda d: 2 * sum(d) + 1, "how wide a pixel sees"),
        (lambda d: 2 * sum(d), "twice too many"),
        (len, "carries the news 2 rings further, not 1"),
        (max, "the widest layer alone"),
        (lambda d: sum(d) + 1, "one too many"),
        (lambda d: sum(d) - 1, "one too few"),
        (math.prod, "adds up"),
        (
            lambda d: 3 * sum(d),
            "for dilations [1] your answer is 3; a pixel in ring 2 looks 1 pixel outwards and "
            "meets no zeros",
        ),
        (lambda d: 31, "for dilations [1] your answer is 31; a pixel in ring 2 looks 1 pixel"),
        (
            lambda d: sum(d) / 2,
            "for dilations [1] your answer is 0.5; a pixel in ring 1 looks 1 pixel outwards and "
            "meets the border's zeros",
        ),
        (lambda d: min(16, sum(d)), "nothing stops the news after 16 rings"),
        (
            lambda d: min(15, sum(d)),
            "[1, 2, 4, 8, 16] your answer is 15; 15 rings can differ before the last layer, whose "
            "taps are 16 pixels apart",
        ),
    ],
}
