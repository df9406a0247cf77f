"""Answers for notebook 11's workshop: what each step of a rollout was worth."""

import numpy as np
import torch


def backwards(rewards, ended, following, discount):
    later, worth = following, []
    for reward, end in zip(rewards.flip(0), ended.flip(0), strict=True):
        later = reward + discount * torch.where(end, 0, later)
        worth.insert(0, later)
    return torch.stack(worth)


def in_plain_python(rewards, ended, following, discount):
    """Another right form: each step looks ahead for itself, world by world."""
    steps, worlds = rewards.shape
    worth = [[0.0] * worlds for _ in range(steps)]
    for world in range(worlds):
        for step in range(steps):
            factor = 1.0
            for later in range(step, steps):
                worth[step][world] += factor * rewards[later, world].item()
                factor *= discount
                if ended[later, world]:
                    break
            else:
                worth[step][world] += factor * following[world].item()
    return worth


def by_a_matrix(rewards, ended, following, discount):
    """Another right form: how much of each reward reaches each step, as a matrix a world."""
    steps = len(rewards)
    known = torch.cat((rewards, following[None]))
    before = torch.cat((torch.zeros(1, rewards.shape[1]), ended.cumsum(0)))
    waits = torch.arange(steps + 1) - torch.arange(steps)[:, None]
    reached = (waits >= 0)[..., None] & (before[None] == before[:steps, None])
    return (discount ** waits.clamp(min=0)[..., None] * reached * known).sum(1)


def by_recursion(rewards, ended, following, discount):
    if not len(rewards):
        return rewards
    rest = by_recursion(rewards[1:], ended[1:], following, discount)
    later = rest[0] if len(rest) else following
    return torch.cat(((rewards[0] + discount * later * ended[0].logical_not())[None], rest))


def in_numpy(rewards, ended, following, discount):
    worth = np.zeros(rewards.shape, dtype=np.float32)
    later = following.numpy()
    for step in range(len(rewards) - 1, -1, -1):
        later = rewards[step].numpy() + discount * later * (1 - ended[step].numpy())
        worth[step] = later
    return worth


def without_the_first(begun):
    """The loop ends before step 0, which is left as it was begun: as the rewards, or as zeros."""

    def returns(rewards, ended, following, discount):
        worth, later = begun(rewards), following
        for step in range(len(rewards) - 1, 0, -1):
            worth[step] = later = rewards[step] + discount * later * ~ended[step]
        return worth

    return returns


def by(rule, start=lambda following: following):
    """Backwards by another rule, from reward, whether it goes on, what follows and discount."""

    def returns(rewards, ended, following, discount):
        later, worth = start(following), torch.zeros_like(rewards)
        for step in range(len(rewards) - 1, -1, -1):
            later = worth[step] = rule(rewards[step], ~ended[step], later, discount)
        return worth

    return returns


def forwards(start):
    def returns(rewards, ended, following, discount):
        worth, before = [], start(following)
        for step in range(len(rewards)):
            before = rewards[step] + discount * before * ~ended[step]
            worth.append(before)
        return torch.stack(worth)

    return returns


def with_ends(change):
    """Backwards, by other ends."""
    return lambda rewards, ended, following, discount: backwards(
        rewards, change(ended.clone()), following, discount
    )


def goes_on_at_last(ended):
    ended[-1] = False
    return ended


def of_the_next_step(ended):
    return torch.cat((ended[1:], torch.zeros_like(ended[:1])))


def of_the_step_before(ended):
    return torch.cat((torch.zeros_like(ended[:1]), ended[:-1]))


def from_the_first(rewards, ended, following, discount):
    """Discounted by the step's number in the rollout."""
    factors = discount ** torch.arange(len(rewards) + 1.0)
    return backwards(factors[:-1, None] * rewards, ended, factors[-1] * following, 1)


def from_the_last(rewards, ended, following, discount):
    factors = discount ** torch.arange(len(rewards) - 1.0, -1, -1)
    return backwards(factors[:, None] * rewards, ended, following, 1)


