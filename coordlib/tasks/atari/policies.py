"""Our networks as stable-baselines3's algorithms want theirs: what it calls policies.

Its own would add two hidden layers wherever the trunk is not its own, and compute in 32 bits.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from gymnasium import Space
from stable_baselines3 import A2C
from stable_baselines3.common.policies import BasePolicy
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer

from coordlib.tasks.atari.networks import ActorCritic, QNetwork
from coordlib.tasks.atari.playing import drawn


class InPrecision(nn.Module):
    """A network that is computed in a session's precision."""

    def __init__(self, network: nn.Module, autocast: torch.autocast) -> None:
        super().__init__()
        self.network, self.autocast = network, autocast

    def forward(self, frames: Tensor) -> Any:
        """What the network gives, which is in 32 bits again."""
        with self.autocast:
            return self.network(frames)


class ActorCriticPolicy(BasePolicy):
    """Of an `ActorCritic`, for `RolloutA2C`."""

    def __init__(
        self,
        observation_space: Space,
        action_space: Space,
        schedule: Any,
        network: ActorCritic,
        optimizer: Optimizer,
        autocast: torch.autocast,
        **_: Any,
    ) -> None:
        """schedule, and what else the algorithm adds, are of no use here."""
        super().__init__(observation_space, action_space)
        self.network, self.optimizer = InPrecision(network, autocast), optimizer
        # Of each pass since they were last taken, to be differentiated: logits and values.
        self.kept: list[tuple[Tensor, Tensor]] = []

    def forward(self, obs: Tensor, deterministic: bool = False) -> tuple[Tensor, Tensor, Tensor]:
        """Actions drawn for observations, their values, and the actions' log-probability: (batch,).

        What they are made of is kept.
        """
        with torch.enable_grad():
            self.kept.append(self.network(obs))
        logits, values = (each.detach() for each in self.kept[-1])
        actions = drawn(logits)
        return actions, values, of_actions(logits.log_softmax(1), actions)

    def predict_values(self, obs: Tensor) -> Tensor:
        """The values alone."""
        return self.network(obs)[1]

    def _predict(self, observation: Tensor, deterministic: bool = False) -> Tensor:
        return drawn(self.network(observation)[0])


class RolloutA2C(A2C):
    """stable-baselines3's A2C, whose update differentiates the very passes that have chosen.

    The library's own update computes all of them once more, for the network has not moved in
    between: a fifth of the time. And it shuffles them by numpy's random numbers for all, so that
    a run that is gone on with would round otherwise.
    """

    policy: ActorCriticPolicy

    def train(self) -> None:
        """Move the network once by the rollout's 5 steps (or as many as `n_steps`)."""
        self._update_learning_rate(self.policy.optimizer)
        logits, values = (torch.cat(each) for each in zip(*self.policy.kept, strict=True))
        self.policy.kept.clear()
        rollout = self.rollout_buffer
        actions, advantages, returns = (
            torch.from_numpy(each.reshape(-1)).to(self.device)
            for each in (rollout.actions, rollout.advantages, rollout.returns)
        )
        logs = logits.log_softmax(1)
        policy_loss = -(advantages * of_actions(logs, actions.long())).mean()
        value_loss = F.mse_loss(values, returns)
        entropy = -(logs.exp() * logs).sum(1).mean()
        loss = policy_loss + self.vf_coef * value_loss - self.ent_coef * entropy
        self.policy.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.policy.parameters(), self.max_grad_norm)
        self.policy.optimizer.step()
        for name, value in (
            ("policy_loss", policy_loss),
            ("value_loss", value_loss),
            ("entropy", entropy),
        ):
            self.logger.record(f"train/{name}", value.item())


class QPolicy(BasePolicy):
    """Of a `QNetwork`, for `stable_baselines3.DQN`."""

    def __init__(
        self,
        observation_space: Space,
        action_space: Space,
        schedule: Any,
        network: QNetwork,
        optimizer: Optimizer,
        autocast: torch.autocast,
    ) -> None:
        super().__init__(observation_space, action_space)
        self.optimizer = optimizer
        self.q_net = InPrecision(network, autocast)
        self.q_net_target = InPrecision(copy.deepcopy(network).requires_grad_(False), autocast)

    def _predict(self, observation: Tensor, deterministic: bool = False) -> Tensor:
        return self.q_net(observation).argmax(1)


def of_actions(logs: Tensor, actions: Tensor) -> Tensor:
    """Of what is said of all actions, (batch, actions), that of each one's own: (batch,)."""
    return logs.gather(1, actions[:, None]).squeeze(1)
