"""DQN, deep Q-learning (Mnih et al., 2015): the other agent, for the paper's claim C24.

A network learns what each move is worth, from a memory of moves made earlier; an older copy of it,
the target, says what the states are worth that they led to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from coordlib.experiment import State, Turn
from coordlib.tasks.goto.agent import DISCOUNT, WORLDS, Agent
from coordlib.tasks.goto.networks import QNetwork
from coordlib.tasks.goto.world import observe, outcome

REPLAY = 50_000  # moves that are remembered
BATCH = 256
_COPIED_EVERY = 50  # steps, to the target


class DQN(Agent):
    """For the training loop: in a step a move is made in each world, and two batches learnt from.

    Of a move its cursor, goal and number are remembered; the rest follows. A state in which the
    time is up is a state like others: what it is worth is learnt from as usual.
    """

    network: QNetwork

    def __init__(self, network: QNetwork) -> None:
        super().__init__(network)
        device = self.worlds.choices.device
        self.replay = torch.zeros(3, REPLAY, dtype=torch.uint8, device=device)
        self.made = 0

    def turns(self) -> Sequence[Turn]:
        """To play and learn, then to learn once more."""
        return Turn("loss", self.loss), Turn("second loss", self.learn)

    def loss(self, batch: Any = None) -> Tensor:
        """Make and remember a move in each world, then `learn`. The batch is not used."""
        cursors, goals = self.worlds.cursors, self.worlds.goals
        with torch.no_grad():
            moves = self.network.policy(observe(cursors, goals)).multinomial(1)[:, 0]
        self.worlds.step(moves)
        place = torch.arange(self.made, self.made + WORLDS, device=moves.device) % REPLAY
        self.replay[:, place] = torch.stack((cursors, goals, moves)).to(torch.uint8)
        self.made += WORLDS
        return self.learn()

    def learn(self, batch: Any = None) -> Tensor:
        """How far moves drawn from the memory are from what they are worth (Huber's loss)."""
        drawn = torch.randint(min(self.made, REPLAY), (BATCH,), device=self.replay.device)
        cursors, goals, moves = self.replay[:, drawn].long()
        there, rewards = outcome(cursors, goals, moves)
        with torch.no_grad():
            best = self.network.target(observe(there, goals)).float().max(1).values
        worth = rewards + DISCOUNT * best * (there != goals)
        said = self.network(observe(cursors, goals)).gather(1, moves[:, None])[:, 0]
        return F.smooth_l1_loss(said, worth)

    def after_step(self) -> None:
        """Copy the network to the target when it is time."""
        if self.made % (WORLDS * _COPIED_EVERY) == 0:
            self.network.target.load_state_dict(self.network.online.state_dict())

    def state(self) -> State:
        """The memory, how many moves were made in all, and the worlds."""
        return {**super().state(), "replay": self.replay, "made": self.made}

    def load_state(self, state: State) -> None:
        super().load_state(state)
        self.replay, self.made = state["replay"].to(self.replay.device), state["made"]
