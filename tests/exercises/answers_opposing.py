"""Answers for notebook 07's workshop: the losses of a discriminator and of a generator."""

import math

import torch
from torch.nn import functional as F

entropy = F.binary_cross_entropy_with_logits


def losses(on_real, on_fake):
    real, fake = torch.ones_like(on_real), torch.zeros_like(on_fake)
    return entropy(on_real, real) + entropy(on_fake, fake), entropy(on_fake, real)


def losses_by_softplus(on_real, on_fake):
    both = F.softplus(-on_real) + F.softplus(on_fake)
    return both.mean(), F.softplus(-on_fake).mean()


def losses_by_logsigmoid(on_real, on_fake):
    of_discriminator = -F.logsigmoid(on_real).mean() - F.logsigmoid(-on_fake).mean()
    return [of_discriminator, -F.logsigmoid(on_fake).mean()]


def losses_by_loop(on_real, on_fake):
    """Another right form: a logit at a time, a softmax over it and 0."""
    parts = []
    for logits, answer in ((on_real, 0), (on_fake, 1), (on_fake, 0)):
        both = torch.stack((logits, torch.zeros_like(logits)), 1).log_softmax(1)
        parts.append(-sum(one[answer] for one in both) / len(both))
    return parts[0] + parts[1], parts[2]


def naive(on_real, on_fake):
    real, fake = on_real.sigmoid(), on_fake.sigmoid()
    return -real.log().mean() - (1 - fake).log().mean(), -fake.log().mean()


def by_exp(on_real, on_fake):
    both = (1 + (-on_real).exp()).log() + (1 + on_fake.exp()).log()
    return both.mean(), (1 + (-on_fake).exp()).log().mean()


def by_probabilities(on_real, on_fake):
    real, fake = on_real.sigmoid(), on_fake.sigmoid()
    parts = F.binary_cross_entropy(real, 0 * real + 1), F.binary_cross_entropy(fake, 0 * fake)
    return sum(parts), F.binary_cross_entropy(fake, 0 * fake + 1)


def with_large_numbers_for_infinite_ones(on_real, on_fake):
    return tuple(one.nan_to_num() for one in naive(on_real, on_fake))


def with_logits_cut_off(on_real, on_fake):
    return losses(on_real.clamp(-199.999, 199.999), on_fake)


def with_probabilities_cut_off(on_real, on_fake, least=1e-7):
    real, fake = (each.sigmoid().clamp(least, 1 - least) for each in (on_real, on_fake))
    return -real.log().mean() - (1 - fake).log().mean(), -fake.log().mean()


def with_a_little_more(little):
    """Losses of probabilities of which none is 0."""

    def answer(on_real, on_fake):
        real, fake, not_fake = (
            -(each.sigmoid() + little).log().mean() for each in (on_real, on_fake, -on_fake)
        )
        return real + not_fake, fake

    return answer


def smoothed(on_real, on_fake, real=1.0, fake=0.0):
    """The discriminator's loss, with other answers than 1 and 0."""
    return entropy(on_real, on_real * 0 + real) + entropy(on_fake, on_fake * 0 + fake)


def without_a_sigmoid(on_real, on_fake):
    return -on_real.log().mean() - (1 - on_fake).log().mean(), -on_fake.log().mean()


def takes_logits_for_probabilities(on_real, on_fake):
    return F.binary_cross_entropy(on_real, torch.ones_like(on_real)), on_fake.mean()


def first(loss):
    """Losses of which the first is another."""
    return lambda on_real, on_fake: (loss(on_real, on_fake), losses(on_real, on_fake)[1])


def second(loss):
    return lambda on_real, on_fake: (losses(on_real, on_fake)[0], loss(on_real, on_fake))


def generators(losses):
    """The second of such losses, beside the right first one."""
    return second(lambda *case: losses(*case)[1])


def changes_fakes(on_real, on_fake):
    result = losses(on_real, on_fake)
    on_fake -= 1
    return result


def both(real, fake):
    return losses(real, fake)[0]


def deceived(real, fake):
    return losses(real, fake)[1]


RIGHT = {
    "7.4": [losses, losses_by_softplus, losses_by_logsigmoid, losses_by_loop],
}

