"""Atari games as agents see them: four grey frames of 84 × 84, rewards of -1, 0 and 1.

`Game` does what the usual wrappers of Atari environments do (DQN's of 2015, as gathered in OpenAI's
baselines and stable-baselines3), in one environment that can be kept and gone on with:

- an action is held for four frames; of the last two each pixel's larger value is seen, since some
  objects are drawn in every other frame only;
- a game begins after 1 to 30 frames of no action, and where a button starts it, with that button;
- a lost life ends an episode, after which the same game goes on;
- a reward is clipped to its sign, while the game's own score is kept.

The emulator comes with ale-py, the games' ROMs with it.
"""

from __future__ import annotations

from typing import Any

import ale_py
import cv2
import gymnasium
import numpy as np
from gymnasium import spaces

from coordlib import checks

# The games, and how many actions each has. The paper's nine are not known to us but for the first,
# Ms. Pac-Man. The others are those of which the RL Baselines3 Zoo gives an A2C agent's return after
# 40 million frames, so that a plain agent can be held against it; without Enduro, where that agent
# got nothing.
GAMES = {
    "MsPacman": 9,
    "Asteroids": 14,
    "BeamRider": 9,
    "Breakout": 4,
    "Pong": 6,
    "Qbert": 6,
    "RoadRunner": 18,
    "Seaquest": 18,
    "SpaceInvaders": 6,
}
FRAMES, SIDE = 4, 84  # what an agent sees: so many frames, of so many pixels a side
SKIP = 4  # game frames to an agent's step
_MOST_NOOPS = 30

ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)  # else it greets on stderr
gymnasium.register_envs(ale_py)


class Game(gymnasium.Env):
    """One of GAMES, as a gymnasium environment.

    An observation holds the last four steps' frames, the newest last: uint8, (4, 84, 84); those
    from before the episode are black. Where a game ends, `info["episode"]` has its "r", the score
    with all lives, unclipped, and its "l", the steps that it took.

    Raises ValueError, with the nearest name, for a game that is not in the list.
    """

    observation_space = spaces.Box(0, 255, (FRAMES, SIDE, SIDE), np.uint8)

    def __init__(self, name: str) -> None:
        checks.one_of("game", name, GAMES)
        self._emulated = gymnasium.make(f"{name}NoFrameskip-v4", obs_type="grayscale").unwrapped
        self._ale = self._emulated.ale
        self._actions = self._ale.getMinimalActionSet()
        self.meanings = self._emulated.get_action_meanings()  # of the actions, "NOOP" first
        self.action_space = spaces.Discrete(GAMES[name])
        self.observation = np.zeros((FRAMES, SIDE, SIDE), np.uint8)
        self._screens = np.zeros((2, *self._ale.getScreenDims()), np.uint8)
        self._over = True
        self._lives = self._steps = 0
        self.score = 0.0  # of the game so far

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """The first observation: of a new game, or of the same one where only a life was lost.

        With a seed it is a new game in any case. options: none are known.
        """
        if seed is not None:
            super().reset(seed=seed)
            self._emulated.reset(seed=seed)
        if self._over or seed is not None:
            self._begin()
        else:
            self._act(0)
            if self._ale.game_over():
                self._begin()
        if "FIRE" in self.meanings:
            for action in (1, 2):  # as usual: the second is another one, in some games needed too
                self._act(action)
        self._lives = self._ale.lives()
        self.observation[:-1] = 0
        self._see()
        return self.observation.copy(), {}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Hold one of the actions for four frames, or to the game's end.

        Returns observation, reward, whether the episode has ended, whether it was cut (after
        108,000 frames of a game), and what else there is to say.
        """
        reward = self._act(action)
        lives, before = self._ale.lives(), self._lives
        self._lives = lives
        self._over = self._ale.game_over()
        cut = self._ale.game_truncated()
        self.observation[:-1] = self.observation[1:]
        self._see()
        told = {"episode": {"r": self.score, "l": self._steps}} if self._over else {}
        # A few games are at 0 lives for a while before they are over.
        ended = (self._over and not cut) or 0 < lives < before
        return self.observation.copy(), float(np.sign(reward)), ended, cut, told

    def screen(self) -> tuple[np.ndarray, np.ndarray]:
        """What a player sees: numbers of colours, (height, width), and RGB, (…, 3); uint8."""
        return self._ale.getScreen(), self._ale.getScreenRGB()

    def state(self) -> tuple[bytes, np.ndarray, dict[str, Any]]:
        """All that is needed to go on to the bit: the emulator's, the observation, and the rest."""
        rest = {
            "random": self._emulated.np_random.bit_generator.state,
            "over": self._over,
            "lives": self._lives,
            "steps": self._steps,
            "score": self.score,
        }
        return self._ale.cloneState(include_rng=True).serialize(), self.observation.copy(), rest

    def load_state(self, emulator: bytes, observation: np.ndarray, rest: dict[str, Any]) -> None:
        """Go on where `state` was asked for."""
        self._ale.restoreState(ale_py.ALEState(emulator))
        self.observation[:] = observation
        self._emulated.np_random.bit_generator.state = rest["random"]
        self._over, self._lives = rest["over"], rest["lives"]
        self._steps, self.score = rest["steps"], rest["score"]

    def _begin(self) -> None:
        """Begin a new game."""
        self._emulated.reset()
        self._over, self.score, self._steps = False, 0.0, 0
        for _ in range(self._emulated.np_random.integers(1, _MOST_NOOPS + 1)):
            self.score += self._ale.act(self._actions[0])
        self._ale.getScreenGrayscale(self._screens[0])
        self._screens[1] = self._screens[0]

    def _act(self, action: int) -> float:
        """Hold an action; returns what it scored."""
        scored = 0.0
        pressed = self._actions[action]
        for frame in range(SKIP):
            scored += self._ale.act(pressed)
            if frame >= SKIP - 2:
                self._ale.getScreenGrayscale(self._screens[frame - SKIP])
            if self._ale.game_over():
                break
        self.score += scored
        self._steps += 1
        return scored

    def _see(self) -> None:
        """Put the screen into the observation as its newest frame."""
        larger = np.maximum(*self._screens)
        cv2.resize(larger, (SIDE, SIDE), self.observation[-1], interpolation=cv2.INTER_AREA)
