"""Recorded episodes side by side, played on one clock: what does each agent do?"""

from __future__ import annotations

import re
import textwrap
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from coordlib import checks, plots
from coordlib.widgets.base import Widget, source

_MOST = 4  # episodes that have room side by side
_MOST_BYTES = 2**28  # of all frames, as the page holds them
_FASTEST = 60  # frames a second: screens show no more
_MOMENTS = {"start": 0.0, "1/3": 1 / 3, "2/3": 2 / 3, "end": 1.0}  # that the still shows
_LINE = 26  # letters below a picture of the still
_NUMBER = r"[-+]?\d+(?:[.,]\d+)*"  # in a caption; what was learnt here may differ elsewhere


class Replay(Widget):
    """Recorded episodes side by side, with a button that plays them and a slider for the frame.

    All follow one clock; an episode that is over keeps its last frame. `frame`, the clock's, from
    0, follows the page whenever it stands still, and can be set. Nothing plays by itself.

    The frames go to the page once, compressed; to play, it needs no kernel.

    >>> Replay({"plain": (frames, captions), "CoordConv": (others, their_captions)})
    """

    _esm = source("common.js", "replay.js")

    # For each episode its title, colour, number of frames, height, width, channels and captions.
    episodes = traitlets.List().tag(sync=True)
    pace = traitlets.Int().tag(sync=True)
    frame = traitlets.Int().tag(sync=True)
    # Of all frames, episode by episode, what each pixel has gained since the frame before, modulo
    # 256: little changes, so zlib makes a tenth of it and less.
    packed = traitlets.Bytes().tag(sync=True)

    def __init__(self, episodes: Mapping[str, tuple[Any, Sequence[str]]], pace: int = 15) -> None:
        """Show where the longest episode ends; played from there, they begin anew.

        episodes: 1 to 4, title to (frames, captions). Frames are a uint8 array or tensor, grey,
            (n, height, width), or red, green and blue, (n, height, width, 3), 0 to 255; captions
            are n strings, such as action and score; the alternative text has the last one. Titles
            that speak of a plain network or of CoordConv have its colour, see `plots.side_colour`.
        pace: frames a second, 1 to 60. Atari's games ran at 15 of four frames each.

        Raises ValueError for other numbers, shapes or types, and for more than 256 MB of frames.
        """
        if not 1 <= len(episodes) <= _MOST:
            raise ValueError(f"episodes got {len(episodes)} of them; it takes 1 to {_MOST}")
        checks.whole_number("pace", pace, 1, _FASTEST)
        arrays = {title: _frames(title, frames) for title, (frames, _) in episodes.items()}
        size = sum(frames.nbytes for frames in arrays.values())
        if size > _MOST_BYTES:
            raise ValueError(
                f"episodes got {size >> 20} MB of frames; it takes {_MOST_BYTES >> 20} MB in all"
            )
        for title, (_, captions) in episodes.items():
            _check_captions(title, captions, len(arrays[title]))
        self._frames = {title: frames.copy() for title, frames in arrays.items()}
        self._captions = {title: list(captions) for title, (_, captions) in episodes.items()}
        self._longest = max(map(len, self._frames.values()))
        super().__init__(
            episodes=[
                {
                    "title": title,
                    "colour": plots.side_colour(title),
                    "shape": [*frames.shape, 1][:4],
                    "captions": self._captions[title],
                }
                for title, frames in self._frames.items()
            ],
            pace=pace,
            frame=self._longest - 1,
            packed=zlib.compress(b"".join(map(_changes, self._frames.values())), 9),
        )

    def __repr__(self) -> str:
        return f"Replay({', '.join(self._frames)})"

    @traitlets.validate("frame")
    def _is_a_frame(self, proposal: dict[str, Any]) -> int:
        checks.whole_number("frame", proposal["value"], 0, self._longest - 1)
        return proposal["value"]

    def alt(self) -> str:
        words = [f"Recorded episodes, {self.pace} frames a second."]
        for title, captions in self._captions.items():
            last = re.sub(_NUMBER, r"≈ \g<0>", captions[-1])
            words.append(f"{title}: ≈ {len(captions)} frames, the last one “{last}”.")
        return " ".join(words)

    def still(self) -> Figure:
        rows, columns = len(self._frames), len(_MOMENTS)
        fig, panels = plots.figure(rows, columns, width=2.1 * columns, height=2.5 * rows)
        panels = panels.reshape(rows, columns)
        for line, (title, frames) in zip(panels, self._frames.items(), strict=True):
            for axes, part in zip(line, _MOMENTS.values(), strict=True):
                frame = min(round(part * (self._longest - 1)), len(frames) - 1)
                plots.show_canvas(axes, frames[frame], largest=255, ink="gray")
                caption = f"{frame + 1}: {self._captions[title][frame]}"
                axes.set_xlabel(textwrap.fill(caption, _LINE), fontsize=9)
                axes.spines[:].set_color(plots.side_colour(title))
            line[0].set_ylabel(title)
        for axes, moment in zip(panels[0], _MOMENTS, strict=True):
            axes.set_title(moment)
        return fig


def _frames(title: str, frames: Any) -> np.ndarray:
    """An episode's frames as an array. Raises ValueError for what are none."""
    array = np.asarray(frames.cpu() if isinstance(frames, Tensor) else frames)
    colours = array.ndim == 4 and array.shape[3] == 3
    if array.dtype != np.uint8 or not (array.ndim == 3 or colours) or 0 in array.shape:
        raise ValueError(
            f"episodes got frames of {array.dtype}, shape {array.shape}, for {title!r}; it takes "
            "uint8, (n, height, width) or (n, height, width, 3), one frame at least"
        )
    return array


def _check_captions(title: str, captions: Sequence[str], frames: int) -> None:
    """Raise ValueError unless there is a string for each of so many frames."""
    if isinstance(captions, str) or not all(isinstance(caption, str) for caption in captions):
        raise ValueError(f"episodes got captions for {title!r} that aren't a list of strings")
    if len(captions) != frames:
        raise ValueError(
            f"episodes got {len(captions)} captions for {title!r}; it takes one for each of its "
            f"{frames} frames"
        )


def _changes(frames: np.ndarray) -> bytes:
    """What each pixel has gained since the frame before, modulo 256; before the first it was 0."""
    changes = frames.copy()
    changes[1:] -= frames[:-1]
    return changes.tobytes()
