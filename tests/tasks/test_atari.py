"""Agents of Atari games: arms that start alike, an update as the library's, runs gone on with."""

import copy
import sys
import threading

import numpy as np
import pytest
import torch
from stable_baselines3.common.sb2_compat.rmsprop_tf_like import RMSpropTFLike
from torch import nn
from torch.nn import functional as F

from coordlib import recording, tasks, training
from coordlib.tasks import atari
from coordlib.tasks.atari import networks
from coordlib.training.optimizers import optimizer

CPU = torch.device("cpu")
TRUNK, POOLED = 1_684_128, 111_264  # parameters: DQN's trunk of 2015, and with a pool in it


def smoke(network="plain", **changes):
    settings, recipe = atari.preset(network, scale="smoke", **changes)
    return settings.experiment(3, CPU), recipe


def count(module):
    return sum(each.numel() for each in module.parameters())


# Networks.


@pytest.mark.parametrize(
    ("network", "trunks", "coordinates"),
    [
        ("plain", TRUNK, 0),
        ("coordconv", TRUNK, 2 * 32 * 64),
        ("coordconv_all", TRUNK, 2 * (32 * 64 + 64 * 16 + 64 * 9)),
        ("coordconv_actor", 2 * TRUNK, 2 * 32 * 64),
        ("apart", 2 * TRUNK, 0),
        ("pooled", POOLED, 0),
        ("pooled_coordconv", POOLED, 2 * 32 * 64),
    ],
)
def test_an_arm_has_as_many_weights_as_it_should(network, trunks, coordinates):
    made = networks.actor_critic(network, 9)
    heads = 512 * 9 + 9 + 512 + 1
    assert count(made) == trunks + coordinates + heads
    logits, values = made(torch.randint(0, 256, (3, 4, 84, 84), dtype=torch.uint8))
    assert logits.shape == (3, 9) and values.shape == (3,)
    assert logits.std() < 0.1  # the policy starts as good as even


def test_arms_of_a_seed_start_alike_but_for_coordinate_weights():
    plain, told = (
        networks.actor_critic(name, 4, seed=5).state_dict() for name in ("plain", "coordconv")
    )
    assert [name for name in plain if plain[name].shape != told[name].shape] == ["trunk.0.weight"]
    assert torch.equal(told["trunk.0.weight"][:, :4], plain["trunk.0.weight"])
    assert all(torch.equal(plain[name], told[name]) for name in plain if name != "trunk.0.weight")
    actor, apart = (
        networks.actor_critic(name, 4, seed=5).state_dict() for name in ("coordconv_actor", "apart")
    )
    assert all(torch.equal(actor[name], apart[name]) for name in apart if name != "trunk.0.weight")
    assert not torch.equal(apart["critic_trunk.0.weight"], apart["trunk.0.weight"])


def test_only_the_actor_is_told_where_it_should_be():
    made = networks.actor_critic("coordconv_actor", 4)
    frames = torch.randint(0, 256, (2, 4, 84, 84), dtype=torch.uint8)
    logits, values = made(frames)
    with torch.no_grad():
        made.trunk[0].coordinate_weight.zero_()
    other, same = made(frames)
    assert torch.equal(values, same) and not torch.allclose(logits, other)


def test_an_input_that_the_network_cannot_take_is_named():
    made = networks.actor_critic("plain", 4)
    with pytest.raises(ValueError, match=r"frames got shape \(1, 3, 84, 84\); an agent takes"):
        made(torch.zeros(1, 3, 84, 84))


# Learning.


