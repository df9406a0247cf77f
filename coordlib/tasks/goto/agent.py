"""What both agents share: the worlds they play in, and measures that leave nothing to chance."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from coordlib.experiment import Experiment, State
from coordlib.tasks.goto.world import (
    CELLS,
    LONGEST,
    MOVES,
    SIDE,
    Worlds,
    goal_cells,
    observe,
    outcome,
)

WORLDS = 64
DISCOUNT = 0.97  # what a reward is worth that comes a move later
_CHANGING = ("cursors", "goals", "clocks")


class Agent(Experiment):
    """For the training loop: an agent's network, and the worlds that it plays in."""

    def __init__(self, network: nn.Module) -> None:
        """network: an `ActorCritic` or a `QNetwork`; the worlds lie where it is."""
        self.network = network
        self.worlds = Worlds(WORLDS, goal_cells("train").to(next(network.parameters()).device))

    def evaluate(self) -> dict[str, float]:
        """See `measures`."""
        return measures(policy_of(self.network))

    def state(self) -> State:
        """Where cursors and goals are, and what the clocks show."""
        return {name: getattr(self.worlds, name) for name in _CHANGING}

    def load_state(self, state: State) -> None:
        for name in _CHANGING:
            setattr(self.worlds, name, state[name].to(self.worlds.choices.device))


def measures(policy: Tensor) -> dict[str, float]:
    """How an agent with this policy, see `policy_of`, fares over all starts: nothing is sampled.

    hit, hit_unseen: the share of episodes that reach their goal, of the goals to train on and of
        the others, where moves are drawn as in training; hit_greedy, hit_greedy_unseen: where the
        most probable move is made. return: the mean sum of an episode's rewards, of the goals to
        train on, moves drawn.
    """
    drawn, earned = fare(policy)
    best, _ = fare(greedy(policy))
    return {
        "hit": mean(drawn, "train"),
        "hit_unseen": mean(drawn, "test"),
        "hit_greedy": mean(best, "train"),
        "hit_greedy_unseen": mean(best, "test"),
        "return": mean(earned, "train"),
    }


def hits(network: nn.Module, *, best: bool = False) -> Tensor:
    """How probable it is that an agent reaches a goal in time: float64, (8, 8), on the CPU.

    At [y, x] that of the goal there, the mean over all starts. Exact: nothing is sampled.

    network: an `ActorCritic` or a `QNetwork`. best: the most probable move is always made, not one
    drawn as in training.
    """
    policy = policy_of(network)
    hit, _ = fare(greedy(policy) if best else policy)
    return _over_starts(hit).view(SIDE, SIDE)


def every_state(device: torch.device) -> Tensor:
    """What is seen with each goal and each cursor: float32, (64 · 64, 3, 8, 8), by goal first."""
    cells = torch.arange(CELLS, device=device)
    goals, cursors = torch.cartesian_prod(cells, cells).unbind(1)
    return observe(cursors, goals)


@torch.no_grad()
def policy_of(network: nn.Module) -> Tensor:
    """How probable each move is, by goal and cursor: float64, (64, 64, 4), on the CPU."""
    return by_state(network.policy(every_state(next(network.parameters()).device)))


def by_state(said: Tensor) -> Tensor:
    """What was said of `every_state`, by goal and cursor: float64, (64, 64, …), on the CPU."""
    return said.cpu().double().unflatten(0, (CELLS, CELLS))


def greedy(policy: Tensor) -> Tensor:
    """The policy that always makes the move that is most probable in this one; same shape."""
    return F.one_hot(policy.argmax(-1), policy.shape[-1]).double()


def fare(policy: Tensor) -> tuple[Tensor, Tensor]:
    """What comes of a policy, (64, 64, 4), for each goal and start: float64, (64, 64) each.

    The probability that the goal is reached in time, 1 where the cursor starts at it, and the
    expected sum of rewards, 0 there. Reckoned from an episode's end back to its start.
    """
    there, reward = _outcomes()
    at_goal = torch.eye(CELLS, dtype=torch.bool)
    hit, earned = at_goal.double(), torch.zeros(CELLS, CELLS, dtype=torch.float64)
    for _ in range(LONGEST):
        hit = torch.where(at_goal, 1.0, (policy * hit[:, there]).sum(-1))
        earned = torch.where(at_goal, 0.0, (policy * (reward + earned[:, there])).sum(-1))
    return hit, earned


def true_values(policy: Tensor, discount: float) -> Tensor:
    """What states are worth under a policy, (64, 64, 4): float64, (64, 64), by goal and cursor.

    The expected sum of discounted rewards up to the goal, whatever the clock shows: the solution
    of V = reward + discount · (V of the next state), all states at once. 0 at the goal.
    """
    there, reward = _outcomes()
    leads = torch.zeros(CELLS, CELLS, CELLS, dtype=torch.float64)
    leads.scatter_add_(2, there.expand(CELLS, -1, -1), policy)
    away = 1 - torch.eye(CELLS, dtype=torch.float64)
    leads = leads * away[:, None, :]  # at the goal an episode ends, and nothing is earned any more
    earned = (policy * reward).sum(-1)
    return away * torch.linalg.solve(torch.eye(CELLS).double() - discount * leads, earned)


def mean(map: Tensor, part: str) -> float:
    """The mean over the goals of one of GOALS and all starts elsewhere, of (64, 64)."""
    return _over_starts(map)[goal_cells(part)].mean().item()


def _over_starts(map: Tensor) -> Tensor:
    """The mean for each goal over all starts but the goal itself: (64, 64) to (64,)."""
    return (map.sum(1) - map.diagonal()) / (CELLS - 1)


def _outcomes() -> tuple[Tensor, Tensor]:
    """Where each move leads from each cell, (64, 4), and what it earns by goal, (64, 64, 4)."""
    cells, moves = torch.arange(CELLS), torch.arange(len(MOVES))
    there, reward = outcome(cells[:, None], cells[:, None, None], moves)
    return there, reward.double()
