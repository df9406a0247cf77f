"""The variational autoencoder: squeezes scenes into a few numbers, and paints them anew.

Paper section 5, claim C22: with CoordConv objects move along a walk between two latents, where
otherwise they fade. The paper's own networks and training are not known to us: all of this is the
course's own. Its documented relative is the Spatial Broadcast Decoder (Watters et al., 2019), a
copy of the latent at each pixel with its coordinates, which has 3 × 3 filters too; "coordconv" has
1 × 1 alone. Four decoders follow the same encoder; two of them differ in the position map alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from coordlib import checks, settings
from coordlib.conversion import tell_places
from coordlib.datasets import MEASURED, OBJECTS, Scenes, scenes
from coordlib.experiment import Experiment
from coordlib.networks import Broadcast, Doubling, seeded
from coordlib.recipes import SCALES, Recipe
from coordlib.settings import setting
from coordlib.walks import count, far_pairs, measure, walk

# "deconv" doubles 1/8 of the canvas three times. "coordconv" is told where each pixel is, and has
# filters of 1 × 1 alone: without that it could paint one colour only. The last two are twins, and
# begin at 1/4 of the canvas: the second isn't told, but 3 × 3 filters find its edges.
NETWORKS = ("deconv", "coordconv", "coordconv_3x3", "conv_3x3")
_COLOURS, _WIDTH, _HIDDEN = 3, 32, 128
_SEEDS = {"train": 0, "test": 1, "validation": 2}  # of the scenes
_AT_ONCE = 250  # pictures measured at a time
# Canvas, objects, train and test pictures at each scale, and fewer walks in a unit test.
SIZES = {
    "smoke": {"side": 16, "objects": 1, "train_pictures": 64, "test_pictures": 32, "walks": 4},
    "lesson": {"side": 32, "objects": 1, "train_pictures": 4_000, "test_pictures": 500},
    "paper": {"side": 64, "objects": 2, "train_pictures": 50_000, "test_pictures": 1_000},
}


class Autoencoder(nn.Module):
    """An encoder and a decoder of scenes: pictures (batch, 3, side, side), 0 to 1, in and out."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def encode(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of each picture's latent: (batch, latents) each."""
        return self.encoder(pictures).chunk(2, 1)

    def decode(self, latents: Tensor) -> Tensor:
        """The pictures that latents, (batch, latents), stand for."""
        return self.decoder(latents).sigmoid()

    def forward(self, pictures: Tensor) -> Tensor:
        """Each picture painted anew, from the mean of its latent."""
        return self.decode(self.encode(pictures)[0])


def build(network: str, latents: int = 8, side: int = 32, *, seed: int = 0) -> Autoencoder:
    """A new network whose decoder is one of NETWORKS, with weights that depend on `seed` alone.

    With the same seed all encoders start alike, and the twins but for the coordinate weights.
    latents: how many numbers a picture is squeezed into. side: of the canvas, a multiple of 8.

    Raises ValueError for another network or side, TypeError for a seed that is no integer.
    """
    _check(network, side)

    def make() -> Autoencoder:
        made = Autoencoder(encoder(latents, side), decoder(network, latents, side))
        tell_places(made, ("decoder.2.first",) if network.startswith("coordconv") else (), seed)
        return made

    return seeded(make, seed, "torch")


def _check(network: str, side: int) -> None:
    """Raise ValueError for a network that there is not, or a side that it can't paint."""
    checks.one_of("network", network, NETWORKS)
    if side % 8:
        raise ValueError(f"side got {side}; it takes a multiple of 8")


