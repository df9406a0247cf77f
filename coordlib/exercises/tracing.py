"""How a result was made: what torch was given on the way to it, and what autograd wrote down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import Node
from torch.overrides import TorchFunctionMode

from coordlib.exercises.checking import NotYet, equal

_ROOM = 64  # roundings that a gradient may be off: it is a sum of many


def handled(call: Callable[[], Any]) -> list[torch.Size]:
    """The shapes of all tensors that torch's functions took and gave in a call, one by one.

    But for functions that make nothing new: views, such as `expand`, and what writes into a tensor.
    """
    shapes: list[torch.Size] = []

    class Shapes(TorchFunctionMode):
        def __torch_function__(
            self, function: Any, types: Any, given: Any = (), options: Any = None
        ) -> Any:
            result = function(*given, **(options or {}))
            taken, made = list(_tensors([given, options])), list(_tensors(result))
            if not _bases(made) <= _bases(taken):
                shapes.extend(one.shape for one in (*taken, *made))
            return result

    with Shapes():
        call()
    return shapes


def _tensors(value: Any) -> Iterator[Tensor]:
    """All tensors in a value, in its parts, and in theirs."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _tensors(part)
    elif isinstance(value, Mapping):
        yield from _tensors(list(value.values()))


def _bases(tensors: list[Tensor]) -> set[int]:
    """Which tensors these are, or are views of."""
    return {id(one if one._base is None else one._base) for one in tensors}


def look_at_the_gradients(
    answer: Callable[..., Any],
    right: Callable[..., Tensor],
    case: Sequence[Tensor],
    **learnt: int,
) -> None:
    """Refuse a right result whose gradients don't reach some arguments, or are others.

    learnt: those arguments' names, and their places in the case.
    """

    def gradients(function: Callable[..., Any]) -> tuple[Tensor, ...]:
        with torch.enable_grad():
            given = list(case)
            for place in learnt.values():
                given[place] = given[place].clone().requires_grad_()
            result = function(*given)
            if not isinstance(result, Tensor) or not result.requires_grad:
                raise NotYet(
                    "the result is right, but nothing can be learned from it: it must stay a "
                    "tensor, without `.item()`, `.detach()`, `torch.no_grad()` or a new "
                    "`torch.tensor` on the way"
                )
            # Uneven parts of it, since what adds up to 0 would hide that it is missing.
            total = (result.flatten() * torch.linspace(1, 2, result.numel())).sum()
            wanted = [given[place] for place in learnt.values()]
            return torch.autograd.grad(total, wanted, allow_unused=True, materialize_grads=True)

    for name, ours, theirs in zip(learnt, gradients(answer), gradients(right), strict=True):
        if theirs.any() and not ours.any():
            raise NotYet(
                f"the result is right, but no gradient reaches `{name}`: is it cut off by "
                "`.detach()`, `.data` or `.item()`?"
            )
        if theirs.isfinite().all() and not ours.isfinite().all():
            raise NotYet(
                f"the result is right, but the gradient of `{name}` is nan or infinite: on the way "
                "stands a slope that isn't finite, as log's and sqrt's at 0"
            )
        if not equal(ours, theirs, _ROOM):
            raise NotYet(f"the result is right, but the gradient of `{name}` is not right")


def convolved(result: Tensor) -> set[tuple[int, int]]:
    """Batch and channels of all that was convolved on the way to a result."""
    return {
        tuple(step._saved_input.shape[:2])
        for step in _steps(result)
        if step.name().startswith("Convolution")
    }


def constants(result: Tensor) -> int:
    """How many numbers went into a result that have no gradient, as coordinates have none.

    Counted where they meet what has one, as large as they are there; single numbers are not.
    """
    saved = [
        getattr(step, name)
        for step in _steps(result)
        for name in dir(step)
        if name.startswith("_saved_")
    ]
    tensors = [one for one in saved if isinstance(one, Tensor) and not one.requires_grad]
    return sum(one.numel() for one in tensors if one.ndim > 0)


def _steps(result: Tensor) -> Iterator[Node]:
    nodes, seen = [result.grad_fn], set()
    while nodes:
        node = nodes.pop()
        if node is not None and node not in seen:
            seen.add(node)
            nodes += [before for before, _ in node.next_functions]
            yield node