def test_an_update_is_the_librarys_own():
    """The loss of the kept passes has the gradients that the library's A2C would have computed."""
    experiment, recipe = smoke()
    network, given = copy.deepcopy(experiment.network), {}

    class Once:
        step, steps, seed = 0, 1, 3

        def __init__(self):
            self.recipe = recipe
            self.autocast = training.autocast(CPU, torch.float32)
            self.optimizer = optimizer(experiment.network, recipe)

        def advance(self, step, losses):
            given.update(losses)
            return False

    made = []
    make = experiment.algorithm
    experiment.algorithm = lambda *session: made.append(make(*session)) or made[0]
    experiment.run(Once())
    (algorithm,) = made
    ours = [each.grad.clone() for each in experiment.network.parameters()]
    rollout = algorithm.rollout_buffer
    assert rollout.observations.shape[:2] == (5, 2)
    frames = torch.from_numpy(rollout.observations).flatten(0, 1)
    logits, values = network(frames)
    policy = torch.distributions.Categorical(logits=logits)
    actions, advantages, returns = (
        torch.from_numpy(each.reshape(-1))
        for each in (rollout.actions, rollout.advantages, rollout.returns)
    )
    policy_loss = -(advantages * policy.log_prob(actions)).mean()
    value_loss, entropy = F.mse_loss(values, returns), policy.entropy().mean()
    assert given == pytest.approx(
        {
            "policy_loss": policy_loss.item(),
            "value_loss": value_loss.item(),
            "entropy": entropy.item(),
        },
        rel=1e-4,
    )
    (policy_loss + 0.25 * value_loss - 0.01 * entropy).backward()
    nn.utils.clip_grad_norm_(network.parameters(), 0.5)
    for gradient, each in zip(ours, network.parameters(), strict=True):
        assert torch.allclose(gradient, each.grad, rtol=1e-3, atol=1e-6)


def test_the_optimizer_is_the_librarys_form_of_tensorflows():
    _, recipe = smoke()
    assert (recipe.optimizer, recipe.batch_size, recipe.schedule) == ("rmsprop_tf", 10, "constant")
    made = optimizer(nn.Linear(3, 2), recipe)
    assert isinstance(made, RMSpropTFLike)
    for group in made.param_groups:
        assert (group["lr"], group["alpha"], group["eps"]) == (7e-4, 0.99, 1e-5)


def test_without_the_library_its_optimizer_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, RMSpropTFLike.__module__, None)
    _, recipe = smoke()
    with pytest.raises(ImportError, match=r"rmsprop_tf needs the extra 'rl' .* pip install"):
        optimizer(nn.Linear(3, 2), recipe)


def test_a_run_says_how_far_it_is_and_what_it_scored():
    experiment, recipe = smoke("coordconv")
    told = []
    result = training.train(experiment, recipe, seed=3, on_event=told.append)
    assert result.finished and [each.step for each in result.history] == [2, 4]
    assert list(result.history[-1].metrics) == [
        "frames",
        "return",
        "train_return",
        "episodes",
        "policy_loss",
        "value_loss",
        "entropy",
    ]
    assert [each.metrics["frames"] for each in result.history] == [2 * 40, 4 * 40]
    last = [event for event in told if isinstance(event, training.Progress)][-1]
    assert last.learning_rate == 7e-4 and "entropy" in last.losses


def test_the_return_in_training_is_of_the_games_that_ended_since_it_was_last_measured():
    experiment, _ = smoke(longest=1)
    experiment.returns = [60.0, 80.0]
    metrics = [experiment.evaluate() for _ in range(2)]
    assert [each["train_return"] for each in metrics] == [70, 70]
    assert [each["episodes"] for each in metrics] == [2, 0]


class Countdown(threading.Event):
    """Is set after so many steps; it is asked once before the first."""

    def __init__(self, steps):
        super().__init__()
        self.left = steps + 1

    def is_set(self):
        self.left -= 1
        return self.left <= 0


@pytest.mark.parametrize("network", ["plain", "coordconv_actor"])
def test_a_stopped_run_goes_on_to_the_bit(tmp_path, network):
    whole, recipe = smoke(network)
    recipe = recipe.changed(steps=6, evaluate_every=4)
    expected = training.train(whole, recipe, seed=3).history
    path = tmp_path / "checkpoint.safetensors"
    for steps in (2, 4):  # once between evaluations, once after one
        part, _ = smoke(network)
        np.random.random()  # numpy's numbers for all must not count
        result = training.train(part, recipe, seed=3, checkpoint=path, stop=Countdown(2))
        assert (result.step, result.finished) == (steps, False)
    last, _ = smoke(network)
    result = training.train(last, recipe, seed=3, checkpoint=path)
    assert result.finished
    assert [each.metrics for each in result.history] == [each.metrics for each in expected]
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(tensor, last.network.state_dict()[name]), name
    assert all(
        np.array_equal(one.observation, other.observation)
        for one, other in zip(whole.games, last.games, strict=True)
    )


