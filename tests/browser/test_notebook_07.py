"""Notebook 07 as a student works through it: predict, stop a game, play by one's own step."""

from __future__ import annotations


def test_predict_stop_and_play(solved):
    solved.run_and_stop("settings, recipe = gan.preset(", percent=2)
    assert "real     valid ≈ 100 %" in solved.run("inspect(game, painted, game.real)")

    # Both players move by the student's own functions, all of which have passed.
    for own in ('exercises.own("7.4"', 'exercises.own("7.5"'):
        assert "passed yet" not in solved.output(solved.cell(own))
    solved.run_and_stop("OwnGame(own[title], moves)", 2, percent=2)

    solved.predict("share = Prediction(", "Home")
    assert "You predicted 0 %." in solved.run("share.compare(")
    # What was stopped so soon has painted too few scenes to be judged.
    solved.predict("loses = Prediction(", choice="neither")
    assert "too few to tell what it lost" in solved.run("loses.compare(")
    solved.predict("wider = Prediction(", "Home")
    assert "You predicted 0." in solved.run("wider.compare(")
