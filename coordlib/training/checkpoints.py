"""All that is needed to go on exactly where a training was interrupted, in one file."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from coordlib import fields
from coordlib.experiment import Experiment, State
from coordlib.fields import Between
from coordlib.recipes import Recipe
from coordlib.storage import StorageError, check_tensors, load_tensors, reading, save_tensors
from coordlib.training.events import Evaluation, RateChange, Result


@dataclass(frozen=True)
class Identity:
    """Whose checkpoint it is; one of another training is refused."""

    recipe: dict[str, Any]
    seed: int
    train_size: int | None
    turns: list[str] = field(default_factory=lambda: ["loss"])  # older files don't say

    @classmethod
    def of(cls, experiment: Experiment, recipe: Recipe, seed: int) -> Identity:
        """That of a training."""
        names = [turn.name for turn in experiment.turns()]
        return cls(_plain(recipe), seed, experiment.train_size, names)


@dataclass(frozen=True)
class _Scaler:
    """What torch's GradScaler remembers, where there is one."""

    scale: float
    growth_factor: float
    backoff_factor: float
    growth_interval: int
    _growth_tracker: int


@dataclass(frozen=True)
class _About:
    """What stands in the file beside the tensors."""

    identity: Identity
    scaler: dict[str, float]
    history: list[Evaluation]
    step: Annotated[int, Between(0)]
    seconds: Annotated[float, Between(0)]
    finished: bool
    processor_seconds: Annotated[float, Between(0)] = 0.0
    experiment: dict[str, Any] = field(default_factory=dict)
    # The numbers of the parameters that an optimizer has moved; older files have all.
    moved: list[Annotated[int, Between(0)]] | None = None
    rate_changes: list[RateChange] = field(default_factory=list)


@dataclass(frozen=True)
class Checkpoint:
    """What `read` found, whole and of the training that it was read for."""

    network: dict[str, Tensor]
    optimizers: dict[int, dict[str, Tensor]]  # by the number of the parameter
    scaler: dict[str, Any]
    experiment: State
    random: dict[str, Tensor]
    result: Result


