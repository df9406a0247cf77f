"""The networks that play: the trunk of DQN (Mnih et al., 2015), with coordinates in various places.

The paper says only that "a CoordConv layer [was] added to an actor network" (section 5, S9); where,
and whether the critic sees through it, it doesn't. So there are several arms. With one seed all
start alike but for their coordinate weights, and all have the same heads: one layer for the policy
and one for the value, straight from the trunk's 512 numbers.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from coordlib import checks
from coordlib.conversion import tell_places
from coordlib.networks import seeded
from coordlib.tasks.atari.games import FRAMES, SIDE

# Which convolutions are told coordinates, by arm. In "coordconv_actor" actor and critic have trunks
# apart, and only the actor's is told; "apart" is its control. The last two end in the mean over all
# places: told nothing, they know places only as far as filters can tell the frame's edge.
TOLD = {
    "plain": (),
    "coordconv": ("trunk.0",),
    "coordconv_all": ("trunk.0", "trunk.2", "trunk.4"),
    "coordconv_actor": ("trunk.0",),
    "apart": (),
    "pooled": (),
    "pooled_coordconv": ("trunk.0",),
}
NETWORKS = tuple(TOLD)
APART = ("coordconv_actor", "apart")  # those in which the critic has a trunk of its own
_WIDTH = 512  # of what a trunk gives


class ActorCritic(nn.Module):
    """A policy and a value, of one trunk or of one each."""

    def __init__(self, actions: int, *, apart: bool = False, pooled: bool = False) -> None:
        super().__init__()
        self.trunk = _trunk(pooled)
        self.critic_trunk = _trunk(pooled) if apart else None
        self.actor, self.critic = nn.Linear(_WIDTH, actions), nn.Linear(_WIDTH, 1)

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """The actions' logits, (batch, actions), and the values, (batch,): float32.

        frames: (batch, 4, 84, 84), 0 to 255. Raises ValueError for another shape.
        """
        input = _as_input(frames)
        seen = self.trunk(input)
        logits = self.actor(seen)
        values = self.critic(seen if self.critic_trunk is None else self.critic_trunk(input))
        return logits.float(), values.squeeze(1).float()


class QNetwork(nn.Module):
    """What each action is worth."""

    def __init__(self, actions: int, *, pooled: bool = False) -> None:
        super().__init__()
        self.trunk, self.head = _trunk(pooled), nn.Linear(_WIDTH, actions)

    def forward(self, frames: Tensor) -> Tensor:
        """The returns to be expected, (batch, actions), float32, of frames as above."""
        return self.head(self.trunk(_as_input(frames))).float()


def actor_critic(network: str, actions: int, *, seed: int = 0) -> ActorCritic:
    """A new network, one of NETWORKS, for so many actions; its weights depend on `seed` alone.

    They start as usual for A2C: orthogonal, times √2, the policy's times 0.01 and the value's 1.

    Raises ValueError for another network, TypeError for a seed that is no integer.
    """
    checks.one_of("network", network, NETWORKS)

    def make() -> ActorCritic:
        apart, pooled = network in APART, network.startswith("pooled")
        made = ActorCritic(actions, apart=apart, pooled=pooled)
        gains = {made.actor: 0.01, made.critic: 1.0}
        for module in made.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.orthogonal_(module.weight, gains.get(module, math.sqrt(2)))
                nn.init.zeros_(module.bias)
        tell_places(made, TOLD[network], seed)
        return made

    return seeded(make, seed, "torch")


def q_network(network: str, actions: int, *, seed: int = 0) -> QNetwork:
    """The same for Q-learning, with torch's first weights, as usual there.

    Raises ValueError as well for a network that has trunks apart.
    """
    checks.one_of("network", network, [name for name in NETWORKS if name not in APART])

    def make() -> QNetwork:
        made = QNetwork(actions, pooled=network.startswith("pooled"))
        tell_places(made, TOLD[network], seed)
        return made

    return seeded(make, seed, "torch")


def _trunk(pooled: bool) -> nn.Sequential:
    """Three convolutions and a fully connected layer."""
    layers: list[nn.Module] = []
    for c_in, c_out, size, stride in ((FRAMES, 32, 8, 4), (32, 64, 4, 2), (64, 64, 3, 1)):
        layers += [nn.Conv2d(c_in, c_out, size, stride), nn.ReLU(inplace=True)]
    places = 1 if pooled else 7 * 7
    layers += [nn.AdaptiveAvgPool2d(1)] if pooled else []
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * places, _WIDTH), nn.ReLU())


def _as_input(frames: Tensor) -> Tensor:
    """Frames from 0 to 1 in the layout channels last, in which convolutions take less time."""
    if frames.shape[1:] != (FRAMES, SIDE, SIDE):
        raise ValueError(
            f"frames got shape {tuple(frames.shape)}; an agent takes (batch, 4, 84, 84)"
        )
    pixels = torch.stack(frames.unbind(1), 3)  # takes a third of what `permute` does
    return (pixels * (1 / 255)).permute(0, 3, 1, 2)
