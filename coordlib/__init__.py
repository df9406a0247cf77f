"""coordlib: the small library under the CoordConv course.

Its rooms, from the ground floor up: `layers`, `datasets`, `metrics`, `recipes`, `storage` and
`allocator`; then `tasks`; then `training`, `records` and `benchmarks`; then `recording` and
`plots`; then `widgets` and `exercises`; and the command line, `cli`, on top. A file imports only
from floors below its own.
"""

__version__ = "0.1.0"
