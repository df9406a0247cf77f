"""A prediction that the student commits to before a result is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Annotated, Any, Literal

import traitlets
from matplotlib.figure import Figure

from coordlib import fields, plots
from coordlib.fields import Between
from coordlib.storage import StorageError, read_json, write_atomically
from coordlib.widgets.base import Widget, home, source

# The answers committed in this kernel, by question and what it takes.
_COMMITTED: dict[tuple[Any, ...], Any] = {}


class Prediction(Widget):
    """Ask a question and keep the answer: a number between two limits, or one of a few choices.

    `value` is None until the student commits. With a name, `kept_as`, the answer is kept on this
    machine, and a prediction of that name in another notebook starts from it: it is `recalled`, and
    stands unless the student commits another. Without one it is kept while this kernel lives: a
    cell that asks again, in the same words, has its answer.

    >>> guess = Prediction("Which part of the test set will it get right?", 0, 100, unit="%")
    >>> guess                                            # shows it
    >>> guess.compare(100 * accuracy, "test accuracy")   # later: both, side by side
    """

    _esm = source("common.js", "prediction.js")

    question = traitlets.Unicode().tag(sync=True)
    low = traitlets.Float().tag(sync=True)
    high = traitlets.Float().tag(sync=True)
    step = traitlets.Float().tag(sync=True)
    unit = traitlets.Unicode().tag(sync=True)
    choices = traitlets.List(traitlets.Unicode()).tag(sync=True)
    value = traitlets.Any(None, allow_none=True).tag(sync=True)
    recalled = traitlets.Bool(False).tag(sync=True)
    heard = traitlets.Any(None, allow_none=True).tag(sync=True)  # the answer that is known here
    trouble = traitlets.Unicode().tag(sync=True)  # why an answer couldn't be read or kept

    def __init__(
        self,
        question: str,
        low: float | None = None,
        high: float | None = None,
        *,
        unit: str = "",
        step: float = 1,
        choices: Sequence[str] = (),
        kept_as: str = "",
    ) -> None:
        """Give low and high for a slider (with `step`), or two or more `choices`.

        kept_as: the number of the notebook that asks first and a word, such as "01_uniform".

        Raises ValueError for limits that are not in order, neither limits nor choices, or a name
        that is no word.
        """
        if choices:
            if len(choices) < 2 or low is not None or high is not None:
                raise ValueError(
                    f"choices got {list(choices)!r}; it takes at least two, and then no low or high"
                )
            low, high = 0, 1
        elif low is None or high is None or not low < high or not 0 < step <= high - low:
            raise ValueError(
                f"low, high and step got {low!r}, {high!r} and {step!r}; they take two numbers, "
                "the smaller first, and a step that fits between them"
            )
        if not re.fullmatch(r"\w*", kept_as):
            raise ValueError(f"kept_as got {kept_as!r}; it takes a word, such as '01_uniform'")
        super().__init__(
            question=question, low=low, high=high, step=step, unit=unit, choices=list(choices)
        )
        self._asked = (question, low, high, unit, *choices)
        if kept_as:
            self._file = home() / "predictions" / f"{kept_as}.json"
            self._recall()
            self.observe(self._keep, "value")
        else:
            self.value = _COMMITTED.get(self._asked)
        self.heard = self.value
        # After `_keep`: an answer that the page is told of is kept already.
        self.observe(self._hear, "value")

    def __repr__(self) -> str:
        return f"Prediction({self.question!r})"

    def compare(self, measured: float | int | str, label: str = "Measured") -> None:
        """Show the prediction beside what was measured.

        measured: what was measured, under the name `label`. A float is printed after "≈", for
            another machine may give another one; an int and a choice are printed as exact.

        Raises ValueError for a choice that is not among the choices, TypeError for a measurement
        of another kind than the prediction.
        """
        if self.choices:
            if measured not in self.choices:
                raise ValueError(
                    f"measured got {measured!r}; it takes one of the choices {self.choices}"
                )
            print(f"{self._said()} {label}: {measured}.")
            return
        if isinstance(measured, bool) or not isinstance(measured, Real):
            raise TypeError(f"measured got {measured!r}; it takes a number")
        shown = f"{measured:,}" if isinstance(measured, Integral) else f"≈ {measured:.3g}"
        sentence = f"{self._said()} {label}: {self._with_unit(shown)}."
        print(sentence)
        plots.show(self._number_line(float(measured), label), f"The two on one line. {sentence}")

    def alt(self) -> str:
        scale = ", ".join(self.choices) or f"{self._with_unit(f'{self.low:g} to {self.high:g}')}"
        made = "" if self.value is None else f" {self._said()}"
        return f"A prediction to make: {self.question} ({scale}){made}"

    def still(self) -> Figure:
        lines = self._lines()
        fig, (axes,) = plots.figure(width=6.0, height=0.6 + 0.3 * len(lines))
        axes.axis("off")
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.text(0, 0.95, self.question, fontsize=11, weight="bold", va="top", wrap=True)
        axes.text(0, 0.0, "\n".join(lines), fontsize=11, va="bottom")
        return fig

    def _lines(self) -> list[str]:
        """What can be answered, for the still picture, and the answer that was given.

        There are as many choices in a line as there is room for.
        """
        made = [] if self.value is None else [self._said()]
        if not self.choices:
            return [f"{self.low:g}  ———————○———————  {self._with_unit(f'{self.high:g}')}", *made]
        lines = [""]
        for choice in self.choices:
            if lines[-1] and len(lines[-1]) + len(choice) > 55:
                lines.append("")
            lines[-1] += f"○ {choice}     "
        return [*lines, *made]

    def _recall(self) -> None:
        try:
            answer = fields.parse(self._takes(), read_json(self._file), "the answer")
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            self.trouble = f"Your earlier answer can't be read from {self._file} ({error})."
        else:
            self.value, self.recalled = answer, True

    def _takes(self) -> Any:
        """The type of its answers, as `fields` reads them."""
        if self.choices:
            return Literal[tuple(self.choices)]
        return Annotated[float, Between(self.low, self.high)]

    def _hear(self, _change: dict[str, Any]) -> None:
        _COMMITTED[self._asked] = self.heard = self.value
        self.renew_still()

    def _keep(self, _change: dict[str, Any]) -> None:
        try:
            write_atomically(self._file, json.dumps(self.value).encode())
            self.trouble = ""
        except StorageError as error:
            self.trouble = f"It can't be kept for later: {error}."

    def _said(self) -> str:
        if self.value is None:
            return self.trouble or "You made no prediction."
        you = "Earlier you" if self.recalled else "You"
        if self.choices:
            return f"{you} predicted: {self.value}."
        return f"{you} predicted {self._with_unit(f'{self.value:g}')}."

    def _with_unit(self, number: str) -> str:
        return f"{number} {self.unit}".rstrip()

    def _number_line(self, measured: float, label: str) -> Figure:
        fig, (axes,) = plots.figure(width=6.0, height=1.2)
        points: list[tuple[Any, str, str, int]] = [(measured, label, "#111111", 1)]
        if self.value is not None:
            points.append((self.value, "your prediction", "#666666", -1))
        axes.axhline(0, color=plots.TRAIN, linewidth=2, zorder=0)
        left, right = min(self.low, measured), max(self.high, measured)
        for value, name, colour, side in points:
            axes.plot(value, 0, "o", color=colour, markersize=10)
            along = (value - left) / (right - left)
            anchor = "left" if along < 0.2 else "right" if along > 0.8 else "center"
            axes.annotate(
                name,
                (value, 0),
                (0, 12 * side),
                textcoords="offset points",
                ha=anchor,
                va="bottom" if side > 0 else "top",
                color=colour,
                fontsize=10,
            )
        margin = 0.03 * (right - left)
        axes.set_xlim(left - margin, right + margin)
        axes.set_ylim(-1, 1)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(self.unit)
        return fig
