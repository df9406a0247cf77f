"""Answers for notebook 08's workshop: a decoder that paints each pixel for itself."""

import torch
from torch import nn
from torch.nn import functional as F

from coordlib.exercises.broadcasting import broadcast
from coordlib.exercises.decoding import BroadcastDecoder as LentDecoder
from coordlib.layers import CoordConv2d


def decoder(
    channels=lambda latents, width: (latents + 2, width, width, width, 3),
    start=broadcast,
    between=(torch.relu,) * 3,
    end=lambda logits: logits,
    side=lambda side: side,
    base=nn.Module,
    **options,
):
    """A class that is right, but for what is changed."""

    class Decoder(base):
        def __init__(self, latents, side_, width):
            super().__init__()
            self.side = side(side_)
            widths = channels(latents, width)
            pairs = zip(widths, widths[1:], strict=False)
            self.layers = nn.ModuleList(
                nn.Conv2d(*pair, **{"kernel_size": 1, **options}) for pair in pairs
            )

        def forward(self, latents):
            value = start(latents, self.side)
            for layer, then in zip(self.layers, (*between, end), strict=True):
                value = then(layer(value))
            return value

    return Decoder


class InSequence(nn.Sequential):
    def __init__(self, latents, side, width):
        super().__init__(
            nn.Conv2d(latents + 2, width, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, 3, 1),
        )
        self.side = side

    def forward(self, latents):
        return super().forward(broadcast(latents, self.side))


class OfLinearLayers(nn.Module):
    """Another right form: a 1 × 1 convolution is a linear layer at each pixel."""

    def __init__(self, latents, side, width):
        super().__init__()
        self.last = nn.Linear(width, 3)  # in another order than they are used
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(2))
        self.first = nn.Linear(latents + 2, width)
        self.side = side

    def forward(self, latents):
        value = self.first(broadcast(latents, self.side).movedim(1, -1))
        for layer in self.hidden:
            value = layer(F.relu(value))
        return self.last(F.relu(value)).movedim(-1, 1)


class PictureByPicture(decoder()):
    def forward(self, latents):
        return torch.cat([super(PictureByPicture, self).forward(one[None]) for one in latents])


class LayerAlone(decoder()):
    """Too wide a first layer, which is given pictures one by one, without an axis for them."""

    def __init__(self, latents, side, width):
        super().__init__(latents + 1, side, width)

    def forward(self, latents):
        return torch.stack([self.layers[0](one) for one in broadcast(latents, self.side)])


class OfCoordConv(nn.Module):
    def __init__(self, latents, side, width):
        super().__init__()
        self.side = side
        self.first = CoordConv2d(latents, width, 1)
        self.second, self.third = (nn.Conv2d(width, width, 1) for _ in range(2))
        self.fourth = nn.Conv2d(width, 3, 1)

    def forward(self, latents):
        value = latents[:, :, None, None].expand(-1, -1, self.side, self.side)
        for layer in (self.first, self.second, self.third):
            value = layer(value).clamp(min=0)
        return self.fourth(value)


class OneLayerTwice(decoder()):
    def forward(self, latents):
        first, second, _, last = self.layers
        value = second(first(broadcast(latents, self.side)).relu()).relu()
        return last(second(value).relu())


class Shared(OfLinearLayers):
    def __init__(self, latents, side, width):
        super().__init__(latents, side, width)
        self.hidden[1] = self.hidden[0]


class OfParameters(decoder()):
    """Right numbers, but by functions and not by layers."""

    def forward(self, latents):
        value = broadcast(latents, self.side)
        for layer in list(self.layers)[:-1]:
            value = F.conv2d(value, layer.weight, layer.bias).relu()
        return F.conv2d(value, self.layers[-1].weight, self.layers[-1].bias)


class Transposed(InSequence):
    def __init__(self, latents, side, width):
        super().__init__(latents, side, width)
        for number, layer in enumerate(self):
            if isinstance(layer, nn.Conv2d):
                self[number] = nn.ConvTranspose2d(layer.in_channels, layer.out_channels, 1)


class Lazy(InSequence):
    def __init__(self, latents, side, width):
        super().__init__(latents, side, width)
        self[0] = nn.LazyConv2d(width, 1)


class InAList(decoder()):
    def __init__(self, latents, side, width):
        super().__init__(latents, side, width)
        layers = list(self.layers)
        del self.layers
        self.layers = layers


