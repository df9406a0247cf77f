"""GoTo's world: a cursor is to be led to a goal that is told as coordinates; many worlds at once.

It is the paper's quadrant split (section 2) as a task for an agent: goals in the lower right
quarter are never trained on. A *cell* is the number of a pixel, counted row by row: 8 · y + x.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from coordlib.datasets import Split, pixel_index, split

SIDE = 8
CELLS = SIDE**2
LONGEST = 24  # moves in an episode; no goal is farther than 14
MOVES = ("up", "down", "left", "right")
GOALS = ("train", "test")


def quadrant() -> Split:
    """The goals to train on, 48, and to be tested on, the 16 of the lower right quarter.

    The released split's bounds would leave 9 of so few for the test; these are a quarter, as there.
    """
    held_out = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    held_out[SIDE // 2 :, SIDE // 2 :] = True
    return split(held_out, SIDE, square=1)


def goal_cells(part: str) -> Tensor:
    """The cells of the goals of one of GOALS: int64, (n,), on the CPU."""
    return pixel_index(getattr(quadrant(), part), SIDE)


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
    columns = (cells % SIDE - others % SIDE).abs()
    return columns + (cells // SIDE - others // SIDE).abs()


class Step(NamedTuple):
    """What a move gave in each world, (worlds,) each.

    there: the cell that it led to. reward: what it earned. reached: whether that is the goal.
    late: whether the episode's time is up elsewhere, which is no property of the world.
    """

    there: Tensor
    reward: Tensor
    reached: Tensor
    late: Tensor


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

    def step(self, moves: Tensor) -> Step:
        """Make a move in each world, int64, (count,), numbers of MOVES."""
        there, reward = outcome(self.cursors, self.goals, moves)
        self.clocks = self.clocks + 1
        reached = there == self.goals
        ended = reached | (self.clocks >= LONGEST)
        # Drawn for all: nothing has to be known of `ended`, for which a GPU would be waited for.
        goals, cursors = self._drawn()
        self.cursors = torch.where(ended, cursors, there)
        self.goals = torch.where(ended, goals, self.goals)
        self.clocks = torch.where(ended, 0, self.clocks)
        return Step(there, reward, reached, ended & ~reached)

    def _drawn(self) -> tuple[Tensor, Tensor]:
        """A goal for each world, and a cell to begin in."""
        size, device = self.clocks.shape, self.choices.device
        goals = self.choices[torch.randint(len(self.choices), size, device=device)]
        return goals, (goals + torch.randint(1, CELLS, size, device=device)) % CELLS
