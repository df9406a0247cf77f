"""A region-proposal network taken apart on one picture: anchors, scores, boxes, what is kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
import traitlets
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from coordlib import checks, plots, tasks
from coordlib.datasets import CANVAS
from coordlib.widgets.base import Widget, source

STEPS = ("anchors", "scores", "boxes", "keep")
# Anchors that are drawn once there are scores: all of them would hide one another.
SUREST = 30
# What the slider takes: the overlap (IOU) above which the less sure of two boxes is dropped.
THRESHOLDS = (0.05, 0.95)
_FOUND = 0.5  # a digit is found by a box that overlaps it by so much
_INK = 1.8  # of a picture: full ink is grey, so that lines show on it
_HEAT = 0.35  # how dark the surest cell is


class DetectorSteps(Widget):
    """Go through a proposal network's four steps; set how far two boxes may overlap by a slider.

    `step`, one of STEPS, `picture`, its number, and `threshold`, from 0.05 to 0.95, follow the page
    and can be set. Boxes are (left, top, right, bottom) in pixels. The page works by itself.

    >>> DetectorSteps(fields.images[:3], anchors(), scores, boxes, fields.boxes[:3])
    """

    _esm = source("common.js", "boxes.js", "detector.js")

    images = traitlets.Bytes().tag(sync=True)
    # Float32; scores and boxes picture by picture.
    anchors = traitlets.Bytes().tag(sync=True)
    scores = traitlets.Bytes().tag(sync=True)
    boxes = traitlets.Bytes().tag(sync=True)
    digits = traitlets.List().tag(sync=True)  # for each picture its boxes
    fixed = traitlets.Dict().tag(sync=True)  # numbers that never change
    colour = traitlets.Unicode().tag(sync=True)
    truth = traitlets.Unicode(plots.TEST).tag(sync=True)
    step = traitlets.Unicode(STEPS[0]).tag(sync=True)
    picture = traitlets.Int(0).tag(sync=True)
    threshold = traitlets.Float().tag(sync=True)

    def __init__(
        self,
        images: Any,
        anchors: Any,
        scores: Any,
        boxes: Any,
        digits: Sequence[Any],
        *,
        colour: str = plots.CONV,
    ) -> None:
        """All are tensors or arrays, for p pictures and n anchors; n is 9 · k² for k × k cells.

        images: uint8, (p, 64, 64) or (p, 1, 64, 64).
        anchors: (n, 4), cell by cell and row by row, in any layout.
        scores: (p, n), 0 to 1: how sure the network is of each anchor.
        boxes: (p, n, 4), where it moves each anchor.
        digits: for each picture its true boxes, (k, 4).
        colour: the network's.

        Raises ValueError for other shapes, scores out of range and what is no box; ImportError
        that says what to install where the extra "vision" is missing.
        """
        tasks.load("detection")  # whose error says what to install
        from coordlib.tasks.detection.anchors import SIDES, STRIDE
        from coordlib.tasks.detection.measures import MOST_BOXES, NMS_OVERLAP

        self._images = _pictures(images)
        p = len(self._images)
        self._anchors = _boxes("anchors", anchors, -1)
        n = len(self._anchors)
        self._cells = math.isqrt(n // len(SIDES))
        if n == 0 or n != self._cells**2 * len(SIDES):
            raise ValueError(
                f"anchors got {n} of them; it takes {len(SIDES)} · k² for some k × k cells"
            )
        self._scores = _numbers("scores", scores, p, n)
        if not ((self._scores >= 0) & (self._scores <= 1)).all():
            raise ValueError("scores got some outside 0 to 1; it takes numbers from 0 to 1")
        self._boxes = _boxes("boxes", boxes, p, n)
        if len(digits) != p:
            raise ValueError(f"digits got {len(digits)} of them; it takes one for each picture")
        self._digits = [_boxes("digits", each, -1) for each in digits]
        super().__init__(
            images=self._images.numpy().tobytes(),
            anchors=self._anchors.numpy().tobytes(),
            scores=self._scores.numpy().tobytes(),
            boxes=self._boxes.numpy().tobytes(),
            digits=[each.tolist() for each in self._digits],
            fixed={
                "size": CANVAS,
                "stride": STRIDE,  # from cell to cell, in pixels
                "perCell": len(SIDES),
                "surest": SUREST,
                "most": MOST_BOXES,
                "found": _FOUND,
                "heat": _HEAT,
                "thresholds": THRESHOLDS,
            },
            colour=colour,
            threshold=NMS_OVERLAP,
        )

    def __repr__(self) -> str:
        return f"DetectorSteps({len(self._images)} pictures, {len(self._anchors)} anchors)"

    @traitlets.validate("step")
    def _is_a_step(self, proposal: dict[str, Any]) -> str:
        checks.one_of("step", proposal["value"], STEPS)
        return proposal["value"]

    @traitlets.validate("picture")
    def _is_there(self, proposal: dict[str, Any]) -> int:
        checks.whole_number("picture", proposal["value"], 0, len(self._images) - 1)
        return proposal["value"]

    @traitlets.validate("threshold")
    def _is_on_the_slider(self, proposal: dict[str, Any]) -> float:
        low, high = THRESHOLDS
        if not low <= proposal["value"] <= high:
            raise ValueError(
                f"threshold got {proposal['value']!r}; it takes a number from {low} to {high}"
            )
        return proposal["value"]

    def kept(self) -> Tensor:
        """The numbers of the boxes that are kept of this picture, int64, the surest first."""
        from torchvision.ops import nms

        boxes, scores = self._boxes[self.picture], self._scores[self.picture]
        return nms(boxes, scores, self.threshold)[: self.fixed["most"]]

    def _surest(self) -> Tensor:
        """The numbers of the surest anchors of this picture; of equals the first."""
        return self._scores[self.picture].sort(descending=True, stable=True).indices[:SUREST]

    def alt(self) -> str:
        from torchvision.ops import box_iou

        scores, boxes = self._scores[self.picture], self._boxes[self.picture]
        digits = self._digits[self.picture]
        surest, kept = self._surest(), self.kept()
        words = [
            f"A picture with {len(digits)} digits, and {len(self._anchors):,} anchors, nine to "
            f"each of {self._cells} × {self._cells} cells; ≈ {int((scores > 0.5).sum()):,} have a "
            f"score above 0.5. Of the boxes to which they are moved ≈ {len(kept)} are kept where "
            f"two may overlap (IOU) by at most {self.threshold:.2f}."
        ]
        if len(digits):
            drawn = (self._anchors[surest], boxes[surest], boxes[kept])
            before, after, left = (box_iou(each, digits) for each in drawn)
            words.append(
                "The mean overlap with the digit that each overlaps most is "
                f"≈ {before.amax(1).mean():.2f} for the {len(surest)} surest anchors, "
                f"≈ {after.amax(1).mean():.2f} for their boxes, ≈ {left.amax(1).mean():.2f} for "
                f"the boxes kept. Of the digits ≈ {int((left.amax(0) >= _FOUND).sum())} have a "
                f"box kept that overlaps them by at least {_FOUND}."
            )
        return " ".join(words)

    def still(self) -> Figure:
        fig, panels = plots.figure(columns=4, width=9.2, height=2.8)
        scores, boxes = self._scores[self.picture], self._boxes[self.picture]
        surest, kept = self._surest(), self.kept()
        picture, shades = self._images[self.picture], scores[surest].tolist()
        below = (
            f"nine of the {len(self._anchors):,} anchors",
            f"the {len(surest)} surest",
            "where they are moved",
            f"{len(kept)} kept, IOU at most {self.threshold:.2f}",
        )
        for number, (axes, name, words) in enumerate(zip(panels, STEPS, below, strict=True)):
            plots.show_canvas(
                axes, picture, f"{number + 1} {name.capitalize()}", largest=255 * _INK
            )
            axes.set_xlabel(words)
            axes.autoscale(False)
        middle = self._cells // 2 * (self._cells + 1)
        by_cell = self._anchors.unflatten(0, (self._cells**2, -1))
        panels[0].plot(*(_centres(self._anchors).T - 0.5), ".", color=plots.TEST, markersize=2)
        plots.outline_boxes(panels[0], by_cell[middle], self.colour)
        self._warm(panels[1])
        plots.outline_boxes(panels[1], self._anchors[surest], self.colour, opacity=shades)
        plots.outline_boxes(panels[2], self._anchors[surest], self.colour, opacity=0.6, dashed=True)
        ways = torch.stack((_centres(self._anchors[surest]), _centres(boxes[surest])), 1) - 0.5
        panels[2].add_collection(LineCollection(ways.tolist(), colors=plots.TEST, linewidths=1))
        plots.outline_boxes(panels[2], boxes[surest], self.colour)
        dropped = surest[~torch.isin(surest, kept)]
        plots.outline_boxes(panels[3], boxes[dropped], self.colour, opacity=0.4, width=0.7)
        plots.outline_boxes(panels[3], boxes[kept], self.colour, width=2)
        plots.outline_boxes(panels[3], self._digits[self.picture], dashed=True)
        return fig

    def _warm(self, axes: Axes) -> None:
        """Shade each cell, the darker, the surer the surest of its anchors."""
        best = self._scores[self.picture].unflatten(0, (self._cells, self._cells, -1)).amax(2)
        stride = self.fixed["stride"]
        first = (CANVAS - stride * self._cells) / 2 - 0.5
        for row, line in enumerate(best.tolist()):
            for column, score in enumerate(line):
                corner = (first + stride * column, first + stride * row)
                shade = to_rgba(self.colour, _HEAT * score)
                axes.add_patch(Rectangle(corner, stride, stride, color=shade, linewidth=0))


def _pictures(images: Any) -> Tensor:
    """Pictures as uint8, (p, CANVAS, CANVAS), on the CPU. Raises ValueError for other ones."""
    given = torch.as_tensor(images).detach().cpu()
    plain = given.squeeze(1) if given.ndim == 4 else given
    if given.dtype != torch.uint8 or plain.shape[1:] != (CANVAS, CANVAS) or not len(plain):
        raise ValueError(
            f"images got {given.dtype} of shape {tuple(given.shape)}; it takes torch.uint8 of "
            f"shape (p, {CANVAS}, {CANVAS}) or (p, 1, {CANVAS}, {CANVAS}), one picture at least"
        )
    return plain.clone()


def _numbers(name: str, values: Any, *shape: int) -> Tensor:
    """A copy of `values` as float32 on the CPU; -1 in their shape stands for any number.

    Raises ValueError for another shape.
    """
    copied = torch.as_tensor(values).detach().to("cpu", torch.float32, copy=True)
    if copied.ndim != len(shape) or any(
        wanted not in (-1, there) for wanted, there in zip(shape, copied.shape, strict=True)
    ):
        takes = str(shape).replace("-1", "n")
        raise ValueError(f"{name} got shape {tuple(copied.shape)}; it takes {takes}")
    return copied


def _boxes(name: str, values: Any, *shape: int) -> Tensor:
    """`_numbers` of shape (*shape, 4) that are boxes. Raises ValueError for what is none."""
    boxes = _numbers(name, values, *shape, 4)
    if not (boxes.isfinite().all() and (boxes[..., :2] <= boxes[..., 2:]).all()):
        raise ValueError(f"{name} got what is no box; it takes (left, top, right, bottom), finite")
    return boxes


def _centres(boxes: Tensor) -> Tensor:
    """The middles of boxes: (n, 4) to (n, 2), x before y."""
    return (boxes[:, :2] + boxes[:, 2:]) / 2
