"""The one training loop: turns, schedule, evaluations, events, checkpoints, stop and resume.

A task brings an experiment, a recipe says how to train it, and what happens is told through
events. The loop itself prints nothing and draws nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from coordlib import checks
from coordlib.allocator import keep_freed_memory
from coordlib.experiment import Experiment, LibraryExperiment
from coordlib.recipes import Recipe
from coordlib.training import parallel, together
from coordlib.training.devices import pick_precision
from coordlib.training.events import DivergenceError, Event, Result
from coordlib.training.library import LibrarySession
from coordlib.training.member import Member, Training


def train(
    experiment: Experiment,
    recipe: Recipe,
    *,
    seed: int = 0,
    precision: str = "auto",
    on_event: Callable[[Event], None] | None = None,
    stop: threading.Event | None = None,
    rate_factor: Callable[[], float] | None = None,
    checkpoint: Path | None = None,
    checkpoint_seconds: float = 60.0,
) -> Result:
    """Train `experiment.network` in place, on the device that it is on.

    seed: decides the order of the examples. With the network's own seed it fixes the whole run:
        bit for bit on a CPU with the same number of threads.
    precision: "auto" picks 16 bits where they pay (`pick_precision`), or one of
        "float32", "bfloat16", "float16".
    on_event: called in this thread with each `Progress`, `Evaluation` and `RateChange`.
    stop: when set, from any thread, the training ends after the step in progress.
    rate_factor: asked in this thread before each step by what the recipe's rates are multiplied
        now, a number above 0, which any thread may decide. The result keeps each change.
    checkpoint: if this file exists the training goes on from it, as if it had never been
        interrupted; it is written every `checkpoint_seconds` and when stopped, never half.

    Raises TypeError for a seed that is no integer, ValueError for an unknown precision, a turn
    without parameters, a loss that is no scalar, a recipe of another kind of experiment, a
    rate_factor that gives no such number or is for a library's loop that does not follow the
    rate, or a checkpoint of another training; StorageError for a damaged one; DivergenceError for a
    loss or a weight that is not a finite number, with the last good checkpoint kept.
    """
    member = Member(experiment, recipe, seed, on_event, checkpoint, rate_factor)
    (result,) = train_together(
        [member], precision=precision, stop=stop, checkpoint_seconds=checkpoint_seconds
    )
    if result.diverged:
        raise DivergenceError(result.diverged, result)
    return result


def train_together(
    members: Sequence[Member],
    *,
    precision: str = "auto",
    stop: threading.Event | None = None,
    checkpoint_seconds: float = 60.0,
) -> list[Result]:
    """Train several networks as one, a step of all at a time: to rounding, what `train` gives each.

    members: of one task and the same settings, each with a network of its own and one turn a step;
        their recipes may differ in learning rate and l2. Their results come in the same order. Each
        has a checkpoint of its own, and may have been interrupted alone: those that are behind
        catch up first. One that diverges ends alone: `Result.diverged` says why.

    Raises what `train` raises but DivergenceError, ValueError if recipes differ in anything else or
    networks in their shapes, and torch's RuntimeError for a network that draws random numbers in
    its forward pass.
    """
    for member in members:
        checks.seed(member.seed)
    experiments = [member.experiment for member in members]
    together.check_alike(experiments, [member.recipe for member in members])
    keep_freed_memory()
    # On an NVIDIA GPU cuDNN rounds a float32 convolution's inputs to 10 bits unless it is told not
    # to: what a run records as 32 bits is to be 32 bits.
    torch.backends.cudnn.allow_tf32 = False
    device = next(experiments[0].network.parameters()).device
    dtype = pick_precision(precision, device, experiments[0].low_precision_pays)
    parallel.begin(device)
    torch.manual_seed(members[0].seed)

    trainings = [Training(member, dtype, checkpoint_seconds) for member in members]
    parallel.same_start(trainings[0].network, members[0].seed + trainings[0].result.step)

    def stopped() -> bool:
        asked = stop is not None and stop.is_set()
        return parallel.any_of(asked or not any(each.goes_on for each in trainings), device)

    if isinstance(experiments[0], LibraryExperiment):
        session = LibrarySession(trainings[0], members[0].seed, stopped)
        if session.step < session.steps and not stopped():
            experiments[0].run(session)
    else:
        _steps(trainings, stopped)
    for training in trainings:
        training.end()
    return [training.result for training in trainings]


def _steps(trainings: Sequence[Training], stopped: Callable[[], bool]) -> None:
    """Step by step to the end, or until stopped; those that are behind first."""
    while not stopped():
        going = [each for each in trainings if each.goes_on]
        begun = time.perf_counter()
        step = min(training.result.step for training in going)
        moving = [training for training in going if training.result.step == step]
        for training in moving:
            training.begin_step()
        for number in range(len(moving[0].turns)):
            _turn([training for training in moving if training.goes_on], number)
        for training in moving:
            if training.goes_on:
                training.end_step()
        for training in trainings:
            if training not in moving:
                training.wait(time.perf_counter() - begun)
            training.save_if_time()


def _turn(moving: Sequence[Training], number: int) -> None:
    """One turn of all; the weights of one whose loss is no number stay as they are."""
    if not moving:
        return
    with moving[0].autocast:
        losses = together.losses(
            [training.network for training in moving],
            [training.turns[number].loss for training in moving],
            [training.batch for training in moving],
        )
    taken = [each.take(number, loss) for each, loss in zip(moving, losses, strict=True)]
    sound = [
        (training, loss) for training, loss in zip(moving, taken, strict=True) if training.goes_on
    ]
    if sound:
        inputs = [each for training, _ in sound for each in training.parameters(number)]
        sum(loss for _, loss in sound).backward(inputs=inputs)
    for training, _ in sound:
        training.move(number)
