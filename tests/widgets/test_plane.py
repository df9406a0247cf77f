"""The plane with three sliders: what Python says of it, and the still that it leaves."""

from __future__ import annotations

import re

import pytest
import torch

from coordlib.layers import CoordConv2d
from coordlib.widgets import PlaneEditor


def one_dot(size=8):
    picture = torch.zeros(size, size)
    picture[2, 5] = 1
    return picture


def test_its_map_is_a_coordconv_layers_position_bias():
    editor = PlaneEditor(one_dot(), 0.5, -1.5, 0.25)
    layer = CoordConv2d(1, 1, 1)
    with torch.no_grad():
        layer.weight[:] = torch.tensor([1.0, 0.5, -1.5]).view(1, 3, 1, 1)
        layer.bias[:] = 0.25
    assert torch.allclose(editor.map(), layer.position_bias(8, 8)[0], atol=1e-6)
    editor.set_state({"x_weight": 0.0, "y_weight": 0.0, "bias": -2.0})  # as the page does
    assert (editor.map() == -2).all()


def test_it_says_what_it_shows_and_leaves_a_still():
    editor = PlaneEditor(one_dot(), 1.0, 0.0, -1.0)
    assert editor.alt() == (
        "The map 1.0 x + 0.0 y − 1.0: a tilted plane from -2.00 to 0.00. After a ReLU 0 % of its "
        "pixels are above 0. Of the picture's 1 dots 1 can still be told from their surroundings."
    )
    assert repr(editor) == "PlaneEditor(size=8)"
    assert re.search(r'<img alt="The map 1\.0 x', editor.still_html())
    assert "0 can still be told" in PlaneEditor(one_dot(), -2.0, 0.0, -2.0).alt()


@pytest.mark.parametrize(
    ("picture", "options", "message"),
    [
        (torch.zeros(4, 5), {}, r"picture got shape \(4, 5\); it takes a square"),
        (torch.zeros(4), {}, "picture got shape"),
        (torch.zeros(4, 4), {"x_weight": 2.5}, "x_weight got 2.5; it takes a number from -2 to 2"),
        (torch.zeros(4, 4), {"bias": float("nan")}, "bias got nan"),
    ],
)
def test_it_refuses(picture, options, message):
    with pytest.raises(ValueError, match=message):
        PlaneEditor(picture, **options)
