"""Learning to play: stable-baselines3's A2C and DQN, which report to a session of ours.

A step, of which a recipe has so many, is 80 of the agents' steps, 320 frames of the games: in A2C
16 agents take 5 steps each and the network is moved once; in DQN they take the same, and it is
moved 20 times, once for 4 of them, as usual.

A2C's settings are the RL Baselines3 Zoo's, after OpenAI's baselines: TensorFlow's RMSprop with a
rate of 7e-4 throughout, so that a run is the beginning of any longer one, decay 0.99, ε 1e-5;
entropy 0.01, value 0.25, gradients of a norm of 0.5 at most, γ 0.99. With them the Zoo's agents
learnt, whose scores data/outside/published_a2c.json has, million by million of frames. DQN's are
the Zoo's, in parts of the run where they count steps.

A plain agent of this file (Seaquest, seed 100, data/runs/atari) scored 163 on average in its first
million frames, in bfloat16 154; the Zoo's 159.

The games are played one after the other in the training's own process, so that nothing can be
waited for in vain: if the emulator takes the process down, the last checkpoint is there. A2C goes
on from it to the bit. DQN doesn't: its memory of games, some gigabytes, is not kept, and is filled
anew before it learns on.

A2C on Ms. Pac-Man took 600 to 680 of the agents' steps a second where the library's usual set-up
(its wrappers, CnnPolicy without hidden layers, DummyVecEnv) took 410 to 465, 1.43 to 1.54 times as
many: three pairs of 50 updates by turns, one thread of a busy server's core, float32, by processor
time. Coordinates in the first layer cost 0.3 ms of each of six passes and 0.3 ms of each of five
ways back, 3 % of an update; between the two pairs of whole runs they were -1 % and +6 %.
"""

from __future__ import annotations

import contextlib
import functools
import math
from typing import Any

import numpy as np
import torch
from stable_baselines3 import DQN
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import DummyVecEnv
from torch import nn

from coordlib.experiment import LibraryExperiment, Session, State
from coordlib.tasks.atari import playing
from coordlib.tasks.atari.games import SKIP, Game
from coordlib.tasks.atari.policies import ActorCriticPolicy, QPolicy, RolloutA2C

ROLLOUT = 5  # steps of each agent before the network is moved
_DISCOUNT, _ENTROPY, _VALUE = 0.99, 0.01, 0.25
# DQN: steps of agents to an update, and between two copies of the network, its target; the part of
# the run with which the memory is filled first, and that in which random actions grow fewer.
_TO_AN_UPDATE, _TO_A_TARGET, _FILLING, _EXPLORING, _RANDOM = 4, 10_000, 0.01, 0.1, 0.1


class Player(LibraryExperiment):
    """What both learners share: the games, what happened in them, and how it is measured."""

    losses: dict[str, str]  # what is reported of the library's log: our names, and its own

    def __init__(
        self, network: nn.Module, game: str, agents: int, episodes: int, longest: int, seed: int
    ) -> None:
        """agents: how many games are played at a time. episodes: games to an evaluation, each of
        `longest` steps at most.
        """
        device = next(network.parameters()).device
        self.network, self.game = network, game
        self.agents, self.episodes, self.longest, self.seed = agents, episodes, longest, seed
        # On a GPU, where gradients need no scaling, which the library would not do. Of two
        # processors that have bfloat16 one was a third faster with it, the other a fifth slower.
        self.low_precision_pays = device.type == "cuda" and torch.cuda.is_bf16_supported(False)
        self.frames = 0
        self.returns: list[float] = []  # of the training's games that ended since it was measured
        self.train_return = 0.0
        self.sums = dict.fromkeys(self.losses, 0.0)
        self.updates = 0  # since it was measured

    @functools.cached_property
    def games(self) -> list[Game]:
        """The training's games, begun."""
        games = [Game(self.game) for _ in range(self.agents)]
        for game, seed in zip(games, playing.seeds(self.seed, self.agents), strict=True):
            game.reset(seed=seed)
        return games

    @functools.cached_property
    def measured(self) -> list[Game]:
        """Those in which it is measured."""
        return [Game(self.game) for _ in range(self.episodes)]

    def evaluate(self) -> dict[str, float]:
        """Where it is and what it scores; all scores are of whole games, with all lives, unclipped.

        frames: of games that it has learnt from. return: the mean score of games that it plays as
        it is, from the same beginnings each time. train_return: of those in training that ended
        since the last evaluation, whose number is `episodes`; the last known one if none did.
        And the means of losses since then.
        """
        scores = playing.scores(playing.player(self.network), self.measured, self.longest)
        if self.returns:
            self.train_return = float(np.mean(self.returns))
        metrics = {
            "frames": self.frames,
            "return": float(np.mean(scores)),
            "train_return": self.train_return,
            "episodes": len(self.returns),
            **{name: total / max(1, self.updates) for name, total in self.sums.items()},
        }
        self.returns, self.updates = [], 0
        self.sums = dict.fromkeys(self.losses, 0.0)
        return metrics

    def state(self) -> State:
        """The games, and what happened since the last evaluation."""
        emulators, observations, rest = zip(*(game.state() for game in self.games), strict=True)
        return {
            **{
                f"emulator.{k}": torch.frombuffer(bytearray(each), dtype=torch.uint8)
                for k, each in enumerate(emulators)
            },
            "observations": torch.from_numpy(np.stack(observations)),
            "games": list(rest),
            "frames": self.frames,
            "returns": list(self.returns),
            "train_return": self.train_return,
            "sums": dict(self.sums),
            "updates": self.updates,
        }

    def load_state(self, state: State) -> None:
        for k, game in enumerate(self.games):
            emulator = state[f"emulator.{k}"].numpy().tobytes()
            game.load_state(emulator, state["observations"][k].numpy(), state["games"][k])
        self.frames, self.returns = state["frames"], list(state["returns"])
        self.train_return, self.sums = state["train_return"], dict(state["sums"])
        self.updates = state["updates"]

    def algorithm(self, session: Session, games: DummyVecEnv) -> BaseAlgorithm:
        """The library's learner."""
        raise NotImplementedError

    def steps_of_agents(self, session: Session) -> int:
        """How many of all agents together make one of the recipe's."""
        return ROLLOUT * self.agents

    def run(self, session: Session) -> None:
        """See `LibraryExperiment`. Raises ValueError for 16 bits that need scaled gradients."""
        if session.autocast.fast_dtype is torch.float16:
            raise ValueError(
                "precision got 'float16', in which gradients would have to be scaled; an Atari "
                "agent takes float32 or bfloat16"
            )
        algorithm = self.algorithm(session, DummyVecEnv([lambda g=game: g for game in self.games]))
        algorithm.set_logger(Logger(None, []))
        # The games are where they are, begun or gone on with.
        algorithm._last_obs = np.stack([game.observation for game in self.games])
        algorithm._last_episode_starts = np.ones(self.agents, bool)
        each = self.steps_of_agents(session)
        algorithm.num_timesteps = session.step * each
        with contextlib.suppress(_Stopped):
            algorithm.learn(
                (session.steps - session.step) * each,
                callback=_Report(self, session, each),
                log_interval=None,
                reset_num_timesteps=False,
            )


