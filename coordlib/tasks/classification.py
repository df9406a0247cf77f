"""Coordinate classification: from a position (x, y) to the one pixel that lies there.

Paper section 4.1 and its supplement S1 and S2; claims C1 to C6. A network takes positions, a
tensor of shape (batch, 2) of pixel numbers, columns (x, y), and gives a logit for every pixel:
(batch, 1, canvas, canvas). The softmax over all pixels is where it thinks the position is.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from coordlib.datasets import Split, pixel_index, split
from coordlib.layers import AddCoords, CoordConv2d
from coordlib.metrics import brightest_positions, pixel_distances
from coordlib.recipes import Recipe

INPUTS = ("scaled", "raw")
INITIALISATIONS = ("xavier", "he", "torch")


class PositionInput(nn.Module):
    """Pixel numbers as the network gets them: float32, shape (batch, 2) in and out.

    "scaled": from -1 at the first pixel to 1 at the last, like coordinate channels. "raw": as
    they are, which is what the release does.
    """

    def __init__(self, canvas: int, inputs: str = "scaled") -> None:
        super().__init__()
        if inputs not in INPUTS:
            raise ValueError(f"inputs got {inputs!r}; it takes one of {', '.join(INPUTS)}")
        self.canvas = canvas
        self.inputs = inputs

    def forward(self, positions: Tensor) -> Tensor:
        if positions.ndim != 2 or positions.shape[1] != 2:
            raise ValueError(
                f"positions got shape {tuple(positions.shape)}; it takes (batch, 2), columns (x, y)"
            )
        positions = positions.float()
        if self.inputs == "raw":
            return positions
        return (2 * positions - (self.canvas - 1)) / (self.canvas - 1)

    def extra_repr(self) -> str:
        return f"canvas={self.canvas}, inputs={self.inputs!r}"


def _tile(vectors: Tensor, canvas: int) -> Tensor:
    """Each vector copied to every pixel: (batch, c) to (batch, c, canvas, canvas)."""
    return vectors[:, :, None, None].expand(-1, -1, canvas, canvas)


class Doubling(nn.ConvTranspose2d):
    """A transposed convolution that exactly doubles height and width: (c, n, n) to (c', 2n, 2n).

    Laid out as TensorFlow's stride-2 "SAME": an odd filter makes a row and a column too many, and
    the last ones are cut off.
    """

    def __init__(self, in_channels: int, out_channels: int, filter_size: int) -> None:
        padding = 1 if filter_size == 4 else 0
        super().__init__(in_channels, out_channels, filter_size, stride=2, padding=padding)

    def forward(self, input: Tensor) -> Tensor:
        height, width = input.shape[-2:]
        return super().forward(input)[..., : 2 * height, : 2 * width]


class Decoder(nn.Module):
    """Starts from one pixel with two channels, x and y, and doubles it until the canvas is full.

    `stage(c, c')` makes the module that doubles height and width. Each stage but the last is
    followed by BatchNorm and ReLU.
    """

    def __init__(
        self, stage: Callable[[int, int], nn.Module], canvas: int, multiplier: int, inputs: str
    ) -> None:
        super().__init__()
        stages = canvas.bit_length() - 1
        if canvas != 2**stages or stages < 3:
            raise ValueError(f"canvas got {canvas}; this network takes a power of 2 from 8 on")
        widths = [64 * multiplier] * (stages - 3) + [32 * multiplier] * 2
        layers: list[nn.Module] = []
        for c_in, c_out in zip([2, *widths], [*widths, 1], strict=True):
            layers += [stage(c_in, c_out), nn.BatchNorm2d(c_out), nn.ReLU()]
        self.input = PositionInput(canvas, inputs)
        self.layers = nn.Sequential(*layers[:-2])

    def forward(self, positions: Tensor) -> Tensor:
        return self.layers(self.input(positions)[:, :, None, None])


class CoordConvPainter(nn.Module):
    """The paper's CoordConv network: (x, y) copied to every pixel, then 1 × 1 convolutions only."""

    def __init__(self, canvas: int, multiplier: int = 1, inputs: str = "scaled") -> None:
        super().__init__()
        narrow, wide = 32 * multiplier, 64 * multiplier
        self.canvas = canvas
        self.input = PositionInput(canvas, inputs)
        self.add_coords = AddCoords()
        self.first = CoordConv2d(2, narrow, 1)
        # Not in place: measured on a CPU, a step takes a fifth longer if it is.
        self.layers = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(narrow, narrow, 1),
            nn.ReLU(),
            nn.Conv2d(narrow, wide, 1),
            nn.ReLU(),
            nn.Conv2d(wide, wide, 1),
            nn.ReLU(),
            nn.Conv2d(wide, 1, 1),
        )

    def forward(self, positions: Tensor) -> Tensor:
        copies = _tile(self.input(positions), self.canvas).to(self.first.weight.dtype)
        # `self.first(copies)` is the same function. But with two channels to convolve, two more are
        # cheap, and concatenating leaves less to add up in the backward pass than a position bias.
        joined = self.add_coords(copies).contiguous(memory_format=torch.channels_last)
        return self.layers(F.conv2d(joined, self.first.weight, self.first.bias))