class OneHidden(decoder()):
    def __init__(self, latents, side, width):
        super().__init__(latents, side, width)
        first, *self.rest = self.layers
        self.layers = nn.ModuleList([first])

    def forward(self, latents):
        value = self.layers[0](broadcast(latents, self.side))
        for layer in self.rest:
            value = layer(value.relu())
        return value


class MadeAnew(decoder()):
    def forward(self, latents):
        value = broadcast(latents, self.side)
        for layer in list(self.layers)[:-1]:
            value = layer(value).relu()
        return nn.Conv2d(value.shape[1], 3, 1)(value)


class BeginningAt0(decoder()):
    def __init__(self, latents, side, width):
        super().__init__(latents, side, width)
        for each in self.parameters():
            nn.init.zeros_(each)


class Frozen(decoder()):
    def __init__(self, latents, side, width):
        super().__init__(latents, side, width)
        self.layers[1].requires_grad_(False)


class Unused(decoder()):
    def __init__(self, latents, side, width):
        super().__init__(latents, side, width)
        self.more = nn.Linear(latents, width)


class OfOneSize(decoder()):
    def __init__(self, latents, side, width):
        super().__init__(8, 32, 32)


class WidthWritten(OfLinearLayers):
    def __init__(self, latents, side, width):
        super().__init__(latents, side, width)
        self.hidden[0] = nn.Linear(32, width)


class Forgetful(decoder()):
    def __init__(self, latents, side, width):
        self.first = nn.Conv2d(latents + 2, width, 1)


class Heir(LentDecoder):
    pass


class WithoutForward(nn.Module):
    def __init__(self, latents, side, width):
        super().__init__()


class Silent(decoder()):
    def forward(self, latents):
        super().forward(latents)


def without(number):
    return [(lambda value: value) if k == number else torch.relu for k in range(3)]


def joined(change):
    """Other channels, from the right ones: copies, x, y."""

    def start(latents, side):
        channels = broadcast(latents, side)
        return torch.cat(change(*channels.split([latents.shape[1], 1, 1], 1)), 1)

    return start


def copied(latents, side):
    return latents[:, :, None, None].expand(-1, -1, side, side)


def detached(latents, side):
    return broadcast(latents.detach(), side)


RIGHT = {"8.3": [decoder(), InSequence, OfLinearLayers, OfCoordConv]}

NO_MODULE = "the class is no network: it begins with `class BroadcastDecoder(nn.Module):`"
OTHERS = "the layers don't get what `broadcast` gives: "
LEARNT = "the logits are right, but nothing can be learnt from them"

