"""Answers for notebook 04's workshop: a plan's faults, and a comparison without them."""

import statistics

import numpy as np
import torch

from coordlib.exercises.auditing import faults as lent_faults
from coordlib.exercises.tuning import compare as lent_compare

NAMES = "rates", "epochs", "seeds", "reuse", "test", "best"


def faults(plan, **changed):
    """A right answer, but for what is changed: a rule by the name of its fault."""
    arms = list(plan["arms"].values())
    rules = {
        "rates": len({tuple(sorted(arm["rates"])) for arm in arms}) > 1,
        "epochs": len({arm["epochs"] for arm in arms}) > 1,
        "seeds": len({len(arm["seeds"]) for arm in arms}) > 1,
        "reuse": any(not set(a["seeds"]).isdisjoint(a["tuning seeds"]) for a in arms),
        "test": plan["chosen by"] == "test",
        "best": plan["reported"] == "best seed",
    }
    rules |= {name: rule(plan, arms) for name, rule in changed.items()}
    return [name for name in NAMES if rules[name]]


def faults_as_a_set(plan):
    return set(faults(plan))


def faults_from_behind(plan):
    return tuple(reversed(faults(plan)))


def faults_by_loops(plan):
    """Another right form: every arm is compared with every other."""
    found = set()
    for one in plan["arms"].values():
        for other in plan["arms"].values():
            if sorted(one["rates"]) != sorted(other["rates"]):
                found.add("rates")
            if one["epochs"] > other["epochs"]:
                found.add("epochs")
            if len(one["seeds"]) < len(other["seeds"]):
                found.add("seeds")
        for seed in one["seeds"]:
            if seed in one["tuning seeds"]:
                found.add("reuse")
    if plan["chosen by"] != "validation":
        found.add("test")
    if plan["reported"] != "all seeds":
        found.add("best")
    return found


def but(**changed):
    return lambda plan: faults(plan, **changed)


def differ(of, few=None):
    return lambda plan, arms: any(of(arm) != of(arms[0]) for arm in arms[:few])


def differ_at_the_ends(of):
    return lambda plan, arms: of(arms[0]) != of(arms[-1])


def overlap(arm):
    return set(arm["seeds"]) & set(arm["tuning seeds"])


def compare(run, plan, **changed):
    """A right answer, but for what is changed."""
    return comparing(**changed)(run, plan)


def comparing(
    score=lambda told: told["validation"][-1],
    tell=lambda told: told["test"][-1],
    over=statistics.mean,
    better=lambda one, other: one > other,
    tuned="tuning seeds",
    seeds="seeds",
    row=list,
    result=dict,
):
    def compare(run, plan):
        rows = {}
        for name, arm in plan["arms"].items():
            kept, best = None, None
            for rate in arm["rates"]:
                mean = over([score(run(name, rate, arm["epochs"], s)) for s in arm[tuned]])
                if kept is None or better(mean, best):
                    kept, best = rate, mean
            rows[name] = row(tell(run(name, kept, arm["epochs"], s)) for s in arm[seeds])
        return result(rows)

    return compare


def compare_by_max(run, plan):
    def tuned(name, arm):
        scores = {
            rate: sum(
                run(name, rate, arm["epochs"], s)["validation"][-1] for s in arm["tuning seeds"]
            )
            for rate in arm["rates"]
        }
        return max(scores, key=scores.get)

    rates = {name: tuned(name, arm) for name, arm in plan["arms"].items()}
    return {
        name: [run(name, rates[name], arm["epochs"], s)["test"][-1] for s in arm["seeds"]]
        for name, arm in plan["arms"].items()
    }


def compare_in_torch(run, plan):
    rows = {}
    for name, arm in plan["arms"].items():
        tries = [
            [run(name, rate, arm["epochs"], s)["validation"][-1] for s in arm["tuning seeds"]]
            for rate in arm["rates"]
        ]
        rate = arm["rates"][int(np.argmax(np.round(np.mean(tries, 1), 9)))]
        last = [run(name, rate, arm["epochs"], s)["test"][-1] for s in arm["seeds"]]
        rows[name] = torch.tensor(last, dtype=torch.float64)
    return rows


def compare_once_each(run, plan):
    """Another right form: no training is done twice, and one rate needs no tuning."""
    known = {}

    def kept(*asked):
        if asked not in known:
            known[asked] = run(*asked)
        return known[asked]

    return comparing(row=tuple, result=lambda rows: dict(reversed(rows.items())))(kept, plan)


