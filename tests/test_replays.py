"""A game is kept small, and read again as it was."""

import dataclasses

import numpy as np
import pytest

from coordlib import replays
from coordlib.storage import StorageError


@pytest.fixture
def replay():
    """Sixty steps of a square on its way to the right."""
    pictures = np.zeros((60, 210, 160), np.uint8)
    for step, picture in enumerate(pictures):
        picture[100:110, 2 * step : 2 * step + 10] = 1
    return replays.Replay(
        pictures,
        palette=np.array([[0, 0, 0], [255, 128, 0]] + 254 * [[0, 0, 0]], np.uint8),
        actions=np.arange(60, dtype=np.uint8) % 3,
        scores=np.arange(60, dtype=np.float32),
        seen=pictures[:, :84, :84] + np.arange(60, dtype=np.uint8)[:, None, None],
        looked_at=np.array([7, 8]),
        saliency=np.linspace(0, 1, 2 * 84 * 84, dtype=np.float16).reshape(2, 84, 84),
        meanings=("NOOP", "LEFT", "RIGHT"),
    )


def test_a_picture_has_the_colours_of_the_palette(replay):
    assert replay.image(3)[105, 6].tolist() == [255, 128, 0]
    assert replay.image(3)[105, 5].tolist() == [0, 0, 0] and len(replay) == 60


def test_a_replay_is_kept_small_and_read_again(tmp_path, replay):
    path = tmp_path / "replay.npz"
    replays.save(replay, path)
    assert path.stat().st_size < 30_000
    again = replays.load(path)
    for field in dataclasses.fields(replay):
        ours, theirs = getattr(replay, field.name), getattr(again, field.name)
        assert np.array_equal(ours, theirs) and type(ours) is type(theirs)


def test_a_replay_that_is_too_large_or_damaged_is_named(tmp_path, replay):
    noise = np.random.default_rng(0).integers(0, 256, (60, 210, 160), np.uint8)
    with pytest.raises(ValueError, match="replay got 60 steps in 2,0.*a file takes 1,000,000"):
        replays.save(dataclasses.replace(replay, pictures=noise), tmp_path / "large.npz")
    path = tmp_path / "damaged.npz"
    for content in (b"", b"PK\x03\x04 something", np.zeros(3).tobytes()):
        path.write_bytes(content)
        with pytest.raises(StorageError, match=r"damaged\.npz is not a replay"):
            replays.load(path)
    with pytest.raises(StorageError, match="there is no replay at"):
        replays.load(tmp_path / "missing.npz")


def test_the_shipped_replays_are_told_apart_by_agent():
    found = replays.shipped("MsPacman")
    assert "untrained" in found and all(len(each.looked_at) for each in found.values())
    assert replays.shipped("Chess") == {}
