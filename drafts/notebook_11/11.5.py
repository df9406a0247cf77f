CELLS = [
    (
        "markdown",
        [],
        """### Exercise 11.5 · Learnt since when? · 8 minutes · ★★☆

A learning curve wavers: an agent may touch a mark once, by luck, and fall back. So let this be when it has learnt: the first evaluation **from which on all** returns are at least `threshold`, to the curve's end.

`frames` tells how many frames had been played at each evaluation, in rising order, and `returns` what the agent earned there; both are lists, of one length. Give the frames of that evaluation, or `math.inf` if there is none.""",
    ),
    (
        "code",
        ["exercise"],
        '''def learnt_at(frames: list[int], returns: list[float], threshold: float) -> float:
    """From how many frames on all returns are at least the threshold."""
    return ...''',
    ),
    ("code", ["check"], 'exercises.check("11.5", learnt_at)'),
    (
        "markdown",
        [],
        """<details><summary>“that is the first touch, which may be luck”</summary>

Look at all later returns as well. It is easiest from the end: go back as long as they are high enough.
</details>
<details><summary>“at least means >=”</summary>

A return of exactly the threshold is high enough.
</details>
<details><summary>“it gets infinity”</summary>

If the last return is too low there is no such evaluation: `math.inf`.
</details>
<details><summary>“that is the last evaluation below the threshold”</summary>

Learnt it has at the evaluation after that one.
</details>
<details><summary>“list index out of range”</summary>

A curve may be high from its first evaluation to its last. Does your loop end at both ends?
</details>
<details><summary>“that is the number of the evaluation”</summary>

Number k was made after `frames[k]` frames.
</details>

[Solution 11.5](#Solution-11.5), at the end of this page.""",
    ),
    ("markdown", ["solution"], "### Solution 11.5"),
    (
        "code",
        ["solution"],
        '''# @title Solution
def learnt_at(frames: list[int], returns: list[float], threshold: float) -> float:
    """From how many frames on all returns are at least the threshold."""
    since = math.inf
    for played, earned in reversed(list(zip(frames, returns))):
        if earned < threshold:
            break
        since = played
    return since


exercises.check("11.5", learnt_at)''',
    ),
]
