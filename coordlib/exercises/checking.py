"""What all checkers share: what counts as an answer, as equal, and what is said of a difference.

A checker names its cases, the right function and the mistakes it knows; `judge` does the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MappingView, Sequence, Set
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch
from torch import Tensor

ROOM = 8  # how many roundings of its own number format an answer may be off
DEEPEST = 8  # lists in lists: no answer has more axes
_EXACT = 2**53  # up to which float64 holds each whole number
Mistake = tuple[Callable[..., Any], "str | Callable[..., str]"]


class NotYet(Exception):  # noqa: N818  (it is an answer to the student, not a failure)
    """Raised by a checker: the answer is not right yet, and the message says why."""


class NotAttempted(Exception):  # noqa: N818
    """Raised for an answer that is still the stub's."""


def attempted(value: Any) -> Any:
    """`value`, unless it is the `...` or None of a stub: then the exercise is not attempted."""
    if value is None or value is ...:
        raise NotAttempted
    return value


def kind(value: Any) -> str:
    """What a value is, with its article: "a list", "an int", "an ndarray"."""
    name = "class" if isinstance(value, type) else type(value).__name__
    vowel = name[0].lower() in "aeiou" or name == "ndarray"
    return f"{'an' if vowel else 'a'} {name}"


def plural(count: int, thing: str) -> str:
    """So many things: "1 pixel", "2 pixels"."""
    return f"{count} {thing}{'' if count == 1 else 's'}"


def numbers(value: Any, name: str = "the result", wanted: str = "numbers") -> Tensor:
    """A copy of a tensor, an array, a number or nested lists of those, in its own number format.

    Raises NotYet, which says what is `wanted`, for anything else; the exercise is not attempted
    where a part is still open.
    """
    return _numbers(value, name, wanted, 0)


def _numbers(value: Any, name: str, wanted: str, depth: int) -> Tensor:
    attempted(value)
    try:
        if isinstance(value, Tensor) and not value.is_complex():
            dense = value.detach() if value.layout == torch.strided else value.detach().to_dense()
            return dense.to("cpu", copy=True)
        if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "biuf":
            return torch.as_tensor(np.array(value, order="C"))
        if isinstance(value, (bool, Integral)):
            return torch.tensor(value if isinstance(value, bool) else int(value))
        if isinstance(value, Real):
            return torch.tensor(float(value), dtype=torch.float64)
        if isinstance(value, (list, tuple)) and depth < DEEPEST:
            return _stacked(value, name, wanted, depth)
    except (TypeError, ValueError, RuntimeError, NotImplementedError) as error:
        raise NotYet(f"{name} is {kind(value)} that cannot be read as numbers") from error
    raise NotYet(f"{name} {'holds' if depth else 'is'} {kind(value)}; {_instead(value, wanted)}")


def _instead(value: Any, wanted: str) -> str:
    """What to return instead of a value that is no row of numbers."""
    if isinstance(value, (Iterator, MappingView, range)):
        return "put `list(…)` around it"
    if isinstance(value, (Mapping, Set)):
        return f"put its {wanted} into a list, in the order that is asked for"
    return f"wanted are {wanted}"


def _stacked(values: Sequence[Any], name: str, wanted: str, depth: int) -> Tensor:
    if {type(one) for one in values} <= {int, float}:  # a row at once: it is long
        decimal = any(isinstance(one, float) for one in values)
        return torch.tensor(values, dtype=torch.float64 if decimal else torch.int64)
    parts = [_numbers(one, name, wanted, depth + 1) for one in values]
    if len({part.shape for part in parts}) > 1:
        raise NotYet(f"{name} is {kind(values)} whose parts have different shapes")
    dtype = parts[0].dtype
    for part in parts:
        dtype = torch.promote_types(dtype, part.dtype)
    return torch.stack([part.to(dtype) for part in parts])


def tensor(value: Any, for_what: str, given: str) -> Tensor:
    """A copy of a result with which a page goes on as it is: a tensor of float32.

    for_what: why it must be one. given: what is float32 as well, with its verb, as in "mean is".
    Raises NotYet for anything else.
    """
    if not isinstance(value, Tensor):
        raise NotYet(f"the result is {kind(value)}; wanted is a tensor, {for_what}")
    if value.dtype != torch.float32:
        raise NotYet(f"the result holds {value.dtype}; {given} torch.float32, stay there")
    return numbers(value)


def share(value: Any, for_what: str) -> Tensor:
    """As `tensor`, for numbers from 0 to 1; float64 is read too, and counts given by mistake."""
    if isinstance(value, Tensor) and not value.is_complex():
        value = value if value.dtype in (torch.float16, torch.bfloat16) else value.float()
    return tensor(value, for_what, "a share is")


def number(value: Any, name: str = "the result") -> Tensor:
    """One number, Python's or of shape (), as a tensor of shape (); NotYet for anything else.

    A list of one number, or shape (1,), is none: a page that prints it in a format would fail.
    """
    found = numbers(value, name)
    if found.ndim > 0:
        listed = isinstance(value, (list, tuple))
        form = f"is {kind(value)}" if listed else f"has shape {tuple(found.shape)}"
        raise NotYet(f"{name} {form}; wanted is one number")
    if found.dtype == torch.bool:
        raise NotYet(f"{name} is True or False; wanted is a number")
    return found


