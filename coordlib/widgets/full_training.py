"""A training of the paper's size on a page: what it will take here, said before it is begun."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from coordlib import records, training
from coordlib.experiment import Experiment
from coordlib.recipes import Recipe
from coordlib.storage import StorageError
from coordlib.widgets.base import home
from coordlib.widgets.live import LiveTraining

MEASURED_SECONDS = 1.0  # of steps, behind the first one that is told
Build = Callable[[torch.device], Experiment]


def full_size(
    build: Build,
    recipe: Recipe,
    *,
    on: bool,
    title: str,
    seed: int = 0,
    picture: Callable[[Experiment], Any] | None = None,
    **options: Any,
) -> LiveTraining | None:
    """Say what a training will take on this machine, measured from a few steps; if `on`, train it.

    It runs on `training.pick_device()`. What a stopped one has reached is kept in the student's
    home, under its title, and the same call goes on from there; once it is finished, the next call
    begins anew. Where the device has too little memory, or fails, a line says so and what is kept.

    build: makes the experiment on a device, each time with the same new weights.
    picture: is given the experiment; like `title`, `seed` and all other `options` as in
        `LiveTraining`.
    Gives the training once it has ended, or None if there was none.
    """
    try:
        device = training.pick_device()
        print(_price(build, recipe, title, seed, device))
        if on:
            return _trained(build(device), recipe, title, seed, picture, options)
    except KeyboardInterrupt:
        print("Stopped before it began: nothing is lost.")
    except (RuntimeError, MemoryError, OSError) as error:  # too little memory, a device that fails
        kept = "the same cell goes on from what was kept" if _kept(title).exists() else "try again"
        print(f"{title} ended: {_in_a_line(error)}; {kept}.")
    return None


def _price(build: Build, recipe: Recipe, title: str, seed: int, device: torch.device) -> str:
    """What all steps will take, from some of a network that is thrown away."""
    told: list[training.Progress] = []
    enough = threading.Event()

    def on_event(event: training.Event) -> None:
        if isinstance(event, training.Progress):
            told.append(event)
            if event.seconds - told[0].seconds > MEASURED_SECONDS:
                enough.set()

    # Not evaluated on the way: that may take longer than the steps.
    unlooked = recipe.changed(evaluate_every=recipe.epochs or recipe.steps)
    with training.processor_threads(training.pick_threads()):
        training.train(build(device), unlooked, seed=seed, on_event=on_event, stop=enough)
    # Without the first steps, in which libraries choose their ways, if there are others.
    first, last = told[0], told[-1]
    seconds, steps = last.seconds, last.step
    if steps > first.step:
        seconds, steps = seconds - first.seconds, steps - first.step
    minutes = seconds / steps * last.steps / 60
    length = f"{last.steps:,} steps" if recipe.steps else f"{recipe.length}, {last.steps:,} steps"
    where = records.machine(device).get("gpu", "the CPU")
    return f"{title}: {length} on {where}, ≈ {minutes:,.1f} minutes, evaluations not counted."


def _trained(
    experiment: Experiment,
    recipe: Recipe,
    title: str,
    seed: int,
    picture: Callable[[Experiment], Any] | None,
    options: dict[str, Any],
) -> LiveTraining:
    checkpoint = _kept(title)
    if checkpoint.exists():
        try:
            training.verify(training.Member(experiment, recipe, seed, checkpoint=checkpoint))
            print("It goes on where it was stopped.")
        except (ValueError, StorageError):  # of other settings, or damaged
            print("What was kept is of another training; this one begins anew.")
            checkpoint.unlink()
    live = LiveTraining(
        experiment,
        recipe,
        title=title,
        seed=seed,
        picture=None if picture is None else lambda: picture(experiment),
        checkpoint=checkpoint,
        **options,
    )
    live.wait()
    if live.result.finished:
        checkpoint.unlink()
    else:
        print(f"Stopped after {live.result.step:,} steps; the same cell goes on from there.")
    return live


def _kept(title: str) -> Path:
    """Where a training of that title is kept."""
    name = re.sub(r"\W+", "-", title.lower()).strip("-")
    return home() / "full-size" / f"{name}.safetensors"


def _in_a_line(error: BaseException) -> str:
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "memory" in str(error).lower():
        return "there is too little memory for it here, where a smaller batch takes less"
    return str(error).partition("\n")[0] or type(error).__name__
