"""What a training is told: how long, how fast, and with which penalty."""

from __future__ import annotations

import math
from dataclasses import dataclass

from coordlib import checks

SCHEDULES = ("constant", "step", "one_cycle")
# How a task is trained: as this course does it, or as the paper's code was released.
STYLES = ("course", "released")


@dataclass(frozen=True)
class Recipe:
    """The settings of one training with Adam.

    epochs: passes over the train part.
    batch_size: examples in a step; the last step of an epoch takes what is left.
    learning_rate: the largest that the schedule reaches.
    schedule: "constant"; "step", the paper's: a tenth of the rate after every 200 epochs, four
        times at most; or "one_cycle": up along a cosine over the first `warm_up` part of all
        steps, then down to zero along another.
    l2: the loss gains l2 · Σ w² over convolution kernels, as released (no ½; nothing for fully
        connected layers, biases, BatchNorm).
    betas: Adam's. The release uses 0.99 where the usual value is 0.999.
    warm_up: part of the steps, in (0, 1); used by "one_cycle" only.
    evaluate_every: epochs between two evaluations; the last epoch is always evaluated.

    Raises ValueError that names the field for a value out of range.
    """

    epochs: int
    batch_size: int = 16
    learning_rate: float = 0.005
    schedule: str = "constant"
    l2: float = 0.0
    betas: tuple[float, float] = (0.9, 0.99)
    warm_up: float = 0.3
    evaluate_every: int = 1

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "evaluate_every"):
            checks.whole_number(name, getattr(self, name))
        if not self.learning_rate > 0 or not math.isfinite(self.learning_rate):
            raise ValueError(f"learning_rate got {self.learning_rate!r}; it takes a number above 0")
        checks.number("l2", self.l2)
        checks.one_of("schedule", self.schedule, SCHEDULES)
        if not 0 < self.warm_up < 1:
            raise ValueError(f"warm_up got {self.warm_up!r}; it takes a part between 0 and 1")
        if len(self.betas) != 2 or not all(0 <= beta < 1 for beta in self.betas):
            raise ValueError(f"betas got {self.betas!r}; it takes two numbers in [0, 1)")
        object.__setattr__(self, "betas", tuple(self.betas))  # a list when it was read from JSON

    def steps_per_epoch(self, examples: int) -> int:
        """Gradient steps in one pass over `examples` examples."""
        return math.ceil(examples / self.batch_size)

    def rate_at(self, step: int, examples: int) -> float:
        """The learning rate of step number `step` (from 0) on a train part of `examples`.

        A function of the step alone, so that a resumed training needs no schedule state.
        """
        per_epoch = self.steps_per_epoch(examples)
        if self.schedule == "constant":
            return self.learning_rate
        if self.schedule == "step":
            return self.learning_rate * 0.1 ** min(step // per_epoch // 200, 4)
        # The first step starts at a 25th of the rate, the last one ends near zero.
        done = (step + 1) / (self.epochs * per_epoch)
        if done < self.warm_up:
            rise = 0.5 - 0.5 * math.cos(math.pi * done / self.warm_up)
            return self.learning_rate * (0.04 + 0.96 * rise)
        fall = (done - self.warm_up) / (1 - self.warm_up)
        return self.learning_rate * (0.5 + 0.5 * math.cos(math.pi * fall))
