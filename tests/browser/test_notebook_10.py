"""Notebook 10 as a student works through it: predict, stop trainings, design an experiment."""

from __future__ import annotations


def test_predict_stop_and_design(solved):
    solved.run_and_stop("lessons[world, stem], scores[world, stem] = train_live(", 6, percent=2)
    assert "the cell's number ≈" in solved.run("answers[~own & ~right]")

    for world in ("irrelevant", "biased", "place"):
        solved.predict(f'guesses["{world}"]', choice="harm")
    said = solved.run("guesses[world].compare(")
    assert said.count("You predicted: harm. Measured: ") == 3

    solved.write(
        "my_expectation = ",
        'my_arms, my_padding = ("none", "conv"), "zeros"\n'
        "my_margin, my_power = 50.0, 0.8\n"
        'my_expectation = dict.fromkeys(datasets.WORLDS, "no difference")',
    )
    assert "pairs needed: ≈ 2; pairs run: ≈ 2" in solved.run("pilot = small_pairs(")
    assert solved.run("verdict(change, my_margin").count("you expected: no difference") == 3
