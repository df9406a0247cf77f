"""Checkers for notebook 07: the discriminator's move, and the generator's."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.moving import LEFT, Step, played
from coordlib.exercises.opposing import losses, taken_for_fake, taken_for_real


def discriminator_step(
    generator: nn.Module,
    discriminator: nn.Module,
    optimizer: Optimizer,
    real: Tensor,
    latents: Tensor,
) -> Tensor:
    """Move the discriminator once, by its loss on real pictures and on those of the latents.

    The generator stays as it is, its gradients too. Gives the loss before the step, a scalar.
    """
    with torch.no_grad():
        fakes = generator(latents)
    loss, _ = losses(discriminator(real), discriminator(fakes))
    return _moved(optimizer, loss)


def generator_step(
    generator: nn.Module, discriminator: nn.Module, optimizer: Optimizer, latents: Tensor
) -> Tensor:
    """Move the generator once, so that the discriminator takes its pictures rather for real.

    The discriminator stays as it is, but for its gradients. Gives the loss before the step.
    """
    return _moved(optimizer, taken_for_real(discriminator(generator(latents))))


def _moved(optimizer: Optimizer, loss: Tensor) -> Tensor:
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


def _of_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    return losses(real, fake)[0]


def _first(fake: Tensor) -> Tensor:
    """The first of the two losses, where fakes are given for real pictures as well."""
    return _of_discriminator(fake, fake)


_SIGN = "the sign is turned: the {} moves up its loss instead of down"
_SUM = "the {} moves by a sum over the batch; wanted is the mean"
_HALF = "the {} moves by half its loss"
_JUDGES = (
    (
        lambda real, fake: taken_for_real(fake),
        "the discriminator moves by the generator's loss, and learns to be fooled",
    ),
    (
        lambda real, fake: sum(losses(real, fake)),
        "the discriminator moves by both losses; it has one of its own",
    ),
    (
        lambda real, fake: taken_for_real(real),
        "the discriminator moves by real pictures alone, and learns nothing of fakes",
    ),
    (
        lambda real, fake: taken_for_fake(fake),
        "the discriminator moves by the fakes alone, and learns nothing of real pictures",
    ),
    (
        lambda real, fake: taken_for_fake(real) + taken_for_real(fake),
        "real pictures and fakes are swapped: the logits on real ones come first",
    ),
    (lambda real, fake: -_of_discriminator(real, fake), _SIGN.format("discriminator")),
    (
        lambda real, fake: _of_discriminator(real, fake) * len(real),
        _SUM.format("discriminator"),
    ),
    (lambda real, fake: _of_discriminator(real, fake) / 2, _HALF.format("discriminator")),
)
_PAINTERS = (
    (
        lambda fake: -taken_for_fake(fake),
        'the generator moves by the loss that saturates; wanted is the cross-entropy of "real"',
    ),
    (taken_for_fake, "the generator moves by the discriminator's loss, and learns to be found out"),
    (lambda fake: -taken_for_real(fake), _SIGN.format("generator")),
    (lambda fake: taken_for_real(fake) * len(fake), _SUM.format("generator")),
    (lambda fake: taken_for_real(fake) / 2, _HALF.format("generator")),
    (
        _first,
        "the generator moves by the first of the two losses, the discriminator's; its own is the "
        "second",
    ),
    (
        lambda fake: -_first(fake),
        "the generator moves by the discriminator's loss with its sign turned; its own is another",
    ),
    (
        lambda fake: -fake.mean(),
        "the generator moves by the logit itself; wanted is a cross-entropy",
    ),
)


@exercise("7.5", minutes=12, difficulty=3, stand_in=discriminator_step)
def discriminator_moved(answer: Step) -> str:
    """One step of the discriminator alone; gives its loss before the step."""
    games = played(
        answer,
        "discriminator",
        discriminator_step,
        _of_discriminator,
        _JUDGES,
        (
            (lambda real, fake: taken_for_real(fake), "the generator's loss"),
            (lambda real, fake: taken_for_real(real), "the part of the real pictures alone"),
            (lambda real, fake: taken_for_fake(fake), "the part of the fakes alone"),
        ),
    )
    but = "the discriminator moves as it should, but"
    for game in games:
        gradients = [each.grad for each in game.staying.parameters()]
        if any(each is None or not each.any() for each in gradients):
            raise NotYet(f"{but} you clear the generator's gradients; they are not yours")
        if any((each != LEFT).any() for each in gradients):
            raise NotYet(f"{but} gradients are left in the generator, whose turn it isn't")
    return "the discriminator has learned, and the generator hasn't noticed."


@exercise("7.6", minutes=8, difficulty=2, stand_in=generator_step)
def generator_moved(answer: Step) -> str:
    """One step of the generator alone; gives its loss before the step."""
    played(
        answer,
        "generator",
        generator_step,
        taken_for_real,
        _PAINTERS,
        (
            (_first, "the first of the two losses, the discriminator's"),
            (taken_for_fake, "the discriminator's loss, of which fakes are a part"),
        ),
    )
    return "the generator learns through the discriminator's eyes, which stay as they are."
