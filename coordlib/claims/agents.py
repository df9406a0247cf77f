"""Claims C23, C24 and O5: what agents gain from coordinates, in Atari games and in GoTo.

data/plans/agents.json says what was to be run and compared, before it was.
"""

from __future__ import annotations

from statistics import mean

from coordlib import fields, records
from coordlib.claims.claim import Claim, Condition, Finding, Thresholds
from coordlib.claims.evidence import compare, paired, sweep
from coordlib.records import Run
from coordlib.statistics import equivalence, paired_interval, sign_flip_test, unpaired_interval
from coordlib.storage import read_json, reading

GAMES = ("MsPacman", "RoadRunner", "Seaquest")
TRUNKS = ("pooled", "padded", "flat")  # of GoTo: the first forgets places, the last keeps them
MARGIN = 0.05  # of GoTo's hits, in parts of 1: smaller differences don't matter
_MILLION = 1_000_000
# A game counts where the plain agent has at least this part of the published one's score: an agent
# that didn't learn tells nothing of what it might have gained.
LEARNT = 0.5
RUNS = 3  # of each arm of a game, by the plan: a look at fewer decides nothing


def published(game: str) -> list[float]:
    """The scores of a plain agent that others published, one for each million of its frames.

    See data/outside/published_a2c.json. Raises ValueError for a game that isn't in it.
    """
    path = records.data_folder() / "outside" / "published_a2c.json"
    with reading(path, "file of published agents"):
        games = fields.parse(dict[str, dict[str, list[float]]], read_json(path)["games"])
    if game not in games:
        raise ValueError(f"game got {game!r}; published agents played {', '.join(games)}")
    return games[game]["return"]


def late_return(run: Run) -> float:
    """The mean score of the games in training that ended in the last million of a run's frames.

    Of its last evaluations if none ended then.
    """
    history = run.history
    begin = run.final["frames"] - _MILLION
    late = [
        (score, games)
        for score, games, frames in zip(
            history["train_return"], history["episodes"], history["frames"], strict=True
        )
        if frames > begin
    ]
    games = sum(each for _, each in late)
    return sum(score * each for score, each in late) / games if games else late[-1][0]


def atari(game: str, network: str) -> list[Run]:
    """The finished A2C runs of a game and a network."""
    return sweep("atari", game=game, network=network)


def goto(agent: str, trunk: str) -> list[tuple[Run, Run]]:
    """GoTo's finished runs without coordinates, each beside that of its seed with them."""
    both = ({"agent": agent, "network": trunk, "coordinates": told} for told in ("none", "input"))
    return paired(*(sweep("goto", **each) for each in both))


