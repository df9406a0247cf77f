"""The tool records what an agent plays, trained or not."""

import numpy as np

from coordlib import replays, tasks
from coordlib.recording import record
from tools import replays as tool


def test_a_run_and_an_untrained_agent_get_a_replay(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tool, "LONGEST", 12)
    monkeypatch.setattr(tool, "LOOK_AT", (3,))
    monkeypatch.setattr(tool, "FOLDER", tmp_path / "replays")
    settings, recipe = tasks.load("atari").preset("coordconv", scale="smoke", game="Pong")
    record("atari", settings, recipe, 5, tmp_path / "run", device="cpu")
    assert tool.main([str(tmp_path / "run"), "Pong"]) == 0
    names = ("Pong-coordconv-seed5", "Pong-untrained")
    trained, not_trained = (replays.load(tmp_path / f"replays/{name}.npz") for name in names)
    assert len(trained) == 12 and trained.looked_at.tolist() == [3]
    assert np.array_equal(trained.pictures[0][:24], not_trained.pictures[0][:24])  # of one game
    assert not np.array_equal(trained.saliency, not_trained.saliency)
    assert "Pong, untrained: 12 steps, score 0" in capsys.readouterr().out
