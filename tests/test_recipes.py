import pytest

from coordlib import datasets
from coordlib.recipes import SCALES, Recipe


def test_the_step_schedule_is_the_papers():
    recipe = Recipe(epochs=1200, batch_size=10, learning_rate=1.0, schedule="step")
    rates = [recipe.rate_at(epoch * 10, 100) for epoch in (0, 199, 200, 400, 600, 800, 1100)]
    assert rates == pytest.approx([1, 1, 0.1, 0.01, 1e-3, 1e-4, 1e-4])


def test_one_cycle_rises_then_falls_to_nothing():
    recipe = Recipe(epochs=4, batch_size=16, learning_rate=0.005, schedule="one_cycle")
    rates = [recipe.rate_at(step, 2407) for step in range(4 * 151)]
    top = rates.index(max(rates))
    assert top == pytest.approx(0.3 * len(rates), abs=2)
    assert max(rates) == pytest.approx(0.005, rel=1e-3)
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[0] < 0.05 * 0.005 and rates[-1] == pytest.approx(0, abs=1e-9)


def test_late_decay_is_constant_then_falls_to_a_twentieth():
    recipe = Recipe(steps=1000, learning_rate=2.0, schedule="late_decay")
    rates = [recipe.rate_at(step, None) for step in range(1000)]
    assert rates[:600] == [2.0] * 600 and rates[600] < 2.0
    assert rates[799] == pytest.approx(2.0 * (1 + 0.05) / 2) and rates[-1] == pytest.approx(0.1)


def test_the_last_batch_is_kept_however_small():
    assert Recipe(epochs=1, batch_size=16).steps_per_epoch(2407) == 151


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 0),
        ("epochs", None),
        ("epochs", 1.5),
        ("batch_size", -1),
        ("evaluate_every", True),
        ("learning_rate", 0),
        ("learning_rate", float("nan")),
        ("l2", -1e-3),
        ("schedule", "cosine"),
        ("warm_up", 1.0),
        ("betas", (0.9, 1.0)),
        ("betas", 0.9),
        ("optimizer", "lion"),
        ("momentum", 0.9),  # Adam has none
        ("smoothing", 1.0),
        ("epsilon", 0),
        ("clip", -1),
        ("clip", "1"),
    ],
)
def test_bad_fields_are_named(field, value):
    with pytest.raises(ValueError, match=f"{field} got"):
        Recipe(**{"epochs": 1, field: value})


def test_what_an_optimizer_does_not_take_is_named():
    with pytest.raises(ValueError, match="momentum got 0.9; adam does not take it"):
        Recipe(epochs=1, momentum=0.9)
    with pytest.raises(ValueError, match=r"betas got \(0.5, 0.9\); sgd does not take it"):
        Recipe(epochs=1, optimizer="sgd", betas=(0.5, 0.9))
    assert Recipe(epochs=1, optimizer="rmsprop", momentum=0.9, smoothing=0.9, epsilon=1e-5)


def test_a_length_in_steps_needs_no_examples():
    recipe = Recipe(steps=1000, schedule="one_cycle", evaluate_every=300)
    assert recipe.total_steps(None) == 1000 and recipe.length == "1,000 steps"
    assert Recipe(epochs=1).length == "1 epoch"
    assert recipe.rate_at(300, None) == pytest.approx(0.005, rel=1e-3)
    due = [step for step in range(1, 1001) if recipe.evaluates(step - 1, step, None)]
    assert due == [300, 600, 900, 1000]
    assert recipe.evaluates(290, 310, None) and not recipe.evaluates(310, 590, None)
    with pytest.raises(ValueError, match="schedule got 'step', which counts epochs"):
        Recipe(steps=10, schedule="step")


def test_scales_are_those_of_the_data():
    assert tuple(datasets.SCALES) == SCALES
