"""What is right, found in another way than the checkers': by drawing, counting and calling torch.

`DRAWN` makes an exercise's arguments at random; `RIGHT` answers them; those about boxes stand in
`boxes`, about canvases and squares in `canvases`, about two arms' differences in `comparisons`,
about places and a game of two networks in `games`, about latents in `latents`, about steps of a
network in `lessons`, about what is pooled in `regressors`, about agents in `rollouts`, about fair
comparisons in `trials`. Where a right answer has no arguments, or more than one result, `HOLDS`
tells whether it does what was asked. No checker is called here.
"""

from __future__ import annotations

import math
import random

import torch
from torch import nn
from torch.nn import functional as F

from tests.exercises import (
    boxes,
    canvases,
    comparisons,
    games,
    latents,
    lessons,
    regressors,
    rollouts,
    trials,
)

pick = random.Random(7)


def _places(n, canvas, square):
    low, high = square // 2, canvas - square // 2 - 1
    return torch.tensor([[pick.randint(low, high), pick.randint(low, high)] for _ in range(n)])


def _canvas():
    square = pick.choice([1, 3, 5, 7])
    return pick.randint(square + 1, 24), square


def _with_places():
    canvas, square = _canvas()
    return _places(pick.randint(1, 4), canvas, square), canvas, square


def _picture(*shape):
    return torch.tensor([pick.gauss(0, 1) for _ in range(math.prod(shape))]).view(shape)


def _history():
    n = pick.randint(1, 5)
    values = [[pick.choice([1, 1, 1, 0.5, 0.999]) for _ in range(n)] for _ in range(2)]
    return {
        "step": [pick.randint(5, 9) * (k + 1) for k in range(n)],
        "train_accuracy": values[0],
        "test_accuracy": values[1],
    }


def _booleans(n, h, w):
    return torch.tensor([pick.random() < 0.3 for _ in range(n * h * w)]).view(n, h, w)


def _map_and_square():
    square = torch.zeros(6, 7, dtype=torch.bool)
    square[1:4, 2:5] = True
    map = torch.tensor([[pick.randint(0, 3) * 0.2 for _ in range(7)] for _ in range(6)])
    return (map + 0.1 * square if pick.random() < 0.5 else map), square


class _Coord(nn.Module):
    """A CoordConv layer written out, to be called alone."""

    def __init__(self):
        super().__init__()
        self.in_channels = pick.randint(1, 3)
        self.conv = nn.Conv2d(self.in_channels + 2, 4, 3, padding=1)

    def forward(self, images):
        images = images if images.ndim == 4 else images[None]
        extra = _coords(*images.shape[2:]).expand(len(images), -1, -1, -1)
        return self.conv(torch.cat([images, extra], 1)).detach()


def _coords(h, w):
    one = [[[2 * j / (w - 1) - 1 if w > 1 else 0.0 for j in range(w)] for _ in range(h)]]
    other = [[[2 * i / (h - 1) - 1 if h > 1 else 0.0] * w for i in range(h)]]
    return torch.tensor(one + other)


def _a_layer():
    c_in, c_out, k = pick.randint(1, 3), pick.randint(1, 3), pick.choice([1, 3])
    return (
        _picture(pick.randint(1, 3), c_in, 4, 6),
        _picture(c_out, c_in + 2, k, k),
        _picture(c_out),
    )


