"""The exercises' frame: how an answer is checked and what the student is told.

A notebook ends an exercise with `exercises.check("1.2", answer)`, which prints one line:

    1.2 not attempted
    1.2 not yet: … why …
    1.2 passed: … what this shows …

The checkers live in the other files of this folder, one for each notebook.
"""

from __future__ import annotations

import functools
import importlib
import linecache
import pkgutil
import traceback
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

CLOSE = 1e-4  # how far from the right number an answer may be

_HERE = Path(__file__).parent.parent


class NotYet(Exception):  # noqa: N818  (it is an answer to the student, not a failure)
    """Raised by a checker: the answer is not right yet, and the message says why."""


class _NotAttempted(Exception):  # noqa: N818
    pass


@dataclass(frozen=True)
class Exercise:
    """An exercise with its checker; `minutes` and `difficulty` (1 to 3) stand in the notebook."""

    id: str
    minutes: int
    difficulty: int
    checker: Callable[[Any], str]


REGISTRY: dict[str, Exercise] = {}


def exercise(
    id: str, *, minutes: int, difficulty: int
) -> Callable[[Callable[[Any], str]], Callable[[Any], str]]:
    """Register the decorated function as the checker of an exercise, such as "1.2".

    The checker takes the answer and returns one sentence to praise it with, or raises `NotYet`.
    An answer that is a function can simply be called: while it returns `...`, or nothing because
    its body is still empty, the exercise counts as not attempted. What else may still be empty
    (a method's result, an item of a list) goes through `attempted`.

    Raises ValueError for an id that is taken or a difficulty that is not 1, 2 or 3.
    """
    if id in REGISTRY:
        raise ValueError(f"id got {id!r}, which is taken; it takes a new one")
    if difficulty not in (1, 2, 3):
        raise ValueError(f"difficulty got {difficulty!r}; it takes 1, 2 or 3")

    def register(checker: Callable[[Any], str]) -> Callable[[Any], str]:
        REGISTRY[id] = Exercise(id, minutes, difficulty, checker)
        return checker

    return register


def attempted(value: Any) -> Any:
    """`value`, unless it is the `...` or None of a stub: then the exercise is not attempted."""
    if value is None or value is ...:
        raise _NotAttempted
    return value


def tensor(value: Any, name: str = "the result") -> Tensor:
    """A tensor, a number or nested lists of numbers, as float64; NotYet for anything else."""
    try:
        return torch.as_tensor(value).detach().double()
    except (TypeError, ValueError, RuntimeError) as error:
        raise NotYet(f"{name} is a {type(value).__name__}, not a tensor") from error


def same(found: Tensor, wanted: Tensor) -> bool:
    """Whether two tensors, the first of float64, are equal to CLOSE."""
    return torch.allclose(found, wanted.double(), rtol=0, atol=CLOSE)


def check(id: str, answer: Any) -> None:
    """Print whether `answer` solves the exercise. Never raises."""
    print(f"{id} {_status(id, answer)}")


def _status(id: str, answer: Any) -> str:
    try:
        known = _load()
        if id not in known:
            return f"is no exercise; there are {', '.join(sorted(known))}"
        checker = known[id].checker
        if isinstance(answer, types.FunctionType):
            answer = _watched(answer)
        return f"passed: {checker(attempted(answer))}"
    except _NotAttempted:
        return "not attempted"
    except NotYet as reason:
        return f"not yet: {reason}"
    except Exception as error:
        return f"not yet: {_describe(error)}"


def _load() -> dict[str, Exercise]:
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return REGISTRY


def _watched(answer: types.FunctionType) -> Callable[..., Any]:
    """The student's function, with a word about a result that is nothing."""

    @functools.wraps(answer)
    def call(*args: Any, **options: Any) -> Any:
        result = answer(*args, **options)
        if result is None and not _is_stub(answer):
            raise NotYet(f"{answer.__name__} returned None; is its `return` missing?")
        return attempted(result)

    return call


def _is_stub(function: types.FunctionType) -> bool:
    """Whether the body is only `...`, `pass` or `return None`, after a docstring perhaps."""
    code = function.__code__
    return not code.co_names and set(code.co_consts) <= {None, ..., function.__doc__}


def _describe(error: Exception) -> str:
    """The error, and the student's line: the last one that is not this library's."""
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    said = " ".join(said.split())
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if "site-packages" in path.parts or _HERE in path.parents:
            continue
        source = linecache.getline(frame.filename, frame.lineno or 0).strip()
        return f"your line {frame.lineno}, `{source}`, raised {said}" if source else said
    return said
