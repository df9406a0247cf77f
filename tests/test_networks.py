"""Blocks that tasks share, and what is measured of a network's weights."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from coordlib.coordinates import AddCoords
from coordlib.layers import CoordConv2d
from coordlib.networks import Broadcast, coordinate_ratio, tile


def test_a_broadcast_vector_is_a_copy_at_each_pixel_with_or_without_coordinates():
    vectors = torch.randn(3, 5)
    told, plain = CoordConv2d(5, 4, 1), nn.Conv2d(5, 4, 1)
    for layer, seen in ((told, AddCoords()), (plain, nn.Identity())):
        expected = F.conv2d(seen(tile(vectors, 6)), layer.weight, layer.bias)
        found = Broadcast(layer, 6, nn.Sequential())(vectors)
        assert torch.allclose(found, expected, atol=1e-6)


def test_the_ratio_is_one_for_equal_weights_and_zero_without_coordinates():
    layer = CoordConv2d(1, 8, 3)
    torch.nn.init.constant_(layer.weight, -0.3)
    assert coordinate_ratio(layer) == pytest.approx(1)
    with torch.no_grad():
        layer.coordinate_weight.zero_()
    assert coordinate_ratio(layer) == 0
