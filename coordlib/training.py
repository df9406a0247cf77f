"""One training loop for every task: device, precision, schedule, events, stop, resume.

A task brings an experiment (see `Experiment`), a recipe says how to train it, and what happens is
told through events. The loop itself prints nothing and draws nothing.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from coordlib import checks
from coordlib.allocator import keep_freed_memory
from coordlib.recipes import Recipe
from coordlib.storage import StorageError, load_tensors, save_tensors

PRECISIONS = ("auto", "float32", "bfloat16", "float16")


class Experiment(Protocol):
    """What a task hands to the loop."""

    network: nn.Module
    train_size: int
    low_precision_pays: bool  # is 16-bit arithmetic faster for this network, and fine enough?

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
    """The device to train on: the named one, else CUDA, else MPS, else the CPU.

    Raises ValueError for a device that is not there.
    """
    if name is not None:
        try:
            return torch.empty(0, device=name).device
        except (RuntimeError, AssertionError) as error:  # torch without CUDA asserts
            why = str(error).splitlines()[0]
            raise ValueError(f"device got {name!r}; torch says: {why}") from error
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def pick_precision(
    precision: str, device: torch.device, low_precision_pays: bool = True
) -> torch.dtype:
    """The number format of the matrix products, for one of PRECISIONS.

    "auto" means 16 bits where they pay for the network and the device is fast at them.
    Raises ValueError for another word.
    """
    checks.one_of("precision", precision, PRECISIONS)
    if precision != "auto":
        return getattr(torch, precision)
    if not low_precision_pays:
        return torch.float32
    if device.type == "cuda":
        real_bfloat16 = torch.cuda.get_device_capability(device) >= (8, 0)
        return torch.bfloat16 if real_bfloat16 else torch.float16
    if device.type == "cpu" and torch.cpu._is_avx512_bf16_supported():
        return torch.bfloat16
    return torch.float32


@dataclass(frozen=True)
class Member:
    """One of several trainings that go side by side; the fields are `train`'s arguments."""

    experiment: Experiment
    recipe: Recipe
    seed: int = 0
    on_event: Callable[[Progress | Evaluation], None] | None = None
    checkpoint: Path | None = None


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
    precision: "auto" picks 16 bits where they pay (`pick_precision`), or one of
        "float32", "bfloat16", "float16".
    on_event: called in this thread with each `Progress` and `Evaluation`.
    stop: when set, from any thread, the training ends after the step in progress.
    checkpoint: if this file exists the training goes on from it, as if it had never been
        interrupted; it is written every `checkpoint_seconds` and when stopped, never half.

    Raises TypeError for a seed that is no integer, ValueError for an unknown precision or a
    checkpoint of another network, recipe or seed.
    """
    member = Member(experiment, recipe, seed, on_event, checkpoint)
    (result,) = train_together(
        [member], precision=precision, stop=stop, checkpoint_seconds=checkpoint_seconds
    )
    return result


def train_together(
    members: Sequence[Member],
    *,
    precision: str = "auto",
    stop: threading.Event | None = None,
    checkpoint_seconds: float = 60.0,
) -> list[Result]:
    """Train several networks as one, a step of all at a time: to rounding, what `train` gives each.

    members: of one task and the same settings, each with a network of its own; their recipes may
        differ in learning rate and l2. Their results come in the same order. Each has a checkpoint
        of its own, and may have been interrupted alone: those that are behind catch up first.

    Raises what `train` raises, ValueError if recipes differ in anything else or networks in their
    shapes, and torch's RuntimeError for a network that draws random numbers in its forward pass.
    """
    for member in members:
        checks.seed(member.seed)
    _check_alike(members)
    keep_freed_memory()
    # On an NVIDIA GPU cuDNN rounds a float32 convolution's inputs to 10 bits unless it is told not
    # to: what a run records as 32 bits is to be 32 bits.
    torch.backends.cudnn.allow_tf32 = False
    first = members[0].experiment
    device = next(first.network.parameters()).device
    dtype = pick_precision(precision, device, first.low_precision_pays)
    autocast = torch.autocast(device.type, dtype, enabled=dtype is not torch.float32)
    torch.manual_seed(members[0].seed)

    trainings = [_Training(member, device, dtype) for member in members]
    steps = trainings[0].steps
    saved = time.perf_counter()
    while not (stop is not None and stop.is_set()):
        step = min(training.result.step for training in trainings)
        if step == steps:
            break
        begun = time.perf_counter()
        moving = [training for training in trainings if training.result.step == step]
        batches = [training.begin_step() for training in moving]
        with autocast:
            losses = _losses([training.experiment for training in moving], batches)
        scaled = [each.scaler.scale(loss) for each, loss in zip(moving, losses, strict=True)]
        sum(scaled).backward()
        for training, loss in zip(moving, losses, strict=True):
            training.end_step(loss, autocast)
        for training in trainings:
            if training not in moving:
                training.started += time.perf_counter() - begun  # it has waited
        if time.perf_counter() - saved > checkpoint_seconds:
            for training in trainings:
                training.save()
            saved = time.perf_counter()
    for training in trainings:
        training.network.eval()
        training.result.finished = training.result.step == steps
        training.save()
    return [training.result for training in trainings]


class _Training:
    """A member in training: its optimiser, how far it is, and how it is kept."""

    def __init__(self, member: Member, device: torch.device, dtype: torch.dtype) -> None:
        self.experiment, self.recipe, self.seed = member.experiment, member.recipe, member.seed
        self.on_event, self.checkpoint = member.on_event, member.checkpoint
        self.network = self.experiment.network
        self.device = device
        self.optimizer = _adam(self.network, self.recipe)
        self.scaler = torch.amp.GradScaler(device.type, enabled=dtype is torch.float16)
        self.identity = {
            "recipe": asdict(self.recipe),
            "seed": self.seed,
            "train_size": self.experiment.train_size,
        }
        self.result = Result()
        if self.checkpoint is not None and self.checkpoint.exists():
            self.result = _load_checkpoint(
                self.checkpoint, self.identity, self.network, self.optimizer, self.scaler
            )
        self.per_epoch = self.recipe.steps_per_epoch(self.experiment.train_size)
        self.steps = self.recipe.epochs * self.per_epoch
        self.told = time.perf_counter()
        self.started = self.told - self.result.seconds
        self.order = self._new_order()
        self.network.train()

    def begin_step(self) -> Tensor:
        """Get ready for a gradient; which examples it is to be of."""
        batch = self.result.step % self.per_epoch
        if batch == 0:
            self.order = self._new_order()
        self.rate = self.recipe.rate_at(self.result.step, self.experiment.train_size)
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate
        self.optimizer.zero_grad()
        return self.order[batch * self.recipe.batch_size : (batch + 1) * self.recipe.batch_size]

    def end_step(self, loss: Tensor, autocast: torch.autocast) -> None:
        """Move the weights by their gradient; evaluate if it is time; tell."""
        self.scaler.step(self.optimizer)
        self.scaler.update()
        epoch, batch = divmod(self.result.step, self.per_epoch)
        self.result.step += 1
        last = self.result.step == self.steps

        now = time.perf_counter()
        if self.on_event is not None and (now - self.told > 0.1 or last):
            self.told = now
            step, seconds = self.result.step, now - self.started
            self.on_event(Progress(step, self.steps, epoch, loss.item(), self.rate, seconds))
        if batch == self.per_epoch - 1 and ((epoch + 1) % self.recipe.evaluate_every == 0 or last):
            self.network.eval()
            with torch.inference_mode(), autocast:
                metrics = self.experiment.evaluate()
            self.network.train()
            seconds = time.perf_counter() - self.started
            self.result.history.append(Evaluation(self.result.step, epoch + 1, seconds, metrics))
            if self.on_event is not None:
                self.on_event(self.result.history[-1])
        self.result.seconds = time.perf_counter() - self.started

    def save(self) -> None:
        """Write the checkpoint, if there is to be one."""
        if self.checkpoint is None:
            return
        _save_checkpoint(
            self.checkpoint, self.identity, self.network, self.optimizer, self.scaler, self.result
        )

    def _new_order(self) -> Tensor:
        epoch = self.result.step // self.per_epoch
        return _order(self.seed, epoch, self.experiment.train_size, self.device)


class _Loss(nn.Module):
    """An experiment's loss as a module, so that torch can call it with other weights."""

    def __init__(self, experiment: Experiment) -> None:
        super().__init__()
        self.network = experiment.network
        self.experiment = experiment

    def forward(self, indices: Tensor) -> Tensor:
        return self.experiment.loss(indices)


