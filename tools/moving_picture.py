"""Film two trainings for the README: `python -m tools.moving_picture`, about a minute.

The lessons' networks learn the quadrant split with their recipes, on the small canvas. After the
same numbers of steps a picture of each is kept; drawn one after another they move.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from PIL import Image

from coordlib import plots, training
from coordlib.splits import SplitExperiment
from coordlib.tasks import classification
from tools import ROOT

FILE = ROOT / "data" / "figures" / "training.gif"
NETWORKS = {"Conv": ("deconv", plots.CONV), "CoordConv": ("coordconv", plots.COORDCONV)}
SEED = 0
EVERY = 6  # steps between two things that are kept, and between two frames at first
MOST = 60  # between two frames later, when less happens
COLOURS = 64
FRAME, LAST_FRAME = 100, 4000  # milliseconds
PIXELS_PER_INCH = 100


@dataclass
class Filmed:
    """One training. After each of `steps`: what it made of the test part, and what was right.

    test_box: left, top, right and bottom edge of where all test positions lie, in pixels.
    maps: the probability that all test positions together get at each pixel.
    train, test: accuracies from 0 to 1.
    """

    title: str
    colour: str
    test_box: tuple[int, ...]
    steps: list[int] = field(default_factory=list)
    maps: list[np.ndarray] = field(default_factory=list)
    train: list[float] = field(default_factory=list)
    test: list[float] = field(default_factory=list)

    def shown(self, step: int) -> int:
        """The number of what is to be seen after so many steps: the last by then."""
        return int(np.searchsorted(self.steps, step, side="right")) - 1


def film(title: str, longest: int | None = None) -> Filmed:
    """Train one of NETWORKS, for `longest` steps at most, and keep what it does on the way."""
    network, colour = NETWORKS[title]
    settings, recipe = classification.preset(network, "quadrant")
    experiment = settings.experiment(SEED, torch.device("cpu"))
    unseen = experiment.split.test
    edges = torch.cat([unseen.amin(0), unseen.amax(0) + 1]).tolist()
    filmed = Filmed(title, colour, tuple(edges))

    def keep(event: training.Event) -> None:
        if isinstance(event, training.Evaluation):
            _keep(filmed, experiment, event.step, event.metrics)

    steps = recipe.total_steps(len(experiment.split.train))
    recipe = recipe.changed(steps=min(steps, longest or steps), evaluate_every=EVERY)
    with torch.inference_mode():
        _keep(filmed, experiment, 0, experiment.evaluate())
    training.train(experiment, recipe, seed=SEED, on_event=keep)
    return filmed


def _keep(
    filmed: Filmed, experiment: SplitExperiment, step: int, metrics: dict[str, float]
) -> None:
    maps = classification.probability_maps(experiment.network, experiment.split.test)
    filmed.steps.append(step)
    filmed.maps.append(maps.sum(0).numpy())
    filmed.train.append(metrics["train_accuracy"])
    filmed.test.append(metrics["test_accuracy"])


def frames(films: Sequence[Filmed]) -> list[Image.Image]:
    """All pictures of the moving one."""
    last = max(each.steps[-1] for each in films)
    steps = [0]
    while steps[-1] < last:
        steps.append(min(last, steps[-1] + max(EVERY, min(MOST, steps[-1] // 10))))
    return [_draw(films, step) for step in steps]


def _draw(films: Sequence[Filmed], step: int) -> Image.Image:
    fig = Figure(figsize=(7.2, 4.6), dpi=PIXELS_PER_INCH, facecolor="white")
    # Places of their own: with a layout that adapts, all would tremble.
    canvases = [fig.add_axes((left, 0.37, 0.36, 0.5)) for left in (0.1, 0.57)]
    chart = fig.add_axes((0.09, 0.11, 0.88, 0.22))
    for axes, each in zip(canvases, films, strict=True):
        number = each.shown(step)
        ink = LinearSegmentedColormap.from_list("ink", ["white", each.colour, "k"])
        # Each test position should get a probability of 1: what is more than 2 is as dark as 2.
        plots.show_canvas(axes, each.maps[number], largest=2, ink=ink)
        axes.set_title(
            f"{each.title}, step {each.steps[number]:,} of {each.steps[-1]:,}\n"
            f"right: seen {each.train[number]:.1%}, unseen {each.test[number]:.1%}",
            fontsize=11,
        )
        plots.outline_boxes(axes, each.test_box, dashed=True)
        _draw_curves(chart, each, number)
    chart.set_xlim(0, max(each.steps[-1] for each in films))
    chart.set_ylim(-0.03, 1.03)
    chart.set_yticks([0, 0.5, 1], ["0", "50 %", "100 %"])
    chart.set_xlabel("training steps; dashed: seen positions, solid: the unseen quarter, outlined")
    chart.spines[["top", "right"]].set_visible(False)
    buffer = io.BytesIO()
    fig.savefig(buffer)
    return Image.open(buffer).convert("RGB")


def _draw_curves(axes: Axes, filmed: Filmed, number: int) -> None:
    so_far = slice(0, number + 1)
    for values, style in ((filmed.train, "--"), (filmed.test, "-")):
        axes.plot(filmed.steps[so_far], values[so_far], style, color=filmed.colour, linewidth=1.6)


def gif(pictures: Sequence[Image.Image]) -> bytes:
    """The pictures as one that moves, over and over, in the colours of the last."""
    palette = pictures[-1].quantize(COLOURS)
    first, *others = (each.quantize(palette=palette, dither=Image.Dither.NONE) for each in pictures)
    durations = [FRAME] * (len(pictures) - 1) + [LAST_FRAME]
    buffer = io.BytesIO()
    first.save(
        buffer,
        "GIF",
        save_all=True,
        append_images=others,
        duration=durations,
        loop=0,
        optimize=True,
    )
    return buffer.getvalue()


def main(longest: int | None = None) -> None:
    """Film, draw and save."""
    films = [film(title, longest) for title in NETWORKS]
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_bytes(gif(frames(films)))
    for each in films:
        print(f"{each.title}: seen {each.train[-1]:.1%}, unseen {each.test[-1]:.1%} right")


if __name__ == "__main__":
    main()
