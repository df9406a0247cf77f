"""What a task hands to the training: a network, the turns of a step, and what it must remember.

Today's tasks take one turn a step. A GAN takes two or three, which move its two networks in turn;
an agent takes one a rollout. The loop in `training` is the same for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import Dataset

from coordlib.recipes import Recipe

# What can be kept in a checkpoint: tensors, and values that JSON knows.
State = dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """One part of a step: a loss, and the weights that it moves.

    name: what messages and progress call it.
    loss: given the batch, a scalar to differentiate, the mean over its examples.
    part: the submodule of the experiment's network whose parameters are moved, such as
        "generator"; "" for the whole network. Turns that move the same part share an optimizer.
    rate: how fast it moves them, in parts of the recipe's learning rate.
    """

    name: str
    loss: Callable[[Any], Tensor]
    part: str = ""
    rate: float = 1.0


class Experiment:
    """The base of all experiments that the loop trains.

    A batch holds the numbers of some of the `train_size` train examples, int64, shape (batch,), on
    the network's device. If there is a `train_data` (a folder of images, say), it holds
    those examples of it, collated and on the network's device. An experiment that makes its own
    examples, as an agent does, has neither and gets None.
    """

    network: nn.Module
    train_size: int | None = None
    train_data: Dataset | None = None
    train_workers = 0  # processes that load from `train_data` ahead of the training
    low_precision_pays = False  # is 16-bit arithmetic faster for this network, and fine enough?

    def loss(self, batch: Any) -> Tensor:
        """The loss of the only turn; experiments with several turns say `turns` instead."""
        raise NotImplementedError

    def turns(self) -> Sequence[Turn]:
        """The turns of a step, in their order."""
        return (Turn("loss", self.loss),)

    def after_step(self) -> None:
        """Called after the last turn of each step: the place for a moving average of weights."""

    def evaluate(self) -> dict[str, float]:
        """The task's metrics, by name. Called in evaluation mode and without gradients."""
        raise NotImplementedError

    def state(self) -> State:
        """What else must be remembered to go on exactly where the training was interrupted.

        Weights, optimizers and torch's random numbers are kept anyway. Others are handed over here
        by name: tensors (averaged weights, an environment's state), and values that JSON knows.
        """
        return {}

    def load_state(self, state: State) -> None:
        """Take back what `state` gave, its tensors on the CPU."""


class Session(Protocol):
    """What a library's own loop is given to report to: the same events, folder and stop as ours."""

    step: int  # done so far: more than 0 when an interrupted training goes on
    steps: int  # to be done in all
    seed: int
    recipe: Recipe
    optimizer: Optimizer  # the recipe's, of the whole network; its state is in the checkpoint
    rate: float  # the learning rate of the step to come, for a loop that `follows_rate`
    autocast: torch.autocast  # the context in which the network is to be computed

    def advance(self, step: int, losses: Mapping[str, float]) -> bool:
        """Say that `step` steps are done, as often as convenient; False: end now, to go on later.

        Tells progress, evaluates and keeps a checkpoint when it is time. A loss that is not finite
        ends the training. Raises ValueError for a step that lies behind.
        """


class LibraryExperiment(Experiment):
    """An experiment whose loop a library owns, such as stable-baselines3.

    Its recipe is in steps. A library that takes the session's optimizer has it remembered; what
    must be remembered of its own is part of `state`.
    """

    follows_rate = False  # does it move the weights by the session's `rate`, which may change?

    def run(self, session: Session) -> None:
        """Train from `session.step` to `session.steps`, reporting to `session` on the way."""
        raise NotImplementedError
