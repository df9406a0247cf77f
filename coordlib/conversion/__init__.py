"""Networks and weights that are there already, made to use CoordConv layers, and made ready to go.

`swapping` turns a network's convolutions into CoordConv layers, `weights` loads what other people's
code has trained and trains a layer's two parts apart, `folding` makes ordinary convolutions of
CoordConv layers for inputs of one size.
"""

from coordlib.conversion.folding import FoldedCoordConv, fold, fold_network
from coordlib.conversion.swapping import Conversion, convert, tell_places
from coordlib.conversion.weights import join_weight, load_port, split_weight

__all__ = [
    "Conversion",
    "FoldedCoordConv",
    "convert",
    "fold",
    "fold_network",
    "join_weight",
    "load_port",
    "split_weight",
    "tell_places",
]
