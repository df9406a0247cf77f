"""Short runs of every task and network, and the table that keeps what they gave.

The table is made anew after a change that is meant to change numbers, and only then:

    .venv/bin/python -m tests.training.short_runs
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
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
    "atari": ("entropy",),
}


def names() -> list[str]:
    """A name such as "regression-conv_fc-released" for each task, network and style."""
    found = []
    for task in tasks.names():
        # These have nothing that was released.
        styles = ("course",) if task in ("shapes", "control", "vae", "atari") else STYLES
        for network in tasks.load(task).NETWORKS:
            found += [f"{task}-{network}-{style}" for style in styles]
    return found


def train(
    name: str,
    precision: str = "auto",
    *,
    network_seed: int = SEED,
    order_seed: int = SEED,
    **changes: Any,
) -> dict[str, Any]:
    """Two epochs of a run, or steps; `changes` of its recipe. What it gave:

    precision: of its arithmetic. loss: of the last step.
    metrics: of each evaluation, by name. weights: SHA-256 of all that it learnt.
    """
    task, network, style = name.split("-")
    module = tasks.load(task)
    known = {each.name for each in module.Settings.fields()}
    split = {"split": "quadrant"} if "split" in known else {}
    settings, recipe = module.preset(network=network, scale="smoke", style=style, **split)
    # What makes its own examples has no epochs.
    length = {"steps": 2} if task == "atari" else {"epochs": 2}
    recipe = recipe.changed(**{**length, "evaluate_every": 1, **changes})
    told: list[training.Progress | training.Evaluation] = []
    with training.processor_threads(1):
        experiment = settings.experiment(network_seed, CPU)
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


def make() -> dict[str, Any]:
    """The whole table. rounding: the largest part by which other kernels move a smooth number."""
    runs = {}
    for name in names():
        run = train(name)
        with _other_kernels():
            other = train(name, run["precision"])
        pairs = zip(_smooth(run, name).values(), _smooth(other, name).values(), strict=True)
        runs[name] = {**run, "rounding": max(abs(one - two) / abs(one) for one, two in pairs)}
    return {"machine": machine(), "runs": runs}


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


if __name__ == "__main__":
    TABLE.write_text(json.dumps(make(), indent=1) + "\n", encoding="utf-8")
