"""Checker for notebook 04: a comparison that tunes each arm, and reports fresh seeds."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.auditing import Plan
from coordlib.exercises.checking import judge, kind, numbers, plural, unlike

Accuracies = Mapping[str, Sequence[float]]  # "validation" and "test", after each epoch
Run = Callable[[str, float, int, int], Accuracies]  # of arm, rate, epochs and seed
Score = Callable[[Accuracies], float]

LOST = "grey"  # the arm that gets nothing right on validation, at whatever rate


def compare(train_once: Run, plan: Plan) -> dict[str, list[float]]:
    """The test accuracies of each arm: one for each of its seeds, at the end of their trainings.

    Before that each arm is tuned: of its rates that one is kept whose last validation accuracy is
    highest, on average over its tuning seeds; of equals the first. So whatever the plan says under
    "chosen by" and "reported".
    """
    return _comparing()(train_once, plan)


def _last(part: str) -> Score:
    return lambda accuracies: accuracies[part][-1]


def _best(part: str) -> Score:
    return lambda accuracies: max(accuracies[part])


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


_ON_VALIDATION, _ON_TEST = _last("validation"), _last("test")


def _comparing(
    judged: Score = _ON_VALIDATION,
    reported: Score = _ON_TEST,
    over: Callable[[Sequence[float]], float] = _mean,
    choose: Callable[..., float] = max,
    tuned_on: str = "tuning seeds",
    seeds: str = "seeds",
    leader: bool = False,
) -> Callable[[Run, Plan], dict[str, list[float]]]:
    """A comparison that is right, but for what is changed.

    leader: whether all arms get the first one's rate.
    """

    def result(run: Run, plan: Plan) -> dict[str, list[float]]:
        told, kept = {}, None
        for name, arm in plan["arms"].items():

            def score(rate: float, name: str = name, arm: Mapping[str, Any] = arm) -> float:
                tries = (run(name, rate, arm["epochs"], seed) for seed in arm[tuned_on])
                return over([judged(each) for each in tries])

            if kept is None or not leader:
                kept = choose(arm["rates"], key=score)
            told[name] = [reported(run(name, kept, arm["epochs"], one)) for one in arm[seeds]]
        return told

    return result


def _obeying(chosen: bool, reported: bool) -> Callable[[Run, Plan], dict[str, list[float]]]:
    """A comparison that is right, but for what a plan says of choosing, of reporting, or both."""

    def result(run: Run, plan: Plan) -> dict[str, list[float]]:
        told = _comparing(_last(plan["chosen by"]) if chosen else _ON_VALIDATION)(run, plan)
        best = reported and plan["reported"] == "best seed"
        return {name: [max(row)] if best else row for name, row in told.items()}

    return result


def _first(rates: Iterable[float], key: Callable[[float], float]) -> float:
    return next(iter(rates))


def _later(rates: Sequence[float], key: Callable[[float], float]) -> float:
    return max(reversed(rates), key=key)


def _of_each(change: Callable[[list[float]], Any]) -> Callable[[Run, Plan], dict[str, Any]]:
    """What is made of each arm's right accuracies."""
    return lambda run, plan: {name: change(told) for name, told in compare(run, plan).items()}


