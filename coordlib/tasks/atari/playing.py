"""Games played by an agent as it is: how it chooses, and what it scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from coordlib.tasks.atari.games import Game
from coordlib.tasks.atari.networks import QNetwork

EXPLORATION = 0.05  # how often a Q-learner that is measured takes a random action, as DQN's did


def drawn(logits: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """An action each, int64, (batch,), drawn as logits, (batch, actions), say.

    generator: of the logits' device; None: torch's own. Logits that are no numbers give an action
    as well, since a diverged training is found out by its loss.
    """
    waits = torch.empty_like(logits).exponential_(generator=generator)
    return (logits.softmax(-1) / waits).argmax(-1)


def player(network: nn.Module, seed: int = 0) -> Callable[[np.ndarray], np.ndarray]:
    """How an agent plays: a function of observations, uint8, (batch, 4, 84, 84), to actions.

    It draws them as its policy says; a `QNetwork` takes the best one, or in 1 of 20 steps any.
    """
    device = next(network.parameters()).device
    generator = torch.Generator(device).manual_seed(seed)

    def play(observations: np.ndarray) -> np.ndarray:
        frames = torch.from_numpy(observations).to(device)
        with torch.no_grad():
            if not isinstance(network, QNetwork):
                return drawn(network(frames)[0], generator).cpu().numpy()
            values = network(frames)
            best = F.one_hot(values.argmax(1), values.shape[1])
            chances = (1 - EXPLORATION) * best + EXPLORATION / values.shape[1]
            return drawn(chances.log(), generator).cpu().numpy()

    return play


def seeds(seed: int, number: int, *, measured: bool = False) -> list[int]:
    """Seeds of so many games: of a training, or, the same for all trainings, to be measured in."""
    drawn = np.random.SeedSequence([seed % 2**64, measured]).generate_state(number)
    return [int(each) for each in drawn]


def scores(
    play: Callable[[np.ndarray], np.ndarray], games: Sequence[Game], longest: int
) -> list[float]:
    """What a player scores in one whole game of each, with all lives, unclipped.

    A game ends after `longest` steps at the latest. They begin as seeded by their numbers.
    """
    begun = zip(games, seeds(0, len(games), measured=True), strict=True)
    seen = {k: game.reset(seed=seed)[0] for k, (game, seed) in enumerate(begun)}
    for _ in range(longest):
        actions = play(np.stack(list(seen.values())))
        for k, action in zip(list(seen), actions, strict=True):
            seen[k], _, ended, cut, told = games[k].step(action)
            if told:
                del seen[k]
            elif ended or cut:
                seen[k] = games[k].reset()[0]
        if not seen:
            break
    return [game.score for game in games]
