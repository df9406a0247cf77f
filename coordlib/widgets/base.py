"""What all widgets share: how they show themselves, and the picture that they leave behind."""

from __future__ import annotations

import os
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import anywidget
from IPython.display import DisplayHandle, display
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from coordlib import plots

_FILES = resources.files(__package__)

# In a saved notebook that a new kernel opens, JupyterLab shows an error in the place of each view,
# a panel of its own kind. The still lives on: it brings the rules that hide one of the two.
_AREA, _OUTPUT = ".jp-OutputArea", ".jp-OutputArea-child"
STILL_STYLE = (
    '<style class="coordlib-still">'
    f"{_AREA}:has(.coordlib) {_OUTPUT}:has(.coordlib-still), "
    f"{_AREA}:has(.coordlib-still):not(:has(.coordlib)) {_OUTPUT}:has(> .lm-Panel) "
    "{ display: none; }</style>"
)


def source(*names: str) -> str:
    """The text of the named files of this folder, one after the other, as one module."""
    return "\n".join(_FILES.joinpath(name).read_text(encoding="utf-8") for name in names)


def home() -> Path:
    """Where a student's own things are kept: COORDLIB_HOME, else .coordlib in the user's folder."""
    return Path(os.environ.get("COORDLIB_HOME") or Path.home() / ".coordlib")


def in_colab() -> bool:
    """Colab may prefer HTML to the live view, and keeps a view's state itself: no still there."""
    return "google.colab" in sys.modules


# From this level of an ink on, a white line on it is seen better than a dark one; as in common.js.
DARK = 0.52


def ink(colour: str) -> LinearSegmentedColormap:
    """White paper, then `colour`, then nearly black: the same scale as in common.js."""
    return LinearSegmentedColormap.from_list("ink", [(0, "white"), (0.6, colour), (1, "#111111")])


class Widget(anywidget.AnyWidget):
    """A widget that shows its live view and, where none can live, a still picture of its state.

    The two are outputs of their own, for a page shows only one form of an output, and of a view
    and a picture the view, dead or alive. A subclass gives `_esm`, `still()`, `alt()` and a
    `__repr__` that is the same in every run.
    """

    _css = source("widgets.css")
    _shown_still: DisplayHandle | None = None

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        # JupyterLab sends a widget's messages to a thread of their own, so that they are heard
        # while a cell runs. ipykernel 7.4 takes them back to the cell's thread: let it not.
        if hasattr(self.comm, "_reply_subshell_for"):
            self.comm._reply_subshell_for = lambda _data, subshell: subshell

    def still(self) -> Figure:
        """A picture of the current state."""
        raise NotImplementedError

    def alt(self) -> str:
        """The current state in words."""
        raise NotImplementedError

    def still_html(self) -> str:
        """The still picture as HTML, with its alternative text; seen where no view lives."""
        return STILL_STYLE + plots.picture(self.still(), self.alt())

    def _ipython_display_(self) -> None:
        # ipywidgets 7 (Colab) has this method, 8 has it no more. One way for both.
        data, metadata = self._repr_mimebundle_()
        if in_colab():
            display(data, metadata=metadata, raw=True)
            return
        data.pop("text/plain")
        display(data, metadata=metadata, raw=True)
        self._shown_still = display(self._still_bundle(), raw=True, display_id=True)

    def renew_still(self) -> None:
        """Show the state as it is now in the still beside the view, for whoever saves the page."""
        if self._shown_still is not None:
            self._shown_still.update(self._still_bundle(), raw=True)

    def _still_bundle(self) -> dict[str, str]:
        return {"text/html": self.still_html(), "text/plain": repr(self)}
