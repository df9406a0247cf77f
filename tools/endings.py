"""What every notebook ends with, as rules.

In this order: questions to check oneself, further reading, which exercises have passed, the line
that leads to the next notebook; and behind it, out of the reader's way, the solutions.
"""

from __future__ import annotations

import re

from nbformat import NotebookNode

from tools import rules

QUESTIONS, READING = "## Check yourself\n", "## Further reading\n"
NEXT, SOLUTIONS = "<!-- next -->", "## Solutions\n"
ENTRIES = (3, 5)  # how few and how many questions, and things to read
QUESTION = re.compile(
    r"<details>\s*<summary>[^<]+\?</summary>\n\n\s*[^\s<].*?</details>", re.DOTALL
)
ITEM = re.compile(r"^- \[[^]]+\]\(https://[^)\s]+\), \w.*$", re.MULTILINE)


def order(notebook: NotebookNode) -> list[str]:
    """Each piece is there once, in this order, and behind them stand the solutions only."""
    solutions = rules.exercise_cells(notebook, "solution")
    passed = {f'exercises.passed("{str(one).split(".")[0].zfill(2)}")' for one in solutions}
    wanted = [QUESTIONS, READING, *sorted(passed), NEXT, SOLUTIONS]
    places = [place for words in wanted for place in _places(notebook, words)]
    if len(places) != len(wanted) or places != sorted(places):
        named = ", ".join(repr(words.strip()) for words in wanted)
        return [f"at its end it needs cells with {named}: each once, in this order"]
    last = places[-1]
    if sorted(solutions.values()) != [*range(last + 2, len(notebook.cells) + 1, 2)]:
        return [f"behind {SOLUTIONS.strip()!r} there must be each solution below its heading"]
    if "solution" not in rules.tags(notebook.cells[last]):
        return [f"{SOLUTIONS.strip()!r} is not tagged like what stands behind it"]
    return []


def questions(notebook: NotebookNode) -> list[str]:
    """A few questions, each with its answer folded."""
    return _few(notebook, QUESTIONS, QUESTION, "<details>", "questions with a folded answer")


def reading(notebook: NotebookNode) -> list[str]:
    """A few links, each with a sentence that says what it gives."""
    return _few(
        notebook, READING, ITEM, "\n- ", "items such as '- [title](https://…), what it gives'"
    )


RULES = (order, questions, reading)


def _places(notebook: NotebookNode, words: str) -> list[int]:
    return [place for place, cell in enumerate(notebook.cells) if words in cell.source]


def _few(
    notebook: NotebookNode, heading: str, entry: re.Pattern[str], start: str, what: str
) -> list[str]:
    text = "".join(notebook.cells[place].source for place in _places(notebook, heading))
    found, (fewest, most) = len(entry.findall(text)), ENTRIES
    if fewest <= found <= most and text.count(start) == found:
        return []
    return [
        f"{heading.strip()!r} has {found} {what}, and {text.count(start)} entries in all;"
        f" wanted are {fewest} to {most}"
    ]
