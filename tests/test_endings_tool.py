"""What a notebook ends with: a good notebook, and bad ones for every rule."""

import re

import pytest

from tests.test_notebooks_tool import good, text
from tools import endings

QUESTION = "<details><summary>Why?</summary>\n\nSo.\n</details>\n"
ITEM = "- [A page](https://example.org/x), what it gives\n"


@pytest.mark.parametrize("rule", endings.RULES, ids=lambda rule: rule.__name__)
def test_the_good_notebook_keeps_the_rule(rule):
    assert rule(good()) == []


BAD = {
    "order": {
        "at its end it needs .*'## Check yourself', .*passed": lambda n: n.cells.pop(8),
        "each once": lambda n: n.cells.insert(8, text("## Further reading\n\nMore.")),
        "in this order": lambda n: n.cells.insert(9, n.cells.pop(10)),
        r"passed\(\"01\"\)": lambda n: n.cells[10].update(source='exercises.passed("02")'),
        "needs .*next": lambda n: n.cells[11].update(source="## What you take with you"),
        "behind '## Solutions'": lambda n: n.cells.append(text("And one more thing.")),
        "each solution below its heading": lambda n: n.cells.insert(9, n.cells.pop(14)),
        "not tagged": lambda n: n.cells[12].metadata.pop("tags"),
    },
    "questions": {
        "has 2 questions": lambda n: ask(n, QUESTION * 2),
        "has 6 questions": lambda n: ask(n, QUESTION * 6),
        "3 questions .* 4 entries": lambda n: ask(
            n, QUESTION * 3 + QUESTION.replace("Why?", "Why")
        ),
        "2 questions .* 3 entries": lambda n: ask(n, QUESTION * 2 + QUESTION.replace("So.", "")),
    },
    "reading": {
        "has 2 items": lambda n: read(n, ITEM * 2),
        "has 6 items": lambda n: read(n, ITEM * 6),
        "3 items .* 4 entries": lambda n: read(n, ITEM * 3 + "- A book, somewhere\n"),
        "2 items .* 3 entries": lambda n: read(n, ITEM * 2 + "- [A page](https://example.org)\n"),
    },
}


def ask(notebook, questions):
    notebook.cells[8].source = f"## Check yourself\n\n{questions}"


def read(notebook, items):
    notebook.cells[9].source = f"## Further reading\n\n{items}"


def test_every_rule_has_bad_examples():
    assert list(BAD) == [rule.__name__ for rule in endings.RULES]


@pytest.mark.parametrize(
    ("rule", "complaint"), [(rule, complaint) for rule, cases in BAD.items() for complaint in cases]
)
def test_a_bad_notebook_breaks_the_rule(rule, complaint):
    notebook = good()
    BAD[rule][complaint](notebook)
    assert re.search(complaint, "\n".join(getattr(endings, rule)(notebook)))
