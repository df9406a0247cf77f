"""coordlib: the small library under the CoordConv course.

Its rooms, from the ground floor up: `checks`, `terminal` and `fields`; `layers`, `datasets`,
`metrics`, `statistics`, `recipes`, `settings`, `experiment`, `storage` and `allocator`; then
`networks`, `splits` and `conversion`; `tasks`; `training` and `records`; `recording`, `plans`,
`plots` and `benchmarks`; then `widgets`, `exercises`, `sweeps` and `claims`; and the command line,
`cli`, on top. A file imports only from floors below its own.
"""

__version__ = "0.1.0"
