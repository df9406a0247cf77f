"""A prediction in Python: what it says, and what is kept of it for another notebook."""

from __future__ import annotations

import pytest

from coordlib.widgets import Prediction


def test_prediction_compares(capsys, monkeypatch):
    pictures = []
    monkeypatch.setattr("coordlib.plots.show", lambda fig, alt: pictures.append(alt))
    guess = Prediction("How much?", 0, 100, unit="%")
    guess.compare(86.25, "Test accuracy")
    guess.value = 40
    guess.compare(86.25, "Test accuracy")
    Prediction("How many weights?", 0, 1e6).compare(7553, "Counted")
    assert capsys.readouterr().out.splitlines() == [
        "You made no prediction. Test accuracy: ≈ 86.2 %.",
        "You predicted 40 %. Test accuracy: ≈ 86.2 %.",
        "You made no prediction. Counted: 7,553.",
    ]
    assert [alt.startswith("The two on one line. You ") for alt in pictures] == [True] * 3


def test_prediction_of_a_choice(capsys):
    guess = Prediction("Which?", choices=["Conv", "CoordConv"])
    guess.compare("Conv")
    guess.value = "CoordConv"
    guess.compare("Conv")
    assert capsys.readouterr().out.splitlines() == [
        "You made no prediction. Measured: Conv.",
        "You predicted: CoordConv. Measured: Conv.",
    ]
    with pytest.raises(ValueError, match="measured got 'Pool'; it takes one of the choices"):
        guess.compare("Pool")


@pytest.mark.parametrize(
    "options", [{}, {"low": 1, "high": 1}, {"low": 0, "high": 1, "step": 2}, {"choices": ["one"]}]
)
def test_prediction_refuses(options):
    with pytest.raises(ValueError, match="choices got|low, high and step got"):
        Prediction("?", **options)


def test_prediction_refuses_a_measurement_that_is_no_number():
    with pytest.raises(TypeError, match="measured got 'many'; it takes a number"):
        Prediction("?", 0, 1).compare("many")


def test_asked_again_in_this_kernel_it_has_its_answer():
    Prediction("How much?", 0, 100).value = 40
    again = Prediction("How much?", 0, 100)
    assert again.value == again.heard == 40 and not again.recalled
    assert Prediction("How much?", 0, 10).value is None
    assert Prediction("How much?", choices=["40", "50"]).value is None


# Kept for another notebook


@pytest.fixture
def ask(monkeypatch):
    """Asks the same question, as another notebook does; its pictures are not drawn."""
    monkeypatch.setattr("coordlib.plots.show", lambda fig, alt: None)
    return lambda: Prediction("How much?", 0, 100, unit="%", kept_as="01_much")


@pytest.fixture
def choose():
    return lambda: Prediction("Which?", choices=["Conv", "CoordConv"], kept_as="01_which")


def test_a_kept_answer_is_met_again_and_can_be_changed(ask, choose, capsys):
    ask().value = 40
    choose().value = "Conv"
    met = ask()
    met.compare(86.25)
    choose().compare("Conv")
    met.set_state({"value": 70, "recalled": False})  # as the page does
    met.compare(86.25)
    ask().compare(86.25)
    assert capsys.readouterr().out.splitlines() == [
        "Earlier you predicted 40 %. Measured: ≈ 86.2 %.",
        "Earlier you predicted: Conv. Measured: Conv.",
        "You predicted 70 %. Measured: ≈ 86.2 %.",
        "Earlier you predicted 70 %. Measured: ≈ 86.2 %.",
    ]


def test_an_answer_is_kept_before_the_page_is_told_that_it_was_heard(ask):
    told = []
    guess = ask()
    guess.observe(lambda change: told.append((change.new, ask().value)), "heard")
    guess.value = 40
    guess.value = 50
    assert told == [(40, 40), (50, 50)]


def test_without_a_name_nothing_is_kept(home):
    Prediction("How much?", 0, 100).value = 40
    assert not home.exists()


def test_where_none_was_made_it_says_so(ask, capsys):
    ask().compare(86.25)
    assert capsys.readouterr().out == "You made no prediction. Measured: ≈ 86.2 %.\n"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"[" * 100_000, b"true", b"NaN", b"1e999", b"-1", b'"Pool"']
)
def test_a_damaged_answer_is_one_line_and_can_be_given_anew(ask, choose, home, capsys, content):
    for make, answer, result in ((ask, 40, 50.0), (choose, "Conv", "Conv")):
        first = make()
        first.value = answer
        (path,) = (home / "predictions").glob("*.json")
        path.write_bytes(content)
        met = make()
        met.compare(result)
        (said,) = capsys.readouterr().out.splitlines()
        assert said.startswith(f"Your earlier answer can't be read from {path} (")
        assert met.value is None and said.endswith(".")
        met.value = answer
        assert make().recalled
        path.unlink()


def test_an_answer_that_an_editor_has_marked_is_read_and_one_outside_the_limits_named(ask, home):
    ask().value = 40
    (path,) = (home / "predictions").glob("*.json")
    path.write_bytes(b"\xef\xbb\xbf70")
    assert ask().value == 70
    path.write_text("101")
    assert "the answer got 101; it takes a number of at least 0.0, at most 100" in ask().trouble


def test_an_answer_that_cannot_be_kept_says_why(ask, home):
    home.write_text("a file where the folder should be")
    guess = ask()
    guess.value = 40
    assert guess.trouble.startswith("It can't be kept for later: cannot write ")
    assert guess.value == 40


@pytest.mark.parametrize("name", ["../x", "a b", "01/x", "C:x"])
def test_a_name_is_a_word(name):
    with pytest.raises(ValueError, match="kept_as got .*; it takes a word"):
        Prediction("?", 0, 1, kept_as=name)


def test_a_still_picture_shows_every_choice_in_lines_that_fit():
    choices = ["more weights", "longer training", "telling pixels where they are", "nothing does"]
    fig = Prediction("What does it take?", choices=choices).still()
    (said,) = [text.get_text() for text in fig.axes[0].texts if "○" in text.get_text()]
    assert all(choice in said for choice in choices)
    fig.draw_without_rendering()
    assert fig.get_tightbbox().width <= fig.get_figwidth() + 0.01
