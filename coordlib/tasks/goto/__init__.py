"""GoTo: agents that are told where to go, with and without coordinates (claims C23 and C24).

The paper's agents play Atari games (section 5, S9); this world is the course's own, small enough to
be measured exactly. Goals of one quadrant are held out, as in the paper's quadrant split.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from coordlib import checks, settings
from coordlib.recipes import SCALES, Recipe
from coordlib.settings import setting
from coordlib.tasks.goto.a2c import A2C, a2c_losses, n_step_returns, with_what_follows
from coordlib.tasks.goto.agent import WORLDS, hits
from coordlib.tasks.goto.dqn import BATCH, DQN
from coordlib.tasks.goto.networks import COORDINATES, NETWORKS, ActorCritic, QNetwork, build

__all__ = [
    "A2C",
    "AGENTS",
    "DQN",
    "NETWORKS",
    "ActorCritic",
    "QNetwork",
    "Settings",
    "a2c_losses",
    "hits",
    "n_step_returns",
    "preset",
    "with_what_follows",
]

AGENTS = ("a2c", "dqn")
# 102,400 and 204,800 moves; 30,720 and 61,440.
STEPS = {
    "a2c": {"smoke": 4, "lesson": 320, "paper": 640},
    "dqn": {"smoke": 4, "lesson": 480, "paper": 960},
}
EVALUATED_EVERY = 5_120  # moves


@dataclass(frozen=True)
class Settings(settings.Settings):
    """All that decides a recorded run besides recipe and seed; see `A2C` and `DQN`."""

    network: str = setting("which trunk", choices=NETWORKS)
    coordinates: str = setting("what gets coordinates", "none", choices=COORDINATES)
    agent: str = setting("how it learns", "a2c", choices=AGENTS)
    rollout: int = setting("moves in each world between two steps of a2c", 5, least=1, most=24)
    entropy: float = setting("weight of the policy's entropy in a2c's loss", 0.01)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, usual in (("rollout", 5), ("entropy", 0.01)):
            if self.agent == "dqn" and getattr(self, name) != usual:
                raise ValueError(f"{name} got {getattr(self, name)}; dqn does not take it")

    @property
    def moves_per_step(self) -> int:
        """How many moves a step makes, in all worlds: a run's steps times this are its length."""
        return WORLDS * (self.rollout if self.agent == "a2c" else 1)

    def build(self, seed: int) -> ActorCritic | QNetwork:
        """A new network as these settings say. Raises TypeError for a seed that is no integer."""
        agent = ActorCritic if self.agent == "a2c" else QNetwork
        return build(self.network, self.coordinates, agent, seed=seed)

    def experiment(self, seed: int, device: torch.device) -> A2C | DQN:
        """The experiment with a new network on `device`. Raises what `build` raises."""
        network = self.build(seed).to(device)
        if self.agent == "dqn":
            return DQN(network)
        return A2C(network, rollout=self.rollout, entropy=self.entropy)


def preset(
    network: str, *, scale: str = "lesson", style: str = "course", **changes: Any
) -> tuple[Settings, Recipe]:
    """The settings and the recipe with which a network is trained; see `coordlib.tasks`.

    style: "course" alone; the paper's code for agents wasn't released.
    """
    checks.one_of("scale", scale, SCALES)
    checks.one_of("style", style, ["course"])
    made = Settings.of(network=network, **changes)
    steps = STEPS[made.agent][scale]
    is_a2c = made.agent == "a2c"
    # Tried on seed 0, "flat" without coordinates and "pooled" with them, by their hits on the goals
    # to train on. To a2c a constant rate is as good. To dqn 1e-3 is worse; it forgets and learns
    # anew on its way, so that the end had better be calm.
    recipe = Recipe(
        steps=steps,
        batch_size=made.moves_per_step if is_a2c else BATCH,
        learning_rate=0.0025,
        schedule="late_decay",
        betas=(0.9, 0.999),
        clip=0.5 if is_a2c else None,
        evaluate_every=min(steps, EVALUATED_EVERY // made.moves_per_step),
    )
    return made, recipe