def test_q_learning_learns_and_goes_on_with_an_empty_memory(tmp_path):
    path, stop = tmp_path / "checkpoint.safetensors", threading.Event()
    first, recipe = smoke(learner="dqn")
    before = {name: each.clone() for name, each in first.network.state_dict().items()}
    assert (recipe.optimizer, recipe.batch_size) == ("adam", 32)
    result = training.train(
        first,
        recipe,
        checkpoint=path,
        stop=stop,
        on_event=lambda event: isinstance(event, training.Evaluation) and stop.set(),
    )
    assert not result.finished and "entropy" not in result.history[0].metrics
    assert any(
        not torch.equal(before[name], each) for name, each in first.network.state_dict().items()
    )
    second, _ = smoke(learner="dqn")
    assert training.train(second, recipe, checkpoint=path).finished


def test_a_game_that_breaks_ends_the_run_with_its_last_checkpoint(tmp_path):
    experiment, recipe = smoke()
    path = tmp_path / "checkpoint.safetensors"

    def on_event(event):
        if isinstance(event, training.Evaluation):  # after two steps

            def broken(action):
                raise RuntimeError("the emulator is gone")

            experiment.games[1].step = broken

    with pytest.raises(RuntimeError, match="the emulator is gone"):
        training.train(experiment, recipe, checkpoint=path, checkpoint_seconds=0, on_event=on_event)
    again, _ = smoke()
    result = training.train(again, recipe, checkpoint=path)
    assert result.finished and result.history[0].step == 2


def test_a_recorded_run_is_restored(tmp_path):
    settings, recipe = atari.preset("coordconv", scale="smoke")
    run = recording.record("atari", settings, recipe, 0, tmp_path / "run")
    assert run.finished and run.history["frames"] == [80, 160]
    restored = recording.restore(run)
    assert restored.evaluate()["return"] == run.final["return"]


# What is wrong is named.


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"game": "Pacman"}, "game got 'Pacman' .did you mean 'MsPacman'"),
        ({"network": "coordconf"}, "network got 'coordconf' .did you mean 'coordconv'"),
        ({"network": "apart", "learner": "dqn"}, "network got 'apart'; dqn, which has no actor"),
        ({"agents": 0}, "agents got 0"),
    ],
)
def test_settings_that_there_are_not_are_named(values, says):
    with pytest.raises(ValueError, match=says):
        atari.preset(**{"network": "plain", **values})


def test_what_the_library_cannot_do_is_named():
    experiment, recipe = smoke()
    with pytest.raises(ValueError, match="batch_size got 7; A2C takes a multiple of its 2 agents"):
        training.train(experiment, recipe.changed(batch_size=7))
    with pytest.raises(ValueError, match="precision got 'float16'.* takes float32 or bfloat16"):
        training.train(experiment, recipe, precision="float16")


def test_a_missing_extra_is_named(monkeypatch):
    for name in [each for each in sys.modules if each.startswith("coordlib.tasks.atari")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ale_py", None)
    with pytest.raises(ImportError, match=r"atari needs the extra 'rl' .*pip install '\.\[rl\]'"):
        tasks.load("atari")


def test_a_checkpoint_of_another_network_is_refused(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    experiment, recipe = smoke()
    training.train(experiment, recipe, checkpoint=path)
    other, _ = smoke("coordconv")
    with pytest.raises(ValueError, match=r"is of another network: trunk\.0\.weight differ"):
        training.train(other, recipe, checkpoint=path)


def test_sixteen_bits_learn_the_same_but_for_rounding():
    losses = []
    for precision in ("float32", "bfloat16"):
        experiment, recipe = smoke()
        result = training.train(experiment, recipe.changed(steps=1), precision=precision)
        losses.append(result.history[-1].metrics)
    assert losses[0]["entropy"] == pytest.approx(losses[1]["entropy"], rel=1e-3)
    assert losses[0] != losses[1]
