"""CoordConv: a convolution that can tell where it is (paper section 3; claims C13, C14, C15).

The paper concatenates coordinate channels to the input and then convolves. `AddCoords` does exactly
that. But a convolution is linear, so

    conv([input, coordinates]) = conv(input) + conv(coordinates)

and the last term is the same for every example: a map with one number for each output channel and
position, the *position bias*. The `CoordConv` layers below add it to an ordinary convolution. They
have the concatenating form's parameters, so weights move between the two forms unchanged, and they
cost next to nothing: what makes concatenation slow is the odd number of channels and the copy.

Everywhere in this file the coordinate channels come after the input's own channels, in this order:
x (the last axis), y, z, and then, if asked for, r. All torch, nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Integral

import torch
from torch import Tensor, nn
from torch.nn import functional as F


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
    _check_sizes(sizes)
    dtype = torch.get_default_dtype() if dtype is None else dtype
    if not dtype.is_floating_point:
        raise TypeError(f"dtype got {dtype}; it takes a floating-point one")
    # bfloat16 has 8 bits of precision: made in it, the coordinates of a wide grid would coincide.
    exact = torch.promote_types(dtype, torch.float32)
    return _grid(sizes, with_r, device, exact)[0].to(dtype)


def _grid(
    sizes: Sequence[int], with_r: bool, device: torch.device | str | None, dtype: torch.dtype
) -> Tensor:
    """The coordinate channels as a batch of one, (1, d, *sizes).

    The batch is there from the start because inductor, with dynamic sizes, cannot compile a
    convolution of a view that backward needs.
    """
    # Not linspace: it freezes the size in an exported graph, and gives -1 where the size is 1.
    axes = [
        (2 * torch.arange(size, device=device, dtype=dtype) - (size - 1))
        / torch.sym_max(size - 1, 1)
        for size in sizes
    ]
    x_first = torch.meshgrid(*axes, indexing="ij")[::-1]
    channels = torch.cat([axis[None, None] for axis in x_first], 1)
    if with_r:
        channels = torch.cat([channels, channels.square().sum(1, keepdim=True).sqrt()], 1)
    return channels


class AddCoords(nn.Module):
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
        _check_input(self, input, self.rank)
        sizes = input.shape[-self.rank :]
        coordinates = coordinate_channels(
            sizes, with_r=self.with_r, device=input.device, dtype=input.dtype
        )
        batch = input.shape[: -self.rank - 1]
        return torch.cat([input, coordinates.expand(*batch, *coordinates.shape)], -self.rank - 1)

    def extra_repr(self) -> str:
        return f"rank={self.rank}, with_r={self.with_r}"


def _check_sizes(sizes: Sequence[int]) -> None:
    if not all(isinstance(size, (int, torch.SymInt)) for size in sizes):
        raise TypeError(f"sizes got {tuple(sizes)}; it takes whole numbers")
    if any(size < 1 for size in sizes):
        raise ValueError(f"sizes got {tuple(sizes)}; each takes at least 1")


def _check_input(layer: nn.Module, input: Tensor, rank: int, channels: int | None = None) -> None:
    if not isinstance(input, Tensor):
        raise TypeError(f"input got a {type(input).__name__}; it takes a tensor")
    shape = input.shape
    right_rank = len(shape) in (rank + 1, rank + 2)
    if not right_rank or (channels is not None and channels != shape[-rank - 1]):
        axes = ", ".join([str(channels or "channels"), *("depth", "height", "width")[-rank:]])
        raise ValueError(
            f"input got shape {tuple(shape)}; "
            f"{type(layer).__name__} takes (batch, {axes}) or ({axes})"
        )
    if not input.is_floating_point():
        raise TypeError(
            f"input got dtype {input.dtype}; {type(layer).__name__} takes a floating-point one"
        )


class _CoordConv:
    """What the CoordConv layers share, whatever their rank; it goes before a layer of torch.nn.

    Its `weight` is the concatenating form's: what torch.nn's layer has for `in_channels` + d input
    channels, d being the number of coordinate channels. With groups, each group sees its own
    inputs followed by the coordinates: `in_channels` + d · `groups` in all. `in_channels` stays
    what the caller said.
    """

    rank: int
    _convolution: Callable[..., Tensor]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, ...],
        stride: int | tuple[int, ...] = 1,
        padding: str | int | tuple[int, ...] = 0,
        dilation: int | tuple[int, ...] = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        *,
        with_r: bool = False,
    ) -> None:
        super().__init__(
            _concatenated(in_channels, groups, self.rank + with_r),
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )
        self.in_channels = in_channels
        self.with_r = with_r

    @property
    def feature_weight(self) -> Tensor:
        """The part of `weight` for the input's own channels: an ordinary convolution's weight."""
        return self._split_weight()[0]

    @property
    def coordinate_weight(self) -> Tensor:
        """The part of `weight` for the coordinate channels: of a convolution with one group.

        Both parts are views, so that `layer.coordinate_weight.zero_()` under `torch.no_grad()`
        makes the layer an ordinary convolution (only a transposed layer with groups gives copies).
        """
        return self._split_weight()[1]

    def position_bias(self, *sizes: int) -> Tensor:
        """What the layer adds to the convolution of its input, for inputs of these sizes.

        `position_bias(height, width)` for a 2-D layer. Returns (out_channels, *output sizes), in
        the weight's dtype, with the layer's ordinary `bias` in it: the output is the convolution of
        the input with `feature_weight`, plus this. Raises ValueError for the wrong number of sizes
        or one below 1, TypeError for one that is not a whole number.
        """
        if len(sizes) != self.rank:
            raise ValueError(f"sizes got {sizes}; {type(self).__name__} takes {self.rank}")
        _check_sizes(sizes)
        return self._position_bias(self.coordinate_weight, sizes).to(self.weight.dtype)

    def forward(self, input: Tensor) -> Tensor:
        """(batch, in_channels, *sizes) or (in_channels, *sizes), as torch.nn's layer takes it."""
        return self._forward(input)

    def _forward(self, input: Tensor, *output_size: Sequence[int] | None) -> Tensor:
        _check_input(self, input, self.rank, self.in_channels)
        feature_weight, coordinate_weight = self._split_weight()
        sizes = input.shape[-self.rank :]
        bias = self._position_bias(coordinate_weight, sizes, *output_size)
        if not torch.compiler.is_compiling() and self._is_fast_product(input):
            # The bias is the product's addend: no further pass over the output.
            weights = feature_weight.flatten(1).expand(len(input), -1, -1)
            addend = bias.flatten(1).to(input.dtype)
            return torch.baddbmm(addend, weights, input.flatten(2)).unflatten(2, sizes)
        output = self._convolve(input, feature_weight, None, self.groups, *output_size)
        bias = bias.to(output.dtype)
        if not torch.compiler.is_compiling() and output.stride(-self.rank - 1) == 1:
            bias = bias.movedim(0, -1).contiguous().movedim(-1, 0)  # channels last, as the output
        # In place: a convolution's backward needs its input and weight, never its output.
        return output.add_(bias)

    def _is_fast_product(self, input: Tensor) -> bool:
        """Whether this is a 1 × 1 convolution that is faster as a matrix product for each example.

        Measured on CPUs: it is, unless there are fewer positions than channels.
        """
        return (
            input.device.type == "cpu"
            and input.dim() == self.rank + 2
            and input.is_contiguous()
            and input.shape[2:].numel() >= self.in_channels
            and set(self.kernel_size + self.stride) == {1}
            and not any(self._reversed_padding_repeated_twice)
            and self.groups == 1
            and not self.transposed
        )

    def _position_bias(
        self, coordinate_weight: Tensor, sizes: Sequence[int], *output_size: Sequence[int] | None
    ) -> Tensor:
        """Made anew each time: that is as fast as keeping it, and cannot go stale."""
        device, dtype = self.weight.device, torch.promote_types(self.weight.dtype, torch.float32)
        grid = _grid(sizes, self.with_r, device, dtype)
        bias = None if self.bias is None else self.bias.to(dtype)
        weight = coordinate_weight.to(dtype)
        kind = device.type
        if not (torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind)):
            return self._convolve(grid, weight, bias, 1, *output_size)[0]
        with torch.autocast(kind, enabled=False):
            return self._convolve(grid, weight, bias, 1, *output_size)[0]

    def _convolve(self, input: Tensor, weight: Tensor, bias: Tensor | None, groups: int) -> Tensor:
        padding = self.padding
        if self.padding_mode != "zeros":
            # The coordinates are padded as they would be if they were part of the input.
            input = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
            padding = 0
        return self._convolution(input, weight, bias, self.stride, padding, self.dilation, groups)

    def _split_weight(self) -> tuple[Tensor, ...]:
        return self.weight.split([self.in_channels // self.groups, self.rank + self.with_r], 1)

    def extra_repr(self) -> str:
        return super().extra_repr() + (", with_r=True" if self.with_r else "")


class CoordConv1d(_CoordConv, nn.Conv1d):
    """`torch.nn.Conv1d` whose filters also see the coordinate x, and r = |x| if `with_r`."""

    rank = 1
    _convolution = staticmethod(F.conv1d)


class CoordConv2d(_CoordConv, nn.Conv2d):
    """`torch.nn.Conv2d` whose filters also see the coordinates x, y, and r if `with_r`."""

    rank = 2
    _convolution = staticmethod(F.conv2d)


class CoordConv3d(_CoordConv, nn.Conv3d):
    """`torch.nn.Conv3d` whose filters also see the coordinates x, y, z, and r if `with_r`."""

    rank = 3
    _convolution = staticmethod(F.conv3d)


class CoordConvTranspose2d(_CoordConv, nn.ConvTranspose2d):
    """`torch.nn.ConvTranspose2d` whose filters also see the coordinates x, y, and r if `with_r`."""

    rank = 2

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        output_padding: int | tuple[int, int] = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: int | tuple[int, int] = 1,
        padding_mode: str = "zeros",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        *,
        with_r: bool = False,
    ) -> None:
        if isinstance(padding, str):
            raise ValueError(f"padding got {padding!r}; a transposed layer takes whole numbers")
        nn.ConvTranspose2d.__init__(
            self,
            _concatenated(in_channels, groups, self.rank + with_r),
            out_channels,
            kernel_size,
            stride,
            padding,
            output_padding,
            groups,
            bias,
            dilation,
            padding_mode,
            device,
            dtype,
        )
        self.in_channels = in_channels
        self.with_r = with_r

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """(batch, in_channels, height, width) or without the batch, as torch.nn's layer takes it.

        `output_size` picks one of the output's possible heights and widths where `stride` is not 1.
        """
        return self._forward(input, output_size)

    def _convolve(
        self,
        input: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        groups: int,
        output_size: Sequence[int] | None = None,
    ) -> Tensor:
        output_padding = self._output_padding(
            input,
            None if output_size is None else list(output_size[-self.rank :]),
            self.stride,
            self.padding,
            self.kernel_size,
            self.rank,
            self.dilation,
        )
        return F.conv_transpose2d(
            input, weight, bias, self.stride, self.padding, output_padding, groups, self.dilation
        )

    def _split_weight(self) -> tuple[Tensor, ...]:
        # torch lays a transposed weight out as (inputs, outputs / groups, …), group after group.
        sections = [self.in_channels // self.groups, self.rank + self.with_r]
        features, coordinates = self.weight.unflatten(0, (self.groups, -1)).split(sections, 1)
        return features.flatten(0, 1), coordinates.transpose(0, 1).flatten(1, 2)


def _concatenated(in_channels: int, groups: int, coordinates: int) -> int:
    """How many input channels the concatenating form has."""
    for name, value in (("in_channels", in_channels), ("groups", groups)):
        if not isinstance(value, Integral):
            raise TypeError(f"{name} got {value!r}; it takes a whole number")
        if value < 1:
            raise ValueError(f"{name} got {value}; it takes at least 1")
    return in_channels + coordinates * groups
