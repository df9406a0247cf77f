"""Checker for notebook 04: the faults of a plan by which networks are to be compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import torch
from torch import Tensor

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import attempted, judge, kind

Plan = Mapping[str, Any]  # "arms", each with rates, epochs and seeds; "chosen by"; "reported"
Rule = Callable[[Plan], bool]  # whether a plan has a fault


def _arms(plan: Plan) -> list[Mapping[str, Any]]:
    return list(plan["arms"].values())


_ALL, _TWO, _ENDS = itemgetter(slice(None)), itemgetter(slice(2)), itemgetter(0, -1)


def _uneven(
    of: Callable[[Mapping[str, Any]], Any], among: Callable[[Sequence[Any]], Any] = _ALL
) -> Rule:
    """Whether something differs among a plan's arms, or some of them."""

    def result(plan: Plan) -> bool:
        first, *others = map(of, among(_arms(plan)))
        return any(other != first for other in others)

    return result


def _reuse(plan: Plan) -> bool:
    return any(set(arm["seeds"]) & set(arm["tuning seeds"]) for arm in _arms(plan))


_EVEN: dict[str, Callable[[Mapping[str, Any]], Any]] = {  # what is to be the same in all arms
    "rates": lambda arm: set(arm["rates"]),
    "epochs": lambda arm: arm["epochs"],
    "seeds": lambda arm: len(arm["seeds"]),
}
_RULES: dict[str, Rule] = {
    **{name: _uneven(of) for name, of in _EVEN.items()},
    "reuse": _reuse,
    "test": lambda plan: plan["chosen by"] == "test",
    "best": lambda plan: plan["reported"] == "best seed",
}
FAULTS = tuple(_RULES)


def faults(plan: Plan) -> list[str]:
    """Which of FAULTS a plan has.

    "rates": the arms don't try the same learning rates. "epochs": they don't train equally long.
    "seeds": they don't report equally many seeds. "reuse": an arm reports a seed that it was tuned
    with. "test": the rate is chosen by the test part. "best": the best seed alone is reported.
    """
    return [name for name, has in _RULES.items() if has(plan)]


def _by(**changed: Rule) -> Callable[[Plan], list[bool]]:
    """What the rules find, some of which are changed."""
    return lambda plan: [has(plan) for has in (_RULES | changed).values()]


def _reuse_of_any(plan: Plan) -> bool:
    tuned = {seed for arm in _arms(plan) for seed in arm["tuning seeds"]}
    return any(tuned & set(arm["seeds"]) for arm in _arms(plan))


def _rates(plan: Plan) -> list[set[float]]:
    return [set(arm["rates"]) for arm in _arms(plan)]


_SOME_ARMS = (
    (_TWO, "a plan may have more than two arms, and you compare the first two"),
    (_ENDS, "a plan may have more than two arms, and you compare the first and the last"),
)
_MISTAKES = (
    (
        _by(rates=_uneven(lambda arm: list(arm["rates"]))),
        "the same rates in another order are the same rates",
    ),
    (
        _by(rates=_uneven(lambda arm: len(arm["rates"]))),
        "you count the rates; as many others are not the same",
    ),
    *(
        (_by(rates=rule), "one arm's rates may be a part of another's; then they are not the same")
        for rule in (
            lambda plan: any(not _rates(plan)[0] <= each for each in _rates(plan)),
            lambda plan: any(not _rates(plan)[0] >= each for each in _rates(plan)),
        )
    ),
    *(
        (_by(**{name: _uneven(_EVEN[name], some) for name in names}), why)
        for some, why in _SOME_ARMS
        for names in (["rates"], ["epochs"], ["seeds"], [*_EVEN])
    ),
    *(
        (
            _by(seeds=_uneven(lambda arm, form=form: form(arm["seeds"]))),
            "the arms' seeds may be others, if they are equally many",
        )
        for form in (set, list)
    ),
    (
        _by(seeds=_uneven(lambda arm: len(arm["tuning seeds"]))),
        'you count the seeds of the tuning; those that are reported stand under "seeds"',
    ),
    (
        _by(reuse=_reuse_of_any),
        "an arm may report a seed with which another arm was tuned, but not one of its own",
    ),
    (
        _by(reuse=lambda plan: all(set(a["seeds"]) & set(a["tuning seeds"]) for a in _arms(plan))),
        "it is enough if one arm reports a seed that it was tuned with",
    ),
    (
        _by(
            reuse=lambda plan: any(
                set(arm["seeds"]) <= set(arm["tuning seeds"]) for arm in _arms(plan)
            )
        ),
        "one seed of the tuning among those that are reported is enough",
    ),
    (
        _by(
            reuse=lambda plan: any(
                set(arm["seeds"]) == set(arm["tuning seeds"]) for arm in _arms(plan)
            )
        ),
        "one seed of the tuning among those that are reported is enough",
    ),
    (
        _by(
            reuse=lambda plan: any(
                one == other
                for arm in _arms(plan)
                for one, other in zip(arm["seeds"], arm["tuning seeds"], strict=False)
            )
        ),
        "a seed may stand at different places in the two lists",
    ),
    (
        _by(
            reuse=lambda plan: any(
                any(set(arm["seeds"]) & set(arm["tuning seeds"])) for arm in _arms(plan)
            )
        ),
        "0 is a seed as well, but `any` takes it for False",
    ),
    (
        _by(
            reuse=lambda plan: bool({*_arms(plan)[0]["seeds"]} & {*_arms(plan)[0]["tuning seeds"]})
        ),
        "every arm may report a seed that it was tuned with, and you look at the first",
    ),
    (_by(test=_RULES["best"], best=_RULES["test"]), '"test" and "best" are swapped'),
    (
        lambda plan: [not has(plan) for has in _RULES.values()],
        "these are the faults that the plan does not have",
    ),
    *((_by(**{name: lambda plan: False}), f'you never find "{name}"') for name in FAULTS),
    *((_by(**{name: lambda plan: True}), f'you always find "{name}"') for name in FAULTS),
    (
        lambda plan: [name in faults(plan)[:1] for name in FAULTS],
        "you stop at the first fault; a plan may have several",
    ),
)


