import pytest

from coordlib.recipes import Recipe


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


def test_the_last_batch_is_kept_however_small():
    assert Recipe(epochs=1, batch_size=16).steps_per_epoch(2407) == 151


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 0),
        ("epochs", 1.5),
        ("batch_size", -1),
        ("evaluate_every", True),
        ("learning_rate", 0),
        ("learning_rate", float("nan")),
        ("l2", -1e-3),
        ("schedule", "cosine"),
        ("warm_up", 1.0),
        ("betas", (0.9, 1.0)),
    ],
)
def test_bad_fields_are_named(field, value):
    with pytest.raises(ValueError, match=f"{field} got"):
        Recipe(**{"epochs": 1, field: value})
