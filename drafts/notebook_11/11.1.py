CELLS = [
    (
        "markdown",
        [],
        """### Exercise 11.1 · Does place matter? · 8 minutes · ★★☆

A *trunk* makes of pictures, (n, channels, side, side), some numbers each, (n, features). Does it know where the cursor is? Ask it: `picture` is one picture, (1, channels, side, side), whose channel 0 holds the cursor, a single 1 among zeros; the other channels hold the goal and stay as they are. Put the cursor into every cell, one after the other, the old one taken away, and look at the features. How far apart are the largest and the smallest value of one and the same feature? Give that of the feature in which they are farthest apart, as a number. It is 0 for a trunk that is blind to place.""",
    ),
    (
        "code",
        ["exercise"],
        '''def place_matters(trunk, picture: Tensor) -> float:
    """How far a feature goes up and down while the cursor visits every cell."""
    return ...''',
    ),
    ("code", ["check"], 'exercises.check("11.1", place_matters)'),
    (
        "markdown",
        [],
        """<details><summary>“the old cursor is still there”</summary>

Channel 0 is all zeros first: `moved[:, 0] = 0`. Then set the one pixel.
</details>
<details><summary>“changes `picture`”</summary>

Write into `picture.clone()`, a new one for each cell.
</details>
<details><summary>“the pixel is set in every channel”</summary>

`moved[0, :, row, column]` is the pixel in all channels; the cursor's is `moved[0, 0, row, column]`.
</details>
<details><summary>“the cursor doesn't visit all cells”</summary>

Two loops, one within the other: each row, and in it each column.
</details>
<details><summary>“index 5 is out of bounds”</summary>

Not every picture is 8 × 8. Its side is `picture.shape[-1]`.
</details>
<details><summary>“largest and smallest are of different features”</summary>

With all places in a tensor (places, features), `.amax(0)` is the largest of each feature.
</details>
<details><summary>“you compare the features of one place with each other”</summary>

Axis 0 are the places, axis 1 the features.
</details>
<details><summary>“wanted is one number”</summary>

Each feature has its own difference; give the largest of them.
</details>

[Solution 11.1](#Solution-11.1), at the end of this page.""",
    ),
    ("markdown", ["solution"], "### Solution 11.1"),
    (
        "code",
        ["solution"],
        '''# @title Solution
def place_matters(trunk, picture: Tensor) -> float:
    """How far a feature goes up and down while the cursor visits every cell."""
    side, seen = picture.shape[-1], []
    for row in range(side):
        for column in range(side):
            moved = picture.clone()
            moved[:, 0] = 0
            moved[:, 0, row, column] = 1
            seen.append(trunk(moved))
    seen = torch.cat(seen)
    return (seen.amax(0) - seen.amin(0)).max().item()


exercises.check("11.1", place_matters)''',
    ),
]
