"""The classification task: the paper's networks to the parameter, and an honest evaluation."""

import math

import pytest
import torch

from coordlib import datasets, networks
from coordlib.tasks import classification


def count(network):
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


@pytest.mark.parametrize(
    ("filter_size", "multiplier", "parameters"),
    [
        (2, 1, 46_465),
        (2, 2, 183_041),
        (2, 3, 409_729),
        (3, 1, 103_585),
        (3, 2, 409_921),
        (3, 3, 919_009),
        (4, 1, 183_553),
        (4, 2, 727_553),
        (4, 3, 1_632_001),
    ],
)
def test_deconvolutions_have_the_papers_parameters(filter_size, multiplier, parameters):
    network = classification.build("deconv", multiplier=multiplier, filter_size=filter_size)
    assert count(network) == parameters


@pytest.mark.parametrize(("multiplier", "parameters"), [(1, 7_553), (2, 29_441), (3, 65_665)])
def test_coordconv_has_the_papers_parameters(multiplier, parameters):
    assert count(classification.build("coordconv", multiplier=multiplier)) == parameters


@pytest.mark.parametrize("network", classification.NETWORKS)
@pytest.mark.parametrize("canvas", [16, 64])
def test_every_network_gives_a_logit_for_every_pixel(network, canvas):
    made = classification.build(network, canvas)
    assert made(torch.tensor([[3, 4], [5, 6], [7, 7]])).shape == (3, 1, canvas, canvas)


@pytest.mark.parametrize(("filter_size", "row"), [(3, 0), (5, 1)])
def test_odd_filters_double_exactly_and_keep_the_first_rows(filter_size, row):
    """TensorFlow's SAME at stride 2: output row 2i is where this filter row meets input row i."""
    layer = networks.Doubling(1, 1, filter_size)
    with torch.no_grad():
        layer.weight.zero_()
        layer.weight[0, 0, row, row] = 1
        layer.bias.zero_()
    picture = torch.arange(1.0, 5.0).reshape(1, 1, 2, 2)
    expected = torch.zeros(1, 1, 4, 4)
    expected[..., ::2, ::2] = picture
    assert torch.equal(layer(picture), expected)


@pytest.mark.parametrize("inputs", ["scaled", "raw"])
def test_16_bits_are_used_only_where_they_tell_the_pixels_apart(inputs):
    split = datasets.split("uniform", 64, 9)
    pays = {
        network: classification.Experiment(
            classification.build(network, inputs=inputs), split
        ).low_precision_pays
        for network in classification.NETWORKS
    }
    over_canvas = {"coordconv", "dilated", "dilated_circular", "learned_map"}
    assert {n for n, it in pays.items() if it} == (over_canvas if inputs == "scaled" else set())

    same = 0
    for seed in range(
        8
    ):  # what is drawn, and where a layer rounds, differs between torch's versions
        painter = classification.build("coordconv", inputs=inputs, initialisation="he", seed=seed)
        with torch.no_grad():
            first = painter.first(networks.tile(painter.input(split.train[-1:]), 64))
        seen = painter.layers[0](first).bfloat16()
        same += 64**2 - len(seen[0].flatten(1).unique(dim=1).T)
    assert (same == 0) == (inputs == "scaled"), same


def test_the_painter_is_a_coordconv_layer_and_a_stack_in_both_of_the_layers_forms():
    network = classification.build("coordconv", 16, seed=3).double()
    positions = torch.tensor([[2, 9], [15, 0]])
    copies = network.input(positions).double()[:, :, None, None].expand(-1, -1, 16, 16)
    expected = network.layers(network.first(copies))
    torch.testing.assert_close(network(positions), expected, rtol=0, atol=1e-12)


def test_inputs_are_scaled_like_coordinate_channels():
    scaled = networks.PositionInput(64, "scaled")(torch.tensor([[0, 63], [31, 32]]))
    assert scaled[0].tolist() == [-1, 1]
    assert scaled[1, 0] == pytest.approx(-1 / 63) and scaled[1, 1] == pytest.approx(1 / 63)
    raw = networks.PositionInput(64, "raw")(torch.tensor([[4, 59]]))
    assert raw.tolist() == [[4, 59]]


def test_he_counts_a_transposed_layers_outputs_as_released():
    network = classification.build("deconv", multiplier=3, filter_size=4, initialisation="he")
    first, second = network.layers[0], network.layers[3]
    # 2 → 192 and 192 → 192 channels, 4 × 4: the released fan-in is 192 · 16 for both.
    for layer in (first, second):
        assert layer.weight.std().item() == pytest.approx(math.sqrt(2 / (192 * 16)), rel=0.03)
        assert layer.bias.abs().max() == 0


