"""Checker for notebook 08: a latent drawn so that gradients reach mean and variance."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import equal, finite, numbers, tensor
from coordlib.exercises.guarding import drawn

Draw = Callable[[Tensor, Tensor, torch.Generator], Any]
# So far, times √n, the distribution of n normal numbers may be from the normal one: all right
# answers but one in a million are nearer (Kolmogorov).
_FARTHEST = 2.7
_LEVELS = (-5.0, -1.6, -0.5, 0.7, 5.0)  # log-variances that are asked, a column each
_DRAWS = 4_000  # of each
_UNSURE = 5 / math.sqrt(2 * _DRAWS)  # standard errors of so many numbers' deviation, as part of it


def draw_latent(mean: Tensor, log_variance: Tensor, generator: torch.Generator) -> Tensor:
    """A latent from the normal distribution with that mean and variance: (n, z), as both are.

    Each number of each example has noise of its own, from `generator`. Gradients reach both.
    """
    noise = torch.randn(mean.shape, generator=generator, device=generator.device)
    return mean + (log_variance / 2).exp() * noise.to(mean)


def _deviation(log_variance: Tensor) -> Tensor:
    return (log_variance / 2).exp()


def _even(low: float, high: float) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """Normal numbers from draws whose noise lies evenly between the two."""

    def result(draw: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
        noise = (draw - mean) / _deviation(log_variance)
        return torch.special.ndtri((noise - low) / (high - low))

    return result


# From draws, means and log-variances to what is normal noise if that mistake was made.
_MISTAKES: tuple[tuple[Callable[[Tensor, Tensor, Tensor], Tensor], str], ...] = (
    (
        lambda draw, mean, log_variance: (draw - mean) / log_variance.exp(),
        "exp(log_variance) is the variance; the noise is multiplied by its root, the standard "
        "deviation: exp(log_variance / 2)",
    ),
    (
        lambda draw, mean, log_variance: (draw - mean) / log_variance,
        "the noise is multiplied by log_variance itself; the standard deviation is "
        "exp(log_variance / 2)",
    ),
    (
        lambda draw, mean, log_variance: (draw - mean) / (log_variance / 2),
        "half of log_variance is the logarithm of the standard deviation: `.exp()` is missing",
    ),
    (
        lambda draw, mean, log_variance: (draw - mean) / log_variance.abs().sqrt(),
        "log_variance is taken for the variance; it is the variance's logarithm",
    ),
    (
        lambda draw, mean, log_variance: (draw - mean) / _deviation(-log_variance),
        "the sign is turned: the larger log_variance is, the wider the draws lie",
    ),
    (
        lambda draw, mean, log_variance: (draw - mean) / (log_variance.exp() / 2),
        "you halve the variance; its root is exp(log_variance / 2)",
    ),
    *(
        (
            lambda draw, mean, log_variance, base=base: (draw - mean) / base ** (log_variance / 2),
            f"log_variance is the natural logarithm; your base is {base}: take `.exp()`",
        )
        for base in (2, 10)
    ),
    (
        lambda draw, mean, log_variance: draw - mean,
        "all draws scatter by 1: multiply the noise by the standard deviation",
    ),
    (
        lambda draw, mean, log_variance: draw - mean - _deviation(log_variance),
        "the standard deviation is added; multiply the noise by it",
    ),
    (
        lambda draw, mean, log_variance: draw / _deviation(log_variance),
        "the draws lie around 0; add the mean",
    ),
    (
        lambda draw, mean, log_variance: draw,
        "that is noise alone, around 0 and with a deviation of 1: mean and variance are left out",
    ),
    (
        lambda draw, mean, log_variance: draw / _deviation(log_variance) - mean,
        "the mean is multiplied by the standard deviation; that belongs to the noise alone",
    ),
    (_even(0, 1), "your noise lies evenly between 0 and 1; `torch.randn` draws normal numbers"),
    (_even(-1, 1), "your noise lies evenly between -1 and 1; `torch.randn` draws normal numbers"),
    (
        _even(-math.sqrt(3), math.sqrt(3)),
        "your noise scatters as it should, but lies evenly; `torch.randn` draws normal numbers",
    ),
)


@exercise("8.1", minutes=8, difficulty=2, stand_in=draw_latent)
def latent_drawn(answer: Draw) -> str:
    """One draw for each mean and log-variance, (n, z); gradients reach both."""

    def draw(mean: Tensor, log_variance: Tensor, generator: torch.Generator) -> Tensor:
        return _drawn(answer(mean, log_variance, generator), log_variance)

    _look_at_the_noise(draw)
    random = torch.Generator().manual_seed(0)
    log_variance = torch.tensor(_LEVELS).repeat(_DRAWS, 1)
    mean = 2 * torch.randn(log_variance.shape, generator=random)
    found = draw(mean, log_variance, random)
    if not _normal((found - mean) / _deviation(log_variance)):
        reasons = {why for noise, why in _MISTAKES if _normal(noise(found, mean, log_variance))}
        raise NotYet(reasons.pop() if len(reasons) == 1 else _draws_differ(found, mean))
    _look_at_one_alone(answer)
    _look_at_the_gradients(answer, mean[:3], log_variance[:3])
    return "chance comes in from outside, and gradients pass it by."


def _drawn(result: Any, log_variance: Tensor) -> Tensor:
    """The draws, as numbers of the right shape."""
    found = tensor(result, "which gradients pass", "mean is")
    if found.shape != log_variance.shape:
        raise NotYet(
            f"the result has shape {tuple(found.shape)}; wanted is {tuple(log_variance.shape)}, a "
            "number for each mean"
        )
    if found.isnan().any() and torch.equal(found.isnan(), log_variance < 0):
        raise NotYet(
            "where log_variance is below 0 your draws are no numbers: it is a logarithm; take its "
            "`.exp()` before a root"
        )
    return finite(found, "the result")


def _look_at_the_noise(draw: Callable[..., Tensor]) -> None:
    """Refuse noise from elsewhere, or that some numbers share."""
    means, levels = torch.zeros(12, 5), torch.full((12, 5), 2.0)
    how = "`torch.randn(mean.shape, generator=generator)`; `torch.distributions` takes no generator"
    drawn(lambda generator: draw(means, levels, generator), how)
    generator = torch.Generator().manual_seed(0)
    found, again = (draw(means, levels, generator) for _ in range(2))
    if not found.any():
        raise NotYet(
            "with a mean of 0 all your draws are 0: add the mean, and multiply the noise by the "
            "standard deviation alone"
        )
    if equal(again, found):
        raise NotYet(
            "asked again with one generator, you draw the same again: take noise from `generator` "
            "as it stands, with no seed and no generator of your own"
        )
    for shared, why in (
        (found[:1, :1], "all numbers get the same noise"),
        (found[:1], "all examples get the same noise"),
        (found[:, :1], "all numbers of an example get the same noise"),
    ):
        if equal(found, shared.expand_as(found)):
            raise NotYet(f"{why}; draw as many as `mean` has, of its shape")
    sizes, others = (each.abs().round(decimals=4) for each in (found, again))
    # Noise that some numbers share is other noise in the next call; few values come back in it.
    if torch.isin(others, sizes).double().mean() > 0.1:
        raise NotYet(
            "your noise has few values, which come again and again; `torch.randn` draws normal "
            "numbers"
        )
    if len(sizes.unique()) < 0.9 * found.numel():
        raise NotYet("some numbers get the same noise as others; draw as many as `mean` has")


def _normal(noise: Tensor) -> bool:
    """Whether numbers, (_DRAWS, levels), are all normal ones, around 0 with a deviation of 1."""
    if ((noise.double().std(0) - 1).abs() > _UNSURE).any():
        return False
    below = torch.special.ndtr(noise.double().flatten().sort().values)
    share = torch.linspace(0, 1, len(below) + 1, dtype=torch.float64)
    farthest = torch.maximum((below - share[:-1]).abs(), (below - share[1:]).abs()).max()
    return bool(farthest < _FARTHEST / math.sqrt(len(below)))


def _draws_differ(draws: Tensor, mean: Tensor) -> str:
    """In which way draws lie otherwise around their means than they should."""
    draws, mean = draws.double(), mean.double()
    ways, right = draws - mean, _deviation(torch.tensor(_LEVELS)).double()
    apart = mean - mean.mean(0)
    slopes = (apart * draws).sum(0) / apart.square().sum(0)
    columns = zip(_LEVELS, slopes, ways.mean(0), ways.std(0), mean.std(0), right, strict=True)
    for level, slope, centre, spread, means, wanted in columns:
        said = f"with a log-variance of {level:g} your draws"
        room = 5 * spread / math.sqrt(_DRAWS)  # standard errors of the mean
        if abs(slope - 1) > room / means:
            alone = abs(slope) <= room / means
            way = "don't follow" if alone else f"move {slope:.2f} times as far as"
            return f"{said} {way} the mean; add it as it is"
        if abs(centre) > room:
            return f"{said} lie {centre:.3f} beside the mean on average; it should be about 0"
        if abs(spread / wanted - 1) > _UNSURE:
            return (
                f"{said} have a standard deviation of about {spread:.3f}; it should be about "
                f"{wanted:.3f}"
            )
    return "your draws scatter as they should, but not as normal numbers do"


def _look_at_one_alone(answer: Draw) -> None:
    """Refuse noise that is shifted or scaled by its own mean or deviation: one number has none."""
    generator = torch.Generator().manual_seed(0)
    found = numbers(answer(torch.zeros(1, 1), torch.ones(1, 1), generator))
    if not found.isfinite().all() or not found.any():
        raise NotYet(
            "in a batch of one number no noise is left: don't subtract the noise's own mean, nor "
            "divide by its own deviation, or the numbers depend on each other"
        )


def _look_at_the_gradients(answer: Draw, mean: Tensor, log_variance: Tensor) -> None:
    """Refuse draws whose gradients don't reach mean and log-variance, or are others."""
    given = {"mean": mean.clone().requires_grad_()}
    given["log_variance"] = log_variance.clone().requires_grad_()
    with torch.enable_grad():
        result = answer(*given.values(), torch.Generator().manual_seed(1))
        if not isinstance(result, Tensor) or not result.requires_grad:
            raise NotYet(
                "the draws are right, but no gradient comes through: go without `.detach()`, "
                "`.data`, NumPy and `torch.no_grad()` on the way"
            )
        found = torch.autograd.grad(result.sum(), list(given.values()), allow_unused=True)
    wanted = torch.ones_like(mean), (result.detach() - mean) / 2
    for name, ours, theirs in zip(given, found, wanted, strict=True):
        if ours is None or not ours.any():
            raise NotYet(
                f"the draws are right, but no gradient reaches `{name}`: `torch.normal` and "
                "`.detach()` cut it off"
            )
        if not equal(ours, theirs, 64):
            raise NotYet(f"the draws are right, but the gradient of `{name}` is not right")
