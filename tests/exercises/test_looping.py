"""Notebook 03's pieces: together they are the library's layer and its training."""

import copy

import pytest
import torch
from torch import nn

from coordlib import datasets
from coordlib.coordinates import coordinate_channels
from coordlib.exercises import building, layering, looping, repeating, ruling
from coordlib.layers import CoordConv2d
from coordlib.tasks import classification

RATE = 0.1


@pytest.mark.parametrize("size", [(4, 6), (1, 5), (1, 1), (64, 48)])
def test_the_channels_are_the_librarys(size):
    torch.testing.assert_close(building.channels(*size), coordinate_channels(size))


def test_the_layer_and_its_map_are_the_librarys():
    theirs, ours = CoordConv2d(3, 4, 2), layering.CoordConv(3, 4, 2)
    ours.conv.load_state_dict(theirs.state_dict())
    images = torch.randn(2, 3, 5, 7)
    torch.testing.assert_close(ours(images), theirs(images))
    ours.in_channels = 3
    torch.testing.assert_close(building.map_of(ours, 5, 7), theirs.position_bias(5, 7))


@pytest.fixture
def experiment():
    network = classification.build("coordconv", 8, initialisation="xavier")
    return classification.Experiment(network, datasets.split("quadrant", 8, 3))


def pixels(experiment):
    return datasets.pixel_index(experiment.split.train, 8)


def test_a_step_is_the_librarys(experiment):
    ours, batch = copy.deepcopy(experiment.network), torch.arange(6)
    loss = experiment.loss(batch)
    loss.backward()
    optimizer = torch.optim.SGD(ours.parameters(), lr=RATE)
    given = experiment.split.train[batch], pixels(experiment)[batch]
    assert looping.training_step(ours, optimizer, *given).item() == pytest.approx(loss.item())
    for one, other in zip(ours.parameters(), experiment.network.parameters(), strict=True):
        torch.testing.assert_close(one, other - RATE * other.grad)


def test_the_loop_learns(experiment):
    optimizer = torch.optim.Adam(experiment.network.parameters(), lr=0.01)
    told = []
    losses = repeating.fit(
        experiment.network,
        optimizer,
        experiment.split.train,
        pixels(experiment),
        20,
        16,
        lambda loss: told.append(loss) or True,
    )
    assert told == losses and len(losses) == 20 * 2
    assert losses[-1] < losses[0] - 1


def test_a_layer_with_other_channels_is_as_large():
    control = layering.ConvWith(2, 5, 1, ruling.shuffled)
    assert sum(map(torch.numel, control.parameters())) == sum(
        map(torch.numel, layering.CoordConv(2, 5, 1).parameters())
    )
    (seen,) = (each for each in control.modules() if isinstance(each, nn.Conv2d))
    with torch.no_grad():
        maps = control(torch.zeros(1, 2, 4, 6)) - seen.bias[:, None, None]
        wanted = torch.einsum("cd,dij->cij", seen.weight[:, 2:, 0, 0], ruling.shuffled(4, 6))
    torch.testing.assert_close(maps[0], wanted)


def test_shuffled_channels_hold_the_coordinates_in_other_places():
    found, wanted = ruling.shuffled(8, 12), coordinate_channels((8, 12))
    assert not torch.equal(found, wanted)
    pairs = [torch.tensor(sorted(each.flatten(1).T.tolist())) for each in (found, wanted)]
    torch.testing.assert_close(*pairs)
