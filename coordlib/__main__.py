"""The front door: `coordlib` and `python -m coordlib`."""

from __future__ import annotations

import sys
from collections.abc import Callable

from coordlib import terminal


def main() -> int:
    """Run the command line with the process's own words; returns the exit code."""
    return terminal.run(_load)


def _load() -> Callable[[], int]:
    from coordlib import cli  # torch comes with it: seconds, in which somebody may press Ctrl-C

    return cli.main


if __name__ == "__main__":
    sys.exit(main())
