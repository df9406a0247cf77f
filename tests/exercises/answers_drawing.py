"""Answers for notebook 08: a latent drawn so that gradients reach mean and variance."""

import math

import numpy as np
import torch

from coordlib.exercises.drawing import draw_latent as lent_draw


def normal(mean, generator):
    return torch.randn(mean.shape, generator=generator)


def even(mean, generator):
    return torch.rand(mean.shape, generator=generator)


def draw(
    mean, log_variance, generator, deviation=lambda logarithm: (logarithm / 2).exp(), noise=normal
):
    return mean + deviation(log_variance) * noise(mean, generator)


def draw_in_place(mean, log_variance, generator):
    noise = torch.empty_like(mean).normal_(generator=generator)
    return torch.addcmul(mean, noise, log_variance.exp().sqrt())


def draw_from_even_numbers(mean, log_variance, generator):
    """Another right form: normal numbers by Box and Muller's formula."""
    one, other = (1 - torch.rand(2, *mean.shape, generator=generator)).unbind()
    noise = (-2 * one.log()).sqrt() * (2 * math.pi * other).cos()
    return mean - noise * math.e ** (0.5 * log_variance)


def draw_one_by_one(mean, log_variance, generator):
    rows = []
    for centre, logarithm in zip(mean, log_variance, strict=True):
        noise = torch.normal(0.0, 1.0, centre.shape, generator=generator)
        rows.append(centre + noise * (logarithm * 0.5).exp())
    return torch.stack(rows)


def draw_by_a_library(mean, log_variance, generator):
    """Right, but without gradients."""
    return torch.normal(mean, (log_variance / 2).exp(), generator=generator)


def by_a_distribution(mean, log_variance, generator):
    return torch.distributions.Normal(mean, (log_variance / 2).exp()).rsample()


def scattering(deviation):
    return lambda *case: draw(*case, deviation=deviation)


def with_noise(noise):
    return lambda *case: draw(*case, noise=noise)


def elsewhere(mean, generator):
    torch.rand(1, generator=generator)
    return torch.randn(mean.shape, generator=torch.Generator().manual_seed(1))


def partly_elsewhere(mean, generator):
    return torch.randn(mean.shape) + 0 * normal(mean, generator)


