"""The optimizers that a recipe can name: torch's own, and stable-baselines3's RMSprop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn
from torch.optim import SGD, Adam, Optimizer, RMSprop

from coordlib.recipes import Recipe


def optimizer(part: nn.Module, recipe: Recipe) -> Optimizer:
    """The recipe's optimizer for all trainable parameters of a network or a part of one.

    Raises ImportError that says what to install if the optimizer is stable-baselines3's, and that
    is missing.
    """
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
        "rmsprop_tf": lambda: _rmsprop_tf()(
            groups, lr=rate, alpha=recipe.smoothing, eps=recipe.epsilon
        ),
    }
    return makers[recipe.optimizer]()


def _rmsprop_tf() -> Any:
    """RMSprop as TensorFlow has it: ε is within the root, and the mean square starts at one.

    So the first steps are short, where torch's are the longest. A2C on Atari was tuned with it.
    """
    try:
        from stable_baselines3.common.sb2_compat.rmsprop_tf_like import RMSpropTFLike
    except ImportError as error:
        raise ImportError(
            f"the optimizer rmsprop_tf needs the extra 'rl' ({error}); install it with: "
            f"pip install 'coordlib[rl]', or in a checkout: pip install '.[rl]'"
        ) from error
    return RMSpropTFLike
