"""The course's figures. Every one goes through `show`, which also says it in words.

`frame` has the style, the colours and `show`; the other files draw, a file a kind of picture:
`positions` what lies on the canvas, `boxes` what a detector finds on it, `scenes` pictures of two
objects, `maps` what a layer computes, `agents` what agents see and learn, `results` what came out.
"""

from coordlib.plots.agents import show_curves, show_frames, show_hits, show_saliency
from coordlib.plots.boxes import outline_boxes
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
    side_colour,
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
from coordlib.plots.results import show_accuracies, show_intervals, show_points
from coordlib.plots.scenes import (
    show_average,
    show_centres,
    show_differences,
    show_path,
    show_pictures,
    show_strip,
)

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
    "outline_boxes",
    "outline_square",
    "picture",
    "png",
    "show",
    "show_accuracies",
    "show_average",
    "show_canvas",
    "show_centres",
    "show_curves",
    "show_differences",
    "show_distances",
    "show_frames",
    "show_hits",
    "show_intervals",
    "show_maximum",
    "show_numbers",
    "show_overlaps",
    "show_painting",
    "show_parts",
    "show_path",
    "show_pictures",
    "show_points",
    "show_position_bias",
    "show_saliency",
    "show_skylines",
    "show_split",
    "show_strip",
    "show_window",
    "side_colour",
]
