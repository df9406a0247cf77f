"""One GoTo world for other libraries' agents: `gymnasium.make("coordlib/GoTo-v0", part="test")`."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from coordlib.tasks.goto import world

try:
    import gymnasium
except ImportError as error:
    command = "pip install 'coordlib[lab]', or in a checkout: pip install '.[lab]'"
    raise ImportError(f"GoToEnv needs the extra 'lab' ({error}); install by: {command}") from error


class GoToEnv(gymnasium.Env):
    """An episode at a time, with goals of a `part` and any other start; see `world.observe`.

    At the goal an episode is terminated, and elsewhere truncated after 24 moves.
    """

    def __init__(self, part: str = "train") -> None:
        """part: one of `world.GOALS`. Raises ValueError for another one."""
        self.observation_space = gymnasium.spaces.Box(-1, 1, (3, world.SIDE, world.SIDE))
        self.action_space = gymnasium.spaces.Discrete(len(world.MOVES))
        self._choices = world.goal_cells(part).numpy()

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Begin an episode. There are no options."""
        super().reset(seed=seed)
        self._goal = torch.tensor([self.np_random.choice(self._choices)])
        self._cursor = (self._goal + self.np_random.integers(1, world.CELLS)) % world.CELLS
        self._clock = 0
        return world.observe(self._cursor, self._goal)[0].numpy(), {}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Make a move, a number of `world.MOVES`. Raises ValueError for another one."""
        if not self.action_space.contains(action):
            raise ValueError(f"action got {action!r}; it takes a number of {world.MOVES}")
        self._cursor, reward = world.outcome(self._cursor, self._goal, torch.tensor([action]))
        self._clock += 1
        reached = bool(self._cursor == self._goal)
        late = not reached and self._clock >= world.LONGEST
        seen = world.observe(self._cursor, self._goal)[0].numpy()
        return seen, float(reward), reached, late, {}


gymnasium.register("coordlib/GoTo-v0", GoToEnv)
