"""One training in several processes, as `torchrun` starts them: each takes a share of every batch.

Every process has the whole network and makes the same steps, with gradients averaged over all.
The first one, of rank 0, tells and keeps.
"""

from __future__ import annotations

import atexit
import functools
import importlib
import os
from collections.abc import Iterable, Sequence
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

T = TypeVar("T", bound=Sequence)


@functools.cache  # asked for several times a step, and decided before the process began
def processes() -> int:
    """How many processes train together; 1 without `torchrun`."""
    return int(os.environ["WORLD_SIZE"]) if dist.is_torchelastic_launched() else 1


def rank() -> int:
    """The number of this process among those of `torchrun`; 0 without it."""
    return int(os.environ["RANK"]) if processes() > 1 else 0


def begin(device: torch.device) -> None:
    """Meet the other processes, if there are any and it has not been done."""
    if device.type == "cuda":
        torch.cuda.set_device(device)
    if processes() > 1 and not dist.is_initialized():
        # A thread of the group's that is still there when the interpreter ends can abort it.
        # What is imported later keeps the group as its functions' default, and its threads alive.
        importlib.import_module("torch.distributed.nn")
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
        atexit.register(_end)


def _end() -> None:
    """Leave the other processes, if the program hasn't."""
    if dist.is_initialized():
        dist.destroy_process_group()


def share(batch: T) -> tuple[T, float]:
    """This process's part of a batch of numbered examples, and its weight in the mean over all.

    A batch that has too few examples for all is everybody's.
    """
    if len(batch) < processes():
        return batch, 1.0
    ours = batch[rank() :: processes()]
    return ours, len(ours) * processes() / len(batch)


def average(tensors: Iterable[Tensor]) -> None:
    """Replace tensors of one device by their means over all processes, in one exchange."""
    tensors = list(tensors)
    if processes() == 1 or not tensors:
        return
    flat = torch.cat([tensor.flatten() for tensor in tensors])
    dist.all_reduce(flat)
    flat /= processes()
    for tensor, mean in zip(tensors, flat.split([t.numel() for t in tensors]), strict=True):
        tensor.copy_(mean.view_as(tensor))


def any_of(flag: bool, device: torch.device) -> bool:
    """Whether it is so in any of the processes."""
    if processes() == 1:
        return flag
    told = torch.tensor(int(flag), device=device)
    dist.all_reduce(told, dist.ReduceOp.MAX)
    return bool(told)


def same_start(network: nn.Module, seed: int) -> None:
    """Give every process the weights that rank 0 has, and random numbers of its own."""
    if processes() > 1:
        for tensor in network.state_dict().values():
            dist.broadcast(tensor, 0)
        torch.manual_seed((seed + 1) * processes() + rank())


def same_buffers(network: nn.Module) -> None:
    """Give every process the buffers (BatchNorm's running means) that rank 0 has."""
    if processes() > 1:
        for buffer in network.buffers():
            dist.broadcast(buffer, 0)
