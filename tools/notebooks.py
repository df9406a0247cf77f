"""Run and stamp the course's notebooks: `python -m tools.notebooks --help`."""

from __future__ import annotations

import argparse
import contextlib
import copy
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from tools import glossary, rules, stamps

CELL_TIMEOUT = 3600  # seconds: for a cell that hangs, not for a machine that is slow
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
KEPT_METADATA = {"tags", "coordlib", *rules.FOLDED}


class NotebookError(Exception):
    """A notebook could not be run or its outputs must not be saved; says which and where."""


def execute(path: Path) -> tuple[NotebookNode, float]:
    """Run the notebook at `path` in a fresh kernel, as a student with an empty home would.

    Returns it with its outputs, and the seconds it took, the kernel's start included. Raises
    NotebookError naming notebook and cell if a cell fails or takes more than CELL_TIMEOUT.
    """
    notebook = nbformat.read(path, as_version=4)
    stamps.stamp_notebook(notebook, path.name)
    _clear(notebook)
    reached = 0

    def note(cell: NotebookNode, cell_index: int) -> None:
        nonlocal reached
        reached = cell_index

    with a_students_kernel(notebook, path.parent, on_cell_start=note) as (client, environment):
        start = time.perf_counter()
        try:
            client.execute(env=environment)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            raise NotebookError(f"{path.name}, cell {reached + 1}: {error}") from None
    return notebook, time.perf_counter() - start


@contextlib.contextmanager
def a_students_kernel(
    notebook: NotebookNode, folder: Path, **options: Any
) -> Iterator[tuple[NotebookClient, dict[str, str]]]:
    """A client that runs `notebook` as if it lay in `folder`, and its kernel's environment.

    The home that the environment names is empty, and gone afterwards.
    """
    client = NotebookClient(
        notebook,
        kernel_name=KERNEL["name"],
        timeout=CELL_TIMEOUT,
        record_timing=False,
        store_widget_state=False,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],  # no words about its own transport
        resources={"metadata": {"path": str(folder)}},
        **options,
    )
    with tempfile.TemporaryDirectory() as home:
        yield (
            client,
            {
                **os.environ,
                "COORDLIB_HOME": f"{home}/coordlib",
                "IPYTHONDIR": f"{home}/ipython",  # nobody's own start-up files
                "PYTHONHASHSEED": "0",
            },
        )


def normalise(notebook: NotebookNode) -> None:
    """Take out, in place, what differs from machine to machine and from run to run.

    Kept are sources, tags, counts, texts and pictures. A widget's view goes where something else
    shows the same output; what was printed in pieces is joined. Cell ids follow from the cells'
    contents, so that a cell rewritten by a script keeps its id and a new one moves no other.
    """
    notebook.metadata.pop("widgets", None)
    notebook.metadata.kernelspec = dict(KERNEL)
    notebook.metadata.language_info = {"name": "python"}
    ids = set()
    for cell in notebook.cells:
        cell.id = _id(cell, ids)
        cell.metadata = {key: cell.metadata[key] for key in cell.metadata if key in KEPT_METADATA}
        joined = []
        outputs = cell.get("outputs", [])
        for output, following in zip_longest(outputs, outputs[1:], fillvalue={}):
            data = output.get("data", {})
            still = rules.STILL_STYLE.search(following.get("data", {}).get("text/html", ""))
            if list(data) == [rules.WIDGET_VIEW] and still:
                continue
            if len(data) > 1:
                data.pop(rules.WIDGET_VIEW, None)
            if "text/html" in data:  # without a view there is nothing to hide
                data["text/html"] = rules.STILL_STYLE.sub("", data["text/html"])
            # The kernel sends what is printed in as many pieces as its timing gives.
            if joined and output.get("name", "") == joined[-1].get("name"):
                joined[-1].text += output.text
            else:
                joined.append(output)
        if cell.cell_type == "code":
            cell.outputs = joined
    notebook.nbformat, notebook.nbformat_minor = 4, 5