def test_xavier_has_its_gain():
    network = classification.build("coordconv", multiplier=3, initialisation="xavier")
    layer = network.layers[5]
    expected = 0.7 * math.sqrt(2 / (192 + 192))
    assert layer.weight.std().item() == pytest.approx(expected, rel=0.03)


def test_the_seed_alone_decides_the_weights_and_nothing_else_is_disturbed():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    one, same, other = (classification.build("deconv", 16, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(one.layers[0].weight, same.layers[0].weight)
    assert not torch.equal(one.layers[0].weight, other.layers[0].weight)


def test_circular_padding_cannot_tell_one_pixel_from_another():
    maps = classification.build("dilated_circular", 16)(torch.tensor([[3, 12]]))
    assert maps.std() < 1e-6 < classification.build("dilated", 16)(torch.tensor([[3, 12]])).std()


class Oracle(torch.nn.Module):
    """Answers right on one part and, on the other, one pixel too far to the right."""

    def __init__(self, split):
        super().__init__()
        self.unused = torch.nn.Parameter(torch.zeros(1))
        self.split = split

    def forward(self, positions):
        wrong = torch.tensor([pair in self.split.test.tolist() for pair in positions.tolist()])
        return 100 * datasets.one_hot(positions + wrong[:, None] * torch.tensor([1, 0]), 16)


def test_evaluation_counts_what_is_right_on_each_part():
    split = datasets.split("quadrant", 16, 3)
    metrics = classification.Experiment(Oracle(split), split).evaluate()
    assert metrics["train_accuracy"] == 1 and metrics["test_accuracy"] == 0
    assert metrics["train_distance"] == 0 and metrics["test_distance"] == 1
    assert metrics["train_loss"] == pytest.approx(0, abs=1e-4)
    assert metrics["test_loss"] == pytest.approx(100, abs=1e-3)


def test_the_loss_of_an_even_guess_is_the_entropy_of_the_canvas():
    split = datasets.split("uniform", 16, 3)
    network = classification.build("fully_connected", 16)
    for p in network.parameters():
        torch.nn.init.zeros_(p)
    loss = classification.Experiment(network, split).loss(torch.arange(5))
    assert loss.item() == pytest.approx(math.log(256), abs=1e-5)


def test_probability_maps_sum_to_one_and_leave_the_network_as_it_was():
    network = classification.build("deconv", 16).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    maps = classification.probability_maps(network, datasets.positions(16, 3))
    assert maps.shape == (196, 16, 16)
    torch.testing.assert_close(maps.sum((1, 2)), torch.ones(196))
    assert network.training
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"network": "coordcov"}, ValueError, "network got 'coordcov'.*did you mean 'coordconv'"),
        ({"network": "deconv", "canvas": 48}, ValueError, "canvas got 48.*power of 2"),
        ({"network": "deconv", "filter_size": 5}, ValueError, "filter_size got 5"),
        ({"network": "deconv", "multiplier": 0}, ValueError, "multiplier got 0"),
        ({"network": "dilated", "multiplier": 2}, ValueError, "multiplier got 2; dilated takes 1"),
        ({"network": "coordconv", "filter_size": 3}, ValueError, "filter_size got 3; coordconv"),
        ({"network": "deconv", "seed": 1.5}, TypeError, "seed got 1.5"),
        ({"network": "deconv", "inputs": "row"}, ValueError, "inputs got 'row'"),
        ({"network": "deconv", "initialisation": "zero"}, ValueError, "initialisation got 'zero'"),
    ],
)
def test_bad_settings_are_named(arguments, error, says):
    with pytest.raises(error, match=says):
        classification.build(**arguments)


def test_positions_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"positions got shape \(2,\).*\(batch, 2\)"):
        classification.build("coordconv", 16)(torch.tensor([3, 4]))


@pytest.mark.parametrize("network", classification.NETWORKS)
def test_a_lesson_has_one_annealed_recipe_a_network_whatever_the_split(network):
    (settings, recipe), (_, other) = (
        classification.preset(network, split, scale="lesson") for split in datasets.SPLITS[::2]
    )
    assert recipe == other and recipe.schedule == "one_cycle" and recipe.epochs <= 100
    assert (settings.network, settings.canvas, settings.square) == (network, 32, 5)


def test_the_papers_scale_keeps_the_papers_length():
    for network in ("deconv", "upsample"):
        _, recipe = classification.preset(network, "uniform", scale="paper")
        assert recipe.epochs == 1000 and recipe.schedule == "step"


def test_an_unknown_network_is_named_by_its_settings_too():
    with pytest.raises(ValueError, match="network got 'decon'.*did you mean 'deconv'"):
        classification.preset("decon", "uniform")