def _losses(experiments: list[Experiment], batches: list[Tensor]) -> Sequence[Tensor]:
    """Each experiment's loss of its batch: of several, by one pass through all networks at once."""
    if len(experiments) == 1:
        return [experiments[0].loss(batches[0])]
    losses = [_Loss(experiment) for experiment in experiments]
    # Stacking is differentiable: a gradient finds its way back into each network's own weights.
    weights = _stacked([dict(loss.named_parameters()) for loss in losses])
    each = [dict(loss.named_buffers()) for loss in losses]
    buffers = _stacked(each)

    def one(weights: dict[str, Tensor], buffers: dict[str, Tensor], indices: Tensor) -> Tensor:
        return torch.func.functional_call(losses[0], (weights, buffers), (indices,))

    values = torch.vmap(one)(weights, buffers, torch.stack(batches))
    for number, own in enumerate(each):
        for name, buffer in own.items():
            buffer.copy_(buffers[name][number])  # BatchNorm has updated its means in the stack
    return values.unbind()


def _stacked(each: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    return {name: torch.stack([tensors[name] for tensors in each]) for name in each[0]}


def _check_alike(members: Sequence[Member]) -> None:
    def shape(member: Member) -> dict[str, Any]:
        recipe = asdict(member.recipe)
        del recipe["learning_rate"], recipe["l2"]
        tensors = member.experiment.network.state_dict()
        return {
            "recipe": recipe,
            "train_size": member.experiment.train_size,
            "network": {name: tuple(tensor.shape) for name, tensor in tensors.items()},
        }

    first = shape(members[0])
    for number, member in enumerate(members):
        for name, value in shape(member).items():
            if value != first[name]:
                raise ValueError(
                    f"members take one {name}: that of number {number} is {value}, "
                    f"that of number 0 is {first[name]}"
                )


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
    # l2 · Σ w² has the gradient 2 · l2 · w. A fully connected layer's weights have two dimensions,
    # biases and BatchNorm have one.
    kernels = [p for p in network.parameters() if p.ndim > 2]
    others = [p for p in network.parameters() if p.ndim <= 2]
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
