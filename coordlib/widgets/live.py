"""A training that one can watch, stop, and play again."""

from __future__ import annotations

import dataclasses
import math
import os
import threading
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
import torch
import traitlets
from IPython.display import display
from matplotlib.figure import Figure
from torch import nn

from coordlib import checks, plots, training
from coordlib.experiment import Experiment
from coordlib.recipes import Recipe
from coordlib.widgets.base import Widget, box_list, in_colab, ink, source

# A long training keeps every second, then every fourth … of its points and pictures.
_MOST_POINTS = 400
_MOST_PICTURES = 100
# Most is learnt early. Between evaluations a picture is kept after so many times the last one's
# steps: several in the first epochs, none in the later ones.
_NEXT_PICTURE = 1.5


class LiveTraining(Widget):
    """Starts a training in the background and shows it: progress, curves, a moving picture, Stop.

    >>> live = LiveTraining(experiment, recipe, seed=0, picture=lambda: maps(network, positions))
    >>> live.wait()        # shows it if no cell has yet, and waits; Stop works meanwhile
    >>> live.result        # the training's Result

    After the end the pictures can be played again. The training is `training.start`'s; what it
    raises, `wait` raises. Where the variable COORDLIB_EPOCHS is set, no live training has more
    epochs than it says (evaluations, if its length is in steps): for whoever looks at a page and
    not at what is learnt.
    """

    _esm = source("common.js", "live.js")

    title = traitlets.Unicode().tag(sync=True)
    colour = traitlets.Unicode().tag(sync=True)
    metrics = traitlets.List(traitlets.Unicode()).tag(sync=True)
    captions = traitlets.List(traitlets.Unicode()).tag(sync=True)
    marks = traitlets.List().tag(sync=True)
    mark_size = traitlets.Int().tag(sync=True)
    truth = traitlets.List().tag(sync=True)  # for each picture its boxes, as in newest_boxes
    # running, finished, stopped or failed; with step, steps, epoch, loss and seconds.
    progress = traitlets.Dict().tag(sync=True)
    losses = traitlets.List().tag(sync=True)  # [step, loss]
    evaluations = traitlets.List().tag(sync=True)  # [step, epoch, a value or None for each metric]
    # Pictures as bytes, brightest 255: the newest while it trains, all of them after the end. Their
    # shape, (n, height, width) in one ink, or (n, height, width, 3) in red, green and blue.
    shape = traitlets.List(traitlets.Int()).tag(sync=True)
    newest = traitlets.Bytes().tag(sync=True)
    newest_boxes = traitlets.List().tag(sync=True)  # for each picture its boxes; [] if none has any
    frames = traitlets.Bytes().tag(sync=True)
    frame_boxes = traitlets.List().tag(sync=True)
    frame_steps = traitlets.List(traitlets.Int()).tag(sync=True)

    def __init__(
        self,
        experiment: Experiment,
        recipe: Recipe,
        *,
        picture: Callable[[], Any] | None = None,
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

        picture: called before the first step, at each evaluation and a few times in the first
            epochs, in the training's thread, the network in evaluation mode; gives maps,
            (n, height, width), values in [0, 1], drawn by their square root, or pictures in red,
            green and blue, (n, height, width, 3), values in [0, 1], drawn as they are; the same
            shape each time. Or a tuple, such maps or pictures and for each the boxes to draw over
            it, (left, top, right, bottom) in pixels, (k, 4).
        captions: a short text for each picture; without any, and without boxes, the pictures stand
            close together.
        marks: a position (x, y) for each picture, outlined as a square of `mark_size` pixels.
        truth: for each picture the true boxes, dashed, as `picture` gives its own.
        metrics: which of the experiment's metrics to draw; the first dashed. One that is below 0,
            as where there is nothing to measure yet, is left out.
        options: `seed` and whatever else `training.start` takes, but `on_event`.

        Raises ValueError while another training changes the experiment's network, and for pictures
        or boxes of other shapes; so does `wait` where the shape is another one later on.
        """
        training.check_idle(experiment.network)  # before a picture of it is made
        recipe = _cut(recipe)
        maps, boxes = np.zeros((0, 1, 1), np.uint8), []
        if picture is not None:
            maps, boxes = _drawn(picture, experiment.network)
        super().__init__(
            title=title,
            colour=colour,
            metrics=list(metrics),
            captions=list(captions),
            marks=[[int(x), int(y)] for x, y in marks],
            mark_size=mark_size,
            truth=_box_lists("truth", truth, maps) if len(truth) else [],
            progress={"state": "running", "step": 0, "steps": 0, "epoch": 0, "seconds": 0.0},
            shape=list(maps.shape),
            newest=maps.tobytes(),
            newest_boxes=boxes,
        )
        self.result: training.Result | None = None
        self._length = recipe.length
        self._network = experiment.network
        self._picture = picture
        self._kept = [(0, maps, boxes)]
        self._shown = False
        self.on_msg(self._on_message)
        self._job = training.start(experiment, recipe, on_event=self._on_event, **options)
        self._watcher = threading.Thread(target=self._watch, name="live training", daemon=True)
        self._watcher.start()

    def __repr__(self) -> str:
        return f"LiveTraining({self.title!r}, {self._length})"

    def stop(self) -> None:
        """End the training after the step in progress, as the Stop button does."""
        self._job.stop()

    def wait(self) -> None:
        """Wait for the end; then leave a still picture of it for the saved notebook.

        An interrupt (the notebook's ■ button) stops the training and keeps what it has. Raises
        what the training raised.
        """
        try:
            if not self._shown:
                self._show_view()
            while self._watcher.is_alive():
                self._watcher.join(0.1)
        except KeyboardInterrupt:
            self.stop()
            self._watcher.join()
        self.result = self._job.wait()
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

    # What follows runs in the training's thread, and in the watcher's once that has ended.

    def _on_event(self, event: training.Progress | training.Evaluation) -> None:
        with self.hold_sync():
            if isinstance(event, training.Progress):
                self.progress = {
                    "state": "running",
                    "step": event.step,
                    "steps": event.steps,
                    "epoch": event.epoch,
                    "seconds": event.seconds,
                }
                self.losses = _thinned([*self.losses, [event.step, event.loss]])
                if event.step >= _NEXT_PICTURE * self._kept[-1][0]:
                    self._keep_picture(event.step)
                return
            if unknown := set(self.metrics) - set(event.metrics):
                raise ValueError(
                    f"metrics got {', '.join(sorted(unknown))}; it takes some of "
                    f"{', '.join(event.metrics)}"
                )
            found = (event.metrics[name] for name in self.metrics)
            values = [value if value >= 0 else None for value in found]
            row = [event.step, event.epoch, *values]
            self.evaluations = _thinned([*self.evaluations, row])
            self._keep_picture(event.step)

    def _keep_picture(self, step: int) -> None:
        if self._picture is None or step == self._kept[-1][0]:
            return
        maps, boxes = _drawn(self._picture, self._network)
        if list(maps.shape) != self.shape:
            raise ValueError(
                f"picture gave shape {maps.shape}; it takes {tuple(self.shape)}, as at first"
            )
        self._kept = _thinned([*self._kept, (step, maps, boxes)], _MOST_PICTURES)
        self.newest, self.newest_boxes = maps.tobytes(), boxes

    def _watch(self) -> None:
        state = "failed"
        try:
            result = self._job.wait()
            state = "finished" if result.finished else "stopped"
        except Exception:
            return  # `wait` raises it in the cell
        finally:
            with self.hold_sync():
                self.frames = b"".join(maps.tobytes() for _, maps, _ in self._kept)
                self.frame_boxes = [boxes for _, _, boxes in self._kept]
                self.frame_steps = [step for step, _, _ in self._kept]
                self.progress = {**self.progress, "state": state}

    def alt(self) -> str:
        done = self.evaluations[-1] if self.evaluations else None
        state = {"stopped": "stopped early", "failed": "failed"}.get(self.progress["state"], "")
        words = [f"{self.title}: {state or 'trained'} for {self._length}."]
        if done is None:
            return f"{self.title}: a training of {self._length} that has just begun."
        if state:
            reached = f"epoch {done[1]}" if done[1] else f"step {done[0]:,}"
            words = [f"{self.title}: {state} after {reached} of {self._length}."]
        words += [
            f"{name.replace('_', ' ').capitalize()} ≈ {value:.3g}."
            for name, value in zip(self.metrics, done[2:], strict=True)
            if value is not None
        ]
        return " ".join(words)

    def still(self) -> Figure:
        _, maps, boxes = self._kept[-1]
        if boxes:  # which take room
            most, tall = 2, 2.1
        elif self.captions:
            most, tall = 4, 1.3
        else:
            most, tall = math.ceil(math.sqrt(len(maps))), 0.9
        columns = min(len(maps), most)
        rows = -(-len(maps) // columns) if columns else 1
        fig, _ = plots.figure(width=8.0, height=max(2.6, tall * rows))
        fig.clear()
        left, right = fig.subfigures(1, 2) if columns else (fig, None)
        loss, metric = left.subplots(2, 1)
        if self.losses:
            loss.plot(*zip(*self.losses, strict=True), color=self.colour, linewidth=1.2)
        loss.set_ylabel("loss")
        for number, name in enumerate(self.metrics):
            drawn = ((row[0], row[2 + number]) for row in self.evaluations)
            points = [point for point in drawn if point[1] is not None]
            if points:
                style = ("--", "-")[number % 2]
                label = name.replace("_", " ")
                metric.plot(*zip(*points, strict=True), style, color=self.colour, label=label)
        if metric.lines:
            # From 0, with room above the highest curve, however flat it is.
            metric.set_ylim(0, 1.1 * metric.dataLim.ymax or 1)
            metric.legend(frameon=False)
        metric.set_xlabel("step")
        if right is not None:
            tiles = right.subplots(rows, columns, squeeze=False).flat
            each = (maps, self.captions, self.marks, self.truth, boxes)
            for axes, map, caption, mark, true, found in zip_longest(tiles, *each):
                if map is None:
                    axes.axis("off")
                    continue
                plots.show_canvas(axes, map, caption or "", largest=255, ink=ink(self.colour))
                axes.title.set_fontsize(9)
                if mark is not None:
                    plots.outline_square(axes, *mark, self.mark_size)
                plots.outline_boxes(axes, true or [], dashed=True, width=0.9)
                plots.outline_boxes(axes, found or [])
        return fig


def _cut(recipe: Recipe) -> Recipe:
    if not (said := os.environ.get("COORDLIB_EPOCHS")):
        return recipe
    most = int(said) if said.isdecimal() else said
    checks.whole_number("COORDLIB_EPOCHS", most)
    if recipe.epochs is None:  # as many evaluations
        return dataclasses.replace(recipe, steps=min(recipe.steps, most * recipe.evaluate_every))
    return dataclasses.replace(recipe, epochs=min(recipe.epochs, most))


def _drawn(
    picture: Callable[[], Any], network: nn.Module
) -> tuple[np.ndarray, list[list[list[float]]]]:
    """Pictures in 255 levels, and their boxes. No trace is left: the training is the same."""
    training_now = network.training
    network.eval()
    with torch.inference_mode(), torch.random.fork_rng():
        given = picture()
    network.train(training_now)
    is_pair = isinstance(given, tuple) and len(given) == 2
    maps, boxes = given if is_pair else (given, None)
    values = np.asarray(maps, dtype=np.float32).clip(0, 1)
    is_coloured = values.ndim == 4 and values.shape[3] == 3
    if values.ndim != 3 and not is_coloured:
        raise ValueError(
            f"picture gave shape {values.shape}; it takes maps of shape (n, height, width), or "
            "colours of shape (n, height, width, 3)"
        )
    levels = np.rint(255 * (values if is_coloured else np.sqrt(values))).astype(np.uint8)
    return levels, [] if boxes is None else _box_lists("picture's boxes", boxes, maps)


def _box_lists(name: str, boxes: Sequence[Any], maps: Sequence[Any]) -> list[list[list[float]]]:
    """For each picture its boxes, as a page gets them."""
    if len(boxes) != len(maps):
        raise ValueError(
            f"{name} got {len(boxes)} lists; it takes one for each of {len(maps)} maps"
        )
    return [box_list(name, each) for each in boxes]


def _thinned(points: list[Any], most: int = _MOST_POINTS) -> list[Any]:
    """Every second point, keeping the first and the last, once there are more than `most`."""
    return points if len(points) <= most else [*points[:-1:2], points[-1]]
