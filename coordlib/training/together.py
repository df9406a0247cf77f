"""Several networks of one kind, computed by one pass through all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor, nn

from coordlib.experiment import Experiment, LibraryExperiment
from coordlib.recipes import Recipe


def losses(
    networks: Sequence[nn.Module],
    functions: Sequence[Callable[[Any], Tensor]],
    batches: Sequence[Any],
) -> Sequence[Tensor]:
    """What each function gives for its batch with its network, scalars to differentiate."""
    if len(functions) == 1:
        return [functions[0](batches[0])]
    modules = [_Loss(*each) for each in zip(networks, functions, strict=True)]
    # Stacking is differentiable: a gradient finds its way back into each network's own weights.
    weights = _stacked([dict(module.named_parameters()) for module in modules])
    each = [dict(module.named_buffers()) for module in modules]
    buffers = _stacked(each)

    def one(weights: dict[str, Tensor], buffers: dict[str, Tensor], batch: Tensor) -> Tensor:
        return torch.func.functional_call(modules[0], (weights, buffers), (batch,))

    values = torch.vmap(one)(weights, buffers, torch.stack(list(batches)))
    for number, own in enumerate(each):
        for name, buffer in own.items():
            buffer.copy_(buffers[name][number])  # BatchNorm has updated its means in the stack
    return values.unbind()


class _Loss(nn.Module):
    """A loss as a module of its network, so that torch can call it with other weights."""

    def __init__(self, network: nn.Module, function: Callable[[Any], Tensor]) -> None:
        super().__init__()
        self.network = network
        self.function = function

    def forward(self, batch: Any) -> Tensor:
        return self.function(batch)


def _stacked(each: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    return {name: torch.stack([tensors[name] for tensors in each]) for name in each[0]}


def check_alike(experiments: Sequence[Experiment], recipes: Sequence[Recipe]) -> None:
    """Raise ValueError unless they can be trained as one: see `train_together`."""

    def shape(experiment: Experiment, recipe: Recipe) -> dict[str, Any]:
        values = asdict(recipe)
        del values["learning_rate"], values["l2"]
        tensors = experiment.network.state_dict()
        return {
            "recipe": values,
            "train_size": experiment.train_size,
            "network": {name: tuple(tensor.shape) for name, tensor in tensors.items()},
        }

    if len(experiments) == 1:
        return
    shapes = [shape(*each) for each in zip(experiments, recipes, strict=True)]
    for number, each in enumerate(shapes):
        for name, value in each.items():
            if value != shapes[0][name]:
                raise ValueError(
                    f"members take one {name}: that of number {number} is {value}, "
                    f"that of number 0 is {shapes[0][name]}"
                )
    for experiment in experiments:
        if isinstance(experiment, LibraryExperiment) or experiment.train_size is None:
            kind = type(experiment).__name__
            raise ValueError(f"members take numbered train examples; {kind} makes its own")
        if experiment.train_data is not None or len(experiment.turns()) > 1:
            kind = type(experiment).__name__
            raise ValueError(
                f"members take one turn a step and examples in memory; {kind} has others"
            )
