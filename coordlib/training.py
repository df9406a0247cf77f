"""One training loop for every task: device, precision, schedule, events, stop, resume.

A task brings an experiment (see `Experiment`), a recipe says how to train it, and what happens is
told through events. The loop itself prints nothing and draws nothing.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from coordlib.allocator import keep_freed_memory
from coordlib.recipes import Recipe
from coordlib.storage import StorageError, load_tensors, save_tensors

PRECISIONS = ("auto", "float32", "bfloat16", "float16")


class Experiment(Protocol):
    """What a task hands to the loop."""

    network: nn.Module
    train_size: int
    low_precision_pays: bool  # measured by the task: is 16-bit arithmetic faster for this network?

    def loss(self, indices: Tensor) -> Tensor:
        """The mean loss of the train examples with these numbers, a scalar to differentiate."""

    def evaluate(self) -> dict[str, float]:
        """The task's metrics on the whole train and test part, network in evaluation mode."""


@dataclass(frozen=True)
class Progress:
    """Told at most ten times a second, and after the last step. Steps and epochs done so far."""

    step: int
    steps: int
    epoch: int
    loss: float
    learning_rate: float
    seconds: float


@dataclass(frozen=True)
class Evaluation:
    """Told after the epochs that the recipe evaluates; `seconds` include all evaluations so far."""

    step: int
    epoch: int
    seconds: float
    metrics: dict[str, float]


@dataclass
class Result:
    """What a training gave. `finished` is False when it was stopped before its last step."""

    history: list[Evaluation] = field(default_factory=list)
    step: int = 0
    seconds: float = 0.0
    finished: bool = False


def pick_device(name: str | None = None) -> torch.device:
    """The device to train on: the named one, else CUDA, else MPS, else the CPU."""
    if name is not None:
        return torch.device(name)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def pick_precision(device: torch.device, low_precision_pays: bool = True) -> torch.dtype:
    """The number format of the matrix products: 16 bits only where the device is fast at it."""
    if not low_precision_pays:
        return torch.float32
    if device.type == "cuda":
        real_bfloat16 = torch.cuda.get_device_capability(device) >= (8, 0)
        return torch.bfloat16 if real_bfloat16 else torch.float16
    if device.type == "cpu" and torch.cpu._is_avx512_bf16_supported():
        return torch.bfloat16
    return torch.float32