def one_rate_for_all(run, plan):
    first = next(iter(plan["arms"]))
    rates, rows = {}, {}
    for name, arm in plan["arms"].items():
        for rate in arm["rates"]:
            tries = [
                run(name, rate, arm["epochs"], s)["validation"][-1] for s in arm["tuning seeds"]
            ]
            rates.setdefault(name, {})[rate] = statistics.mean(tries)
        rate = max(rates[first], key=rates[first].get)
        rows[name] = [run(name, rate, arm["epochs"], s)["test"][-1] for s in arm["seeds"]]
    return rows


def alike(key):
    """Right, if only all arms had the first one's rates, or epochs, or seeds."""

    def compare(run, plan):
        value = next(iter(plan["arms"].values()))[key]
        arms = {name: {**arm, key: value} for name, arm in plan["arms"].items()}
        return comparing()(run, {**plan, "arms": arms})

    return compare


def from_zero(run, plan):
    """A rate has to be better than 0, or that of the arm before is taken."""
    rows = {}
    for name, arm in plan["arms"].items():
        best = 0
        for rate in arm["rates"]:
            tries = [
                run(name, rate, arm["epochs"], s)["validation"][-1] for s in arm["tuning seeds"]
            ]
            if statistics.mean(tries) > best:
                kept, best = rate, statistics.mean(tries)
        rows[name] = [run(name, kept, arm["epochs"], s)["test"][-1] for s in arm["seeds"]]
    return rows


def stopped_early(told):
    best = max(range(len(told["validation"])), key=told["validation"].__getitem__)
    return told["test"][best]


def with_sorted_rates(plan):
    arms = {name: {**arm, "rates": sorted(arm["rates"])} for name, arm in plan["arms"].items()}
    return {**plan, "arms": arms}


def trains_everything(run, plan):
    for name, arm in plan["arms"].items():
        for rate in arm["rates"]:
            for seed in arm["seeds"]:
                run(name, rate, arm["epochs"], seed)
    return compare(run, plan)


def without_tuning(run, plan):
    return {
        name: [run(name, arm["rates"][0], arm["epochs"], s)["test"][-1] for s in arm["seeds"]]
        for name, arm in plan["arms"].items()
    }


def at_a_rate_of_its_own(run, plan):
    return {
        name: [run(name, 0.7, arm["epochs"], s)["test"][-1] for s in arm["seeds"]]
        for name, arm in plan["arms"].items()
    }


def obeying(chosen=False, reported=False):
    """Right, but for what the plan says of choosing and of reporting."""

    def compare(run, plan):
        part = plan["chosen by"] if chosen else "validation"
        rows = comparing(score=lambda told: told[part][-1])(run, plan)
        if reported and plan["reported"] == "best seed":
            return {name: [max(row)] for name, row in rows.items()}
        return rows

    return compare


def ten_epochs(run, plan):
    return comparing()(lambda arm, rate, epochs, seed: run(arm, rate, 10, seed), plan)


def swapped(run, plan):
    return comparing()(lambda arm, rate, epochs, seed: run(rate, arm, epochs, seed), plan)


def on_test(told):
    return told["test"][-1]


RIGHT = {
    "4.5": [faults, faults_as_a_set, faults_from_behind, faults_by_loops],
    "4.6": [comparing(), compare_by_max, compare_in_torch, compare_once_each],
}

TEST = "the rate is chosen by the test part"
ONE = "one tuning seed decides for a rate"

