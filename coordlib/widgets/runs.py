"""The trainings behind a live one: the first, and each that Reset begins in its place."""

from __future__ import annotations

import dataclasses
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from coordlib import checks, training
from coordlib.experiment import Experiment
from coordlib.recipes import Recipe
from coordlib.widgets.film import Film

_OF_RECIPE = {field.name for field in dataclasses.fields(Recipe)}


@dataclass(frozen=True)
class Run:
    """One of them. chosen: for each of the choices the number of its value."""

    experiment: Experiment
    recipe: Recipe
    film: Film
    chosen: dict[str, int]


@dataclass(frozen=True)
class Outcome:
    """How one ended. state: finished, stopped, diverged or failed, the last with its error.

    It diverged if a reader had changed its rate; with the recipe's own that is an error.
    """

    state: str
    result: training.Result | None = None
    error: Exception | None = None


class Runs:
    """Trainings that follow each other, one at a time, each in the background.

    All methods may be called from any thread.
    """

    def __init__(
        self,
        experiment: Experiment | Callable[..., Experiment],
        recipe: Recipe,
        choices: Mapping[str, Sequence[Any]],
        picture: Callable[..., Any] | None,
        options: dict[str, Any],
    ) -> None:
        """The arguments are `LiveTraining`'s; nothing starts yet. Raises what it raises."""
        self.is_changeable = not isinstance(experiment, Experiment)
        self._build = experiment if self.is_changeable else lambda: experiment
        self.choices = {name: tuple(values) for name, values in choices.items()}
        self._recipe, self._picture, self._options = recipe, picture, options
        if self.choices and not self.is_changeable:
            raise ValueError("choices got some; they take a function that builds the experiment")
        if "checkpoint" in options and self.is_changeable:
            raise ValueError("checkpoint got a file; a training that can begin anew takes none")
        for name, values in self.choices.items():
            if not values:
                raise ValueError(f"choices got no values for {name!r}; it takes one at least")
        self._factor = 1.0
        self._asked: dict[str, int] | None = None  # what the next run is to have chosen
        self._lock = threading.Lock()
        self._all_ended = threading.Event()
        self.run = self._prepared(dict.fromkeys(self.choices, 0))

    def start(
        self,
        on_event: Callable[[training.Event], None],
        on_begin: Callable[[], None],
        on_end: Callable[[Outcome], None],
    ) -> None:
        """Start the first.

        on_event: as `training.start` takes it. on_begin: called when another takes its place, which
            is `run` then. on_end: called when one has ended, and no other takes its place.
        """
        self._on_event, self._on_begin, self._on_end = on_event, on_begin, on_end
        self._start_job()
        self._start_watcher(begun=True)

    def stop(self) -> None:
        """End the training after the step in progress, and begin no other."""
        with self._lock:
            self._asked = None
            self._job.stop()

    def change_rate(self, factor: float) -> None:
        """Multiply the recipe's rates by `factor`, from the next step on.

        Raises ValueError for a factor that is not above 0, or if it isn't changeable.
        """
        self._check_changeable()
        checks.positive("factor", factor)
        self._factor = factor

    def reset(self, chosen: Mapping[str, int]) -> None:
        """End the training, and begin another; choices that are not named stay as they are.

        Raises ValueError if it isn't changeable.
        """
        self._check_changeable()
        with self._lock:
            self._asked = {**(self._asked or self.run.chosen), **chosen}
            self._job.stop()
            if self._all_ended.is_set():
                self._start_watcher(begun=False)

    def wait(self) -> Outcome:
        """Wait for the end: of the last, if others have taken the first one's place by then."""
        # Not by the thread's `join`, after whose interrupt it may pass for one that has ended.
        while not self._all_ended.wait(0.1):
            pass
        return self._outcome

    def _check_changeable(self) -> None:
        if not self.is_changeable:
            raise ValueError(
                "experiment got one that is there already; what can be changed or begin anew takes "
                "a function that builds it"
            )

    def _prepared(self, chosen: dict[str, int]) -> Run:
        values = {name: self.choices[name][number] for name, number in chosen.items()}
        of_recipe = {name: value for name, value in values.items() if name in _OF_RECIPE}
        experiment = self._build(**{name: values[name] for name in values.keys() - _OF_RECIPE})
        if not isinstance(experiment, Experiment):
            kind = type(experiment).__name__
            raise TypeError(f"experiment got a function that gives {kind}; it takes an Experiment")
        training.check_idle(experiment.network)  # before a picture of it is made
        picture = self._picture
        if picture is not None and self.is_changeable:
            picture = partial(picture, experiment)
        recipe = _cut(self._recipe.changed(**of_recipe))
        return Run(experiment, recipe, Film(picture, experiment.network), chosen)

    def _start_job(self) -> None:
        run, options = self.run, self._options
        if self.is_changeable:
            options = {**options, "rate_factor": lambda: self._factor}
        self._job = training.start(run.experiment, run.recipe, on_event=self._on_event, **options)

    def _start_watcher(self, begun: bool) -> None:
        self._all_ended.clear()
        watch = partial(self._watch, begun)
        threading.Thread(target=watch, name="live training", daemon=True).start()

    def _watch(self, begun: bool) -> None:
        """Wait for the end of the run that has begun, and of each that is asked for by then."""
        while begun or self._begin_anew():
            begun = False
            try:
                result = self._job.wait()
                self._outcome = Outcome("finished" if result.finished else "stopped", result)
            except training.DivergenceError as error:
                self._outcome = Outcome("failed", error=error)
                if error.result.rate_changes:
                    self._outcome = Outcome("diverged", error.result)
            except Exception as error:
                self._outcome = Outcome("failed", error=error)

    def _begin_anew(self) -> bool:
        """Begin what was asked for; if nothing was, or it can't begin, all has ended."""
        with self._lock:
            chosen, self._asked = self._asked, None
            if chosen is not None:
                try:
                    run = self._prepared(chosen)
                    _check_new(run, self.run)
                    self.run = run
                    self._on_begin()
                    self._start_job()
                    return True
                except Exception as error:
                    self._outcome = Outcome("failed", error=error)
            try:
                self._on_end(self._outcome)
            finally:
                self._all_ended.set()
            return False


def _check_new(run: Run, before: Run) -> None:
    """Raise ValueError unless a run can take another's place on the page."""
    if run.experiment.network is before.experiment.network:
        raise ValueError(
            "experiment got a function that gives the same network again; it takes one that builds "
            "a new one each time"
        )
    if run.film.shape != before.film.shape:
        raise ValueError(
            f"picture gave shape {run.film.shape}; it takes {before.film.shape}, as at first"
        )


def _cut(recipe: Recipe) -> Recipe:
    if not (said := os.environ.get("COORDLIB_EPOCHS")):
        return recipe
    most = int(said) if said.isdecimal() else said
    checks.whole_number("COORDLIB_EPOCHS", most)
    if recipe.epochs is None:  # as many evaluations
        return dataclasses.replace(recipe, steps=min(recipe.steps, most * recipe.evaluate_every))
    return dataclasses.replace(recipe, epochs=min(recipe.epochs, most))
