"""Rendering: from a position (x, y) to a picture of the square that lies there.

Paper section 4.3; claims C7 and C8. A network takes positions, a tensor of shape (batch, 2) of
pixel numbers, columns (x, y), and gives a value for every pixel: (batch, 1, canvas, canvas). Where
it is above a threshold, the pixel counts as painted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from coordlib import checks
from coordlib.datasets import Split, pixel_index, squares
from coordlib.metrics import overlaps
from coordlib.networks import (
    INITIALISATIONS,
    INPUTS,
    RELEASED,
    CoordConvPainter,
    check_doubling,
    deconvolution,
    initialise,
    outputs,
    seeded,
)
from coordlib.recipes import STYLES, Recipe
from coordlib.settings import setting
from coordlib.splits import SplitExperiment, SplitSettings, sizes

NETWORKS = ("coordconv", "deconv")
# "sigmoid": cross-entropy of each pixel, painted above 0. "squared": mean squared error of the raw
# values, painted above 1/2 (the release thresholds both at 0, which makes the latter meaningless).
THRESHOLDS = {"sigmoid": 0.0, "squared": 0.5}
LOSSES = tuple(THRESHOLDS)


class TwoStepPainter(nn.Module):
    """The paper's CoordConv network: find the centre pixel, then draw a square around it.

    `centre` is the classifier of section 4.1; `draw`, five convolutions of `filter_size`, sees its
    map of logits, or, if `sharpen` is above 0, `sharpen` times their softmax over all pixels. With
    1 × 1 filters it sees one number at a time: whatever is drawn was laid out in the map before.
    """

    def __init__(
        self, canvas: int, multiplier: int, filter_size: int, sharpen: float, inputs: str
    ) -> None:
        super().__init__()
        narrow, wide = 8 * multiplier, 16 * multiplier
        self.sharpen = sharpen
        self.centre = CoordConvPainter(canvas, 1, inputs)
        layers: list[nn.Module] = []
        for c_in, c_out in ((1, narrow), (narrow, narrow), (narrow, wide), (wide, wide)):
            layers += [nn.Conv2d(c_in, c_out, filter_size, padding="same"), nn.ReLU()]
        self.draw = nn.Sequential(*layers, nn.Conv2d(wide, 1, filter_size, padding="same"))

    def forward(self, positions: Tensor) -> Tensor:
        centre = self.centre(positions)
        if self.sharpen:
            # In float32: among 4,096 pixels a probability is soon too small for 16 bits.
            likely = centre.float().flatten(1).softmax(1).view_as(centre)
            centre = (self.sharpen * likely).to(centre.dtype)
        return self.draw(centre)


def _check(network: str, canvas: int, multiplier: int, filter_size: int, sharpen: float) -> None:
    """Raise ValueError, which names the argument, for a network that cannot be built so."""
    checks.one_of("network", network, NETWORKS)
    checks.whole_number("multiplier", multiplier)
    checks.number("sharpen", sharpen)
    if sharpen and network != "coordconv":
        raise ValueError(f"sharpen got {sharpen}; {network} takes 0")
    sizes = (1, 2, 3) if network == "coordconv" else (2, 3, 4)
    if filter_size not in sizes:
        takes = f"{sizes[0]}, {sizes[1]} or {sizes[2]}"
        raise ValueError(f"filter_size got {filter_size!r}; {network} takes {takes}")
    if network == "deconv":
        check_doubling(canvas)


def build(
    network: str,
    canvas: int = 64,
    *,
    multiplier: int = 1,
    filter_size: int = 1,
    sharpen: float = 0.0,
    inputs: str = "scaled",
    initialisation: str = "torch",
    seed: int = 0,
) -> nn.Module:
    """A new network, with weights that depend on `seed` alone.

    network: "coordconv" (`TwoStepPainter`) or "deconv" (that of `tasks.classification`).
    canvas: pixels along each side.
    multiplier: times the paper's narrowest channel counts; with "coordconv" those of the drawing
        half only.
    filter_size: 1 to 3 ("coordconv": of the drawing half; the paper's is 1), 2 to 4 ("deconv").
    sharpen: factor of the softmax between the halves of "coordconv"; 0 leaves it out, 1 is as
        released.
    inputs, initialisation: see `networks`; "xavier" gives the drawing half twice the gain.

    Raises ValueError for a value that is not among these, TypeError for a seed that is no integer.
    """
    _check(network, canvas, multiplier, filter_size, sharpen)

    def make() -> nn.Module:
        if network == "deconv":
            return deconvolution(canvas, multiplier, filter_size, inputs)
        return TwoStepPainter(canvas, multiplier, filter_size, sharpen, inputs)

    made = seeded(make, seed, initialisation)
    if network == "coordconv" and initialisation == "xavier":
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            initialise(made.draw, "xavier", gain=1.4)
    return made


class Experiment(SplitExperiment):
    """The rendering experiment for the training loop: network, split, loss and metrics."""

    def __init__(
        self, network: nn.Module, split: Split, loss: str = "sigmoid", centre_loss: float = 0.0
    ) -> None:
        """Network and split as in `SplitExperiment`.

        loss: one of LOSSES. centre_loss: how much of the centre's cross-entropy is added, to
        "coordconv" only.

        Raises ValueError for another loss.
        """
        checks.one_of("loss", loss, LOSSES)
        super().__init__(network, split)
        self.threshold = THRESHOLDS[loss]
        self.centre_loss = centre_loss
        self.low_precision_pays = (
            isinstance(network, TwoStepPainter) and network.centre.input.fit_for_16_bits
        )

    def targets(self, positions: Tensor) -> Tensor:
        """The pictures that should be painted: float32, (n, 1, canvas, canvas), values 0 and 1."""
        return squares(positions, self.split.canvas, self.split.square)

    def loss(self, batch: Tensor) -> Tensor:
        """Mean loss over all pixels of the train examples with these numbers."""
        positions = self.split.train[batch]
        painted, target = self.network(positions).float(), self.targets(positions)
        if self.threshold:
            loss = F.mse_loss(painted, target)
        else:
            loss = F.binary_cross_entropy_with_logits(painted, target)
        if self.centre_loss:
            logits = self.network.centre(positions).flatten(1)
            found = F.cross_entropy(logits, pixel_index(positions, self.split.canvas))
            loss = loss + self.centre_loss * found
        return loss

    def overlaps(self, positions: Tensor, batch_size: int = 32) -> Tensor:
        """IOU of what the network paints with the square, for each position: float32, (n,)."""
        each = [
            overlaps(self.network(batch).float() - self.threshold, self.targets(batch))
            for batch in positions.split(batch_size)
        ]
        return torch.cat(each)

    def measure(self, positions: Tensor) -> dict[str, float]:
        """Mean and worst IOU (0 to 1), and the part of pictures with every pixel right: perfect."""
        each = self.overlaps(positions)
        return {
            "iou": each.mean().item(),
            "worst": each.min().item(),
            "perfect": (each == 1).float().mean().item(),
        }


@torch.inference_mode()
def paintings(network: nn.Module, positions: Tensor) -> Tensor:
    """How sure a network trained with "sigmoid" is that each pixel is painted: 0 to 1.

    float32, shape (n, canvas, canvas); above 1/2 it counts as painted. The network is used in
    evaluation mode and left in the mode it was in. Positions, (n, 2), may lie on any device.
    """
    return outputs(network, positions).sigmoid()


@dataclass(frozen=True)
class Settings(SplitSettings):
    """All that decides a recorded run besides recipe and seed; see `build` and `Experiment`."""

    network: str = setting("the paper's two", choices=NETWORKS)
    multiplier: int = setting(
        "times the paper's narrowest channel counts, 1 to 3 there", 1, least=1, most=16
    )
    filter_size: int = setting(
        "pixels along a filter: 2 to 4 in deconv, 1 to 3 in coordconv's drawing half",
        1,
        least=1,
        most=4,
        by_preset=True,
    )
    sharpen: float = setting(
        "factor of the softmax between coordconv's halves; 0 leaves it out", 0.0, by_preset=True
    )
    loss: str = setting("what is made small for each pixel", "sigmoid", choices=LOSSES)
    centre_loss: float = setting("part of the centre's cross-entropy in coordconv's loss", 0.0)
    inputs: str = setting(
        "the position, as the network gets it", "scaled", choices=INPUTS, by_preset=True
    )
    initialisation: str = setting(
        "how weights start", "torch", choices=INITIALISATIONS, by_preset=True
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        _check(**self.asked_by(_check))
        if self.centre_loss and self.network != "coordconv":
            raise ValueError(f"centre_loss got {self.centre_loss}; {self.network} takes 0")

    def build(self, seed: int) -> nn.Module:
        return build(**self.asked_by(build), seed=seed)

    def experiment(self, seed: int, device: torch.device) -> Experiment:
        network = self.build(seed).to(device)
        return Experiment(network, self.positions(), self.loss, self.centre_loss)


def preset(
    network: str, split: str, *, scale: str = "lesson", style: str = "course", **changes: Any
) -> tuple[Settings, Recipe]:
    """The settings and the recipe with which a network is trained; see `coordlib.tasks`."""
    checks.one_of("style", style, STYLES)
    released = style == "released"
    coordconv = network == "coordconv"
    settings: dict[str, Any] = {**sizes(scale), **(RELEASED if released else {})}
    if not coordconv:
        settings["filter_size"] = 2
    if coordconv and released:
        settings["sharpen"] = 1.0
        recipe = Recipe(epochs=50, learning_rate=0.005, l2=0.001)
    elif coordconv:
        settings["initialisation"] = "xavier"
        # A smaller canvas has fewer positions: more epochs. At full size an evaluation costs as
        # much as a hundred steps, so there is one, at the end.
        epochs, every = (10, 10) if scale == "paper" else (16, 2)
        recipe = Recipe(
            epochs,
            8,
            learning_rate=0.01,
            schedule="one_cycle",
            l2=1e-4,
            evaluate_every=every,
        )
    elif scale == "lesson" and not released:
        recipe = Recipe(100, 32, learning_rate=0.01, schedule="one_cycle", evaluate_every=2)
    else:
        recipe = Recipe(1000, 32, learning_rate=0.005, schedule="step", evaluate_every=5)
    return Settings.of(network=network, split=split, **{**settings, **changes}), recipe
