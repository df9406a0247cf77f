"""Answers for notebook 11: does a trunk know place?"""

import numpy as np
import torch


def seen(trunk, picture):
    """The trunk's features, (cells, features), one place after another."""
    features = []
    for row in range(picture.shape[2]):
        for column in range(picture.shape[3]):
            moved = picture.clone()
            moved[0, 0] = 0
            moved[0, 0, row, column] = 1
            features.append(trunk(moved)[0])
    return torch.stack(features)


def most(features):
    return (features.amax(0) - features.amin(0)).max().item()


def place_matters(trunk, picture):
    return most(seen(trunk, picture))


def in_one_batch(trunk, picture):
    """Another right form: one-hot pictures, all at once."""
    side = picture.shape[-1]
    cursors = torch.eye(side * side).view(-1, 1, side, side)
    goals = picture[:, 1:].expand(len(cursors), -1, -1, -1)
    with torch.no_grad():
        features = trunk(torch.cat((cursors, goals), 1)).numpy()
    return np.ptp(features, axis=0).max()


def by_rolling(trunk, picture):
    """Another right form: the picture rolled round, whose goal is the same everywhere."""
    side = picture.shape[-1]
    ways = [(down, right) for down in range(side) for right in range(side)]
    features = torch.cat([trunk(picture.roll(way, (2, 3))) for way in ways])
    return (features[:, None] - features[None]).abs().max()


def by_sorting(trunk, picture):
    features = seen(trunk, picture).sort(0).values
    return (features[-1] - features[0]).max()


def moved_by(change):
    """Where the picture is changed in another way for each cell."""

    def matters(trunk, picture):
        side = picture.shape[-1]
        pictures = [picture.clone() for _ in range(side * side)]
        for cell, one in enumerate(pictures):
            change(one[0], cell // side, cell % side)
        return most(torch.cat([trunk(one) for one in pictures]))

    return matters


def adds(picture, row, column):
    picture[0, row, column] = 1


def left_behind(trunk, picture):
    """Channel 0 is emptied once, before the loop."""
    moved = picture.clone()
    moved[:, 0] = 0
    features = []
    for cell in range(picture.shape[-1] ** 2):
        moved[0, 0, cell // picture.shape[-1], cell % picture.shape[-1]] = 1
        features.append(trunk(moved))
    return most(torch.cat(features))


def wipes(picture, row, column):
    picture.zero_()
    picture[0, row, column] = 1


def sets_all(picture, row, column):
    picture[0] = 0
    picture[:, row, column] = 1


def sets_all_alone(picture, row, column):
    picture.zero_()
    picture[:, row, column] = 1


def doubles(picture, row, column):
    picture[0] = 0
    picture[0, row, column] = 2


def visits(held):
    """Only the cells of which something holds: of row, column and the last place."""

    def matters(trunk, picture):
        side = picture.shape[-1]
        some = [held(row, column, side - 1) for row in range(side) for column in range(side)]
        return most(seen(trunk, picture)[torch.tensor(some)])

    return matters


def of(number_of):
    return lambda trunk, picture: number_of(seen(trunk, picture))


def spread(features):
    return features.amax(0) - features.amin(0)


def from_the_first_place(trunk, picture):
    return (seen(trunk, picture) - trunk(picture)).abs().max()


def always_eight(trunk, picture):
    cells = [(row, column) for row in range(8) for column in range(8)]
    pictures = torch.zeros(64, *picture.shape[1:]) + picture
    pictures[:, 0] = 0
    for one, (row, column) in zip(pictures, cells, strict=True):
        one[0, row, column] = 1
    return most(trunk(pictures))


def in_place(trunk, picture):
    picture[:, 0] = 0
    picture[:, 0, 0, 0] = 1
    return place_matters(trunk, picture)


def channels_last(trunk, picture):
    return most(trunk(picture.permute(0, 2, 3, 1)))


RIGHT = {"11.1": [place_matters, in_one_batch, by_rolling, by_sorting]}

WRONG = {
    "11.1": [
        (moved_by(adds), "for a flattening trunk and a picture of 8 × 8: the old cursor is still"),
        (left_behind, "the old cursor is still there"),
        (moved_by(wipes), "the goal's channels are wiped out as well"),
        (moved_by(sets_all), "the pixel is set in every channel"),
        (moved_by(sets_all_alone), "the pixel is set in every channel"),
        (moved_by(doubles), "for a flattening trunk and a picture of 8 × 8: you say"),
        (visits(lambda row, column, last: row == column), "it visits those of the diagonal alone"),
        (visits(lambda row, column, last: row == 0), "it visits the first row"),
        (visits(lambda row, column, last: column == 0), "it visits the first column"),
        (visits(lambda row, column, last: max(row, column) < last), "neither the last row nor"),
        (visits(lambda row, column, last: min(row, column) > 0), "neither the first row nor"),
        (visits(lambda row, column, last: min(row, column) < last), "it visits all but the last"),
        (visits(lambda row, column, last: row + column > 0), "it visits all but the first one"),
        (
            visits(lambda row, column, last: 0 < min(row, column) <= max(row, column) < last),
            "it visits none at the rim",
        ),
        (of(lambda seen: (seen - seen.mean(0)).abs().max()), "that is the largest way from the"),
        (of(lambda seen: seen.std(0).max()), "that is a standard deviation"),
        (of(lambda seen: seen.numpy(force=True).std(0).max()), "that is a standard deviation"),
        (from_the_first_place, "you compare with the cursor's first place only"),
        (
            of(lambda seen: (seen - seen[0]).abs().max()),
            "you compare with the cursor's first place",
        ),
        (of(lambda seen: most(seen.abs())), "a feature may lie below 0: its sign counts"),
        (of(lambda seen: seen.max() - seen.min()), "largest and smallest are of different"),
        (of(lambda seen: spread(seen.T).max()), "you compare the features of one place"),
        (of(lambda seen: spread(seen).mean()), "that is the mean over the features"),
        (of(lambda seen: spread(seen).sum()), "that is the sum over the features"),
        (of(lambda seen: spread(seen).min()), "that is the feature that changes least"),
        (of(lambda seen: seen.max()), "that is the largest feature itself"),
        (of(lambda seen: spread(seen).max() > 0), "the result is True or False; wanted is a"),
        (of(spread), "the result has shape (5,); wanted is one number"),
        (of(lambda seen: print(spread(seen).max())), "returned None; is its `return` missing?"),
        (always_eight, "index 5 is out of bounds"),
        (in_place, "changes `picture`"),
        (channels_last, "raised RuntimeError"),
    ],
}
