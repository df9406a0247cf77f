"""Atari games, played by agents that are told where things are, or not (claims C23 and C24).

Paper section 5 and S9: with coordinates A2C was better in six of nine games, and Q-learning (Ape-X)
gained nothing. Which games but Ms. Pac-Man, in which layers and with what recipe is not known to
us: the recipe is the literature's, and there are several arms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from coordlib import checks, settings
from coordlib.recipes import SCALES, Recipe
from coordlib.settings import setting
from coordlib.tasks.atari.games import GAMES
from coordlib.tasks.atari.learning import ROLLOUT, ActorCriticPlayer, Player, QPlayer
from coordlib.tasks.atari.networks import APART, NETWORKS, actor_critic, q_network

LEARNERS = ("a2c", "dqn")


@dataclass(frozen=True)
class Settings(settings.Settings):
    """All that decides a recorded run besides recipe and seed."""

    network: str = setting("which network", choices=NETWORKS)
    game: str = setting("which game", "MsPacman", choices=tuple(GAMES))
    learner: str = setting("how it learns", "a2c", choices=LEARNERS)
    agents: int = setting("that play at a time", 16, least=1, most=1_024, by_preset=True)
    memory: int = setting("steps of agents that dqn remembers", 50_000, least=1, by_preset=True)
    episodes: int = setting("games to an evaluation", 10, least=1, most=1_000, by_preset=True)
    longest: int = setting(
        "steps of an evaluation's game, at most", 27_000, least=1, by_preset=True
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.learner == "dqn" and self.network in APART:
            takes = ", ".join(name for name in NETWORKS if name not in APART)
            raise ValueError(
                f"network got {self.network!r}; dqn, which has no actor, takes one of {takes}"
            )

    def build(self, seed: int) -> nn.Module:
        """A new network as these settings say. Raises TypeError for a seed that is no integer."""
        make = actor_critic if self.learner == "a2c" else q_network
        return make(self.network, GAMES[self.game], seed=seed)

    def experiment(self, seed: int, device: torch.device) -> Player:
        """The experiment with a new network on `device`; its games begin as `seed` says."""
        given = (self.game, self.agents, self.episodes, self.longest, seed)
        network = self.build(seed).to(device)
        if self.learner == "dqn":
            return QPlayer(network, *given, memory=self.memory)
        return ActorCriticPlayer(network, *given)


def preset(
    network: str, *, scale: str = "lesson", style: str = "course", **changes: Any
) -> tuple[Settings, Recipe]:
    """The settings and the recipe with which a network is trained; see `coordlib.tasks`.

    style: "course" alone; the paper's recipe isn't known to us, and was not released. The "paper"
    scale is 40 million frames, as far as we know the usual length of its time.
    """
    checks.one_of("scale", scale, SCALES)
    checks.one_of("style", style, ["course"])
    usual: dict[str, Any] = {}
    if scale == "smoke":
        usual = {"agents": 2, "memory": 100, "episodes": 2, "longest": 10}
    chosen = Settings.of(network=network, **{**usual, **changes})
    steps = {"smoke": 4, "lesson": 750, "paper": 125_000}[scale]
    length = {"steps": steps, "evaluate_every": max(2, steps // 20)}
    if chosen.learner == "dqn":
        recipe = Recipe(**length, batch_size=32, learning_rate=1e-4, betas=(0.9, 0.999), clip=10.0)
    else:
        recipe = Recipe(
            **length,
            batch_size=ROLLOUT * chosen.agents,
            learning_rate=7e-4,
            optimizer="rmsprop_tf",
            epsilon=1e-5,
            clip=0.5,
        )
    return chosen, recipe
