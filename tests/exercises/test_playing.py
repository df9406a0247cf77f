"""Notebook 07's pieces: together they are the library's game and its first layer."""

import copy

import pytest
import torch

from coordlib import exercises
from coordlib.datasets import scenes, signed
from coordlib.exercises.playing import discriminator_step, generator_step
from coordlib.exercises.tiling import first_layer
from coordlib.exercises.tracing import handled
from coordlib.tasks.gan import networks
from coordlib.tasks.gan.game import Game, Rules, players

RATE = 0.1


def small_generator(name):
    return networks.generator(name, 4, 16, 4, 4)


@pytest.fixture
def game():
    """A game without a penalty, whose discriminator sees what the generator gives as it is."""
    judge = networks.discriminator("coordconv", 16, 4, 4)
    some, rules = scenes(8, side=16), Rules(penalty=0, output="linear")
    return Game(players(small_generator("coordconv"), judge), 4, some, some, rules)


@pytest.mark.parametrize("name", ["discriminator", "generator"])
def test_a_move_is_the_librarys(game, name):
    batch = torch.arange(6)
    ours = copy.deepcopy(game.network)
    loss = game.discriminator_loss(batch)
    if name == "generator":
        loss = game.generator_loss(batch)
    loss.backward()
    optimizer = torch.optim.SGD(ours[name].parameters(), lr=RATE)
    pair = ours["generator"], ours["discriminator"]
    if name == "discriminator":
        real = signed("images", game.train.images[batch])
        told = discriminator_step(*pair, optimizer, real, game._given)
    else:
        told = generator_step(*pair, optimizer, game._given)
    assert told.item() == pytest.approx(loss.item(), rel=1e-5)
    for one, other in zip(ours[name].parameters(), game.network[name].parameters(), strict=True):
        torch.testing.assert_close(one, other - RATE * other.grad)
        assert not torch.equal(one, other)


@pytest.mark.parametrize("name", ["coordconv", "coordconv_3x3"])
def test_the_first_layer_is_the_librarys(name):
    network = small_generator(name)
    latents = torch.randn(3, 4)
    ours = first_layer(network.first.weight.flatten(1), network.first.bias, latents, network.grid)
    torch.testing.assert_close(network.body(ours), network(latents))


def test_of_one_cell_neither_the_fullest_nor_the_emptiest_is_told(capsys):
    exercises.check("7.2", lambda n, side, half: torch.full((n, 2), side // 2))
    assert capsys.readouterr().out.endswith("into 1 cell of the 64 that a centre can reach\n")


def test_what_torch_handles_are_the_tensors_of_what_makes_new_ones():
    one = torch.ones(2, 3)

    def call():
        many = one.expand(4, 2, 3)  # a view
        result = torch.empty(2, 3)
        result[:] = many[0]  # into a tensor that is there
        result += 1
        return torch.cat([many, many])

    empty, *joined = handled(call)
    assert empty == (2, 3) and joined == [(4, 2, 3), (4, 2, 3), (8, 2, 3)]
