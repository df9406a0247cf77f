"""The game: generator and discriminator move in turn; and what is measured of samples."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from coordlib.datasets import Scenes, signed
from coordlib.experiment import Experiment, State, Turn
from coordlib.scene_metrics import Found, find_objects, position_entropy, sliced_wasserstein
from coordlib.walks import SUMMARY, far_pairs, measure, walk

LATENTS = ("normal", "uniform")
OUTPUTS = ("tanh", "linear")
COUNTED = 300  # valid samples that entropies are of: they grow with the number
WALKS = 200
# A slope's own gradient is dear: so R1 is added every so many steps, so many times over.
_PENALISED_EVERY = 8
_AT_ONCE = 100  # pictures painted or judged at a time: 0.8 GB in the largest layer


@dataclass(frozen=True)
class Rules:
    """How the game is played.

    generator_steps: after each one of the discriminator's, on the same latent vectors.
    discriminator_rate: in parts of the recipe's learning rate, which is the generator's.
    penalty: γ of R1, which adds γ/2 times the squared slope of the logits on real pictures.
    averaging: how much of the generator's moving average stays in a step; 0: the average is the
        generator as it is.
    latents: one of LATENTS, with a deviation of 1, or evenly from -1 to 1.
    output: one of OUTPUTS: what the discriminator sees of the values that the generator gives. The
        released CoordConv generator's are seen as they are, though samples are their tanh.
    """

    generator_steps: int = 1
    discriminator_rate: float = 1.0
    penalty: float = 1.0
    averaging: float = 0.998
    latents: str = "normal"
    output: str = "tanh"


def players(generator: nn.Module, discriminator: nn.Module) -> nn.ModuleDict:
    """The network of the game: "generator", "discriminator", and "average", which isn't trained.

    The average starts as the generator; samples are what it paints.
    """
    average = copy.deepcopy(generator).requires_grad_(False)
    return nn.ModuleDict(
        {"generator": generator, "discriminator": discriminator, "average": average}
    )


class Game(Experiment):
    """For the training loop: the players, the scenes to learn from, and those to be like.

    In photos, which are scenes without objects, nothing is looked for.
    """

    def __init__(
        self, network: nn.ModuleDict, latent_size: int, train: Scenes, real: Scenes, rules: Rules
    ) -> None:
        """network: `players` that take `latent_size` numbers; scenes are used where it is.

        real: as many scenes as samples are to be measured.
        """
        self.network, self.latent_size, self.rules = network, latent_size, rules
        self.device = next(network.parameters()).device
        self.train, self.real = train.to(self.device), real.to(self.device)
        # Drawn on a CPU: the same latent vectors are measured in every run.
        fixed = self._drawn(len(real), torch.device("cpu"), torch.Generator().manual_seed(0))
        self.latents = fixed.to(self.device)
        self._step = 0
        self._fakes: Tensor | None = None

    @property
    def train_size(self) -> int:
        """How many scenes there are to learn from."""
        return len(self.train)

    def turns(self) -> Sequence[Turn]:
        """The discriminator's, then the generator's as often as the rules say."""
        judging = Turn(
            "discriminator",
            self.discriminator_loss,
            "discriminator",
            rate=self.rules.discriminator_rate,
        )
        painting = Turn("generator", self.generator_loss, "generator")
        return judging, *[painting] * self.rules.generator_steps

    def discriminator_loss(self, batch: Tensor) -> Tensor:
        """The logistic loss, on real scenes with these numbers and on as many fakes; and R1."""
        real = signed("images", self.train.images[batch])
        self._given = self._drawn(len(batch), self.device)
        self._fakes = self._fake()
        judge = self.network["discriminator"]
        penalised = self.rules.penalty > 0 and self._step % _PENALISED_EVERY == 0
        scores = judge(real.requires_grad_(penalised))
        loss = _taken_for_real(scores) + _taken_for_fake(judge(self._fakes.detach()))
        if penalised:
            (slope,) = torch.autograd.grad(scores.sum(), real, create_graph=True)
            steepness = slope.square().sum((1, 2, 3)).mean()
            loss = loss + _PENALISED_EVERY * self.rules.penalty / 2 * steepness
        return loss

    def generator_loss(self, batch: Tensor) -> Tensor:
        """The logistic loss that doesn't saturate: fakes should be taken for real."""
        # In its first turn the generator is still as it was when it painted for the other one.
        fakes = self._fake() if self._fakes is None else self._fakes
        self._fakes = None
        return _taken_for_real(self.network["discriminator"](fakes))

    @torch.no_grad()
    def after_step(self) -> None:
        """Move the generator's average."""
        self._step += 1
        pairs = (self.network[part].parameters() for part in ("average", "generator"))
        for average, now in zip(*pairs, strict=True):
            average.lerp_(now, 1 - self.rules.averaging)

    def samples(self, latents: Tensor) -> Tensor:
        """What the averaged generator paints, BatchNorm as last evaluated: float32, -1 to 1.

        latents: (n, latent_size), on the network's device. Gives (n, 3, side, side).

        Raises ValueError for latent vectors of another size.
        """
        if latents.ndim != 2 or latents.shape[1] != self.latent_size:
            raise ValueError(
                f"latents got shape {tuple(latents.shape)}; it takes (n, {self.latent_size})"
            )
        painted = [self.network["average"](some) for some in latents.split(_AT_ONCE)]
        return torch.cat(painted).float().tanh()

    def evaluate(self) -> dict[str, float]:
        """Of as many samples as there are real scenes, from latent vectors that stay the same.

        distance: of all samples from the real scenes (`sliced_wasserstein`).
        discriminator_loss, without penalty, and generator_loss: on real scenes and samples.

        And, if the scenes have objects:

        valid, valid90: the part that shows each object, at an overlap of 0.8 and of 0.9.
        red_entropy, and with two objects blue_entropy and difference_entropy, of red less blue: of
            the first COUNTED valid samples, in nats.
        discs: the part of these samples' objects that are discs.

        Along straight lines between the latent vectors of two valid samples whose red objects are
        half a canvas apart, WALKS of them: see `Walks.summary`.

        Where there are not as many samples or walks, what is of them is -1, which none can be.
        """
        self._settle()
        samples, real = self.samples(self.latents), signed("images", self.real.images)
        judge = self.network["discriminator"]
        scores, others = (
            torch.cat([judge(some) for some in images.split(_AT_ONCE)])
            for images in (real, samples)
        )
        measured = {
            "distance": sliced_wasserstein(samples, real),
            "discriminator_loss": (_taken_for_real(scores) + _taken_for_fake(others)).item(),
            "generator_loss": _taken_for_real(others).item(),
        }
        if (objects := self.real.centres.shape[1]) == 0:
            return measured
        found = find_objects(samples, objects=objects)
        return {
            "valid": found.valid().float().mean().item(),
            "valid90": found.valid(0.9).float().mean().item(),
            **self._spread(found),
            **measured,
            **self._along_walks(found),
        }

    def state(self) -> State:
        """The number of steps, which decides when the penalty is due."""
        return {"step": self._step}

    def load_state(self, state: State) -> None:
        self._step = state["step"]

    def _fake(self) -> Tensor:
        """What the discriminator sees of what the generator paints."""
        values = self.network["generator"](self._given)
        return values.tanh() if self.rules.output == "tanh" else values

    def _spread(self, found: Found) -> dict[str, float]:
        """How the objects of valid samples are spread, over places and over shapes."""
        valid, side = found.valid(), self.real.images.shape[-1]
        *blue, red = found.centres[valid][:COUNTED].unbind(1)
        positions = {"red": (red, 0)}
        if blue:
            positions |= {"blue": (blue[0], 0), "difference": (red - blue[0], -side)}
        if len(red) < COUNTED:
            return dict.fromkeys([*(f"{name}_entropy" for name in positions), "discs"], -1.0)
        return {
            **{
                f"{name}_entropy": position_entropy(each, low, side).plug_in
                for name, (each, low) in positions.items()
            },
            "discs": found.shapes[valid][:COUNTED].float().mean().item(),
        }

    def _along_walks(self, found: Found) -> dict[str, float]:
        valid = found.valid()
        pairs = far_pairs(found.centres[valid, -1], self.real.images.shape[-1], WALKS)
        start, end = self.latents[valid][pairs].unbind(1)
        if len(pairs) < WALKS:
            return dict.fromkeys(SUMMARY, -1.0)
        along = measure(walk(lambda latents: (self.samples(latents) + 1) / 2, start, end))
        return along.summary(found.centres.shape[1])

    def _settle(self) -> None:
        """Give the average's BatchNorm the means and variances that its own pictures have.

        Those met on the way are of other weights. (The release, which averages none, takes these.)
        """
        average = self.network["average"]
        norms = [each for each in average.modules() if isinstance(each, nn.BatchNorm2d)]
        if not norms:
            return
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the mean over all that it is given
        average.train()
        for some in self.latents.split(_AT_ONCE):
            average(some)
        average.eval()

    def _drawn(
        self, number: int, device: torch.device, generator: torch.Generator | None = None
    ) -> Tensor:
        """So many latent vectors, (number, latent_size)."""
        size = number, self.latent_size
        if self.rules.latents == "normal":
            return torch.randn(size, device=device, generator=generator)
        return 2 * torch.rand(size, device=device, generator=generator) - 1


def _taken_for_real(scores: Tensor) -> Tensor:
    """Cross-entropy of the answer "real", from logits of it."""
    return F.softplus(-scores).mean()


def _taken_for_fake(scores: Tensor) -> Tensor:
    return F.softplus(scores).mean()
