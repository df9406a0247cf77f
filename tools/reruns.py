"""Run every cell of the notebooks again, in order and in reverse: part of `make nightly`.

A student goes back and forth in a notebook: no cell may fail because a later one has run. Each
notebook is run in one kernel, then all its cells once more from the top and once more from the
bottom; unsolved and solved, with live trainings of one epoch.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from tools import notebooks, rules, stamps


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for and print each cell that fails; the exit code is 1 if one does."""
    parser = argparse.ArgumentParser(prog="python -m tools.reruns", description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, metavar="NOTEBOOK", help="(default: all)")
    failed = False
    for path in parser.parse_args(arguments).paths or stamps.notebooks():
        notebook = nbformat.read(path, as_version=4)
        for state, one in (("unsolved", notebook), ("solved", notebooks.solve(notebook))):
            complaints = 0
            for complaint in failures(one, path.parent):
                complaints += 1
                print(f"{path.name}, {state}, {complaint}", flush=True)
            failed = failed or complaints > 0
            print(f"{path.name}, {state}: {complaints} failed", flush=True)
    return int(failed)


def failures(notebook: NotebookNode, folder: Path) -> Iterator[str]:
    """What fails when `notebook`, which lies in `folder`, is run, rerun, and rerun in reverse.

    Each is a line: the pass, the cell by its number and first line, the error.
    """
    cells = list(rules.code_cells(notebook))
    passes = {"first run": cells, "again from the top": cells, "in reverse": cells[::-1]}
    with (
        notebooks.a_students_kernel(notebook, folder) as (client, environment),
        client.setup_kernel(env={**environment, "COORDLIB_EPOCHS": "1"}),
    ):
        for name, order in passes.items():
            for cell_name, cell in order:
                try:
                    client.execute_cell(cell, notebook.cells.index(cell))
                except CellExecutionError as error:
                    yield f"{name}, {cell_name}: {error.ename}: {error.evalue}"
                except (CellTimeoutError, DeadKernelError) as error:  # nothing runs after it
                    yield f"{name}, {cell_name}: {error}"
                    return


if __name__ == "__main__":
    sys.exit(main())
