"""Checker for notebook 03's workshop: the loop that takes a training step for each batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Optimizer

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import equal, number, numbers, plural
from coordlib.exercises.guarding import ToChange
from coordlib.exercises.looping import training_step, weights

Report = Callable[[float], bool]
Loop = Callable[..., Any]  # with the arguments of `fit`
_ROOM = 256  # what many steps round


def fit(
    network: nn.Module,
    optimizer: Optimizer,
    inputs: Tensor,
    answers: Tensor,
    epochs: int,
    batch_size: int,
    report: Report,
) -> list[float]:
    """Train for so many epochs, each in a new order; gives the loss before each step.

    inputs, answers: an example and the number of its right class in each row. report: is told each
    loss once its step is done; where it says False, the training ends.
    """
    losses = []
    for _ in range(epochs):
        for batch in torch.randperm(len(inputs)).split(batch_size):
            losses.append(float(training_step(network, optimizer, inputs[batch], answers[batch])))
            if not report(losses[-1]):
                return losses
    return losses


@dataclass(frozen=True)
class _Case:
    """So many examples and epochs. until: after how many steps `report` says False; None: never."""

    examples: int
    epochs: int
    batch_size: int
    until: int | None = None

    @property
    def sizes(self) -> list[int]:
        """How large the batches of an epoch are."""
        return [len(each) for each in torch.zeros(self.examples).split(self.batch_size)]

    @property
    def steps(self) -> int:
        """How many steps are to be taken in all."""
        return self.until or self.epochs * len(self.sizes)

    def __str__(self) -> str:
        said = f"with {plural(self.examples, 'example')} in batches of {self.batch_size}"
        return f"{said}, {plural(self.epochs, 'epoch')}"


class _Reader(nn.Module):
    """A linear layer that notes which examples it is given, while gradients are wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 4)
        self.read: list[int] = []

    def forward(self, inputs: Tensor) -> Tensor:
        if torch.is_grad_enabled():
            self.read += inputs[:, 0].mul(100).round().long().tolist()
        return self.layer(inputs)


@dataclass
class _Course:
    """What a loop has done: each step's examples, what it reported and returned, the weights."""

    start: Tensor
    batches: list[list[int]] = field(default_factory=list)
    reported: list[Any] = field(default_factory=list)
    end: Tensor | None = None
    told: Any = None


def _examples(case: _Case) -> tuple[nn.Module, Tensor, Tensor]:
    """A new network, inputs whose first number is their own in hundredths, and right answers."""
    random = torch.Generator().manual_seed(5)
    network = _Reader()
    with torch.no_grad():
        for each in network.parameters():
            each.copy_(torch.randn(each.shape, generator=random))
    inputs = torch.randn(case.examples, 3, generator=random)
    inputs[:, 0] = torch.arange(case.examples) / 100
    return network, inputs, torch.randint(4, (case.examples,), generator=random)


def _taken(loop: Loop, case: _Case) -> _Course:
    network, inputs, answers = _examples(case)
    optimizer = SGD(network.parameters(), lr=0.1)
    course = _Course(weights(network))
    move = optimizer.step

    def step(*given: Any, **options: Any) -> Any:
        course.batches.append(list(network.read))
        network.read.clear()
        return move(*given, **options)

    def report(loss: Any) -> bool:
        course.reported.append(loss)
        return len(course.reported) != case.until

    optimizer.step = step
    given = ToChange(network), ToChange(optimizer), inputs, answers
    course.told = loop(*given, case.epochs, case.batch_size, report)
    course.end = weights(network)
    return course


def _replayed(
    course: _Course, case: _Case, order: Callable[[int, list[int]], list[int]], keeps: bool = False
) -> tuple[Tensor, list[float]]:
    """Where right steps by the same batches lead, and their losses.

    order: from a step and its examples to those whose answers are taken. keeps: old gradients.
    """
    network, inputs, answers = _examples(case)
    optimizer = SGD(network.parameters(), lr=0.1)
    losses = []
    for step, batch in enumerate(course.batches):
        wanted = answers[order(step, batch)]
        if keeps:
            loss = F.cross_entropy(network(inputs[batch]), wanted)
            loss.backward()
            optimizer.step()
        else:
            loss = training_step(network, optimizer, inputs[batch], wanted)
        losses.append(loss.item())
    return weights(network), losses


@exercise("3.6", minutes=12, difficulty=3, stand_in=fit)
def loop_written(answer: Loop) -> str:
    """A loop: each epoch all examples once, in a new order, a step for each batch, told of each."""
    for case in (
        _Case(11, 3, 4),
        _Case(6, 2, 3),
        _Case(5, 2, 8),
        _Case(11, 3, 4, until=5),
        _Case(11, 3, 4, until=3),
        _Case(9, 2, 1, until=1),
    ):
        course = _taken(answer, case)
        if case.until is None:
            _look_at_the_batches(course, case)
        _look_at_the_end(course, case)
        _look_at_the_weights(course, case)
        _look_at_the_words(course, case)
    return "every example once an epoch, in a new order each time, and Stop is heard."


