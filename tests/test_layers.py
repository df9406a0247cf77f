"""The layers against the concatenating form, and in every place where a layer gets used."""

from __future__ import annotations

import copy
import itertools
import math
import re

import pytest
import safetensors.torch
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from coordlib.coordinates import AddCoords, coordinate_channels
from coordlib.layers import CoordConv1d, CoordConv2d, CoordConv3d, CoordConvTranspose2d

SIZES = {1: (7,), 2: (6, 7), 3: (4, 5, 3)}
CONVOLUTIONS = {1: CoordConv1d, 2: CoordConv2d, 3: CoordConv3d}


@pytest.fixture(autouse=True)
def one_thread_one_seed():
    """Tiny tensors: a second thread only waits, and on a busy machine it waits long."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(threads)


def doubles(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64)


def concatenating(layer: nn.Module, input: Tensor, output_size: list[int] | None = None) -> Tensor:
    """What the layer must give: coordinates concatenated for each group, then torch's own layer."""
    batched = input if input.dim() == layer.rank + 2 else input[None]
    add = AddCoords(layer.rank, layer.with_r)
    whole = torch.cat([add(group) for group in batched.chunk(layer.groups, 1)], 1)
    plain = copy.copy(layer)
    plain.__class__ = next(
        kind for kind in type(layer).__mro__ if kind.__module__ == nn.Conv2d.__module__
    )
    plain.in_channels = whole.shape[1]
    output = plain(whole) if output_size is None else plain(whole, output_size)
    return output if input.dim() == layer.rank + 2 else output[0]


