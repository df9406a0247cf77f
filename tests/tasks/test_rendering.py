"""The rendering task: the paper's networks to the parameter, losses with their thresholds, IOU."""

import pytest
import torch

from coordlib import datasets
from coordlib.tasks import rendering


def count(network):
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize(
    ("multiplier", "filter_size", "parameters"),
    [(1, 1, 8_074), (2, 1, 9_490), (1, 2, 9_490), (2, 3, 24_210)],
)
def test_coordconv_has_the_papers_parameters(multiplier, filter_size, parameters):
    network = rendering.build("coordconv", multiplier=multiplier, filter_size=filter_size)
    assert count(network) == parameters


def test_the_deconvolution_is_the_classifiers():
    assert count(rendering.build("deconv", multiplier=3, filter_size=4)) == 1_632_001


@pytest.mark.parametrize("network", rendering.NETWORKS)
@pytest.mark.parametrize("filter_size", [2, 3])
def test_every_network_gives_a_value_for_every_pixel(network, filter_size):
    made = rendering.build(network, 16, filter_size=filter_size)
    assert made(torch.tensor([[3, 4], [5, 6]])).shape == (2, 1, 16, 16)


def test_the_softmax_between_the_halves_is_what_the_drawing_half_sees():
    network = rendering.build("coordconv", 16, sharpen=50.0, seed=1)
    positions = torch.tensor([[3, 12]])
    map = network.centre(positions).flatten(1).softmax(1).view(1, 1, 16, 16)
    torch.testing.assert_close(network(positions), network.draw(50 * map))
    network.sharpen = 0.0
    torch.testing.assert_close(network(positions), network.draw(network.centre(positions)))


def test_xavier_gives_the_drawing_half_twice_the_gain():
    network = rendering.build("coordconv", multiplier=9, initialisation="xavier")
    for layer, gain in ((network.centre.layers[5], 0.7), (network.draw[4], 1.4)):
        c_out, c_in = layer.weight.shape[:2]
        expected = gain * (2 / (c_in + c_out)) ** 0.5
        assert layer.weight.std().item() == pytest.approx(expected, rel=0.05)


class Stamp(torch.nn.Module):
    """Paints the right square with `inside` and `outside`, but one pixel too far right in test."""

    def __init__(self, split, inside, outside):
        super().__init__()
        self.unused = torch.nn.Parameter(torch.zeros(1))
        self.split, self.inside, self.outside = split, inside, outside

    def forward(self, positions):
        wrong = torch.tensor([pair in self.split.test.tolist() for pair in positions.tolist()])
        moved = positions + wrong[:, None] * torch.tensor([1, 0])
        drawn = datasets.squares(moved, self.split.canvas, self.split.square)
        return torch.where(drawn > 0, self.inside, self.outside)


@pytest.mark.parametrize(
    ("loss", "inside", "outside"), [("sigmoid", 0.1, -0.1), ("squared", 0.6, 0.4)]
)
def test_evaluation_measures_overlap_above_the_losss_own_threshold(loss, inside, outside):
    split = datasets.split("quadrant", 16, 3)
    metrics = rendering.Experiment(Stamp(split, inside, outside), split, loss).evaluate()
    assert metrics["train_iou"] == metrics["train_worst"] == metrics["train_perfect"] == 1
    # Shifted by a column: 6 of 12 pixels. At the right border the square is cut: still 6 of 9.
    assert metrics["test_worst"] == pytest.approx(0.5) and metrics["test_perfect"] == 0
    assert 0.5 < metrics["test_iou"] < 0.6


def test_the_losses_are_the_papers_two():
    split = datasets.split("uniform", 16, 3)
    empty = Stamp(split, 0.0, 0.0)
    indices = torch.arange(5)
    sigmoid = rendering.Experiment(empty, split, "sigmoid").loss(indices)
    assert sigmoid.item() == pytest.approx(torch.log(torch.tensor(2.0)).item())
    squared = rendering.Experiment(empty, split, "squared").loss(indices)
    assert squared.item() == pytest.approx(9 / 256)


def test_the_centre_loss_adds_the_centres_cross_entropy():
    split = datasets.split("uniform", 16, 3)
    network = rendering.build("coordconv", 16)
    indices = torch.arange(5)
    without, with_ = (
        rendering.Experiment(network, split, centre_loss=part).loss(indices) for part in (0, 0.5)
    )
    logits = network.centre(split.train[indices]).flatten(1)
    target = datasets.pixel_index(split.train[indices], 16)
    expected = without + 0.5 * torch.nn.functional.cross_entropy(logits, target)
    torch.testing.assert_close(with_, expected)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"network": "coordcov"}, "network got 'coordcov'.*did you mean 'coordconv'"),
        ({"filter_size": 4}, "filter_size got 4; coordconv takes 1, 2 or 3"),
        ({"network": "deconv", "filter_size": 1}, "filter_size got 1; deconv takes 2, 3 or 4"),
        ({"sharpen": -1.0}, "sharpen got -1.0"),
        (
            {"network": "deconv", "filter_size": 2, "sharpen": 1.0},
            "sharpen got 1.0; deconv takes 0",
        ),
        ({"loss": "mse"}, "loss got 'mse'.*it takes one of sigmoid, squared"),
        ({"network": "deconv", "filter_size": 2, "centre_loss": 1.0}, "centre_loss got 1.0"),
        ({"split": "quarter"}, "split got 'quarter'"),
        ({"multiplier": 0}, "multiplier got 0"),
    ],
)
def test_bad_settings_are_named(changes, says):
    values = {"network": "coordconv", "split": "uniform", **changes}
    with pytest.raises(ValueError, match=says):
        rendering.Settings(**values).experiment(0, torch.device("cpu"))


def test_presets_know_the_release():
    settings, recipe = rendering.preset("coordconv", "quadrant", scale="paper", style="released")
    assert (settings.sharpen, settings.inputs, settings.initialisation) == (1.0, "raw", "he")
    assert recipe.epochs == 50 and recipe.schedule == "constant"
    _, recipe = rendering.preset("deconv", "quadrant", scale="paper", style="released")
    assert recipe.epochs == 1000 and recipe.schedule == "step"


def test_paintings_are_sure_where_the_value_is_above_0():
    network = rendering.build("deconv", 16, filter_size=2, seed=3)
    positions = torch.tensor([[3, 4], [9, 12], [7, 7]])
    found = rendering.paintings(network, positions)
    assert network.training and found.shape == (3, 16, 16)
    values = network.eval()(positions)[:, 0]
    assert torch.equal(found > 0.5, values > 0) and 0 < found.min() < found.max() < 1


def test_raw_inputs_are_never_computed_in_16_bits():
    split = datasets.split("quadrant", 16, 3)
    for network, inputs, pays in (
        ("coordconv", "scaled", True),
        ("coordconv", "raw", False),
        ("deconv", "scaled", False),
    ):
        size = 1 if network == "coordconv" else 2
        made = rendering.build(network, 16, filter_size=size, inputs=inputs)
        assert rendering.Experiment(made, split).low_precision_pays is pays
