"""The networks of the control: something that knows pictures, and in front of it a stem, or none.

The paper's stem is one 1 × 1 CoordConv layer at the very start (section 5, S5): three colours, x, y
and r to eight channels, which the network's first convolution then takes.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import resnet50
from torchvision.models.resnet import BasicBlock

from coordlib.layers import CoordConv2d
from coordlib.networks import seeded

NETWORKS = ("small", "resnet18", "resnet50")
# "conv" is the same layer without coordinates: what one more layer does.
STEMS = ("none", "coordconv", "conv")
PADDINGS = ("circular", "zeros")
_COLOURS, _WIDENED = 3, 8


class Classifier(nn.Module):
    """A stem and a body. Pictures (batch, 1 or 3, height, width) to logits (batch, kinds).

    Grey pictures become three equal colours.
    """

    def __init__(self, stem: nn.Module, body: nn.Module) -> None:
        super().__init__()
        self.stem, self.body = stem, body

    def forward(self, pictures: Tensor) -> Tensor:
        return self.body(self.stem(_coloured(pictures)))

    def forward_blind(self, pictures: Tensor) -> Tensor:
        """What it says where each place of the stem's position bias is replaced by their mean.

        Of a network with a CoordConv stem.
        """
        mean = self.stem.position_bias(*pictures.shape[-2:]).mean((1, 2))
        return self.body(F.conv2d(_coloured(pictures), self.stem.feature_weight, mean))


def _coloured(pictures: Tensor) -> Tensor:
    return pictures.expand(-1, _COLOURS, -1, -1)


def classifier(
    network: str, stem: str, kinds: int, *, padding: str, width: int, seed: int
) -> Classifier:
    """A new network, of NETWORKS, with one of STEMS, that tells so many kinds apart.

    padding: of "small", one of PADDINGS; see there.
    width: of "resnet18"'s first stage, in channels; torchvision's has 64.

    With the same seed networks start alike, but for the first convolution where there is a stem;
    and the two stems start alike, but for the coordinate weights.
    """

    def body(channels: int) -> nn.Module:
        if network == "small":
            return small(channels, kinds, padding)
        return resnet18(channels, kinds, width) if network == "resnet18" else big(channels, kinds)

    def make() -> Classifier:
        plain = body(_COLOURS)
        if stem == "none":
            return Classifier(nn.Identity(), plain)
        widened = body(_WIDENED)
        start = plain.state_dict()
        del start[next(iter(start))]  # the first convolution's weight
        widened.load_state_dict(start, strict=False)
        told = CoordConv2d(_COLOURS, _WIDENED, 1, with_r=True)
        if stem == "coordconv":
            return Classifier(told, widened)
        layer = nn.Conv2d(_COLOURS, _WIDENED, 1)
        layer.load_state_dict({"weight": told.feature_weight, "bias": told.bias})
        return Classifier(layer, widened)

    return seeded(make, seed, "torch")


def small(channels: int, kinds: int, padding: str) -> nn.Sequential:
    """Three convolutions, then each channel's mean; 24,458 parameters for three colours, ten kinds.

    With "circular" padding it says the same of a picture that is moved around by four pixels, or a
    multiple: but for such steps it can't know where anything lies. "zeros" show it the edges.
    """
    layers: list[nn.Module] = []
    for c_in, c_out in ((channels, 16), (16, 32), (32, 64)):
        convolution = nn.Conv2d(c_in, c_out, 3, padding=1, padding_mode=padding)
        layers += [convolution, nn.BatchNorm2d(c_out), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers[:-1], *_answer(64, kinds))


def resnet18(channels: int, kinds: int, width: int) -> nn.Sequential:
    """torchvision's, but its stem is CIFAR's: one 3 × 3 convolution, and no pooling."""
    first = nn.Conv2d(channels, width, 3, padding=1, bias=False)
    layers: list[nn.Module] = [first, nn.BatchNorm2d(width), nn.ReLU()]
    c_in = width
    for stage in range(4):
        c_out, stride = width * 2**stage, 1 if stage == 0 else 2
        across = None
        if stride > 1:
            across = nn.Sequential(
                nn.Conv2d(c_in, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out)
            )
        layers += [BasicBlock(c_in, c_out, stride, across), BasicBlock(c_out, c_out)]
        c_in = c_out
    network = nn.Sequential(*layers, *_answer(c_in, kinds))
    network.apply(_as_torchvision)
    return network


def big(channels: int, kinds: int) -> nn.Module:
    """torchvision's ResNet-50, whose first convolution takes so many channels."""
    network = resnet50(num_classes=kinds)
    network.conv1 = nn.Conv2d(channels, 64, 7, stride=2, padding=3, bias=False)
    _as_torchvision(network.conv1)
    return network


def _answer(channels: int, kinds: int) -> list[nn.Module]:
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, kinds)]


def _as_torchvision(module: nn.Module) -> None:
    """Start a convolution as torchvision's ResNets do."""
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
