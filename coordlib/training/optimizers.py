"""The optimizers that a recipe can name, torch's own."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn
from torch.optim import SGD, Adam, Optimizer, RMSprop

from coordlib.recipes import Recipe


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
    }
    return makers[recipe.optimizer]()