def finite(value: Any, name: str) -> Tensor:
    """Numbers in any of these forms, such as weights set by hand; NotYet if one is NaN."""
    found = numbers(value, name)
    if not found.isfinite().all():
        raise NotYet(f"{name} holds a NaN or infinity")
    return found


def booleans(value: Any, name: str = "the result") -> Tensor:
    """Truth values in any of these forms; NotYet for anything else."""
    found = numbers(value, name, "booleans")
    if found.numel() == 0:
        return found.bool()
    if found.dtype != torch.bool:
        held = "decimal" if found.is_floating_point() else "whole"
        raise NotYet(
            f"{name} holds {held} numbers; wanted are booleans: compare, or append `.bool()` to a "
            "tensor of 0 and 1"
        )
    return found


def parts(value: Any, *names: str) -> tuple[Any, ...]:
    """The parts of a result of several things, each of them attempted."""
    listed = f"{len(names)} things: {', '.join(names)}"
    row = isinstance(value, (Tensor, np.ndarray)) and value.ndim > 0
    if not row and not isinstance(value, (tuple, list)):
        raise NotYet(f"the result is {kind(value)}; wanted are {listed}")
    if len(value) != len(names):
        raise NotYet(f"the result has {plural(len(value), 'part')}; wanted are {listed}")
    return tuple(attempted(part) for part in value)


def equal(found: Tensor, wanted: Tensor, room: float = ROOM) -> bool:
    """Whether two tensors are the same but for rounding, in the first one's number format.

    What was computed in float32 may come as Python's floats, so no format is taken for finer.
    Whole numbers are wanted exactly, or rounded as the format must round them.
    """
    if found.shape != wanted.shape:
        return False
    if not found.is_floating_point():
        return torch.equal(found.double(), wanted.double())
    step = room * torch.finfo(found.dtype).eps
    sizes = wanted.double().abs().nan_to_num(0, 0, 0).flatten().tolist()
    size = max([1.0, *sizes])
    if not wanted.is_floating_point():
        if step * size >= 0.25:
            return torch.equal(found, wanted.to(found.dtype))
    else:
        step = max(step, room * torch.finfo(torch.float32).eps)
    return torch.allclose(found.double(), wanted.double(), rtol=0, atol=step * size, equal_nan=True)


def unlike(one: float, other: float) -> tuple[str, str]:
    """Two different numbers in words, with as many digits as it takes to see how far apart."""
    for digits in range(4, 18):
        texts = _text(one, digits), _text(other, digits)
        shown = (float(text.replace(",", "")) for text in texts)
        lost = [abs(value - each) for value, each in zip((one, other), shown, strict=True)]
        # A NaN compares as False, and no digits make it plainer.
        if texts[0] != texts[1] and not max(lost) >= abs(one - other) / 2:
            break
    return texts


def _text(value: float, digits: int) -> str:
    # Of a larger decimal number not all digits are its own.
    whole = isinstance(value, int) or (value.is_integer() and abs(value) < _EXACT)
    return f"{int(value):,}" if whole else f"{value:,.{digits}g}"


def difference(found: Tensor, wanted: Tensor) -> str:
    """In which way a result differs from the right one: its shape, or its worst number."""
    if found.shape != wanted.shape:
        return f"the result has shape {tuple(found.shape)}; wanted is {tuple(wanted.shape)}"
    off = (found.double() - wanted.double()).abs().nan_to_num(torch.inf).flatten()
    worst = int(off.argmax())
    ours, right = unlike(found.flatten()[worst].item(), wanted.flatten()[worst].item())
    if found.ndim == 0:
        return f"your answer is {ours}; it should be {right}"
    place = ", ".join(str(int(one)) for one in np.unravel_index(worst, found.shape))
    return f"at [{place}] stands {ours}; it should be {right}"


def judge(
    answer: Callable[..., Any],
    cases: Iterable[tuple[Any, ...]],
    right: Callable[..., Any],
    *,
    mistakes: Iterable[Mistake] = (),
    said: Callable[..., str] | None = None,
    read: Callable[[Any], Tensor] = numbers,
    tell: Callable[..., str | None] | None = None,
    room: float = ROOM,
) -> None:
    """Ask `answer` all cases, and raise NotYet unless it gives what `right` gives.

    A mistake is a function and what to say of it, a text or a function of the first case that
    differs. It is named if it gives the answer's results in all cases and no other one does.
    Otherwise `tell(found, wanted, *case)` says what differs in that case, or `difference` where
    it has nothing to say. `said(*case)` names the case; `read` turns a result into a tensor.
    """
    cases = list(cases)
    found = [read(answer(*case)) for case in cases]
    wanted = [numbers(right(*case)) for case in cases]
    wrong = [not equal(*pair, room) for pair in zip(found, wanted, strict=True)]
    if not any(wrong):
        return
    first = wrong.index(True)
    reasons = {
        why(*cases[first]) if callable(why) else why
        for mistake, why in mistakes
        if all(
            equal(one, numbers(mistake(*case)), room)
            for one, case in zip(found, cases, strict=True)
        )
    }
    if len(reasons) == 1:
        why = reasons.pop()
    else:
        told = tell(found[first], wanted[first], *cases[first]) if tell else None
        why = told or difference(found[first], wanted[first])
    raise NotYet(f"{said(*cases[first])}: {why}" if said else why)
