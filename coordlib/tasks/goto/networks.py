"""What an agent looks through: three trunks, with and without coordinates, and what is said of it.

The trunks differ in what they can know of places. "pooled", 1 × 1 filters and each channel's
largest value, is blind to them unless it is told coordinates. "padded" has 3 × 3 filters, which see
the zeros around the canvas. "flat" ends as the usual Atari agents do: its fully connected layer has
weights of its own for each place.
"""

from __future__ import annotations

import copy

from torch import Tensor, nn
from torch.nn import functional as F

from coordlib.conversion import tell_places
from coordlib.networks import seeded
from coordlib.tasks.goto.world import MOVES, SIDE

NETWORKS = ("pooled", "padded", "flat")
COORDINATES = ("none", "input")
EXPLORING = 0.05  # of a Q-network's moves are random
_CHANNELS, _WIDTH, _FEATURES = 3, 32, 128


def trunk(network: str) -> nn.Sequential:
    """One of NETWORKS, as yet without coordinates: pictures (n, 3, 8, 8) to features (n, 128)."""
    first = nn.Conv2d(_CHANNELS, _WIDTH, 1)
    second = nn.Conv2d(_WIDTH, _WIDTH, 3, stride=2, padding=1)
    pooled: list[nn.Module] = [nn.AdaptiveMaxPool2d(1), nn.Flatten()]
    features = _WIDTH
    if network == "pooled":
        second = nn.Conv2d(_WIDTH, _WIDTH, 1)
    elif network == "flat":
        first = nn.Conv2d(_CHANNELS, _WIDTH, 3, stride=2, padding=1)
        pooled, features = [nn.Flatten()], _WIDTH * (SIDE // 4) ** 2
    layers = [first, nn.ReLU(), second, nn.ReLU(), *pooled]
    return nn.Sequential(*layers, nn.Linear(features, _FEATURES), nn.ReLU())


class ActorCritic(nn.Module):
    """A trunk with two heads: the logits of the moves, (n, 4), and a state's value, (n,)."""

    def __init__(self, trunk: nn.Module) -> None:
        super().__init__()
        self.trunk = trunk
        self.actor = nn.Linear(_FEATURES, len(MOVES))
        self.critic = nn.Linear(_FEATURES, 1)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        features = self.trunk(_checked(pictures))
        return self.actor(features).float(), self.critic(features).float()[:, 0]

    def policy(self, pictures: Tensor) -> Tensor:
        """How probable each move is, (n, 4)."""
        return self(pictures)[0].softmax(1)


class QNetwork(nn.Module):
    """What each move is worth, (n, 4); and the target, an older copy of it that is not trained."""

    def __init__(self, trunk: nn.Module) -> None:
        super().__init__()
        self.online = nn.Sequential(trunk, nn.Linear(_FEATURES, len(MOVES)))
        self.target = copy.deepcopy(self.online).requires_grad_(False)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.online(_checked(pictures)).float()

    def policy(self, pictures: Tensor) -> Tensor:
        """How probable each move is, (n, 4): the best one is made, but one in twenty at random."""
        best = F.one_hot(self(pictures).argmax(1), len(MOVES))
        return (1 - EXPLORING) * best + EXPLORING / len(MOVES)


def build(network: str, coordinates: str, agent: type[nn.Module], *, seed: int) -> nn.Module:
    """A new `agent`, ActorCritic or QNetwork, with one of NETWORKS as its trunk.

    coordinates: one of COORDINATES; "input" makes the first layer a CoordConv layer. With the same
    seed a network with coordinates and one without start alike, but for the coordinate weights.

    Raises TypeError for a seed that is no integer.
    """

    def make() -> nn.Module:
        layers = trunk(network)
        tell_places(layers, ("0",) if coordinates == "input" else (), seed)
        return agent(layers)

    return seeded(make, seed, "torch")


def _checked(pictures: Tensor) -> Tensor:
    if pictures.ndim != 4 or pictures.shape[1:] != (_CHANNELS, SIDE, SIDE):
        raise ValueError(f"pictures got shape {tuple(pictures.shape)}; it takes (n, 3, 8, 8)")
    return pictures
