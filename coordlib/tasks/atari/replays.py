"""One whole game as it was played, to be looked through: pictures, actions and scores in a file.

A picture is kept as the numbers of its colours, and of each picture only what has changed since
the one before, compressed: a game of a thousand steps takes some hundred kilobytes.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import nn

from coordlib.storage import StorageError, reading, write_atomically
from coordlib.tasks.atari import playing
from coordlib.tasks.atari.games import Game

LARGEST = 1_000_000  # bytes of a file


@dataclass(frozen=True)
class Replay:
    """A game, or its beginning, by an agent's steps.

    pictures: what a player sees after each step, numbers of colours: uint8, (steps, height, width).
    palette: the colours, RGB: uint8, (256, 3). actions: what was pressed, as numbers among
    `meanings`: uint8, (steps,). scores: the score so far: float32, (steps,).
    """

    pictures: np.ndarray
    palette: np.ndarray
    actions: np.ndarray
    scores: np.ndarray
    meanings: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.actions)

    def image(self, step: int) -> np.ndarray:
        """What is seen after a step, from 0: RGB, uint8, (height, width, 3)."""
        return self.palette[self.pictures[step]]


def record(network: nn.Module, name: str, *, seed: int = 0, longest: int = 27_000) -> Replay:
    """One game of GAMES, played to its end by an agent as it is, or for so many steps at most.

    Raises ValueError for a game that is not in the list, or a network of another game's.
    """
    game = Game(name)
    play = playing.player(network, seed)
    observation, _ = game.reset(seed=seed)
    palette = np.zeros((256, 3), np.uint8)
    pictures, actions, scores = [], [], []
    for _ in range(longest):
        (action,) = play(observation[None])
        observation, _, ended, cut, told = game.step(action)
        numbers, colours = game.screen()
        palette[numbers] = colours
        pictures.append(numbers)
        actions.append(action)
        scores.append(game.score)
        if told:
            break
        if ended or cut:
            observation, _ = game.reset()
    return Replay(
        np.stack(pictures),
        palette,
        np.array(actions, np.uint8),
        np.array(scores, np.float32),
        tuple(game.meanings),
    )


def save(replay: Replay, path: Path) -> None:
    """Write a replay, of 1 MB at most.

    Raises ValueError if it is larger: it is to be recorded anew with a smaller `longest`;
    StorageError if it cannot be written.
    """
    changes = replay.pictures.copy()
    changes[1:] ^= replay.pictures[:-1]
    file = io.BytesIO()
    np.savez_compressed(
        file,
        changes=changes,
        palette=replay.palette,
        actions=replay.actions,
        scores=replay.scores,
        meanings=np.array(replay.meanings),
    )
    if (size := file.tell()) > LARGEST:
        raise ValueError(
            f"replay got {len(replay):,} steps in {size:,} bytes; a file takes {LARGEST:,}: record "
            f"it with a smaller `longest`"
        )
    write_atomically(path, file.getvalue())


def load(path: Path) -> Replay:
    """Read what `save` wrote. Raises StorageError for a missing or damaged file."""
    with reading(path, "replay"):
        try:
            with np.load(path) as kept:
                pictures = np.bitwise_xor.accumulate(kept["changes"])
                parts = [kept[name] for name in ("palette", "actions", "scores")]
                return Replay(pictures, *parts, tuple(map(str, kept["meanings"])))
        except (KeyError, EOFError, zipfile.BadZipFile) as error:
            raise StorageError(f"{path} is not a replay, or it is damaged ({error})") from error
