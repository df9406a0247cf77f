"""Short runs of every task and network, and the table that keeps what they gave.

The table is made anew after a change that is meant to change numbers, and only then:

    .venv/bin/python -m tests.training.short_runs

With names of runs behind it these alone are made, and keep on which machine.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn

from coordlib import records, tasks, training
from coordlib.recipes import STYLES

TABLE = Path(__file__).with_name("short_runs.json")
SEED = 3
CPU = torch.device("cpu")
# Metrics that move smoothly with the weights. The others hang on which pixel is the brightest or
# above a threshold, and leap where another processor rounds otherwise.
SMOOTH = {
    "classification": ("train_loss", "test_loss"),
    "regression": ("train_distance", "test_distance"),
    "rendering": (),
    "shapes": ("first_ratio", "second_ratio"),
    "detection": (),
    "control": (),
    "gan": ("discriminator_loss", "generator_loss"),
    "vae": ("test_error",),
    "goto": (),
}
# Besides each network as it usually is: another layer, another loop.
MORE = {
    "goto-pooled-course-input": {"coordinates": "input"},
    "goto-pooled-course-dqn": {"agent": "dqn"},
}


def names() -> list[str]:
    """A name such as "regression-conv_fc-released" for each task, network and style.

    Not of Atari agents, where a rounding may lead to another action, and from there elsewhere.
    """
    found = []
    for task in tasks.names():
        if task == "atari":
            continue
        # These have nothing that was released.
        styles = ("course",) if task in ("shapes", "control", "vae", "goto") else STYLES
        for network in tasks.load(task).NETWORKS:
            found += [f"{task}-{network}-{style}" for style in styles]
    return found + list(MORE)


def train(
    name: str,
    precision: str = "auto",
    *,
    network_seed: int = SEED,
    order_seed: int = SEED,
    **changes: Any,
) -> dict[str, Any]:
    """Two epochs of a run, or four steps where there are none; `changes` of its recipe. It gave:

    precision: of its arithmetic. loss: of the last step.
    metrics: of each evaluation, by name. weights: SHA-256 of all that it learnt.
    """
    task, network, style, *_ = name.split("-")
    module = tasks.load(task)
    known = {each.name for each in module.Settings.fields()}
    more = {"split": "quadrant"} if "split" in known else MORE.get(name, {})
    settings, recipe = module.preset(network=network, scale="smoke", style=style, **more)
    told: list[training.Progress | training.Evaluation] = []
    with training.processor_threads(1):
        experiment = settings.experiment(network_seed, CPU)
        epochs, steps = {"epochs": 2, "evaluate_every": 1}, {"steps": 4, "evaluate_every": 2}
        length = steps if experiment.train_size is None else epochs
        recipe = recipe.changed(**{**length, **changes})
        dtype = training.pick_precision(precision, CPU, experiment.low_precision_pays)
        precision = str(dtype).removeprefix("torch.")
        result = training.train(
            experiment, recipe, seed=order_seed, precision=precision, on_event=told.append
        )
    losses = [each.loss for each in told if isinstance(each, training.Progress)]
    return {
        "precision": precision,
        "loss": losses[-1],
        "metrics": [each.metrics for each in result.history],
        "weights": _checksum(experiment.network),
    }


def machine() -> dict[str, str]:
    """What decides the bits of a run beside the code."""
    return {
        "processor": records.machine(CPU)["processor"],
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "torch": torch.__version__,
    }


def beyond(found: dict[str, Any], kept: dict[str, Any], name: str) -> list[str]:
    """Which smooth numbers of a run are further from the table's than rounding can bring them.

    A thousandth is rounding; or a tenth, in a run whose steps make roundings grow.
    """
    allowed = 1e-3 if kept["rounding"] < 1e-5 else 0.1
    ours = _smooth(found, name)
    return [
        f"{each} is {ours[each]}, kept is {value}"
        for each, value in _smooth(kept, name).items()
        if not abs(ours[each] - value) <= allowed * abs(value)
    ]


def make(names: Iterable[str]) -> dict[str, Any]:
    """Rows of the table. rounding: the largest part by which other kernels move a smooth number."""
    runs = {}
    for name in names:
        run = train(name)
        with _other_kernels():
            other = train(name, run["precision"])
        pairs = zip(_smooth(run, name).values(), _smooth(other, name).values(), strict=True)
        runs[name] = {**run, "rounding": max(abs(one - two) / abs(one) for one, two in pairs)}
    return runs


def _smooth(run: dict[str, Any], name: str) -> dict[str, float]:
    """The numbers of the run of that name that can be compared between processors."""
    return {"loss": run["loss"]} | {
        f"{metric} of epoch {epoch}": metrics[metric]
        for epoch, metrics in enumerate(run["metrics"], 1)
        for metric in SMOOTH[name.partition("-")[0]]
    }


@contextlib.contextmanager
def _other_kernels() -> Iterator[None]:
    """Let torch convolve by its own kernels, which add up in another order, as other processors do.

    (Not by `torch.backends.mkldnn.flags`, which warns where there is no Intel GPU.)
    """
    before = torch._C._get_mkldnn_enabled()
    torch._C._set_mkldnn_enabled(False)
    try:
        yield
    finally:
        torch._C._set_mkldnn_enabled(before)


def _checksum(network: nn.Module) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def main(chosen: list[str]) -> None:
    """Make the chosen runs anew, or the whole table where none is named."""
    if chosen:
        table = json.loads(TABLE.read_text(encoding="utf-8"))
        runs = {name: {**run, "machine": machine()} for name, run in make(chosen).items()}
        every = {**table["runs"], **runs}
        table["runs"] = {name: every[name] for name in names()}
    else:
        table = {"machine": machine(), "runs": make(names())}
    TABLE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
