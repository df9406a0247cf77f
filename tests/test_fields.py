"""Data from a file is what its type declares, or the first thing wrong with it is named."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest

from coordlib import fields
from coordlib.fields import Between


@dataclass(frozen=True)
class Point:
    x: float
    y: float


@dataclass(frozen=True)
class Shape:
    name: Literal["square", "circle"]
    step: Annotated[int, Between(0)]
    corners: list[Point]
    betas: tuple[float, float]
    columns: dict[str, list[float]]
    filled: bool = False
    part: Annotated[float, Between(0, 1)] | None = None
    sizes: tuple[int, ...] = ()
    about: Any = None
    folder: str = ""


WHOLE = {
    "name": "square",
    "step": 3,
    "corners": [{"x": 1, "y": 2.5}],
    "betas": [0.9, 0.99],
    "columns": {"loss": [1, 0.5]},
}


def test_content_becomes_what_its_type_declares():
    more = {"part": 0.5, "sizes": [3, 4, 5], "about": {"a": [None, True, 1, 2.0, "b"]}}
    found = fields.parse(Shape, {**WHOLE, **more}, folder="here")
    assert found == Shape(
        "square",
        3,
        [Point(1, 2.5)],
        (0.9, 0.99),
        {"loss": [1, 0.5]},
        False,
        0.5,
        (3, 4, 5),
        more["about"],
        "here",
    )
    assert fields.parse(Shape, {**WHOLE, "part": None}).part is None


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": "squar"}, r"name got 'squar' \(did you mean 'square'\?\)"),
        ({"step": -1}, "step got -1; it takes a number of at least 0$"),
        ({"step": 1.0}, "step got 1.0; it takes a whole number"),
        ({"step": True}, "step got True; it takes a whole number"),
        ({"corners": {}}, "corners got {}; it takes a list"),
        ({"corners": [{"x": 1, "y": 2}, {"x": 1}]}, r"corners\[1\] lacks its 'y'"),
        ({"corners": [{"x": 1, "y": None}]}, r"corners\[0\].y got None; it takes a finite number"),
        ({"corners": [3]}, r"corners\[0\] got 3; it takes an object"),
        ({"betas": [0.9]}, r"betas got \[0.9\]; it takes a list of 2"),
        ({"betas": "ab"}, "betas got 'ab'; it takes a list"),
        ({"columns": []}, r"columns got \[\]; it takes an object"),
        ({"columns": {"loss": [1, math.inf]}}, r"columns.loss\[1\] got inf; it takes a finite"),
        ({"columns": {"a\nb": [10**400]}}, r"columns\['a\\nb'\]\[0\] got 1000.*finite number"),
        ({"columns": {"loss": [True]}}, r"columns.loss\[0\] got True"),
        ({"filled": "no"}, "filled got 'no'; it takes true or false"),
        ({"filled": 0}, "filled got 0; it takes true or false"),
        ({"part": 1.5}, "part got 1.5; it takes a number of at least 0, at most 1"),
        ({"sizes": [1, 2, "3"]}, r"sizes\[2\] got '3'"),
        ({"about": [{"a": math.nan}]}, r"about\[0\].a got nan; it takes a finite number"),
        ({"fill": True}, r"a key of the content got 'fill' \(did you mean 'filled'\?\)"),
        ({"folder": "mine"}, "a key of the content got 'folder'"),
    ],
)
def test_what_a_field_does_not_take_is_named(changes, says):
    with pytest.raises(ValueError, match=says):
        fields.parse(Shape, {**WHOLE, **changes}, folder="here")


@pytest.mark.parametrize("content", [None, 3, "text", [], [WHOLE]])
def test_something_else_altogether_is_named(content):
    with pytest.raises(ValueError, match="the content got .*; it takes an object"):
        fields.parse(Shape, content)


def test_a_missing_field_is_named():
    for name in WHOLE:
        with pytest.raises(ValueError, match=f"the content lacks its {name!r}"):
            fields.parse(Shape, {key: value for key, value in WHOLE.items() if key != name})
