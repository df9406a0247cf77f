"""How a result was made: what autograd wrote down on the way to it."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor
from torch.autograd.graph import Node


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
