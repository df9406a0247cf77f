"""One network in training: its optimizers, how far it is, what it tells, and how it is kept."""

from __future__ import annotations

import copy
import dataclasses
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from coordlib import checks
from coordlib.experiment import Experiment
from coordlib.recipes import Recipe
from coordlib.training import checkpoints, parallel
from coordlib.training.batches import Batches
from coordlib.training.checkpoints import Identity
from coordlib.training.devices import autocast
from coordlib.training.events import Evaluation, Event, Progress, RateChange, Result
from coordlib.training.optimizers import optimizer

_COLUMNS = {"step", "epoch", "seconds"}
_TOLD_EVERY = 0.1  # seconds between two Progress
_ADVICE = "Try a smaller learning rate, float32, or a recipe that clips gradients (clip)"


@dataclass(frozen=True)
class Member:
    """One of several trainings that go side by side; the fields are `train`'s arguments."""

    experiment: Experiment
    recipe: Recipe
    seed: int = 0
    on_event: Callable[[Event], None] | None = None
    checkpoint: Path | None = None
    rate_factor: Callable[[], float] | None = None

    @property
    def identity(self) -> Identity:
        """What its checkpoint is known by."""
        return Identity.of(self.experiment, self.recipe, self.seed)

    @property
    def steps(self) -> int:
        """How many steps it takes. Raises ValueError for a recipe of another kind."""
        return self.recipe.total_steps(self.experiment.train_size)


def verify(member: Member) -> None:
    """Make sure that a member's checkpoint, if it has one, is whole and of its training.

    Raises ValueError or StorageError, as `train` would.
    """
    if member.checkpoint is not None and member.checkpoint.exists():
        optimizers = list(_optimizers(member.experiment, member.recipe).values())
        checkpoints.read(
            member.checkpoint, member.identity, member.experiment, optimizers, member.steps
        )


