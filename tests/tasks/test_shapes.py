"""The shapes task: pictures and labels as announced, and weights measured as announced."""

import pytest
import torch

from coordlib import datasets, training
from coordlib.tasks import shapes


def test_a_hollow_square_and_a_cross_are_drawn_around_their_positions():
    square, cross = shapes.pictures(torch.tensor([[3, 4]]), 8, 3)[:, 0]
    assert square[3:6, 2:5].tolist() == [[1, 1, 1], [1, 0, 1], [1, 1, 1]]
    assert cross[3:6, 2:5].tolist() == [[0, 1, 0], [1, 1, 1], [0, 1, 0]]
    assert square.sum() == 8 and cross.sum() == 5


@pytest.mark.parametrize("question", shapes.QUESTIONS)
def test_labels_answer_the_question(question):
    split = datasets.split("uniform", 16, 5)
    experiment = shapes.Settings("coordconv", "uniform", 16, 5, question).experiment(0, "cpu")
    drawn, labels = experiment.parts["test"]
    n = len(split.test)
    assert len(drawn) == len(labels) == 2 * n
    if question == "shape":
        assert labels.tolist() == [0] * n + [1] * n
    else:
        right = [x >= 8 for x in split.test[:, 0].tolist()]
        assert labels.tolist() == right + right


def test_both_questions_are_learned_in_the_smallest_setting():
    for question in shapes.QUESTIONS:
        settings, recipe = shapes.preset("coordconv", "uniform", scale="smoke", question=question)
        experiment = settings.experiment(0, torch.device("cpu"))
        final = training.train(experiment, recipe, seed=0).history[-1].metrics
        assert final["test_accuracy"] > 0.9
        assert set(final) == {"train_accuracy", "test_accuracy", "first_ratio", "second_ratio"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"network": "conv"}, "network got 'conv'"),
        ({"question": "size"}, "question got 'size'.*shape, side"),
        ({"split": "quarter"}, "split got 'quarter'"),
        ({"square": 4}, "square got 4; it takes an odd number"),
    ],
)
def test_bad_settings_are_named(changes, says):
    values = {"network": "coordconv", "split": "uniform", **changes}
    with pytest.raises(ValueError, match=says):
        shapes.Settings(**values).experiment(0, torch.device("cpu"))
    with pytest.raises(ValueError, match="style got 'released'"):
        shapes.preset("coordconv", "uniform", style="released")
