"""Notebook 11's pieces: together they are the library's A2C."""

import torch

from coordlib.exercises.noticing import place_matters
from coordlib.exercises.returning import n_step_returns
from coordlib.exercises.weighing import losses
from coordlib.tasks import goto
from coordlib.tasks.goto.networks import trunk
from coordlib.tasks.goto.world import observe


def test_a_rollout_is_worth_what_the_library_says():
    rewards, after = torch.randn(5, 64), torch.randn(64)
    ended = torch.rand(5, 64) < 0.2
    ours = n_step_returns(rewards, ended, after, 0.97)
    torch.testing.assert_close(ours, goto.n_step_returns(rewards, ended, after, 0.97))


def test_the_three_losses_are_the_librarys():
    logits, values, returns = torch.randn(9, 4), torch.randn(9), torch.randn(9)
    given = logits, values, torch.randint(4, (9,)), returns
    torch.testing.assert_close(losses(*given), goto.a2c_losses(*given))


def test_of_the_librarys_trunks_the_pooled_one_alone_is_blind_to_place():
    picture = observe(torch.tensor([9]), torch.tensor([20]))
    blind, padded, flat = (place_matters(trunk(one), picture) for one in goto.NETWORKS)
    assert blind < 1e-6 < 1e-3 < min(padded, flat)
