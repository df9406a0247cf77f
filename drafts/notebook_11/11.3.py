CELLS = [
    (
        "markdown",
        [],
        """### Exercise 11.3 · Step 2: when the time is up · 6 minutes · ★☆☆

Step 1 lets nothing follow an episode's end. That is right at the goal. But after 24 steps the clock cuts an episode off, wherever the cursor is: to the agent, which sees no clock, the game might as well have gone on. So what was still to come is added to the reward of that step: `discount` times the value of the state that the step led to.

`cut`, booleans (steps, worlds), says where the time was up; `values`, (steps, worlds), has a state's value for every step, but counts only there. Give the rewards, (steps, worlds); those handed in must stay as they are.""",
    ),
    (
        "code",
        ["exercise"],
        '''def with_what_follows(
    rewards: Tensor, cut: Tensor, values: Tensor, discount: float
) -> Tensor:
    """The rewards, (steps, worlds), with what the clock has cut off."""
    return ...''',
    ),
    ("code", ["check"], 'exercises.check("11.3", with_what_follows)'),
    (
        "markdown",
        [],
        """<details><summary>“the value is added to every step”</summary>

As a factor `cut` is 1 where the time was up, and 0 elsewhere. `torch.where` works too.
</details>
<details><summary>“the value is another step's”</summary>

`values[t]` already is of the state after step `t`: nothing has to be shifted.
</details>
<details><summary>“more than one value is ambiguous”</summary>

An `if` wants one truth value, and `cut` has one for each step of each world.
</details>
<details><summary>“changes `rewards`”</summary>

`+=` writes into them. Make a new tensor, or `rewards.clone()` first.
</details>
<details><summary>“its last reward is lost”</summary>

The value is added to that step's reward, and doesn't take its place.
</details>

[Solution 11.3](#Solution-11.3), at the end of this page.""",
    ),
    ("markdown", ["solution"], "### Solution 11.3"),
    (
        "code",
        ["solution"],
        '''# @title Solution
def with_what_follows(
    rewards: Tensor, cut: Tensor, values: Tensor, discount: float
) -> Tensor:
    """The rewards, (steps, worlds), with what the clock has cut off."""
    return rewards + discount * values * cut


exercises.check("11.3", with_what_follows)''',
    ),
]