def halved(mean, generator):
    half = torch.randn((len(mean) + 1) // 2, *mean.shape[1:], generator=generator)
    return torch.cat((half, -half))[: len(mean)]


def centred(noise):
    return noise - noise.mean(0)


def standardised(mean, generator):
    noise = normal(mean, generator)
    return (noise - noise.mean()) / noise.std()


def pointed(mean, generator):
    """Noise with a deviation of 1, but of Laplace's distribution."""
    return (1 - even(mean, generator)).log() * normal(mean, generator).sign() / math.sqrt(2)


def in_numpy(mean, log_variance, generator):
    noise = normal(mean, generator).numpy()
    return mean.detach().numpy() + np.exp(log_variance.detach().numpy() / 2) * noise


def twice_the_gradient(mean, log_variance, generator):
    result = draw(mean, log_variance, generator)
    return result + mean - mean.detach()


RIGHT = {"8.1": [draw, draw_in_place, draw_from_even_numbers, draw_one_by_one]}

NOTHING_DRAWN = (
    "nothing is drawn from `generator`: hand it on, as in "
    "`torch.randn(mean.shape, generator=generator)`"
)
AT_0 = "with a mean of 0 all your draws are 0: add the mean"
FEW_VALUES = "your noise has few values, which come again and again"
ALONE = "in a batch of one number no noise is left"

WRONG = {
    "8.1": [
        (scattering(lambda logarithm: logarithm.exp()), "exp(log_variance) is the variance"),
        (scattering(lambda logarithm: logarithm), "the noise is multiplied by log_variance itself"),
        (
            scattering(lambda logarithm: logarithm.sqrt()),
            "where log_variance is below 0 your draws are no numbers",
        ),
        (
            scattering(lambda logarithm: logarithm.abs().sqrt()),
            "log_variance is taken for the variance; it is the variance's logarithm",
        ),
        (scattering(lambda logarithm: logarithm / 2), "`.exp()` is missing"),
        (scattering(lambda logarithm: (-logarithm / 2).exp()), "the sign is turned"),
        (scattering(lambda logarithm: logarithm.exp() / 2), "you halve the variance"),
        (scattering(lambda logarithm: 1), "all draws scatter by 1"),
        (
            scattering(lambda logarithm: (logarithm / 3).exp()),
            "with a log-variance of -5 your draws have a standard deviation of about 0.18",
        ),
        (scattering(lambda logarithm: 2 ** (logarithm / 2)), "natural logarithm; your base is 2"),
        (
            scattering(lambda logarithm: (10**logarithm).sqrt()),
            "log_variance is the natural logarithm; your base is 10: take `.exp()`",
        ),
        (
            scattering(lambda logarithm: (logarithm.clamp(-10, 2) / 2).exp()),
            "with a log-variance of 5 your draws have a standard deviation of about 2.7",
        ),
        (
            scattering(lambda logarithm: (logarithm.clamp(-4, 10) / 2).exp()),
            "with a log-variance of -5 your draws have a standard deviation of about 0.13",
        ),
        (
            scattering(lambda logarithm: logarithm.mean(0).mul(0.5).exp() * logarithm.sign()),
            "the draws are right, but the gradient of `log_variance` is not",
        ),
        (
            lambda mean, log_variance, generator: (
                mean + (log_variance / 2).exp() + normal(mean, generator)
            ),
            "the standard deviation is added; multiply the noise by it",
        ),
        (lambda mean, *rest: draw(0 * mean, *rest), "the draws lie around 0; add the mean"),
        (lambda mean, *rest: draw(mean + 1, *rest), "lie 0.99"),
        (
            lambda mean, log_variance, generator: (
                (mean + normal(mean, generator)) * (log_variance / 2).exp()
            ),
            "the mean is multiplied by the standard deviation",
        ),
        (with_noise(even), "your noise lies evenly between 0 and 1"),
        (
            with_noise(lambda *case: 2 * even(*case) - 1),
            "your noise lies evenly between -1 and 1",
        ),
        (
            with_noise(lambda *case: math.sqrt(12) * (even(*case) - 0.5)),
            "your noise scatters as it should, but lies evenly",
        ),
        (
            with_noise(pointed),
            "your draws scatter as they should, but not as normal numbers do",
        ),
        (
            with_noise(lambda mean, generator: torch.randn(mean.shape[1], generator=generator)),
            "all examples get the same noise",
        ),
        (
            with_noise(lambda mean, generator: torch.randn(len(mean), 1, generator=generator)),
            "all numbers of an example get the same noise",
        ),
        (
            with_noise(lambda mean, generator: torch.randn(1, generator=generator)),
            "all numbers get the same noise",
        ),
        (with_noise(lambda *case: (even(*case) - 0.5).sign()), FEW_VALUES),
        (with_noise(lambda *case: even(*case).mul(40).round() - 20), FEW_VALUES),
        (with_noise(standardised), ALONE),
        (with_noise(lambda *case: centred(normal(*case))), ALONE),
        (
            with_noise(lambda *case: centred(normal(*case).T).T),
            "your draws have a standard deviation of about 0.073; it should be about 0.082",
        ),
        (lambda mean, log_variance, generator: normal(mean, generator), "that is noise alone"),
        (
            lambda mean, log_variance, generator: log_variance.exp() * normal(mean, generator),
            "with a log-variance of -5 your draws don't follow the mean",
        ),
        (
            lambda mean, *rest: draw(mean / 2, *rest),
            "your draws move 0.50 times as far as the mean",
        ),
        (with_noise(halved), "some numbers get the same noise as others"),
        (lambda mean, *rest: mean, NOTHING_DRAWN),
        (with_noise(lambda mean, generator: torch.randn_like(mean)), NOTHING_DRAWN),
        (by_a_distribution, "`torch.distributions` takes no generator"),
        (
            lambda mean, log_variance, generator: (
                mean * (log_variance / 2).exp() * normal(mean, generator)
            ),
            AT_0,
        ),
        (scattering(lambda logarithm: 0), AT_0),
        (with_noise(elsewhere), "asked again with one generator, you draw the same again"),
        (with_noise(partly_elsewhere), "asked again with the same seed, you give other numbers"),
        (
            with_noise(lambda mean, generator: normal(mean, generator.manual_seed(0))),
            "`generator` gets a seed of yours",
        ),
        (draw_by_a_library, "no gradient reaches `mean`: `torch.normal` and `.detach()`"),
        (lambda mean, *rest: draw(mean.detach(), *rest), "no gradient reaches `mean`"),
        (
            lambda mean, log_variance, generator: draw(mean, log_variance.detach(), generator),
            "no gradient reaches `log_variance`",
        ),
        (lambda *case: draw(*case).detach(), "no gradient comes through: go without `.detach()`"),
        (torch.no_grad()(draw), "no gradient comes through: go without `.detach()`"),
        (in_numpy, "the result is an ndarray; wanted is a tensor, which gradients pass"),
        (
            with_noise(lambda *case: normal(*case).double()),
            "the result holds torch.float64; mean is torch.float32, stay there",
        ),
        (twice_the_gradient, "the draws are right, but the gradient of `mean` is not"),
        (lambda *case: draw(*case)[0], "has shape (5,); wanted is (12, 5)"),
        (lambda *case: draw(*case) / 0, "the result holds a NaN or infinity"),
        (lambda *case: lent_draw(*case), "the course's own function for this exercise did the"),
    ]
}
