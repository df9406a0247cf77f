"""Checker for notebook 07: the losses of a discriminator and of a generator."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from coordlib.exercises import exercise
from coordlib.exercises.checking import judge, number, parts, plural, unlike
from coordlib.exercises.tracing import look_at_the_gradients

Loss = Callable[[Tensor, Tensor], Tensor]  # from logits on real pictures and on fakes
_NAMES = "the discriminator's loss", "the generator's loss"
_ROOM = 64  # what is as right on paper, such as -log(1 - p), rounds more
_LARGE = 200


def losses(on_real: Tensor, on_fake: Tensor) -> tuple[Tensor, Tensor]:
    """The discriminator's loss and the generator's, scalars, from logits of "real", (n,).

    Cross-entropies, averaged over the batch: of the answer "real" on real pictures plus that of
    "fake" on fakes; and, for the generator, of "real" on fakes, which doesn't saturate.
    """
    return taken_for_real(on_real) + taken_for_fake(on_fake), taken_for_real(on_fake)


def taken_for_real(logits: Tensor) -> Tensor:
    """The mean cross-entropy of the answer "real"."""
    return F.softplus(-logits).mean()


def taken_for_fake(logits: Tensor) -> Tensor:
    """The mean cross-entropy of the answer "fake"."""
    return F.softplus(logits).mean()


def _discriminators(real: Tensor, fake: Tensor) -> Tensor:
    return losses(real, fake)[0]


def _generators(real: Tensor, fake: Tensor) -> Tensor:
    return losses(real, fake)[1]


def _smoothed(logits: Tensor) -> Tensor:
    """The mean cross-entropy where "real" is wanted by 0.9 and "fake" by 0.1."""
    return 0.9 * taken_for_real(logits) + 0.1 * taken_for_fake(logits)


def _shifted(logits: Tensor, little: float) -> Tensor:
    """The mean cross-entropy of the answer "real", with a little added to its probability."""
    return -(logits.sigmoid() + little).log().mean()


_LITTLE = tuple(10.0**-power for power in range(2, 7))  # less doesn't show in small logits
_BITS = "it is in bits; a cross-entropy takes natural logarithms"
_ADDED = (
    "what you add within the logarithm shifts it for all logits; take it from logits as they are"
)
_SOFT = "the answer on {} is {}, not 0.{}"
_SUM = "it is added up over the batch; wanted are means"
_SIGN = "the sign is turned: a loss is small where the answer is right"
_TWICE = "the sigmoid is taken twice: what takes logits takes them as they are"
_OF_DISCRIMINATOR = (
    (_generators, "that is the generator's loss; the discriminator's comes first"),
    (
        lambda real, fake: taken_for_fake(real) + taken_for_real(fake),
        "turned round: it is small where real pictures are taken for fakes, and fakes for real",
    ),
    (
        lambda real, fake: _discriminators(real, fake) / 2,
        "that is half of it: the two means are added, not averaged",
    ),
    (lambda real, fake: _discriminators(real, fake) * len(real), _SUM),
    (lambda real, fake: taken_for_real(real), "the part of the fakes is missing"),
    (lambda real, fake: taken_for_fake(fake), "the part of the real pictures is missing"),
    (
        lambda real, fake: taken_for_real(real) - taken_for_fake(fake),
        "the part of the fakes is subtracted; add it",
    ),
    (
        lambda real, fake: taken_for_real(real) + taken_for_real(fake),
        'fakes should be taken for fakes; you want "real" for both',
    ),
    (lambda real, fake: -_discriminators(real, fake), _SIGN),
    (lambda real, fake: _discriminators(real.sigmoid(), fake.sigmoid()), _TWICE),
    (lambda real, fake: _discriminators(real, fake) / math.log(2), _BITS),
    (
        lambda real, fake: _smoothed(real) + taken_for_fake(fake),
        _SOFT.format("real pictures", 1, 9),
    ),
    (lambda real, fake: taken_for_real(real) + _smoothed(-fake), _SOFT.format("fakes", 0, 1)),
    (
        lambda real, fake: _smoothed(real) + _smoothed(-fake),
        "the answers are 1 on real pictures and 0 on fakes, not 0.9 and 0.1",
    ),
    *(
        (lambda real, fake, e=little: _shifted(real, e) + _shifted(-fake, e), _ADDED)
        for little in _LITTLE
    ),
    (
        lambda real, fake: fake.mean() - real.mean(),
        "those are the logits themselves; wanted are cross-entropies",
    ),
    (
        lambda real, fake: F.relu(1 - real).mean() + F.relu(1 + fake).mean(),
        "that is the hinge loss; wanted are cross-entropies",
    ),
)
_OF_GENERATOR = (
    (_discriminators, "that is the discriminator's loss; the generator's is the second"),
    (
        lambda real, fake: -taken_for_fake(fake),
        'that is the loss that saturates, log(1 - p); wanted is the cross-entropy of "real"',
    ),
    (
        lambda real, fake: taken_for_fake(fake),
        "it is small where the fakes are found out; the generator wants them taken for real",
    ),
    (lambda real, fake: -taken_for_real(fake), _SIGN),
    (
        lambda real, fake: -_discriminators(real, fake),
        "that is the discriminator's loss with its sign turned, which saturates",
    ),
    (lambda real, fake: taken_for_real(fake) / 2, "that is half of it"),
    (lambda real, fake: taken_for_real(fake) / math.log(2), _BITS),
    (
        lambda real, fake: _smoothed(fake),
        "the answer that the generator wants on its fakes is 1, not 0.9",
    ),
    *((lambda real, fake, e=little: _shifted(fake, e), _ADDED) for little in _LITTLE),
    (lambda real, fake: taken_for_real(fake) * len(fake), _SUM),
    *(
        (
            lambda real, fake, part=part: taken_for_real(fake) + part(real),
            "real pictures are in it, on which the generator has no influence",
        )
        for part in (taken_for_real, taken_for_fake)
    ),
    (lambda real, fake: taken_for_real(real), "that is of real pictures; the fakes are its doing"),
    (lambda real, fake: taken_for_real(fake.sigmoid()), _TWICE),
    (
        lambda real, fake: -fake.mean(),
        "that is the logit itself; wanted is a cross-entropy",
    ),
)


@exercise("7.4", minutes=8, difficulty=2, stand_in=losses)
def two_losses(answer: Callable[[Tensor, Tensor], Any]) -> str:
    """Logits of "real", (n,), on real pictures and on fakes to two losses, scalars."""

    def part(place: int) -> Callable[[Tensor, Tensor], Any]:
        return lambda *case: parts(answer(*case), *_NAMES)[place]

    random = torch.Generator().manual_seed(7)
    small = [tuple(1.2 * torch.randn(2, n, generator=random).clamp(-2, 2)) for n in (6, 1, 9)]
    large = torch.tensor([[_LARGE, 1.5, -_LARGE, -0.5], [-_LARGE, 0.5, -1.5, _LARGE]])
    for place, (name, mistakes) in enumerate(
        zip(_NAMES, (_OF_DISCRIMINATOR, _OF_GENERATOR), strict=True)
    ):
        judge(
            part(place),
            small,
            lambda *case, place=place: losses(*case)[place],
            read=lambda value, name=name: number(value, name),
            said=lambda on_real, on_fake, name=name: (
                f"for {plural(len(on_real), 'logit')} each, {name}"
            ),
            mistakes=mistakes,
            tell=_losses_differ,
            room=_ROOM,
        )
    for place, name in enumerate(_NAMES):
        judge(
            part(place),
            [tuple(large)],
            lambda *case, place=place: losses(*case)[place],
            read=lambda value, name=name: number(value, name),
            said=lambda on_real, on_fake, name=name: f"for logits as large as {_LARGE}, {name}",
            tell=_large_ones_differ,
            room=_ROOM,
        )
    for place in range(len(_NAMES)):
        for case in (*small, tuple(large)):
            look_at_the_gradients(
                part(place),
                lambda *given, place=place: losses(*given)[place],
                case,
                on_real=0,
                on_fake=1,
            )
    return "two losses, and both stay numbers however sure the discriminator is."


def _losses_differ(found: Tensor, wanted: Tensor, *case: Tensor) -> str:
    if found.isnan():
        return (
            "it is NaN, as the logarithm of a negative number is: a logit is no probability, its "
            "sigmoid is"
        )
    return "it is {}; it should be {}".format(*unlike(found.item(), wanted.item()))


def _large_ones_differ(found: Tensor, wanted: Tensor, *case: Tensor) -> str:
    said = "it is {}; it should be {}".format(*unlike(found.item(), wanted.item()))
    if found.isfinite():
        return (
            f"{said}: finite, but cut off. No `clamp` and no added ε brings back what a sigmoid "
            "rounds to 0 or 1"
        )
    return f"{said}. There a sigmoid is 0 or 1 to rounding, and `exp` infinite"
