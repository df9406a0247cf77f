"""What is measured of a network's weights."""

import pytest
import torch

from coordlib.layers import CoordConv2d
from coordlib.networks import coordinate_ratio


def test_the_ratio_is_one_for_equal_weights_and_zero_without_coordinates():
    layer = CoordConv2d(1, 8, 3)
    torch.nn.init.constant_(layer.weight, -0.3)
    assert coordinate_ratio(layer) == pytest.approx(1)
    with torch.no_grad():
        layer.coordinate_weight.zero_()
    assert coordinate_ratio(layer) == 0