def _with_the_first_rates(arms: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    rates = next(iter(arms.values()))["rates"]
    return {name: {**arm, "rates": rates} for name, arm in arms.items()}


def _at_the_best_moment(accuracies: Accuracies) -> float:
    """The test accuracy of the evaluation whose validation accuracy is highest."""
    validation = accuracies["validation"]
    return accuracies["test"][validation.index(max(validation))]


_TEST = "the rate is chosen by the test part, and then the same part judges; choose by validation"
_BEGINNING = "you take the first accuracy of a training; wanted is the last, that of its end"
_MOMENT = "choose by the last validation accuracy; the best moment flatters what wavers"
_MISTAKES = (
    (_comparing(_ON_TEST), _TEST),
    (_comparing(_best("test")), _TEST),
    (_comparing(_ON_TEST, _best("test")), _TEST),
    (_comparing(_best("test"), _best("test")), _TEST),
    (_comparing(_best("validation")), _MOMENT),
    (
        _comparing(reported=_best("test")),
        "you report the best moment of each training; wanted is its end",
    ),
    (
        _comparing(_best("validation"), _best("test")),
        "you take the best moment of each training, for the choice and for the report; wanted is "
        "the end",
    ),
    (
        _comparing(reported=_at_the_best_moment),
        "you report the moment at which validation was best; wanted is each training's end",
    ),
    *(
        (_comparing(**{use: lambda told, part=part: told[part][0]}), _BEGINNING)
        for use, part in (("judged", "validation"), ("reported", "test"))
    ),
    (
        _comparing(choose=lambda rates, key: max(sorted(rates), key=key)),
        "of equally good rates the one that the plan names first is kept, not the smallest",
    ),
    (
        _comparing(reported=_ON_VALIDATION),
        "you report the validation accuracy, by which the rate was chosen; wanted is that on test",
    ),
    (
        _comparing(over=max),
        "the best tuning seed decides for a rate; wanted is the mean over the tuning seeds",
    ),
    (
        _comparing(over=min),
        "the worst tuning seed decides for a rate; wanted is the mean over the tuning seeds",
    ),
    (
        _comparing(over=statistics.median),
        "the median of the tuning seeds decides for a rate; wanted is their mean",
    ),
    (
        _comparing(over=lambda values: values[0]),
        "one tuning seed decides for a rate; wanted is the mean over all of them",
    ),
    (
        _comparing(over=lambda values: values[-1]),
        "one tuning seed decides for a rate; wanted is the mean over all of them",
    ),
    (_comparing(choose=min), "you keep the rate with the lowest accuracy"),
    (_comparing(choose=_later), "of equally good rates the first is kept"),
    (_comparing(choose=_first), "you keep the first rate, without tuning"),
    (
        _comparing(seeds="tuning seeds"),
        'you report the seeds of the tuning; wanted are fresh ones, those under "seeds"',
    ),
    (
        _comparing(tuned_on="seeds"),
        'you tune with the seeds that are reported; there are "tuning seeds" for that',
    ),
    (_comparing(leader=True), "all arms get the rate of the first; each is to be tuned for itself"),
    (
        lambda run, plan: compare(run, {"arms": _with_the_first_rates(plan["arms"])}),
        "all arms try the rates of the first; each has rates of its own",
    ),
    *(
        (
            _obeying(chosen, reported),
            "choose by validation and report all seeds, whatever the plan says of that",
        )
        for chosen, reported in ((True, True), (True, False), (False, True))
    ),
    (
        _of_each(lambda told: [max(told)]),
        "you report the best seed of each arm alone; wanted are all",
    ),
    (_of_each(sorted), "the accuracies are sorted; wanted is the order of the seeds"),
    (
        _of_each(lambda told: [_mean(told)]),
        "you report the mean of each arm; wanted is each seed's accuracy",
    ),
    (
        _of_each(lambda told: [100 * one for one in told]),
        "that is in percent; `train_once` gives parts of 1, stay there",
    ),
)


@exercise("4.6", minutes=14, difficulty=3, stand_in=compare)
def compared(answer: Callable[[Run, Plan], Any]) -> str:
    """Of each arm, tuned by itself, the test accuracies of its seeds."""
    found = []
    for number, plan in enumerate(_plans()):
        asked: list[tuple[str, float, int, int]] = []
        told = answer(_training(number, plan, asked), plan)
        found.append((_read(told, plan), number, plan, asked))
    judge(
        lambda told, *_: told,
        found,
        lambda told, number, plan, asked: _all(compare(_training(number, plan), plan)),
        read=lambda told: told,
        said=lambda told, number, plan, asked: f"for {plural(len(plan['arms']), 'arm')}",
        mistakes=[
            (lambda told, number, plan, asked, m=m: _all(m(_training(number, plan), plan)), why)
            for m, why in _MISTAKES
        ],
        tell=_accuracies_differ,
    )
    for _, _, plan, asked in found:
        wanted = sum(
            len(arm["rates"]) * len(arm["tuning seeds"]) + len(arm["seeds"])
            for arm in plan["arms"].values()
        )
        if len(asked) > wanted:
            raise NotYet(
                f"right, but you train {len(asked)} times where the plan takes {wanted}: every "
                "rate with every tuning seed, then the chosen rate with each seed"
            )
    return "both sides had the same chances, and the part that judges had no say before."


def _training(
    number: int, plan: Plan, asked: list[tuple[str, float, int, int]] | None = None
) -> Run:
    """What seems to train: accuracies by chance, the same for the same question.

    Every second plan's are coarse, so that rates are equally good; LOST gets nothing right on
    validation. Raises NotYet for a question that is not the plan's.
    """

    def train_once(arm: str, rate: float, epochs: int, seed: int) -> dict[str, list[float]]:
        if arm not in plan["arms"]:
            raise NotYet(
                f"`train_once` gets {arm!r} for the arm; it takes the arm's name, the rate, …"
            )
        how = plan["arms"][arm]
        for name, value, allowed in (
            ("rate", rate, how["rates"]),
            ("number of epochs", epochs, [how["epochs"]]),
            ("seed", seed, [*how["tuning seeds"], *how["seeds"]]),
        ):
            if value not in allowed:
                raise NotYet(
                    f"`train_once` gets {value!r} for the {name} of {arm!r}; its plan has "
                    f"{', '.join(map(str, allowed))}"
                )
        if asked is not None:
            asked.append((arm, rate, epochs, seed))
        chance = random.Random(f"{number} {arm} {rate} {seed}")
        size = 2 if number % 2 else 4_000
        told = {
            part: [chance.randint(0, size) / size for _ in range(epochs)]
            for part in ("validation", "test")
        }
        return told | {"validation": [0.0] * epochs} if arm == LOST else told

    return train_once


def _plans() -> list[Plan]:
    Arm = tuple[Sequence[float], int, Sequence[int], Sequence[int]]

    def plan(*arms: Arm, lost: bool = False, unfair: bool = False) -> Plan:
        keys = "rates", "epochs", "tuning seeds", "seeds"
        names = "red", LOST if lost else "green", "blue"
        named = {n: dict(zip(keys, arm, strict=True)) for n, arm in zip(names, arms, strict=False)}
        said = ("test", "best seed") if unfair else ("validation", "all seeds")
        return {"arms": named, "chosen by": said[0], "reported": said[1]}

    four = [0.3, 0.1, 0.2, 0.4]
    return [
        plan((four, 4, [0, 1, 2], [5, 6, 7]), (four, 4, [0, 1, 2], [5, 6, 7])),
        plan(*[(four, 3, [3, 4], [8, 9, 10, 11])] * 3),
        plan(*[([0.02, 0.01, 0.05], 5, [0, 1, 2, 3], [12, 13])] * 3, unfair=True),
        plan(*[([0.2, 0.3, 0.1], 2, [1, 2], [20, 21, 22])] * 2),
        plan(*[(four, 6, [5, 3, 4], [30, 29, 31])] * 2),
        plan(*[(four[:2], 3, [0], [2])] * 2),
        plan((four, 4, [0, 1], [50, 51]), ([0.5, *four], 6, [2, 5, 6], [52, 53, 54])),
        plan((four, 3, [0], [6, 7]), ([*reversed(four)], 3, [0], [6, 7]), lost=True),
    ]


def _all(told: Mapping[str, Sequence[float]]) -> Tensor:
    return torch.tensor([one for each in told.values() for one in each], dtype=torch.float64)


def _read(told: Any, plan: Plan) -> Tensor:
    """All arms' accuracies in one row, the first arm's first."""
    names = list(plan["arms"])
    if not isinstance(told, Mapping):
        raise NotYet(f"the result is {kind(told)}; wanted is a dict, a row of numbers for each arm")
    if set(told) != set(names):
        raise NotYet(
            f"the result has the names {', '.join(map(repr, told)) or 'of none'}; the plan's arms "
            f"are {', '.join(map(repr, names))}"
        )
    rows = []
    for name in names:
        row = numbers(told[name], f"what is told of {name!r}", "accuracies")
        if row.ndim != 1:
            raise NotYet(f"of {name!r} you tell no row of numbers; wanted is one for each seed")
        rows.append(row.double())
    return torch.cat(rows)


def _accuracies_differ(
    found: Tensor, wanted: Tensor, told: Any, number: int, plan: Plan, asked: Any
) -> str:
    if found.shape != wanted.shape:
        return f"you tell {len(found)} accuracies; the arms have {len(wanted)} seeds to report"
    worst = int((found - wanted).abs().nan_to_num(torch.inf).argmax())
    place = [(name, seed) for name, arm in plan["arms"].items() for seed in arm["seeds"]][worst]
    ours, right = unlike(found[worst].item(), wanted[worst].item())
    equals = " (all its rates have 0 on validation: the first is kept)" * (place[0] == LOST)
    return f"seed {place[1]} of {place[0]!r} has {ours}; it should be {right}{equals}"
