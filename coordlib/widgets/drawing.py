"""Draw digits, and see what detectors find in the drawing while it is made."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from coordlib import plots
from coordlib.datasets import CANVAS
from coordlib.training import processor_threads
from coordlib.widgets.base import Widget, box_list, source

_DIGIT = 28  # pixels of an example digit's side
_MOST_BOXES = 10
_LONGEST = 160  # letters of what went wrong
_PALE = 1.7  # ink below the boxes is so much paler; as in drawing.js


class DigitCanvas(Widget):
    """A canvas to draw digits on, and beside it the boxes that each detector finds in the drawing.

    `drawing` is uint8, (64, 64), 0 for the ground, 255 for full ink. It follows the hand, and can
    be set. Each panel shows the boxes whose score is above `threshold`, from 0 to 0.95.

    >>> DigitCanvas({"Conv": find_with_conv, "CoordConv": find_with_coordconv}, digits=images)
    """

    _esm = source("common.js", "drawing.js")

    colours = traitlets.Dict().tag(sync=True)  # a detector's name to its colour
    digits = traitlets.Bytes().tag(sync=True)  # the example digits, one after the other
    threshold = traitlets.Float(0.5, min=0.0, max=0.95).tag(sync=True)
    drawing = traitlets.Instance(np.ndarray).tag(
        sync=True,
        to_json=lambda drawing, _: drawing.tobytes(),
        from_json=lambda data, _: np.frombuffer(data, np.uint8).reshape(CANVAS, CANVAS),
    )
    # For each detector boxes and scores, the surest first, and what went wrong, or "".
    found = traitlets.List().tag(sync=True)
    # The page counts its drawings; `found` is about number `answered`.
    asked = traitlets.Int().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        detectors: Mapping[str, Callable[[Tensor], tuple[Any, Any]]],
        start: Any = None,
        *,
        digits: Any = None,
    ) -> None:
        """Show what each of the detectors finds, side by side.

        detectors: name to a function from a drawing, float32, (1, 1, 64, 64), 0 to 1, to boxes
            (left, top, right, bottom) in pixels, (k, 4), and their scores, (k,), 0 to 1; the ten
            surest are shown. A name that begins with "CoordConv" has that side's colour. What one
            raises stands in its panel, and it is asked again about the next drawing.
        start: the first drawing, uint8, (64, 64); by default an empty one.
        digits: a few digits to put on the canvas, uint8, (n, 28, 28); by default there are none.

        Raises ValueError if there is no detector, and for pictures of another shape or type.
        """
        if not detectors:
            raise ValueError("detectors got none; it takes at least one")
        if start is None:
            start = np.zeros((CANVAS, CANVAS), np.uint8)
        if digits is None:
            digits = np.zeros((0, _DIGIT, _DIGIT), np.uint8)
        self._detectors = dict(detectors)
        super().__init__(
            colours={
                name: plots.COORDCONV if name.startswith("CoordConv") else plots.CONV
                for name in detectors
            },
            digits=_levels("digits", digits, _DIGIT, axes=3).tobytes(),
            drawing=_levels("start", start),
        )
        self._look()
        self.observe(self._look, "drawing")

    def __repr__(self) -> str:
        return f"DigitCanvas({', '.join(self._detectors)})"

    @traitlets.validate("drawing")
    def _read_only(self, proposal: dict[str, Any]) -> np.ndarray:
        drawing = _levels("drawing", proposal["value"]).copy()
        drawing.setflags(write=False)  # a change in place would not reach the picture
        return drawing

    def _look(self, _change: Any = None) -> None:
        with self.hold_sync():
            self.found = [self._ask(detect) for detect in self._detectors.values()]
            self.answered = self.asked

    def _ask(self, detect: Callable[[Tensor], tuple[Any, Any]]) -> dict[str, Any]:
        """What a detector finds in the drawing, or why it finds nothing."""
        try:
            # One small picture: a second thread would hold it up wherever a core is busy.
            with processor_threads(1), torch.inference_mode():
                picture = torch.tensor(self.drawing, dtype=torch.float32) / 255
                boxes, scores = map(_array, detect(picture[None, None]))
            boxes = box_list("boxes", boxes)
            if scores.shape != (len(boxes),) or not ((scores >= 0) & (scores <= 1)).all():
                raise ValueError(
                    f"scores got shape {scores.shape}; it takes a number from 0 to 1 for each of "
                    f"{len(boxes)} boxes"
                )
        except Exception as error:  # whatever a student's own detector raises
            words = textwrap.shorten(f"{type(error).__name__}: {error}", _LONGEST)
            return {"boxes": [], "scores": [], "trouble": words}
        surest = np.argsort(-scores, kind="stable")[:_MOST_BOXES]
        return {
            "boxes": [boxes[n] for n in surest],
            "scores": scores[surest].round(3).tolist(),
            "trouble": "",
        }

    def _shown(self, answer: dict[str, Any]) -> list[tuple[list[float], float]]:
        """The boxes above the threshold with their scores, the surest first."""
        pairs = zip(answer["boxes"], answer["scores"], strict=True)
        return [(box, score) for box, score in pairs if score > self.threshold]

    def _words(self, answer: dict[str, Any]) -> str:
        if answer["trouble"]:
            return answer["trouble"]
        surest = f", surest score ≈ {answer['scores'][0]:.2f}" if answer["scores"] else ""
        return f"boxes ≈ {len(self._shown(answer))}{surest}"

    def alt(self) -> str:
        inked = 100 * (self.drawing > 0).mean()
        words = [
            f"A drawing with ink on {inked:.0f} % of its pixels, and the boxes that detectors find "
            f"in it with a score above {self.threshold:.2f}."
        ]
        each = zip(self._detectors, self.found, strict=True)
        return " ".join([*words, *(f"{name}: {self._words(answer)}." for name, answer in each)])

    def still(self) -> Figure:
        columns = 1 + len(self._detectors)
        fig, panels = plots.figure(columns=columns, width=2.2 * columns, height=2.9)
        plots.show_canvas(panels[0], self.drawing, "the drawing", largest=255)
        each = zip(panels[1:], self.colours.items(), self.found, strict=True)
        for axes, (name, colour), answer in each:
            plots.show_canvas(axes, self.drawing, name, largest=255 * _PALE)
            shown = self._shown(answer)[::-1]  # the surest on top
            opacity = [_opacity(score) for _, score in shown]
            plots.outline_boxes(axes, [box for box, _ in shown], colour, opacity=opacity)
            axes.set_xlabel(textwrap.fill(self._words(answer), 28), fontsize=9)
        return fig


def _levels(name: str, values: Any, side: int = CANVAS, axes: int = 2) -> np.ndarray:
    """Pictures of side × side pixels as an array of so many axes; ValueError for anything else."""
    array = np.asarray(values)
    if array.dtype != np.uint8 or array.ndim != axes or array.shape[-2:] != (side, side):
        raise ValueError(
            f"{name} got {array.dtype} of shape {array.shape}; it takes uint8 of shape "
            f"({'n, ' * (axes - 2)}{side}, {side})"
        )
    return array


def _array(values: Any) -> np.ndarray:
    """Numbers as an array, wherever a tensor of them is."""
    return np.asarray(values.detach().cpu() if isinstance(values, Tensor) else values, float)


def _opacity(score: float) -> float:
    """How clearly a box of that score is drawn; as in drawing.js."""
    return 0.3 + 0.7 * score