def save(
    path: Path,
    identity: Identity,
    experiment: Experiment,
    optimizers: Sequence[Optimizer],
    scaler: torch.amp.GradScaler,
    result: Result,
) -> None:
    """Write a training's checkpoint.

    Raises StorageError if it cannot be written, ValueError for a state that it cannot hold.
    """
    tensors = {f"network.{name}": each for name, each in experiment.network.state_dict().items()}
    states = _states(optimizers)
    for number, state in states.items():
        tensors |= {f"optimizer.{number}.{name}": tensor for name, tensor in state.items()}
    kept = experiment.state()
    check_state(kept)
    tensors |= {f"experiment.{name}": each for name, each in kept.items() if torch.is_tensor(each)}
    tensors["random.cpu"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    plain = {name: each for name, each in kept.items() if not torch.is_tensor(each)}
    about = {
        "identity": dataclasses.asdict(identity),
        "scaler": scaler.state_dict(),
        **dataclasses.asdict(result),
        "experiment": plain,
        "moved": list(states),
    }
    del about["diverged"]  # a checkpoint is of a training that has not
    save_tensors(path, tensors, about)


def read(
    path: Path,
    identity: Identity,
    experiment: Experiment,
    optimizers: Sequence[Optimizer],
    steps: int,
) -> Checkpoint:
    """What a checkpoint holds for this training of so many steps; nothing is changed yet.

    Raises StorageError for a missing or damaged file, ValueError for one of another training.
    """
    tensors, content = load_tensors(path)
    if "identity" not in content:
        raise StorageError(f"{path} holds weights, not a checkpoint of a training")
    with reading(path, "checkpoint of a training"):
        about = fields.parse(_About, content)
        found = dataclasses.replace(
            about.identity, recipe=_plain(fields.parse(Recipe, about.identity.recipe))
        )
    for each in dataclasses.fields(Identity):
        ours, theirs = (getattr(whose, each.name) for whose in (identity, found))
        if ours != theirs:
            ours, theirs = fields.unlike(ours, theirs)
            raise ValueError(
                f"checkpoint {path} is of another training: its {each.name} is {theirs}, "
                f"this one's is {ours}; use another folder or the same settings"
            )
    network = _under("network.", tensors)
    _check_network(path, network, experiment.network)
    with reading(path, "checkpoint of a training"):
        if about.step > steps:
            raise ValueError(f"step got {about.step}; the training has {steps}")
        numbers = {name.split(".")[1] for name in tensors if name.startswith("optimizer.")}
        states = {int(number): _under(f"optimizer.{number}.", tensors) for number in numbers}
        trained = {f"network.{name}" for name, _ in experiment.network.named_parameters()}
        for name, tensor in tensors.items():
            ours = name in trained or name.startswith("optimizer.")
            if ours and not tensor.isfinite().all():
                raise ValueError(f"{name} holds a value that is not a finite number")
        if about.scaler:
            fields.parse(_Scaler, about.scaler, "scaler")
        kept = {**about.experiment, **_under("experiment.", tensors)}
        if different := kept.keys() ^ experiment.state().keys():
            raise ValueError(f"the experiment's state {min(different)!r} is missing or extra")
        random = _under("random.", tensors)
        like = {"cpu": torch.get_rng_state()}
        if torch.cuda.is_available() and "cuda" in random:
            like["cuda"] = torch.cuda.get_rng_state()
        random = {name: random[name] for name in like if name in random}
        check_tensors(random, like)
        _check_random(random["cpu"])
        _check_optimizers(states, about.moved if about.step else [], optimizers)
    return Checkpoint(
        network=network,
        optimizers=states,
        scaler=about.scaler,
        experiment=kept,
        random=random,
        result=Result(
            about.history,
            about.step,
            about.seconds,
            about.processor_seconds,
            about.finished,
            rate_changes=about.rate_changes,
        ),
    )


def load(
    path: Path,
    identity: Identity,
    experiment: Experiment,
    optimizers: Sequence[Optimizer],
    scaler: torch.amp.GradScaler,
    steps: int,
) -> Result:
    """Put a training where its checkpoint was written. Raises what `read` raises."""
    checkpoint = read(path, identity, experiment, optimizers, steps)
    experiment.network.load_state_dict(checkpoint.network)
    first = 0
    for optimizer in optimizers:
        state = optimizer.state_dict()
        count = sum(len(group["params"]) for group in state["param_groups"])
        state["state"] = {
            number: checkpoint.optimizers[first + number]
            for number in range(count)
            if first + number in checkpoint.optimizers
        }
        optimizer.load_state_dict(state)
        first += count
    if checkpoint.scaler:
        scaler.load_state_dict(checkpoint.scaler)
    experiment.load_state(checkpoint.experiment)
    torch.set_rng_state(checkpoint.random["cpu"])
    if "cuda" in checkpoint.random:
        torch.cuda.set_rng_state(checkpoint.random["cuda"])
    return checkpoint.result


def check_state(state: State) -> None:
    """Raise ValueError, which names it, for a part of an experiment's state that can't be kept."""
    for name, value in state.items():
        try:
            if not torch.is_tensor(value):
                json.dumps(value, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"the experiment's state {name!r} got {value!r} ({error}); it takes what JSON "
                f"knows, with finite numbers, or one tensor"
            ) from error


def _plain(recipe: Recipe) -> dict[str, Any]:
    """A recipe as JSON has it, with lists for tuples; fields newer than a file have defaults."""
    return json.loads(json.dumps(dataclasses.asdict(recipe)))


def _states(optimizers: Iterable[Optimizer]) -> dict[int, dict[str, Tensor]]:
    """What the optimizers remember, by the number of the parameter among those of all."""
    states: dict[int, dict[str, Tensor]] = {}
    first = 0
    for optimizer in optimizers:
        state = optimizer.state_dict()
        states |= {first + number: _as_tensors(each) for number, each in state["state"].items()}
        first += sum(len(group["params"]) for group in state["param_groups"])
    return states


def _check_network(path: Path, found: dict[str, Tensor], network: nn.Module) -> None:
    ours = network.state_dict()
    different = sorted(
        name
        for name in ours | found
        if name not in ours
        or name not in found
        or (ours[name].shape, ours[name].dtype) != (found[name].shape, found[name].dtype)
    )
    if different:
        raise ValueError(
            f"checkpoint {path} is of another network: {', '.join(different[:4])} differ; "
            f"it takes the network it was written from"
        )


def _check_random(state: Tensor) -> None:
    """Raise ValueError unless torch's generator of the processor can be in this state."""
    try:
        torch.Generator().set_state(state)
    except RuntimeError as error:
        raise ValueError(f"random.cpu holds what is no state of a generator: {error}") from error


def _check_optimizers(
    states: dict[int, dict[str, Tensor]], moved: list[int] | None, optimizers: Sequence[Optimizer]
) -> None:
    """Raise ValueError unless there is a whole state for each parameter that was moved.

    moved: their numbers; None: all of them.
    """
    parameters = [
        (optimizer, parameter)
        for optimizer in optimizers
        for group in optimizer.param_groups
        for parameter in group["params"]
    ]
    if different := set(states) ^ set(range(len(parameters)) if moved is None else moved):
        raise ValueError(f"the optimizer's state of parameter {min(different)} is missing or extra")
    for number, state in states.items():
        if number >= len(parameters):
            raise ValueError(f"parameter {number} is moved; there are {len(parameters)}")
        like = _state_like(*parameters[number])
        check_tensors(
            {f"optimizer.{number}.{name}": tensor for name, tensor in state.items()},
            {f"optimizer.{number}.{name}": tensor for name, tensor in like.items()},
        )


def _state_like(optimizer: Optimizer, parameter: Tensor) -> dict[str, Tensor]:
    """A state such as this optimizer has for this parameter: found out by a step of another one."""
    twin = torch.zeros_like(parameter, device="cpu", requires_grad=True)
    twin.grad = torch.zeros_like(twin)
    other = type(optimizer)([twin], **optimizer.defaults)
    other.step()
    return _as_tensors(other.state[twin])


def _as_tensors(state: dict[str, Any]) -> dict[str, Tensor]:
    """What an optimizer remembers of a parameter; some count their steps in a plain number."""
    return {name: torch.as_tensor(value) for name, value in state.items()}


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {
        name[len(prefix) :]: tensor for name, tensor in tensors.items() if name.startswith(prefix)
    }
