"""Paint your own hold-out: decide which positions a network will not see in training."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import traitlets
from matplotlib.figure import Figure

from coordlib import datasets, plots
from coordlib.storage import write_atomically
from coordlib.widgets.base import Widget, home, source


class HoldOutPainter(Widget):
    """A canvas on which the student paints the positions to hold out for the test.

    `mask` is a boolean array of shape (canvas, canvas), indexed [y, x]: True is held out. It
    follows the painting, and can be set. It is True only where a square fits.
    """

    _esm = source("common.js", "painter.js")

    canvas = traitlets.Int().tag(sync=True)
    square = traitlets.Int().tag(sync=True)
    colours = traitlets.Dict({"train": plots.TRAIN, "test": plots.TEST}).tag(sync=True)
    mask = traitlets.Instance(np.ndarray).tag(
        sync=True,
        to_json=lambda mask, _: mask.astype(np.uint8).tobytes(),
        from_json=lambda data, painter: painter._from_bytes(data),
    )

    def __init__(
        self, canvas: int = 32, square: int = 5, *, mask: np.ndarray | None = None
    ) -> None:
        """Start from `mask`, else from the one that was saved last, else from a disc."""
        if mask is None:
            mask = self.saved(canvas, square)
        super().__init__(canvas=canvas, square=square, mask=mask)

    def __repr__(self) -> str:
        train, test = self._counts()
        return f"HoldOutPainter(canvas={self.canvas}, square={self.square}): {train} / {test}"

    def split(self, device: str = "cpu") -> datasets.Split:
        """The painted split. Raises ValueError while its train or its test part is empty."""
        return datasets.split(self.mask, self.canvas, self.square, device)

    def save(self) -> None:
        """Keep the mask for other notebooks, and in the still picture of the notebook it is in.

        Raises StorageError where it cannot be written.
        """
        content = io.BytesIO()
        np.savez_compressed(content, mask=self.mask)
        write_atomically(_path(self.canvas, self.square), content.getvalue())
        self.renew_still()

    @staticmethod
    def saved(canvas: int = 32, square: int = 5) -> np.ndarray:
        """The mask saved last for these sizes, else a disc in the middle of the canvas.

        A damaged file is named in a printed line, and the disc takes its place.
        """
        path = _path(canvas, square)
        if not path.exists():
            return _disc(canvas, square)
        try:
            with np.load(path, allow_pickle=False) as file:
                mask = file["mask"]
            if mask.dtype != bool or mask.shape != (canvas, canvas):
                raise ValueError(f"it holds {mask.dtype} of shape {mask.shape}")
        except Exception as error:  # NumPy raises half a dozen kinds for a damaged file
            print(f"{path} is no saved hold-out, or it is damaged ({error}). Here is the disc.")
            return _disc(canvas, square)
        return mask

    @traitlets.validate("mask")
    def _only_where_squares_fit(self, proposal: dict[str, Any]) -> np.ndarray:
        mask = proposal["value"]
        if mask.dtype != bool or mask.shape != (self.canvas, self.canvas):
            raise ValueError(
                f"mask got {mask.dtype} of shape {mask.shape}; it takes booleans of shape "
                f"({self.canvas}, {self.canvas})"
            )
        mask = mask & _paintable(self.canvas, self.square)
        mask.setflags(write=False)  # a change in place would not reach the picture
        return mask

    def _from_bytes(self, data: memoryview) -> np.ndarray:
        return np.frombuffer(data, np.uint8).reshape(self.canvas, self.canvas).astype(bool)

    def _counts(self) -> tuple[int, int]:
        test = int(self.mask.sum())
        return int(_paintable(self.canvas, self.square).sum()) - test, test

    def alt(self) -> str:
        train, test = self._counts()
        return (
            f"A canvas of {self.canvas} × {self.canvas} pixels to paint on: {train} positions in "
            f"light grey are for training, {test} in dark grey are held out for the test."
        )

    def still(self) -> Figure:
        fig, (axes,) = plots.figure(width=3.6, height=3.8)
        parts = _paintable(self.canvas, self.square).astype(int) + self.mask
        train, test = self._counts()
        plots.show_parts(axes, parts, f"train {train} / test {test}")
        return fig


def _path(canvas: int, square: int) -> Path:
    return home() / f"hold_out_{canvas}_{square}.npz"


def _paintable(canvas: int, square: int) -> np.ndarray:
    """Where the centre of a square may lie: booleans, shape (canvas, canvas)."""
    x, y = datasets.positions(canvas, square).numpy().T
    mask = np.zeros((canvas, canvas), dtype=bool)
    mask[y, x] = True
    return mask


def _disc(canvas: int, square: int) -> np.ndarray:
    offset = np.arange(canvas) - (canvas - 1) / 2
    inside = offset[:, None] ** 2 + offset**2 <= (canvas / 4) ** 2
    return inside & _paintable(canvas, square)
