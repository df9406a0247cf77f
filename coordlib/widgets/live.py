"""A training that one can watch, stop, change where it stands, and play again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from IPython.display import display

from coordlib import checks, plots, training
from coordlib.experiment import Experiment
from coordlib.recipes import Recipe
from coordlib.widgets.base import Widget, in_colab
from coordlib.widgets.film import box_lists, thinned
from coordlib.widgets.runs import Outcome, Runs
from coordlib.widgets.training_view import TrainingView


class LiveTraining(TrainingView):
    """Starts a training in the background and shows it: progress, curves, a moving picture, Stop.

    >>> live = LiveTraining(experiment, recipe, seed=0, picture=lambda: maps(network, positions))
    >>> live.wait()        # shows it if no cell has yet, and waits; Stop works meanwhile
    >>> live.result        # the training's Result

    After the end the pictures can be played again. The training is `training.start`'s; what it
    raises, `wait` raises. Where the variable COORDLIB_EPOCHS is set, no live training has more
    epochs than it says (evaluations, if its length is in steps): for whoever looks at a page and
    not at what is learnt.

    Given a function that builds the experiment, a reader can change the training where it stands:
    its learning rate from the next step on, `choices` by Reset, which begins anew. The page goes on
    with what `wait` has waited for, in `experiment` and `result`; what a reader trains after that
    is there to be looked at. That it diverges at a reader's rate is no error.

    >>> live = LiveTraining(build, recipe, choices={"filter_size": (2, 3)})
    """

    def __init__(
        self,
        experiment: Experiment | Callable[..., Experiment],
        recipe: Recipe,
        *,
        choices: Mapping[str, Sequence[Any]] | None = None,
        picture: Callable[..., Any] | None = None,
        captions: Sequence[str] = (),
        marks: Sequence[Sequence[int]] = (),
        mark_size: int = 1,
        truth: Sequence[Any] = (),
        title: str = "Training",
        colour: str = plots.CONV,
        metrics: Sequence[str] = ("train_accuracy", "test_accuracy"),
        **options: Any,
    ) -> None:
        """Start the training at once.

        experiment: or a function that builds it, each time with new weights from the same seed.
        choices: for names of that function's arguments, or of the recipe's fields, the values that
            Reset can choose; the first of each is the usual one.
        picture: called before the first step, at each evaluation and a few times in the first
            epochs, in the training's thread, the network in evaluation mode; with the experiment,
            if a function builds it. Gives maps, (n, height, width), values in [0, 1], drawn by
            their square root, or pictures in red, green and blue, (n, height, width, 3), values in
            [0, 1], drawn as they are; the same shape each time. Or a tuple, such maps or pictures
            and for each the boxes to draw over it, (left, top, right, bottom) in pixels, (k, 4).
        captions: a short text for each picture; without any, and without boxes, the pictures stand
            close together.
        marks: a position (x, y) for each picture, outlined as a square of `mark_size` pixels.
        truth: for each picture the true boxes, dashed, as `picture` gives its own.
        metrics: which of the experiment's metrics to draw; the first dashed. One that is below 0,
            as where there is nothing to measure yet, is left out.
        options: `seed` and whatever else `training.start` takes, but `on_event` and `rate_factor`,
            and with a function no `checkpoint`.

        Raises ValueError while another training changes the experiment's network, for choices
        without values or without a function, and for pictures or boxes of other shapes; so does
        `wait` where the shape is another one later on.
        """
        self._runs = Runs(experiment, recipe, choices or {}, picture, options)
        film = self._runs.run.film
        super().__init__(
            title=title,
            colour=colour,
            metrics=list(metrics),
            captions=list(captions),
            marks=[[int(x), int(y)] for x, y in marks],
            mark_size=mark_size,
            truth=box_lists("truth", truth, film.taken[0][1]) if len(truth) else [],
            shape=list(film.shape),
            is_changeable=self._runs.is_changeable,
            choices={name: [*map(str, values)] for name, values in self._runs.choices.items()},
            **self._beginning(),
        )
        self.result: training.Result | None = None
        self.experiment = self._runs.run.experiment
        self._shown = False
        self.on_msg(self._on_message)
        self._runs.start(self._on_event, self._on_begin, self._on_end)

    def __repr__(self) -> str:
        return f"LiveTraining({self.title!r}, {self.length})"

    def stop(self) -> None:
        """End the training after the step in progress, as the Stop button does."""
        self._runs.stop()

    def change_rate(self, factor: float) -> None:
        """Multiply the recipe's rates by `factor` from the next step on, as the slider does.

        Raises ValueError for a factor that is not above 0, or if no function builds the experiment.
        """
        self._runs.change_rate(factor)

    def reset(self, **choices: Any) -> None:
        """Begin anew with new weights, as the Reset button does.

        choices: values of some of the `choices`; the others stay as they are.

        Raises ValueError for others, or if no function builds the experiment.
        """
        chosen = {}
        for name, value in choices.items():
            checks.one_of("choices", name, self._runs.choices)
            values = self._runs.choices[name]
            if value not in values:
                takes = ", ".join(self.choices[name])
                raise ValueError(f"{name} got {value!r}; it takes one of {takes}")
            chosen[name] = values.index(value)
        self._runs.reset(chosen)

    def wait(self) -> None:
        """Wait for the end; then leave a still picture of it for the saved notebook.

        An interrupt (the notebook's ■ button) stops the training and keeps what it has. Raises
        what the training raised.
        """
        try:
            if not self._shown:
                self._show_view()
            outcome = self._runs.wait()
        except KeyboardInterrupt:
            self.stop()
            outcome = self._runs.wait()
        self.experiment, self.result = self._runs.run.experiment, outcome.result
        self.kept_run = self.run
        if outcome.error is not None:
            raise outcome.error
        data = {"text/plain": self.alt()}
        if not in_colab():
            data["text/html"] = f'<div class="coordlib-still">{self.still_html()}</div>'
        display(data, raw=True)

    def _ipython_display_(self) -> None:
        self._shown = True
        super()._ipython_display_()

    def _show_view(self) -> None:
        # Without a still: at this moment it would be one of a training that has not begun.
        self._shown = True
        data, metadata = self._repr_mimebundle_()
        display(data, metadata=metadata, raw=True)

    def _on_message(self, _widget: Widget, content: Any, _buffers: Any) -> None:
        if content == "stop":
            self.stop()
        elif "rate" in content:
            self.change_rate(content["rate"])
        else:
            self._runs.reset(content["reset"])

    def _beginning(self) -> dict[str, Any]:
        """What the page gets when a run begins."""
        run = self._runs.run
        _, levels, boxes = run.film.taken[0]
        return {
            "length": run.recipe.length,
            "progress": {"state": "running", "step": 0, "steps": 0, "epoch": 0, "seconds": 0.0},
            "chosen": run.chosen,
            "changed": self._in_words([]),
            "newest": levels.tobytes(),
            "newest_boxes": boxes,
        }

    def _in_words(self, rates: list[list[float]]) -> str:
        """What isn't as usual: other choices, and the rates [step, factor]."""
        words = [
            f"{name.replace('_', ' ')} {self._runs.choices[name][number]}"
            for name, number in self._runs.run.chosen.items()
            if number
        ]
        if rates:
            each = (f"× {factor:g} from step {step:,}" for step, factor in rates[:3])
            words.append(f"learning rate {', '.join(each)}" + (" …" if len(rates) > 3 else ""))
        return ", ".join(words)

    # What follows runs in the training's thread, or in the watcher's between two trainings.

    def _on_begin(self) -> None:
        with self.hold_sync():
            for name in ("rate_changes", "losses", "evaluations", "frame_boxes", "frame_steps"):
                setattr(self, name, [])
            self.frames = b""
            for name, value in self._beginning().items():
                setattr(self, name, value)
            self.run += 1

    def _on_event(self, event: training.Event) -> None:
        with self.hold_sync():
            if isinstance(event, training.RateChange):
                self.rate_changes = [*self.rate_changes, [event.step, event.factor]]
                self.changed = self._in_words(self.rate_changes)
            elif isinstance(event, training.Progress):
                self.progress = {
                    "state": "running",
                    "step": event.step,
                    "steps": event.steps,
                    "epoch": event.epoch,
                    "seconds": event.seconds,
                    "learning_rate": event.learning_rate,
                }
                self.losses = thinned([*self.losses, [event.step, event.loss]])
                if self._runs.run.film.is_due(event.step):
                    self._keep_picture(event.step)
            else:
                self._keep_evaluation(event)

    def _keep_evaluation(self, event: training.Evaluation) -> None:
        if unknown := set(self.metrics) - set(event.metrics):
            raise ValueError(
                f"metrics got {', '.join(sorted(unknown))}; it takes some of "
                f"{', '.join(event.metrics)}"
            )
        found = (event.metrics[name] for name in self.metrics)
        values = [value if value >= 0 else None for value in found]
        self.evaluations = thinned([*self.evaluations, [event.step, event.epoch, *values]])
        self._keep_picture(event.step)

    def _keep_picture(self, step: int) -> None:
        film = self._runs.run.film
        film.take(step)
        _, levels, boxes = film.taken[-1]
        self.newest, self.newest_boxes = levels.tobytes(), boxes

    def _on_end(self, outcome: Outcome) -> None:
        taken = self._runs.run.film.taken
        ended = {"state": outcome.state}
        if outcome.result is not None:
            ended["step"] = outcome.result.step
        if outcome.error is not None:
            ended["why"] = str(outcome.error).partition("\n")[0]
        with self.hold_sync():
            self.frames = b"".join(levels.tobytes() for _, levels, _ in taken)
            self.frame_boxes = [boxes for _, _, boxes in taken]
            self.frame_steps = [step for step, _, _ in taken]
            self.progress = {**self.progress, **ended}
