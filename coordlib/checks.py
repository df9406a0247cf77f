"""What an argument may be, said once: errors that name it, what it got and what it takes."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable

THREADS = 1024  # the most that one process may ask for: tens of thousands crash torch's pool
SEEDS = (-(2**63), 2**63 - 1)  # what torch's generators take


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


def whole_number(name: str, value: object, least: int = 1, most: int | None = None) -> None:
    """Raise ValueError unless `value` is an integer from `least` to `most` (None: no bound)."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or value < least or (most is not None and value > most):
        takes = f"of at least {least}" if most is None else f"from {least:,} to {most:,}"
        raise ValueError(f"{name} got {value!r}; it takes a whole number {takes}")


def number(name: str, value: object, least: float = 0.0) -> None:
    """Raise ValueError unless `value` is a finite number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{name} got {value!r}; it takes a number")
    # Unlike math.isfinite, the comparison takes an integer of any size.
    if not least <= value <= sys.float_info.max:
        raise ValueError(f"{name} got {value!r}; it takes a number of at least {least:g}")


def positive(name: str, value: object) -> None:
    """Raise ValueError unless `value` is a finite number above 0."""
    number(name, value)
    if value == 0:
        raise ValueError(f"{name} got 0; it takes a number above 0")


def fraction(name: str, value: object) -> None:
    """Raise ValueError unless `value` is a number in [0, 1)."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1:
        raise ValueError(f"{name} got {value!r}; it takes a number in [0, 1)")


def seed(value: object) -> None:
    """Raise TypeError unless `value` is an integer, ValueError unless torch can be seeded by it."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"seed got {value!r}; it takes an integer")
    whole_number("seed", value, *SEEDS)
