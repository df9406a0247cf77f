"""Answers for notebook 03's workshop: a convolution that is told where it is."""

import torch
from torch import nn
from torch.nn import functional as F

from coordlib.coordinates import AddCoords
from coordlib.exercises.building import channels
from coordlib.exercises.layering import CoordConv as LentLayer
from coordlib.layers import CoordConv2d


def glued(images, grid=channels, move=lambda grid, images: grid.to(images)):
    two = move(grid(*images.shape[2:]), images)
    return torch.cat((images, two.expand(len(images), -1, -1, -1)), 1)


def layer(glue=glued, more=2, end=lambda maps: maps, base=nn.Module, **options):
    """A class that is right, but for what is changed."""

    class Layer(base):
        def __init__(self, c_in, c_out, kernel_size):
            super().__init__()
            self.conv = nn.Conv2d(c_in + more, c_out, kernel_size, **options)

        def forward(self, images):
            return end(self.conv(glue(images)))

    return Layer


class OfParameters(nn.Module):
    """Another right form: weights of one's own, coordinates in front, y before x."""

    def __init__(self, c_in, c_out, kernel_size):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(c_out, 2 + c_in, kernel_size, kernel_size) / 5)
        self.bias = nn.Parameter(torch.zeros(c_out))

    def forward(self, images):
        two = channels(*images.shape[2:]).flip(0).to(images)
        joined = torch.cat((two.repeat(len(images), 1, 1, 1), images), 1)
        return F.conv2d(joined, self.weight, self.bias)


class OfTwo(nn.Module):
    """Another right form: a convolution for the images, one for the coordinates, added."""

    def __init__(self, c_in, c_out, kernel_size):
        super().__init__()
        self.of_images = nn.Conv2d(c_in, c_out, kernel_size)
        self.of_places = nn.Conv2d(2, c_out, kernel_size, bias=False)

    def forward(self, images):
        two = channels(*images.shape[2:]).to(images)[None]
        return self.of_images(images) + self.of_places(two)


class Written(nn.Module):
    """Another right form: coordinates by linspace, on the images' device."""

    def __init__(self, c_in, c_out, kernel_size):
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv2d(c_in + 2, c_out, kernel_size)])

    def forward(self, images):
        n, _, height, width = images.shape
        like = {"device": images.device, "dtype": images.dtype}
        x = torch.linspace(-1, 1, width, **like) if width > 1 else torch.zeros(1, **like)
        y = torch.linspace(-1, 1, height, **like) if height > 1 else torch.zeros(1, **like)
        y, x = torch.meshgrid(y, x, indexing="ij")
        extra = [one.expand(n, 1, height, width) for one in (x, y)]
        return self.layers[0](torch.cat([images, *extra], dim=1))


class Lazy(nn.Module):
    def __init__(self, c_in, c_out, kernel_size):
        super().__init__()
        self.conv = nn.LazyConv2d(c_out, kernel_size)

    def forward(self, images):
        return self.conv(glued(images))


class InAList(nn.Module):
    def __init__(self, c_in, c_out, kernel_size):
        super().__init__()
        self.layers = [nn.Conv2d(c_in + 2, c_out, kernel_size)]

    def forward(self, images):
        return self.layers[0](glued(images))


class OfTensors(nn.Module):
    def __init__(self, c_in, c_out, kernel_size):
        super().__init__()
        self.weight = torch.randn(c_out, c_in + 2, kernel_size, kernel_size, requires_grad=True)
        self.bias = nn.Parameter(torch.zeros(c_out))

    def forward(self, images):
        return F.conv2d(glued(images), self.weight, self.bias)


class MadeAnew(nn.Module):
    def __init__(self, c_in, c_out, kernel_size):
        super().__init__()
        self.sizes = c_in + 2, c_out, kernel_size

    def forward(self, images):
        return nn.Conv2d(*self.sizes)(glued(images))


class OfOneSize(layer()):
    """Coordinates as large as the first pictures."""

    def forward(self, images):
        if not hasattr(self, "two"):
            self.two = channels(*images.shape[2:])
        return self.conv(torch.cat((images, self.two.expand(len(images), -1, -1, -1)), 1))


class Frozen(layer()):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.requires_grad_(False)


class BeginningAlike(layer()):
    value = 0.0

    def __init__(self, *sizes):
        super().__init__(*sizes)
        nn.init.constant_(self.conv.weight, self.value)


class BeginningAt1(BeginningAlike):
    value = 1.0


