"""An Atari game as an agent played it, in a file: what was to be seen, and what it did.

Pictures are kept as what has changed since the one before, compressed: a game of a thousand steps
takes some hundred kilobytes. To read one takes no emulator; `tasks.atari.playing.replay` makes one.
"""

from __future__ import annotations

import dataclasses
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coordlib.storage import StorageError, data_folder, reading, write_atomically

LARGEST = 1_000_000  # bytes of a file
_CHANGING = ("pictures", "seen")  # kept as what has changed since the one before


@dataclass(frozen=True)
class Replay:
    """A game, or its beginning, by an agent's steps.

    pictures: what a player sees after each step, numbers of colours: uint8, (steps, height, width).
    palette: the colours, RGB: uint8, (256, 3). actions: what was pressed, as numbers among
    `meanings`: uint8, (steps,). scores: the score so far: float32, (steps,).
    seen: the newest of the frames that the agent sees after each step: uint8, (steps, 84, 84).
    looked_at: steps, int64, (k,), after which it was asked what it looks at. saliency: where, see
    `occlusion.saliency`: float16, (k, 84, 84).
    """

    pictures: np.ndarray
    palette: np.ndarray
    actions: np.ndarray
    scores: np.ndarray
    seen: np.ndarray
    looked_at: np.ndarray
    saliency: np.ndarray
    meanings: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.actions)

    def image(self, step: int) -> np.ndarray:
        """What a player sees after a step, from 0: RGB, uint8, (height, width, 3)."""
        return self.palette[self.pictures[step]]


def save(replay: Replay, path: Path) -> None:
    """Write a replay, of 1 MB at most.

    Raises ValueError if it is larger: it is to be recorded anew with a smaller `longest`;
    StorageError if it cannot be written.
    """
    kept = dataclasses.asdict(replay)
    for name in _CHANGING:
        kept[name][1:] ^= getattr(replay, name)[:-1]
    file = io.BytesIO()
    np.savez_compressed(file, **kept)
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
                parts = {field.name: kept[field.name] for field in dataclasses.fields(Replay)}
        except (KeyError, EOFError, zipfile.BadZipFile) as error:
            raise StorageError(f"{path} is not a replay, or it is damaged ({error})") from error
    for name in _CHANGING:
        parts[name] = np.bitwise_xor.accumulate(parts[name])
    parts["meanings"] = tuple(map(str, parts["meanings"]))
    return Replay(**parts)


def shipped(game: str) -> dict[str, Replay]:
    """The replays of a game that come with the course, by agent: "untrained", "plain-seed0", …"""
    paths = sorted((data_folder() / "replays").glob(f"{game}-*.npz"))
    return {path.stem.removeprefix(f"{game}-"): load(path) for path in paths}
