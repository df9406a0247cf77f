"""What an argument may be, said once: errors that name it, what it got and what it takes."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable


def one_of(name: str, value: object, known: Iterable[str]) -> None:
    """Raise ValueError unless `value` is among the `known` words; it proposes the nearest one."""
    known = tuple(known)
    if value in known:
        return
    near = difflib.get_close_matches(str(value), known, n=1, cutoff=0.4)
    raise ValueError(
        f"{name} got {value!r}"
        + (f" (did you mean {near[0]!r}?)" if near else "")
        + f"; it takes one of {', '.join(known)}"
    )


def whole_number(name: str, value: object, least: int = 1) -> None:
    """Raise ValueError unless `value` is an integer of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} got {value!r}; it takes a whole number of at least {least}")


def number(name: str, value: object, least: float = 0.0) -> None:
    """Raise ValueError unless `value` is a finite number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{name} got {value!r}; it takes a number")
    if not math.isfinite(value) or value < least:
        raise ValueError(f"{name} got {value!r}; it takes a number of at least {least:g}")


def seed(value: object) -> None:
    """Raise TypeError unless `value` can seed a training: an integer."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"seed got {value!r}; it takes an integer")
