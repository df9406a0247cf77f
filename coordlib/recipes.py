"""What a training is told: how long, with which optimizer, how fast, and with which penalty."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any

from coordlib import checks

# How large a task is: in a unit test, live in a lesson, or as in the paper.
SCALES = ("smoke", "lesson", "paper")
# How a task is trained: as this course does it, or as the paper's code was released.
STYLES = ("course", "released")
SCHEDULES = ("constant", "step", "one_cycle", "late_decay")
# The optimizers and the fields that only some of them take.
OPTIMIZERS = {
    "adam": ("betas", "epsilon"),
    "sgd": ("momentum",),
    "rmsprop": ("momentum", "smoothing", "epsilon"),
    "rmsprop_tf": ("smoothing", "epsilon"),
}


@dataclass(frozen=True)
class Recipe:
    """The settings of one training. Its length is given in epochs or in steps.

    epochs: passes over the train part.
    batch_size: examples in a step; the last step of an epoch takes what is left.
    learning_rate: the largest that the schedule reaches.
    schedule: "constant"; "step", the paper's: a tenth of the rate after every 200 epochs, four
        times at most; "one_cycle": up along a cosine over the first `warm_up` part of all steps,
        then down to zero along another; or "late_decay": constant for three fifths of all steps,
        then straight down to a twentieth.
    l2: the loss gains l2 · Σ w² over convolution kernels, as released (no ½; nothing for fully
        connected layers, biases, BatchNorm).
    betas: Adam's. The release uses 0.99 where the usual value is 0.999.
    warm_up: part of the steps, in (0, 1); used by "one_cycle" only.
    evaluate_every: epochs between two evaluations, or steps if the length is in steps; the end is
        always evaluated.
    steps: gradient steps, in place of epochs.
    optimizer: one of OPTIMIZERS; "rmsprop_tf" is TensorFlow's form of RMSprop, from
        stable-baselines3.
    momentum: of "sgd" and "rmsprop", in [0, 1).
    smoothing: of RMSprop's mean of squared gradients (torch's alpha), in [0, 1).
    epsilon: added to the root of that mean, by "adam" and "rmsprop"; by "rmsprop_tf" within it.
    clip: the largest norm of a turn's gradient; longer ones are shortened to it. None: any.

    Raises ValueError that names the field for a value out of range, or one that the optimizer does
    not take.
    """

    epochs: int | None = None
    batch_size: int = 16
    learning_rate: float = 0.005
    schedule: str = "constant"
    l2: float = 0.0
    betas: tuple[float, float] = (0.9, 0.99)
    warm_up: float = 0.3
    evaluate_every: int = 1
    steps: int | None = None
    optimizer: str = "adam"
    momentum: float = 0.0
    smoothing: float = 0.99
    epsilon: float = 1e-8
    clip: float | None = None

    def __post_init__(self) -> None:
        if (self.epochs is None) == (self.steps is None):
            raise ValueError(
                f"epochs got {self.epochs!r} and steps {self.steps!r}; a recipe takes one of them"
            )
        for name in ("epochs", "steps", "batch_size", "evaluate_every"):
            if getattr(self, name) is not None:
                checks.whole_number(name, getattr(self, name))
        for name in ("learning_rate", "epsilon", "clip"):
            value = getattr(self, name)
            if name == "clip" and value is None:
                continue
            checks.positive(name, value)
        checks.number("l2", self.l2)
        checks.one_of("schedule", self.schedule, SCHEDULES)
        if self.schedule == "step" and self.epochs is None:
            raise ValueError(
                "schedule got 'step', which counts epochs; with steps it takes another"
            )
        for name in ("warm_up", "momentum", "smoothing"):
            checks.fraction(name, getattr(self, name))
        if self.warm_up == 0:
            raise ValueError(f"warm_up got {self.warm_up!r}; it takes a part between 0 and 1")
        if not isinstance(self.betas, (tuple, list)) or len(self.betas) != 2:
            raise ValueError(f"betas got {self.betas!r}; it takes two numbers in [0, 1)")
        for beta in self.betas:
            checks.fraction("betas", beta)
        object.__setattr__(self, "betas", tuple(self.betas))  # a list when it was read from JSON
        checks.one_of("optimizer", self.optimizer, OPTIMIZERS)
        usual = {field.name: field.default for field in fields(self)}
        for name in {each for takes in OPTIMIZERS.values() for each in takes}:
            value = getattr(self, name)
            if name not in OPTIMIZERS[self.optimizer] and value != usual[name]:
                raise ValueError(f"{name} got {value!r}; {self.optimizer} does not take it")

    @property
    def length(self) -> str:
        """How long it is, in words: "12 epochs", "3,000 steps"."""
        number, unit = (self.steps, "step") if self.epochs is None else (self.epochs, "epoch")
        return f"{number:,} {unit}" + ("" if number == 1 else "s")

    def changed(self, **changes: Any) -> Recipe:
        """This recipe with other values; a length in place of its own, whichever it is.

        One in steps, where this one's is in epochs, is evaluated at its end unless `changes` say
        otherwise.

        Raises ValueError for a value out of range, or a schedule that cannot count the new length.
        """
        if changes.get("steps") is not None and self.steps is None:
            changes = {"epochs": None, "evaluate_every": changes["steps"], **changes}
            if changes.get("schedule", self.schedule) == "step":
                raise ValueError(
                    f"steps got {changes['steps']}, but schedule 'step' counts epochs; with steps "
                    "it takes constant, one_cycle or late_decay"
                )
        elif changes.get("epochs") is not None and self.epochs is None:
            changes = {"steps": None, "evaluate_every": 1, **changes}
        return replace(self, **changes)

    def steps_per_epoch(self, examples: int) -> int:
        """Gradient steps in one pass over `examples` examples."""
        return math.ceil(examples / self.batch_size)

    def total_steps(self, examples: int | None) -> int:
        """All gradient steps, on a train part of `examples` (None: there is no such part).

        Raises ValueError for a length in epochs where there is nothing to pass over.
        """
        if self.epochs is None:
            return self.steps
        if examples is None:
            raise ValueError(
                f"epochs got {self.epochs}; an experiment that makes its own examples takes steps"
            )
        return self.epochs * self.steps_per_epoch(examples)

    def evaluates(self, before: int, step: int, examples: int | None) -> bool:
        """Whether there is an evaluation now that `step` steps are done, when `before` were."""
        every = self.evaluate_every
        if self.epochs is not None:
            every *= self.steps_per_epoch(examples)
        return step // every > before // every or step >= self.total_steps(examples)

    def rate_at(self, step: int, examples: int | None) -> float:
        """The learning rate of step number `step` (from 0) on a train part of `examples`.

        A function of the step alone, so that a resumed training needs no schedule state.
        """
        if self.schedule == "constant":
            return self.learning_rate
        if self.schedule == "step":
            return self.learning_rate * 0.1 ** min(step // self.steps_per_epoch(examples) // 200, 4)
        done = (step + 1) / self.total_steps(examples)
        if self.schedule == "late_decay":
            return self.learning_rate * min(1.0, 1 - 0.95 * (done - 0.6) / 0.4)
        # The first step starts at a 25th of the rate, the last one ends near zero.
        if done < self.warm_up:
            rise = 0.5 - 0.5 * math.cos(math.pi * done / self.warm_up)
            return self.learning_rate * (0.04 + 0.96 * rise)
        fall = (done - self.warm_up) / (1 - self.warm_up)
        return self.learning_rate * (0.5 + 0.5 * math.cos(math.pi * fall))