WRONG = {
    "4.5": [
        (but(rates=differ(lambda arm: arm["rates"])), "the same rates in another order are the"),
        (but(rates=differ(lambda arm: len(arm["rates"]))), "you count the rates; as many others"),
        *(
            (but(rates=rule), "one arm's rates may be a part of another's; then they are not")
            for rule in (
                lambda plan, arms: any(set(arms[0]["rates"]) - set(a["rates"]) for a in arms),
                lambda plan, arms: any(set(a["rates"]) - set(arms[0]["rates"]) for a in arms),
            )
        ),
        (
            but(rates=differ(lambda arm: (len(arm["rates"]), round(sum(arm["rates"]), 6)))),
            'you miss "rates"',
        ),
        (
            but(rates=differ(lambda arm: (min(arm["rates"]), max(arm["rates"])))),
            'you miss "rates"',
        ),
        (
            but(
                epochs=lambda plan, arms: (
                    statistics.mean(arm["epochs"] for arm in arms) != arms[0]["epochs"]
                )
            ),
            'you miss "epochs"',
        ),
        (
            but(
                seeds=lambda plan, arms: (
                    sum(len(arm["seeds"]) for arm in arms) != len(arms) * len(arms[0]["seeds"])
                )
            ),
            'you miss "seeds"',
        ),
        (
            but(reuse=lambda plan, arms: any(any(overlap(arm)) for arm in arms)),
            "0 is a seed as well, but `any` takes it for False",
        ),
        (
            but(reuse=lambda plan, arms: any(a["tuning seeds"][0] in a["seeds"] for a in arms)),
            'you miss "reuse"',
        ),
        (
            but(
                reuse=lambda plan, arms: any(
                    min(a["seeds"]) <= max(a["tuning seeds"])
                    and max(a["seeds"]) >= min(a["tuning seeds"])
                    for a in arms
                )
            ),
            'it doesn\'t have "reuse"',
        ),
        (but(rates=differ(lambda arm: set(arm["rates"]), 2)), "more than two arms"),
        (but(epochs=differ(lambda arm: arm["epochs"], 2)), "more than two arms"),
        (but(seeds=differ(lambda arm: len(arm["seeds"]), 2)), "more than two arms"),
        (but(epochs=differ_at_the_ends(lambda arm: arm["epochs"])), "the first and the last"),
        (but(seeds=differ_at_the_ends(lambda arm: len(arm["seeds"]))), "the first and the last"),
        (but(rates=differ_at_the_ends(lambda arm: set(arm["rates"]))), "the first and the last"),
        (
            but(
                reuse=lambda plan, arms: any(
                    a == b
                    for arm in arms
                    for a, b in zip(arm["seeds"], arm["tuning seeds"], strict=False)
                )
            ),
            "a seed may stand at different places in the two lists",
        ),
        (
            but(test=lambda plan, arms: plan["chosen by"] == "validation"),
            "of a plan with {'chosen by': 'validation'}: it doesn't have \"test\"",
        ),
        (but(seeds=differ(lambda arm: arm["seeds"])), "the arms' seeds may be others, if they"),
        (but(seeds=differ(lambda arm: len(arm["tuning seeds"]))), "you count the seeds of the"),
        (
            but(
                reuse=lambda plan, arms: any(
                    set(one["seeds"]) & set(other["tuning seeds"]) for one in arms for other in arms
                )
            ),
            "a seed with which another arm was tuned, but not one of its own",
        ),
        (but(reuse=lambda plan, arms: all(map(overlap, arms))), "it is enough if one arm reports"),
        (
            but(reuse=lambda plan, arms: any(a["seeds"] == a["tuning seeds"] for a in arms)),
            "one seed of the tuning among those that are reported is enough",
        ),
        (but(reuse=lambda plan, arms: overlap(arms[0])), "and you look at the first"),
        (
            but(
                test=lambda plan, arms: plan["reported"] == "best seed",
                best=lambda plan, arms: plan["chosen by"] == "test",
            ),
            '"test" and "best" are swapped',
        ),
        (
            lambda plan: [name for name in NAMES if name not in faults(plan)],
            "these are the faults that the plan does not have",
        ),
        (but(test=lambda plan, arms: False), 'you never find "test"'),
        (but(reuse=lambda plan, arms: False), 'you never find "reuse"'),
        (but(best=lambda plan, arms: True), 'you always find "best"'),
        (lambda plan: faults(plan)[:1], "you stop at the first fault; a plan may have several"),
        (
            lambda plan: [],
            "of a plan with {'arms': {'arm A': {'rates': [0.1, 0.2]}, 'arm B': {'rates': [0.2, "
            "0.1]}, 'arm C': {'rates': [0.1, 0.3]}}}: you miss \"rates\"",
        ),
        (lambda plan: list(NAMES), "it doesn't have"),
        (lambda plan: ["rates", "epochs", "seeds"], 'it doesn\'t have "rates", "epochs", "seeds"'),
        (lambda plan: len(faults(plan)), "the result is an int; wanted is a list of names"),
        (lambda plan: "rates", "the result is a str; wanted is a list of names"),
        (lambda plan: [name.upper() for name in NAMES], 'the list holds "RATES"; wanted are names'),
        (lambda plan: [name in faults(plan) for name in NAMES], "the list holds a bool; wanted"),
        (lambda plan: print(faults(plan)), "returned None; is its `return` missing?"),
        (lambda plan: plan["arms"].popitem() and faults(plan), "changes `plan`"),
        (
            lambda plan: lent_faults(plan),
            "the course's own function for this exercise did the work",
        ),
    ],
    "4.6": [
        (comparing(score=on_test), TEST),
        (comparing(score=lambda told: max(told["test"])), TEST),
        (
            comparing(score=lambda told: max(told["validation"])),
            "choose by the last validation accuracy; the best moment",
        ),
        (comparing(tell=lambda told: max(told["test"])), "you report the best moment of each"),
        (comparing(tell=lambda told: told["validation"][-1]), "you report the validation accuracy"),
        (obeying(chosen=True), "choose by validation and report all seeds, whatever the plan"),
        (obeying(reported=True), "choose by validation and report all seeds, whatever the plan"),
        (obeying(chosen=True, reported=True), "choose by validation and report all seeds, what"),
        (comparing(over=max), "the best tuning seed decides for a rate"),
        (comparing(over=lambda scores: scores[0]), ONE),
        (comparing(over=lambda scores: scores[-1]), ONE),
        (comparing(better=lambda one, other: one < other), "you keep the rate with the lowest"),
        (comparing(better=lambda one, other: one >= other), "of equally good rates the first is"),
        (without_tuning, "you keep the first rate, without tuning"),
        (comparing(seeds="tuning seeds"), "you report the seeds of the tuning; wanted are fresh"),
        (comparing(tuned="seeds"), "you tune with the seeds that are reported"),
        (alike("rates"), "all arms try the rates of the first; each has rates of its own"),
        (alike("epochs"), "`train_once` gets 4 for the number of epochs of 'green'; its plan has"),
        (alike("seeds"), "`train_once` gets 50 for the seed of 'green'; its plan has 2, 5"),
        (alike("tuning seeds"), "`train_once` gets 0 for the seed of 'green'; its plan has 2, 5"),
        (
            from_zero,
            "of 'grey' has 1; it should be 0.5 (all its rates have 0 on validation: the first is",
        ),
        (one_rate_for_all, "all arms get the rate of the first; each is to be tuned for itself"),
        (comparing(row=lambda row: [max(row)]), "you report the best seed of each arm alone"),
        (comparing(row=sorted), "the accuracies are sorted; wanted is the order of the seeds"),
        (comparing(row=lambda row: [statistics.mean(row)]), "you report the mean of each arm"),
        (comparing(tell=lambda told: 100 * told["test"][-1]), "that is in percent"),
        (comparing(tell=lambda told: told["test"][0]), "you take the first accuracy of a training"),
        (comparing(score=lambda told: told["validation"][0]), "you take the first accuracy of a"),
        (comparing(tell=stopped_early), "you report the moment at which validation was best"),
        (
            lambda run, plan: comparing()(run, with_sorted_rates(plan)),
            "the one that the plan names first is kept, not the smallest",
        ),
        (comparing(over=statistics.median), "the median of the tuning seeds decides for a rate"),
        (comparing(score=lambda told: statistics.mean(told["validation"])), "; it should be"),
        (comparing(row=lambda row: list(row)[:2]), "you tell 4 accuracies; the arms have 6 seeds"),
        (comparing(row=statistics.mean), "you tell no row of numbers; wanted is one for each seed"),
        (comparing(tell=lambda told: told["test"]), "you tell no row of numbers"),
        (comparing(result=lambda rows: list(rows.values())), "the result is a list; wanted is a"),
        (
            comparing(result=lambda rows: {name.upper(): row for name, row in rows.items()}),
            "the result has the names 'RED', 'GREEN'; the plan's arms are 'red', 'green'",
        ),
        (trains_everything, "right, but you train 54 times where the plan takes 30"),
        (
            at_a_rate_of_its_own,
            "`train_once` gets 0.7 for the rate of 'red'; its plan has 0.3, 0.1",
        ),
        (ten_epochs, "`train_once` gets 10 for the number of epochs of 'red'; its plan has 4"),
        (swapped, "`train_once` gets 0.3 for the arm; it takes the arm's name, the rate"),
        (
            lambda run, plan: print(compare(run, plan)),
            "returned None; is its `return` missing?",
        ),
        (
            lambda run, plan: lent_compare(run, plan),
            "the course's own function for this exercise did the work",
        ),
    ],
}
