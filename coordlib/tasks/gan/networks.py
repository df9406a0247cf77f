"""The two networks of the game: a generator that paints, and a discriminator that judges.

Paper section 5; at a side of 64 with a width of 64, filters of 5 and 256 latent numbers they have
as many parameters as the released ones (claim C19). Smaller canvases have fewer stages.
"""

from __future__ import annotations

from torch import nn

from coordlib.conversion import tell_places
from coordlib.networks import Broadcast, Doubling, seeded

# Nearly all filters of "coordconv" are 1 × 1: if it weren't told where each pixel is it would paint
# one colour all over, but for the edges. So it has no twin without coordinates. The last two are
# twins: they differ in the position map alone, and both have filters of 3 × 3, which let zero
# padding tell where the edge is.
GENERATORS = ("deconv", "coordconv", "coordconv_3x3", "conv_3x3")
DISCRIMINATORS = ("plain", "coordconv")
INITIALISATIONS = ("torch", "released")
NORMS = ("none", "batch")

_COLOURS = 3
# Channels, in units of the width, and filter of each convolution of "coordconv" but the last one:
# as released, and what a smaller canvas gets, whose last filter is of 3 × 3.
_RELEASED = ((8, 1), (4, 1), (4, 1), (2, 1), (1, 1), (1, 3), (1, 3))
_SMALL = ((2, 1), (2, 1), (1, 1))
# The twins paint a grid of 8 × 8 first. Each 3 × 3 filter sees the edge from one pixel further in:
# four of them tell its middle where it is, if it wasn't told.
_GRID, _REACH = 8, 4


def deconvolution(latents: int, side: int, width: int, filter_size: int) -> nn.Sequential:
    """DCGAN's generator: a fully connected layer to 4 × 4, then doublings to the canvas's side.

    width: channels before the last doubling, twice as many before each one earlier.
    """
    stages = _stages(side)
    widths = [width * 2**stage for stage in reversed(range(stages))]
    layers: list[nn.Module] = [nn.Linear(latents, 16 * widths[0]), nn.Unflatten(1, (-1, 4, 4))]
    for c_in, c_out in zip(widths, [*widths[1:], _COLOURS], strict=True):
        layers += [nn.BatchNorm2d(c_in), nn.ReLU(), Doubling(c_in, c_out, filter_size)]
    return nn.Sequential(*layers)


def pixelwise(latents: int, side: int, width: int) -> Broadcast:
    """The paper's CoordConv generator: nearly all of it by 1 × 1 convolutions, without BatchNorm.

    The first layer is still a plain one.
    """
    (channels, _), *others = _RELEASED if side == 64 else _SMALL
    c_in = width * channels
    first = nn.Conv2d(latents, c_in, 1)
    layers: list[nn.Module] = [nn.ReLU()]
    for channels, filter_size in others:
        c_out = width * channels
        layers += [nn.Conv2d(c_in, c_out, filter_size, padding="same"), nn.ReLU()]
        c_in = c_out
    layers.append(nn.Conv2d(c_in, _COLOURS, 1 if side == 64 else 3, padding="same"))
    return Broadcast(first, side, nn.Sequential(*layers))


def from_grid(latents: int, side: int, width: int) -> Broadcast:
    """The twins' form: 3 × 3 convolutions on a small grid, then doublings to the canvas's side.

    The first layer is still a plain one.
    """
    layers: list[nn.Module] = [nn.ReLU()]
    for _ in range(_REACH):
        layers += [nn.Conv2d(width, width, 3, padding=1), nn.ReLU()]
    for _ in range(_stages(side) - 2):
        layers += [Doubling(width, width, 4), nn.ReLU()]
    layers.append(Doubling(width, _COLOURS, 4))
    return Broadcast(nn.Conv2d(latents, width, 1), _GRID, nn.Sequential(*layers))


def generator(
    name: str,
    latents: int,
    side: int,
    width: int,
    filter_size: int,
    *,
    initialisation: str = "torch",
    seed: int = 0,
) -> nn.Module:
    """A new generator: latent vectors (batch, latents) to pictures (batch, 3, side, side).

    Their tanh are the colours red, green and blue, from -1 to 1.

    name: one of GENERATORS. width: channels of its last stages. filter_size: of "deconv", 4 or 5.
    initialisation: "torch", with which the twins of a seed start alike but for their coordinate
        weights; or "released": Glorot's for "deconv", He's for the others.
    """

    def make() -> nn.Module:
        if name == "deconv":
            layers = deconvolution(latents, side, width, filter_size)
        else:
            layers = (pixelwise if name == "coordconv" else from_grid)(latents, side, width)
        if name.startswith("coordconv"):
            tell_places(layers, ("first",), seed)
        return layers.apply(_glorot) if released and name == "deconv" else layers

    released = initialisation == "released"
    return seeded(make, seed, "he" if released and name != "deconv" else "torch")


def discriminator(
    name: str,
    side: int,
    width: int,
    filter_size: int,
    *,
    hidden: int = 0,
    norm: str = "none",
    initialisation: str = "torch",
    seed: int = 0,
) -> nn.Sequential:
    """A new discriminator: pictures (batch, 3, side, side) to logits of "real", (batch,).

    Strided convolutions down to 4 × 4, then a fully connected layer.

    name: "plain", or "coordconv", whose first layer has coordinate channels; with torch's start
        the two are alike but for their weights. width: channels after the first convolution, twice
        as many after each one later. norm: one of NORMS, after all but the first convolution.
    hidden: numbers in one more fully connected layer; 0: there is none, as released. Three stages'
        filters of 4 see 22 pixels: without it what they say of the places of a canvas of 32 is
        only added up, and objects are badly counted.
    initialisation: "torch", or "released": Glorot's.
    """

    def make() -> nn.Module:
        layers: list[nn.Module] = []
        c_in = _COLOURS
        for stage in range(_stages(side)):
            c_out = width * 2**stage
            # With filters of 5 it mirrors TensorFlow's "SAME": torch pads both sides alike.
            padding = (filter_size - 1) // 2
            layers.append(nn.Conv2d(c_in, c_out, filter_size, stride=2, padding=padding))
            if norm == "batch" and stage > 0:
                layers.append(nn.BatchNorm2d(c_out))
            layers.append(nn.LeakyReLU(0.2))
            c_in = c_out
        layers.append(nn.Flatten())
        features = 16 * c_in
        if hidden:
            layers += [nn.Linear(features, hidden), nn.LeakyReLU(0.2)]
            features = hidden
        made = nn.Sequential(*layers, nn.Linear(features, 1), nn.Flatten(0))
        tell_places(made, ("0",) if name == "coordconv" else (), seed)
        return made.apply(_glorot) if initialisation == "released" else made

    return seeded(make, seed, "torch")


def _glorot(module: nn.Module) -> None:
    """TensorFlow's usual start."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def _stages(side: int) -> int:
    """How often 4 is doubled to become the side."""
    return side.bit_length() - 3
