"""What a network looks at: how much its answer changes where a part of the picture is hidden."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from coordlib import checks

_AT_ONCE = 256  # pictures with a hidden patch that go through the network together


def total_variation(logits: Tensor, others: Tensor) -> Tensor:
    """How far two distributions are apart, from logits (n, outcomes) each: (n,), from 0 to 1.

    Half the sum of |p - q| over the outcomes: the largest change in the probability of any event.
    """
    return (logits.softmax(1) - others.softmax(1)).abs().sum(1) / 2


@torch.inference_mode()
def saliency(
    network: Callable[[Tensor], Tensor],
    pictures: Tensor,
    size: int = 8,
    stride: int = 4,
    change: Callable[[Tensor, Tensor], Tensor] = total_variation,
) -> Tensor:
    """How much the output f changes where a patch is hidden: float32, (n, height, width).

    A patch of `size` × `size` pixels is hidden by its own mean, channel by channel. At pixel p

        S(p) = mean over all patches P with p in P of change(f(x), f(x with P hidden))

    After the occlusion experiments of Zeiler & Fergus (2014, section 4.2), which slide a grey
    square over a picture. Where a patch is even, its mean hides nothing, and S says nothing of it.

    network: from pictures (m, channels, height, width) to outputs (m, …), here to logits; used in
        the mode that it is in, up to 256 pictures at once.
    pictures: (n, channels, height, width), of any number format, where the network is.
    stride: from patch to patch, 1 to `size`; the last ones of a row and a column end at the border.
    change: from outputs (m, …) and as many others to (m,), at least 0.

    Raises ValueError for another shape or number, and where network or change give another shape.
    """
    if pictures.ndim != 4 or 0 in pictures.shape:
        raise ValueError(
            f"pictures got shape {tuple(pictures.shape)}; it takes (n, channels, height, width), "
            "each at least 1"
        )
    height, width = pictures.shape[2:]
    checks.whole_number("size", size, 1, min(height, width))
    checks.whole_number("stride", stride, 1, size)
    patches = _patches(height, width, size, stride).to(pictures.device)
    means = torch.einsum("nchw,phw->npc", pictures.float(), patches.float()) / size**2
    if not pictures.is_floating_point():
        means = means.round()
    means = means.to(pictures.dtype)[..., None, None]

    changes = []
    for picture, fill in zip(pictures, means, strict=True):
        output = _outputs(network, picture[None])
        for some, greys in zip(patches.split(_AT_ONCE), fill.split(_AT_ONCE), strict=True):
            hidden = _outputs(network, torch.where(some[:, None], greys, picture))
            changed = change(output.expand_as(hidden), hidden)
            if changed.shape != hidden.shape[:1]:
                raise ValueError(
                    f"change gave shape {tuple(changed.shape)} for outputs "
                    f"{tuple(hidden.shape)}; it takes one that gives ({len(hidden)},)"
                )
            changes.append(changed.float())
    covering = patches.float() / patches.sum(0)
    return torch.einsum("np,phw->nhw", torch.cat(changes).view(len(pictures), -1), covering)


def _patches(height: int, width: int, size: int, stride: int) -> Tensor:
    """Which pixels each patch covers: boolean, (patches, height, width), row by row."""
    rows, columns = (
        torch.tensor(
            [
                [start <= place < start + size for place in range(length)]
                for start in sorted({*range(0, length - size, stride), length - size})
            ]
        )
        for length in (height, width)
    )
    return (rows[:, None, :, None] & columns[None, :, None, :]).flatten(0, 1)


def _outputs(network: Callable[[Tensor], Tensor], pictures: Tensor) -> Tensor:
    """What the network gives. Raises ValueError for anything but a tensor with a row a picture."""
    outputs = network(pictures)
    if not isinstance(outputs, Tensor) or outputs.ndim < 1 or len(outputs) != len(pictures):
        got = tuple(outputs.shape) if isinstance(outputs, Tensor) else type(outputs).__name__
        raise ValueError(
            f"network gave {got} for {len(pictures)} pictures; it takes one that gives a tensor "
            "with a row for each"
        )
    return outputs
