"""Claims C23, C24 and O5."""

import json

import pytest

from coordlib.claims import agents
from tests.claims.made import add_to_sweep, of, printed
from tests.test_records import run


@pytest.fixture
def published(data):
    """A published agent that scored 100 in each million of frames."""
    games = {game: {"return": [100.0] * 40, "episodes": [9.0] * 40} for game in agents.GAMES}
    path = data / "outside" / "published_a2c.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"games": games}))


def play(data, game, network, scores):
    """Runs of five million frames; those before the last million scored a thousand."""
    for seed, score in enumerate(scores):
        run(
            data / "sweeps" / "atari" / f"{game}-{network}-seed{seed}",
            task="atari",
            history={
                "step": [20, 40, 60],
                "frames": [3.9e6, 4.5e6, 5e6],
                "train_return": [1000.0, score - 30, score + 10],
                "episodes": [50, 10, 30],
            },
            recipe={"steps": 60},
            step=60,
            settings={"game": game, "network": network},
            seed=seed,
            finished=True,
        ).save()


def walk(data, agent, trunk, none, told):
    for coordinates, pairs in (("none", none), ("input", told)):
        for seed, (hit, unseen) in enumerate(pairs):
            add_to_sweep(
                data,
                "goto",
                f"{agent}-{trunk}-{coordinates}-seed{seed}",
                1,
                {"agent": agent, "network": trunk, "coordinates": coordinates},
                seed=seed,
                hit=hit,
                hit_unseen=unseen,
            )


PLAIN, BETTER, WORSE = [90, 100, 110], [190, 200, 210], [40, 50, 60]
SAME = [95, 100, 112]


@pytest.mark.parametrize(
    ("told", "holds"),
    [
        ((BETTER, BETTER, SAME), "yes"),
        ((BETTER, SAME, SAME), "in part"),
        ((SAME, SAME, SAME), "not decided"),
        ((BETTER, BETTER, WORSE), "not decided"),
        ((WORSE, WORSE, BETTER), "no"),
    ],
)
def test_most_games_have_to_be_better_and_none_worse(data, published, told, holds):
    for game, scores in zip(agents.GAMES, told, strict=True):
        play(data, game, "plain", PLAIN)
        play(data, game, "coordconv", scores)
    entry = of("C23")
    assert entry.holds == holds == printed(entry.thresholds, entry.figures)


def test_a_game_in_which_the_plain_agent_learnt_nothing_does_not_count(data, published):
    for game in agents.GAMES:
        play(data, game, "plain", [1, 2, 3])
        play(data, game, "coordconv", BETTER)
    entry = of("C23")
    assert (entry.figures["learnt"], entry.figures["better"]) == (0, 0)
    assert entry.holds == "not decided"


def test_a_late_return_is_the_mean_of_all_games_of_the_last_million(data):
    play(data, "Seaquest", "plain", [50])
    (played,) = agents.atari("Seaquest", "plain")
    assert agents.late_return(played) == pytest.approx((10 * 20 + 30 * 60) / 40)


def test_without_a_game_that_ended_the_last_known_score_stands(data):
    play(data, "Seaquest", "plain", [50])
    (played,) = agents.atari("Seaquest", "plain")
    played.history["episodes"] = [50, 0, 0]
    assert agents.late_return(played) == 60


def test_fewer_runs_than_planned_decide_nothing(data, published):
    for game in agents.GAMES:
        play(data, game, "plain", PLAIN)
        play(data, game, "coordconv", BETTER[: agents.RUNS - 1])
    assert of("C23").holds == "not measured"


def test_games_still_to_come_leave_the_claim_open(data, published):
    play(data, "MsPacman", "plain", PLAIN)
    play(data, "MsPacman", "coordconv", BETTER)
    assert of("C23").holds == "not measured"


def test_published_scores_are_those_of_the_file():
    assert agents.published("RoadRunner")[:2] == [14.15, 114.81]
    with pytest.raises(ValueError, match="game got 'Tennis'"):
        agents.published("Tennis")


KNOWS, TOLD = [(1.0, 0.7), (0.99, 0.75), (1.0, 0.65)], [(1.0, 0.9), (1.0, 0.93), (0.99, 0.88)]


@pytest.mark.parametrize(
    ("told", "holds"),
    [
        ([(1.0, 0.71), (0.99, 0.74), (1.0, 0.66)], "yes"),
        (TOLD, "no"),
        ([(1.0, 0.6), (1.0, 0.9), (0.99, 0.6)], "not decided"),
        ([(0.9, 0.3), (0.92, 0.35), (0.91, 0.2)], "not decided"),
    ],
)
def test_q_learning_gains_nothing_only_where_both_measures_are_equivalent(data, told, holds):
    walk(data, "dqn", "flat", KNOWS, told)
    entry = of("C24")
    assert entry.holds == holds == printed(entry.thresholds, entry.figures)


LOST, FOUND = [(0.4, 0.4), (0.45, 0.38), (0.42, 0.41)], [(1.0, 1.0), (1.0, 0.99), (0.99, 1.0)]


@pytest.mark.parametrize(
    ("pooled", "flat", "holds"),
    [
        ((LOST, FOUND), (KNOWS, TOLD), "yes"),
        ((LOST, [(1, 0.5), (1, 0.4), (1, 0.5)]), (KNOWS, TOLD), "in part"),
        ((KNOWS, KNOWS), (LOST, FOUND), "no"),
        ((KNOWS, TOLD), (KNOWS, TOLD), "no"),
        ((KNOWS, TOLD), (KNOWS, [(1, 0.6), (1, 0.99), (1, 0.95)]), "not decided"),
    ],
)
def test_the_gain_is_compared_between_trunks(data, pooled, flat, holds):
    for trunk, both in {"pooled": pooled, "padded": pooled, "flat": flat}.items():
        walk(data, "a2c", trunk, *both)
    entry = of("O5")
    assert entry.holds == holds == printed(entry.thresholds, entry.figures)
