"""Generators that paint scenes of two objects: do they collapse in where? (Claims C18 to C20.)

The paper's two generators and two discriminators (section 5), in all combinations, and a pair of
generators of the same form with and without coordinates. They paint photos as well, of any folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from coordlib import checks, settings
from coordlib.datasets import scenes
from coordlib.recipes import SCALES, STYLES, Recipe
from coordlib.settings import setting
from coordlib.tasks.gan.game import LATENTS, OUTPUTS, Game, Rules, players
from coordlib.tasks.gan.networks import (
    DISCRIMINATORS,
    GENERATORS,
    INITIALISATIONS,
    NORMS,
    discriminator,
    generator,
)
from coordlib.tasks.gan.photos import photos

NETWORKS = GENERATORS
SIDES = (16, 32, 64)


@dataclass(frozen=True)
class Settings(settings.Settings):
    """All that decides a recorded run besides recipe and seed; see `game.Rules`."""

    network: str = setting("which generator", choices=NETWORKS)
    discriminator: str = setting("told where pixels are, or not", "plain", choices=DISCRIMINATORS)
    side: int = setting(
        "pixels along each side: 16, 32 or 64", 32, least=16, most=64, by_preset=True
    )
    images: str = setting("where photos lie, to be painted in place of scenes", "", word="a folder")
    objects: int = setting("in a scene; one is red. 0: photos", 2, most=2, by_preset=True)
    pictures: int = setting(
        "to learn from; of photos at most so many", 20_000, least=1, most=10**6, by_preset=True
    )
    samples: int = setting(
        "to be measured, by as many real pictures", 1_000, least=1, most=10**5, by_preset=True
    )
    width: int = setting("channels of the narrowest stage", 32, least=1, most=256, by_preset=True)
    filter_size: int = setting(
        "pixels along a filter of deconv and of the discriminator",
        4,
        least=4,
        most=5,
        by_preset=True,
    )
    hidden: int = setting(
        "numbers in the discriminator's hidden layer; 0: it has none",
        128,
        most=4_096,
        by_preset=True,
    )
    norm: str = setting("within the discriminator", "none", choices=NORMS, by_preset=True)
    initialisation: str = setting(
        "how weights start", "torch", choices=INITIALISATIONS, by_preset=True
    )
    latent_size: int = setting(
        "numbers that a picture is painted from", 8, least=1, most=1_024, by_preset=True
    )
    latents: str = setting("how they are drawn", "normal", choices=LATENTS, by_preset=True)
    output: str = setting(
        "what the discriminator sees of the generator's values",
        "tanh",
        choices=OUTPUTS,
        by_preset=True,
    )
    generator_steps: int = setting(
        "to each one of the discriminator's", 1, least=1, most=8, by_preset=True
    )
    discriminator_rate: float = setting(
        "in parts of the learning rate", 1.0, least=0, by_preset=True
    )
    penalty: float = setting(
        "of steep logits on real scenes (R1's gamma)", 1.0, least=0, by_preset=True
    )
    averaging: float = setting(
        "part of the generator's moving average that stays in a step", 0.998, by_preset=True
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.side not in SIDES:
            raise ValueError(f"side got {self.side}; it takes 16, 32 or 64")
        if bool(self.images) == (self.objects > 0):
            takes = "0: what images show isn't known" if self.images else "1 or 2 without images"
            raise ValueError(f"objects got {self.objects}; it takes {takes}")
        checks.positive("discriminator_rate", self.discriminator_rate)
        checks.fraction("averaging", self.averaging)
        if self.network == "deconv" and self.output == "linear":
            raise ValueError("output got 'linear'; deconv takes 'tanh'")

    def build(self, seed: int) -> nn.ModuleDict:
        """New players as these settings say. Raises TypeError for a seed that is no integer."""
        usual = self.side, self.width, self.filter_size
        start = {"initialisation": self.initialisation, "seed": seed}
        return players(
            generator(self.network, self.latent_size, *usual, **start),
            discriminator(self.discriminator, *usual, hidden=self.hidden, norm=self.norm, **start),
        )

    def experiment(self, seed: int, device: torch.device) -> Game:
        """The experiment with new networks on `device`; the pictures are the same for every seed.

        Photos are read now, and `samples` of them held out, to measure with. To go on, a run needs
        the same ones.

        Raises what `build` and `photos` raise.
        """
        network = self.build(seed).to(device)
        size = {"side": self.side, "device": device}
        if self.images:
            train, real = photos(self.images, **size, number=self.pictures, held_out=self.samples)
        else:
            train = scenes(self.pictures, **size, objects=self.objects, seed=0)
            real = scenes(self.samples, **size, objects=self.objects, seed=1)
        return Game(network, self.latent_size, train, real, Rules(**self.asked_by(Rules)))


def preset(
    network: str, *, scale: str = "lesson", style: str = "course", **changes: Any
) -> tuple[Settings, Recipe]:
    """The settings and the recipe with which a network is trained; see `coordlib.tasks`."""
    checks.one_of("scale", scale, SCALES)
    checks.one_of("style", style, STYLES)
    full = scale == "paper"
    usual: dict[str, Any] = {} if full else {"side": 16, "objects": 1}
    if scale == "smoke":
        usual |= {"pictures": 64, "samples": 32, "width": 8}
    if changes.get("images"):
        usual |= {"objects": 0}
    if style == "released":
        if full:
            usual |= {"side": 64, "pictures": 50_000, "width": 64}
        usual |= {
            "filter_size": 5,
            "hidden": 0,
            "norm": "batch",
            "initialisation": "released",
            "latent_size": 256,
            "latents": "uniform",
            "output": "tanh" if network == "deconv" else "linear",
            "generator_steps": 2,
            "discriminator_rate": 0.2,
            "penalty": 0.0,
            "averaging": 0.0,
        }
        epochs = 50 if full else 1
        recipe = Recipe(epochs, 16, learning_rate=5e-4)
    else:
        steps = {"smoke": 4, "lesson": 3_000, "paper": 20_000}[scale]
        if not full:
            usual |= {"latent_size": 16, "penalty": 0.3, "averaging": 0.995}
        recipe = Recipe(
            steps=steps,
            batch_size=32,
            learning_rate=0.002 if full else 0.003,
            schedule="late_decay",
            betas=(0.0, 0.99),
            evaluate_every=max(4, steps // 20),
        )
    return Settings.of(network=network, **{**usual, **changes}), recipe
