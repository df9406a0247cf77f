"""Two networks, one position to drag: where does each of them see it, or what does it paint?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor, nn

from coordlib import networks, plots
from coordlib.datasets import Split, squares
from coordlib.metrics import overlaps
from coordlib.tasks import classification, rendering
from coordlib.widgets.base import DARK, Widget, ink, source


class Probe(Widget):
    """Drag a position over the canvas and see what each network makes of it.

    That is the probability of each pixel, or, with `paints`, a picture of the square. The networks
    run in the browser, from weights handed over once; no kernel is asked.

    >>> Probe({"Conv": deconv, "CoordConv": coordconv}, split)
    """

    _esm = source("common.js", "network.js", "probe.js")

    canvas = traitlets.Int().tag(sync=True)
    square = traitlets.Int().tag(sync=True)
    held_out = traitlets.Bytes().tag(sync=True)
    hatching = traitlets.Unicode(plots.HATCHING).tag(sync=True)
    paints = traitlets.Bool().tag(sync=True)
    x = traitlets.Int().tag(sync=True)
    y = traitlets.Int().tag(sync=True)
    # For each network its name, colour and layers; where the layers' weights begin is in them.
    networks = traitlets.List().tag(sync=True)
    weights = traitlets.Bytes().tag(sync=True)

    def __init__(
        self,
        networks: Mapping[str, nn.Module],
        split: Split,
        *,
        position: tuple[int, int] | None = None,
        paints: bool = False,
    ) -> None:
        """Show networks of `tasks.classification`, or of `tasks.rendering`, side by side.

        networks: name to network, "deconv" or "coordconv"; one that paints must be of 1 × 1 filters
            and without a softmax. A name that begins with "CoordConv" has that side's colour.
        split: its test positions are hatched, and its square is the one to drag.
        position: where to start, (x, y); by default a test position, amid the others.
        paints: whether the networks are those of `tasks.rendering`, trained with the loss
            "sigmoid": where their value is above 0, the pixel is painted.

        Raises TypeError for a network that cannot be handed over, ValueError for a position whose
        square leaves the canvas.
        """
        exported = []
        weights = Weights()
        for name, network in networks.items():
            if isinstance(network, rendering.TwoStepPainter) and not paints:
                raise TypeError("networks got a TwoStepPainter; it takes it with paints=True")
            colour = plots.COORDCONV if name.startswith("CoordConv") else plots.CONV
            exported.append({"name": name, "colour": colour, "layers": layers(network, weights)})
        middle = split.test[(split.test - split.test.float().mean(0)).norm(dim=1).argmin()]
        x, y = middle.tolist() if position is None else position
        reach = split.square // 2
        if not all(reach <= each < split.canvas - reach for each in (x, y)):
            raise ValueError(
                f"position got {(x, y)}; it takes columns and rows from {reach} to "
                f"{split.canvas - reach - 1}, where the whole square is on the canvas"
            )
        super().__init__(
            canvas=split.canvas,
            square=split.square,
            held_out=split.held_out.astype(np.uint8).tobytes(),
            paints=paints,
            x=x,
            y=y,
            networks=exported,
            weights=weights.bytes(),
        )
        self._split = split
        self._networks = dict(networks)

    def __repr__(self) -> str:
        return f"Probe({', '.join(self._networks)})"

    def _maps(self) -> list[Tensor]:
        """For each network a value from 0 to 1 for every pixel: float32, (canvas, canvas)."""
        position = torch.tensor([[self.x, self.y]])
        seen = rendering.paintings if self.paints else classification.probability_maps
        return [seen(network, position)[0].cpu() for network in self._networks.values()]

    def alt(self) -> str:
        does = "what each network paints there" if self.paints else "where each network sees it"
        words = [f"The position (x, y) = ({self.x}, {self.y}), and {does}."]
        true = squares(torch.tensor([[self.x, self.y]]), self.canvas, self.square)
        for name, values in zip(self._networks, self._maps(), strict=True):
            if self.paints:
                overlap = overlaps(values[None, None] - 0.5, true).item()
                words.append(f"{name}: overlap with the square (IOU) ≈ {overlap:.2f}.")
            else:
                words.append(f"{name}: probability of that pixel ≈ {values[self.y, self.x]:.3f}.")
        return " ".join(words)

    def still(self) -> Figure:
        maps = self._maps()
        fig, panels = plots.figure(columns=1 + len(maps), width=2.6 * (1 + len(maps)), height=3.0)
        truth = np.zeros((self.canvas, self.canvas))
        first = self.square // 2
        top, left = self.y - first, self.x - first
        truth[top : top + self.square, left : left + self.square] = 1
        plots.show_canvas(panels[0], truth, f"the square at ({self.x}, {self.y})", largest=1.6)
        plots.hatch(panels[0], self._split.held_out, truth > 0)
        for axes, shown, values in zip(panels[1:], self.networks, maps, strict=True):
            drawn = (values if self.paints else values.sqrt()).numpy()
            plots.show_canvas(axes, drawn, shown["name"], largest=1, ink=ink(shown["colour"]))
            plots.hatch(axes, self._split.held_out, drawn > DARK)
            plots.outline_square(axes, self.x, self.y, self.square)
        return fig


class Weights:
    """Float32 numbers of many tensors in a row."""

    def __init__(self) -> None:
        self._parts: list[np.ndarray] = []
        self._length = 0

    def add(self, tensor: Tensor) -> int:
        """Append a tensor; the number of floats before it."""
        start = self._length
        self._parts.append(tensor.detach().cpu().float().contiguous().numpy().ravel())
        self._length += tensor.numel()
        return start

    def bytes(self) -> bytes:
        """All of them, 4 bytes each."""
        return np.concatenate(self._parts).tobytes()


def layers(network: nn.Module, weights: Weights) -> list[dict[str, Any]]:
    """The network as the list of layers that network.js computes; its weights go to `weights`.

    Pixels are stored one after the other, each with all its channels. BatchNorm, which in use is
    only a factor and an addend for each channel, is folded into the layer before it.
    """
    made: list[dict[str, Any]] = []
    modules: list[nn.Module] = []
    if isinstance(network, rendering.TwoStepPainter):
        if network.sharpen:
            raise TypeError(
                "networks got one with a softmax between its halves; it takes sharpen=0"
            )
        modules = list(network.draw)
        network = network.centre
    if isinstance(network, networks.CoordConvPainter):
        size = network.canvas
        bias = network.first.position_bias(size, size)
        first = network.first.feature_weight.flatten(1)
        made.append(
            {
                "kind": "position_bias",
                "size": size,
                "out": first.shape[0],
                "weight": weights.add(first),
                "bias": weights.add(bias.flatten(-2).reshape(first.shape[0], -1).T),
            }
        )
    elif not isinstance(network, networks.Decoder):
        raise TypeError(
            f"networks got a {type(network).__name__}; it takes the networks 'deconv' and "
            "'coordconv' of tasks.classification and tasks.rendering"
        )
    for module in (*network.layers, *modules):
        if isinstance(module, nn.ReLU):
            made[-1]["relu"] = True
        elif isinstance(module, networks.Doubling):
            made.append({"kind": "doubling", "module": module})
        elif isinstance(module, nn.Conv2d) and module.kernel_size == (1, 1):
            made.append({"kind": "pixelwise", "module": module})
        elif isinstance(module, nn.BatchNorm2d):
            made[-1]["norm"] = module
        else:
            raise TypeError(f"networks got one with {module}, which the probe cannot compute")
    for layer in made:
        if "module" in layer:
            _fold(layer, weights)
    scale = 2 / (network.input.canvas - 1) if network.input.inputs == "scaled" else 1.0
    shift = -1.0 if network.input.inputs == "scaled" else 0.0
    return [{"kind": "input", "scale": scale, "shift": shift}, *made]


def _fold(layer: dict[str, Any], weights: Weights) -> None:
    module, norm = layer.pop("module"), layer.pop("norm", None)
    if layer["kind"] == "doubling":
        kernel = module.weight.permute(2, 3, 1, 0)  # (row, column, out, in)
        layer |= {"filter": module.kernel_size[0], "padding": module.padding[0]}
    else:
        kernel = module.weight[:, :, 0, 0]  # (out, in)
    bias = module.bias
    if norm is not None:
        factor = norm.weight / (norm.running_var + norm.eps).sqrt()
        kernel = kernel * factor[:, None]
        bias = (bias - norm.running_mean) * factor + norm.bias
    layer |= {
        "in": module.in_channels,
        "out": module.out_channels,
        "weight": weights.add(kernel),
        "bias": weights.add(bias),
    }
