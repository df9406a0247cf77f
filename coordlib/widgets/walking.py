"""A walk between two latents, by a slider: does the object move, or does it fade?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from coordlib import checks, plots
from coordlib.datasets import OBJECTS
from coordlib.walks import MARKED, centres, colour_maps, single, walk
from coordlib.widgets.base import Widget, source

_MOST = 4  # painters that have room side by side
_MOST_FRAMES = 256
_MOMENTS = {"start": 0.0, "1/3": 1 / 3, "2/3": 2 / 3, "end": 1.0}  # that the still shows
_SHOWN = {1: "one red object", 2: "one blue and one red object"}
_STAYS = 1.0  # pixels: who goes less far has no way of which a step could be a part


class LatentWalk(Widget):
    """Painters side by side, and a slider along the straight line between two of their latents.

    Over each picture lies the path of the red object's centre up to there (`walks.centres`), a dot
    a frame, but for frames in which nothing is red enough to count (`walks.MARKED`); below it
    stands whether exactly the right objects are there (`walks.single`). `number`, the walk's, from
    0, and `frame`, the slider's, follow the page and can be set.

    All frames of a walk are painted by Python when it is chosen, and the page only draws them: a
    move of the slider waits for no painter, a change of the walk does.

    >>> LatentWalk({"Conv": (conv.decode, start, end), "CoordConv": (coordconv.decode, *others)})
    """

    _esm = source("common.js", "walking.js")

    colours = traitlets.Dict().tag(sync=True)  # a painter's name to its colour
    shows = traitlets.Unicode().tag(sync=True)  # what a frame should show, in words
    side = traitlets.Int().tag(sync=True)
    frames = traitlets.Int().tag(sync=True)
    walks = traitlets.Int().tag(sync=True)
    number = traitlets.Int(0).tag(sync=True)
    frame = traitlets.Int(0).tag(sync=True)
    # Of walk number `painted`: uint8, painter by painter and frame by frame (side, side, 3); and
    # for each painter the centres, [x, y] or None where nothing is red, and which frames are right.
    painted = traitlets.Int().tag(sync=True)
    pictures = traitlets.Bytes().tag(sync=True)
    paths = traitlets.List().tag(sync=True)
    right = traitlets.List().tag(sync=True)

    def __init__(
        self,
        painters: Mapping[str, tuple[Callable[[Tensor], Tensor], Tensor, Tensor]],
        *,
        objects: int = 1,
        frames: int = 64,
    ) -> None:
        """Paint the first walk; the slider stands half way, where what fades is seen to fade.

        painters: 1 to 4, name to (paint, start, end), as `walks.walk` takes them: from latents
            (n, size) to pictures (n, 3, side, side), 0 to 1, and the ends of the walks,
            (walks, size). The sizes may differ, walks and side not. A name that begins with
            "CoordConv" has that side's colour.
        objects: a red one, 1, or a blue one as well, 2.
        frames: of each walk, both ends among them, 2 to 256.

        Raises ValueError for other numbers or shapes.
        """
        if not 1 <= len(painters) <= _MOST:
            raise ValueError(f"painters got {len(painters)} of them; it takes 1 to {_MOST}")
        checks.whole_number("objects", objects, *OBJECTS)
        checks.whole_number("frames", frames, 2, _MOST_FRAMES)
        for name, (_, start, end) in painters.items():
            if start.ndim != 2 or start.shape != end.shape or not len(start):
                raise ValueError(
                    f"painters got ends of shapes {tuple(start.shape)} and {tuple(end.shape)} for "
                    f"{name!r}; it takes the same, (walks, size), with one walk at least"
                )
        walks = [len(start) for _, start, _ in painters.values()]
        if len(set(walks)) > 1:
            raise ValueError(f"painters got {walks} walks; it takes as many for each")
        self._painters = dict(painters)
        self._objects = objects
        super().__init__(
            colours={
                name: plots.COORDCONV if name.startswith("CoordConv") else plots.CONV
                for name in painters
            },
            shows=_SHOWN[objects],
            side=self._side(),
            frames=frames,
            walks=walks[0],
            frame=frames // 2,
        )
        self._paint()
        self.observe(self._paint, "number")

    def __repr__(self) -> str:
        return f"LatentWalk({', '.join(self._painters)}, walks: {self.walks})"

    @traitlets.validate("number")
    def _is_a_walk(self, proposal: dict[str, Any]) -> int:
        checks.whole_number("number", proposal["value"], 0, self.walks - 1)
        return proposal["value"]

    @traitlets.validate("frame")
    def _is_a_frame(self, proposal: dict[str, Any]) -> int:
        checks.whole_number("frame", proposal["value"], 0, self.frames - 1)
        return proposal["value"]

    @torch.inference_mode()
    def _side(self) -> int:
        """The side of all painters' pictures. Raises ValueError for other shapes than squares."""
        shapes = [tuple(paint(start[:1]).shape) for paint, start, _ in self._painters.values()]
        side = shapes[0][-1]
        if any(shape != (1, 3, side, side) for shape in shapes):
            raise ValueError(
                f"painters painted shapes {', '.join(map(str, shapes))} for one latent; it takes "
                "(1, 3, side, side), the same for each"
            )
        return side

    def _paint(self, _change: Any = None) -> None:
        """Paint all frames of the chosen walk, and find what is in them."""
        number = self.number
        painted, paths, right = [], [], []
        for paint, start, end in self._painters.values():
            here = slice(number, number + 1)
            frames = walk(paint, start[here], end[here], self.frames)[0].cpu()
            maps, _ = colour_maps(frames)
            found = single(maps.flatten(0, 1)).view(maps.shape[:2])  # blue, then red
            painted.append((255 * frames).round().byte().permute(0, 2, 3, 1))
            red = maps[:, -1]
            # What is hardly there has no centre that is worth a look.
            seen = red.flatten(1).amax(1) > MARKED
            paths.append(centres(red).where(seen[:, None], torch.nan))
            right.append(found[:, -self._objects :].all(1).tolist())
        self._frames, self._centres = painted, paths
        with self.hold_sync():
            self.painted = number
            self.pictures = torch.stack(painted).numpy().tobytes()
            self.paths = [
                [place if np.isfinite(place).all() else None for place in path.tolist()]
                for path in paths
            ]
            self.right = right

    def alt(self) -> str:
        words = [f"Walk {self.number + 1} of {self.walks}, from one latent to another."]
        for name, path, right in zip(self._painters, self._centres, self.right, strict=True):
            share = 100 * sum(right) / len(right)
            words.append(
                f"{name}: {_told(path)}; frames with exactly {self.shows}: ≈ {share:.0f} %."
            )
        return " ".join(words)

    def still(self) -> Figure:
        rows, columns = len(self._painters), len(_MOMENTS)
        fig, panels = plots.figure(rows, columns, width=1.6 * columns, height=1.6 * rows + 0.3)
        panels = panels.reshape(rows, columns)
        painted = zip(panels, self.colours.items(), self._frames, self._centres, strict=True)
        for line, (name, colour), frames, path in painted:
            for axes, part in zip(line, _MOMENTS.values(), strict=True):
                frame = round(part * (self.frames - 1))
                plots.show_canvas(axes, frames[frame])
                plots.show_path(axes, path[: frame + 1], self.side)
                axes.spines[:].set_color(colour)
            line[0].set_ylabel(name)
        for axes, moment in zip(panels[0], _MOMENTS, strict=True):
            axes.set_title(moment)
        return fig


def _told(path: Tensor) -> str:
    """How a centre goes along its path, (frames, 2), in words."""
    if not path.isfinite().all():
        return "in some frames nothing is red enough"
    way = (path[-1] - path[0]).norm()
    if way < _STAYS:
        return "the red object's centre ends where it began"
    longest = path.diff(dim=0).norm(dim=1).max()
    return (
        f"the red object's centre ends ≈ {way:.1f} px from where it began, its longest step is "
        f"≈ {100 * longest / way:.0f} % of that"
    )
