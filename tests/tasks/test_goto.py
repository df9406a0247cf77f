"""GoTo's agents: networks that start alike, an exact measure, losses as announced, to the bit."""

import math
import threading

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from coordlib import training
from coordlib.recipes import SCALES
from coordlib.tasks import goto
from coordlib.tasks.goto import agent, networks
from coordlib.tasks.goto.world import CELLS, LONGEST, SIDE, Worlds, goal_cells, observe

CPU = torch.device("cpu")


def smoke(network="pooled", seed=0, **changes):
    settings, recipe = goto.preset(network, scale="smoke", **changes)
    return settings.experiment(seed, CPU), recipe


def some_pictures(count):
    generator = torch.Generator().manual_seed(7)
    return observe(*torch.randint(CELLS, (2, count), generator=generator))


# Networks.


@pytest.mark.parametrize(
    ("network", "weights", "coordinates"),
    [("pooled", 6_053, 64), ("padded", 14_245, 64), ("flat", 27_301, 576)],
)
def test_a_network_has_as_many_weights_as_it_should(network, weights, coordinates):
    for told, more in (("none", 0), ("input", coordinates)):
        settings = goto.Settings(network, coordinates=told)
        built = settings.build(0)
        assert sum(each.numel() for each in built.parameters()) == weights + more
        logits, values = built(some_pictures(5))
        assert logits.shape == (5, 4) and values.shape == (5,)
        trained = [each for each in goto.Settings(network, told, "dqn").build(0).parameters()]
        trained = sum(each.numel() for each in trained if each.requires_grad)
        assert trained == weights + more - 129  # no critic


@pytest.mark.parametrize("kind", goto.AGENTS)
@pytest.mark.parametrize("network", goto.NETWORKS)
def test_networks_of_a_seed_start_alike_but_for_the_coordinates(network, kind):
    told, untold = (
        goto.Settings(network, each, kind).build(3).state_dict() for each in ("input", "none")
    )
    for name, weight in untold.items():
        same = told[name][:, :3] if name.endswith("0.weight") and weight.ndim == 4 else told[name]
        assert torch.equal(same[: len(weight)], weight), name
    other = goto.Settings(network, "none", kind).build(4).state_dict()
    assert not torch.equal(other[min(other)], untold[min(untold)])


def test_a_pooled_trunk_is_blind_to_places_unless_it_is_told():
    cursors, goals = torch.arange(CELLS), torch.full((CELLS,), 5)
    seen = observe(cursors, goals)
    for network, coordinates, blind in (
        ("pooled", "none", True),
        ("pooled", "input", False),
        ("padded", "none", False),
        ("flat", "none", False),
    ):
        logits, _ = goto.Settings(network, coordinates).build(0)(seen)
        assert (logits.std(0).max() < 1e-6) == blind, (network, coordinates)


@pytest.mark.parametrize("kind", goto.AGENTS)
def test_pictures_of_another_shape_are_refused(kind):
    network = goto.Settings("flat", agent=kind).build(0)
    for shape in ((2, 3, 16, 16), (2, 4, 8, 8), (3, 8, 8)):
        with pytest.raises(ValueError, match=r"pictures got shape .*; it takes \(n, 3, 8, 8\)"):
            network(torch.zeros(shape))


# The measure.


class Fixed(nn.Module):
    """An agent with a policy of its own, a function of pictures."""

    def __init__(self, policy):
        super().__init__()
        self.policy, self.unused = policy, nn.Parameter(torch.zeros(1))


def straight(pictures):
    """To the goal's column, then to its row."""
    cursors = pictures[:, 0].flatten(1).argmax(1)
    goal_x, goal_y = ((pictures[:, 1:, 0, 0] + 1) * 3.5).round().long().unbind(1)
    x, y = cursors % SIDE, cursors // SIDE
    along = torch.where(x < goal_x, 3, 2)
    down = torch.where(y < goal_y, 1, 0)
    return F.one_hot(torch.where(x == goal_x, down, along), 4).float()


def evenly(pictures):
    return torch.full((len(pictures), 4), 0.25)


def right(pictures):
    return F.one_hot(torch.full((len(pictures),), 3), 4).float()