def appended(rewards, ended, following, discount):
    later, worth = following, []
    for step in reversed(range(len(rewards))):
        later = rewards[step] + discount * later * ~ended[step]
        worth.append(later)
    return torch.stack(worth)


def subtracts_ends(rewards, ended, following, discount):
    return rewards + discount * following * (1 - ended)


def of_the_first_step(*case):
    return backwards(*case)[0]


def into_the_rewards(rewards, ended, following, discount):
    for step in reversed(range(len(rewards))):
        following = rewards[step] = rewards[step] + discount * following * ~ended[step]
    return rewards


def with_a_library(*case):
    from coordlib import checks

    checks.one_of("a helper", 1, [1])
    return backwards(*case)


def one_tensor(rewards, ended, following, discount):
    """Changed in place, and put down again and again."""
    later, worth = following.clone(), []
    for step in reversed(range(len(rewards))):
        later *= discount * ~ended[step]
        later += rewards[step]
        worth.append(later)
    return torch.stack(worth[::-1])


def as_tensor(answer):
    return lambda *case: torch.tensor(answer(*case))


RIGHT = {"11.2": [backwards, as_tensor(in_plain_python), by_a_matrix, by_recursion]}

WRONG = {
    "11.2": [
        (by(lambda r, on, later, d: r + d * later), "for 5 steps of 4 worlds: `ended` isn't"),
        (forwards(lambda following: following), "you loop forwards, and count what came before"),
        (forwards(torch.zeros_like), "you loop forwards, and count what came before"),
        (with_ends(goes_on_at_last), "`following` counts even where the last step ended"),
        (with_ends(of_the_next_step), "an end counts a step too early"),
        (with_ends(of_the_step_before), "an end counts a step too late"),
        (by(lambda r, on, later, d: r + later * on), "nothing is discounted"),
        (by(lambda r, on, later, d: r + d * later * on, torch.zeros_like), "`following` is left"),
        (
            lambda rewards, ended, following, d: backwards(rewards, ended, following / d, d),
            "`following` isn't discounted",
        ),
        (
            lambda rewards, ended, following, d: backwards(rewards, ended, following * d, d),
            "`following` is discounted twice",
        ),
        (without_the_first(torch.clone), "the first step is left out"),
        (without_the_first(torch.zeros_like), "the first step is left out"),
        (lambda r, ended, f, d: backwards(r, ended, f, 0.97), "the discount is always 0.97"),
        (one_tensor, "all steps hold the same numbers"),
        (in_plain_python, "the result is a list; wanted is a tensor, with which A2C goes on"),
        (in_numpy, "wanted is a tensor, with which A2C goes on"),
        (lambda *case: [*backwards(*case)], "the result is a list; wanted is a tensor"),
        (appended, "the steps come in reverse"),
        (by(lambda r, on, later, d: r + d * later * ~on), "turned round: what follows counts only"),
        (by(lambda r, on, later, d: (r + d * later) * on), "its last reward is lost"),
        (by(lambda r, on, later, d: d * (r + later * on)), "a step's own reward is discounted"),
        (by(lambda r, on, later, d: r + d * later * on.all()), "an end in one world ends the"),
        (from_the_first, "you discount from one end of the rollout"),
        (from_the_last, "you discount from one end of the rollout"),
        (
            lambda rewards, ended, following, d: rewards + d * following * ~ended,
            "every step gets `following`",
        ),
        (lambda rewards, *rest: rewards.clone(), "those are the rewards alone"),
        (by(lambda r, on, later, d: r - d * later * on), "at [step 4, world 3] stands"),
        (
            by(lambda r, on, later, d: 0.9 * (r / 0.9 + later * on)),
            "for 3 steps of 2 worlds: at [step 2, world 1] stands",
        ),
        (lambda *case: backwards(*case) + 6e-6, "stands"),
        (of_the_first_step, "the result has shape (4,); wanted is (5, 4)"),
        (lambda *case: backwards(*case).T, "the result has shape (4, 5); wanted is (5, 4)"),
        (subtracts_ends, "with a bool tensor is not supported"),
        (into_the_rewards, "changes `rewards`"),
        (with_a_library, "but coordlib helped; add up what follows yourself"),
    ],
}
