"""A2C, advantage actor-critic (Mnih et al., 2016; synchronous), as the paper's claim C23 uses it.

A network says of each state how probable each move should be (the actor) and what the state is
worth (the critic). It plays five moves in 64 worlds; what these moves led to teaches both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from coordlib.tasks.goto.agent import (
    DISCOUNT,
    Agent,
    by_state,
    every_state,
    mean,
    measures,
    true_values,
)
from coordlib.tasks.goto.networks import ActorCritic
from coordlib.tasks.goto.world import observe

_CRITIC = 0.5  # weight of the critic's loss


def n_step_returns(rewards: Tensor, ended: Tensor, after: Tensor, discount: float) -> Tensor:
    """What each move of a rollout was good for: float32, (moves, worlds).

    The rewards from it on, each next one discounted once more; behind the last move `after`. Where
    an episode has ended, nothing of what follows counts: that is another episode.

    rewards: (moves, worlds). ended: booleans of that shape, whether the move ended an episode.
    after: what the states behind the last move are worth, (worlds,).
    """
    returns = torch.empty_like(rewards)
    for move in reversed(range(len(rewards))):
        after = rewards[move] + discount * after * ~ended[move]
        returns[move] = after
    return returns


def with_what_follows(rewards: Tensor, cut: Tensor, values: Tensor, discount: float) -> Tensor:
    """Rewards, and where an episode was cut off by the clock what it would still have earned.

    There it hasn't come to an end of its own, so what the critic says of the state in which it was
    cut is added, a move later: discounted once.

    rewards: (moves, worlds). cut: booleans of that shape. values: what the critic says of the
    states behind the moves, of that shape; only those count that were cut.
    """
    return rewards + discount * values * cut


def a2c_losses(
    logits: Tensor, values: Tensor, moves: Tensor, returns: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """The actor's loss, the critic's, and the policy's entropy in nats: scalars, means over all.

    The actor's makes moves more probable that were better than the critic had thought. How much
    better is the advantage, through which no gradient goes: the critic learns by its own loss
    alone, the mean squared advantage.

    logits: (n, 4). values: what the critic says, (n,). moves: those that were made, int64, (n,).
    returns: what they were good for, (n,).
    """
    advantages = returns - values
    log_policy = logits.log_softmax(1)
    made = log_policy.gather(1, moves[:, None])[:, 0]
    actor = -(advantages.detach() * made).mean()
    entropy = -(log_policy.exp() * log_policy).sum(1).mean()
    return actor, advantages.square().mean(), entropy


class Rollout(NamedTuple):
    """Moves made in all worlds, (rollout, worlds) each but the last.

    cursors, goals: the cells before the move. moves: numbers of `world.MOVES`. rewards: see
    `A2C.play`. ended: whether the move ended an episode.
    after: what the critic says of the states behind the last moves, (worlds,).
    """

    cursors: Tensor
    goals: Tensor
    moves: Tensor
    rewards: Tensor
    ended: Tensor
    after: Tensor


class A2C(Agent):
    """For the training loop: a step's only turn plays a rollout and learns from it."""

    network: ActorCritic

    def __init__(
        self,
        network: ActorCritic,
        *,
        rollout: int = 5,
        entropy: float = 0.01,
        returns: Callable[[Tensor, Tensor, Tensor, float], Tensor] = n_step_returns,
        follows: Callable[[Tensor, Tensor, Tensor, float], Tensor] = with_what_follows,
        losses: Callable[[Tensor, Tensor, Tensor, Tensor], tuple[Tensor, ...]] = a2c_losses,
    ) -> None:
        """rollout: moves in each world between two steps.

        entropy: weight of the policy's entropy, a reward for not making up one's mind too soon.
        returns, follows, losses: `n_step_returns`, `with_what_follows` and `a2c_losses`, or one's
            own in their place.
        """
        super().__init__(network)
        self.rollout, self.entropy = rollout, entropy
        self.returns, self.follows, self.losses = returns, follows, losses

    def loss(self, batch: Any = None) -> Tensor:
        """Play a rollout, and say how it should have been played. The batch is not used.

        Raises ValueError where `returns` gives another shape than that of the rewards.
        """
        played = self.play()
        returns = self.returns(played.rewards, played.ended, played.after, DISCOUNT)
        if returns.shape != played.rewards.shape:
            raise ValueError(
                f"returns gave shape {tuple(returns.shape)}; it takes {tuple(played.rewards.shape)}"
            )
        logits, values = self.network(observe(played.cursors.flatten(), played.goals.flatten()))
        moves = played.moves.flatten()
        actor, critic, entropy = self.losses(logits, values, moves, returns.flatten())
        return actor + _CRITIC * critic - self.entropy * entropy

    @torch.no_grad()
    def play(self) -> Rollout:
        """Make `rollout` moves in each world, drawn as the actor says.

        When an episode's time is up the world would go on all the same: `follows` adds to the last
        reward what was still to be earned, as far as the critic knows.
        """
        worlds, played = self.worlds, []
        for _ in range(self.rollout):
            cursors, goals = worlds.cursors, worlds.goals
            logits, _ = self.network(observe(cursors, goals))
            moves = logits.softmax(1).multinomial(1)[:, 0]
            played.append((cursors, goals, moves, *worlds.step(moves)))
        each = (torch.stack(column) for column in zip(*played, strict=True))
        cursors, goals, moves, there, rewards, reached, late = each
        missed = torch.zeros_like(rewards)
        _, missed[late] = self.network(observe(there[late], goals[late]))
        rewards = self.follows(rewards, late, missed, DISCOUNT)
        _, after = self.network(observe(worlds.cursors, worlds.goals))
        return Rollout(cursors, goals, moves, rewards, reached | late, after)

    def evaluate(self) -> dict[str, float]:
        """See `measures`; and of all states with a goal to train on, as exactly:

        entropy: the policy's, in nats; it starts near ln 4 = 1.39.
        value_error: how far the critic is from what states are worth under this policy, the root of
            the mean square.
        """
        logits, said = self.network(every_state(self.worlds.cursors.device))
        policy = by_state(logits.softmax(1))
        error = by_state(said) - true_values(policy, DISCOUNT)
        return {
            **measures(policy),
            "entropy": mean(torch.special.entr(policy).sum(-1), "train"),
            "value_error": mean(error.square(), "train") ** 0.5,
        }
