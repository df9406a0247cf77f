"""What a training tells on its way, and what it gives at its end."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Progress:
    """Told at most ten times a second, and after the last step. Steps and epochs done so far.

    loss: of the step's first turn. losses: of each turn, by name.
    epoch: whole passes over the train part before this step; 0 where there is no such part.
    seconds: wall time since the start, all parts of an interrupted training together.
    """

    step: int
    steps: int
    epoch: int
    loss: float
    losses: dict[str, float]
    learning_rate: float
    seconds: float


@dataclass(frozen=True)
class Evaluation:
    """Told when the recipe evaluates; `seconds` include all evaluations so far."""

    step: int
    epoch: int
    seconds: float
    metrics: dict[str, float]


@dataclass(frozen=True)
class RateChange:
    """Told when `rate_factor` gives another factor: from now on all rates of the recipe times it.

    step: steps done before.
    """

    step: int
    factor: float


Event = Progress | Evaluation | RateChange


@dataclass
class Result:
    """What a training gave. `finished` is False when it was stopped before its last step.

    seconds: wall time. processor_seconds: the process's own, of all its threads.
    diverged: if a loss or a weight was not a finite number any more: which, when, what is kept and
        what to try. All else is then as it was when last kept.
    rate_changes: where somebody changed its rates, in order. With any, it is not the recipe's
        training any more, and can't be compared with one that is.
    """

    history: list[Evaluation] = field(default_factory=list)
    step: int = 0
    seconds: float = 0.0
    processor_seconds: float = 0.0
    finished: bool = False
    diverged: str = ""
    rate_changes: list[RateChange] = field(default_factory=list)


class DivergenceError(ArithmeticError):
    """A loss or a weight is not a finite number any more; the last good checkpoint was kept.

    result: what the training gave until then.
    """

    def __init__(self, message: str, result: Result | None = None) -> None:
        super().__init__(message)
        self.result = result
