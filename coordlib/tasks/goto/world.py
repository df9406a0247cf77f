"""GoTo's world: a cursor is to be led to a goal that is told as coordinates; many worlds at once.

It is the paper's quadrant split (section 2) as a task for an agent: goals in the lower right
quarter are never trained on. A *cell* is the number of a pixel, counted row by row: 8 · y + x.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from coordlib import checks
from coordlib.datasets import pixel_index, split

SIDE = 8
CELLS = SIDE**2
LONGEST = 24  # moves in an episode; no goal is farther than 14
MOVES = ("up", "down", "left", "right")
GOALS = ("train", "test")


def goal_cells(part: str) -> Tensor:
    """The cells of one of GOALS, int64: 48 goals to train on, or the lower right quarter's 16.

    (The released split's bounds would leave 9 for the test.) Raises ValueError for another part.
    """
    checks.one_of("part", part, GOALS)
    held_out = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    held_out[SIDE // 2 :, SIDE // 2 :] = True
    return pixel_index(getattr(split(held_out, SIDE, square=1), part), SIDE)


def observe(cursors: Tensor, goals: Tensor) -> Tensor:
    """What an agent sees where cursor and goal are in these cells, int64, (n,): (n, 3, 8, 8).

    float32: the cursor as a white pixel, 1 on 0; the goal's x and y, the same at every pixel, from
    -1 at the first column or row to 1 at the last, as coordinate channels are.
    """
    cursor = F.one_hot(cursors, CELLS).view(-1, 1, SIDE, SIDE).float()
    places = torch.stack((goals % SIDE, goals // SIDE), 1) * (2 / (SIDE - 1)) - 1
    return torch.cat((cursor, places[:, :, None, None].expand(-1, -1, SIDE, SIDE)), 1)


def outcome(cursors: Tensor, goals: Tensor, moves: Tensor) -> tuple[Tensor, Tensor]:
    """Where moves, numbers of MOVES, lead from these cells, and what they earn: int64 and float32.

    A move off the canvas leads nowhere. It earns -0.01, and 0.1 if the goal is a cell nearer then
    (-0.1 if farther), and 1 at the goal. All have one shape, or shapes that broadcast.
    """
    x = (cursors % SIDE + (moves == 3).long() - (moves == 2).long()).clamp(0, SIDE - 1)
    y = (cursors // SIDE + (moves == 1).long() - (moves == 0).long()).clamp(0, SIDE - 1)
    there = SIDE * y + x
    nearer = _distance(cursors, goals) - _distance(there, goals)
    return there, 0.1 * nearer - 0.01 + (there == goals).float()


def _distance(cells: Tensor, others: Tensor) -> Tensor:
    """How many moves it takes from one to the other."""
    return (cells % SIDE - others % SIDE).abs() + (cells // SIDE - others // SIDE).abs()


class Worlds:
    """So many worlds that are played side by side; one whose episode ends begins another at once.

    An episode has a goal drawn from `choices`, cells, and begins at any other cell; its clock tells
    how many moves it has had. `cursors`, `goals` and `clocks` are int64, (count,), where `choices`
    is; random numbers are torch's own. The first episodes are always the same, and of different
    lengths, so that not all end at once.
    """

    def __init__(self, count: int, choices: Tensor) -> None:
        self.choices = choices
        number = torch.arange(count, device=choices.device)
        self.goals = choices[number % len(choices)]
        self.cursors = (self.goals + 1 + 5 * number % (CELLS - 1)) % CELLS
        self.clocks = number % LONGEST

    def step(self, moves: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Make a move in each world: int64 numbers of MOVES. What it gave, (count,) each:

        The cell that it led to and its reward; whether that is the goal; and whether the episode's
        time is up elsewhere, which says nothing of what the world would still have given.
        """
        there, reward = outcome(self.cursors, self.goals, moves)
        self.clocks = self.clocks + 1
        reached = there == self.goals
        ended = reached | (self.clocks >= LONGEST)
        # Drawn for all: to look at `ended` first, a GPU would have to be waited for.
        size, device = self.clocks.shape, self.clocks.device
        goals = self.choices[torch.randint(len(self.choices), size, device=device)]
        cursors = (goals + torch.randint(1, CELLS, size, device=device)) % CELLS
        self.cursors = torch.where(ended, cursors, there)
        self.goals = torch.where(ended, goals, self.goals)
        self.clocks = torch.where(ended, 0, self.clocks)
        return there, reward, reached, ended & ~reached