class Training:
    """A member on its way, from its checkpoint on if it has one."""

    def __init__(self, member: Member, dtype: torch.dtype, checkpoint_seconds: float) -> None:
        self.experiment, self.recipe = member.experiment, member.recipe
        # The first of several processes tells and keeps.
        self.on_event = member.on_event if parallel.rank() == 0 else None
        follows = getattr(self.experiment, "follows_rate", True)  # as our own loop does
        if member.rate_factor is not None and not follows:
            kind = type(self.experiment).__name__
            raise ValueError(f"rate_factor got a function; {kind}, a library's loop, takes none")
        self.rate_factor = member.rate_factor
        self.checkpoint = member.checkpoint
        self.checkpoint_seconds = checkpoint_seconds
        self.network = self.experiment.network
        self.identity, self.steps = member.identity, member.steps
        self.device = next(self.network.parameters()).device
        self.autocast = autocast(self.device, dtype)
        self.turns = list(self.experiment.turns())
        if not self.turns:
            raise ValueError("turns got none; a step takes at least one")
        self.optimizers = _optimizers(self.experiment, self.recipe)
        for number, turn in enumerate(self.turns):
            if not self.parameters(number):
                raise ValueError(
                    f"turn {turn.name!r} got part {turn.part!r}, which has no trainable parameters"
                )
        if self.checkpoint is not None:
            checkpoints.check_state(self.experiment.state())  # now, not after an hour
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=dtype is torch.float16)
        self.result = Result()
        if self.checkpoint is not None and self.checkpoint.exists():
            self.result = checkpoints.load(
                self.checkpoint,
                self.identity,
                self.experiment,
                list(self.optimizers.values()),
                self.scaler,
                self.steps,
            )
        self._batches = Batches(self.experiment, self.recipe, member.seed, self.device)
        self._losses: dict[str, Tensor] = {}
        # Number of the first loss that is none, turns and steps counted through; -1: there is none.
        self._bad = torch.tensor(-1, device=self.device)
        self._kept = copy.deepcopy(self.result)  # as it was when last saved
        self._begun = self._told = self._saved = time.perf_counter()
        self._begun -= self.result.seconds
        self._processor_begun = time.process_time() - self.result.processor_seconds
        self.network.train()

    @property
    def goes_on(self) -> bool:
        """Whether there are steps to be taken."""
        return self.result.step < self.steps and not self.result.diverged

    def parameters(self, number: int) -> list[nn.Parameter]:
        """What turn `number` moves."""
        groups = self.optimizers[self.turns[number].part].param_groups
        return [parameter for group in groups for parameter in group["params"]]

    def begin_step(self) -> None:
        """Get ready for a step: its batch, its rate. Raises what `rate` raises."""
        self.batch, self._weight = self._batches.of_step(self.result.step)
        self._rate = self.rate()

    def rate(self) -> float:
        """The learning rate of the step to come: the recipe's, times what somebody has made of it.

        Raises ValueError for a factor that is no number above 0.
        """
        factor = 1.0 if self.rate_factor is None else self.rate_factor()
        if factor != self._factor:
            self._change_rate(factor)
        return factor * self.recipe.rate_at(self.result.step, self.experiment.train_size)

    def take(self, number: int, loss: Tensor) -> Tensor:
        """The loss of turn `number`, noted and looked at, as it is to be differentiated.

        Raises ValueError if it is no scalar that depends on the network.
        """
        turn = self.turns[number]
        if not isinstance(loss, Tensor) or loss.ndim or not loss.requires_grad:
            raise ValueError(
                f"the loss of turn {turn.name!r} got {_in_words(loss)}; "
                f"it takes a scalar that depends on the network's weights"
            )
        if self._weight != 1:
            loss = loss * self._weight
        mean = loss.detach().clone()
        parallel.average([mean])
        self.note(turn.name, mean)
        # Several processes must end in the same step. Elsewhere but on a CPU, to look at a loss now
        # would be to wait for the device.
        if self.device.type == "cpu" or parallel.processes() > 1:
            if not math.isfinite(mean.item()):
                self.lose(turn.name, self.result.step + 1)
        else:
            place = self.result.step * len(self.turns) + number
            self._bad = torch.where((self._bad < 0) & ~mean.isfinite(), place, self._bad)
        self.optimizers[turn.part].zero_grad()
        return self.scaler.scale(loss)

    def note(self, turn: str, loss: Tensor) -> None:
        """Keep the loss of a turn for the next progress that is told."""
        self._losses[turn] = loss

    def move(self, number: int) -> None:
        """Move the weights of turn `number` by their gradient.

        Raises ValueError if there is none.
        """
        turn = self.turns[number]
        each = self.optimizers[turn.part]
        gradients = [p.grad for p in self.parameters(number) if p.grad is not None]
        if not gradients:
            raise ValueError(
                f"the loss of turn {turn.name!r} does not depend on the part that it moves, "
                f"{turn.part!r}"
            )
        parallel.average(gradients)
        if self.recipe.clip is not None:
            self.scaler.unscale_(each)
            nn.utils.clip_grad_norm_(self.parameters(number), self.recipe.clip)
        for group in each.param_groups:
            group["lr"] = self._rate * turn.rate
        self.scaler.step(each)
        self.scaler.update()  # now: the next turn may move the same part

    def end_step(self) -> None:
        """Count the step; evaluate if it is time; tell."""
        self.experiment.after_step()
        self.reach(self.result.step + 1)

    def reach(self, step: int) -> None:
        """Take note that `step` steps are done; evaluate if it is time; tell."""
        before, self.result.step = self.result.step, step
        size = self.experiment.train_size
        # Without a train part there are no epochs.
        epochs = [n // self.recipe.steps_per_epoch(size) if size else 0 for n in (before, step)]
        now = time.perf_counter()
        due = now - self._told > _TOLD_EVERY or step >= self.steps
        if self.on_event is not None and self._losses and due:
            self._told = now
            self._look()
            losses = {name: loss.item() for name, loss in self._losses.items()}
            self.on_event(
                Progress(
                    step=step,
                    steps=self.steps,
                    epoch=epochs[0],
                    loss=next(iter(losses.values())),
                    losses=losses,
                    learning_rate=self._factor * self.recipe.rate_at(before, size),
                    seconds=now - self._begun,
                )
            )
        if self.recipe.evaluates(before, step, size):
            self._evaluate(epochs[1])
        self.result.seconds = time.perf_counter() - self._begun
        self.result.processor_seconds = time.process_time() - self._processor_begun

    def lose(self, turn: str, step: int) -> None:
        """End it: the loss of a turn was no number in step number `step` (from 1)."""
        self._diverge(f"the loss of turn {turn!r} is not a finite number at step {step:,}")

    def wait(self, seconds: float) -> None:
        """Do not count so many seconds, in which it has only waited for others."""
        self._begun += seconds

    def save_if_time(self) -> None:
        """Write the checkpoint if the last one is old enough."""
        if time.perf_counter() - self._saved > self.checkpoint_seconds:
            self.save()

    def save(self) -> None:
        """Write the checkpoint, if there is to be one and all is finite."""
        self._look()
        if not self.result.diverged and not _finite(self.network):
            self._diverge(f"a weight is not a finite number after step {self.result.step:,}")
        if self.result.diverged or parallel.rank() > 0:
            return
        self._saved = time.perf_counter()
        if self.checkpoint is not None:
            checkpoints.save(
                self.checkpoint,
                self.identity,
                self.experiment,
                list(self.optimizers.values()),
                self.scaler,
                self.result,
            )
            self._kept = copy.deepcopy(self.result)

    def end(self) -> None:
        """Leave the network in evaluation mode, and all as it is to be gone on with."""
        self.network.eval()
        self.result.finished = self.result.step >= self.steps and not self.result.diverged
        self.save()
        if self.result.diverged and self.checkpoint is not None:
            self.result = dataclasses.replace(self._kept, diverged=self.result.diverged)

    def _evaluate(self, epoch: int) -> None:
        self._look()
        if self.result.diverged:
            return
        parallel.same_buffers(self.network)
        self.network.eval()
        with torch.inference_mode(), self.autocast:
            metrics = _checked(self.experiment.evaluate(), self.result.history)
        self.network.train()
        for name, value in metrics.items():
            if not math.isfinite(value):
                self._diverge(f"{name} is {value} after step {self.result.step:,}")
                return
        seconds = time.perf_counter() - self._begun
        self.result.history.append(Evaluation(self.result.step, epoch, seconds, metrics))
        if self.on_event is not None:
            self.on_event(self.result.history[-1])

    @property
    def _factor(self) -> float:
        """By what the recipe's rates are multiplied: a checkpoint remembers it."""
        changes = self.result.rate_changes
        return changes[-1].factor if changes else 1.0

    def _change_rate(self, factor: float) -> None:
        checks.positive("rate_factor", factor)
        self.result.rate_changes.append(RateChange(self.result.step, factor))
        if self.on_event is not None:
            self.on_event(self.result.rate_changes[-1])

    def _look(self) -> None:
        """Find out whether a loss was no number."""
        if (place := int(self._bad)) >= 0 and not self.result.diverged:
            step, number = divmod(place, len(self.turns))
            self.lose(self.turns[number].name, step + 1)

    def _diverge(self, what: str) -> None:
        kept = "nothing was kept before"
        if self._kept.step:
            kept = f"what was reached by step {self._kept.step:,} is kept"
        self.result.diverged = f"{what}; {kept}. {_ADVICE}"


def _optimizers(experiment: Experiment, recipe: Recipe) -> dict[str, Optimizer]:
    """One for each part of the network that turns move."""
    optimizers = {}
    for turn in experiment.turns():
        try:
            part = experiment.network.get_submodule(turn.part)
        except AttributeError as error:
            raise ValueError(
                f"turn {turn.name!r} got part {turn.part!r}, which the network has not: {error}"
            ) from error
        if turn.part not in optimizers:
            optimizers[turn.part] = optimizer(part, recipe)
    return optimizers


def _finite(network: nn.Module) -> bool:
    return all(bool(each.isfinite().all()) for each in network.parameters())


def _checked(metrics: dict[str, float], history: list[Evaluation]) -> dict[str, float]:
    """The metrics as plain numbers: such as every evaluation has, since they become columns."""
    for name in _COLUMNS & metrics.keys():
        raise ValueError(f"a metric got the name {name!r}, which a run's history has already")
    if history and metrics.keys() != history[-1].metrics.keys():
        raise ValueError(
            f"metrics got {', '.join(metrics)}; every evaluation takes the first one's: "
            f"{', '.join(history[-1].metrics)}"
        )
    return {name: float(value) for name, value in metrics.items()}


def _in_words(loss: object) -> str:
    if not isinstance(loss, Tensor):
        return repr(loss)
    return f"shape {tuple(loss.shape)}" if loss.ndim else "a number without a gradient"