class ActorCriticPlayer(Player):
    """Learns by A2C."""

    losses = {
        "policy_loss": "train/policy_loss",
        "value_loss": "train/value_loss",
        "entropy": "train/entropy",
    }

    def steps_of_agents(self, session: Session) -> int:
        """A batch. Raises ValueError unless all agents take equally many steps in it."""
        batch = session.recipe.batch_size
        if batch % self.agents:
            raise ValueError(
                f"batch_size got {batch}; A2C takes a multiple of its {self.agents} agents"
            )
        return batch

    def algorithm(self, session: Session, games: DummyVecEnv) -> RolloutA2C:
        return RolloutA2C(
            ActorCriticPolicy,
            games,
            learning_rate=lambda _: session.recipe.rate_at(session.step, None),
            n_steps=self.steps_of_agents(session) // self.agents,
            gamma=_DISCOUNT,
            ent_coef=_ENTROPY,
            vf_coef=_VALUE,
            max_grad_norm=session.recipe.clip or math.inf,
            use_rms_prop=False,  # the session brings its optimizer
            policy_kwargs=_given(self, session),
            device=next(self.network.parameters()).device,
        )


class QPlayer(Player):
    """Learns by DQN."""

    losses = {"value_loss": "train/loss"}

    def __init__(self, *args: Any, memory: int, **options: Any) -> None:
        """memory: how many steps of agents it remembers; the others are `Player`'s."""
        super().__init__(*args, **options)
        self.memory = memory

    def algorithm(self, session: Session, games: DummyVecEnv) -> DQN:
        each = self.steps_of_agents(session)
        filling = int(_FILLING * session.steps * each)
        return DQN(
            QPolicy,
            games,
            learning_rate=lambda _: session.recipe.rate_at(session.step, None),
            buffer_size=self.memory,
            learning_starts=session.step * each + filling,
            batch_size=session.recipe.batch_size,
            gamma=_DISCOUNT,
            train_freq=ROLLOUT,
            gradient_steps=each // _TO_AN_UPDATE,
            replay_buffer_kwargs={"handle_timeout_termination": False},
            optimize_memory_usage=True,
            target_update_interval=_TO_A_TARGET,
            exploration_fraction=_EXPLORING,
            exploration_final_eps=_RANDOM,
            max_grad_norm=session.recipe.clip or math.inf,
            policy_kwargs=_given(self, session),
            seed=(session.seed + session.step) % 2**32,
            device=next(self.network.parameters()).device,
        )


def _given(player: Player, session: Session) -> dict[str, Any]:
    """What a policy takes."""
    return {
        "network": player.network,
        "optimizer": session.optimizer,
        "autocast": session.autocast,
    }


class _Stopped(Exception):
    """The session has said that this is the end."""


class _Report(BaseCallback):
    """Tells the session of each step, between the network's move and the next games' steps."""

    def __init__(self, player: Player, session: Session, each: int) -> None:
        super().__init__()
        self.player, self.session, self.each = player, session, each

    def _on_step(self) -> bool:
        infos = self.locals["infos"]
        self.player.returns += [told["episode"]["r"] for told in infos if "episode" in told]
        return True

    def _on_rollout_start(self) -> None:
        if self.num_timesteps > self.session.step * self.each and not self._advance():
            raise _Stopped

    def _on_training_end(self) -> None:
        self._advance()

    def _advance(self) -> bool:
        found = self.model.logger.name_to_value
        player = self.player
        losses = {}
        for name, theirs in player.losses.items():
            if theirs in found:
                losses[name] = float(found[theirs])
                player.sums[name] += losses[name]
        player.updates += bool(losses)
        player.frames = self.num_timesteps * SKIP
        return self.session.advance(self.num_timesteps // self.each, losses)
