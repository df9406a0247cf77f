CELLS = [
    (
        "markdown",
        [],
        """### Exercise 11.2 · Step 1: what a step was worth · 12 minutes · ★★★

A rollout has `steps` steps in `worlds` worlds side by side: `rewards`, (steps, worlds). What was a step worth? Its reward, plus `discount` times what the next step was worth, which again is its reward plus … and so on, to the last one. After the last step the game goes on: `following`, (worlds,), says what the critic expects there, and counts, discounted once, as what follows.

Where `ended`, booleans (steps, worlds), an episode ended with that step. What comes next belongs to another episode and doesn't count, `following` neither. Give what each step was worth, (steps, worlds).""",
    ),
    (
        "code",
        ["exercise"],
        '''def n_step_returns(
    rewards: Tensor, ended: Tensor, following: Tensor, discount: float
) -> Tensor:
    """What each step was worth, (steps, worlds)."""
    return ...''',
    ),
    ("code", ["check"], 'exercises.check("11.2", n_step_returns)'),
    (
        "markdown",
        [],
        """<details><summary>“you loop forwards”</summary>

What a step was worth depends on the next one. So begin with the last: `for step in reversed(range(len(rewards)))`.
</details>
<details><summary>“`ended` isn't heeded”</summary>

What follows counts `discount` times, and 0 times where the episode ended.
</details>
<details><summary>“with a bool tensor is not supported”</summary>

`~ended` is true where the episode goes on, and as a factor it is 1 there.
</details>
<details><summary>“an end counts a step too”</summary>

What step `t` was worth looks at `ended[t]`, not at its neighbours.
</details>
<details><summary>“`following` counts even where the last step ended an episode”</summary>

The last step is a step like the others: what follows it is multiplied by `~ended[-1]`.
</details>
<details><summary>“`following` is left out”</summary>

It is what the loop begins with: what all later steps are worth.
</details>
<details><summary>“the steps come in reverse”</summary>

What was appended from the last step on has to be turned round: `worth[::-1]`. Then `torch.stack`.
</details>
<details><summary>“you discount from one end of the rollout”</summary>

No powers are needed: each step of the loop multiplies all that comes later by `discount` once more.
</details>
<details><summary>“changes `rewards`”</summary>

Write into a new tensor, such as `torch.empty_like(rewards)`.
</details>

[Solution 11.2](#Solution-11.2), at the end of this page.""",
    ),
    ("markdown", ["solution"], "### Solution 11.2"),
    (
        "code",
        ["solution"],
        '''# @title Solution
def n_step_returns(
    rewards: Tensor, ended: Tensor, following: Tensor, discount: float
) -> Tensor:
    """What each step was worth, (steps, worlds)."""
    worth = torch.empty_like(rewards)
    for step in reversed(range(len(rewards))):
        following = rewards[step] + discount * following * ~ended[step]
        worth[step] = following
    return worth


exercises.check("11.2", n_step_returns)''',
    ),
]
