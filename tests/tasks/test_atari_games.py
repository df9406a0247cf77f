"""Atari's games: what an agent sees is what the usual wrappers show, and a game is gone on with."""

import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env
from stable_baselines3.common.env_util import make_atari_env
from stable_baselines3.common.vec_env import VecFrameStack

from coordlib import occlusion
from coordlib.tasks.atari import networks, playing
from coordlib.tasks.atari.games import GAMES, Game


@pytest.mark.parametrize("name", GAMES)
def test_a_game_has_its_actions_and_begins(name):
    game = Game(name)
    assert len(game.meanings) == GAMES[name] and game.meanings[0] == "NOOP"
    observation, _ = game.reset(seed=0)
    assert game.observation_space.contains(observation)
    assert observation[:-1].max() == 0 and observation[-1].std() > 5


def test_an_unknown_game_gets_the_nearest_name():
    with pytest.raises(ValueError, match=r"game got 'Ms\. Pacman' \(did you mean 'MsPacman'\?\)"):
        Game("Ms. Pacman")


@pytest.mark.filterwarnings("ignore:.*render")  # nothing is drawn
def test_gymnasiums_own_checker_passes():
    check_env(Game("Pong"), skip_render_check=True)


@pytest.mark.parametrize("name", ["Breakout", "MsPacman"])
def test_a_game_is_what_the_usual_wrappers_make_of_it(name):
    """The same rewards, ends and scores; and the same pictures, but for how colours turn grey.

    The wrappers take the larger colours and then their grey, we the larger grey; where only one of
    the last two frames counts, as in most, the two are one but for rounding.
    """
    usual = VecFrameStack(make_atari_env(f"{name}NoFrameskip-v4", 1, seed=5), 4)
    ours = Game(name)
    theirs = usual.reset()
    seen, _ = ours.reset(seed=5)
    random = np.random.default_rng(0)
    lives_lost = games_over = 0
    for _ in range(600):
        apart = np.abs(seen.astype(int) - theirs[0].transpose(2, 0, 1))
        assert apart.mean() < 0.5 and np.quantile(apart, 0.99) <= 2
        action = random.integers(GAMES[name])
        theirs, reward, done, (told,) = usual.step([action])
        seen, own_reward, ended, cut, own_told = ours.step(action)
        assert (own_reward, ended or cut) == (reward[0], done[0])
        if ended:
            lives_lost += 1
            seen, _ = ours.reset()
        if "episode" in told:
            games_over += 1
            assert own_told["episode"]["r"] == told["episode"]["r"]
            break
    assert lives_lost >= 3 and games_over == 1


def test_a_game_goes_on_to_the_bit_where_its_state_was_kept():
    first, second = Game("MsPacman"), Game("MsPacman")
    first.reset(seed=1)
    for _ in range(20):
        first.step(2)
    second.reset(seed=2)
    second.load_state(*first.state())
    assert np.array_equal(first.observation, second.observation)
    for k in range(250):  # beyond a lost life, maybe a game
        (seen, *told), (other, *others) = first.step(k % 9), second.step(k % 9)
        assert np.array_equal(seen, other) and told == others
        if told[1]:
            assert np.array_equal(first.reset()[0], second.reset()[0])
    assert first.score == second.score > 0


def test_games_differ_by_seed_and_those_to_be_measured_in_are_others():
    train, other, measured = (
        set(playing.seeds(0, 16)),
        set(playing.seeds(1, 16)),
        set(playing.seeds(0, 16, measured=True)),
    )
    assert len(train | other | measured) == 48
    assert playing.seeds(-1, 2) == playing.seeds(2**64 - 1, 2)


# How agents play.


def test_actions_are_drawn_as_logits_say():
    logits = torch.tensor([[0.0, 1.0, -1.0]]).expand(40_000, 3)
    actions = playing.drawn(logits, torch.Generator().manual_seed(0))
    shares = torch.bincount(actions, minlength=3) / len(actions)
    assert torch.allclose(shares, logits[0].softmax(0), atol=0.01)
    assert playing.drawn(torch.full((2, 3), float("nan"))).shape == (2,)


def test_a_q_learner_takes_the_best_action_but_for_one_step_in_twenty():
    network = networks.q_network("plain", 4)
    with torch.no_grad():
        network.head.weight.zero_()
        network.head.bias.copy_(torch.tensor([0.0, 0.0, 1.0, 0.0]))
    play = playing.player(network)
    actions = np.concatenate([play(np.zeros((100, 4, 84, 84), np.uint8)) for _ in range(20)])
    assert (actions == 2).mean() == pytest.approx(0.95 + 0.05 / 4, abs=0.015)


def test_scores_are_those_of_whole_games():
    """With the same actions: all lives of a game that is played by hand."""
    game, twin = Game("MsPacman"), Game("MsPacman")

    def up(observations):
        return np.full(len(observations), 1)

    (score,) = playing.scores(up, [game], longest=2_000)
    twin.reset(seed=playing.seeds(0, 1, measured=True)[0])
    lives = 0
    while True:
        _, _, ended, _, told = twin.step(1)
        lives += ended
        if told:
            break
        if ended:
            twin.reset()
    assert score == told["episode"]["r"] > 0 and lives == 3
    (short,) = playing.scores(up, [game], longest=3)
    assert short < score


# Replays.


def test_a_replay_is_what_was_played():
    network = networks.actor_critic("coordconv", 9)
    replay = playing.replay(network, "MsPacman", seed=4, longest=40, look_at=(5, 30, 99))
    assert len(replay) == 40 and replay.pictures.shape == (40, 210, 160)
    game = Game("MsPacman")
    game.reset(seed=4)
    for step, action in enumerate(replay.actions):
        observation, *_ = game.step(action)
        assert np.array_equal(replay.image(step), game.screen()[1])
        assert np.array_equal(replay.seen[step], observation[-1])
        assert replay.scores[step] == game.score
        if step == 30:
            frames = torch.from_numpy(observation[None])
    assert replay.meanings == tuple(game.meanings)
    assert replay.looked_at.tolist() == [5, 30] and replay.saliency.shape == (2, 84, 84)
    wanted = occlusion.saliency(lambda some: network(some)[0], frames)[0]
    assert replay.saliency[1] == pytest.approx(wanted.numpy(), rel=1e-3, abs=1e-6)


def test_where_nothing_is_looked_at_there_is_no_saliency():
    network = networks.q_network("plain", 6)
    assert playing.replay(network, "Pong", longest=3).saliency.shape == (0, 84, 84)
    with pytest.raises(ValueError, match=r"look_at got \(1,\); a network without a policy"):
        playing.replay(network, "Pong", longest=3, look_at=(1,))