DRAWN = {
    "0.1": lambda: (pick.randint(0, 9), pick.randint(0, 9), pick.randint(10, 12)),
    "1.1": _canvas,
    "1.2": _with_places,
    "1.3": lambda: _with_places()[:2],
    "2.1": lambda: (
        (_picture(*[pick.randint(1, 3)] * 2), _picture(*[pick.randint(1, 4)] * 2))
        + (pick.randint(1, 3),)
    ),
    "2.2": lambda: (pick.randint(1, 4), pick.randint(2, 4)),
    "2.3": lambda: (_picture(2, 8, 8).abs(), _places(2, 8, 1), pick.randint(0, 2)),
    "2.4": lambda: ([pick.randint(1, 4) for _ in range(pick.randint(1, 3))],),
    "3.1": lambda: (pick.randint(1, 5), pick.randint(1, 5)),
    "3.3": lambda: (_Coord(), pick.randint(3, 6), pick.randint(3, 6)),
    "4.1": lambda: (pick.randint(1, 9),),
    "4.2": lambda: (
        [
            (pick.choice(["conv", "deconv"]), *(pick.randint(1, 5) for _ in range(4)))
            for _ in range(pick.randint(1, 3))
        ],
    ),
    "4.3": lambda: (_history(),),
    "4.4": _a_layer,
    "5.1": lambda: (_places(pick.randint(1, 6), 30, 3),),
    "5.2": lambda: (_picture(pick.randint(1, 5), pick.randint(2, 5)),),
    "6.1": lambda: (_booleans(3, 3, 4), _booleans(3, 3, 4) & (pick.random() < 0.7)),
    "6.2": lambda: (pick.randint(1, 5), pick.randint(-6, 6), pick.randint(-6, 6)),
    "6.6": _map_and_square,
    **boxes.DRAWN,
    **canvases.DRAWN,
    **comparisons.DRAWN,
    **games.DRAWN,
    **latents.DRAWN,
    **regressors.DRAWN,
    **rollouts.DRAWN,
}


