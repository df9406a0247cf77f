"""What a loop that a library owns reports to: the same events, checkpoints and stop as ours."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch

from coordlib import checks
from coordlib.training.member import Training


class LibrarySession:
    """The `experiment.Session` of one training."""

    def __init__(self, training: Training, seed: int, stopped: Callable[[], bool]) -> None:
        self._training, self._stopped = training, stopped
        self.seed = seed
        self.steps = training.steps
        self.recipe, self.autocast = training.recipe, training.autocast
        self.optimizer = training.optimizers[training.turns[0].part]

    @property
    def step(self) -> int:
        """How many steps are done."""
        return self._training.result.step

    @property
    def rate(self) -> float:
        """See `experiment.Session`."""
        return self._training.rate()

    def advance(self, step: int, losses: Mapping[str, float]) -> bool:
        """See `experiment.Session`. Raises ValueError for a step that lies behind."""
        checks.whole_number("step", step, self.step)
        step = min(step, self.steps)  # a library ends with a whole rollout, maybe beyond the end
        for name, loss in losses.items():
            self._training.note(name, torch.tensor(float(loss)))
            if not math.isfinite(loss):
                self._training.lose(name, step)
        if self._training.goes_on:
            self._training.reach(step)
            self._training.save_if_time()
        return self._training.goes_on and not self._stopped()
