"""The frame of the exercises: three statuses, and nothing a student writes makes it raise."""

from __future__ import annotations

import linecache

import pytest

from coordlib import exercises


@pytest.fixture(autouse=True)
def registry(monkeypatch):
    monkeypatch.setattr(exercises, "REGISTRY", {})
    monkeypatch.setattr(exercises.pkgutil, "iter_modules", lambda _: [])

    @exercises.exercise("9.1", minutes=5, difficulty=1)
    def double(answer):
        if answer(2) != 4:
            raise exercises.NotYet(f"double of 2 is 4, yours gives {answer(2)}")
        return "Twice as much."

    @exercises.exercise("9.2", minutes=5, difficulty=1, function=False)
    def parts(answer):
        return f"Sum {sum(exercises.attempted(part) for part in answer)}."


@pytest.fixture
def said(capsys):
    def said(id, answer):
        assert exercises.check(id, answer) is None
        return capsys.readouterr().out

    return said


def test_passed_and_not_yet(said):
    assert said("9.1", lambda x: 2 * x) == "9.1 passed: Twice as much.\n"
    assert said("9.1", lambda x: x) == "9.1 not yet: double of 2 is 4, yours gives 2\n"
    assert said("9.2", [1, 2]) == "9.2 passed: Sum 3.\n"


def stub_with_dots(x):
    """Twice x."""
    return ...


def stub_without_return(x):
    """Twice x."""
    ...


def stub_of_nothing(x):
    pass


@pytest.mark.parametrize("stub", [stub_with_dots, stub_without_return, stub_of_nothing, None, ...])
def test_a_stub_is_not_attempted(said, stub):
    assert said("9.1", stub) == "9.1 not attempted\n"


def test_a_part_left_open_is_not_attempted(said):
    assert said("9.2", [1, ...]) == "9.2 not attempted\n"


def test_a_forgotten_return_is_said(said):
    def forgot(x):
        x = 2 * x

    assert said("9.1", forgot) == ("9.1 not yet: forgot returned None; is its `return` missing?\n")


def test_an_exception_is_told_with_the_students_line(said):
    source = "def half(x):\n    return x / 0\n"
    linecache.cache["cell"] = (len(source), None, source.splitlines(keepends=True), "cell")
    space = {}
    exec(compile(source, "cell", "exec"), space)
    assert said("9.1", space["half"]) == (
        "9.1 not yet: your line 2, `return x / 0`, raised ZeroDivisionError: division by zero\n"
    )


@pytest.mark.parametrize("answer", [3, "text", [], lambda: 1, int, lambda x: "a" + x])
def test_nothing_makes_it_raise(said, answer):
    assert said("9.1", answer).startswith("9.1 not yet: ")


def test_an_unknown_exercise_is_named(said):
    assert said("9.9", 1) == "9.9 is no exercise; there are 9.1, 9.2\n"


def test_a_taken_id_and_a_wrong_difficulty_are_refused():
    with pytest.raises(ValueError, match=r"id got '9\.1', which is taken"):
        exercises.exercise("9.1", minutes=1, difficulty=1)
    with pytest.raises(ValueError, match="difficulty got 4; it takes 1, 2 or 3"):
        exercises.exercise("9.3", minutes=1, difficulty=4)
