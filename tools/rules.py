"""What the course asks of a saved notebook.

Each rule takes a notebook and returns its complaints, an empty list when all is well. The tests
run every rule over every notebook; `python -m tools.notebooks run` refuses to save `residue`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

from tools import NOTEBOOKS, ROOT

LONGEST_CELL, USUAL_CELL, USUAL_SHARE = 25, 15, 0.95  # lines, lines, share of the code cells
WORDS_PER_CODE_CELL = (40, 100)
LONGEST_TEXT = 150  # words in one markdown cell
LARGEST_FILE = 500_000  # bytes
FEWEST_EXERCISES = 3
TAGS = {"setup", "exercise", "check", "solution", "nbval-ignore-output"}
MOST_IGNORED = 2  # cells a notebook whose output nbval need not compare
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
# The rules by which a page shows a widget's view or its still, at the head of the still.
STILL_STYLE = re.compile('<style class="coordlib-still">[^<]*</style>')
SETUP_CELL = ROOT / "tools" / "setup_cell.py"
EXERCISE_HEADING = re.compile(
    r"^#+ Exercise (?P<id>\d+\.\d+) · .+ · (?P<minutes>\d+) minutes?"
    r" · (?P<stars>★☆☆|★★☆|★★★)$",
    re.MULTILINE,
)
SOLUTION_HEAD = "# @title Solution"  # Colab shows this title in place of a cell that it folds
# JupyterLab finds a heading only if a link can spell it as it is; Colab finds none, so say where.
SOLUTION_HEADING = "### Solution {}"
SOLUTION_LINK = "[Solution {0}](#Solution-{0}), at the end of this page."
FOLDED = {"cellView": "form", "jupyter": {"source_hidden": True}}  # on Colab, in JupyterLab
UNFOLDED = re.compile(r"(?<=</summary>).*?(?=</details>)", re.DOTALL)  # what a click shows

# What an output must not carry from the machine that made it.
RESIDUE = {
    "an absolute path": re.compile(r"(?<![\w.:/<])/(home|root|Users|tmp|usr|opt|mnt|var|content)/"),
    "a path on a drive": re.compile(r"\b[A-Z]:\\"),
    "the address of an object": re.compile(r"\b0x[0-9a-fA-F]{6,}"),
    "a warning": re.compile(r"\b\w*Warning:"),
    "a traceback": re.compile(r"Traceback \(most recent call last\)"),
    "a progress bar": re.compile(r"\d%\||\r(?!\n)|it/s\b"),
    "a figure's repr": re.compile(r"<Figure size|<Axes|<matplotlib\."),
}
IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
ALT = re.compile(r"""\balt=("[^"]*\w[^"]*"|'[^']*\w[^']*')""", re.IGNORECASE)
EMBEDDED = re.compile(r"data:image/[a-z+]+;base64,[A-Za-z0-9+/=\s]+")
QUOTED = re.compile(
    r"""(?:\b[bfru]{1,2})?(?:"{3}.*?"{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""",
    re.DOTALL | re.IGNORECASE,
)
# What tools/stamps.py has written between a pair of comments, the comments included.
STAMPED = re.compile(r"<!-- (?P<block>\w+) -->\n.*?<!-- /(?P=block) -->", re.DOTALL)


def words(text: str) -> int:
    """How many words there are to read in a piece of markdown: no tags, comments, bare symbols.

    Nor what is stamped, or a stamp could change the next one.
    """
    written = STAMPED.sub(" ", text)
    shown = re.sub(r"<!--.*?-->|<[^>]*>|\]\([^)]*\)", " ", written, flags=re.DOTALL)
    return sum(bool(re.search(r"\w", word)) for word in shown.split())


def code_words(source: str) -> int:
    """How many names, numbers and keywords there are to read in a piece of code, and in comments.

    What stands in quotes is not counted: texts for figures are seen where they come out.
    """
    return len(re.findall(r"\w+(?:\.\d+)?", QUOTED.sub(" ", source)))


def code_cells(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    """The code cells, each with the name that a complaint gives it: number and first line."""
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "code":
            first = cell.source.split("\n", 1)[0]
            yield f"cell {number} ({first[:50]!r})", cell


def texts(notebook: NotebookNode) -> Iterator[tuple[str, str]]:
    """The markdown cells' texts, each with the name that a complaint gives its cell."""
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "markdown":
            yield f"cell {number}", cell.source


def tags(cell: NotebookNode) -> list[str]:
    """The cell's tags."""
    return cell.metadata.get("tags", [])


def exercise_id(cell: NotebookNode) -> str | None:
    """Which exercise a cell belongs to ("1.2"), or None."""
    return cell.metadata.get("coordlib", {}).get("exercise")


def exercise_cells(notebook: NotebookNode, tag: str) -> dict[str | None, int]:
    """Where the cells with `tag` (exercise, check or solution) stand: exercise → position."""
    return {
        exercise_id(cell): position
        for position, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and tag in tags(cell)
    }


def cell_lengths(notebook: NotebookNode) -> list[str]:
    """Few code cells over USUAL_CELL lines, none over LONGEST_CELL."""
    lengths = {name: len(cell.source.splitlines()) for name, cell in code_cells(notebook)}
    longest = [
        f"{name} has {lines} lines, more than {LONGEST_CELL}"
        for name, lines in lengths.items()
        if lines > LONGEST_CELL
    ]
    long = [name for name, lines in lengths.items() if lines > USUAL_CELL]
    if len(long) > (1 - USUAL_SHARE) * len(lengths):
        longest.append(f"too many code cells over {USUAL_CELL} lines: {', '.join(long)}")
    return longest


def text_balance(notebook: NotebookNode) -> list[str]:
    """Enough text for the code, and no wall of text; what is folded stands in nobody's way."""
    complaints = [
        f"{name} has {count} words, more than {LONGEST_TEXT}"
        for name, text in texts(notebook)
        if (count := words(UNFOLDED.sub("", text))) > LONGEST_TEXT
    ]
    total = sum(words(text) for _, text in texts(notebook))
    average = total / max(1, len(list(code_cells(notebook))))
    fewest, most = WORDS_PER_CODE_CELL
    if not fewest <= average <= most:
        complaints.append(f"{average:.0f} words of text per code cell, not {fewest} to {most}")
    return complaints


def alternative_texts(notebook: NotebookNode) -> list[str]:
    """Every image can be heard as well as seen."""
    complaints = []
    for name, text in texts(notebook):
        if re.search(r"!\[\W*\]\(", text):
            complaints.append(f"{name} has an image without alternative text")
        complaints += _images_without_alt(name, text)
    for name, kind, text in _output_texts(notebook):
        if kind == "text/html":
            complaints += _images_without_alt(name, text)
        if kind.startswith("image/"):
            complaints.append(f"{name} shows a bare {kind}: use plots.show(figure, alt)")
    return complaints


def colours(notebook: NotebookNode) -> list[str]:
    """Colours come from coordlib.plots, where each means one thing."""
    literal = re.compile(r"""["'](#[0-9A-Fa-f]{3,8}|C\d|tab:\w+)["']""")
    return [
        f"{name} names the colour {found.group(1)}: take it from coordlib.plots"
        for name, cell in code_cells(notebook)
        for found in literal.finditer(cell.source)
    ]


def residue(notebook: NotebookNode) -> list[str]:
    """Nothing of the machine that ran the notebook, no error, no dead widget."""
    complaints = ["the notebook's metadata keeps widgets"] if "widgets" in notebook.metadata else []
    for name, kind, text in _output_texts(notebook):
        if kind in ("error", "stderr"):
            complaints.append(f"{name} ended with {kind}: {text.strip()[-500:]}")
        elif kind == WIDGET_VIEW:
            complaints.append(f"{name} keeps a widget's view, which is dead in a saved notebook")
        elif not kind.startswith("image/"):
            plain = EMBEDDED.sub("", text)
            for what, pattern in RESIDUE.items():
                if found := pattern.search(plain):
                    around = plain[max(0, found.start() - 30) : found.end() + 30]
                    complaints.append(f"{name} shows {what}: {around!r}")
    return complaints


def execution_counts(notebook: NotebookNode) -> list[str]:
    """Counts run 1…n: nbval does not compare a cell without one."""
    complaints = []
    for expected, (name, cell) in enumerate(code_cells(notebook), start=1):
        counts = {cell.execution_count} | {
            output.execution_count
            for output in cell.outputs
            if output.output_type == "execute_result"
        }
        if counts != {expected}:
            complaints.append(f"{name} was saved with the count {cell.execution_count}")
    return complaints


def trailing_semicolons(notebook: NotebookNode) -> list[str]:
    """No `;` at a cell's end."""
    return [
        f"{name} ends in ';', which nbval does not honour: write _ = …"
        for name, cell in code_cells(notebook)
        if cell.source.rstrip().endswith(";")
    ]


def known_tags(notebook: NotebookNode) -> list[str]:
    """Only tags that mean something here; next to nothing hidden or left uncompared."""
    complaints, ignored = [], 0
    for name, cell in code_cells(notebook):
        ignored += "nbval-ignore-output" in tags(cell)
        if unknown := set(tags(cell)) - TAGS:
            complaints.append(f"{name} has the unknown tags {sorted(unknown)}")
        if FOLDED.keys() & cell.metadata.keys() and "solution" not in tags(cell):
            complaints.append(f"{name} is hidden, which only a solution may be")
    if ignored > MOST_IGNORED:
        complaints.append(f"{ignored} cells are tagged nbval-ignore-output, not {MOST_IGNORED}")
    return complaints


def setup_cell(notebook: NotebookNode) -> list[str]:
    """The first code cell is the one of tools/setup_cell.py."""
    first = next((cell for _, cell in code_cells(notebook)), None)
    if first is None or "setup" not in tags(first):
        return ["the first code cell is not tagged setup"]
    if first.source != SETUP_CELL.read_text(encoding="utf-8").strip():
        return ["the setup cell differs from tools/setup_cell.py"]
    return []


def exercises(notebook: NotebookNode) -> list[str]:
    """Each exercise has heading, stub, check and help; its solution is folded, and passes."""
    stubs, checks, solutions = (
        exercise_cells(notebook, tag) for tag in ("exercise", "check", "solution")
    )
    announced = {
        found["id"] for _, text in texts(notebook) for found in EXERCISE_HEADING.finditer(text)
    }
    complaints = [
        f"exercise {one} is not complete: it needs a heading such as"
        " '### Exercise 1.2 · Name · 5 minutes · ★★☆', a stub, a check and a solution"
        for one in sorted({*stubs, *checks, *solutions, *announced}, key=str)
        if one is None or not all(one in part for part in (announced, stubs, checks, solutions))
    ]
    for one in stubs.keys() & checks.keys() & solutions.keys():
        places = stubs[one], checks[one], checks[one] + 1, solutions[one] - 1, solutions[one]
        if list(places) != sorted(places):
            complaints.append(f"exercise {one} is not in the order stub, check, help, solution")
        else:
            complaints += _exercise_complaints(one, *(notebook.cells[place] for place in places))
    return complaints


def _exercise_complaints(
    one: str | None,
    stub: NotebookNode,
    check: NotebookNode,
    help: NotebookNode,
    heading: NotebookNode,
    solution: NotebookNode,
) -> list[str]:
    check_lines, solution_lines = (cell.source.strip().splitlines() for cell in (check, solution))
    title, link = SOLUTION_HEADING.format(one), SOLUTION_LINK.format(one)
    folded = {key: solution.metadata.get(key) for key in FOLDED}
    wanted = {
        "its stub shows an output": not stub.outputs,
        "its check is no call of exercises.check": f'check("{one}"' in check_lines[-1],
        "its check does not say 'not attempted' as saved": "not attempted" in _said(check),
        "it has no help (<details>) right below its check": "<details>" in help.source,
        f"its help does not end with the line {link!r}": help.source.endswith(f"\n{link}"),
        f"its solution has no heading {title!r} that is tagged like it": (
            heading.source == title and "solution" in tags(heading)
        ),
        f"its solution does not start with {SOLUTION_HEAD!r}": solution_lines[0] == SOLUTION_HEAD,
        "its solution does not end with its check": solution_lines[-1] == check_lines[-1],
        "its solution does not pass as saved": "passed" in _said(solution),
        f"its solution is not folded by the metadata {FOLDED}": folded == FOLDED,
    }
    return [f"exercise {one}: {complaint}" for complaint, holds in wanted.items() if not holds]


def first_cell(notebook: NotebookNode) -> list[str]:
    """The title is a question."""
    title = notebook.cells[0].source.split("\n", 1)[0]
    if not re.fullmatch(r"# .+\?", title):
        return [f"the first cell's first line is no question as a title: {title!r}"]
    return []


RULES = (
    cell_lengths,
    text_balance,
    alternative_texts,
    colours,
    residue,
    execution_counts,
    trailing_semicolons,
    known_tags,
    setup_cell,
    exercises,
    first_cell,
)


def broken_links(text: str, folder: Path) -> list[str]:
    """Complaints about what a markdown text in `folder` points to and is not there.

    That is relative links, and notebooks by their number ("notebook 12").
    """
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)|\b(?:src|href)=\"([^\"#]+)\"", text)
    complaints = [
        f"a link leads nowhere: {target}"
        for target in (markdown or html for markdown, html in targets)
        if not re.match(r"[a-z]+:", target) and not (folder / target).exists()
    ]
    named = re.findall(r"\bnotebooks? (\d\d)\b", text, re.IGNORECASE)
    there = {path.name[:2] for path in NOTEBOOKS.glob("*.ipynb")}
    return complaints + [f"there is no notebook {each}" for each in named if each not in there]


def _images_without_alt(name: str, text: str) -> list[str]:
    images = IMAGE.findall(text)
    return [f"{name} has an image without alternative text"] * sum(
        ALT.search(image) is None for image in images
    )


def _said(cell: NotebookNode) -> str:
    return "".join(
        output.get("text", "") + output.get("data", {}).get("text/plain", "")
        for output in cell.outputs
    )


def _output_texts(notebook: NotebookNode) -> Iterator[tuple[str, str, str]]:
    """All that the outputs hold: cell's name, kind (MIME type, stdout, stderr or error), text."""
    for name, cell in code_cells(notebook):
        for output in cell.outputs:
            if output.output_type == "stream":
                yield name, output.name, output.text
            elif output.output_type == "error":
                yield name, "error", f"{output.ename}: {output.evalue}"
            else:
                for kind, data in output.data.items():
                    yield name, kind, str(data)