def _games() -> Finding | None:
    arms = {game: (atari(game, "plain"), atari(game, "coordconv")) for game in GAMES}
    if min(len(runs) for both in arms.values() for runs in both) < RUNS:
        return None
    figures, intervals, said = {}, {}, []
    better = worse = learnt = 0
    for game, both in arms.items():
        plain, told = ([late_return(run) for run in runs] for runs in both)
        million = int(both[0][0].final["frames"] // _MILLION)
        share = mean(plain) / published(game)[million - 1]
        interval = unpaired_interval(plain, told)
        figures |= {
            f"{game}_plain": mean(plain),
            f"{game}_coordconv": mean(told),
            f"{game}_of_published": share,
            f"{game}_difference": mean(told) - mean(plain),
            f"{game}_low": interval.low,
            f"{game}_high": interval.high,
        }
        intervals[f"{game}_difference"] = interval
        if share >= LEARNT:
            learnt += 1
            better += interval.low > 0
            worse += interval.high < 0
        said.append(
            f"{game} {mean(plain):,.0f} to {mean(told):,.0f} (difference {interval.low:+,.0f} to "
            f"{interval.high:+,.0f}; plain has {100 * share:.0f} % of a published agent's score)"
        )
    runs = [run for both in arms.values() for each in both for run in each]
    least = min(len(each) for both in arms.values() for each in both)
    length = min(run.final["frames"] for run in runs) / _MILLION
    return Finding(
        f"scores in the last million frames, without and with CoordConv in the first layer: "
        f"{'; '.join(said)}",
        f"{least} runs an arm, {length:.0f} million frames each",
        {**figures, "better": better, "worse": worse, "learnt": learnt},
        intervals,
        runs=runs,
        recipe="the RL Baselines3 Zoo's, not tuned; the paper's is not known to us",
        command="coordlib sweep atari",
    )


_HITS = ("hit", "hit_unseen")


def _q_learning() -> Finding | None:
    pairs = goto("dqn", "flat")
    if len(pairs) < 2:
        return None
    figures, intervals, said = {}, {}, []
    for metric in _HITS:
        found = compare(pairs, metric)
        figures |= {
            f"{metric}_none": found.one,
            f"{metric}_input": found.other,
            f"{metric}_difference": mean(found.differences),
            f"{metric}_low": found.interval.low,
            f"{metric}_high": found.interval.high,
            f"{metric}_equivalence": equivalence(found.differences, MARGIN),
        }
        intervals[f"{metric}_difference"] = found.interval
        said.append(
            f"{metric.replace('_', ' ')} {found.one:.3f} to {found.other:.3f} (difference "
            f"{found.interval.low:+.3f} to {found.interval.high:+.3f})"
        )
    return Finding(
        f"GoTo, not Atari: DQN with a flattened trunk, without and with coordinates: "
        f"{'; '.join(said)}",
        f"{len(pairs)} pairs of seeds",
        figures,
        intervals,
        runs=[run for pair in pairs for run in pair],
        recipe="the course's",
        command="coordlib sweep goto",
    )


def _trunks() -> Finding | None:
    pairs = {trunk: goto("a2c", trunk) for trunk in TRUNKS}
    seeds = {tuple(one.seed for one, _ in each) for each in pairs.values()}
    if len(seeds) > 1 or len(pairs["pooled"]) < 2:
        return None
    figures, intervals, said = {}, {}, []
    for metric in _HITS:
        gains = {trunk: compare(each, metric) for trunk, each in pairs.items()}
        for trunk, gain in gains.items():
            figures |= {
                f"{metric}_{trunk}_none": gain.one,
                f"{metric}_{trunk}_input": gain.other,
                f"{metric}_{trunk}_difference": mean(gain.differences),
            }
            intervals[f"{metric}_{trunk}_difference"] = gain.interval
        both = zip(gains["pooled"].differences, gains["flat"].differences, strict=True)
        more = [pooled - flat for pooled, flat in both]
        interval = paired_interval(more)
        figures |= {
            f"{metric}_more": mean(more),
            f"{metric}_more_low": interval.low,
            f"{metric}_more_high": interval.high,
            f"{metric}_more_p": sign_flip_test(more),
        }
        intervals[f"{metric}_more"] = interval
        by_trunk = (f"{trunk} {g.one:.2f} to {g.other:.2f}" for trunk, g in gains.items())
        said.append(f"{metric.replace('_', ' ')} {', '.join(by_trunk)}")
    return Finding(
        f"GoTo, A2C without and with coordinates, by trunk: {'; '.join(said)}",
        f"{len(pairs['pooled'])} pairs of seeds a trunk, 204,800 moves",
        figures,
        intervals,
        runs=[run for each in pairs.values() for pair in each for run in pair],
        recipe="the course's",
        command="coordlib sweep goto",
    )


_MORE = {metric: Condition(f"{metric}_more_low", ">", 0) for metric in _HITS}

CLAIMS = (
    Claim(
        "C23",
        "With CoordConv A2C plays most Atari games better",
        "6 of 9 games better, 2 equal, 1 slightly worse",
        Thresholds(
            yes=[Condition("better", ">=", 2), Condition("worse", "==", 0)],
            in_part=[[Condition("better", "==", 1), Condition("worse", "==", 0)]],
            no=[[Condition("worse", ">=", 2)]],
        ),
        _games,
    ),
    Claim(
        "C24",
        "Q-learning gains nothing from CoordConv",
        "no gain with Ape-X, in words",
        Thresholds(
            yes=[Condition(f"{metric}_equivalence", "<", 0.05) for metric in _HITS],
            no=[[Condition(f"{metric}_low", ">", 0)] for metric in _HITS],
        ),
        _q_learning,
    ),
    Claim(
        "O5",
        "What an agent gains from coordinates hangs on its trunk: one that forgets places gains "
        "more than one that keeps them",
        "",
        Thresholds(
            yes=list(_MORE.values()),
            in_part=[[each] for each in _MORE.values()],
            no=[[Condition(f"{metric}_more_high", "<=", 0) for metric in _HITS]],
        ),
        _trunks,
    ),
)
