"""Answers for notebook 05's workshop: how many dots win, and what a pooling forgets."""

import numpy as np
import torch

from coordlib.exercises.shuffling import change_by_shuffling as lent_change
from coordlib.exercises.winning import dots_win as lent_dots_win


def dots_win(
    maps,
    positions,
    near=lambda beside: (beside.abs() <= 2).all(-1),
    share=lambda won: won.double().mean(0),
    find=torch.argmax,
    order=lambda column, row: (column, row),
):
    """A right answer, but for what is changed."""
    won = []
    for pair, (x, y) in zip(maps, positions.tolist(), strict=True):
        places = [divmod(int(find(one)), one.shape[1]) for one in pair]
        won.append([near(torch.tensor(order(c, r)) - torch.tensor([x, y])) for r, c in places])
    return share(torch.tensor(won))


def dots_win_by_windows(maps, positions):
    """Another right form: the largest number near the dot is the largest of all."""
    wins = []
    for pair, (x, y) in zip(maps, positions.tolist(), strict=True):
        window = pair[:, max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3]
        wins.append((window.amax((1, 2)) == pair.amax((1, 2))).float())
    return torch.stack(wins).mean(0)


def dots_win_in_numpy(maps, positions):
    maps, positions = maps.numpy(), positions.numpy()
    rows, columns = np.unravel_index(maps.reshape(*maps.shape[:2], -1).argmax(2), maps.shape[2:])
    far = np.maximum(abs(columns - positions[:, :1]), abs(rows - positions[:, 1:]))
    return (far <= 2).mean(0)


