"""Where a position is: coordinate channels, and layers that know where their input lies.

Everywhere the channels are in this order: x (the last axis), y, z, and then, if asked for, r. So
they are in `AddCoords`, the form that the paper describes (section 3), after the input's own.
"""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Iterator, Sequence
from numbers import Integral
from typing import Any

import numpy as np
import torch
from torch import Tensor, fx, nn


def coordinate_channels(
    sizes: Sequence[int],
    *,
    with_r: bool = False,
    device: torch.device | str | None = None,
    dtype: torch.dtype | None = None,
) -> Tensor:
    """The coordinates of every position of a grid, from -1 at an axis's start to 1 at its end.

    `sizes` are the grid's, for example (height, width). Returns (d, *sizes) with d = len(sizes):
    x along the last axis, then y along the one before, then z; with `with_r` one more channel,
    the distance from the grid's centre, r = √(x² + y² + z²). An axis of size 1 is all 0.

    Raises ValueError if there are not 1 to 3 sizes or one is below 1, TypeError if one is not a
    whole number or `dtype` is not a floating-point one.
    """
    if not 1 <= len(sizes) <= 3:
        raise ValueError(f"sizes got {tuple(sizes)}; it takes 1, 2 or 3 sizes")
    check_sizes(sizes)
    dtype = torch.get_default_dtype() if dtype is None else dtype
    if not dtype.is_floating_point:
        raise TypeError(f"dtype got {dtype}; it takes a floating-point one")
    return grid(sizes, None, None, with_r, device, dtype)[0]


def grid(
    sizes: Sequence[int],
    start: Sequence[int] | None,
    whole: Sequence[int] | None,
    with_r: bool,
    device: torch.device | str | None,
    dtype: torch.dtype,
) -> Tensor:
    """The coordinate channels as a batch of one, (1, d, *sizes).

    start, whole: where the grid lies in a larger one, and that one's sizes; None: it is the whole.

    The batch is there from the start because inductor, with dynamic sizes, cannot compile a
    convolution of a view that backward needs.
    """
    # bfloat16 has 8 bits of precision: made in it, the coordinates of a wide grid would coincide.
    exact = torch.promote_types(dtype, torch.float32)
    axes = []
    # Not linspace: it freezes the size in an exported graph, and gives -1 where the size is 1.
    for axis, size in enumerate(sizes):
        if whole is None:
            doubled = 2 * torch.arange(size, device=device, dtype=exact) - (size - 1)
            axes.append(doubled / doubled[-1:].clamp(min=1))
        else:
            first, last = start[axis], whole[axis] - 1
            places = torch.arange(first, first + size, device=device, dtype=exact)
            axes.append((2 * places - last) / max(last, 1))
    x_first = torch.meshgrid(*axes, indexing="ij")[::-1]
    channels = torch.cat([axis[None, None] for axis in x_first], 1)
    if with_r:
        channels = torch.cat([channels, channels.square().sum(1, keepdim=True).sqrt()], 1)
    return channels.to(dtype)


@functools.lru_cache(maxsize=64)
def kept_grid(sizes: tuple[int, ...], with_r: bool, dtype: torch.dtype) -> np.ndarray:
    """The same as `grid`, kept: it depends on nothing else.

    By numpy because what torch makes may belong to a mode or a transform (inference mode,
    torch.func) that ends before it is used again.
    """
    name = numpy_name(dtype)
    axes = [
        (2 * np.arange(size, dtype=name) - (size - 1)) / np.array(max(size - 1, 1), name)
        for size in sizes
    ]
    channels = np.stack(np.meshgrid(*axes, indexing="ij")[::-1])[None]
    if with_r:
        r = np.sqrt(np.square(channels).sum(1, keepdims=True))
        channels = np.concatenate([channels, r], 1)
    return channels


def numpy_name(dtype: torch.dtype) -> str:
    """What numpy calls a dtype that both have, such as "float32"."""
    return str(dtype).removeprefix("torch.")


