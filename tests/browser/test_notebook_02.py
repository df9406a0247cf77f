"""Notebook 02 as a student works through it: predict, watch the training, stop, play it again."""

from __future__ import annotations


def test_the_deconvolution_is_trained_by_the_students_own_step(solved):
    for own in ("2.5", "2.6", "2.7"):
        assert f"{own} yours" in solved.output(solved.cell(f'exercises.own("{own}"'))


def test_predict_stop_and_play_again(solved):
    live = solved.run_and_stop("live = LiveTraining(", percent=5)
    assert live.get_by_role("slider", name="Learning rate").count() == 1
    said = solved.play_again(live)
    assert said[0].startswith("after step 0 of ") and len(said) > 1
    solved.predict("on_train = Prediction(", "Home")
    assert "You predicted 0 %. Train accuracy: ≈" in solved.run("on_train.compare(")