class DilatedPainter(nn.Module):
    """No coordinates: (x, y) copied to every pixel, then dilated 3 × 3 convolutions.

    With zero padding a pixel can find out where it is from the distance to the border; with
    circular padding there is no border, and every pixel must give the same answer.
    """

    def __init__(self, canvas: int, padding_mode: str, inputs: str = "scaled") -> None:
        super().__init__()
        self.canvas = canvas
        self.input = PositionInput(canvas, inputs)
        layers: list[nn.Module] = []
        channels = 2
        for exponent in range(max(1, math.ceil(math.log2(canvas)))):
            dilation = 2**exponent
            layers += [
                nn.Conv2d(
                    channels, 32, 3, padding=dilation, dilation=dilation, padding_mode=padding_mode
                ),
                nn.ReLU(inplace=True),
            ]
            channels = 32
        layers += [nn.Conv2d(32, 64, 1), nn.ReLU(inplace=True), nn.Conv2d(64, 1, 1)]
        self.layers = nn.Sequential(*layers)

    def forward(self, positions: Tensor) -> Tensor:
        copies = _tile(self.input(positions), self.canvas)
        return self.layers(copies.contiguous(memory_format=torch.channels_last))


class FullyConnectedPainter(nn.Module):
    """Two hidden layers, then a free weight vector for each pixel: no convolution at all."""

    def __init__(self, canvas: int, inputs: str = "scaled") -> None:
        super().__init__()
        self.canvas = canvas
        self.input = PositionInput(canvas, inputs)
        self.layers = nn.Sequential(
            nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, canvas**2)
        )

    def forward(self, positions: Tensor) -> Tensor:
        return self.layers(self.input(positions)).view(-1, 1, self.canvas, self.canvas)


NETWORKS = (
    "coordconv",
    "deconv",
    "upsample",
    "dilated",
    "dilated_circular",
    "fully_connected",
)

# Canvas and square in pixels. A lesson's canvas is small enough to train on while one reads.
SCALES = {
    "smoke": {"canvas": 16, "square": 3},
    "lesson": {"canvas": 32, "square": 5},
    "paper": {"canvas": 64, "square": 9},
}
STYLES = ("course", "released")

# For the lesson's canvas, on either split. Lengths and rates were chosen by the train part alone,
# for at most half a minute on one core.
_LESSON_RECIPES = {
    "deconv": Recipe(100, 32, learning_rate=0.01, schedule="one_cycle", evaluate_every=2),
    "upsample": Recipe(20, 32, learning_rate=0.005, schedule="one_cycle", evaluate_every=2),
    "dilated": Recipe(24, 16, learning_rate=0.003, schedule="one_cycle", evaluate_every=4),
    # Three epochs are three more than it can use: each of its maps has one value everywhere.
    "dilated_circular": Recipe(3, 16, learning_rate=0.003, schedule="one_cycle"),
    "fully_connected": Recipe(60, 32, learning_rate=0.005, schedule="one_cycle", evaluate_every=5),
}


