"""Settings say what they are and take; a wrong one is named before anything is built."""

from dataclasses import dataclass

import pytest

from coordlib import settings, tasks
from coordlib.settings import Setting, setting


@dataclass(frozen=True)
class Example(settings.Settings):
    network: str = setting("which one", choices=("deep", "wide"))
    width: int = setting("channels", 8, least=1, most=64, by_preset=True)
    rate: float = setting("of dropping", 0.5)
    note: str = setting("for whoever reads it", "")


def test_fields_say_what_they_take():
    network, width, rate, note = Example.fields()
    assert network.required and network.takes == "deep, wide"
    assert (width.type, width.takes, width.required) == (int, "1 to 64", False)
    assert rate.takes == "from 0" and note.takes == ""


def test_fields_say_what_they_are_where_nothing_is_said():
    network, width, rate, note = Example.fields()
    assert network.required
    assert (width.default, width.by_preset) == (8, True)
    assert (rate.default, rate.by_preset) == (0.5, False)
    assert (note.required, note.default) == (False, "")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "network is missing: which one; it takes deep, wide"),
        ({"network": "depe"}, "network got 'depe' (did you mean 'deep'?)"),
        ({"network": "deep", "widht": 3}, "a setting got 'widht' (did you mean 'width'?)"),
        ({"network": "deep", "width": 65}, "width got 65; it takes a whole number from 1 to 64"),
        ({"network": "deep", "width": 1.5}, "width got 1.5"),
        ({"network": "deep", "rate": float("inf")}, "rate got inf"),
        ({"network": "deep", "rate": "much"}, "rate got 'much'; it takes a number"),
        ({"network": "deep", "note": 3}, "note got 3; it takes a word"),
    ],
)
def test_what_is_wrong_is_named(values, says):
    with pytest.raises(ValueError) as error:
        Example.of(**values)
    assert says in str(error.value)


def test_a_function_gets_what_it_asks_for():
    def build(network, width, *, seed=0): ...

    assert Example("deep").asked_by(build) == {"network": "deep", "width": 8}


@pytest.mark.parametrize("task", tasks.names())
def test_every_task_describes_itself(task):
    for each in tasks.load(task).Settings.fields():
        assert each.says and each.type in (int, float, str)
        assert each.takes  # a word is chosen from some, or it is said what it stands for


def test_a_free_word_can_say_what_it_stands_for():
    where = Setting("where", str, "the place", "", word="a folder")
    assert where.takes == "a folder"
    where.check("somewhere")
    with pytest.raises(ValueError, match="where got 3; it takes a folder"):
        where.check(3)