def dots_win_at_once(maps, positions):
    winner = maps.flatten(2).max(2).indices
    width = maps.size(-1)
    columns = (winner % width - positions[:, :1]).abs() <= 2
    rows = (winner // width - positions[:, 1:]).abs() <= 2
    return ((columns & rows).sum(0) / len(maps)).tolist()


def dots_win_divided_by(divisor):
    def answer(maps, positions):
        number, width = maps.flatten(2).argmax(2), divisor(maps)
        beside = torch.stack((number % width, number // width), 2) - positions[:, None]
        return (beside.abs() <= 2).all(2).float().mean(0)

    return answer


def dots_win_joined(maps, positions):
    number, width = maps.flatten(2).argmax(2), maps.shape[3]
    beside = torch.stack((number % width, number // width), 2) - positions[:, None]
    return (beside.abs() <= 2).all(1).float().mean(0)


def wins(**change):
    return lambda maps, positions: dots_win(maps, positions, **change)


def shuffled(maps, generator):
    order = torch.randperm(maps.shape[2] * maps.shape[3], generator=generator)
    return maps.flatten(2)[:, :, order].view_as(maps)


def changes(shuffle=shuffled, measure=lambda after, before: (after - before).abs().max()):
    """A right answer, but for what is changed."""
    return lambda pool, maps, generator: measure(pool(shuffle(maps, generator)), pool(maps))


def change_by_indices(pool, maps, generator):
    """Another right form: the order by sorting random numbers, pixels by rows and columns."""
    height, width = maps.shape[2:]
    order = torch.rand(height * width, generator=generator).argsort()
    rows = torch.div(order, width, rounding_mode="floor").view(height, width)
    before = pool(maps)
    after = pool(maps[:, :, rows, (order % width).view(height, width)])
    return max(
        abs(a - b) for a, b in zip(after.flatten().tolist(), before.flatten().tolist(), strict=True)
    )


def change_by_loop(pool, maps, generator):
    order = torch.randperm(maps[0, 0].numel(), generator=generator).tolist()
    width = maps.shape[3]
    result = torch.empty_like(maps)
    for place, other in enumerate(order):
        result[:, :, place // width, place % width] = maps[:, :, other // width, other % width]
    return torch.max(torch.abs(pool(maps) - pool(result))).item()


def change_by_gather(pool, maps, generator):
    flat = maps.reshape(*maps.shape[:2], -1)
    order = torch.randperm(flat.shape[2], generator=generator).expand_as(flat)
    return torch.dist(pool(flat.gather(2, order).reshape(maps.shape)), pool(maps), p=float("inf"))


def rows_alone(maps, generator):
    return maps[:, :, torch.randperm(maps.shape[2], generator=generator)]


def columns_alone(maps, generator):
    return maps[:, :, :, torch.randperm(maps.shape[3], generator=generator)]


def everything(maps, generator):
    return maps.flatten()[torch.randperm(maps.numel(), generator=generator)].view_as(maps)


def with_repeats(maps, generator):
    n = maps[0, 0].numel()
    order = torch.randint(n, (n,), generator=generator)
    return maps.flatten(2)[:, :, order].view_as(maps)


def each_its_own(maps, generator):
    orders = torch.rand(maps.flatten(2).shape, generator=generator).argsort(2)
    return maps.flatten(2).gather(2, orders).view_as(maps)


def each_picture_its_own(maps, generator):
    return torch.cat([shuffled(one[None], generator) for one in maps])


def the_last_stays(maps, generator):
    n = maps[0, 0].numel()
    order = torch.cat((torch.randperm(n - 1, generator=generator), torch.tensor([n - 1])))
    return maps.flatten(2)[:, :, order].view_as(maps)


def pictures_alone(maps, generator):
    return maps[torch.randperm(len(maps), generator=generator)]


def of_its_own(maps, generator):
    return shuffled(maps, torch.Generator().manual_seed(1))


def of_all(maps, generator):
    return shuffled(maps, None)


def flat(maps, generator):
    return shuffled(maps, generator).flatten(2)


RIGHT = {
    "5.6": [dots_win, dots_win_by_windows, dots_win_in_numpy, dots_win_at_once],
    "5.7": [changes(), change_by_indices, change_by_loop, change_by_gather],
}

ONE_EACH = "one number for both maps; wanted is one for each"
NO_ABS = "signs count for you"

WRONG = {
    "5.6": [
        (wins(order=lambda column, row: (row, column)), "x and y are swapped"),
        (wins(near=lambda beside: beside[0].abs() <= 2), "you look at the column alone"),
        (wins(near=lambda beside: beside[1].abs() <= 2), "you look at the row alone"),
        (
            wins(near=lambda beside: (beside.abs() <= 2).any()),
            "the column or the row is enough for you; both have to be near",
        ),
        (
            wins(near=lambda beside: (beside == 0).all()),
            "only the dot's own pixel counts for you; at the dot means: at most 2 pixels",
        ),
        (wins(near=lambda beside: (beside.abs() < 2).all()), "2 pixels away is at the dot too"),
        (wins(near=lambda beside: (beside.abs() <= 3).all()), "3 pixels away is not at the dot"),
        (wins(near=lambda beside: beside.abs().sum() <= 2), "add up columns and rows; at"),
        (
            wins(near=lambda beside: beside.double().norm() <= 2),
            "you take the distance as the crow flies",
        ),
        (wins(near=lambda beside: (beside <= 2).all()), "is an `abs` missing?"),
        (wins(share=lambda won: won.sum(0)), "that is how many dots win; wanted is their share"),
        (wins(share=lambda won: 100 * won.double().mean(0)), "that is in percent"),
        (wins(share=lambda won: 1 - won.double().mean(0)), "that is the share of dots that lose"),
        (wins(find=torch.argmin), "you look for the smallest pixel; the largest wins"),
        (wins(find=lambda one: one.abs().argmax()), "you look for the largest size"),
        (wins(share=lambda won: won.double().mean()), ONE_EACH),
        (wins(share=lambda won: won.all(1).double().mean()), ONE_EACH),
        (wins(share=lambda won: won.double().mean(1)), "you average over the maps, for each"),
        (wins(share=lambda won: won), "that says of each picture whether its dot wins"),
        (
            wins(share=lambda won: won.double().mean(0, keepdim=True)),
            "the result has shape (1, 2); wanted is (2,), a share for each map",
        ),
        (wins(share=lambda won: won.double().mean(0) / 2), "; it should be 0."),
        (wins(share=lambda won: won.double().mean(0).flip(0)), "the two shares are swapped"),
        (dots_win_divided_by(lambda maps: maps.shape[2]), "divide by the maps' width, `maps.shape"),
        (dots_win_divided_by(lambda maps: 32), "to find row and column divide by the maps' width"),
        (dots_win_joined, "your `all` joins the two maps; it is to join column and row"),
        (
            wins(share=lambda won: won.all(1).double().mean().expand(2)),
            "a dot counts for you only if it wins both maps",
        ),
        (lambda maps, positions: print("won"), "returned None; is its `return` missing?"),
        (
            lambda maps, positions: lent_dots_win(maps, positions),
            "the course's own function for this exercise did the work",
        ),
    ],
    "5.7": [
        (changes(rows_alone), "whole rows or columns change places"),
        (changes(columns_alone), "whole rows or columns change places"),
        (changes(everything), "numbers move from one picture or channel into another"),
        (changes(with_repeats), "the shuffled maps hold other numbers than the maps"),
        (changes(each_its_own), "each picture or channel gets an order of its own"),
        (changes(each_picture_its_own), "each picture or channel gets an order of its own"),
        (changes(pictures_alone), "numbers move from one picture or channel into another"),
        (changes(of_its_own), "nothing is drawn from `generator`"),
        (changes(of_all), "nothing is drawn from `generator`"),
        (changes(lambda maps, generator: maps.flip(3)), "nothing is drawn from `generator`"),
        (changes(flat), "`pool` gets the shape (3, 2, 35); it takes maps, (3, 2, 5, 7)"),
        (
            lambda pool, maps, generator: pool(shuffled(maps, generator) - maps).abs().max(),
            "`pool` never gets the maps as they were",
        ),
        (
            lambda pool, maps, generator: (
                (pool(shuffled(maps, generator)) - pool(shuffled(maps, generator))).abs().max()
            ),
            "`pool` never gets the maps as they were",
        ),
        (
            lambda pool, maps, generator: (
                pool(maps).abs().max() + 0 * torch.rand(1, generator=generator)[0]
            ),
            "`pool` gets the maps as they were alone",
        ),
        (
            lambda pool, maps, generator: (shuffled(maps, generator) - maps).abs().max(),
            "`pool` is never called; what does it make of the shuffled maps?",
        ),
        (
            changes(the_last_stays),
            "the pixel in row 3, column 5 of 4 × 6 keeps its place in each of 12 draws",
        ),
        (changes(measure=lambda a, b: (a - b).abs().mean()), "that is the mean of the differences"),
        (changes(measure=lambda a, b: (a - b).abs().sum()), "that is the sum of the differences"),
        (changes(measure=lambda a, b: (a - b).abs().min()), "that is the smallest difference"),
        (changes(measure=lambda a, b: (a - b).square().max()), "that is the difference squared"),
        (changes(measure=lambda a, b: (a - b).norm()), "that is the root of all squared"),
        (
            changes(measure=lambda a, b: (a.max() - b.max()).abs()),
            "that compares the largest number before with the largest after",
        ),
        (
            changes(measure=lambda a, b: (a.mean() - b.mean()).abs()),
            "that compares the means of all numbers",
        ),
        (changes(measure=lambda a, b: (a - b).max()), NO_ABS),
        (changes(measure=lambda a, b: (b - a).max()), NO_ABS),
        (
            changes(measure=lambda a, b: ((a - b) / b).abs().max()),
            "that is in parts of what was there before",
        ),
        (changes(measure=lambda a, b: (a - b).abs()), "has shape (3, 2); wanted is one number"),
        (
            changes(measure=lambda a, b: bool((a == b).all())),
            "is True or False; wanted is a number",
        ),
        (changes(measure=lambda a, b: 2 * (a - b).abs().max()), "for one pooling your answer is"),
        (
            lambda pool, maps, generator: lent_change(pool, maps, generator),
            "the course's own function for this exercise did the work",
        ),
    ],
}