def _inside(p, canvas, square):
    return [
        [
            [
                float(abs(column - x) <= square // 2 and abs(row - y) <= square // 2)
                for column in range(canvas)
            ]
            for row in range(canvas)
        ]
        for x, y in p.tolist()
    ]


def _mass(maps, p, d):
    return [
        sum(
            m[row, column].item()
            for row in range(8)
            for column in range(8)
            if max(abs(row - y), abs(column - x)) <= d
        )
        for m, (x, y) in zip(maps, p.tolist(), strict=True)
    ]


def _deconvolution(m, k):
    widths = [2, 64 * m, 64 * m, 64 * m, 32 * m, 32 * m, 1]
    layers = [nn.ConvTranspose2d(a, b, k) for a, b in zip(widths, widths[1:], strict=False)]
    layers += [nn.BatchNorm2d(c) for c in widths[1:-1]]
    return sum(one.numel() for layer in layers for one in layer.parameters())


def _coordconv(m):
    widths = [4, 32 * m, 32 * m, 64 * m, 64 * m, 1]
    layers = [nn.Conv2d(a, b, 1) for a, b in zip(widths, widths[1:], strict=False)]
    return sum(one.numel() for layer in layers for one in layer.parameters())


def _rings(dilations):
    row = [0] * 40 + [1] * 80 + [0] * 40  # 1: has seen nothing but the picture
    for d in dilations:
        row = [
            int(bool(row[n]) and row[n - d] == 1 and row[n + d] == 1) if 40 <= n < 120 else 0
            for n in range(160)
        ]
    return (80 - sum(row)) // 2


def _since(history):
    since = math.inf
    for n in range(len(history["step"])):
        if {*history["train_accuracy"][n:], *history["test_accuracy"][n:]} == {1}:
            return history["step"][n]
    return since


def _both(images, weight, bias):
    joined = torch.cat([images, _coords(4, 6).expand(len(images), -1, -1, -1)], 1)
    result = F.conv2d(joined, weight, bias, padding="same")
    return result, result


def _iou(painted, target):
    result = []
    for one, other in zip(painted.tolist(), target.tolist(), strict=True):
        a, b = (
            {(r, c) for r, row in enumerate(m) for c, v in enumerate(row) if v}
            for m in (one, other)
        )
        result.append(len(a & b) / len(a | b) if a | b else 1.0)
    return result


def _shifted(size, dx, dy):
    one = {(c, r) for c in range(size) for r in range(size)}
    other = {(c + dx, r + dy) for c, r in one}
    return len(one & other) / len(one | other)


RIGHT = {
    "0.1": lambda x, y, canvas: [
        (column, row) for row in range(canvas) for column in range(canvas)
    ].index((x, y)),
    "1.1": lambda canvas, square: [
        (x, y)
        for x in range(canvas)
        for y in range(canvas)
        if all(square // 2 <= one < canvas - square // 2 for one in (x, y))
    ],
    "1.2": _inside,
    "1.3": lambda p, canvas: [2 * x > canvas and 2 * y > canvas for x, y in p.tolist()],
    "2.1": lambda p, s, stride: F.conv_transpose2d(p[None, None], s[None, None], stride=stride)[
        0, 0
    ],
    "2.2": _deconvolution,
    "2.3": _mass,
    "2.4": _rings,
    "3.1": _coords,
    "3.3": lambda layer, h, w: layer(torch.zeros(layer.in_channels, h, w))[0],
    "4.1": _coordconv,
    "4.2": lambda layers: sum(
        nn.Conv2d(i, o, k, bias=False).weight.numel() * n * n for _, i, o, k, n in layers
    ),
    "4.3": _since,
    "4.4": _both,
    "5.1": lambda train: [sum(along) / len(train) for along in zip(*train.tolist(), strict=True)],
    "5.2": lambda ramp: max(map(max, ramp.tolist())) - min(map(min, ramp.tolist())),
    "6.1": _iou,
    "6.2": _shifted,
    "6.6": lambda map, square: not set(map[square].tolist()) & set(map[~square].tolist()),
    **boxes.RIGHT,
    **canvases.RIGHT,
    **comparisons.RIGHT,
    **games.RIGHT,
    **latents.RIGHT,
    **regressors.RIGHT,
    **rollouts.RIGHT,
}


def _kind_mask(mask):
    held = [(x, y) for x in range(2, 30) for y in range(2, 30) if mask[y, x]]
    for x, y in held:
        near = [
            (x + i, y + j)
            for i in range(-2, 3)
            for j in range(-2, 3)
            if i * i + j * j <= 4 and 2 <= x + i < 30 and 2 <= y + j < 30 and not mask[y + j, x + i]
        ]
        if not near or any(
            round(sum(one) / len(near)) != right
            for one, right in zip(zip(*near, strict=True), (x, y), strict=True)
        ):
            return False
    return 0.2 * 28**2 <= len(held) < 28**2


def _dots():
    places = [(0, 0), (63, 0), (0, 63), (63, 63), (20, 41), (31, 32)]
    pictures = torch.zeros(len(places), 1, 64, 64)
    for one, (x, y) in zip(pictures, places, strict=True):
        one[0, y, x] = 1
    joined = torch.cat([pictures, _coords(64, 64).expand(len(places), -1, -1, -1)], 1)
    return joined.double(), torch.tensor(places).double() / 64


def _regress(pool):
    def holds(result):
        pictures, wanted = _dots()
        weight, bias = (torch.as_tensor(one).double() for one in result)
        found = pool(F.conv2d(pictures, weight[:, :, None, None], bias))
        return torch.allclose(found, wanted, rtol=0, atol=2e-6)

    return holds


def _hidden(first, bias):
    """Of the four hidden units, for some positions: (n, 4, 64, 64)."""
    places = torch.tensor([(4, 4), (59, 4), (4, 59), (30, 45), (31, 12)])
    scaled = ((2 * places - 63) / 63).double()[:, :, None, None].expand(-1, -1, 64, 64)
    pixels = torch.cat([scaled, _coords(64, 64).double().expand(5, -1, -1, -1)], 1)
    return places, F.conv2d(pixels, torch.as_tensor(first).double()[:, :, None, None], bias).relu()


def _mirror(result):
    places, hidden = _hidden(result[0], None)
    logits = torch.einsum("h,nhij->nij", torch.as_tensor(result[1]).double(), hidden)
    for one, (x, y) in zip(logits, places.tolist(), strict=True):
        if (one >= one[y, 63 - x] - 1e-9).sum() != 1:
            return False
    return True


def _square(result):
    first, first_bias, second, last = (torch.as_tensor(one).double() for one in result)
    places, hidden = _hidden(first, first_bias)
    value = torch.einsum("h,nhij->nij", second, hidden) + last
    return torch.equal((value > 0).double(), torch.tensor(_inside(places, 64, 9)).double())


def _given(holds, *case):
    """What holds of an answer's result, as something that holds of the answer."""
    return lambda answer: holds(answer(*case))


HOLDS = {
    "1.4": _given(lambda mask: _kind_mask(torch.as_tensor(mask)), 32, 5),
    "3.4": _given(_mirror),
    "5.3": _given(_regress(lambda found: found.amax((2, 3)))),
    "5.4": _given(_regress(lambda found: found.relu().mean((2, 3)))),
    "6.7": _given(_square),
    **canvases.HOLDS,
    **comparisons.HOLDS,
    **games.HOLDS,
    **latents.HOLDS,
    **lessons.HOLDS,
    **regressors.HOLDS,
    **rollouts.HOLDS,
    **trials.HOLDS,
}
