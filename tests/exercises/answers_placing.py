"""Answers for notebook 10's last exercise: a world in which the place mostly tells the label."""

import numpy as np
import torch


def places(labels, cells, share, generator, led=None, anywhere=None):
    led = led or (lambda: torch.rand(len(labels), generator=generator) < share)
    anywhere = anywhere or (lambda: torch.randint(cells, (len(labels),), generator=generator))
    return torch.where(led(), labels, anywhere())


def places_by_loop(labels, cells, share, generator):
    """Another right form: an example at a time, as a list."""
    drawn = []
    for label in labels.tolist():
        if torch.rand(1, generator=generator) < share:
            drawn.append(label)
        else:
            drawn.append(torch.randint(cells, (1,), generator=generator).item())
    return drawn


def places_from_the_chances(labels, cells, share, generator):
    """Another right form: each label's row of chances."""
    chances = share * torch.eye(cells) + (1 - share) / cells
    return torch.multinomial(chances[labels], 1, generator=generator)[:, 0]


def places_of_one_number(labels, cells, share, generator):
    """Another right form: what the coin leaves of one number tells the place."""
    drawn = torch.rand(len(labels), generator=generator, dtype=torch.float64).numpy()
    rest = (drawn - share) / (1 - share) if share < 1 else drawn
    return np.where(drawn < share, labels.numpy(), np.floor(rest * cells))


def others_only(labels, cells, share, generator):
    away = 1 + torch.randint(cells - 1, labels.shape, generator=generator)
    return places(labels, cells, share, generator, anywhere=lambda: (labels + away) % cells)


def correlated(labels, cells, share, generator):
    drawn = torch.rand(labels.shape, generator=generator)
    return torch.where(drawn < share, labels, (drawn * cells).long())


def overwritten(labels, cells, share, generator):
    labels[:] = places(labels, cells, share, generator)
    return labels


RIGHT = {
    "10.1": [places, places_by_loop, places_from_the_chances, places_of_one_number],
}

NOTHING_DRAWN = "nothing is drawn from `generator`: hand it on"

WRONG = {
    "10.1": [
        (
            lambda labels, cells, share, generator: places(labels, cells, 1 - share, generator),
            "turned round: `share` of the examples are led",
        ),
        (others_only, "who is not led may lie in any place, by chance in the own one as well"),
        (
            lambda labels, cells, share, generator: others_only(
                labels, cells, 1 - share, generator
            ),
            "turned round, and who is not led may lie in any place",
        ),
        (
            lambda labels, cells, share, generator: places(labels, cells, 0, generator),
            "the places have nothing to do with the labels",
        ),
        (
            lambda labels, cells, share, generator: places(labels, cells, 1, generator),
            "every example lies in its own place",
        ),
        (
            lambda labels, cells, share, generator: others_only(labels, cells, 0, generator),
            "no example lies in its own place",
        ),
        (
            lambda labels, cells, share, generator: places(labels, cells, 0.9, generator),
            "`share` is not always 0.9",
        ),
        (
            lambda labels, cells, share, generator: places(
                places(labels, cells, share, generator) * 0 + labels, cells, share**2, generator
            ),
            "too few are led",
        ),
        (
            lambda labels, cells, share, generator: places(
                labels,
                cells,
                share,
                generator,
                anywhere=lambda: torch.randint(cells, (1,), generator=generator),
            ),
            "draw a place for each",
        ),
        (
            lambda labels, cells, share, generator: places(
                labels,
                cells,
                share,
                generator,
                led=lambda: torch.rand(1, generator=generator) < share,
            ),
            "of the examples labelled 0 lie in place 0; it should be about 73.3%",
        ),
        (correlated, "all that do not lie in their own place lie in place"),
        (
            lambda labels, cells, share, generator: places(
                labels,
                cells,
                share,
                generator,
                led=lambda: torch.randperm(len(labels), generator=generator) < share * len(labels),
            ),
            "asked for one example alone, 300 times, you put it in its own place 100% of the times",
        ),
        (
            lambda labels, cells, share, generator: places(
                labels,
                cells,
                share,
                generator,
                led=lambda: torch.arange(len(labels)) < share * len(labels),
            ),
            "with 4 places and a share of 0.9, ",
        ),
        (
            lambda labels, cells, share, generator: places(
                labels,
                cells,
                share,
                generator,
                anywhere=lambda: torch.arange(len(labels)) % cells,
            ),
            "of the examples in their place; it should be about 57%",
        ),
        (lambda *case: places(*case[:-1], None), NOTHING_DRAWN),
        (lambda *case: places(*case[:-1], torch.Generator().manual_seed(1)), NOTHING_DRAWN),
        (
            lambda *case: places(*case[:-1], case[-1].manual_seed(1)),
            "`generator` gets a seed of yours",
        ),
        (
            lambda labels, cells, share, generator: places(
                labels, cells, share, generator, anywhere=lambda: torch.randint_like(labels, cells)
            ),
            "asked again with the same seed, you give other numbers",
        ),
        (lambda *case: places(*case) + 1, "the result holds 3; a place is a whole number from 0"),
        (lambda *case: places(*case) * 0.99, "a place is a whole number from 0 to 2"),
        (lambda *case: places(*case) == case[0], "the result holds booleans; wanted are places"),
        (
            lambda *case: places(*case)[:-1],
            "has shape (5999,); wanted is (6000,), a place for each",
        ),
        (overwritten, "changes `labels`"),
    ],
}
