"""Answers for notebook 11's workshop: policy loss, value loss and entropy."""

import math

import torch
from torch.distributions import Categorical
from torch.nn import functional as F


def losses(logits, values, actions, returns):
    logs = F.log_softmax(logits, dim=1)
    advantages = returns - values
    chosen = logs[torch.arange(len(actions)), actions]
    policy = -(chosen * advantages.detach()).mean()
    return policy, (advantages**2).mean(), -(logs.exp() * logs).sum(1).mean()


def by_distribution(logits, values, actions, returns):
    """Another right form: torch's own."""
    made = Categorical(logits=logits)
    with torch.no_grad():
        advantages = returns - values
    policy = -(made.log_prob(actions) * advantages).mean()
    return policy, F.mse_loss(values, returns), made.entropy().mean()


def by_cross_entropy(logits, values, actions, returns):
    wrong = F.cross_entropy(logits, actions, reduction="none")
    policy = wrong @ (returns - values.detach()) / len(actions)
    p = logits.softmax(1)
    entropies = (torch.logsumexp(logits, 1) - (p * logits).sum(1)).sum() / len(p)
    return [policy, F.mse_loss(values, returns), entropies]


def by_one_hot(logits, values, actions, returns):
    logs = logits - logits.logsumexp(1, keepdim=True)
    made = F.one_hot(actions, 4)
    off = values - returns
    policy = (made * logs * off.detach()[:, None]).sum() / len(off)
    return policy, off @ off / len(off), F.cross_entropy(logits, logits.softmax(1))


def step_by_step(logits, values, actions, returns):
    """Another right form: a loop, stacked in the end."""
    rows = []
    for logit, value, action, earned in zip(logits, values, actions, returns, strict=True):
        logs = logit.log_softmax(0)
        advantage = (earned - value).item()
        rows.append(
            torch.stack((-logs[action] * advantage, (value - earned) ** 2, -logs.exp() @ logs))
        )
    return torch.stack(rows).mean(0)


def with_part(place, number_of):
    """Losses of which one is another, made of what `losses` takes."""

    def changed(*case):
        parts = list(losses(*case))
        parts[place] = number_of(*case)
        return parts

    return changed


def of_chosen(number_of, place=0):
    """One of them by log π of the actions taken and the advantages, (n,) each."""

    def part(logits, values, actions, returns):
        logs = logits.log_softmax(1).gather(1, actions[:, None]).squeeze(1)
        return number_of(logs, (returns - values).detach())

    return with_part(place, part)


def of_logits(number_of):
    """The policy loss by another number than log π, of all logits, (n, 4)."""

    def part(logits, values, actions, returns):
        chosen = number_of(logits).gather(1, actions[:, None])[:, 0]
        return -(chosen * (returns - values).detach()).mean()

    return with_part(0, part)


def of_off(number_of):
    return with_part(1, lambda logits, values, actions, returns: number_of(returns - values))


def of_policy(number_of):
    return with_part(2, lambda logits, values, actions, returns: number_of(logits))


def entropy(logits):
    return losses(logits, torch.zeros(1), torch.zeros(1).long(), torch.zeros(1))[2]


def scaled(place, factor):
    return with_part(place, lambda *case: losses(*case)[place] * factor)


def added_up(place):
    return with_part(place, lambda *case: losses(*case)[place] * len(case[0]))


def through_the_critic(logits, values, actions, returns):
    logs = logits.log_softmax(1).gather(1, actions[:, None])[:, 0]
    return -(logs * (returns - values)).mean()


def by_shapes(logits, values, actions, returns):
    logs = logits.log_softmax(1).gather(1, actions[:, None])
    return -(logs * (returns - values.detach())).mean()


def of_all_moves(logits, values, actions, returns):
    return -(logits.log_softmax(1) * (returns - values).detach()[:, None]).mean()


def of_all_steps(logits, values, actions, returns):
    return -(logits.log_softmax(1)[:, actions] * (returns - values).detach()).mean()


def by_returns(logits, values, actions, returns):
    return F.cross_entropy(logits, actions, reduction="none") @ returns / len(returns)


def by_values(logits, values, actions, returns):
    return F.cross_entropy(logits, actions, reduction="none") @ values.detach() / len(returns)


def with_an_entropy(*case):
    policy, _, entropies = losses(*case)
    return policy - 0.01 * entropies


def by_logarithm(logits, values, actions, returns):
    p = logits.softmax(1)
    chosen = p.gather(1, actions[:, None])[:, 0].log()
    policy = -(chosen * (returns - values).detach()).mean()
    return policy, F.mse_loss(values, returns), entropy(logits)


def plogp(logits):
    p = logits.softmax(1)
    return -(p * p.log()).sum(1).mean()


def of_the_mean_policy(logits):
    p = logits.softmax(1).mean(0)
    return -(p * p.log()).sum()


def down_the_steps(logits):
    return -(logits.softmax(0) * logits.log_softmax(0)).sum(1).mean()


def down_all_the_way(logits):
    return -(logits.softmax(0) * logits.log_softmax(0)).sum(0).mean()


def in_one_number(*case):
    policy, value, entropies = losses(*case)
    return policy + 0.5 * value - 0.01 * entropies


def changes_values(logits, values, actions, returns):
    result = losses(logits, values.clone(), actions, returns)
    values -= returns
    return result


def with_a_library(*case):
    from coordlib import checks

    checks.one_of("a helper", 1, [1])
    return losses(*case)


RIGHT = {"11.4": [losses, by_distribution, by_cross_entropy, by_one_hot, step_by_step]}

