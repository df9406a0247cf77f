"""The regression task: the paper's networks to the parameter, and distances in pixels."""

import pytest
import torch

from coordlib import datasets
from coordlib.tasks import regression


def count(network):
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize(
    ("network", "multiplier", "parameters"),
    [
        ("conv_fc", 1, 72_850),
        ("conv_fc", 2, 159_330),
        ("conv_pool", 1, 12_914),
        ("conv_pool", 2, 49_890),
        ("coordconv", 1, 906),
    ],
)
def test_the_papers_parameters(network, multiplier, parameters):
    assert count(regression.build(network, multiplier=multiplier)) == parameters


@pytest.mark.parametrize("network", regression.NETWORKS)
@pytest.mark.parametrize("canvas", [16, 64])
def test_every_network_gives_two_numbers(network, canvas):
    pictures = datasets.one_hot(torch.tensor([[3, 4], [5, 6], [7, 7]]), canvas)
    assert regression.build(network, canvas).eval()(pictures).shape == (3, 2)


@pytest.mark.parametrize(
    ("size", "stride", "filter_size", "first"), [(64, 2, 5, 1), (64, 2, 3, 0), (7, 2, 3, 1)]
)
def test_strided_convolutions_are_padded_as_in_the_release(size, stride, filter_size, first):
    """`first` rows above, the others below: the first output sees input row filter_size - 1 - first
    at most, and the output has ⌈size / stride⌉ rows."""
    layer = regression.SameConv(1, 1, filter_size, stride=stride)
    torch.nn.init.ones_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    picture = torch.zeros(1, 1, size, size)
    picture[..., filter_size - 1 - first, 0] = 1
    made = layer(picture)
    assert made.shape[-1] == -(-size // stride)
    assert made[0, 0, 0, 0] == 1
    picture = picture.roll(1, -2)
    assert layer(picture)[0, 0, 0, 0] == 0


def test_the_network_for_the_quadrant_shrinks_as_the_papers():
    maps = datasets.one_hot(torch.tensor([[3, 4]]))
    sizes = []
    for layer in regression.build("conv_pool").eval():
        maps = layer(maps)
        if isinstance(layer, regression.SameConv):
            sizes.append(maps.shape[-1])
    assert sizes == [32, 32, 32, 16, 8, 4, 4, 2, 2]


def test_without_an_activation_the_coordconv_network_is_linear_up_to_its_maximum():
    network = regression.build("coordconv", 16).double()
    one, other = (datasets.one_hot(torch.tensor([[x, 5]]), 16).double() for x in (4, 9))
    maps = network[:-1]
    torch.testing.assert_close(maps(one) + maps(other), maps(one + other) + maps(0 * one))
    with_relu = regression.build("coordconv", 16, activation="relu")
    assert sum(isinstance(layer, torch.nn.ReLU) for layer in with_relu) == 5


def test_started_at_zero_the_network_does_not_know_where_it_is():
    network = regression.build("coordconv", 16, coordinate_start="random")
    start = regression.build("coordconv", 16, coordinate_start="zero")
    assert torch.equal(network[0].feature_weight, start[0].feature_weight)
    one, other = start(datasets.one_hot(torch.tensor([[5, 5], [9, 7]]), 16))
    torch.testing.assert_close(one, other)
    assert network[0].coordinate_weight.abs().min() > 0 == start[0].coordinate_weight.abs().max()


@pytest.mark.parametrize(("pooling", "expected"), [("max", 3.0), ("average", 1.5)])
def test_pooling_is_over_the_whole_canvas(pooling, expected):
    maps = torch.arange(4.0).view(1, 1, 2, 2)
    assert regression.GlobalPooling(pooling)(maps).tolist() == [[expected]]


class Oracle(torch.nn.Module):
    """Right on the train part; in the test part 3 columns and 4 rows too far: 5 pixels."""

    def __init__(self, split):
        super().__init__()
        self.unused = torch.nn.Parameter(torch.zeros(1))
        self.split = split

    def forward(self, pictures):
        index = pictures.flatten(1).argmax(1)
        size = self.split.canvas
        found = torch.stack((index % size, index // size), 1)
        wrong = torch.tensor([pair in self.split.test.tolist() for pair in found.tolist()])
        return (found + wrong[:, None] * torch.tensor([3, 4])) / size


def test_distances_are_in_pixels_with_x_first():
    split = datasets.split("quadrant", 16, 3)
    experiment = regression.Experiment(Oracle(split), split)
    metrics = experiment.evaluate()
    assert metrics["train_distance"] == pytest.approx(0, abs=1e-5)
    assert metrics["test_distance"] == pytest.approx(5, abs=1e-4)
    assert metrics["test_worst"] == pytest.approx(5, abs=1e-4)
    assert experiment.predict(split.train[:3]).tolist() == split.train[:3].tolist()
    assert experiment.loss(torch.arange(7)).item() == 0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"network": "conv"}, "network got 'conv'"),
        ({"activation": "elu"}, "activation got 'elu'.*none, relu"),
        ({"coordinate_start": "one"}, "coordinate_start got 'one'.*random, zero"),
        ({"pooling": "mean"}, "pooling got 'mean'.*max, average"),
        ({"network": "conv_fc", "canvas": 20}, "canvas got 20; conv_fc takes a multiple of 8"),
        ({"multiplier": 0}, "multiplier got 0"),
        (
            {"network": "conv_fc", "activation": "relu"},
            "activation got 'relu'; conv_fc takes 'none'",
        ),
        ({"network": "conv_pool", "pooling": "average"}, "pooling got 'average'; conv_pool"),
        ({"split": "quarter"}, "split got 'quarter'"),
    ],
)
def test_bad_settings_are_named(changes, says):
    values = {"network": "coordconv", "split": "uniform", **changes}
    with pytest.raises(ValueError, match=says):
        regression.Settings(**values).experiment(0, torch.device("cpu"))


def test_the_release_trains_in_large_batches_at_a_constant_rate():
    for network in regression.NETWORKS:
        _, recipe = regression.preset(network, "quadrant", scale="paper", style="released")
        assert (recipe.epochs, recipe.batch_size, recipe.schedule) == (100, 256, "constant")


def test_as_released_dense_layers_start_after_glorot():
    network = regression.build("conv_fc", initialisation="he")
    dense, convolution = network[-3], network[3]
    limit = (6 / (1024 + 64)) ** 0.5
    assert 0.99 * limit < dense.weight.abs().max() <= limit
    assert dense.weight.std().item() == pytest.approx(limit / 3**0.5, rel=0.02)
    assert dense.bias.abs().max() == 0
    assert convolution.weight.std().item() == pytest.approx((2 / 144) ** 0.5, rel=0.05)