def _look_at_the_batches(course: _Course, case: _Case) -> None:
    """Refuse batches of other sizes, and epochs in which not each example comes once."""
    batches, sizes = course.batches, case.sizes
    if not batches:
        raise NotYet(f"{case}: no step is taken; call `training_step` for each batch")
    found = [len(batch) for batch in batches]
    if _asked_twice(batches):
        raise NotYet(f"{case}: you ask the network twice in a step; `training_step` alone asks it")
    if max(found) > case.batch_size:
        raise NotYet(f"{case}: a step takes {plural(max(found), 'example')}")
    if len(found) == len(course.reported) == 1:
        raise NotYet(f"{case}: you end after the first step, though `report` said True: go on")
    if len(found) == case.epochs * (len(sizes) - 1) and {*found} == {case.batch_size}:
        raise NotYet(
            f"{case}: the last {plural(sizes[-1], 'example')} of each epoch are left out; a "
            "smaller batch is a batch too"
        )
    if len(found) != case.epochs * len(sizes):
        once = ": that is one epoch" if len(found) == len(sizes) else ""
        raise NotYet(
            f"{case}: you take {plural(len(found), 'step')}{once}; wanted are {case.steps}"
        )
    if found != sizes * case.epochs:
        raise NotYet(
            f"{case}: your batches hold {', '.join(map(str, found[: len(sizes)]))}; wanted are "
            f"{', '.join(map(str, sizes))}"
        )
    orders = []
    for epoch in range(case.epochs):
        of_epoch = batches[epoch * len(sizes) : (epoch + 1) * len(sizes)]
        orders.append([example for batch in of_epoch for example in batch])
    for epoch, order in enumerate(orders):
        if missing := set(range(case.examples)) - set(order):
            raise NotYet(
                f"{case}: in epoch {epoch + 1} {plural(len(missing), 'example')} never came, and "
                "others twice; in an epoch each comes once"
            )
    if case.examples < 8:  # so few that chance could repeat an order
        return
    if orders[0] == sorted(orders[0]):
        raise NotYet(f"{case}: they come in the order in which they are given; shuffle them")
    given = list(range(case.examples))
    turned = [way[k:] + way[:k] for way in (given, given[::-1]) for k in given]
    if any(order in turned for order in orders):
        raise NotYet(
            f"{case}: they come in the order in which they are given, only turned round or begun "
            "elsewhere; draw the order by chance"
        )
    if orders[0] == orders[1]:
        raise NotYet(f"{case}: the order is the same in each epoch; shuffle in each of them anew")


def _asked_twice(batches: list[list[int]]) -> bool:
    """Whether a step's examples were read twice: before it, or once more after it."""
    first, *rest = batches
    half = len(first) // 2
    return bool(first) and (
        first[:half] == first[half:] or any(each[: len(first)] == first for each in rest[:1])
    )


def _look_at_the_end(course: _Course, case: _Case) -> None:
    """Refuse a loop that doesn't report each step, or doesn't end when it is told to."""
    steps, reports = len(course.batches), len(course.reported)
    if case.until is None:
        if reports != steps:
            times = "never called" if reports == 0 else f"called {plural(reports, 'time')}"
            raise NotYet(f"{case}: `report` is {times} in {steps} steps; call it after each")
        return
    if steps == case.until - 1:
        raise NotYet(f"{case}: `report` is called before the step of which it tells")
    if steps != case.until:
        raise NotYet(
            f"{case}: `report` says False after step {case.until}, but {steps} are taken; does "
            "that end all your loops?"
        )


def _look_at_the_weights(course: _Course, case: _Case) -> None:
    """Refuse weights that aren't where right steps by the same batches lead."""
    right, _ = _replayed(course, case, lambda _, batch: batch)
    if equal(course.end, right, _ROOM):
        return

    def in_turn(step: int, batch: list[int]) -> list[int]:
        first = step % len(case.sizes) * case.batch_size
        return list(range(first, first + len(batch)))

    ways = (
        (
            _replayed(course, case, in_turn)[0],
            "the inputs are shuffled, but their answers are not: both take the same order",
        ),
        (
            _replayed(course, case, lambda _, batch: batch, keeps=True)[0],
            "gradients that an earlier step has left count as well: where is `zero_grad()`?",
        ),
        (course.start, "the weights don't change"),
    )
    for end, why in ways:
        if equal(course.end, end, _ROOM):
            raise NotYet(f"{case}: {why}")
    raise NotYet(
        f"{case}: the network isn't where steps by these batches lead. Do inputs and answers take "
        "the same order, and does `training_step` get both?"
    )


def _look_at_the_words(course: _Course, case: _Case) -> None:
    """Refuse other losses than those before each step, reported or returned."""
    _, losses = _replayed(course, case, lambda _, batch: batch)
    wanted = torch.tensor(losses, dtype=torch.float64)
    reported = numbers([number(each, "what `report` is told") for each in course.reported])
    if not equal(reported.float(), wanted, _ROOM):
        raise NotYet(f"{case}: `report` is told other numbers than each step's loss")
    told = numbers(course.told, wanted="losses")
    if told.shape != wanted.shape:
        raise NotYet(
            f"{case}: you return shape {tuple(told.shape)}; wanted is a list of {len(losses)} "
            "losses, one for each step"
        )
    if not equal(told, wanted, _ROOM):
        raise NotYet(f"{case}: you return other numbers than each step's loss")
