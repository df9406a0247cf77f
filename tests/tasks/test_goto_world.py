"""GoTo's world: what is seen, what a move does and earns, when an episode ends; and gymnasium's."""

import subprocess
import sys

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env

from coordlib.coordinates import coordinate_channels
from coordlib.tasks.goto.env import GoToEnv
from coordlib.tasks.goto.world import CELLS, LONGEST, SIDE, Worlds, goal_cells, observe, outcome

UP, DOWN, LEFT, RIGHT = range(4)


def cell(x, y):
    return SIDE * y + x


def moved(x, y, move, goal=(7, 7)):
    """Where a move leads, as (x, y), and what it earns."""
    there, reward = outcome(*(torch.tensor([each]) for each in (cell(x, y), cell(*goal), move)))
    return (there.item() % SIDE, there.item() // SIDE), reward.item()


# Goals, sight and moves.


def test_a_quarter_of_the_goals_is_held_out():
    train, test = (goal_cells(part).tolist() for part in ("train", "test"))
    assert sorted(train + test) == list(range(CELLS)) and len(test) == 16
    assert all(each % SIDE >= 4 and each // SIDE >= 4 for each in test)
    with pytest.raises(ValueError, match="part got 'tset' .did you mean 'test'"):
        goal_cells("tset")


def test_the_cursor_is_a_pixel_and_the_goal_its_coordinates():
    seen = observe(torch.tensor([cell(2, 5), 0]), torch.tensor([cell(7, 1), cell(3, 4)]))
    assert seen.shape == (2, 3, 8, 8) and seen.dtype == torch.float32
    assert seen[:, 0].sum((1, 2)).tolist() == [1, 1] and seen[0, 0, 5, 2] == 1
    told = coordinate_channels((SIDE, SIDE))
    assert torch.allclose(seen[0, 1:], told[:, 1, 7][:, None, None].expand(2, 8, 8))
    assert torch.allclose(seen[1, 1:], told[:, 4, 3][:, None, None].expand(2, 8, 8))


@pytest.mark.parametrize(
    ("move", "there", "reward"),
    [(UP, (3, 3), -0.11), (DOWN, (3, 5), 0.09), (LEFT, (2, 4), -0.11), (RIGHT, (4, 4), 0.09)],
)
def test_a_move_leads_to_the_next_cell(move, there, reward):
    assert moved(3, 4, move) == (there, pytest.approx(reward))


@pytest.mark.parametrize(
    ("x", "y", "move"), [(2, 0, UP), (2, 7, DOWN), (0, 2, LEFT), (7, 2, RIGHT)]
)
def test_a_move_off_the_canvas_leads_nowhere(x, y, move):
    assert moved(x, y, move, goal=(4, 4)) == ((x, y), pytest.approx(-0.01))


def test_the_goal_earns_one_more():
    assert moved(6, 7, RIGHT) == ((7, 7), pytest.approx(1.09))


# Episodes, side by side.


def test_an_episode_that_ends_makes_room_for_another():
    torch.manual_seed(0)
    choices = goal_cells("train")
    worlds = Worlds(640, choices)
    ends = {"reached": 0, "late": 0}
    for _ in range(60):
        cursors, goals, clocks = worlds.cursors, worlds.goals, worlds.clocks
        moves = torch.randint(4, (640,))
        there, reward, reached, late = worlds.step(moves)
        expected = outcome(cursors, goals, moves)
        assert torch.equal(there, expected[0]) and torch.equal(reward, expected[1])
        assert torch.equal(reached, there == goals)
        assert torch.equal(late, ~reached & (clocks == LONGEST - 1))
        ended = reached | late
        assert torch.equal(worlds.clocks, torch.where(ended, 0, clocks + 1))
        assert torch.equal(worlds.goals[~ended], goals[~ended])
        assert torch.equal(worlds.cursors[~ended], there[~ended])
        assert (worlds.cursors != worlds.goals).all()
        assert torch.isin(worlds.goals, choices).all()
        ends["reached"] += int(reached.sum())
        ends["late"] += int(late.sum())
    assert min(ends.values()) > 100


def test_new_episodes_have_every_goal_and_start():
    torch.manual_seed(0)
    worlds = Worlds(20_000, goal_cells("train"))
    worlds.clocks[:] = LONGEST - 1
    _, _, reached, _ = worlds.step(torch.zeros(20_000, dtype=torch.int64))
    seen = torch.stack((worlds.goals, worlds.cursors), 1).unique(dim=0)
    assert len(seen) > 0.99 * 48 * 63
    goals = torch.bincount(worlds.goals, minlength=CELLS)
    assert goals[goal_cells("test")].sum() == 0
    assert goals[goal_cells("train")].float().std() < 40  # 20 of 417 by chance


def test_the_first_episodes_are_spread():
    worlds = Worlds(64, goal_cells("train"))
    assert (worlds.cursors != worlds.goals).all()
    assert len(worlds.goals.unique()) == 48 and len(worlds.cursors.unique()) > 30
    assert worlds.clocks.unique().tolist() == list(range(LONGEST))


# gymnasium's interface.


@pytest.mark.parametrize("part", ["train", "test"])
@pytest.mark.filterwarnings("error")
def test_gymnasiums_own_checker_has_nothing_to_say(part):
    check_env(gymnasium.make("coordlib/GoTo-v0", part=part).unwrapped)


def test_the_environment_is_the_world():
    env = GoToEnv("test")
    seen, _ = env.reset(seed=3)
    goals = set()
    for _ in range(30):
        clock, ended = 0, False
        while not ended:
            (y, x), (gx, gy) = np.argwhere(seen[0])[0], np.rint((seen[1:, 0, 0] + 1) * 3.5)
            goal = torch.tensor([cell(int(gx), int(gy))])
            # Towards the goal along x, then up: what is below is never reached.
            move = RIGHT if x < gx else LEFT if x > gx else UP
            there, reward = outcome(torch.tensor([cell(x, y)]), goal, torch.tensor([move]))
            seen, told, terminated, truncated, _ = env.step(np.int64(move))
            clock += 1
            assert np.array_equal(seen, observe(there, goal)[0].numpy())
            assert told == reward.item()
            assert terminated == bool(there == goal)
            assert truncated == (not terminated and clock == LONGEST)
            ended = terminated or truncated
        goals.add(goal.item())
        seen, _ = env.reset()
    assert goals <= set(goal_cells("test").tolist()) and len(goals) > 8


def test_what_the_environment_does_not_take_is_named():
    with pytest.raises(ValueError, match="part got 'all'; it takes one of train, test"):
        GoToEnv("all")
    env = GoToEnv()
    env.reset(seed=0)
    with pytest.raises(ValueError, match=r"action got 4; it takes a number of \('up', 'down'"):
        env.step(4)


def test_without_gymnasium_only_the_environment_is_missing():
    program = (
        "import sys; sys.modules['gymnasium'] = None\n"
        "from coordlib.tasks import goto\n"
        "try:\n    from coordlib.tasks.goto import env\n"
        "except ImportError as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "needs the extra 'lab'" in done.stdout and "pip install '.[lab]'" in done.stdout
