"""What is written into the notebooks and the README by a program, so that it is never wrong.

Stamped are the setup cell, the line with the minutes in each notebook's first cell, the line in its
closing text that leads to the next one, and the table of all notebooks, with a link to the
glossary, in the README and on the first notebook's map. All follow from the notebooks that are
there, from the seconds measured when they were last run (metadata `coordlib.seconds`) and from the
public address, which stands in one place: tools/setup_cell.py.
"""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools import NOTEBOOKS, ROOT, endings, glossary, rules

READING_SPEED = 200  # words a minute
UNREAD = {"setup", "exercise", "check", "solution"}  # tags of code that counts in no minutes
README = ROOT / "README.md"
ADDRESS = re.compile(r'^REPOSITORY = "(?P<repository>[^"]*)"', re.MULTILINE)
MAP = "<!-- map -->"  # a cell that holds it gets the table
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"


def notebooks() -> list[Path]:
    """The course's notebooks in reading order."""
    return sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))


def repository() -> str:
    """The course's public address, owner/name; empty while it is not known."""
    return ADDRESS.search(rules.SETUP_CELL.read_text(encoding="utf-8"))["repository"]


def set_repository(address: str) -> None:
    """Write the public address into the setup cell. Raises ValueError unless it is owner/name."""
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", address):
        raise ValueError(
            f"repository: got {address!r}, wanted owner/name: make colab REPO=owner/name"
        )
    source = rules.SETUP_CELL.read_text(encoding="utf-8")
    stamped = ADDRESS.sub(f'REPOSITORY = "{address}"', source)
    rules.SETUP_CELL.write_text(stamped, encoding="utf-8")


def stamp_notebook(notebook: NotebookNode, name: str) -> None:
    """Bring all stamps of `notebook`, the file `name`, up to date.

    Raises ValueError if the first cell or the last text has no place for its line.
    """
    for _, cell in rules.code_cells(notebook):
        if "setup" in rules.tags(cell):
            cell.source = rules.SETUP_CELL.read_text(encoding="utf-8").strip()
    read, code, exercises = _minutes(notebook)
    parts = [f"{read} min reading", f"{code} min code"]
    if exercises:
        parts.append(f"{exercises} min of exercises")
    if seconds := _seconds(notebook):
        parts.append(f"its cells run in {seconds} on two CPU cores")
    line = f"*About {_total(notebook)} minutes: {', '.join(parts)}.*"
    if badge := _badge(name):
        line += f" {badge}"
    texts = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    first = texts[0]
    first.source = _replace(first.source, "minutes", line, f"the first cell of {name}")
    # The text before the solutions; without one the first cell, for the complaint.
    last = next((cell for cell in texts if endings.NEXT in cell.source), first)
    last.source = _replace(last.source, "next", _next(name), f"the closing text of {name}")
    for cell in texts:
        if MAP in cell.source:
            cell.source = _replace(cell.source, "map", _table(), f"the map in {name}")


def stamp_readme(text: str) -> str:
    """The README's `text` with its table of notebooks brought up to date.

    Raises ValueError if it has no place for the table.
    """
    return _replace(text, "notebooks", _table("notebooks/"), "README.md")


def _table(folder: str = "") -> str:
    """All notebooks, as a table for a page that finds them in `folder`."""
    head = ["notebook", "question", "your minutes", "its cells run in"]
    table = [head, ["---"] * len(head)]
    for path in notebooks():
        notebook = nbformat.read(path, as_version=4)
        link = f"[{path.stem}]({folder}{path.name}) {_badge(path.name)}".strip()
        table.append([link, _question(notebook), str(_total(notebook)), _seconds(notebook)])
    rows = "\n".join(f"| {' | '.join(row)} |" for row in table)
    return (
        f"{rows}\n\nAll technical words, a sentence each: the [glossary]({folder}{glossary.NAME})."
    )


def _next(name: str) -> str:
    """The line that leads on from the notebook `name`, or says that it is the last one."""
    following = [path for path in notebooks() if path.name > name]
    if not following:
        start = notebooks()[0].name
        return f"**This is the last notebook so far.** [The map]({start}#The-map) lists them all."
    question = _question(nbformat.read(following[0], as_version=4))
    return f"**Next:** [{following[0].name[:2]} · {question}]({following[0].name})"


def _question(notebook: NotebookNode) -> str:
    return notebook.cells[0].source.split("\n", 1)[0].removeprefix("# ")


def _minutes(notebook: NotebookNode) -> tuple[int, int, int]:
    """Minutes to read the text, to read the code, and those that the exercises' headings state.

    The cells of an exercise belong to its own minutes; the setup cell is nobody's lesson.
    """
    texts = [text for _, text in rules.texts(notebook)]
    exercises = sum(
        int(found["minutes"]) for text in texts for found in rules.EXERCISE_HEADING.finditer(text)
    )
    code = [
        cell.source for _, cell in rules.code_cells(notebook) if not {*rules.tags(cell)} & UNREAD
    ]
    counts = sum(map(rules.words, texts)), sum(map(rules.code_words, code))
    read, looked = (max(1, round(count / READING_SPEED)) for count in counts)
    return read, looked, exercises


def _total(notebook: NotebookNode) -> int:
    """Working minutes: text, code, exercises and running; in steps of 5 from 10 minutes on."""
    total = sum(_minutes(notebook)) + notebook.metadata.get("coordlib", {}).get("seconds", 0) / 60
    return round(total) if total < 10 else 5 * round(total / 5)


def _seconds(notebook: NotebookNode) -> str:
    seconds = notebook.metadata.get("coordlib", {}).get("seconds")
    return f"{seconds} s" if seconds else ""


def _badge(name: str) -> str:
    if not repository():
        return ""
    page = f"https://colab.research.google.com/github/{repository()}/blob/main/notebooks/{name}"
    return f"[![Open in Colab]({BADGE})]({page})"


def _replace(text: str, block: str, content: str, where: str) -> str:
    """`text` with what stands between <!-- block --> and <!-- /block --> replaced."""
    start, end = f"<!-- {block} -->", f"<!-- /{block} -->"
    found = [each for each in rules.STAMPED.finditer(text) if each["block"] == block]
    if len(found) != 1:
        raise ValueError(f"{where} needs the lines {start} and {end}, once")
    return f"{text[: found[0].start()]}{start}\n{content}\n{end}{text[found[0].end() :]}"
