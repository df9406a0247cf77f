CELLS = [
    (
        "markdown",
        [],
        """### Exercise 11.4 · Step 3: three losses · 12 minutes · ★★★

Of n steps you have the actor's `logits`, (n, 4), whose softmax is the policy π; the critic's `values`, (n,); the `actions` taken, (n,), numbers from 0 to 3; and what they were worth, `returns`, (n,). Give three numbers, each a mean over the steps:

- the *policy loss*, of -log π(action) · advantage. The advantage, `returns - values`, says how much better the action was than the critic had expected. Here it is a constant: no gradient goes through it;
- the *value loss*, of (`returns - values`)²;
- the *entropy* of π, in nats: minus the sum of π log π over the four actions.

All must stay right for logits of ±200, where an action is all but certain.""",
    ),
    (
        "code",
        ["exercise"],
        '''def losses(
    logits: Tensor, values: Tensor, actions: Tensor, returns: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Policy loss, value loss and entropy of n steps, scalars."""
    return ...''',
    ),
    ("code", ["check"], 'exercises.check("11.4", losses)'),
    (
        "markdown",
        [],
        """<details><summary>“its gradient reaches `values`”</summary>

To the policy loss the advantage is a given number: `(returns - values).detach()`. Otherwise the critic would be moved so that the actor looks good.
</details>
<details><summary>“the policy loss: its sign is turned”</summary>

Training makes losses small. Where the advantage is above 0 the action is to become more probable, so log π has a minus before it.
</details>
<details><summary>“takes the actions of all steps for every step”</summary>

`logs.gather(1, actions[:, None])[:, 0]` takes one number a row; so does `logs[torch.arange(n), actions]`.
</details>
<details><summary>“every log π is multiplied by every advantage”</summary>

(n, 1) times (n,) makes (n, n). Drop the axis that `gather` leaves: `[:, 0]`.
</details>
<details><summary>“for logits as large as 200”</summary>

A probability can round to 0, whose logarithm is infinite. `logits.log_softmax(1)` takes both steps in one; π is its `exp()`.
</details>
<details><summary>“the softmax runs down the steps”</summary>

Axis 0 are the steps, axis 1 the four actions.
</details>
<details><summary>“of the actions taken; wanted are all four”</summary>

The entropy doesn't ask what was done. Add up π log π over all four actions of a step.
</details>
<details><summary>“it is a mean over the actions as well”</summary>

`.sum(1)` first, then `.mean()`.
</details>
<details><summary>“the entropy: its sign is turned”</summary>

log π is never above 0, so π log π isn't; the minus makes the entropy what is never below 0.
</details>
<details><summary>“nothing can be learned from it”</summary>

Return tensors, without `.item()`; only the policy loss's advantage is detached.
</details>

[Solution 11.4](#Solution-11.4), at the end of this page.""",
    ),
    ("markdown", ["solution"], "### Solution 11.4"),
    (
        "code",
        ["solution"],
        '''# @title Solution
def losses(
    logits: Tensor, values: Tensor, actions: Tensor, returns: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Policy loss, value loss and entropy of n steps, scalars."""
    logs = logits.log_softmax(1)
    taken = logs.gather(1, actions[:, None])[:, 0]
    advantages = returns - values
    policy = -(taken * advantages.detach()).mean()
    entropy = -(logs.exp() * logs).sum(1).mean()
    return policy, (advantages**2).mean(), entropy


exercises.check("11.4", losses)''',
    ),
]