def build(
    network: str,
    canvas: int = 64,
    *,
    multiplier: int = 1,
    filter_size: int = 2,
    inputs: str = "scaled",
    initialisation: str = "torch",
    seed: int = 0,
) -> nn.Module:
    """A new network, with weights that depend on `seed` alone.

    network: one of NETWORKS. "coordconv" and "deconv" are the paper's, "upsample" the release's
        variant of the latter (nearest-neighbour upsampling, then a 3 × 3 convolution); the others
        are this course's controls.
    canvas: pixels along each side.
    multiplier: times the paper's narrowest channel counts, 1 to 3 there ("coordconv", "deconv",
        "upsample").
    filter_size: 2, 3 or 4 ("deconv").
    inputs: "scaled" to [-1, 1], or "raw" pixel numbers as released.
    initialisation: "torch" (the framework's default), "he" (as released) or "xavier" (normal,
        gain 0.7); the last two with zero biases.

    Raises ValueError for a value that is not among these, TypeError for a seed that is no integer.
    """
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise TypeError(f"seed got {seed!r}; it takes an integer")
    if initialisation not in INITIALISATIONS:
        raise ValueError(
            f"initialisation got {initialisation!r}; it takes one of {', '.join(INITIALISATIONS)}"
        )
    if filter_size not in (2, 3, 4):
        raise ValueError(f"filter_size got {filter_size!r}; it takes 2, 3 or 4")
    if isinstance(multiplier, bool) or not isinstance(multiplier, int) or multiplier < 1:
        raise ValueError(f"multiplier got {multiplier!r}; it takes a whole number of at least 1")

    def upsample(c_in: int, c_out: int) -> nn.Module:
        return nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(c_in, c_out, 3, padding=1))

    makers: dict[str, Callable[[], nn.Module]] = {
        "coordconv": lambda: CoordConvPainter(canvas, multiplier, inputs),
        "deconv": lambda: Decoder(
            lambda c_in, c_out: Doubling(c_in, c_out, filter_size), canvas, multiplier, inputs
        ),
        "upsample": lambda: Decoder(upsample, canvas, multiplier, inputs),
        "dilated": lambda: DilatedPainter(canvas, "zeros", inputs),
        "dilated_circular": lambda: DilatedPainter(canvas, "circular", inputs),
        "fully_connected": lambda: FullyConnectedPainter(canvas, inputs),
    }
    if network not in makers:
        near = difflib.get_close_matches(str(network), NETWORKS, n=1, cutoff=0.4)
        raise ValueError(
            f"network got {network!r}"
            + (f" (did you mean {near[0]!r}?)" if near else "")
            + f"; it takes one of {', '.join(NETWORKS)}"
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = makers[network]()
        if initialisation != "torch":
            initialise(made, initialisation)
    return made


@torch.no_grad()
def initialise(network: nn.Module, initialisation: str) -> None:
    """Fill the kernels of a network as "he" or "xavier" say, and set its biases to zero.

    "he" is TensorFlow's he_normal, as released: normal, cut at two standard deviations, of
    variance 2 / fan-in, where a transposed convolution's fan-in counts its *output* channels.
    "xavier" is normal of standard deviation 0.7 · √(2 / (fan-in + fan-out)).
    """
    for module in network.modules():
        if not isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            continue
        if initialisation == "he":
            # PyTorch stores (out, in, k, k), and (in, out, k, k) when transposed: either way the
            # released fan-in is what one index of the first axis covers.
            deviation = math.sqrt(2 / module.weight[0].numel()) / 0.87962566103423978
            nn.init.trunc_normal_(module.weight, std=deviation, a=-2 * deviation, b=2 * deviation)
        else:
            nn.init.xavier_normal_(module.weight, gain=0.7)
        nn.init.zeros_(module.bias)


class Experiment:
    """The classification experiment for the training loop: network, split, loss and metrics."""

    def __init__(self, network: nn.Module, split: Split) -> None:
        """Both are used where the network is: the split's tensors move to its device."""
        self.network = network
        self.split = split.to(next(network.parameters()).device)
        # Measured: convolutions over whole canvases gain (1 × 1, and 3 × 3 twice as fast), the
        # decoders' small maps do not.
        self.low_precision_pays = isinstance(network, (CoordConvPainter, DilatedPainter))

    @property
    def train_size(self) -> int:
        """How many train examples there are."""
        return len(self.split.train)

    def loss(self, indices: Tensor) -> Tensor:
        """Mean cross-entropy over the pixels, for the train examples with these numbers."""
        positions = self.split.train[indices]
        logits = self.network(positions).flatten(1)
        return F.cross_entropy(logits, pixel_index(positions, self.split.canvas))

    def evaluate(self, batch_size: int = 16) -> dict[str, float]:
        """Loss (nats), accuracy (0 to 1) and mean pixel distance of the brightest pixel.

        On all train and all test positions: train_loss, train_accuracy, train_distance, test_….
        """
        metrics = {}
        for part, positions in (("train", self.split.train), ("test", self.split.test)):
            loss = correct = distance = 0.0
            for batch in positions.split(batch_size):
                maps = self.network(batch).float()
                target = pixel_index(batch, self.split.canvas)
                distances = pixel_distances(brightest_positions(maps), batch)
                loss += F.cross_entropy(maps.flatten(1), target, reduction="sum").item()
                correct += (distances == 0).sum().item()
                distance += distances.sum().item()
            for name, total in (("loss", loss), ("accuracy", correct), ("distance", distance)):
                metrics[f"{part}_{name}"] = total / len(positions)
        return metrics


@dataclass(frozen=True)
class Settings:
    """All that decides a recorded run besides recipe and seed; see `build` and `datasets.split`."""

    network: str
    split: str
    canvas: int = 64
    square: int = 9
    multiplier: int = 1
    filter_size: int = 2
    inputs: str = "scaled"
    initialisation: str = "torch"

    def experiment(self, seed: int, device: torch.device) -> Experiment:
        """The experiment with a new network on `device`. Raises ValueError as `build` does."""
        network = build(
            self.network,
            self.canvas,
            multiplier=self.multiplier,
            filter_size=self.filter_size,
            inputs=self.inputs,
            initialisation=self.initialisation,
            seed=seed,
        )
        return Experiment(network.to(device), split(self.split, self.canvas, self.square))


def preset(
    network: str, split: str, *, scale: str = "lesson", style: str = "course", **changes: Any
) -> tuple[Settings, Recipe]:
    """The settings and the recipe with which the course trains a network.

    scale: one of SCALES. style: "course", or "released" for what the paper's code does.
    changes: settings that differ from the preset's.
    """
    released = style == "released"
    settings = {
        "inputs": "raw" if released else "scaled",
        "initialisation": "he" if released else "torch",
        **SCALES[scale],
        **changes,
    }
    if network == "coordconv":
        if released:
            recipe = Recipe(epochs=50, learning_rate=0.005, l2=0.001)
        else:
            # A smaller canvas has fewer positions: more epochs. At full size an evaluation costs as
            # much as a hundred steps, so there is one, at the end.
            epochs, batch_size, every = (4, 8, 4) if scale == "paper" else (12, 16, 1)
            recipe = Recipe(
                epochs,
                batch_size,
                learning_rate=0.005,
                schedule="one_cycle",
                l2=0.001,
                evaluate_every=every,
            )
            settings["initialisation"] = changes.get("initialisation", "xavier")
    elif released:
        recipe = Recipe(epochs=1000, learning_rate=0.01, schedule="step", l2=0.001)
    elif scale == "lesson" and network in _LESSON_RECIPES:
        recipe = _LESSON_RECIPES[network]
    else:
        recipe = Recipe(epochs=1000, learning_rate=0.005, schedule="step", evaluate_every=5)
    return Settings(network, split, **settings), recipe


@torch.inference_mode()
def probability_maps(network: nn.Module, positions: Tensor) -> Tensor:
    """Where the network thinks each position is: float32, shape (n, canvas, canvas), sums to 1.

    The network is used in evaluation mode and left in the mode it was in. Positions of shape
    (n, 2) may lie on any device.
    """
    was_training = network.training
    network.eval()
    device = next(network.parameters()).device
    logits = [network(batch).float()[:, 0] for batch in positions.to(device).split(64)]
    network.train(was_training)
    maps = torch.cat(logits)
    return maps.flatten(1).softmax(1).view_as(maps)
