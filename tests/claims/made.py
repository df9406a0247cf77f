"""Recorded runs made up for a test, and the line of the ledger that follows from them."""

import functools

from coordlib.claims import ledger
from tests.test_records import run


def add(data, task, name, seconds=1.0, step=20, epochs=(1, 2), asked=2, settings=(), **final):
    history = {"step": [step], "epoch": [epochs[-1]]} | {n: [v] for n, v in final.items()}
    made = run(
        data / "runs" / task / name,
        task=task,
        history=history,
        recipe={"epochs": asked},
        settings=dict(settings),
        seconds=seconds,
        step=step,
        finished=epochs[-1] == asked,
    )
    made.save()


def add_to_sweep(data, grid, name, epochs, settings, finished=True, seed=3, step=20, **final):
    history = {"step": [step], "epoch": [epochs]} | {
        metric: [value] for metric, value in final.items()
    }
    recipe = {"epochs": epochs}
    folder = data / "sweeps" / grid / name
    run(
        folder,
        history=history,
        recipe=recipe,
        settings=settings,
        finished=finished,
        seed=seed,
        step=step,
    ).save()


def add_regressors(data, network, uniform, quadrant):
    """Three seeds a split, a hundredth of a pixel apart."""
    for split, pixels in (("uniform", uniform), ("quadrant", quadrant)):
        for seed in range(3):
            name = f"{network}-{split}-seed{seed}"
            add(data, "regression", name, test_distance=pixels + seed / 100)


def add_fresh(data, task, split, seed, **final):
    name = f"{split}-seed{seed}"
    add_to_sweep(data, f"fresh-{task}", name, 2, {"split": split}, seed=seed, **final)


def of(id):
    (claim,) = (claim for claim in ledger.stated() if claim.id == id)
    return claim.entry()


def printed(thresholds, figures):
    """The verdict that a reader comes to, with the thresholds as the ledger prints them."""
    for holds, conditions in thresholds.items():
        if conditions == "otherwise" or eval(_program(conditions), {}, figures):
            return holds


@functools.cache  # a test asks for it a hundred thousand times
def _program(conditions):
    return compile(conditions.replace(", or", " or"), "<thresholds>", "eval")
