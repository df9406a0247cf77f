"""Answers for notebook 10: a world in which the place mostly tells the label."""

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


def in_pairs(labels, cells, share, generator, shared, columns):
    """Two examples each, next to each other or half the labels apart, share a coin or a place."""
    pairs = len(labels) // 2
    if not pairs:
        return places(labels, cells, share, generator)

    def of_both(one):
        return one[:, None].expand(-1, 2).flatten() if columns else one.repeat(2)

    return places(
        labels,
        cells,
        share,
        generator,
        **{
            "led": {"led": lambda: of_both(torch.rand(pairs, generator=generator) < share)},
            "anywhere": {
                "anywhere": lambda: of_both(torch.randint(cells, (pairs,), generator=generator))
            },
        }[shared],
    )


def of_an_own_generator(labels, cells, share, generator):
    torch.rand(1, generator=generator)
    return places(labels, cells, share, torch.Generator().manual_seed(generator.initial_seed()))


def overwritten(labels, cells, share, generator):
    labels[:] = places(labels, cells, share, generator)
    return labels


RIGHT = {
    "10.1": [places, places_by_loop, places_from_the_chances, places_of_one_number],
}

AGAIN = "asked again with one generator, you leave "
NONE_BEYOND = "with labels 0 to 4, 8 places and a share of 0.5, none lies beyond place 4"
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
            "one coin for all: every example is led, or none is; throw one for each",
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
            AGAIN,
        ),
        (lambda *case: places(*case[:-1], case[-1].manual_seed(case[-1].initial_seed())), AGAIN),
        (of_an_own_generator, AGAIN),
        (
            lambda labels, cells, share, generator: places(
                labels, int(labels.max()) + 1, share, generator
            ),
            NONE_BEYOND,
        ),
        (
            lambda labels, cells, share, generator: places(
                labels, len(labels.unique()), share, generator
            ),
            NONE_BEYOND,
        ),
        (
            lambda labels, cells, share, generator: places(
                labels,
                cells,
                share,
                generator,
                anywhere=lambda: labels[torch.randperm(len(labels), generator=generator)],
            ),
            NONE_BEYOND,
        ),
        (
            lambda *case: in_pairs(*case, "led", columns=True),
            "examples 1 and 2, 3 and 4 and so on, 83% lie both in their own place or both "
            "elsewhere; about 61% should: a coin for each example",
        ),
        (
            lambda *case: in_pairs(*case, "led", columns=False),
            "examples 1 and 3001, 2 and 3002 and so on, 83% lie both",
        ),
        (
            lambda *case: in_pairs(*case, "anywhere", columns=True),
            "lie in the same place; about 33% should: a place for each example",
        ),
        (lambda *case: places(*case[:-1], None), NOTHING_DRAWN),
        (lambda *case: places(*case[:-1], torch.Generator().manual_seed(1)), NOTHING_DRAWN),
        *(
            (
                lambda *case, seed=seed: places(*case[:-1], case[-1].manual_seed(seed)),
                "`generator` gets a seed of yours",
            )
            for seed in (0, 1)
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
