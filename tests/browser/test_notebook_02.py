"""Notebook 02 as a student works through it: predict, watch the training, stop, play it again."""

from __future__ import annotations


def test_predict_stop_and_play_again(solved):
    live = solved.run_and_stop("live = LiveTraining(", percent=5)
    said = solved.play_again(live)
    assert said[0].startswith("after step 0 of ") and len(said) > 1
    solved.predict("on_train = Prediction(", "Home")
    assert "You predicted 0 %. Train accuracy: ≈" in solved.run("on_train.compare(")