def encoder(latents: int, side: int) -> nn.Sequential:
    """Three strided convolutions and two fully connected layers, to 2 · latents numbers."""
    layers: list[nn.Module] = []
    for c_in, c_out in ((_COLOURS, _WIDTH), (_WIDTH, _WIDTH), (_WIDTH, 2 * _WIDTH)):
        layers += [nn.Conv2d(c_in, c_out, 4, stride=2, padding=1), nn.ReLU()]
    places = (side // 8) ** 2
    layers += [nn.Flatten(), nn.Linear(2 * _WIDTH * places, _HIDDEN), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(_HIDDEN, 2 * latents))


def decoder(network: str, latents: int, side: int) -> nn.Sequential:
    """One of NETWORKS, as yet without coordinates: latents to logits (batch, 3, side, side).

    At 8 latents and a side of 32 "deconv" has 59,971 parameters and the twins 60,227, "coordconv",
    which works at all pixels, 8,547; coordinates add 64.
    """
    if network == "deconv":
        small, wide = side // 8, 2 * _WIDTH
        return nn.Sequential(
            nn.Linear(latents, wide * small**2),
            nn.Unflatten(1, (wide, small, small)),
            nn.ReLU(),
            Doubling(wide, _WIDTH, 4),
            nn.ReLU(),
            *_twice_doubled(),
        )
    pixelwise = network == "coordconv"
    layers: list[nn.Module] = [nn.ReLU()]
    for _ in range(3 if pixelwise else 4):
        layers += [nn.Conv2d(_WIDTH, _WIDTH, 1 if pixelwise else 3, padding="same"), nn.ReLU()]
    layers += [nn.Conv2d(_WIDTH, _COLOURS, 1)] if pixelwise else _twice_doubled()
    first = nn.Conv2d(_HIDDEN, _WIDTH, 1)
    grid = side if pixelwise else side // 4
    return nn.Sequential(
        nn.Linear(latents, _HIDDEN), nn.ReLU(), Broadcast(first, grid, nn.Sequential(*layers))
    )


def _twice_doubled() -> list[nn.Module]:
    return [Doubling(_WIDTH, _WIDTH, 4), nn.ReLU(), Doubling(_WIDTH, _COLOURS, 4)]


class SceneExperiment(Experiment):
    """For the training loop: an autoencoder, scenes to learn from, and scenes to be measured on."""

    def __init__(
        self, network: Autoencoder, train: Scenes, test: Scenes, walks: int, beta: float = 1.0
    ) -> None:
        """All are used where the network is. walks: along how many it is measured.

        beta: how much of the latents' divergence the loss has.

        Raises ValueError if fewer pairs of test scenes have red objects half a canvas apart.
        """
        device = next(network.parameters()).device
        self.network = network
        self.train, self.test = train.to(device), test.to(device)
        self.ends = far_pairs(self.test.centres[:, -1], self.test.images.shape[-1], walks)
        if len(self.ends) < walks:
            raise ValueError(
                f"walks got {walks}; {len(test)} scenes have {len(self.ends)} pairs of red objects "
                f"that are half a canvas apart"
            )
        self.beta = beta

    @property
    def train_size(self) -> int:
        """How many train pictures there are."""
        return len(self.train)

    def loss(self, batch: Tensor) -> Tensor:
        """The evidence bound, in nats a picture: cross-entropy of all pixels, plus β · divergence.

        Of the pictures that latents drawn by the encoder's mean and variance stand for.
        """
        pictures = as_input(self.train.images[batch])
        mean, log_variance = self.network.encode(pictures)
        latents = mean + (log_variance / 2).exp() * torch.randn_like(mean)
        painted = self.network.decoder(latents)
        lost = F.binary_cross_entropy_with_logits(painted, pictures, reduction="sum")
        return lost / len(batch) + self.beta * divergence(mean, log_variance).mean()

    def evaluate(self) -> dict[str, float]:
        """How well it paints test scenes anew, from the means of their latents, and walks.

        test_error: mean squared error, of colours from 0 to 1. test_kl: see `divergence`.
        test_valid: the share of pictures with exactly one object of each colour that there is;
        test_pieces: with the right number of objects, whatever their colours.

        Along straight lines between the latents of two scenes whose red objects are half a canvas
        apart: see `Walks.summary`.
        """
        latents, painted, kl = [], [], 0.0
        for images in self.test.images.split(_AT_ONCE):
            mean, log_variance = self.network.encode(as_input(images))
            latents.append(mean)
            painted.append(self.network.decode(mean).float())
            kl += divergence(mean, log_variance).sum().item()
        anew, means = torch.cat(painted), torch.cat(latents)
        start, end = (means[numbers] for numbers in self.ends.unbind(1))
        along = measure(walk(self.network.decode, start, end))
        objects = self.test.centres.shape[1]
        single, pieces = count(anew.cpu())
        return {
            "test_error": F.mse_loss(anew, as_input(self.test.images)).item(),
            "test_kl": kl / len(anew),
            "test_valid": single[:, -objects:].all(-1).float().mean().item(),
            "test_pieces": (pieces == objects).float().mean().item(),
            **along.summary(objects),
        }


def as_input(images: Tensor) -> Tensor:
    """What a network is given of pictures, uint8: float32, 0 to 1."""
    return images.float() / 255


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """How far a latent's distribution is from the standard normal one: (batch,), in nats.

    The Kullback-Leibler divergence; both are (batch, latents).
    """
    return (mean.square() + log_variance.exp() - log_variance - 1).sum(1) / 2


@dataclass(frozen=True)
class Settings(settings.Settings):
    """All that decides a recorded run besides recipe and seed; see `build`, `SceneExperiment`."""

    network: str = setting("which decoder", choices=NETWORKS)
    latents: int = setting("numbers that a picture is squeezed into", 8, least=1, most=1_024)
    beta: float = setting("weight of the latents' divergence in the loss", 1.0)
    side: int = setting(
        "pixels along each side, a multiple of 8", 32, least=16, most=256, by_preset=True
    )
    objects: int = setting(
        "a red one, or a blue and a red one", 1, least=OBJECTS[0], most=OBJECTS[1], by_preset=True
    )
    train_pictures: int = setting("to learn from", 4_000, least=1, most=10**6, by_preset=True)
    test_pictures: int = setting("to be measured on", 500, least=2, most=10**4, by_preset=True)
    walks: int = setting("to be measured along", 200, least=1, most=10**4, by_preset=True)
    measured: str = setting("with which pictures", "test", choices=MEASURED)

    def __post_init__(self) -> None:
        super().__post_init__()
        _check(self.network, self.side)

    def build(self, seed: int) -> Autoencoder:
        """A new network as these settings say. Raises TypeError for a seed that is no integer."""
        return build(**self.asked_by(build), seed=seed)

    def pictures(self) -> tuple[Scenes, Scenes]:
        """The train and the test pictures, the same for every seed of a run.

        One object has 968 different pictures at a side of 32: most test pictures are train pictures
        as well, and what is tested is what lies between them.
        """
        options = self.asked_by(scenes)
        return (
            scenes(self.train_pictures, **options, seed=_SEEDS["train"]),
            scenes(self.test_pictures, **options, seed=_SEEDS[self.measured]),
        )

    def experiment(self, seed: int, device: torch.device) -> SceneExperiment:
        """The experiment with a new network on `device`.

        Raises what `build` raises, ValueError for too few test pictures for so many walks.
        """
        network = self.build(seed).to(device)
        return SceneExperiment(network, *self.pictures(), self.walks, self.beta)


def preset(
    network: str, *, scale: str = "lesson", style: str = "course", **changes: Any
) -> tuple[Settings, Recipe]:
    """The settings and the recipe with which a network is trained; see `coordlib.tasks`.

    style: "course" alone; the paper's recipe isn't known to us, and its code has no such network.
    """
    checks.one_of("scale", scale, SCALES)
    checks.one_of("style", style, ["course"])
    made = Settings.of(network=network, **{**SIZES[scale], **changes})
    # At full size about as many steps as the released GAN takes.
    epochs = {"smoke": 1, "lesson": 12, "paper": 100}[scale]
    # Of 1e-3, 3e-3 and 6e-3, tried with one seed each, the loss preferred 3e-3 for "deconv" and
    # 6e-3 for the others; but at 6e-3 one "coordconv_3x3" of five stayed white. So all get 3e-3.
    recipe = Recipe(
        epochs,
        32,
        learning_rate=0.003,
        schedule="one_cycle",
        warm_up=0.07,
        betas=(0.9, 0.999),
        clip=100.0,
        evaluate_every=epochs,
    )
    return made, recipe