WRONG = {
    "8.3": [
        (decoder(between=[lambda value: value] * 3), "no ReLU stands between the layers"),
        (decoder(between=without(0)), "there is no ReLU after layer 1"),
        (decoder(between=without(2)), "there is no ReLU after layer 3"),
        (decoder(between=[F.leaky_relu] * 3), "another function than ReLU"),
        (decoder(between=[torch.sigmoid] * 3), "another function than ReLU"),
        (decoder(end=torch.relu), "at the end stands a ReLU; wanted are logits"),
        (decoder(end=torch.sigmoid), "at the end stands a sigmoid; wanted are logits"),
        (decoder(end=torch.tanh), "at the end stands a tanh; wanted are logits"),
        (decoder(kernel_size=3, padding=1), "filters are 3 × 3; only with 1 × 1 is each pixel"),
        (
            decoder(lambda latents, width: (latents, width, width, width, 3), copied),
            "the first layer gets the latent alone; `broadcast` gives it two coordinates more",
        ),
        (
            decoder(lambda latents, width: (latents + 2, width, width, 3), between=(F.relu,) * 2),
            "`forward` calls 3 layers of `Conv2d`; wanted are four, each called once",
        ),
        (
            decoder(lambda latents, width: (latents + 2, *[width] * 4, 3), between=(F.relu,) * 4),
            "`forward` calls 5 layers of `Conv2d`; wanted are four",
        ),
        (PictureByPicture, "`forward` calls 4 layers of `Conv2d`, 12 times in all; wanted are"),
        (OneLayerTwice, "`forward` calls 3 layers of `Conv2d`, 4 times in all; wanted are four"),
        (Shared, "`forward` calls 3 layers of `Linear`, 4 times in all; wanted are four"),
        (OfParameters, "`forward` calls 0 layers of `nn.Conv2d`; wanted are four, each called"),
        (Transposed, "`forward` calls 0 layers of `nn.Conv2d`; wanted are four, each called once"),
        (Lazy, "layer 1 is a lazy one: its weights aren't there before the first call"),
        (
            decoder(lambda latents, width: (latents + 2, 32, 32, 32, 3)),
            "a width of 16 your channels are 7 → 32 → 32 → 32 → 3; wanted are 7 → 16 → 16 → 16 → 3",
        ),
        (
            decoder(lambda latents, width: (latents + 2, width, width, width, 1)),
            "your channels are 7 → 16 → 16 → 16 → 1",
        ),
        (decoder(bias=False), "you have 672 parameters; wanted are 723: four layers, each with"),
        (InAList, "the network doesn't know 4 of the layers that `forward` goes through"),
        (OneHidden, "the network doesn't know 3 of the layers that `forward` goes through"),
        (MadeAnew, "`forward` makes a convolution anew in each call"),
        (BeginningAt0, "all weights and biases are 0 at first"),
        (Unused, "you have 819 parameters; wanted are 723"),
        (
            OfOneSize,
            "with 5 latent numbers and a width of 16 layer 1 takes 10 channels and gets 7",
        ),
        (
            decoder(lambda latents, width: (8 + 2, width, width, width, 3)),
            "a width of 16 layer 1 takes 10 channels and gets 7",
        ),
        (decoder(start=copied), "layer 1 takes 7 channels and gets 5"),
        (LayerAlone, "layer 1 takes 8 channels and gets 7"),
        (WidthWritten, "layer 2 takes 32 channels and gets 16"),
        (decoder(start=lambda latents, side: latents), "Expected 3D (unbatched) or 4D (batched)"),
        (decoder(side=lambda side: 32), "has shape (3, 3, 32, 32); wanted is (3, 3, 6, 6)"),
        (decoder(end=lambda logits: logits.mean((2, 3))), "has shape (3, 3); wanted is (3, 3, 6"),
        (decoder(end=lambda logits: logits[0]), "has shape (3, 6, 6); wanted is (3, 3, 6, 6)"),
        (
            decoder(start=joined(lambda copies, x, y: (copies, y, x))),
            f"{OTHERS}x and y are swapped",
        ),
        (
            decoder(end=lambda logits: logits.transpose(2, 3)),
            "comes first; or rows and columns of what comes out are swapped",
        ),
        (
            decoder(end=lambda logits: logits.flip(2)),
            "where y is -1; or rows and columns of what comes out are swapped or turned over",
        ),
        (Frozen, "the logits are right, but `layers.1.weight` can't learn: its `requires_grad` is"),
        (
            decoder(start=joined(lambda copies, x, y: (copies, x / 2 + 0.5, y / 2 + 0.5))),
            f"{OTHERS}the coordinates go from 0 to 1",
        ),
        (
            decoder(start=joined(lambda copies, x, y: (x, y, copies))),
            f"{OTHERS}the coordinates stand before the latent",
        ),
        (
            decoder(start=joined(lambda copies, x, y: (copies[:1].expand_as(copies), x, y))),
            f"{OTHERS}the first latent stands in all examples",
        ),
        (
            decoder(end=lambda logits: logits - logits.mean()),
            "the logits are not what your four layers, with ReLU between them, make of what",
        ),
        (decoder(end=lambda logits: logits.detach()), LEARNT),
        (decoder(end=lambda logits: logits.tolist()), LEARNT),
        (decoder(start=detached), "the logits are right, but no gradient reaches the latents"),
        (
            decoder(between=(lambda value: value.detach().relu(), torch.relu, torch.relu)),
            "the logits are right, but no gradient reaches the latents",
        ),
        (decoder(base=object), "the class is no network"),
        (dict, "TypeError"),
        (Forgetful, "cannot assign module"),
        (WithoutForward, 'is missing the required "forward" function'),
        (Silent, "forward returned None; is its `return` missing?"),
        (
            decoder()(8, 32, 32),
            "the answer is a Decoder; wanted is a class, by its name and without",
        ),
        (lambda *sizes: decoder()(*sizes), "the answer is a function; wanted is a class"),
        (Heir, "the course's own class for this exercise did the work"),
    ]
}