WRONG = {
    "11.4": [
        (
            with_part(0, through_the_critic),
            "its gradient reaches `values`, and moves the critic to please the policy",
        ),
        (scaled(0, -1), "for 6 steps, the policy loss: its sign is turned"),
        (added_up(0), "the policy loss: it is added up over the steps"),
        (with_part(0, by_returns), "the returns themselves are its weights"),
        (with_part(0, by_values), "the values are its weights"),
        (
            of_chosen(lambda logs, some: -(logs * (some - some.mean()) / some.std()).mean()),
            "the advantages are standardised",
        ),
        (
            of_chosen(
                lambda logs, some: -(logs * (some - some.mean()) / some.std(correction=0)).mean()
            ),
            "the advantages are standardised",
        ),
        (of_chosen(lambda logs, some: -(logs * some**2).mean()), "the advantages are squared"),
        (of_chosen(lambda logs, some: -(logs * some.abs()).mean()), "lose their signs"),
        (of_chosen(lambda logs, some: -logs.mean()), "the advantages are missing"),
        (with_part(0, by_shapes), "every log π is multiplied by every advantage"),
        (of_logits(lambda logits: logits.softmax(1)), "the logarithm is missing: wanted is log π"),
        (of_logits(lambda logits: logits), "the policy loss: those are logits"),
        (
            of_logits(lambda logits: logits.softmax(1).log_softmax(1)),
            "the policy loss: the softmax is taken twice",
        ),
        (of_logits(lambda logits: logits.log_softmax(0)), "the policy loss: the softmax runs down"),
        (with_part(0, of_all_steps), "takes the actions of all steps for every step"),
        (with_part(0, of_all_moves), "log π of all four actions is in it"),
        (with_part(0, with_an_entropy), "for 6 steps, the policy loss: it is"),
        (lambda *case: losses(*case)[::-1], "that is the entropy; the order is"),
        (with_part(0, lambda *case: losses(*case)[1]), "that is the value loss; the order is"),
        (with_part(1, lambda *case: losses(*case)[0]), "that is the policy loss; the order is"),
        (with_part(1, lambda *case: losses(*case)[2]), "that is the entropy; the order is"),
        (with_part(2, lambda *case: losses(*case)[0]), "that is the policy loss; the order is"),
        (with_part(2, lambda *case: losses(*case)[1]), "that is the value loss; the order is"),
        (scaled(1, -1), "the value loss: its sign is turned"),
        (added_up(1), "the value loss: it is added up over the steps"),
        (scaled(1, 0.5), "the value loss: that is half of it"),
        (scaled(1, 0.25), "for 6 steps, the value loss: it is"),
        (of_off(lambda off: off.abs().mean()), "that is the mean of |off|"),
        (of_off(lambda off: (off**2).mean().sqrt()), "that is its root"),
        (of_off(lambda off: off.mean() ** 2), "you square the mean"),
        (of_off(lambda off: off.mean()), "the value loss: the square is missing"),
        (of_off(lambda off: F.huber_loss(off, 0 * off)), "that is Huber's loss"),
        (
            with_part(1, lambda logits, values, _, returns: F.mse_loss(values[:, None], returns)),
            "every value is compared with every return",
        ),
        (
            of_off(lambda off: (off.detach() ** 2).mean()),
            "the value loss: the result is right, but nothing",
        ),
        (
            with_part(2, lambda logits, *_: torch.special.entr(logits.softmax(1)).sum(1).mean()),
            "the entropy, for logits as large as 200: the result is right, but the gradient of "
            "`logits` is nan or infinite",
        ),
        (scaled(2, -1), "the entropy: its sign is turned"),
        (added_up(2), "the entropy: it is added up over the steps"),
        (scaled(2, 0.25), "it is a mean over the actions as well"),
        (scaled(2, 1 / math.log(2)), "it is in bits; wanted are nats"),
        (scaled(2, 1 / math.log(4)), "it is divided by its largest"),
        (scaled(2, 2), "for 6 steps, the entropy: it is"),
        (of_chosen(lambda logs, some: -logs.mean(), 2), "of the actions taken; wanted are all"),
        (
            of_chosen(lambda logs, some: -(logs.exp() * logs).mean(), 2),
            "only the actions taken are in it",
        ),
        (of_policy(lambda logits: -logits.log_softmax(1).sum(1).mean()), "is to be weighted by"),
        (of_policy(of_the_mean_policy), "that is the entropy of the mean policy"),
        (
            of_policy(lambda logits: -(logits.softmax(1) * logits).sum(1).mean()),
            "the entropy: those are logits",
        ),
        (of_policy(lambda logits: entropy(logits.softmax(1))), "the entropy: the softmax is taken"),
        (of_policy(down_the_steps), "the entropy: the softmax runs down the steps"),
        (of_policy(down_all_the_way), "the entropy: the softmax runs down the steps"),
        (
            of_policy(lambda logits: entropy(logits.detach())),
            "the entropy: the result is right, but",
        ),
        (by_logarithm, "for logits as large as 200, the policy loss: it is"),
        (of_policy(plogp), "for logits as large as 200, the entropy: it is nan"),
        (in_one_number, "wanted are 3 things: the policy loss, the value loss, the entropy"),
        (lambda *case: losses(*case)[:2], "the result has 2 parts; wanted are 3 things"),
        (
            with_part(2, lambda logits, *_: -(logits.softmax(1) * logits.log_softmax(1)).sum(1)),
            "the entropy has shape (6,); wanted is one number",
        ),
        (lambda *case: tuple(one.item() for one in losses(*case)), "nothing can be learned from"),
        (changes_values, "changes `values`"),
        (with_a_library, "but coordlib helped; write the three numbers yourself"),
    ],
}
