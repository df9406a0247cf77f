"""What a page shows of a training: how far it is, its curves, its pictures."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import zip_longest

import numpy as np
import traitlets
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coordlib import plots
from coordlib.widgets.base import Widget, ink, source


class TrainingView(Widget):
    """The state that a page gets, and its still picture; `LiveTraining` fills it."""

    _esm = source("common.js", "controls.js", "live.js")

    title = traitlets.Unicode().tag(sync=True)
    length = traitlets.Unicode()  # of the whole training, in words
    colour = traitlets.Unicode().tag(sync=True)
    metrics = traitlets.List(traitlets.Unicode()).tag(sync=True)
    captions = traitlets.List(traitlets.Unicode()).tag(sync=True)
    marks = traitlets.List().tag(sync=True)
    mark_size = traitlets.Int().tag(sync=True)
    truth = traitlets.List().tag(sync=True)  # for each picture its boxes, as in newest_boxes
    # running, finished, stopped, diverged or failed, then with `why`; step, steps, epoch, seconds
    # and learning_rate.
    progress = traitlets.Dict().tag(sync=True)
    run = traitlets.Int(1).tag(sync=True)  # its number: Reset begins the next
    kept_run = traitlets.Int().tag(sync=True)  # of the one that the page goes on with; 0: not yet
    is_changeable = traitlets.Bool().tag(sync=True)
    choices = traitlets.Dict().tag(sync=True)  # for each name its values in words, the usual first
    chosen = traitlets.Dict().tag(sync=True)  # for each name the number of the run's value
    rate_changes = traitlets.List().tag(sync=True)  # [step, factor]
    changed = traitlets.Unicode().tag(sync=True)  # what is not as usual, in words
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

    def alt(self) -> str:
        done = self.evaluations[-1] if self.evaluations else None
        state = self.progress["state"]
        ending = {"stopped": "stopped early"}.get(state, state)
        words = [f"{self.title}: trained for {self.length}."]
        if done is None:
            return f"{self.title}: a training of {self.length} that has just begun."
        if state not in ("running", "finished"):
            reached = f"epoch {done[1]}" if done[1] else f"step {done[0]:,}"
            words = [f"{self.title}: {ending} after {reached} of {self.length}."]
        words += [f"Changed: {self.changed}."] * bool(self.changed)
        words += [
            f"{name.replace('_', ' ').capitalize()} ≈ {value:.3g}."
            for name, value in zip(self.metrics, done[2:], strict=True)
            if value is not None
        ]
        return " ".join(words)

    def still(self) -> Figure:
        maps = np.frombuffer(self.newest, np.uint8).reshape(self.shape)
        if self.newest_boxes:  # which take room
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
        self._draw_charts(*left.subplots(2, 1))
        if right is not None:
            tiles = right.subplots(rows, columns, squeeze=False).flat
            self._draw_pictures(tiles, maps)
        return fig

    def _draw_charts(self, loss: Axes, metric: Axes) -> None:
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
        for step, factor in self.rate_changes:
            for axes in (loss, metric):
                axes.axvline(step, color=plots.TEST, linewidth=0.8, linestyle=":")
            loss.text(step, 1.02, f"× {factor:g}", transform=loss.get_xaxis_transform(), fontsize=9)

    def _draw_pictures(self, tiles: Iterable[Axes], maps: np.ndarray) -> None:
        each = (maps, self.captions, self.marks, self.truth, self.newest_boxes)
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
