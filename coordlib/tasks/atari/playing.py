"""Games played by an agent as it is: how it chooses, what it scores, what it looks at."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from coordlib import occlusion
from coordlib.replays import Replay
from coordlib.tasks.atari.games import SIDE, Game
from coordlib.tasks.atari.networks import ActorCritic, QNetwork

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


def replay(
    network: nn.Module,
    name: str,
    *,
    seed: int = 0,
    longest: int = 27_000,
    look_at: Sequence[int] = (),
) -> Replay:
    """One game of GAMES, played to its end by an agent as it is, or for so many steps at most.

    look_at: steps, from 0, after which an `ActorCritic` is asked what it looks at; those behind the
    game's end are left out.

    Raises ValueError for a game that is not in the list, a network of another game's, or one that
    has no policy to look at.
    """
    if look_at and not isinstance(network, ActorCritic):
        raise ValueError(f"look_at got {look_at}; a network without a policy takes none")
    game = Game(name)
    play = player(network, seed)
    device = next(network.parameters()).device
    observation, _ = game.reset(seed=seed)
    palette = np.zeros((256, 3), np.uint8)
    pictures, actions, scores, seen, looked_at, saliency = [], [], [], [], [], []
    for step in range(longest):
        (action,) = play(observation[None])
        observation, _, ended, cut, told = game.step(action)
        numbers, colours = game.screen()
        palette[numbers] = colours
        pictures.append(numbers)
        actions.append(action)
        scores.append(game.score)
        seen.append(observation[-1].copy())
        if step in look_at:
            frames = torch.from_numpy(observation[None]).to(device)
            looked_at.append(step)
            saliency.append(occlusion.saliency(lambda some: network(some)[0], frames)[0].cpu())
        if told:
            break
        if ended or cut:
            observation, _ = game.reset()
    return Replay(
        np.stack(pictures),
        palette,
        np.array(actions, np.uint8),
        np.array(scores, np.float32),
        np.stack(seen),
        np.array(looked_at, np.int64),
        np.array(saliency, np.float16).reshape(-1, SIDE, SIDE),
        tuple(game.meanings),
    )
