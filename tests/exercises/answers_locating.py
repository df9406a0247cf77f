"""Answers for notebook 05: right ones, and wrong ones with part of what they hear."""

import numpy as np
import torch


def by_hand(train):
    return [sum(along) / len(train) for along in zip(*train.tolist(), strict=True)]


def eight(dot=2.0, slope=63 / 128, offset=0.0, scale=1.0):
    """Numbers that are right for a maximum, and with scale 4,096 for a ReLU and a mean."""
    weight = scale * torch.tensor([[dot, slope, 0], [dot, 0, slope]])
    return weight, torch.full((2,), scale * (slope - dot) + offset)


def different_heights():
    return [[1.5, 63 / 128, 0], [7, 0, 63 / 128]], [63 / 128 - 1.5, 63 / 128 - 7]


def other_heights():
    weight, bias = different_heights()
    return 4096 * torch.tensor(weight), 4096 * torch.tensor(bias)


RIGHT = {
    "5.1": [
        lambda train: train.numpy().mean(0),
        lambda train: train.double().mean(0).half(),
        lambda train: train.float().mean(0),
        by_hand,
    ],
    "5.2": [
        lambda ramp: np.ptp(ramp.numpy()),
        lambda ramp: (ramp.max() - ramp.min()).bfloat16(),
        lambda ramp: ramp.max() - ramp.min(),
        lambda ramp: max(max(row) for row in ramp.tolist()) + (-ramp).max().item(),
    ],
    "5.3": [
        lambda: tuple(part.half() for part in eight()),
        lambda: [part.numpy() for part in eight(1000.0)],
        eight,
        different_heights,
    ],
    "5.4": [
        lambda: eight(scale=4096, dot=30.0),
        lambda: [part.double().tolist() for part in eight(scale=4096)],
        lambda: eight(scale=4096),
        other_heights,
    ],
}

WRONG = {
    "5.1": [
        (lambda train: train.mean(0), "could not infer output dtype"),
        (lambda train: train.float().sum(0) / (len(train) - 1), "divide by n"),
        (lambda train: [22.6, 22.6], "mean squared error is"),
        (lambda train: train.float().mean(0).flip(0), "x and y are swapped"),
        (lambda train: train.float().mean(), "shape (); wanted is (2,)"),
        (lambda train: train.float().mean(1), "shape (2407,); wanted is (2,)"),
        (lambda train: train.median(0).values, "this is the median"),
        (lambda train: train.float().quantile(0.5, 0), "this is the median"),
        (lambda train: (train.amin(0) + train.amax(0)) / 2, "halfway between the smallest and"),
        (lambda train: train.float().mean(0).round(), "these are whole pixels"),
        (lambda train: train.sum(0) // len(train), "these are whole pixels"),
        (lambda train: [20, 20], "mean squared error is"),
        (lambda train: "the middle", "the result is a str"),
    ],
    "5.2": [
        (lambda ramp: 2 * (ramp.max() - ramp.min()), "but with less it would as well"),
        (lambda ramp: torch.nan, "nan is no height"),
        (lambda ramp: ramp[-1, -1] - ramp[0, 0], "you compare two corners"),
        (lambda ramp: ramp.abs().max(), "the largest of all sizes"),
        (lambda ramp: ramp.max(), "this is the ramp's top"),
        (lambda ramp: ramp.min() - ramp.max(), "the sign is turned"),
        (lambda ramp: ramp.max() - ramp.mean(), "not for a dot at the ramp's foot"),
        (lambda ramp: (ramp.amax(1) - ramp.amin(1)).max(), "enough against its own row"),
        (lambda ramp: (ramp.amax(0) - ramp.amin(0)).max(), "enough against its own column"),
        (
            lambda ramp: (ramp.amax(0) - ramp.amin(0)).max() + (ramp.amax(1) - ramp.amin(1)).max(),
            "right for a plane; a ramp may be bent",
        ),
        (
            lambda ramp: ramp[0].max() - ramp[0].min() + ramp[:, 0].max() - ramp[:, 0].min(),
            "does not win",
        ),
        (lambda ramp: ramp.std(), "with a height of 0.4414, a dot in row 4, column 4 does not win"),
        (lambda ramp: ramp.amax(1), "has shape (9,); wanted is one number"),
    ],
    "5.3": [
        (lambda: eight(slope=0.4922), "x runs from"),
        (lambda: eight(slope=0.4922, dot=1000.0), "x runs from"),
        (lambda: eight(dot=0.5), "for x and a dot at (0, 0) the maximum is not at the dot, it is"),
        (lambda: eight(offset=2.0), "every x is off by 2 (128 px): the slope is right"),
        (lambda: eight(offset=1 / 128), "every x is off by 0.007812 (0.5 px): the slope is right"),
        (lambda: eight(dot=1e7), "every x is off by -0.4922 (-31.5 px)"),
        (lambda: [part.bfloat16() for part in eight(slope=0.5)], "x runs from 0 to 1 across"),
        (
            lambda: ([[1, 63 / 128, 0.01], [1, 0, 63 / 128]], [63 / 128 - 1] * 2),
            "the answer for x depends on the other coordinate too: its weight is 0.01",
        ),
        (lambda: eight(slope=1.0, dot=4), "x runs from 0 to 2 across the canvas"),
        (lambda: eight(slope=0.5, dot=4), "x runs from 0 to 1 across the canvas"),
        (lambda: tuple(part.flip(0) for part in eight()), "x and y are swapped"),
        (
            lambda: (torch.tensor([[4, 63 / 128, 63 / 128], [4, 0, 63 / 128]]), eight(4)[1]),
            "the answer for x depends on the other coordinate too",
        ),
        (lambda: (eight()[0].T, eight()[1]), "weight has shape (3, 2) and bias (2,)"),
        (lambda: [eight()[0]], "the result has 1 part; wanted are 2 things"),
    ],
    "5.4": [
        (lambda: eight(slope=0.4922, scale=4096), "x runs from"),
        (lambda: eight(dot=1e10, scale=4096), "x runs from 0 to 0.4922"),
        (
            lambda: (eight(scale=4096)[0] + 41, eight(scale=4096)[1]),
            "the answer for x depends on the other coordinate too: its weight is 41",
        ),
        (lambda: eight(scale=4095), "x runs from 0 to 0.9841"),
        (lambda: eight(scale=4096, offset=32), "every x is off by 0.007812 (0.5 px): the slope"),
        (lambda: [1, 2], "weight has shape ()"),
        (lambda: 3, "the result is an int"),
        (eight, "all answers are 4,096 times too small"),
        (
            lambda: eight(dot=0.5, scale=4096),
            "pixels of an empty canvas are above 0 and get into the mean",
        ),
        (lambda: (4096 * eight()[0], eight()[1]), "pixels of an empty canvas are above 0"),
        (lambda: (eight()[0], 4096 * eight()[1]), "the ReLU cuts off the dot as well"),
        (lambda: eight(scale=1000), "x runs from 0 to 0.2403 across the canvas"),
        (lambda: tuple(part.flip(0) for part in eight(scale=4096)), "x and y are swapped"),
    ],
}
