"""The building blocks that the paper's tasks share, and how their weights start.

A painter turns positions, (batch, 2) pixel numbers with columns (x, y), into a canvas of logits,
(batch, 1, canvas, canvas).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from coordlib import checks
from coordlib.coordinates import AddCoords
from coordlib.layers import CoordConv2d

INPUTS = ("scaled", "raw")
INITIALISATIONS = ("xavier", "he", "torch")
# Of the painters as released; those of the course have the defaults of their settings.
RELEASED = {"inputs": "raw", "initialisation": "he"}


class PositionInput(nn.Module):
    """Pixel numbers as the network gets them: float32, shape (batch, 2) in and out.

    "scaled": from -1 at the first pixel to 1 at the last, like coordinate channels. "raw": as
    they are, which is what the release does.
    """

    def __init__(self, canvas: int, inputs: str = "scaled") -> None:
        super().__init__()
        checks.one_of("inputs", inputs, INPUTS)
        self.canvas = canvas
        self.inputs = inputs

    @property
    def fit_for_16_bits(self) -> bool:
        """Whether a layer that joins these with coordinate channels can be computed in bfloat16.

        Raw, they make numbers of dozens, among which bfloat16 takes steps of a quarter. But from
        one pixel to the next the channels differ by 2/63: whole blocks of pixels become the same.
        """
        return self.inputs == "scaled"

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


def tile(vectors: Tensor, canvas: int) -> Tensor:
    """Each vector copied to every pixel: (batch, c) to (batch, c, canvas, canvas)."""
    return vectors[:, :, None, None].expand(-1, -1, canvas, canvas)


def channels_last(maps: Tensor) -> Tensor:
    """The same maps, (batch, c, height, width), in the memory layout that is called channels last.

    What `maps.contiguous(memory_format=torch.channels_last)` gives, in words that `torch.vmap`,
    which trains several networks at once, understands.
    """
    return maps.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)


class Doubling(nn.ConvTranspose2d):
    """A transposed convolution that exactly doubles height and width: (c, n, n) to (c', 2n, 2n).

    Laid out as TensorFlow's stride-2 "SAME", for filters of 2 to 5: an odd one makes a row and a
    column too many, and the last ones are cut off.
    """

    def __init__(self, in_channels: int, out_channels: int, filter_size: int) -> None:
        padding = (filter_size - 2) // 2
        super().__init__(in_channels, out_channels, filter_size, stride=2, padding=padding)

    def forward(self, input: Tensor) -> Tensor:
        height, width = input.shape[-2:]
        return super().forward(input)[..., : 2 * height, : 2 * width]


def check_doubling(canvas: int) -> None:
    """Raise ValueError for a canvas that a `Decoder` cannot fill by doubling."""
    if canvas < 8 or canvas != 2 ** (canvas.bit_length() - 1):
        raise ValueError(f"canvas got {canvas}; this network takes a power of 2 from 8 on")


class Decoder(nn.Module):
    """Starts from one pixel with two channels, x and y, and doubles it until the canvas is full.

    `stage(c, c')` makes the module that doubles height and width. Each stage but the last is
    followed by BatchNorm and ReLU.
    """

    def __init__(
        self, stage: Callable[[int, int], nn.Module], canvas: int, multiplier: int, inputs: str
    ) -> None:
        super().__init__()
        check_doubling(canvas)
        stages = canvas.bit_length() - 1
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
        copies = tile(self.input(positions), self.canvas).to(self.first.weight.dtype)
        # `self.first(copies)` is the same function. But with two channels to convolve, two more are
        # cheap, and concatenating leaves less to add up in the backward pass than a position bias.
        joined = channels_last(self.add_coords(copies))
        return self.layers(F.conv2d(joined, self.first.weight, self.first.bias))


def deconvolution(canvas: int, multiplier: int, filter_size: int, inputs: str) -> Decoder:
    """The paper's deconvolution: a decoder whose stages are transposed convolutions."""
    return Decoder(
        lambda c_in, c_out: Doubling(c_in, c_out, filter_size), canvas, multiplier, inputs
    )


class Broadcast(nn.Module):
    """Copies a vector, such as a latent, to each place of a grid, and goes on by convolutions.

    If its first layer, of 1 × 1, is a CoordConv layer, it is told where each place is. What that
    layer gives for the same vector everywhere is one vector for each example plus one position bias
    for all of them: so neither the copies nor coordinate channels are ever made.
    """

    def __init__(self, first: nn.Conv2d, grid: int, body: nn.Sequential) -> None:
        super().__init__()
        self.first, self.grid, self.body = first, grid, body

    def forward(self, vectors: Tensor) -> Tensor:
        if isinstance(self.first, CoordConv2d):
            weight = self.first.feature_weight
            map = self.first.position_bias(self.grid, self.grid)
        else:
            weight = self.first.weight
            map = self.first.bias[:, None, None].expand(-1, self.grid, self.grid)
        features = F.linear(vectors, weight.flatten(1))
        # With the channels last: so a step takes a fifth less time on a CPU.
        start = features[:, None, None] + map.movedim(0, -1).contiguous()
        return self.body(start.movedim(-1, 1))


def coordinate_ratio(layer: CoordConv2d) -> float:
    """The root mean square of a layer's coordinate weights over that of its other weights."""
    ours, others = layer.coordinate_weight, layer.feature_weight
    return (ours.square().mean() / others.square().mean()).sqrt().item()


@torch.inference_mode()
def outputs(network: nn.Module, positions: Tensor) -> Tensor:
    """What a painter gives for positions, (n, 2), on any device: float32, (n, canvas, canvas).

    The network is used in evaluation mode and left in the mode it was in.
    """
    was_training = network.training
    network.eval()
    device = next(network.parameters()).device
    maps = [network(batch).float()[:, 0] for batch in positions.to(device).split(64)]
    network.train(was_training)
    return torch.cat(maps)


def seeded(make: Callable[[], nn.Module], seed: int, initialisation: str) -> nn.Module:
    """What `make` makes, with first weights that depend on `seed` alone.

    initialisation: "torch" (the framework's default), or what `initialise` does.

    Leaves torch's random numbers as they were. Raises ValueError for an unknown initialisation,
    TypeError for a seed that is no integer.
    """
    checks.seed(seed)
    checks.one_of("initialisation", initialisation, INITIALISATIONS)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = make()
        if initialisation != "torch":
            initialise(network, initialisation)
    return network


@torch.no_grad()
def initialise(network: nn.Module, initialisation: str, gain: float = 0.7) -> None:
    """Fill the kernels of a network as "he" or "xavier" say, and set its biases to zero.

    "he" is TensorFlow's he_normal, as released: normal, cut at two standard deviations, of
    variance 2 / fan-in, where a transposed convolution's fan-in counts its *output* channels; fully
    connected layers get Glorot's uniform start, as released.
    "xavier" is normal of standard deviation `gain` · √(2 / (fan-in + fan-out)).
    """
    for module in network.modules():
        if not isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            continue
        if initialisation == "he" and isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
        elif initialisation == "he":
            # PyTorch stores (out, in, k, k), and (in, out, k, k) when transposed: either way the
            # released fan-in is what one index of the first axis covers.
            deviation = math.sqrt(2 / module.weight[0].numel()) / 0.87962566103423978
            nn.init.trunc_normal_(module.weight, std=deviation, a=-2 * deviation, b=2 * deviation)
        else:
            nn.init.xavier_normal_(module.weight, gain=gain)
        nn.init.zeros_(module.bias)
