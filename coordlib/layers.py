"""CoordConv: convolution that is told where it is (paper section 3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class CoordConv2d(nn.Conv2d):
    """A first form, for 1 × 1 filters: conv(x) plus a bias for each position."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int) -> None:
        super().__init__(in_channels + 2, out_channels, kernel_size)
        self.in_channels = in_channels

    @property
    def feature_weight(self) -> Tensor:
        """The weights on the input's own channels."""
        return self.weight[:, : self.in_channels]

    def position_bias(self, height: int, width: int) -> Tensor:
        """What the coordinates and the bias add to every example: (C_out, height, width)."""
        along = [torch.arange(n, device=self.weight.device) for n in (height, width)]
        y, x = (
            (2 * i.to(self.weight.dtype) - (len(i) - 1)) / max(len(i) - 1, 1) for i in along
        )
        grid = torch.stack((x.expand(height, width), y[:, None].expand(height, width)))
        return F.conv2d(grid, self.weight[:, self.in_channels :], self.bias)