def agree(layer: nn.Module, input: Tensor, *output_size: list[int]) -> None:
    """Output and all gradients to 1e-12 in float64."""
    input = input.detach().requires_grad_()
    inputs = [input, *layer.parameters()]
    output, expected = layer(input, *output_size), concatenating(layer, input, *output_size)
    weights = torch.randn_like(expected)
    gradients = torch.autograd.grad((output * weights).sum(), inputs)
    expected_gradients = torch.autograd.grad((expected * weights).sum(), inputs)
    for ours, theirs in zip([output, *gradients], [expected, *expected_gradients], strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("with_r", [False, True])
@pytest.mark.parametrize("padding_mode", ["zeros", "reflect", "replicate", "circular"])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_equals_the_concatenating_form(rank, padding_mode, with_r):
    """Claim C14's fast form, for every combination of torch's arguments."""
    for kernel, stride, padding, dilation, groups, bias in itertools.product(
        (1, 2, 3), (1, 2), (0, 1, "same", "valid"), (1, 2), (1, 2, 4), (True, False)
    ):
        if padding == "same" and stride == 2:
            continue  # torch refuses it
        layer = CONVOLUTIONS[rank](
            4,
            8,
            kernel,
            stride=stride,
            padding=padding,
            dilation=dilation if rank < 3 else 1,
            groups=groups,
            bias=bias,
            padding_mode=padding_mode,
            dtype=torch.float64,
            with_r=with_r,
        )
        agree(layer, doubles(2, 4, *SIZES[rank]))


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("padding_mode", ["zeros", "reflect", "replicate", "circular"])
def test_a_large_map_equals_the_concatenating_form(padding_mode, batch):
    """One picture and several, in both memory formats, where the map is made of lines."""
    for kernel, stride, padding, dilation, groups, last in itertools.product(
        ((1, 1), (3, 2), (5, 7)), (1, (2, 3)), (0, (1, 4)), (1, (3, 2)), (1, 2), (False, True)
    ):
        layer = CoordConv2d(
            4,
            96,
            kernel,
            stride=stride,
            padding=padding,
            dilation=dilation,
            groups=groups,
            padding_mode=padding_mode,
            dtype=torch.float64,
        )
        input = doubles(batch, 4, 70, 81)
        assert layer._is_large((70, 81))
        if last:
            layer, input = (each.to(memory_format=torch.channels_last) for each in (layer, input))
        output = layer(input)
        torch.testing.assert_close(output, concatenating(layer, input), rtol=1e-12, atol=1e-12)
    agree(layer, input)


def test_no_row_need_see_only_the_picture():
    """Where every row of filters reaches over the border, above or below or both."""
    layer = CoordConv2d(4, 512, (5, 3), padding=(2, 1), dtype=torch.float64)
    for height in (1, 2, 3):
        input = doubles(1, 4, height, 140)
        assert layer._is_large(input.shape[-2:])
        agree(layer, input)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("with_r", [False, True])
def test_a_deep_layer_equals_the_concatenating_form(with_r, groups):
    """Its weight is larger than its input, so that it concatenates itself: also without a batch."""
    layer = CoordConv2d(64, 64, 3, padding=1, groups=groups, with_r=with_r, dtype=torch.float64)
    for shape in ((2, 64, 5, 4), (64, 5, 4)):
        input = doubles(*shape)
        assert layer.weight.numel() > 2 * input.numel()
        agree(layer, input)
    features = nn.functional.conv2d(input, layer.feature_weight, None, 1, 1, 1, groups)
    torch.testing.assert_close(layer(input), features + layer.position_bias(5, 4))


@pytest.mark.parametrize("with_r", [False, True])
@pytest.mark.parametrize("groups", [1, 2, 4])
def test_the_transposed_layer_equals_the_concatenating_form(groups, with_r):
    for kernel, stride, padding, extra, dilation, bias in itertools.product(
        (1, 2, 3), (1, 2, 3), (0, 1), (0, 1), (1, 2), (True, False)
    ):
        if extra >= max(stride, dilation) or padding > kernel - 1:
            continue  # torch refuses the first, and the second leaves next to nothing
        layer = CoordConvTranspose2d(
            4,
            8,
            kernel,
            stride=stride,
            padding=padding,
            output_padding=extra,
            dilation=dilation,
            groups=groups,
            bias=bias,
            dtype=torch.float64,
            with_r=with_r,
        )
        agree(layer, doubles(2, 4, 5, 4))


@pytest.mark.parametrize("output_size", [[10, 8], [9, 7], [2, 4, 10, 7]])
def test_the_transposed_layer_takes_an_output_size(output_size):
    layer = CoordConvTranspose2d(4, 4, 3, stride=2, padding=1, dtype=torch.float64)
    agree(layer, doubles(2, 4, 5, 4), output_size)
    assert layer(doubles(2, 4, 5, 4), output_size).shape == (2, 4, *output_size[-2:])
    with pytest.raises(ValueError, match="output size"):
        layer(doubles(2, 4, 5, 4), [30, 30])


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("kernel", [1, (3, 2)])
@pytest.mark.parametrize(
    "shape",
    [(2, 4, 9, 3), (2, 4, 1, 8), (2, 4, 8, 1), (2, 4, 1, 1), (0, 4, 5, 6), (4, 5, 6), (1, 4, 2, 2)],
    ids=["non-square", "1xN", "Nx1", "1x1", "batch 0", "unbatched", "fewer positions"],
)
def test_shapes(shape, kernel):
    for layer in (
        CoordConv2d(4, 6, kernel, padding="same", dtype=torch.float64, with_r=True),
        CoordConvTranspose2d(4, 6, kernel, stride=2, dtype=torch.float64),
    ):
        agree(layer, doubles(*shape))
        assert layer(doubles(*shape)).isfinite().all()


@pytest.mark.parametrize("kernel", [1, 3])
@pytest.mark.parametrize("make", [lambda x: x.mT, lambda x: x[..., ::2], lambda x: x.flip(-1)])
def test_non_contiguous_inputs(make, kernel):
    agree(CoordConv2d(4, 6, kernel, dtype=torch.float64), make(doubles(2, 4, 8, 8)))


@pytest.mark.parametrize("kernel", [1, 3])
def test_channels_last_is_kept_and_right(kernel):
    layer = CoordConv2d(4, 6, kernel, dtype=torch.float64).to(memory_format=torch.channels_last)
    input = doubles(2, 4, 8, 5).contiguous(memory_format=torch.channels_last)
    agree(layer, input)
    output = layer(input)
    expected = F.conv2d(input, layer.feature_weight)
    assert output.stride() == expected.stride()


def test_sizes_may_change_between_calls():
    layer = CoordConv2d(4, 6, 3, padding=1, dtype=torch.float64)
    for size in [(5, 6), (7, 3), (5, 6)]:
        agree(layer, doubles(2, 4, *size))


@pytest.mark.parametrize("kernel", [1, 3])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_low_precision(dtype, kernel):
    layer = CoordConv2d(4, 6, kernel, padding="same", dtype=dtype)
    input = torch.randn(2, 4, 9, 10, dtype=dtype)
    output = layer(input)
    output.sum().backward()
    assert output.dtype == layer.weight.grad.dtype == dtype
    expected = copy.deepcopy(layer).float()(input.float())
    torch.testing.assert_close(output.float(), expected, rtol=2e-2, atol=2e-2)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_neighbours_keep_apart_in_low_precision(dtype):
    """In bfloat16 itself, 1,024 of 2,048 coordinates coincide with their neighbour."""
    layer = CoordConv2d(1, 1, 1, dtype=dtype)
    with torch.no_grad():
        layer.coordinate_weight.copy_(torch.tensor([2048.0, 0]).view(1, 2, 1, 1))
        layer.bias.fill_(-1840)
    row = layer.position_bias(2, 2048)[0, 0]
    assert row[1935:1950].unique().numel() == 15
    assert torch.equal(row, copy.deepcopy(layer).float().position_bias(2, 2048)[0, 0].to(dtype))


@pytest.mark.parametrize("kernel", [1, 3])
@pytest.mark.parametrize("first", [torch.float32, torch.bfloat16])
def test_autocast(first, kernel):
    layer = CoordConv2d(4, 6, kernel, padding="same")
    input = torch.randn(2, 4, 9, 10, dtype=first)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = layer(input)
        bias = layer.position_bias(9, 10)
    output.float().sum().backward()
    assert output.dtype == torch.bfloat16 and layer.weight.grad.dtype == torch.float32
    assert bias.dtype == torch.float32 and torch.equal(bias, layer.position_bias(9, 10))
    torch.testing.assert_close(output.float(), layer(input.float()), rtol=2e-2, atol=2e-2)


@pytest.mark.parametrize("kernel", [1, 3])
def test_meta(kernel):
    with torch.device("meta"):
        layers = [
            CoordConv2d(4, 6, kernel, with_r=True),
            CoordConvTranspose2d(4, 6, kernel),
            nn.Sequential(AddCoords(), nn.Conv2d(6, 6, kernel)),
        ]
    for layer in layers:
        output = layer(torch.empty(2, 4, 9, 10, device="meta"))
        assert output.device.type == "meta" and output.shape[:2] == (2, 6)
        assert layer.to_empty(device="cpu")(torch.zeros(2, 4, 9, 10)).shape == output.shape


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("kernel", [1, 3])
def test_cuda(kernel):
    layer = CoordConv2d(4, 6, kernel, padding="same", with_r=True, dtype=torch.float64).cuda()
    agree(layer, doubles(2, 4, 9, 10).cuda())
    with torch.autocast("cuda", dtype=torch.float16):
        assert layer.float()(torch.randn(2, 4, 9, 10).cuda()).dtype == torch.float16


def test_deepcopy_and_state_dict_without_pickle(tmp_path):
    layer = CoordConv2d(4, 6, 3, groups=2, with_r=True)
    input = torch.randn(2, 4, 5, 6)
    expected = layer(input)
    assert torch.equal(copy.deepcopy(layer)(input), expected)
    assert list(layer.state_dict()) == ["weight", "bias"] and not list(layer.buffers())

    torch.save(layer.state_dict(), tmp_path / "layer.pt")
    safetensors.torch.save_file(layer.state_dict(), tmp_path / "layer.safetensors")
    for state in (
        torch.load(tmp_path / "layer.pt", weights_only=True),
        safetensors.torch.load_file(tmp_path / "layer.safetensors"),
    ):
        other = CoordConv2d(4, 6, 3, groups=2, with_r=True)
        other.load_state_dict(state)
        assert torch.equal(other(input), expected)


@pytest.mark.parametrize("kernel", [1, 2])
def test_gradcheck(kernel):
    for layer in (
        CoordConv2d(2, 3, kernel, dtype=torch.float64),
        CoordConvTranspose2d(2, 3, kernel, dtype=torch.float64),
    ):

        def call(input, weight, bias, layer=layer):
            return torch.func.functional_call(layer, {"weight": weight, "bias": bias}, input)

        inputs = (doubles(2, 2, 3, 2).requires_grad_(), layer.weight, layer.bias)
        assert torch.autograd.gradcheck(call, inputs, check_forward_ad=True)
        assert torch.autograd.gradgradcheck(call, inputs)


@pytest.mark.parametrize("kernel", [1, 3])
def test_vmap_over_examples_gradients_and_ensembles(kernel):
    layer = CoordConv2d(4, 6, kernel, padding="same", dtype=torch.float64)
    inputs = doubles(3, 2, 4, 5, 6)
    expected = torch.stack([layer(input) for input in inputs])
    torch.testing.assert_close(torch.func.vmap(layer)(inputs), expected, rtol=0, atol=1e-12)

    def loss(parameters, input):
        return torch.func.functional_call(layer, parameters, input).square().sum()

    parameters = dict(layer.named_parameters())
    gradients = torch.func.vmap(torch.func.grad(loss), (None, 0))(parameters, inputs)
    for index, input in enumerate(inputs):
        one = torch.autograd.grad(loss(parameters, input), list(parameters.values()))
        for name, gradient in zip(parameters, one, strict=True):
            torch.testing.assert_close(gradients[name][index], gradient, rtol=1e-12, atol=1e-12)

    others = [CoordConv2d(4, 6, kernel, padding="same", dtype=torch.float64) for _ in range(3)]
    stacked, _ = torch.func.stack_module_state(others)
    losses = torch.func.vmap(loss)(stacked, inputs)
    for other, input, value in zip(others, inputs, losses, strict=True):
        torch.testing.assert_close(value, other(input).square().sum(), rtol=1e-12, atol=0)


def test_inference_mode_and_frozen_weights():
    layer = CoordConv2d(4, 6, 3).requires_grad_(False)
    with torch.inference_mode():
        assert layer(torch.randn(1, 4, 5, 5)).is_inference()
    input = torch.randn(1, 4, 5, 5, requires_grad=True)
    layer(input).sum().backward()
    assert input.grad is not None and layer.weight.grad is None
    layer.bias.requires_grad_()
    layer(input.detach()).sum().backward()
    assert layer.bias.grad.tolist() == [9.0] * 6


@pytest.mark.parametrize("with_r", [False, True])
@pytest.mark.parametrize("sizes", [(5,), (4, 5), (3, 4, 5)])
def test_coordinates_are_x_y_z_r_from_minus_one_to_one(sizes, with_r):
    channels = coordinate_channels(sizes, with_r=with_r, dtype=torch.float64)
    assert channels.shape == (len(sizes) + with_r, *sizes)
    for position in itertools.product(*map(range, sizes)):
        scaled = [-1 + 2 * i / (n - 1) for i, n in zip(position, sizes, strict=True)][::-1]
        expected = [*scaled, math.hypot(*scaled)] if with_r else scaled
        assert channels[(slice(None), *position)].tolist() == pytest.approx(expected, abs=1e-15)
    assert channels[: len(sizes)].amin() == -1 and channels[: len(sizes)].amax() == 1


def test_an_axis_of_size_one_is_all_zero():
    assert coordinate_channels((1, 3)).tolist() == [[[-1, 0, 1]], [[0, 0, 0]]]
    assert coordinate_channels((1, 1), with_r=True).tolist() == [[[0]], [[0]], [[0]]]


def test_coordinates_follow_the_default_dtype_and_device():
    assert coordinate_channels((2, 3)).dtype == torch.get_default_dtype()
    assert coordinate_channels((2, 3), device="meta").device.type == "meta"
    wide = coordinate_channels((300, 2), dtype=torch.bfloat16)
    assert torch.equal(wide, coordinate_channels((300, 2)).bfloat16())


def test_add_coords_appends_them():
    input = torch.randn(2, 3, 4, 5)
    output = AddCoords(2, with_r=True)(input)
    assert torch.equal(output[:, :3], input)
    assert torch.equal(output[1, 3:], coordinate_channels((4, 5), with_r=True))
    assert torch.equal(AddCoords(2, with_r=True)(input[0]), output[0])
    assert AddCoords(1)(torch.randn(2, 3, 4)).shape == (2, 4, 4)
    assert AddCoords(3)(torch.randn(2, 3, 4, 5, 6).half()).dtype == torch.float16
    assert repr(AddCoords(3, True)) == "AddCoords(rank=3, with_r=True)"


@pytest.mark.parametrize("with_r", [False, True])
def test_starts_as_torchs_layer_with_the_concatenated_channels(with_r):
    """Same seed, same weights: the two forms interchange from the first step on."""
    for ours, torchs in [(CoordConv2d, nn.Conv2d), (CoordConvTranspose2d, nn.ConvTranspose2d)]:
        torch.manual_seed(1)
        layer = ours(6, 4, 3, groups=2, with_r=with_r)
        torch.manual_seed(1)
        plain = torchs(6 + 2 * (2 + with_r), 4, 3, groups=2)
        plain.load_state_dict(layer.state_dict())
        layer.load_state_dict(plain.state_dict())
        assert torch.equal(layer.weight, plain.weight) and torch.equal(layer.bias, plain.bias)


def test_costs_d_weights_for_each_filter_position():
    """Claim C14: (c + d) · c' · k² weights."""
    for with_r, coordinates in [(False, 2), (True, 3)]:
        weights = CoordConv2d(5, 7, 3, with_r=with_r).weight.numel()
        assert weights - nn.Conv2d(5, 7, 3).weight.numel() == coordinates * 7 * 3**2


def test_with_zero_coordinate_weights_it_is_an_ordinary_convolution():
    """Claim C13, bit for bit; and then a shifted input gives a shifted output."""
    layer = CoordConv2d(4, 6, 3, bias=False)
    with torch.no_grad():
        layer.coordinate_weight.zero_()
    input = torch.randn(2, 4, 9, 9)
    assert torch.equal(layer(input), F.conv2d(input, layer.feature_weight))
    shifted = layer(input.roll((1, 2), (2, 3)))
    torch.testing.assert_close(shifted[..., 1:, 2:], layer(input)[..., :-1, :-2])


@pytest.mark.parametrize("groups", [1, 2])
def test_the_output_is_features_convolved_plus_position_bias(groups):
    input = doubles(2, 4, 5, 7)
    layer = CoordConv2d(4, 6, 3, stride=2, groups=groups, dtype=torch.float64)
    features = F.conv2d(input, layer.feature_weight, stride=2, groups=groups)
    torch.testing.assert_close(layer(input), features + layer.position_bias(5, 7))
    coordinates = coordinate_channels((5, 7), dtype=torch.float64)
    bias = F.conv2d(coordinates, layer.coordinate_weight, layer.bias, stride=2)
    torch.testing.assert_close(layer.position_bias(5, 7), bias)

    layer = CoordConvTranspose2d(4, 6, 3, 2, groups=groups, dtype=torch.float64)
    features = F.conv_transpose2d(input, layer.feature_weight, stride=2, groups=groups)
    torch.testing.assert_close(layer(input), features + layer.position_bias(5, 7))
    bias = F.conv_transpose2d(coordinates, layer.coordinate_weight, layer.bias, stride=2)
    torch.testing.assert_close(layer.position_bias(5, 7), bias)


def test_the_parts_of_the_weight_are_views_that_cannot_be_replaced():
    for layer in (CoordConv3d(4, 6, 3, groups=2), CoordConvTranspose2d(4, 6, 3)):
        for part in (layer.feature_weight, layer.coordinate_weight):
            assert part.data_ptr() - layer.weight.data_ptr() < 4 * layer.weight.numel()
        with pytest.raises(AttributeError):
            layer.coordinate_weight = torch.zeros(1)


def test_repr_says_what_the_caller_said():
    assert repr(CoordConv2d(3, 8, 3)) == "CoordConv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))"
    assert repr(CoordConv1d(4, 8, 3, groups=2, with_r=True)) == (
        "CoordConv1d(4, 8, kernel_size=(3,), stride=(1,), groups=2, with_r=True)"
    )


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: CoordConv2d(3, 8, 3)(torch.zeros(1, 5, 4, 4)), ValueError, "(1, 5, 4, 4); "),
        (
            lambda: CoordConv2d(3, 8, 3)(torch.zeros(1, 5, 4, 4)),
            ValueError,
            "CoordConv2d takes (batch, 3, height, width) or (3, height, width)",
        ),
        (lambda: CoordConv3d(3, 8, 3)(torch.zeros(3, 4, 4)), ValueError, "(3, 4, 4); CoordConv3d"),
        (lambda: CoordConv1d(3, 8, 3)(torch.zeros(3)), ValueError, "(batch, 3, width)"),
        (lambda: CoordConvTranspose2d(3, 8, 3)(torch.zeros(1, 2, 4, 4)), ValueError, "3, height"),
        (lambda: CoordConv2d(3, 8, 3)(torch.zeros(1, 3, 4, 4).int()), TypeError, "torch.int32"),
        (lambda: CoordConv2d(3, 8, 3)("picture"), TypeError, "input got a str"),
        (lambda: AddCoords(2)(torch.zeros(4, 4)), ValueError, "AddCoords takes (batch, channels"),
        (lambda: AddCoords(2)(torch.zeros(1, 4, 4).bool()), TypeError, "torch.bool"),
        (lambda: AddCoords(4), ValueError, "rank got 4; it takes 1, 2 or 3"),
        (lambda: coordinate_channels(()), ValueError, "sizes got ()"),
        (lambda: coordinate_channels((1, 2, 3, 4)), ValueError, "sizes got (1, 2, 3, 4)"),
        (lambda: coordinate_channels((4, 0)), ValueError, "sizes got (4, 0)"),
        (lambda: coordinate_channels((4, 2.0)), TypeError, "sizes got (4, 2.0)"),
        (lambda: coordinate_channels((4, 4), dtype=torch.int64), TypeError, "dtype got torch.int6"),
        (lambda: CoordConv2d(3, 8, 3).position_bias(4), ValueError, "sizes got (4,); CoordConv2d"),
        (lambda: CoordConv2d(3, 8, 3).position_bias(4, 0), ValueError, "sizes got (4, 0)"),
        (lambda: CoordConv2d(3, 8, 3).position_bias(4, "5"), TypeError, "sizes got (4, '5')"),
        (lambda: CoordConv2d(0, 8, 3), ValueError, "in_channels got 0"),
        (lambda: CoordConv2d(3.0, 8, 3), TypeError, "in_channels got 3.0"),
        (lambda: CoordConv2d(3, 8, 3, groups=0), ValueError, "groups got 0"),
        (lambda: CoordConv2d(3, 8, 3, groups=2), ValueError, "in_channels"),
        (lambda: CoordConv2d(3, 8, 4, padding="same", stride=2), ValueError, "padding='same'"),
        (lambda: CoordConv2d(3, 8, 3, padding="full"), ValueError, "full"),
        (lambda: CoordConv2d(3, 8, 3, padding_mode="mirror"), ValueError, "mirror"),
        (lambda: CoordConvTranspose2d(3, 8, 3, padding="same"), ValueError, "padding got 'same'"),
        (lambda: CoordConvTranspose2d(3, 8, 3, padding_mode="reflect"), ValueError, "zeros"),
    ],
)
def test_bad_input_is_named(call, error, words):
    with pytest.raises(error, match=re.escape(words)):
        call()
