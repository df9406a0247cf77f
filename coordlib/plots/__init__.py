"""The course's figures. Every one goes through `show`, which also says it in words.

`frame` has the style, the colours and `show`; the other files draw, a file a kind of picture:
`positions` what lies on the canvas, `maps` what a layer computes, `results` what came out.
"""

from coordlib.plots.frame import (
    CONV,
    COORDCONV,
    DIMMED,
    DISTANCE,
    EMPTY,
    HATCHING,
    PAPER_STYLE,
    TEST,
    TRAIN,
    figure,
    picture,
    png,
    show,
)
from coordlib.plots.maps import (
    show_maximum,
    show_numbers,
    show_position_bias,
    show_skylines,
    show_window,
)
from coordlib.plots.positions import (
    hatch,
    outline_square,
    show_canvas,
    show_distances,
    show_overlaps,
    show_painting,
    show_parts,
    show_split,
)
from coordlib.plots.results import show_accuracies, show_points

__all__ = [
    "CONV",
    "COORDCONV",
    "DIMMED",
    "DISTANCE",
    "EMPTY",
    "HATCHING",
    "PAPER_STYLE",
    "TEST",
    "TRAIN",
    "figure",
    "hatch",
    "outline_square",
    "picture",
    "png",
    "show",
    "show_accuracies",
    "show_canvas",
    "show_distances",
    "show_maximum",
    "show_numbers",
    "show_overlaps",
    "show_painting",
    "show_parts",
    "show_points",
    "show_position_bias",
    "show_skylines",
    "show_split",
    "show_window",
]