@exercise("4.5", minutes=12, difficulty=2, stand_in=faults)
def faults_found(answer: Callable[[Plan], Any]) -> str:
    """The names of a plan's faults, in any order."""
    judge(
        answer,
        [(plan,) for plan in _plans()],
        _by(),
        read=_read,
        mistakes=_MISTAKES,
        tell=_faults_differ,
    )
    return "six questions that cost nothing, to be asked before the first run."


def _plans() -> list[Plan]:
    """Plans without a fault, with one each, with look-alikes of faults, and with several."""

    def plan(*arms: tuple[Sequence[float], int, Sequence[int], Sequence[int]], **more: str) -> Plan:
        keys = "rates", "epochs", "tuning seeds", "seeds"
        named = {
            f"arm {chr(65 + n)}": dict(zip(keys, arm, strict=True)) for n, arm in enumerate(arms)
        }
        chosen, reported = more.get("chosen", "validation"), more.get("reported", "all seeds")
        return {"arms": named, "chosen by": chosen, "reported": reported}

    usual = ([0.1, 0.2], 5, [0, 1], [7, 8])
    alike = ([0.2, 0.1], 5, [0, 1], [8, 9])  # in another order, other seeds
    other = ([0.1, 0.2], 5, [7], [0, 1])  # seeds with which the usual one was tuned
    return [
        plan(usual, alike),
        plan(usual, other, alike),
        plan(usual, alike, ([0.1, 0.3], 5, [0, 1], [7, 8])),
        plan(usual, ([0.3, 0.4], 5, [0, 1], [7, 8])),
        plan(usual, ([0.1], 5, [0, 1], [7, 8]), alike),
        plan(usual, alike, ([0.1, 0.2], 6, [0, 1], [7, 8])),
        plan(([0.1, 0.2], 50, [0, 1], [7, 8]), usual),
        plan(usual, ([0.1, 0.2], 6, [0, 1], [7, 8, 9]), alike),
        plan(usual, alike, ([0.1, 0.2], 5, [0, 1], [7, 8, 9])),
        plan(usual, ([0.1, 0.2], 5, [0, 1], [7])),
        plan(usual, ([0.1, 0.2], 5, [0, 1, 2], [7, 8])),
        plan(usual, ([0.1, 0.2], 5, [8, 0], [7, 8]), alike),
        plan(([0.1, 0.2], 5, [7, 8], [7, 8]), usual),
        plan(([0.1, 0.2], 5, [0, 3], [3, 8]), ([0.1, 0.2], 5, [7, 8], [7, 8])),
        plan(usual, ([0.1, 0.2], 5, [0, 1], [8, 0])),
        plan(usual, ([0.1, 0.2], 5, [1, 8], [8, 7])),
        plan(usual, ([0.1, 0.2], 5, [0, 9], [7, 8])),  # between the seeds of the tuning
        plan(usual, ([0.3, 0.2, 0.1], 5, [0, 1], [7, 8])),
        plan(([0.1, 0.2, 0.6, 0.9], *usual[1:]), ([0.1, 0.3, 0.5, 0.9], *usual[1:])),  # equal sums
        plan(usual, ([0.1, 0.2], 4, [0, 1], [7]), ([0.1, 0.2], 6, [0, 1], [7, 8, 9])),  # and means
        plan(usual, alike, chosen="test"),
        plan(usual, alike, reported="best seed"),
        plan(usual, ([0.1], 9, [3], [3]), chosen="test", reported="best seed"),
        plan(usual, alike, ([0.5, 0.2], 7, [2], [2, 3]), chosen="test"),
    ]


# What one has to see of a plan to judge a fault.
_SHOWN = {
    "rates": ["rates"],
    "epochs": ["epochs"],
    "seeds": ["seeds"],
    "reuse": ["tuning seeds", "seeds"],
    "test": ["chosen by"],
    "best": ["reported"],
}


def _read(result: Any) -> Tensor:
    """Which faults are named, (6,)."""
    names = ", ".join(f'"{name}"' for name in FAULTS)
    if isinstance(result, str) or not isinstance(result, (list, tuple, set, frozenset)):
        raise NotYet(f"the result is {kind(result)}; wanted is a list of names, out of {names}")
    for each in result:
        if not isinstance(attempted(each), str):
            raise NotYet(f"the list holds {kind(each)}; wanted are names, out of {names}")
        if each not in FAULTS:
            raise NotYet(f'the list holds "{each[:40]}"; wanted are names out of {names}')
    return torch.tensor([name in result for name in FAULTS])


def _faults_differ(found: Tensor, wanted: Tensor, plan: Plan) -> str:
    missing, extra = (
        [name for name, one, other in zip(FAULTS, a, b, strict=True) if one > other]
        for a, b in ((wanted, found), (found, wanted))
    )
    said = [
        f"{what} {', '.join(map(json.dumps, names))}"
        for what, names in (("you miss", missing), ("it doesn't have", extra))
        if names
    ]
    concern = {key for name in missing + extra for key in _SHOWN[name]}
    arms = {
        name: {key: value for key, value in arm.items() if key in concern}
        for name, arm in plan["arms"].items()
    }
    shown = {"arms": arms} if any(arms.values()) else {}
    shown |= {key: plan[key] for key in ("chosen by", "reported") if key in concern}
    return f"of a plan with {shown}: {' and '.join(said)}"
