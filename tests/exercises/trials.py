"""What is right in notebook 04's workshop, found in another way than the checkers'.

`HOLDS` tells whether an answer names a plan's faults, and compares as was asked.
"""

from __future__ import annotations

import itertools
import random

pick = random.Random(4)


def _arm():
    rates = pick.sample([0.1, 0.2, 0.3], pick.choice([2, 2, 3]))
    seeds = pick.sample(range(12), pick.choice([2, 2, 2, 3]))
    tuned = pick.sample([k for k in range(14) if k not in seeds or pick.random() < 0.3], 2)
    return {"rates": rates, "epochs": pick.choice([3, 3, 4]), "tuning seeds": tuned, "seeds": seeds}


def _finds(answer):
    for number in range(80):
        arms = {name: _arm() for name in "abc"[: pick.choice([2, 3])]}
        if number % 2:  # but for one thing all arms are alike
            same = _arm()
            arms = {
                name: {**same, **dict([pick.choice([*arm.items()])])} for name, arm in arms.items()
            }
        plan = {
            "arms": arms,
            "chosen by": pick.choice(["test", "validation"]),
            "reported": pick.choice(["best seed", "all seeds"]),
        }
        wanted = {"test"} & {plan["chosen by"]} | {"best"} & {plan["reported"].split()[0]}
        for one, other in itertools.permutations(arms.values(), 2):
            wanted |= {"rates"} if [r for r in one["rates"] if r not in other["rates"]] else set()
            wanted |= {"epochs"} if one["epochs"] < other["epochs"] else set()
            wanted |= {"seeds"} if len(one["seeds"]) < len(other["seeds"]) else set()
        for arm in arms.values():
            together = arm["seeds"] + arm["tuning seeds"]
            wanted |= {"reuse"} if len(set(together)) < len(together) else set()
        if set(answer(plan)) != wanted:
            return False
    return True


def _compares(answer):
    for number in range(20):
        arms = {name: _arm() for name in "abc"[: pick.choice([2, 3])]}
        for arm in arms.values():
            arm["seeds"] = [100 + seed for seed in arm["seeds"]]
        table, wanted = {}, {}

        def run(arm, rate, epochs, seed, number=number, table=table):
            chance = random.Random(f"{number} {arm} {rate} {epochs} {seed}")
            table[arm, rate, seed] = told = {
                part: [chance.randint(0, 3) / 4 for _ in range(epochs)]
                for part in ("test", "validation")
            }
            return told

        said = pick.choice([("test", "best seed"), ("validation", "all seeds")])
        found = answer(run, {"arms": arms, "chosen by": said[0], "reported": said[1]})
        for name, arm in arms.items():
            scores = [
                sum(
                    run(name, rate, arm["epochs"], s)["validation"][-1] for s in arm["tuning seeds"]
                )
                for rate in arm["rates"]
            ]
            rate = arm["rates"][scores.index(max(scores))]
            wanted[name] = [run(name, rate, arm["epochs"], s)["test"][-1] for s in arm["seeds"]]
        if {name: list(row) for name, row in found.items()} != wanted:
            return False
    return True


HOLDS = {"4.5": _finds, "4.6": _compares}
