"""The glossary: a sentence for each word that a notebook introduces, and no other."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import glossary


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of two words and two notebooks, which `write` makes of texts."""
    monkeypatch.setattr(glossary, "WORDS", {"tap": "One of nine.", "Adam": "A rule."})

    def write(*sources):
        paths = []
        for number, source in enumerate(sources):
            path = tmp_path / f"0{number}_name.ipynb"
            cells = [new_markdown_cell(source), new_code_cell("'<dfn>code</dfn>'")]
            nbformat.write(new_notebook(cells=cells), path)
            paths.append(path)
        return glossary.introduced(paths)

    return write


def test_the_page_lists_each_word_with_its_sentence_and_its_notebook(course):
    found = course("A <dfn>tap</dfn> is", "Here <dfn>Adam</dfn> comes in.")
    assert glossary.complaints(found) == []
    page = glossary.page(found)
    nbformat.validate(page)
    assert [cell.cell_type for cell in page.cells] == ["markdown", "markdown"]
    assert page.cells[1].source == (
        "- **Adam** ([01](01_name.ipynb)): A rule.\n- **tap** ([00](00_name.ipynb)): One of nine."
    )


def test_a_mark_may_be_broken_by_a_line(course, monkeypatch):
    monkeypatch.setattr(glossary, "WORDS", {"held out": "Kept away."})
    assert glossary.complaints(course("It was <dfn>held\nout</dfn>.")) == []


@pytest.mark.parametrize(
    ("sources", "complaint"),
    [
        (("<dfn>tap</dfn>", ""), "no notebook introduces Adam"),
        (("", ""), "no notebook introduces Adam, tap"),
        (("<dfn>tap</dfn> <dfn>Adam</dfn>", "<dfn>tap</dfn>"), "introduced more than once: tap"),
        (
            ("<dfn>tap</dfn> <dfn>Adam</dfn>", "<dfn>taps</dfn>"),
            "tools/glossary.py has no sentence for taps",
        ),
    ],
)
def test_words_without_mark_sentence_or_with_two_marks_are_named(course, sources, complaint):
    assert glossary.complaints(course(*sources)) == [complaint]


def test_words_are_as_they_stand_in_a_glossary():
    for word, sentence in glossary.WORDS.items():
        assert sentence[0].isupper() and sentence.endswith(".") and ". " not in sentence, word
