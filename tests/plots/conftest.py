"""A pair of axes to draw on, which must be drawable in the end."""

import matplotlib.pyplot as plt
import pytest

from coordlib import plots


@pytest.fixture
def axes():
    fig, (axes,) = plots.figure()
    yield axes
    fig.draw_without_rendering()
    plt.close(fig)
