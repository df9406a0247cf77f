"""CoordConv: a convolution that can tell where it is (paper section 3; claims C13, C14, C15).

The paper concatenates coordinate channels to the input and then convolves. `AddCoords` does exactly
that. But a convolution is linear, so

    conv([input, coordinates]) = conv(input) + conv(coordinates)

and the last term is the same for every example: a map with one number for each output channel and
position, the *position bias*. The `CoordConv` layers below add it to an ordinary convolution. They
have the concatenating form's parameters, so weights move between the two forms unchanged, and they
take less time: what makes concatenation slow is the odd number of channels and the copy. What is
left is the addition itself, one more pass over the output. Measured on two cores of a server
(`coordlib bench layers`), training takes 0.88 to 1.12 times torch's layer's time, one picture
without gradients 1.1 to 1.5 times, most where the convolution itself does little for each output;
in no case measured did concatenating take less.

The coordinate channels come after the input's own channels, in this order: x (the last axis), y, z,
and then, if asked for, r.

Tools that follow a network step by step take the layers as they take torch.nn's: `torch.compile`,
`torch.export` and `torch.jit.trace` for any size, `torch.fx` as one step. Two cannot:
`torch.jit.script` does not read them (a traced layer can stand in a scripted network), and a
quantiser that looks for modules of the class `nn.Conv2d` finds the layer's convolution only if it
is exported with `strict=True`, or folded (`coordlib.conversion.fold`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from numbers import Integral

import torch
from torch import Tensor, fx, nn
from torch.nn import functional as F

from coordlib import separable
from coordlib.coordinates import (
    Placed,
    check_input,
    check_sizes,
    grid,
    kept_grid,
    leaf,
    not_scriptable,
)

_EXACT = (torch.float32, torch.float64)  # dtypes in which coordinates keep their precision


class _CoordConv(Placed):
    """What the CoordConv layers share, whatever their rank; it goes before a layer of torch.nn.

    Its `weight` is the concatenating form's: what torch.nn's layer has for `in_channels` + d input
    channels, d being the number of coordinate channels. With groups, each group sees its own
    inputs followed by the coordinates: `in_channels` + d · `groups` in all. `in_channels` stays
    what the caller said.
    """

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
        return self._split(self.weight)[0]

    @property
    def coordinate_weight(self) -> Tensor:
        """The part of `weight` for the coordinate channels: of a convolution with one group.

        Both parts are views, so that `layer.coordinate_weight.zero_()` under `torch.no_grad()`
        makes the layer an ordinary convolution (only a transposed layer with groups gives copies).
        """
        return self._split(self.weight)[1]

    def position_bias(self, *sizes: int) -> Tensor:
        """What the layer adds to the convolution of its input, for inputs of these sizes.

        `position_bias(height, width)` for a 2-D layer. Returns (out_channels, *output sizes), in
        the weight's dtype, with the layer's ordinary `bias` in it: the output is the convolution of
        the input with `feature_weight`, plus this. Within `tile` it is the tile's, or the first
        one's. Raises ValueError for the wrong number of sizes or one below 1, TypeError for one
        that is not a whole number.
        """
        if len(sizes) != self.rank:
            raise ValueError(f"sizes got {sizes}; {type(self).__name__} takes {self.rank}")
        sizes = check_sizes(sizes)
        weight = self.weight
        starts = self._starts(sizes, (len(self._tile[0]),) if self._tile else ())
        map = self._position_bias(self._split(weight)[1], self.bias, sizes, starts[0])
        return map.to(weight.dtype)

    def forward(self, input: Tensor) -> Tensor:
        """(batch, in_channels, *sizes) or (in_channels, *sizes), as torch.nn's layer takes it."""
        return self._forward(input)

    def _forward(self, input: Tensor, *output_size: Sequence[int] | None) -> Tensor:
        """The output, in one of four ways.

        Eager on a CPU it is the fastest, as measured by `coordlib bench layers`. In a graph that is
        written down for others (traced, exported) it is the concatenating form, in which the weight
        is one ordinary convolution's: tools that quantise or fuse find it. Compiled, on other
        devices and in low precision it is a convolution and a map.
        """
        if isinstance(input, fx.Proxy):
            return leaf(self, input, *output_size)
        check_input(self, input, self.rank, self.in_channels)
        sizes, batch = input.shape[-self.rank :], input.shape[: -self.rank - 1]
        starts = self._starts(sizes, batch)
        weight = self.weight  # once: a parametrisation computes it each time
        eager = _is_eager(input)
        if self._can_concatenate(input, weight) and (
            _is_written_down() or (eager and weight.numel() > 2 * input.numel())
        ):
            # So deep in a network a part of the weight, which torch copies, costs more than a copy
            # of the input.
            joined = self._concatenate(input)
            return self._convolve(joined, weight, self.bias, self.groups, *output_size)
        feature_weight, coordinate_weight = self._split(weight)
        if eager and self._is_product(input):
            # The position bias is the product's addend: no further pass over the output.
            addend = self._position_biases(coordinate_weight, self.bias, sizes, starts)
            addend = addend.flatten(-self.rank).to(input.dtype)
            weights = feature_weight.flatten(1).expand(*batch, -1, -1)
            return torch.baddbmm(addend, weights, input.flatten(2)).unflatten(2, sizes)
        output = self._convolve(input, feature_weight, self.bias, self.groups, *output_size)
        # In two steps a low precision would round twice; and several pictures share one map.
        alone = eager and batch.numel() == 1 and output.dtype == weight.dtype
        if alone and output.dtype in _EXACT and self._is_large(sizes):
            axes = self._axes(sizes, starts[0])
            return separable.add_position_bias_(output, coordinate_weight, *axes)
        map = self._position_biases(coordinate_weight, None, sizes, starts, *output_size)
        map = map.to(output.dtype)
        if torch.compiler.is_compiling() or torch.jit.is_tracing():
            return output + map
        if output.stride(-self.rank - 1) == 1:
            # Channels last: so is the map, and the sum over the batch that is its gradient.
            map = map.movedim(-self.rank - 1, -1).contiguous()
            map = map.expand(*batch, *map.shape[-self.rank - 1 :]).movedim(-1, len(batch))
        # In place: a convolution's backward needs its input and weight, never its output.
        return output.add_(map)

    def _can_concatenate(self, input: Tensor, weight: Tensor) -> bool:
        """Whether the coordinates keep their precision in the input's dtype, and are all in sight.

        A tile's filters see some beyond it.
        """
        exact = input.dtype == weight.dtype and input.dtype in _EXACT
        return exact and self._tile is None and not _autocasts(input)

    def _channels(self, sizes: Sequence[int], like: Tensor) -> Tensor:
        """The coordinate channels, (1, d, *sizes), of a tensor's device and dtype."""
        if _is_eager(like) and math.prod(sizes) <= 2**16:
            return torch.from_numpy(kept_grid(tuple(sizes), self.with_r, like.dtype))
        return grid(sizes, None, None, self.with_r, like.device, like.dtype)

    def _concatenate(self, input: Tensor) -> Tensor:
        """The input with the coordinate channels after each group's own."""
        sizes, batch = input.shape[-self.rank :], input.shape[: -self.rank - 1]
        channels = self._channels(sizes, input)[0]
        if self.groups == 1:
            channels = channels.expand(*batch, *[-1] * (self.rank + 1))
            return torch.cat([input, channels], -self.rank - 1)
        input = input.unflatten(-self.rank - 1, (self.groups, -1))
        channels = channels.expand(*batch, self.groups, *[-1] * (self.rank + 1))
        return torch.cat([input, channels], -self.rank - 1).flatten(-self.rank - 2, -self.rank - 1)

    def _is_product(self, input: Tensor) -> bool:
        """Whether this is a 1 × 1 convolution that is faster as a matrix product for each example.

        It is, unless there are fewer positions than channels.
        """
        return (
            set(self.kernel_size + self.stride) == {1}
            and input.dim() == self.rank + 2
            and input.is_contiguous()
            and input.shape[2:].numel() >= self.in_channels
            and not any(self._reversed_padding_repeated_twice)
            and self.groups == 1
            and not self.transposed
        )

    def _is_large(self, sizes: Sequence[int]) -> bool:
        """Whether the position bias is made of lines, see `separable`, and not by convolution."""
        return (
            self.rank == 2
            and not self.with_r
            and not self.transposed
            and self.out_channels * math.prod(sizes) > 2**16 * math.prod(self.stride)
        )

    def _position_biases(
        self,
        weight: Tensor,
        bias: Tensor | None,
        sizes: Sequence[int],
        starts: list[tuple[int, ...] | None],
        *output_size: Sequence[int] | None,
    ) -> Tensor:
        """The inputs' one position bias, or (batch, …) one for each tile."""
        made = [self._position_bias(weight, bias, sizes, each, *output_size) for each in starts]
        return made[0] if len(made) == 1 else torch.stack(made)

    def _position_bias(
        self,
        weight: Tensor,
        bias: Tensor | None,
        sizes: Sequence[int],
        start: tuple[int, ...] | None,
        *output_size: Sequence[int] | None,
    ) -> Tensor:
        """(out_channels, *output sizes) in float32 at least, from the coordinates' weight.

        Made anew each time: what is kept could go stale.
        """
        if _autocasts(weight):
            with torch.autocast(weight.device.type, enabled=False):
                return self._position_bias(weight, bias, sizes, start, *output_size)
        dtype = torch.promote_types(weight.dtype, torch.float32)
        weight = weight.to(dtype)
        bias = None if bias is None else bias.to(dtype)
        if _is_eager(weight) and self._is_large(sizes):
            begin = weight.new_zeros(self.out_channels)
            begin = begin if bias is None else begin + bias
            map = begin.view(-1, 1, 1).expand(-1, *self._output_sizes(sizes)).contiguous()
            return separable.add_position_bias_(map, weight, *self._axes(sizes, start))
        if start is not None:
            channels, cut = self._surroundings(sizes, start, weight)
            return self._convolve(channels, weight, bias, 1)[0][cut]
        return self._convolve(self._channels(sizes, weight), weight, bias, 1, *output_size)[0]

    def _steps(self) -> tuple[int, ...]:
        return super()._steps() if self.transposed else self.stride

    def _axes(
        self, sizes: Sequence[int], start: tuple[int, ...] | None
    ) -> Iterator[separable.Axis]:
        """What `separable` has to know, axis by axis."""
        outputs = self._output_sizes(sizes)
        for axis, (before, after) in enumerate(self._pads()):
            stride = self.stride[axis]
            yield separable.Axis(
                sizes[axis] if start is None else self._tile[1][axis],
                self.kernel_size[axis],
                stride,
                self.dilation[axis],
                (before, after),
                self.padding_mode,
                0 if start is None else start[axis] // stride,
                outputs[axis],
            )

    def _surroundings(
        self, sizes: Sequence[int], start: tuple[int, ...], weight: Tensor
    ) -> tuple[Tensor, tuple[slice, ...]]:
        """The coordinates around a tile, as far as they reach its outputs; and where these are."""
        whole = self._tile[1]
        begins, window, cut = [], [], [slice(None)]
        for axis, outputs in enumerate(self._output_sizes(sizes)):
            stride, at = self.stride[axis], start[axis]
            reach = self.dilation[axis] * (self.kernel_size[axis] - 1) + max(self._pads()[axis])
            if self.padding_mode == "circular":
                reach = whole[axis]
            reach = stride * math.ceil(reach / stride)
            begin = max(0, at - reach)
            begins.append(begin)
            window.append(min(whole[axis], at + sizes[axis] + reach) - begin)
            offset = (at - begin) * stride if self.transposed else (at - begin) // stride
            cut.append(slice(offset, offset + outputs))
        like = (self.with_r, weight.device, weight.dtype)
        return grid(window, begins, whole, *like), tuple(cut)

    def _pads(self) -> list[tuple[int, int]]:
        """How far each axis is padded, before and after."""
        pads = self._reversed_padding_repeated_twice  # after the last axis's comes the one before
        return list(zip(pads[::2], pads[1::2], strict=True))[::-1]

    def _output_sizes(self, sizes: Sequence[int]) -> tuple[int, ...]:
        geometry = zip(
            sizes, self._pads(), self.kernel_size, self.stride, self.dilation, strict=True
        )
        return tuple((n + sum(p) - d * (k - 1) - 1) // s + 1 for n, p, k, s, d in geometry)

    def _convolve(self, input: Tensor, weight: Tensor, bias: Tensor | None, groups: int) -> Tensor:
        padding = self.padding
        if self.padding_mode != "zeros":
            # The coordinates are padded as they would be if they were part of the input.
            input = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
            padding = 0
        return self._convolution(input, weight, bias, self.stride, padding, self.dilation, groups)

    def _split(self, weight: Tensor) -> tuple[Tensor, ...]:
        """The weight's two parts, see `feature_weight` and `coordinate_weight`."""
        sections = [self.in_channels // self.groups, self.rank + self.with_r]
        return weight.split_with_sizes(sections, 1)

    def extra_repr(self) -> str:
        return super().extra_repr() + (", with_r=True" if self.with_r else "")

    def __prepare_scriptable__(self) -> nn.Module:
        raise not_scriptable(self)


def _is_eager(input: Tensor) -> bool:
    """Whether numbers can be kept for it: on a CPU, in no graph that is being made."""
    return (
        input.device.type == "cpu"
        and type(input) in (Tensor, nn.Parameter)  # not torch's fake ones, for example
        and not torch.compiler.is_compiling()
        and not torch.jit.is_tracing()
    )


def _is_written_down() -> bool:
    """Whether a graph is being made for other tools to read."""
    # torch.compiler.is_exporting came after the lowest version that we take.
    exporting = getattr(torch.compiler, "is_exporting", torch.compiler.is_compiling)
    return torch.jit.is_tracing() or exporting()


def _autocasts(input: Tensor) -> bool:
    kind = input.device.type
    return torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind)


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
        if output_size is not None and self._tile is not None:
            raise ValueError(f"output_size got {output_size}; within tile it takes None")
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

    def _pads(self) -> list[tuple[int, int]]:
        return [(padding, padding) for padding in self.padding]

    def _output_sizes(self, sizes: Sequence[int]) -> tuple[int, ...]:
        geometry = zip(
            sizes,
            self.padding,
            self.kernel_size,
            self.stride,
            self.dilation,
            self.output_padding,
            strict=True,
        )
        return tuple((n - 1) * s - 2 * p + d * (k - 1) + o + 1 for n, p, k, s, d, o in geometry)

    def _split(self, weight: Tensor) -> tuple[Tensor, ...]:
        # torch lays a transposed weight out as (inputs, outputs / groups, …), group after group.
        sections = [self.in_channels // self.groups, self.rank + self.with_r]
        features, coordinates = weight.unflatten(0, (self.groups, -1)).split(sections, 1)
        return features.flatten(0, 1), coordinates.transpose(0, 1).flatten(1, 2)


def _concatenated(in_channels: int, groups: int, coordinates: int) -> int:
    """How many input channels the concatenating form has."""
    for name, value in (("in_channels", in_channels), ("groups", groups)):
        if not isinstance(value, Integral):
            raise TypeError(f"{name} got {value!r}; it takes a whole number")
        if value < 1:
            raise ValueError(f"{name} got {value}; it takes at least 1")
    return in_channels + coordinates * groups
