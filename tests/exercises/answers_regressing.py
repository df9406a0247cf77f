"""Answers for notebook 05's workshop: a regressor that pools as it is told."""

import torch
from torch import nn
from torch.nn import functional as F

from coordlib.exercises.regressing import Regressor as LentRegressor
from coordlib.layers import CoordConv2d
from coordlib.tasks import regression

WIDTHS = (1, 8, 8, 8, 8, 2)
SIZES = (1, 1, 1, 3, 3)


def alike(value):
    return value


def regressor(
    widths=WIDTHS,
    sizes=SIZES,
    first=CoordConv2d,
    others=nn.Conv2d,
    between=(alike,) * 4,
    end=alike,
    pooled=lambda pool, maps: pool(maps),
    base=nn.Module,
    pad=True,
    **options,
):
    """A class that is right, but for what is changed."""

    class Regressor(base):
        def __init__(self, pool):
            super().__init__()
            self.pool = pool
            kinds = [first, *[others] * (len(sizes) - 1)]
            self.layers = nn.ModuleList(
                kind(into, out, size, padding=size // 2 if pad else 0, **options)
                for kind, into, out, size in zip(kinds, widths, widths[1:], sizes, strict=False)
            )

        def maps(self, pictures):
            for layer, then in zip(self.layers, (*between, end), strict=True):
                pictures = then(layer(pictures))
            return pictures

        def forward(self, pictures):
            return pooled(self.pool, self.maps(pictures))

    return Regressor


class InSequence(nn.Module):
    def __init__(self, pool):
        super().__init__()
        self.pool = pool
        self.layers = nn.Sequential(
            CoordConv2d(1, 8, 1),
            nn.Conv2d(8, 8, 1),
            nn.Conv2d(8, 8, 1),
            nn.Conv2d(8, 8, 3, padding="same"),
            nn.Conv2d(8, 2, 3, padding="same"),
        )

    def maps(self, pictures):
        return self.layers(pictures)

    def forward(self, pictures):
        return self.pool(self.maps(pictures))


class OneByOne(nn.Module):
    """Another right form: attributes in another order than they are used, `maps` called twice."""

    def __init__(self, pool):
        super().__init__()
        self.fifth = nn.Conv2d(8, 2, 3, 1, 1)
        self.fourth = nn.Conv2d(8, 8, 3, 1, 1)
        self.second, self.third = (nn.Conv2d(8, 8, 1) for _ in range(2))
        self.first = CoordConv2d(1, 8, 1)
        self.read = pool

    def maps(self, pictures):
        value = self.third(self.second(self.first(pictures)))
        return self.fifth(self.fourth(value))

    def forward(self, pictures):
        x, y = (self.read(self.maps(pictures)[:, k : k + 1]) for k in range(2))
        return torch.cat((x, y), 1)


class OfLinearLayers(nn.Module):
    """Another right form: a 1 × 1 convolution is a linear layer at each pixel."""

    def __init__(self, pool):
        super().__init__()
        self.first = CoordConv2d(1, 8, 1)
        self.second = nn.Linear(8, 8)
        self.rest = nn.ModuleList([nn.Conv2d(8, 8, 1), nn.Conv2d(8, 8, 3), nn.Conv2d(8, 2, 3)])
        self.pool = pool

    def maps(self, pictures):
        value = self.second(self.first(pictures).movedim(1, -1)).movedim(-1, 1)
        narrow, wide, last = self.rest
        return last(F.pad(wide(F.pad(narrow(value), [1] * 4)), [1] * 4))

    def forward(self, pictures):
        return self.pool(self.maps(pictures))


class HandedToAMethod(regressor()):
    """Another right form: a module pools."""

    def __init__(self, pool):
        super().__init__(pool)

        class Pool(nn.Module):
            def forward(self, maps):
                return pool(maps)

        self.pool = Pool()


class InAList(regressor()):
    def __init__(self, pool):
        super().__init__(pool)
        layers = list(self.layers)
        del self.layers
        self.layers = layers


class LastHidden(regressor()):
    def __init__(self, pool):
        super().__init__(pool)
        *layers, last = self.layers
        self.layers, self.hidden = nn.ModuleList(layers), [last]

    def maps(self, pictures):
        for layer in (*self.layers, *self.hidden):
            pictures = layer(pictures)
        return pictures


class MadeAnew(regressor()):
    def maps(self, pictures):
        for layer in list(self.layers)[:-1]:
            pictures = layer(pictures)
        return nn.Conv2d(8, 2, 3, padding=1)(pictures)


def with_one(number, layer):
    """A class that is right, but for one of its layers."""

    class WithOne(regressor()):
        def __init__(self, pool):
            super().__init__(pool)
            self.layers[number] = layer

    return WithOne


class MapsOpen(regressor()):
    def maps(self, pictures):
        return ...


class PoolForgotten(regressor()):
    def __init__(self, pool):
        super().__init__(pool)
        del self.pool


class Doubled(regressor()):
    def maps(self, pictures):
        return super().maps(2 * pictures)


class ByName(regressor()):
    def maps(self, pictures):
        for layer in self.layers:
            pictures = F.gelu(layer(input=pictures))
        return pictures


class OneTwice(regressor()):
    def maps(self, pictures):
        first, second, _, fourth, fifth = self.layers
        return fifth(fourth(second(second(first(pictures)))))


class Unused(regressor()):
    def __init__(self, pool):
        super().__init__(pool)
        self.more = nn.Linear(2, 2)


class WithoutMaps(nn.Module):
    def __init__(self, pool):
        super().__init__()

    def forward(self, pictures):
        return pictures


class Forgetful(nn.Module):
    def __init__(self, pool):
        self.first = CoordConv2d(1, 8, 1)


class HalfWritten(regressor()):
    def forward(self, pictures):
        return ...


class Silent(regressor()):
    def maps(self, pictures):
        super().maps(pictures)


class SilentForward(regressor()):
    def forward(self, pictures):
        self.pool(self.maps(pictures))


class Heir(LentRegressor):
    pass


class OfTheLibrary(nn.Module):
    def __init__(self, pool):
        super().__init__()
        self.layers, self.pool = regression.build("coordconv")[:-1], pool

    def maps(self, pictures):
        return self.layers(pictures)

    def forward(self, pictures):
        return self.pool(self.maps(pictures))


class PlainWithChannels(InSequence):
    """A plain convolution that is given the coordinates, in CoordConv2d's place."""

    def __init__(self, pool):
        super().__init__(pool)
        self.layers[0] = nn.Conv2d(3, 8, 1)

    def maps(self, pictures):
        n, _, height, width = pictures.shape
        y, x = torch.meshgrid(
            torch.linspace(-1, 1, height), torch.linspace(-1, 1, width), indexing="ij"
        )
        places = torch.stack((x, y)).expand(n, -1, -1, -1)
        return self.layers(torch.cat((pictures, places), 1))


def without(number):
    return [torch.relu if k == number else alike for k in range(4)]


def detached(pool, maps):
    return pool(maps.detach())


RIGHT = {"5.5": [regressor(), InSequence, OneByOne, OfLinearLayers, HandedToAMethod]}

WRONG = {
    "5.5": [
        (regressor(between=[torch.relu] * 4), "between the layers stands a ReLU; as released"),
        (regressor(between=[torch.tanh] * 4), "between the layers stands a tanh"),
        (regressor(between=[F.leaky_relu] * 4), "between the layers stands a leaky ReLU"),
        (regressor(between=[torch.relu] * 4, end=torch.relu), "after each layer stands a ReLU"),
        (regressor(between=without(0)), "after layer 1 stands a ReLU"),
        (regressor(between=without(3)), "after layer 4 stands a ReLU"),
        (regressor(end=torch.relu), "at the end of `maps` stands a ReLU; wanted are the maps"),
        (regressor(end=torch.sigmoid), "at the end of `maps` stands a sigmoid"),
        (regressor(padding_mode="circular"), "beyond the border stand zeros"),
        (regressor(pad=False), "the maps are of 2 × 2 pixels; with 3 × 3 filters it takes"),
        (
            regressor(end=lambda maps: maps.amax((2, 3))),
            "`maps` gives the shape (3, 2); wanted is (3, 2, 6, 6): what is there before the",
        ),
        (
            regressor(end=lambda maps: maps.mT),
            "the maps are not what your five layers, one after the other, make",
        ),
        (
            regressor(end=lambda maps: maps - maps.mean()),
            "after layer 5 stands something that changes the numbers; wanted is nothing there",
        ),
        (regressor(between=[F.gelu] * 4), "after layer 1 stands something that changes"),
        (
            regressor(between=[alike, nn.Dropout(), alike, alike]),
            "after layer 2 stands something that changes the numbers",
        ),
        (ByName, "after layer 1 stands something that changes the numbers"),
        (Doubled, "before layer 1 stands something that changes the numbers"),
        (
            with_one(3, nn.Conv2d(8, 8, 3, padding=1, padding_mode="circular")),
            "layer 4 has `padding_mode='circular'`; beyond the border stand zeros",
        ),
        (
            with_one(3, nn.Conv2d(8, 8, 3, padding=2, dilation=2)),
            "layer 4 has `dilation=(2, 2)`; wanted is 1",
        ),
        (with_one(4, nn.Conv2d(8, 2, 3, 2, 1)), "layer 5 has `stride=(2, 2)`; wanted is 1"),
        (
            with_one(1, nn.Conv2d(8, 8, 1, padding=1)),
            "layer 2 has `padding=(1, 1)`; a 1 × 1 filter needs no padding to keep the size",
        ),
        (
            with_one(0, CoordConv2d(1, 8, 1, padding=1)),
            "layer 1 has `padding=(1, 1)`; a 1 × 1 filter needs no padding to keep the size",
        ),
        (
            with_one(4, nn.Conv2d(8, 2, 3, padding=2)),
            "layer 5 has `padding=(2, 2)`; a 3 × 3 filter needs `padding=1` to keep the size",
        ),
        (MapsOpen, "`maps` gives nothing yet: send the pictures through your layers"),
        (PoolForgotten, "has no attribute 'pool'"),
        (
            regressor(pooled=lambda pool, maps: maps.amax((2, 3))),
            "`forward` doesn't pool with the `pool` that it was handed, it takes the maximum",
        ),
        (
            regressor(pooled=lambda pool, maps: maps.mean((2, 3))),
            "`pool` that it was handed, it takes the mean",
        ),
        (regressor(pooled=lambda pool, maps: maps), "`forward` gives the maps; it forgets to pool"),
        (
            regressor(pooled=lambda pool, maps: pool(maps).sigmoid()),
            "after the pooling stands a sigmoid",
        ),
        (
            regressor(pooled=lambda pool, maps: maps.shape[-1] * pool(maps)),
            "the answers are in pixels; wanted are parts of the canvas",
        ),
        (
            regressor(pooled=lambda pool, maps: pool(maps.relu())),
            "before the pooling stands a ReLU",
        ),
        (
            regressor(pooled=lambda pool, maps: pool(maps)[0]),
            "`forward` gives the shape (2,); wanted is (3, 2)",
        ),
        (
            regressor(pooled=lambda pool, maps: pool(maps) + 1),
            "`maps` is right, but `forward` is not what `pool` makes of them",
        ),
        (regressor(first=nn.Conv2d), "the first layer is a `Conv2d`; wanted is a `CoordConv2d`"),
        (PlainWithChannels, "the first layer is a `Conv2d`; wanted is a `CoordConv2d`"),
        (regressor(others=CoordConv2d), "layer 2 is a `CoordConv2d` as well; only the first one"),
        (regressor(with_r=True, others=CoordConv2d), "layer 2 is a `CoordConv2d` as well"),
        (
            regressor(widths=(1, 8, 8, 8, 2), sizes=(1, 1, 3, 3), between=[alike] * 3),
            "`maps` calls 4 layers; wanted are five, each once",
        ),
        (OneTwice, "`maps` calls 4 layers, 5 times in all; wanted are five, each once"),
        (
            regressor(widths=(1, 8, 8, 8, 8, 1)),
            "your channels go 1 → 8 → 8 → 8 → 8 → 1; they should go 1 → 8 → 8 → 8 → 8 → 2",
        ),
        (regressor(widths=(1, 16, 8, 8, 8, 2)), "your channels go 1 → 16 → 8"),
        (regressor(widths=(3, 8, 8, 8, 8, 2)), "in `maps` layer 1 takes 3 channels and gets 1"),
        (
            regressor(sizes=(1, 1, 1, 1, 3)),
            "layer 4 has filters of 1 × 1; wanted are 3 × 3",
        ),
        (regressor(sizes=(3, 1, 1, 3, 3)), "layer 1 has filters of 3 × 3; wanted are 1 × 1"),
        (regressor(bias=False), "you have 872 parameters; wanted are 906"),
        (Unused, "you have 912 parameters; wanted are 906: five layers, each with its bias"),
        (InAList, "the network doesn't know 5 of the layers that `maps` goes through"),
        (LastHidden, "the network doesn't know 1 of the layers that `maps` goes through"),
        (MadeAnew, "`maps` makes a convolution anew in each call"),
        (regressor(base=object), "the class is no network"),
        (WithoutMaps, "the network has no method `maps`"),
        (Forgetful, "cannot assign module"),
        (HalfWritten, "`maps` is right; `forward` gives nothing yet"),
        (Silent, "maps returned None; is its `return` missing?"),
        (SilentForward, "forward returned None; is its `return` missing?"),
        (regressor(pooled=detached), "the answers are right, but nothing can be learnt from them"),
        (
            regressor(end=lambda maps: maps.detach()),
            "the answers are right, but nothing can be learnt from them",
        ),
        (
            regressor(between=(alike, lambda value: value.detach(), alike, alike)),
            "the answers are right, but no gradient reaches `layers.0.weight`",
        ),
        (lambda pool: regressor()(pool), "the answer is a function; wanted is a class"),
        (regressor()(alike), "the answer is a Regressor; wanted is a class"),
        (Heir, "the course's own class for this exercise did the work"),
        (OfTheLibrary, "the course's own function for this exercise did the work"),
    ]
}
