"""One filter's two coordinate weights and its bias: the map they make, and what becomes of it."""

from __future__ import annotations

import numpy as np
import torch
import traitlets
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from torch import Tensor

from coordlib import plots
from coordlib.coordinates import coordinate_channels
from coordlib.widgets.base import Widget, ink, source

# Below zero grey, above zero CoordConv's blue; the same table as in plane.js.
_SIGNED = LinearSegmentedColormap.from_list("signed", [plots.TEST, "#FFFFFF", plots.COORDCONV])
_LARGEST = 3.0  # the value that is drawn with the full colour
_LIMIT = 2.0


class PlaneEditor(Widget):
    """Set a · x + b · y + c by sliders: see the map, what a ReLU leaves of it, and of a picture.

    The page computes everything itself; `x_weight`, `y_weight` and `bias` follow the sliders.

    >>> editor = PlaneEditor(picture)
    >>> editor
    >>> editor.map()    # the map as it is set now
    """

    _esm = source("common.js", "plane.js")

    size = traitlets.Int().tag(sync=True)
    picture = traitlets.Bytes().tag(sync=True)
    colours = traitlets.List(traitlets.Unicode()).tag(sync=True)
    x_weight = traitlets.Float().tag(sync=True)
    y_weight = traitlets.Float().tag(sync=True)
    bias = traitlets.Float().tag(sync=True)

    def __init__(
        self, picture: Tensor, x_weight: float = 1.0, y_weight: float = 0.5, bias: float = -0.5
    ) -> None:
        """picture: what the filter sees with weight 1, shape (n, n) of zeros and ones.

        x_weight, y_weight, bias: where the sliders start, from -2 to 2.

        Raises ValueError for a picture of another shape or a number out of range.
        """
        if picture.ndim != 2 or picture.shape[0] != picture.shape[1]:
            raise ValueError(f"picture got shape {tuple(picture.shape)}; it takes a square, (n, n)")
        for name, value in (("x_weight", x_weight), ("y_weight", y_weight), ("bias", bias)):
            if not -_LIMIT <= value <= _LIMIT:
                raise ValueError(f"{name} got {value!r}; it takes a number from -2 to 2")
        super().__init__(
            size=len(picture),
            picture=(picture != 0).cpu().numpy().astype(np.uint8).tobytes(),
            colours=[plots.TEST, plots.COORDCONV],
            x_weight=x_weight,
            y_weight=y_weight,
            bias=bias,
        )

    def __repr__(self) -> str:
        return f"PlaneEditor(size={self.size})"

    def map(self) -> Tensor:
        """The position bias as it is set now, shape (n, n)."""
        x, y = coordinate_channels((self.size, self.size))
        return self.x_weight * x + self.y_weight * y + self.bias

    def _seen(self) -> Tensor:
        flat = np.frombuffer(self.picture, dtype=np.uint8).copy()
        return torch.from_numpy(flat).view(self.size, self.size).float()

    def _formula(self) -> str:
        signs = "+" if self.y_weight >= 0 else "−", "+" if self.bias >= 0 else "−"
        return (
            f"{self.x_weight:.1f} x {signs[0]} {abs(self.y_weight):.1f} y "
            f"{signs[1]} {abs(self.bias):.1f}".replace("-", "−")
        )

    def alt(self) -> str:
        map, seen = self.map(), self._seen() > 0
        lit = (map > 0).float().mean().item()
        left = int((1 + map)[seen].gt(0).sum())
        return (
            f"The map {self._formula()}: a tilted plane from {map.min():.2f} to {map.max():.2f}. "
            f"After a ReLU {100 * lit:.0f} % of its pixels are above 0. Of the picture's "
            f"{int(seen.sum())} dots {left} can still be told from their surroundings."
        )

    def still(self) -> Figure:
        map = self.map()
        fig, panels = plots.figure(columns=3, width=8.4, height=3.0)
        named = f"map: {self._formula()}"
        plots.show_canvas(panels[0], map, named, smallest=-_LARGEST, largest=_LARGEST, ink=_SIGNED)
        if map.min() < 0 < map.max():
            panels[0].contour(map, levels=[0], colors=plots.TEST, linewidths=1.2)
        left = {"relu(map)": map.relu(), "relu(picture + map)": (self._seen() + map).relu()}
        for axes, (name, values) in zip(panels[1:], left.items(), strict=True):
            plots.show_canvas(axes, values, name, largest=_LARGEST, ink=ink(plots.COORDCONV))
        return fig
