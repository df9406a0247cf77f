"""Answers for notebook 11's workshop: rewards where the clock has cut an episode off."""

import numpy as np
import torch


def with_what_follows(rewards, cut, values, discount):
    return rewards + cut * discount * values


def by_mask(rewards, cut, values, discount):
    result = rewards.clone()
    result[cut] += discount * values[cut]
    return result


def step_by_step(rewards, cut, values, discount):
    """Another right form: plain lists."""
    rows = zip(rewards.tolist(), cut.tolist(), values.tolist(), strict=True)
    return [
        [
            reward + discount * value if late else reward
            for reward, late, value in zip(*row, strict=True)
        ]
        for row in rows
    ]


def in_numpy(rewards, cut, values, discount):
    return np.where(cut, rewards + discount * values, rewards)


def other_rewards(change):
    """Where time is up `change` makes the reward, of reward, value and discount."""
    return lambda rewards, cut, values, discount: torch.where(
        cut, change(rewards, values, discount), rewards
    )


def of_other_steps(way):
    return lambda rewards, cut, values, discount: with_what_follows(
        rewards, cut, values.roll(way, 0), discount
    )


def at_other_steps(way):
    return lambda rewards, cut, values, discount: rewards + (cut * discount * values).roll(way, 0)


def of_the_next_values(rewards, cut, values, discount):
    rewards = rewards.clone()
    for step, world in cut.nonzero():
        rewards[step, world] += discount * values[step + 1, world]
    return rewards


def into_the_rewards(rewards, cut, values, discount):
    rewards[cut] += discount * values[cut]
    return rewards


def by_a_list(rewards, cut, values, discount):
    return rewards[cut] + discount * values[cut]


def with_a_library(*case):
    from coordlib import checks

    checks.one_of("a helper", 1, [1])
    return with_what_follows(*case)


def in_a_loop(rewards, cut, values, discount):
    return torch.tensor(step_by_step(rewards, cut, values, discount))


def by_factors(rewards, cut, values, discount):
    return torch.addcmul(rewards, values, cut.float(), value=discount)


RIGHT = {"11.3": [with_what_follows, by_mask, in_a_loop, by_factors]}

WRONG = {
    "11.3": [
        (lambda r, cut, v, d: r + d * v, "for 5 steps of 3 worlds: the value is added to every"),
        (step_by_step, "the result is a list; wanted is a tensor, with which A2C goes on"),
        (in_numpy, "wanted is a tensor, with which A2C goes on"),
        (lambda r, cut, v, d: with_what_follows(r, cut, v, 0.97), "the discount is always 0.97"),
        (lambda r, *_: r.clone(), "nothing is added where the clock cut"),
        (other_rewards(lambda r, v, d: r + v), "the value isn't discounted"),
        (other_rewards(lambda r, v, d: d * v), "where an episode is cut off its last reward is"),
        (other_rewards(lambda r, v, d: v), "where an episode is cut off its last reward is lost"),
        (other_rewards(lambda r, v, d: d * (r + v)), "the reward is discounted as well"),
        (other_rewards(lambda r, v, d: r - d * v), "the value is subtracted"),
        (other_rewards(lambda r, v, d: r + d), "`discount` alone is added"),
        (other_rewards(lambda r, v, d: r + d * d * v), "at [step 4, world 1] stands"),
        (lambda r, cut, v, d: with_what_follows(r, ~cut, v, d), "turned round: the value is added"),
        (lambda r, cut, v, d: (r + d * v) * cut, "the rewards of all other steps are lost"),
        (lambda r, cut, v, d: d * v * cut, "that is what is to be added, without the rewards"),
        (of_other_steps(-1), "the value is another step's"),
        (of_other_steps(1), "the value is another step's"),
        (at_other_steps(-1), "the value is added to another step"),
        (at_other_steps(1), "the value is added to another step"),
        (
            lambda r, cut, v, d: with_what_follows(r, cut.any(1, keepdim=True), v, d),
            "where one world is cut off all of them get",
        ),
        (of_the_next_values, "is out of bounds for dimension 0"),
        (by_a_list, "wanted is (5, 3)"),
        (lambda r, cut, v, d: r if not cut else r + d * v, "more than one value is ambiguous"),
        (into_the_rewards, "changes `rewards`"),
        (with_a_library, "but coordlib helped; add the values yourself"),
    ],
}
