"""Plain data from a file, checked against the types that declare it, before anybody uses it.

A type is a dataclass, whose fields are the keys of an object; bool, int, float, str or None; a
Literal of words; list[…], tuple[…] or dict[str, …]; a union of such; or Any, which is whatever JSON
can hold. Annotated[int, Between(0, 9)] bounds a number. Numbers are finite, and `true` is none.
"""

from __future__ import annotations

import dataclasses
import math
import reprlib
import sys
import types
import typing
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union

from coordlib import checks

_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a finite number",
    str: "a text",
    types.NoneType: "null",
    list: "a list",
    tuple: "a list",
    dict: "an object",
}


@dataclass(frozen=True)
class Between:
    """The least and the most that a number may be."""

    least: float = -math.inf
    most: float = math.inf

    def __str__(self) -> str:
        upper = "" if self.most == math.inf else f", at most {self.most:,}"
        return f"a number of at least {self.least:,}{upper}"


def parse(kind: Any, value: object, place: str = "", **given: object) -> Any:
    """`value`, as JSON gives it, as a `kind`: objects become its dataclasses, lists its tuples.

    place: where the value stands, for the message, such as "history.step[3]".
    given: fields of the dataclass `kind` that do not come from the file.

    Raises ValueError that names the place of what is wrong, what is there and what it takes.
    """
    origin, arguments = typing.get_origin(kind) or kind, typing.get_args(kind)
    if kind is Any:
        return parse(_any(value), value, place)
    if origin is Annotated:
        return _bounded(parse(arguments[0], value, place), arguments[1], place)
    if origin in (Union, types.UnionType):
        return _first(arguments, value, place)
    if origin is Literal:
        checks.one_of(place, value, arguments)
        return value
    if dataclasses.is_dataclass(kind):
        return _object(kind, value, place, given)
    expected = list if origin is tuple else (int, float) if kind is float else origin
    # To Python, True is a number.
    if not isinstance(value, expected) or (isinstance(value, bool) and kind is not bool):
        raise _wrong(place, value, _WORDS[origin])
    if kind is float and not abs(value) <= sys.float_info.max:
        raise _wrong(place, value, _WORDS[float])
    if origin is dict:
        return {key: parse(arguments[1], each, _at(place, key)) for key, each in value.items()}
    if origin is list:
        return [parse(arguments[0], each, f"{place}[{n}]") for n, each in enumerate(value)]
    if origin is tuple:
        return _tuple(arguments, value, place)
    return value


def unlike(one: Any, other: Any) -> tuple[Any, Any]:
    """Of two objects the keys in which they differ; anything else as it is. For messages."""
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return one, other
    keys = [key for key in {**one, **other} if one.get(key) != other.get(key)]
    return tuple({key: each[key] for key in keys if key in each} for each in (one, other))


def _any(value: object) -> Any:
    """The type that a value of JSON has of its own."""
    return {dict: dict[str, Any], list: list[Any], int: float}.get(type(value), type(value))


def _bounded(value: Any, bounds: Between, place: str) -> Any:
    if not bounds.least <= value <= bounds.most:
        raise _wrong(place, value, str(bounds))
    return value


def _first(kinds: tuple[Any, ...], value: object, place: str) -> Any:
    """`value` as the first of the kinds that takes it."""
    errors = []
    for kind in kinds:
        try:
            return parse(kind, value, place)
        except ValueError as error:
            errors.append(error)
    raise errors[0]


def _object(kind: Any, value: object, place: str, given: dict[str, object]) -> Any:
    if not isinstance(value, dict):
        raise _wrong(place, value, _WORDS[dict])
    takes = {each.name: each for each in dataclasses.fields(kind) if each.name not in given}
    for key in value:
        checks.one_of(f"a key of {place or 'the content'}", key, takes)
    for name, each in takes.items():
        missing = (each.default, each.default_factory) == (dataclasses.MISSING,) * 2
        if missing and name not in value:
            raise ValueError(f"{place or 'the content'} lacks its {name!r}")
    hints = typing.get_type_hints(kind, include_extras=True)
    parsed = {key: parse(hints[key], each, _at(place, key)) for key, each in value.items()}
    return kind(**parsed, **given)


def _tuple(kinds: tuple[Any, ...], value: list[Any], place: str) -> tuple[Any, ...]:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        kinds = kinds[:1] * len(value)
    if len(value) != len(kinds):
        raise _wrong(place, value, f"a list of {len(kinds)}")
    each = zip(kinds, value, strict=True)
    return tuple(parse(kind, one, f"{place}[{n}]") for n, (kind, one) in enumerate(each))


def _at(place: str, key: str) -> str:
    if not key.isidentifier():
        return f"{place}[{key!r}]"
    return f"{place}.{key}" if place else key


def _wrong(place: str, value: object, takes: str) -> ValueError:
    # Shortened: a value may be a whole file.
    return ValueError(f"{place or 'the content'} got {reprlib.repr(value)}; it takes {takes}")
