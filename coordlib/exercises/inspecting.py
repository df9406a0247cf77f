"""What the checkers of networks share: the layers that one goes through, and what can learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.lazy import LazyModuleMixin
from torch.nn.modules.module import register_module_forward_pre_hook

from coordlib.exercises.checking import NotYet, plural
from coordlib.exercises.guarding import watched

_LAYERS = (nn.Conv1d, nn.Conv2d, nn.Linear)  # as filters of 1 × 1 all do the same


def used(call: Callable[[Tensor], Any], given: Tensor, said: str) -> list[nn.Module]:
    """The layers of weights that a call goes through, in their order, no network's as well.

    Raises NotYet where one gets other channels than it takes, or doesn't say how many those are;
    `said` begins the sentence.
    """
    found: list[nn.Module] = []

    def look(layer: nn.Module, given: tuple[Any, ...]) -> None:
        if not isinstance(layer, _LAYERS):
            return
        found.append(layer)
        if isinstance(layer, LazyModuleMixin):
            raise NotYet(
                f"layer {len(found)} is a lazy one: its weights aren't there before the first "
                "call, and can't be counted; write how many channels it takes"
            )
        if isinstance(layer, nn.Linear):
            takes, axes = layer.in_features, 1
        else:
            takes, axes = layer.in_channels, 1 + len(layer.kernel_size)
        tensors = (one for one in given if isinstance(one, Tensor) and one.ndim >= axes)
        gets = next((one.shape[-axes] for one in tensors), takes)
        if takes != gets:
            raise NotYet(
                f"{said} layer {len(found)} takes {plural(takes, 'channel')} and gets {gets}"
            )

    with register_module_forward_pre_hook(look):
        watched(call)(given)
    return found


def look_for_strangers(
    made: nn.Module, layers: list[nn.Module], again: list[nn.Module], method: str
) -> None:
    """Refuse layers whose weights are no parameters of the network, from two calls of a method."""
    strangers = set(layers) - set(made.modules())
    if not strangers <= set(again):
        raise NotYet(
            f"`{method}` makes a convolution anew in each call, so that its weights can't learn; "
            "make it once, in `__init__`"
        )
    if strangers:
        raise NotYet(
            f"the network doesn't know {len(strangers)} of the layers that `{method}` goes "
            "through, so that their weights can't learn: is a list around them? Put them into "
            "`nn.Sequential` or `nn.ModuleList`"
        )


def reaches(made: nn.Module, given: Tensor, what: str, source: str = "") -> None:
    """Refuse a network's right results, named by `what`, whose gradients miss one of its weights.

    source: what to call that which is given, if gradients must reach it as well.
    """
    learnt = {f"`{name}`": each for name, each in made.named_parameters()}
    frozen = [name for name, each in learnt.items() if not each.requires_grad]
    if frozen:
        raise NotYet(
            f"{what} are right, but {frozen[0]} can't learn: its `requires_grad` is switched off"
        )
    if source:
        given = given.clone().requires_grad_()
        learnt = {source: given, **learnt}
    with torch.enable_grad():
        result = made(given)
        if not isinstance(result, Tensor) or not result.requires_grad:
            raise NotYet(
                f"{what} are right, but nothing can be learnt from them: they must stay a tensor, "
                "without `.detach()` or `torch.no_grad()` on the way"
            )
        found = torch.autograd.grad(result.sum(), list(learnt.values()), allow_unused=True)
    for name, gradient in zip(learnt, found, strict=True):
        if gradient is None or not gradient.any():
            raise NotYet(f"{what} are right, but no gradient reaches {name}")