class Forgetful(nn.Module):
    def __init__(self, c_in, c_out, kernel_size):
        self.conv = nn.Conv2d(c_in + 2, c_out, kernel_size)


class Bare:
    def __init__(self, c_in, c_out, kernel_size):
        self.conv = nn.Conv2d(c_in + 2, c_out, kernel_size)

    def __call__(self, images):
        return self.conv(glued(images))


class Silent(layer()):
    def forward(self, images):
        super().forward(images)


class Tied(layer()):
    """Right where all weights are alike: each gradient is the mean of all."""

    def forward(self, images):
        mean = self.conv.weight.mean().expand_as(self.conv.weight)
        return F.conv2d(glued(images), mean, self.conv.bias)


class Heir(LentLayer):
    pass


class Lent(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
        self.conv = CoordConv2d(*sizes)

    def forward(self, images):
        return self.conv(images)


class WithoutBatch(layer()):
    def forward(self, images):
        return self.conv(torch.cat((images, channels(*images.shape[2:])), 1))


def on(grid):
    return layer(lambda images: glued(images, grid))


def numbered(height, width):
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack((x, y)).float()


RIGHT = {"3.2": [layer(), OfParameters, OfTwo, Written]}

WRONG = {
    "3.2": [
        (Lazy, "its weights have no shape before the first picture comes"),
        (InAList, "its `parameters()` are empty, so that an optimizer finds no weights to move"),
        (MadeAnew, "asked again, `forward` gives other maps: are its filters made anew"),
        (OfTensors, "it has 4 weights that an optimizer would find; wanted are 84"),
        (
            layer(lambda images: images, more=0),
            "with 3 channels in, 4 out and filters of 2 × 2 it has 52 weights, as many as a plain",
        ),
        (layer(more=3), "expected input[2, 5, 5, 7] to have 6 channels, but got 5 channels"),
        (layer(bias=False), "it has 80 weights; a bias for each filter is missing"),
        (layer(padding=1), "become (2, 4, 6, 8); wanted is (2, 4, 4, 6), as filters are 2 × 2"),
        (OfOneSize, "Sizes of tensors must match except in dimension 1"),
        (on(lambda *size: channels(*size) / 2 + 0.5), "the coordinates go from 0 to 1"),
        (on(numbered), "the coordinates are pixel numbers; wanted is -1 at the first pixel"),
        (on(lambda *size: channels(*size).flip(1)), "y grows upwards; in the first row it is -1"),
        (on(lambda *size: channels(*size).flip(2)), "x grows to the left"),
        (on(lambda *size: -channels(*size)), "the signs of x and y are turned"),
        (on(lambda *size: torch.zeros(2, *size)), "x and y are 0 everywhere: nothing is told"),
        (on(lambda *size: channels(*size)[:1].expand(2, *size)), "x stands there twice"),
        (on(lambda *size: channels(*size)[1:].expand(2, *size)), "y stands there twice"),
        (on(lambda *size: channels(*size[::-1])), "Sizes of tensors must match except"),
        (on(lambda *size: channels(*size).sin()), "with all its weights set to 1, it doesn't give"),
        (layer(end=torch.relu), "a ReLU has cut off what lies below 0"),
        (layer(end=lambda maps: maps.detach()), "nothing can be learnt from them"),
        (layer(end=lambda maps: maps.tolist()), "`forward` gives a list; wanted is a tensor"),
        (
            layer(lambda images: glued(images.detach())),
            "the maps are right, but no gradient gets back to the images",
        ),
        (layer(lambda images: glued(images, move=lambda grid, _: grid)), "on a GPU it would fail"),
        (Tied, "with all its weights set to 1, it gives the right maps, but their gradients are"),
        (Frozen, "some of its weights are frozen"),
        (BeginningAlike, "all its filters begin as 0 everywhere"),
        (BeginningAt1, "all its filters begin as 1 everywhere"),
        (Forgetful, "cannot assign module before Module.__init__() call"),
        (Bare, "the class is no layer: it begins with `class MyCoordConv(nn.Module):`"),
        (Silent, "forward returned None; is its `return` missing?"),
        (WithoutBatch, "Tensors must have same number of dimensions"),
        (Heir, "the course's own class for this exercise did the work"),
        (layer(AddCoords()), "the layer is right, but coordlib's does the work"),
        (Lent, "the layer is right, but coordlib's does the work"),
        (lambda c_in, c_out, size: layer()(c_in, c_out, size), "wanted is a class, by its name"),
    ]
}