def run(path: Path) -> bool:
    """Run the notebook at `path` and save it, normalised and stamped; says whether it changed.

    Raises NotebookError if it fails or its outputs hold what must not be saved.
    """
    notebook, seconds = execute(path)
    own = notebook.metadata.setdefault("coordlib", {})
    own["seconds"] = settle(seconds, own.get("seconds"))
    stamps.stamp_notebook(notebook, path.name)
    normalise(notebook)
    if complaints := rules.residue(notebook):
        raise NotebookError("\n".join(f"{path.name}, {complaint}" for complaint in complaints))
    return _write(path, nbformat.writes(notebook) + "\n")


def solve(notebook: NotebookNode) -> NotebookNode:
    """A copy of `notebook`, not yet run, of a student who solved every exercise.

    The stub's source becomes the solution's without its first line and its last one, the check.
    """
    solved = copy.deepcopy(notebook)
    solutions = rules.exercise_cells(solved, "solution")
    for exercise, position in rules.exercise_cells(solved, "exercise").items():
        solution = solved.cells[solutions[exercise]].source.strip().splitlines()
        solved.cells[position].source = "\n".join(solution[1:-1]).rstrip()
    _clear(solved)
    return solved


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line with `arguments` (default: the process's own); returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.notebooks", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add = commands.add_parser
    one = add("run", help="run notebooks (default: all), save their outputs, stamp the minutes")
    one.add_argument("paths", nargs="*", type=Path, metavar="NOTEBOOK")
    one.set_defaults(action=lambda options: _run(options.paths or stamps.notebooks()))
    one = add("check", help="verify, without running anything, that all stamps are up to date")
    one.set_defaults(action=lambda options: _stamp(check=True))
    one = add("stamp", help="bring the stamps up to date after an edit of text")
    one.set_defaults(action=lambda options: _stamp(check=False))
    one = add("colab", help="stamp the course's public address into setup cells and badges")
    one.add_argument("repository", metavar="OWNER/NAME")
    one.set_defaults(action=lambda options: _colab(options.repository))
    options = parser.parse_args(arguments)
    try:
        return options.action(options)
    except (NotebookError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _run(paths: list[Path]) -> int:
    for path in paths:
        print(f"{path.name}: ", end="", flush=True)
        print("saved" if run(path) else "unchanged")
    return _stamp(check=False)


def _stamp(*, check: bool) -> int:
    stale = []
    texts = {stamps.README: stamps.stamp_readme(stamps.README.read_text(encoding="utf-8"))}
    for path in stamps.notebooks():
        notebook = nbformat.read(path, as_version=4)
        stamps.stamp_notebook(notebook, path.name)
        normalise(notebook)
        texts[path] = nbformat.writes(notebook) + "\n"
    words = glossary.introduced(stamps.notebooks())
    page = glossary.page(words)
    normalise(page)
    texts[stamps.notebooks()[0].with_name(glossary.NAME)] = nbformat.writes(page) + "\n"
    for path, text in texts.items():
        if check and not _holds(path, text):
            stale.append(path.name)
        elif not check:
            _write(path, text)
    complaints = glossary.complaints(words)
    if stale:
        complaints.append(f"run `make notebooks`: not up to date are {', '.join(stale)}")
    if complaints:
        raise NotebookError("\n".join(complaints))
    return 0


def _colab(repository: str) -> int:
    stamps.set_repository(repository)
    return _stamp(check=False)


def _clear(notebook: NotebookNode) -> None:
    for _, cell in rules.code_cells(notebook):
        cell.outputs, cell.execution_count = [], None


def _id(cell: NotebookNode, taken: set[str]) -> str:
    digest = hashlib.sha1(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()
    base = name = digest[:8]
    while name in taken:
        name = f"{base}-{len(taken)}"
    taken.add(name)
    return name


def settle(seconds: float, before: int | None) -> int:
    """The seconds to state: what stood there before unless it is off by a third and 3 seconds."""
    measured = max(1, round(seconds))
    if before is not None and abs(measured - before) <= max(3, before / 3):
        return before
    return measured


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def _write(path: Path, text: str) -> bool:
    """Write `text` to `path` whole or not at all, and only if it differs; says whether it did."""
    if _holds(path, text):
        return False
    half = path.with_name(f".{path.name}.half")
    try:
        half.write_text(text, encoding="utf-8")
        os.replace(half, path)
    finally:
        half.unlink(missing_ok=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