class Placed(nn.Module):
    """What the layers here share that know where their input lies in a larger one."""

    rank: int
    _tile: tuple[list[tuple[int, ...]], tuple[int, ...]] | None = None

    @contextlib.contextmanager
    def tile(
        self, start: Sequence[int] | Sequence[Sequence[int]], whole: Sequence[int]
    ) -> Iterator[None]:
        """Within it the layer's inputs are tiles, or crops, of larger ones.

        start: where a tile begins in the whole, for example (top, left); or one such position for
        each example of the batch.
        whole: the sizes of the whole, for example (height, width).

        The layer then gives what it gives for the whole, wherever its filters see nothing but the
        tile and the whole's own edge. Both count in the layer's own input: behind a convolution of
        stride 2, halves of the picture's.

        >>> with layer.tile((128, 0), (512, 512)):
        ...     output = network(picture[..., 128:256, 0:128])

        Raises ValueError if a start is no position of the whole, or no multiple of the stride
        (the whole's outputs lie elsewhere); TypeError for what is not a whole number. The layer
        raises ValueError for a tile that reaches out of the whole, or another number of starts.
        """
        whole = check_sizes(whole, "whole")
        starts = np.asarray(start)
        if starts.dtype.kind not in "iu":
            raise TypeError(f"start got {start!r}; it takes whole numbers")
        if len(whole) != self.rank or starts.ndim > 2 or starts.shape[-1:] != (self.rank,):
            raise ValueError(
                f"start and whole got {start!r} and {whole}; "
                f"{type(self).__name__} takes {self.rank} numbers each"
            )
        steps = self._steps()
        for each in np.atleast_2d(starts):
            if any(not 0 <= at < size for at, size in zip(each, whole, strict=True)):
                raise ValueError(f"start got {tuple(each.tolist())}; it takes a place in {whole}")
            if any(at % step for at, step in zip(each, steps, strict=True)):
                raise ValueError(
                    f"start got {tuple(each.tolist())}; it takes multiples of the stride, {steps}"
                )
        before = self._tile
        self._tile = ([tuple(each) for each in np.atleast_2d(starts).tolist()], whole)
        try:
            yield
        finally:
            self._tile = before

    def _steps(self) -> tuple[int, ...]:
        """What a tile's start has to be a multiple of, so that the whole has outputs there."""
        return (1,) * self.rank

    def _starts(
        self, sizes: Sequence[int], batch: Sequence[int] = ()
    ) -> list[tuple[int, ...] | None]:
        """Where the inputs begin: one for all, or one for each; None where it is the whole."""
        if self._tile is None:
            return [None]
        starts, whole = self._tile
        if len(starts) > 1 and tuple(batch) != (len(starts),):
            raise ValueError(
                f"input got {math.prod(batch)} examples; with tile it takes {len(starts)}"
            )
        for start in starts:
            if any(at + n > end for at, n, end in zip(start, sizes, whole, strict=True)):
                raise ValueError(
                    f"input got sizes {tuple(sizes)}; a tile that begins at {start} has to end "
                    f"within {whole}"
                )
        return starts


class AddCoords(Placed):
    """Concatenates the coordinate channels to the input: the form the paper describes.

    Takes (batch, channels, *sizes) or (channels, *sizes) with `rank` sizes, and gives the same with
    `rank` more channels, and one more if `with_r`. Followed by an ordinary convolution this is a
    CoordConv layer. The layers below give the same in less time.
    """

    def __init__(self, rank: int = 2, with_r: bool = False) -> None:
        super().__init__()
        if rank not in (1, 2, 3):
            raise ValueError(f"rank got {rank!r}; it takes 1, 2 or 3")
        self.rank = rank
        self.with_r = with_r

    def forward(self, input: Tensor) -> Tensor:
        if isinstance(input, fx.Proxy):
            return leaf(self, input)
        check_input(self, input, self.rank)
        sizes, batch = input.shape[-self.rank :], input.shape[: -self.rank - 1]
        whole = None if self._tile is None else self._tile[1]
        starts = self._starts(sizes, batch)
        like = (self.with_r, input.device, input.dtype)
        coordinates = torch.cat([grid(sizes, start, whole, *like) for start in starts])
        if not batch:
            return torch.cat([input, coordinates[0]])
        return torch.cat([input, coordinates.expand(*batch, *[-1] * (self.rank + 1))], 1)

    def extra_repr(self) -> str:
        return f"rank={self.rank}, with_r={self.with_r}"

    def __prepare_scriptable__(self) -> nn.Module:
        raise not_scriptable(self)


def check_sizes(sizes: Sequence[int], name: str = "sizes") -> tuple[int, ...]:
    """The sizes as Python's numbers; raises TypeError or ValueError if one is no size."""
    if not all(isinstance(size, (Integral, torch.SymInt)) for size in sizes):
        raise TypeError(f"{name} got {tuple(sizes)}; it takes whole numbers")
    if any(size < 1 for size in sizes):
        raise ValueError(f"{name} got {tuple(sizes)}; each takes at least 1")
    return tuple(size if isinstance(size, torch.SymInt) else int(size) for size in sizes)


def check_input(layer: nn.Module, input: Tensor, rank: int, channels: int | None = None) -> None:
    """Raise TypeError or ValueError for what is no input of such a layer."""
    if not isinstance(input, Tensor):
        raise TypeError(f"input got a {type(input).__name__}; it takes a tensor")
    shape = input.shape
    right_rank = len(shape) in (rank + 1, rank + 2)
    # Sizes that are being traced can't be compared without freezing them.
    if channels is not None and right_rank and not torch.jit.is_tracing():
        right_rank = channels == shape[-rank - 1]
    if not right_rank:
        axes = ", ".join([str(channels or "channels"), *("depth", "height", "width")[-rank:]])
        raise ValueError(
            f"input got shape {tuple(shape)}; "
            f"{type(layer).__name__} takes (batch, {axes}) or ({axes})"
        )
    if not input.is_floating_point():
        raise TypeError(
            f"input got dtype {input.dtype}; {type(layer).__name__} takes a floating-point one"
        )


def leaf(layer: nn.Module, *inputs: Any) -> fx.Proxy:
    """A layer as one step of a graph that torch.fx makes, as torch.nn's own layers are."""
    tracer = inputs[0].tracer
    return tracer.create_proxy("call_module", tracer.path_of_module(layer), inputs, {})


def not_scriptable(layer: nn.Module) -> TypeError:
    """What to raise where TorchScript would compile a layer's source."""
    return TypeError(
        f"torch.jit.script got a {type(layer).__name__}; it takes one that has been traced: "
        "torch.jit.trace(layer, input), whose result takes inputs of any size"
    )
