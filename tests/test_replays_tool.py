"""The tool records what a run's agent plays, beside the run."""

from coordlib import records, replays, tasks
from coordlib.recording import record
from tools import replays as tool


def test_a_run_gets_a_replay(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tool, "LONGEST", 12)
    monkeypatch.setattr(tool, "LOOK_AT", (3,))
    settings, recipe = tasks.load("atari").preset("plain", scale="smoke", game="Pong")
    run = record("atari", settings, recipe, 0, tmp_path / "run", device="cpu")
    assert tool.main([str(run.folder)]) == 0
    replay = replays.load(run.folder / "replay.npz")
    assert len(replay) == 12 and replay.looked_at.tolist() == [3]
    assert replay.meanings[0] == "NOOP" and records.load(run.folder).step == run.step
    assert "12 steps, score 0" in capsys.readouterr().out
