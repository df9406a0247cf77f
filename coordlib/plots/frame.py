"""What all figures share: their colours, their style, and how one is shown and said in words."""

from __future__ import annotations

import base64
import html
import io
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.transforms import Bbox
from PIL import Image

from coordlib.plots.quantising import quantised

# Two colours of Okabe and Ito's palette, told apart by all eyes: one for each side of the course.
CONV = "#D55E00"
COORDCONV = "#0072B2"
# Train and test are never those two: a light and a dark grey, on a white canvas.
TRAIN = "#B8B8B8"
TEST = "#333333"
EMPTY = "#FFFFFF"
# Lines over what is held out, where the ink is pale; on dark ink they are white.
HATCHING = "#222222"
# How far away something is: the darker, the farther. No network's colour.
DISTANCE = "#7B3294"

# On a dark page white paper glares: there a picture is dimmed. The rule travels with each.
DIMMED = 0.85
PAPER_STYLE = (
    '<style class="coordlib-paper">[data-jp-theme-light="false"] .coordlib-paper + img '
    f"{{ filter: brightness({DIMMED}); }}</style>"
)

# A figure's inch takes so many pixels of the page, and twice as many of today's screens.
PIXELS_PER_INCH = 80
SHARPNESS = 2
_MARGIN = 0.03  # inches around what sticks out

_STYLE = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 11,
    "axes.labelsize": 10,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
}


def side_colour(name: str) -> str:
    """The colour of the side that a name speaks of, in upper or lower case.

    CoordConv's for "coordconv" in it, Conv's for "conv" or "plain", else TEST, which is neither's.
    """
    words = name.lower()
    if "coordconv" in words:
        return COORDCONV
    return CONV if "conv" in words or "plain" in words else TEST


def figure(
    rows: int = 1, columns: int = 1, width: float = 7.0, height: float = 3.0, **options: object
) -> tuple[Figure, np.ndarray]:
    """A new figure in the course's style, width and height in inches, and its array of axes.

    The array has one dimension when there is one row. Hand the figure to `show`, which closes it.
    """
    with plt.rc_context(_STYLE):
        fig, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False, **options)
    return fig, axes[0] if rows == 1 else axes


def png(fig: Figure) -> bytes:
    """The figure as a PNG file, SHARPNESS times as wide as it is shown; closes the figure.

    Where something sticks out of the figure, the picture is larger by as much: nothing is cut off.
    """
    drawn = io.BytesIO()
    with plt.rc_context(_STYLE):
        fig.draw_without_rendering()  # so that all have their places
        whole = Bbox.union([fig.bbox_inches, fig.get_tightbbox().padded(_MARGIN)])
        fig.savefig(drawn, format="png", dpi=SHARPNESS * PIXELS_PER_INCH, bbox_inches=whole)
    plt.close(fig)
    file = io.BytesIO()
    # Nothing shines through: without the transparency an eighth is saved.
    quantised(Image.open(drawn).convert("RGB")).save(file, format="png", optimize=True)
    return file.getvalue()


def picture(fig: Figure, alt: str) -> str:
    """The figure as an HTML image with its alternative text; closes the figure.

    JupyterLab ignores alternative texts in metadata, so the picture travels as HTML, which also
    says how wide it is shown. Raises ValueError if `alt` is empty.
    """
    if not alt.strip():
        raise ValueError("alt got an empty text; it takes one that says what the figure shows")
    drawn = png(fig)
    width = round(Image.open(io.BytesIO(drawn)).width / SHARPNESS)
    source = f"data:image/png;base64,{base64.b64encode(drawn).decode()}"
    return f'{PAPER_STYLE}<img alt="{html.escape(alt)}" width="{width}" src="{source}">'


def show(fig: Figure, alt: str) -> None:
    """Show a figure, with `alt` for those who cannot see it: what it shows, in a sentence or two.

    Raises ValueError if `alt` is empty.
    """
    bundle = {"text/html": picture(fig, alt), "text/plain": f"Figure: {alt}"}
    display(bundle, raw=True)


def draw(axes: Axes, values: Any, title: str = "", **options: Any) -> AxesImage:
    """Draw values, shape (height, width), pixel by pixel, in ink on paper unless `options` differ.

    options: what `Axes.imshow` takes.
    """
    # Said here, not in the style, which no longer holds when a finished figure is drawn upon.
    ink_on_paper = {"cmap": "Greys", "interpolation": "nearest"}
    axes.set_title(title)
    return axes.imshow(np.asarray(values), **ink_on_paper | options)


def without_ticks(axes: Axes) -> None:
    """Take the ticks and their numbers away."""
    axes.set_xticks([])
    axes.set_yticks([])


def write(axes: Axes, texts: list[list[str]], size: int, dark: Any = None) -> None:
    """Write a text into each pixel, given row by row, `size` points high.

    dark: where the ink is dark and letters are white, booleans of the same shape; None: nowhere.
    """
    for row, line in enumerate(texts):
        for column, text in enumerate(line):
            colour = EMPTY if dark is not None and dark[row][column] else "black"
            middle = {"ha": "center", "va": "center"}
            axes.text(column, row, text, fontsize=size, color=colour, **middle)


def border(axes: Axes) -> None:
    """Draw a light line along all four sides."""
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color(TRAIN)
