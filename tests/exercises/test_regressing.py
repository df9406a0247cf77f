"""Notebook 05's pieces: the regressor is the library's, whatever pools; shuffling is noticed."""

import torch

from coordlib.datasets import one_hot, positions
from coordlib.exercises.regressing import Regressor
from coordlib.exercises.shuffling import change_by_shuffling
from coordlib.exercises.winning import dots_win
from coordlib.networks import seeded
from coordlib.tasks import regression


def maximum(maps):
    return maps.amax((2, 3))


def test_the_regressor_is_the_librarys_weight_by_weight():
    ours = seeded(lambda: Regressor(maximum), 3, "xavier")
    theirs = regression.build("coordconv", 16, initialisation="xavier", seed=3)
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(one, other)
    pictures = one_hot(positions(16, 3)[:5], 16)
    assert torch.equal(ours(pictures), theirs(pictures))
    assert torch.equal(ours.maps(pictures), theirs[:-1](pictures))


def test_dots_alone_win_their_maps():
    places = positions(12, 3)
    pictures = one_hot(places, 12).expand(-1, 2, -1, -1)
    assert dots_win(pictures, places).tolist() == [1, 1]
    assert dots_win(-pictures, places).max() < 0.2


def test_a_maximum_does_not_notice_what_a_corner_does():
    maps = torch.randn(4, 2, 6, 6, generator=torch.Generator().manual_seed(0))
    order = torch.Generator().manual_seed(1)
    assert change_by_shuffling(maximum, maps, order) == 0
    assert change_by_shuffling(lambda maps: maps[:, :, 0, 0], maps, order) > 0
