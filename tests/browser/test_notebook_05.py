"""Notebook 05 as a student works through it: predict, stop the trainings, play again, shuffle."""

from __future__ import annotations


def test_predict_stop_and_play_again(solved):
    # One training on each split.
    live = solved.run_and_stop('watch("conv_fc", "conv + FC")', 2, percent=8)
    said = solved.play_again(live)
    assert said[0].startswith("after step 0 of ") and len(said) > 1

    solved.predict("fc_guess = Prediction(", "Home")
    assert "You predicted 0 px. Conv + FC: ≈" in solved.run("fc_guess.compare(")
    solved.predict("start_guess = Prediction(", choice="zero")
    said = solved.run("start_guess.compare(")
    assert "You predicted: zero. Below 1 px on both splits: neither." in said

    assert "5.5 yours" in solved.run('exercises.own("5.5"')
    solved.predict("shuffle_guess = Prediction(", "Home")
    said = solved.run("shuffle_guess.compare(")
    assert "5.7 yours" in said and "You predicted 0 px. Shuffled: ≈ 0 px." in said
