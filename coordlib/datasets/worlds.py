"""Three worlds of digits, each put somewhere on a canvas: may a network lean on where they lie?

The canvas has CELLS cells, two rows of five. In the world "irrelevant" a digit lies anywhere, and
its kind is asked for. In "place" a digit lies anywhere, and the number of its cell is asked for. In
"biased" its kind is asked for, and it mostly lies in the cell of that number: a network that leans
on this is misled as soon as digits lie anywhere. (The worlds are the course's, not the paper's.)
"""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional as F

from coordlib import checks
from coordlib.datasets.digits import Digits

WORLDS = ("irrelevant", "biased", "place")
WORLD_CANVAS = 32  # pixels along each side
WORLD_DIGIT = 13  # pixels along each side of a digit, its margin included
LED = 0.9  # of the digits in the biased world lie in their cell; the others anywhere
CELLS = 10
_COLUMNS = 5


def world(digits: Digits, name: str, *, seed: int = 0) -> Digits:
    """Each digit, made smaller, somewhere on a canvas of its own, with what is asked for as label.

    Its place is drawn evenly from its cell, and the cell from all of them, unless the world leads
    it to its own; the same seed gives the same pictures everywhere.

    Raises ValueError for a name that is not one of WORLDS.
    """
    checks.one_of("name", name, WORLDS)
    number, generator = len(digits), np.random.RandomState(seed)
    cells = torch.from_numpy(generator.randint(CELLS, size=number))
    if name == "biased":
        led = torch.from_numpy(generator.random_sample(number) < LED)
        cells = torch.where(led, digits.labels, cells)
    within = torch.from_numpy(generator.random_sample((2, number)))
    # A digit's first pixel has 20 places along each side: 4 in a column of cells, 10 in a row.
    places = WORLD_CANVAS - WORLD_DIGIT + 1
    left = ((cells % _COLUMNS + within[0]) * places / _COLUMNS).long()
    top = ((cells // _COLUMNS + within[1]) * places * _COLUMNS / CELLS).long()

    small = F.adaptive_avg_pool2d(digits.images[:, None].float(), WORLD_DIGIT)[:, 0]
    along = torch.arange(WORLD_DIGIT)
    rows, columns = (top[:, None] + along)[:, :, None], (left[:, None] + along)[:, None, :]
    images = torch.zeros(number, WORLD_CANVAS, WORLD_CANVAS, dtype=torch.uint8)
    images[torch.arange(number)[:, None, None], rows, columns] = small.round().byte()
    return Digits(images, cells if name == "place" else digits.labels)