WRONG = {
    "7.4": [
        (naive, "for logits as large as 200, the discriminator's loss: it is inf; it should be"),
        (by_exp, "for logits as large as 200, the discriminator's loss: it is inf; it should be"),
        (
            with_large_numbers_for_infinite_ones,
            "the discriminator's loss: it is 3.403e+38; it should be 100.6: finite, but cut off",
        ),
        (with_logits_cut_off, "but the gradient of `on_real` is not right"),
        (by_probabilities, "finite, but cut off. No `clamp` and no added ε brings back what a"),
        (with_probabilities_cut_off, "finite, but cut off. No `clamp` and no added ε brings back"),
        (with_a_little_more(1e-12), "for logits as large as 200, the discriminator's loss: it is"),
        *(
            (change(with_a_little_more(little)), "what you add within the logarithm shifts it")
            for change in (lambda both: both, generators)
            for little in (1e-3, 1e-5)
        ),
        (first(lambda *case: both(*case) / math.log(2)), "the discriminator's loss: it is in bits"),
        (
            second(lambda *case: deceived(*case) / math.log(2)),
            "the generator's loss: it is in bits",
        ),
        (
            first(lambda *case: smoothed(*case, real=0.9)),
            "the discriminator's loss: the answer on real pictures is 1, not 0.9",
        ),
        (first(lambda *case: smoothed(*case, fake=0.1)), "the answer on fakes is 0, not 0.1"),
        (
            first(lambda *case: smoothed(*case, real=0.9, fake=0.1)),
            "the answers are 1 on real pictures and 0 on fakes, not 0.9 and 0.1",
        ),
        (
            second(lambda real, fake: entropy(fake, 0 * fake + 0.9)),
            "the generator's loss: the answer that the generator wants on its fakes is 1, not 0.9",
        ),
        (lambda *case: [one[None] for one in losses(*case)], "loss has shape (1,); wanted is one"),
        (second(lambda *case: [deceived(*case)]), "the generator's loss is a list; wanted is one"),
        (
            second(lambda real, fake: naive(real, fake)[1]),
            "for logits as large as 200, the generator's loss: it is inf",
        ),
        (without_a_sigmoid, "a logit is no probability"),
        (takes_logits_for_probabilities, "all elements of input should be between 0 and 1"),
        (lambda *case: losses(*case)[::-1], "the discriminator's comes first"),
        (first(lambda real, fake: both(fake, real)), "turned round: it is small where real"),
        (first(lambda *case: both(*case) / 2), "that is half of it: the two means are added"),
        (first(lambda real, fake: both(real, fake) * len(real)), "it is added up over the batch"),
        (first(lambda real, fake: deceived(fake, real)), "the part of the fakes is missing"),
        (
            first(lambda real, fake: F.softplus(fake).mean()),
            "the part of the real pictures is missing",
        ),
        (
            first(lambda real, fake: F.softplus(-real).mean() - F.softplus(fake).mean()),
            "the part of the fakes is subtracted",
        ),
        (
            first(lambda real, fake: F.softplus(-real).mean() + F.softplus(-fake).mean()),
            'you want "real" for both',
        ),
        (first(lambda *case: -both(*case)), "the discriminator's loss: the sign is turned"),
        (
            first(lambda real, fake: both(real.sigmoid(), fake.sigmoid())),
            "the sigmoid is taken twice",
        ),
        (first(lambda real, fake: fake.mean() - real.mean()), "those are the logits themselves"),
        (
            first(lambda real, fake: (1 - real).relu().mean() + (1 + fake).relu().mean()),
            "that is the hinge loss",
        ),
        (
            first(lambda *case: both(*case) + 1),
            "for 6 logits each, the discriminator's loss: it is",
        ),
        (second(both), "that is the discriminator's loss; the generator's is the second"),
        (
            second(lambda real, fake: -F.softplus(fake).mean()),
            "that is the loss that saturates, log(1 - p)",
        ),
        (
            second(lambda real, fake: F.softplus(fake).mean()),
            "it is small where the fakes are found",
        ),
        (second(lambda *case: -deceived(*case)), "the generator's loss: the sign is turned"),
        (
            second(lambda *case: -both(*case)),
            "that is the discriminator's loss with its sign turned",
        ),
        (second(lambda *case: deceived(*case) / 2), "the generator's loss: that is half of it"),
        (
            second(lambda real, fake: F.softplus(-fake).sum()),
            "the generator's loss: it is added up over the batch",
        ),
        (
            second(lambda real, fake: deceived(real, fake) + deceived(fake, real)),
            "real pictures are in it",
        ),
        (
            second(lambda real, fake: deceived(real, fake) + F.softplus(real).mean()),
            "real pictures are in it",
        ),
        (second(lambda real, fake: deceived(fake, real)), "that is of real pictures"),
        (
            second(lambda real, fake: deceived(real, fake.sigmoid())),
            "the generator's loss: the sigmoid is taken twice",
        ),
        (second(lambda real, fake: -fake.mean()), "that is the logit itself"),
        (both, "wanted are 2 things: the discriminator's loss, the generator's loss"),
        (
            lambda real, fake: [F.softplus(-real), F.softplus(-fake)],
            "the discriminator's loss has shape (6,); wanted is one number",
        ),
        (
            lambda *case: tuple(one.item() for one in losses(*case)),
            "nothing can be learned from it",
        ),
        (
            first(lambda real, fake: both(real, fake.detach())),
            "no gradient reaches `on_fake`",
        ),
        (changes_fakes, "changes `on_fake`"),
    ],
}