def test_who_goes_straight_always_arrives_and_earns_all_there_is():
    measured = agent.measures(agent.policy_of(Fixed(straight)))
    assert measured["hit"] == measured["hit_unseen"] == measured["hit_greedy"] == 1
    cells = torch.arange(CELLS)
    goals = goal_cells("train")
    away = (cells % 8 - goals[:, None] % 8).abs() + (cells // 8 - goals[:, None] // 8).abs()
    assert measured["return"] == pytest.approx(1 + 0.09 * away.sum().item() / (48 * 63))


def test_the_map_tells_which_goals_are_reached():
    map = goto.hits(Fixed(right))
    assert map.shape == (8, 8) and map.dtype == torch.float64
    # In each row those that start left of it.
    assert torch.allclose(map, (torch.arange(8.0).double() / 63).expand(8, 8))
    half = goto.hits(Fixed(lambda pictures: 0.5 * right(pictures) + 0.5 * straight(pictures)))
    assert (half > map).all() and (half < 1).any()
    best = Fixed(lambda pictures: 0.6 * right(pictures) + 0.4 * straight(pictures))
    assert torch.allclose(goto.hits(best, best=True), map)


def test_what_is_reckoned_is_what_happens():
    """The share of episodes that arrive, and their rewards, by playing 20,000 of them."""
    torch.manual_seed(0)
    measured = agent.measures(agent.policy_of(Fixed(evenly)))
    worlds = Worlds(20_000, goal_cells("train"))
    worlds.clocks[:] = LONGEST - 1
    worlds.step(torch.zeros(20_000, dtype=torch.int64))  # now each begins by chance
    assert (worlds.clocks == 0).all()
    first, hit, earned = torch.ones(20_000, dtype=torch.bool), 0, 0.0
    for _ in range(LONGEST):
        _, reward, reached, _ = worlds.step(torch.randint(4, (20_000,)))
        earned += reward[first].sum().item()
        hit += (reached & first).sum().item()
        first &= ~reached
    assert hit / 20_000 == pytest.approx(measured["hit"], abs=0.012)  # four deviations
    assert earned / 20_000 == pytest.approx(measured["return"], abs=0.02)


def test_true_values_are_what_rewards_add_up_to():
    policy = agent.policy_of(Fixed(straight))
    values = agent.true_values(policy, 0.9)
    cells = torch.arange(CELLS)
    goal, start = 9, 12  # three moves
    assert values[goal, start].item() == pytest.approx(0.09 + 0.9 * 0.09 + 0.81 * 1.09)
    assert (values[cells, cells] == 0).all()
    # Of one who never arrives: at the wall for ever.
    forever = agent.true_values(agent.policy_of(Fixed(right)), 0.9)
    assert forever[0, 7].item() == pytest.approx(-0.01 / 0.1)


# A2C.


def test_returns_count_rewards_up_to_the_end_of_their_episode():
    rewards = torch.tensor([[1.0, 0.0], [2.0, 4.0], [3.0, 8.0]])
    ended = torch.tensor([[False, False], [True, False], [False, False]])
    found = goto.n_step_returns(rewards, ended, torch.tensor([16.0, 32.0]), 0.5)
    expected = [[1 + 1.0, 0 + 2 + 2 + 4], [2.0, 4 + 4 + 8.0], [3 + 8.0, 8 + 16.0]]
    assert found.tolist() == expected
    assert rewards[0, 0] == 1  # left as they are


def test_only_what_the_clock_cut_off_is_followed_by_the_critics_word():
    rewards = torch.tensor([[1.0, 0.0], [2.0, 4.0]])
    cut = torch.tensor([[False, True], [False, False]])
    found = goto.with_what_follows(rewards, cut, torch.full((2, 2), 8.0), 0.5)
    assert found.tolist() == [[1.0, 4.0], [2.0, 4.0]]
    assert rewards[0, 1] == 0  # left as they are


def test_the_losses_are_those_that_are_announced():
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(6, 4, generator=generator, requires_grad=True)
    values = torch.randn(6, generator=generator, requires_grad=True)
    moves, returns = torch.tensor([0, 1, 2, 3, 0, 1]), torch.randn(6, generator=generator)
    actor, critic, entropy = goto.a2c_losses(logits, values, moves, returns)
    drawn = torch.distributions.Categorical(logits=logits)
    better = (returns - values).detach()
    assert actor.item() == pytest.approx(-(better * drawn.log_prob(moves)).mean().item())
    assert critic.item() == pytest.approx(F.mse_loss(values, returns).item())
    assert entropy.item() == pytest.approx(drawn.entropy().mean().item())
    assert torch.autograd.grad(actor, values, allow_unused=True, retain_graph=True) == (None,)
    assert torch.autograd.grad(critic, logits, allow_unused=True) == (None,)


def test_the_loss_weighs_the_three_and_uses_what_it_was_given():
    network = goto.Settings("flat").build(0)
    parts = [torch.tensor(each, requires_grad=True) for each in (2.0, 3.0, 5.0)]
    heard = {}

    def returns(rewards, ended, after, discount):
        heard["returns"] = rewards.shape, ended.dtype, after.shape, discount
        return rewards

    def losses(logits, values, moves, returns):
        heard["losses"] = logits.shape, values.shape, moves.dtype, returns.shape
        return parts

    made = goto.A2C(network, rollout=3, entropy=0.1, returns=returns, losses=losses)
    assert made.loss().item() == pytest.approx(2 + 0.5 * 3 - 0.1 * 5)
    assert heard["returns"] == ((3, 64), torch.bool, (64,), 0.97)
    assert heard["losses"] == ((192, 4), (192,), torch.int64, (192,))
    made.returns = lambda rewards, *_: rewards.flatten()
    with pytest.raises(ValueError, match=r"returns gave shape \(192,\); it takes \(3, 64\)"):
        made.loss()


def test_where_the_time_is_up_the_critics_word_is_added_and_at_the_goal_it_is_not():
    made, _ = smoke("flat")
    torch.manual_seed(0)
    with torch.no_grad():
        made.network.critic.weight.zero_()
        made.network.critic.bias.fill_(10.0)
    ends = []
    for _ in range(20):
        clocks, played = made.worlds.clocks, made.play()
        times = [clocks]
        for ended in played.ended[:-1]:
            times.append(torch.where(ended, 0, times[-1] + 1))
        there, reward = agent.outcome(played.cursors, played.goals, played.moves)
        reached = there == played.goals
        late = ~reached & (torch.stack(times) == LONGEST - 1)
        assert torch.equal(played.ended, reached | late)
        assert torch.allclose(played.rewards, reward + 9.7 * late)
        assert torch.allclose(played.after, torch.full((64,), 10.0))
        ends.append((int(reached.sum()), int(late.sum())))
    assert min(sum(each) for each in zip(*ends, strict=True)) > 20


def test_moves_are_drawn_as_the_actor_says():
    made, _ = smoke("flat", rollout=24)
    torch.manual_seed(0)
    wanted = torch.tensor([0.1, 0.2, 0.3, 0.4])
    with torch.no_grad():
        made.network.actor.weight.zero_()
        made.network.actor.bias.copy_(wanted.log())
    moves = torch.stack([made.play().moves for _ in range(5)]).flatten()
    assert torch.allclose(torch.bincount(moves) / len(moves), wanted, atol=0.02)


def test_the_critic_is_measured_against_what_states_are_worth():
    made, _ = smoke()
    with torch.no_grad():
        for head in (made.network.actor, made.network.critic):
            head.weight.zero_()
            head.bias.zero_()
        measured = made.evaluate()
    assert measured["entropy"] == pytest.approx(math.log(4))
    worth = agent.true_values(agent.policy_of(Fixed(evenly)), 0.97).square()
    expected = worth[goal_cells("train")].sum() / (48 * 63)
    assert measured["value_error"] == pytest.approx(math.sqrt(expected))


# DQN.


def test_the_memory_has_the_moves_that_were_made_and_forgets_the_oldest():
    made, _ = smoke("flat", agent="dqn")
    torch.manual_seed(0)
    before = made.worlds.cursors, made.worlds.goals
    made.loss()
    assert made.made == 64
    assert torch.equal(made.replay[:2, :64].long(), torch.stack(before))
    there, _ = agent.outcome(*before, made.replay[2, :64].long())
    stays = made.worlds.clocks > 0
    assert torch.equal(there[stays], made.worlds.cursors[stays])
    assert (made.replay[:, 64:] == 0).all()
    made.made = size = made.replay.shape[1]
    again = made.worlds.cursors
    made.loss()
    assert made.made == size + 64 and torch.equal(made.replay[0, :64].long(), again)


def test_a_move_is_worth_its_reward_and_the_best_that_may_follow():
    made, _ = smoke("flat", agent="dqn")
    corner, beside = 7, 5  # goal; from the cell between, right leads to it, left away
    between = torch.tensor([[6, 6], [corner, corner], [3, 2]], dtype=torch.uint8)
    with torch.no_grad():
        target = made.network.target(observe(torch.tensor([beside]), torch.tensor([corner])))
        said = made.network(observe(torch.tensor([6]), torch.tensor([corner])))[0]
    off = torch.stack((said[3] - 1.09, said[2] - (-0.11 + 0.97 * target.max())))
    expected = F.smooth_l1_loss(off, torch.zeros(2), reduction="none")
    for number in range(2):
        made.replay[:, :1], made.made = between[:, number : number + 1], 1
        assert made.learn().item() == pytest.approx(expected[number].item(), rel=1e-5)


def test_the_target_follows_every_fifty_steps_and_is_not_trained():
    made, recipe = smoke("flat", agent="dqn")
    online, target = (getattr(made.network, each)[1].weight for each in ("online", "target"))
    assert online.requires_grad and not target.requires_grad and torch.equal(online, target)
    start = target.clone()
    made.made = 64 * 46
    training.train(made, recipe.changed(steps=3, evaluate_every=3))
    assert torch.equal(target, start) and not torch.equal(online, start)
    training.train(made, recipe.changed(steps=1, evaluate_every=1))
    assert torch.equal(target, online)


def test_one_move_in_twenty_is_random():
    network = goto.Settings("flat", agent="dqn").build(0)
    seen = some_pictures(9)
    policy = network.policy(seen)
    assert torch.allclose(policy.sum(1), torch.ones(9))
    assert torch.equal(policy.argmax(1), network(seen).argmax(1))
    assert torch.allclose(policy.sort(1).values, torch.tensor([0.0125] * 3 + [0.9625]))
    assert networks.EXPLORING == 0.05


# In the loop.


@pytest.mark.parametrize("kind", goto.AGENTS)
@pytest.mark.parametrize("coordinates", networks.COORDINATES)
@pytest.mark.parametrize("network", goto.NETWORKS)
def test_it_trains_and_measures_itself(network, coordinates, kind):
    experiment, recipe = smoke(network, coordinates=coordinates, agent=kind)
    result = training.train(experiment, recipe, seed=0)
    final = result.history[-1].metrics
    shares = {"hit", "hit_unseen", "hit_greedy", "hit_greedy_unseen"}
    assert all(0 <= final[name] <= 1 for name in shares)
    more = {"entropy", "value_error"} if kind == "a2c" else set()
    assert final.keys() == shares | more | {"return"}
    with torch.inference_mode():
        map = goto.hits(experiment.network)
    part = map.flatten()[goal_cells("test")].mean().item()
    assert part == pytest.approx(final["hit_unseen"])


@pytest.mark.parametrize("kind", goto.AGENTS)
def test_it_learns(kind):
    settings, recipe = goto.preset("pooled", coordinates="input", agent=kind)
    experiment = settings.experiment(0, CPU)
    with torch.inference_mode():
        before = experiment.evaluate()["return"]
    result = training.train(experiment, recipe.changed(steps=30, evaluate_every=30), seed=0)
    assert result.history[-1].metrics["return"] > before + 0.3


@pytest.mark.parametrize("kind", goto.AGENTS)
def test_it_goes_on_to_the_bit(tmp_path, kind):
    def run(stop=None, on_event=None):
        experiment, recipe = smoke("flat", agent=kind)
        path = tmp_path / "checkpoint" if stop else None
        training.train(
            experiment,
            recipe.changed(steps=24, evaluate_every=12),
            seed=1,
            stop=stop,
            on_event=on_event,
            checkpoint=path,
        )
        state = {name: each for name, each in experiment.state().items() if torch.is_tensor(each)}
        return {**experiment.network.state_dict(), **state}

    def at_12(event):
        if isinstance(event, training.Evaluation):
            stop.set()

    stop = threading.Event()
    halfway = run(stop, at_12)
    whole = run()
    assert not all(torch.equal(halfway[name], whole[name]) for name in whole)
    resumed = run(threading.Event())
    assert all(torch.equal(resumed[name], whole[name]) for name in whole)


def test_the_length_in_moves_follows_from_the_steps():
    for kind, moves in (("a2c", {"lesson": 102_400, "paper": 204_800}), ("dqn", {})):
        for scale in SCALES:
            settings, recipe = goto.preset("flat", agent=kind, scale=scale)
            worlds = settings.experiment(0, CPU).worlds
            assert settings.moves_per_step == len(worlds.clocks) * (5 if kind == "a2c" else 1)
            if scale in moves:
                assert recipe.steps * settings.moves_per_step == moves[scale]
    assert goto.preset("flat", rollout=8)[0].moves_per_step == 512


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"network": "pooledd"}, "network got 'pooledd' .did you mean 'pooled'"),
        ({"coordinates": "all"}, "coordinates got 'all'.* none, input"),
        ({"agent": "a3c"}, "agent got 'a3c' .did you mean 'a2c'"),
        ({"rollout": 0}, "rollout got 0; it takes a whole number from 1 to 24"),
        ({"entropy": -0.1}, "entropy got -0.1"),
        ({"agent": "dqn", "rollout": 8}, "rollout got 8; dqn does not take it"),
        ({"agent": "dqn", "entropy": 0.0}, "entropy got 0.0; dqn does not take it"),
        ({"style": "released"}, "style got 'released' .*it takes one of course"),
        ({"scale": "huge"}, "scale got 'huge'"),
    ],
)
def test_what_does_not_go_together_is_refused(changes, says):
    with pytest.raises(ValueError, match=says):
        goto.preset(**{"network": "pooled", **changes})


def test_a_checkpoint_of_another_network_is_refused(tmp_path):
    path = tmp_path / "checkpoint"
    experiment, recipe = smoke("pooled")
    training.train(experiment, recipe, checkpoint=path)
    other, _ = smoke("pooled", coordinates="input")
    with pytest.raises(ValueError, match="of another network: trunk.0.weight differ"):
        training.train(other, recipe, checkpoint=path)