def train(
    experiment: Experiment,
    recipe: Recipe,
    *,
    seed: int = 0,
    precision: str = "auto",
    on_event: Callable[[Progress | Evaluation], None] | None = None,
    stop: threading.Event | None = None,
    checkpoint: Path | None = None,
    checkpoint_seconds: float = 60.0,
) -> Result:
    """Train `experiment.network` in place, on the device that it is on.

    seed: decides the order of the examples. With the network's own seed it fixes the whole run:
        bit for bit on a CPU with the same number of threads.
    precision: "auto" picks 16 bits where they are faster (`pick_precision`), or one of
        "float32", "bfloat16", "float16".
    on_event: called in this thread with each `Progress` and `Evaluation`.
    stop: when set, from any thread, the training ends after the step in progress.
    checkpoint: if this file exists the training goes on from it, as if it had never been
        interrupted; it is written every `checkpoint_seconds` and when stopped, never half.

    Raises TypeError for a seed that is no integer, ValueError for an unknown precision or a
    checkpoint of another network, recipe or seed.
    """
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise TypeError(f"seed got {seed!r}; it takes an integer")
    if precision not in PRECISIONS:
        raise ValueError(f"precision got {precision!r}; it takes one of {', '.join(PRECISIONS)}")
    keep_freed_memory()
    network = experiment.network
    device = next(network.parameters()).device
    if precision == "auto":
        dtype = pick_precision(device, experiment.low_precision_pays)
    else:
        dtype = getattr(torch, precision)
    autocast = torch.autocast(device.type, dtype, enabled=dtype is not torch.float32)
    optimizer = _adam(network, recipe)
    scaler = torch.amp.GradScaler(device.type, enabled=dtype is torch.float16)
    torch.manual_seed(seed)

    result = Result()
    identity = {"recipe": asdict(recipe), "seed": seed, "train_size": experiment.train_size}
    if checkpoint is not None and checkpoint.exists():
        result = _load_checkpoint(checkpoint, identity, network, optimizer, scaler)

    per_epoch = recipe.steps_per_epoch(experiment.train_size)
    steps = recipe.epochs * per_epoch
    started = time.perf_counter() - result.seconds
    told = saved = time.perf_counter()
    order = _order(seed, result.step // per_epoch, experiment.train_size, device)
    network.train()
    while result.step < steps and not (stop is not None and stop.is_set()):
        epoch, batch = divmod(result.step, per_epoch)
        if batch == 0:
            order = _order(seed, epoch, experiment.train_size, device)
        rate = recipe.rate_at(result.step, experiment.train_size)
        for group in optimizer.param_groups:
            group["lr"] = rate
        indices = order[batch * recipe.batch_size : (batch + 1) * recipe.batch_size]
        optimizer.zero_grad()
        with autocast:
            loss = experiment.loss(indices)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        result.step += 1

        now = time.perf_counter()
        if on_event is not None and (now - told > 0.1 or result.step == steps):
            told = now
            on_event(Progress(result.step, steps, epoch, loss.item(), rate, now - started))
        if batch == per_epoch - 1 and (
            (epoch + 1) % recipe.evaluate_every == 0 or result.step == steps
        ):
            network.eval()
            with torch.inference_mode(), autocast:
                metrics = experiment.evaluate()
            network.train()
            seconds = time.perf_counter() - started
            result.history.append(Evaluation(result.step, epoch + 1, seconds, metrics))
            if on_event is not None:
                on_event(result.history[-1])
        result.seconds = time.perf_counter() - started
        if checkpoint is not None and time.perf_counter() - saved > checkpoint_seconds:
            _save_checkpoint(checkpoint, identity, network, optimizer, scaler, result)
            saved = time.perf_counter()
    network.eval()
    result.finished = result.step == steps
    if checkpoint is not None:
        _save_checkpoint(checkpoint, identity, network, optimizer, scaler, result)
    return result


class Job:
    """A training in a thread of its own, so that whoever started it can go on and can stop it."""

    def __init__(self, work: Callable[[threading.Event], Result]) -> None:
        self._stop = threading.Event()
        self._result: Result | None = None
        self._error: BaseException | None = None

        def run() -> None:
            try:
                self._result = work(self._stop)
            except BaseException as error:  # noqa: BLE001  (handed to whoever waits)
                self._error = error

        self._thread = threading.Thread(target=run, name="training", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether the training has ended, for whatever reason."""
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Ask the training to end after the step in progress. Returns at once."""
        self._stop.set()

    def wait(self) -> Result:
        """Wait for the end; an interrupt stops the training and keeps what it has.

        Raises what the training raised.
        """
        try:
            while not self.done:
                self._thread.join(0.1)
        except KeyboardInterrupt:
            self.stop()
            self._thread.join()
        if self._error is not None:
            raise self._error
        assert self._result is not None
        return self._result


def start(experiment: Experiment, recipe: Recipe, **options: Any) -> Job:
    """`train` in the background: the same arguments but `stop`, which the job brings itself."""
    return Job(lambda stop: train(experiment, recipe, stop=stop, **options))


def _adam(network: nn.Module, recipe: Recipe) -> torch.optim.Adam:
    # l2 · Σ w² has the gradient 2 · l2 · w; biases and BatchNorm have one dimension.
    kernels = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    groups = [
        {"params": kernels, "weight_decay": 2 * recipe.l2},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.Adam(groups, lr=recipe.learning_rate, betas=recipe.betas, fused=True)


def _order(seed: int, epoch: int, examples: int, device: torch.device) -> Tensor:
    """The order of the examples in an epoch: a function of seed and epoch, so nothing to save."""
    generator = torch.Generator().manual_seed((seed * 1_000_003 + epoch) % 2**63)
    return torch.randperm(examples, generator=generator).to(device)


def _save_checkpoint(
    path: Path,
    identity: dict[str, Any],
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
    result: Result,
) -> None:
    tensors = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
    for number, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{name}": tensor for name, tensor in state.items()}
    tensors["random.cpu"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    save_tensors(
        path, tensors, {"identity": identity, "scaler": scaler.state_dict(), **asdict(result)}
    )


def _load_checkpoint(
    path: Path,
    identity: dict[str, Any],
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
) -> Result:
    tensors, about = load_tensors(path)
    if "identity" not in about:
        raise StorageError(f"{path} holds weights, not a checkpoint of a training")
    for name, expected in identity.items():
        found = about["identity"].get(name)
        if found != json.loads(json.dumps(expected)):  # JSON turns tuples into lists
            raise ValueError(
                f"checkpoint {path} is of another training: its {name} is {found}, "
                f"this one's is {expected}; use another folder or the same settings"
            )
    weights = _under("network.", tensors)
    ours = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    theirs = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    if ours != theirs:
        different = sorted(name for name in ours | theirs if ours.get(name) != theirs.get(name))
        raise ValueError(
            f"checkpoint {path} is of another network: {', '.join(different[:4])} differ; "
            f"it takes the network it was written from"
        )
    network.load_state_dict(weights)
    state = optimizer.state_dict()
    numbers = {name.split(".")[1] for name in tensors if name.startswith("optimizer.")}
    state["state"] = {int(n): _under(f"optimizer.{n}.", tensors) for n in numbers}
    optimizer.load_state_dict(state)
    if about["scaler"]:
        scaler.load_state_dict(about["scaler"])
    torch.set_rng_state(tensors["random.cpu"])
    if torch.cuda.is_available() and "random.cuda" in tensors:
        torch.cuda.set_rng_state(tensors["random.cuda"])
    history = [Evaluation(**evaluation) for evaluation in about["history"]]
    return Result(history, about["step"], about["seconds"], about["finished"])


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {
        name[len(prefix) :]: tensor for name, tensor in tensors.items() if name.startswith(prefix)
    }
