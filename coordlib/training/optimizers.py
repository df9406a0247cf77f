"""The optimizers that a recipe can name: torch's own, and TensorFlow's form of RMSprop."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn
from torch.optim import SGD, Adam, Optimizer, RMSprop

from coordlib.recipes import Recipe


class RMSpropTF(Optimizer):
    """RMSprop as TensorFlow has it: ε is within the root, and the mean square starts at one.

    So the first steps are short, where torch's are the longest. A2C on Atari was tuned with it.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        """params: parameters, or groups of them; the others as in `torch.optim.RMSprop`."""
        usual = {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, usual)

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """Move each parameter that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if not state:
                    state["square_avg"] = torch.ones_like(parameter)
                gradient, mean = parameter.grad, state["square_avg"]
                if group["weight_decay"]:
                    gradient = gradient.add(parameter, alpha=group["weight_decay"])
                mean.mul_(group["alpha"]).addcmul_(gradient, gradient, value=1 - group["alpha"])
                parameter.addcdiv_(gradient, (mean + group["eps"]).sqrt_(), value=-group["lr"])


def optimizer(part: nn.Module, recipe: Recipe) -> Optimizer:
    """The recipe's optimizer for all trainable parameters of a network or a part of one."""
    parameters = [each for each in part.parameters() if each.requires_grad]
    # l2 · Σ w² has the gradient 2 · l2 · w. A fully connected layer's weights have two dimensions,
    # biases and BatchNorm have one.
    groups = [
        {"params": [p for p in parameters if p.ndim > 2], "weight_decay": 2 * recipe.l2},
        {"params": [p for p in parameters if p.ndim <= 2], "weight_decay": 0.0},
    ]
    rate = recipe.learning_rate
    makers: dict[str, Callable[[], Optimizer]] = {
        "adam": lambda: Adam(groups, lr=rate, betas=recipe.betas, eps=recipe.epsilon, fused=True),
        "sgd": lambda: SGD(groups, lr=rate, momentum=recipe.momentum),
        "rmsprop": lambda: RMSprop(
            groups,
            lr=rate,
            alpha=recipe.smoothing,
            eps=recipe.epsilon,
            momentum=recipe.momentum,
        ),
        "rmsprop_tf": lambda: RMSpropTF(
            groups, lr=rate, alpha=recipe.smoothing, eps=recipe.epsilon
        ),
    }
    return makers[recipe.optimizer]()
