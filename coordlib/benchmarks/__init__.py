"""What things cost on this machine: a file each subject of `coordlib bench`.

`clock` and `memory` have what they share. A new subject gives what times it, a table and its
options.
"""

from coordlib.benchmarks.broadcast import (
    add_broadcast,
    broadcast_table,
    shipped_broadcast,
    time_broadcast,
)
from coordlib.benchmarks.layers import add_layers, layers_table, shipped_layers, time_layers
from coordlib.benchmarks.together import (
    add_together,
    shipped_together,
    time_together,
    together_table,
)

__all__ = [
    "add_broadcast",
    "add_layers",
    "add_together",
    "broadcast_table",
    "layers_table",
    "shipped_broadcast",
    "shipped_layers",
    "shipped_together",
    "time_broadcast",
    "time_layers",
    "time_together",
    "together_table",
]
