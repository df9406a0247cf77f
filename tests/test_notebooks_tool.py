"""The notebook tool and its rules, on small notebooks: a good one, and bad ones for every rule."""

import copy
import re

import nbformat
import pytest
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)
from nbval.plugin import get_sanitize_patterns

from coordlib import plots
from tools import ROOT, glossary, notebooks, rules, stamps

SENTENCE = "a b c d e f g h i j"  # ten words
HEADING = "### Exercise 1.1 · Squares · 5 minutes · ★☆☆"
CHECK = 'check("1.1", square)'
MINUTES = "<!-- minutes -->\n<!-- /minutes -->"
FOLDED = f"<details><summary></summary>\n\n{SENTENCE}</details>"
NEXT = "<!-- next -->\n<!-- /next -->"


def text(source, *tags):
    return new_markdown_cell(source, metadata={"tags": list(tags)} if tags else {})


def code(source, *tags, exercise=None, said=None, **metadata):
    cell = new_code_cell(source, metadata={"tags": list(tags), **metadata})
    if exercise:
        cell.metadata["coordlib"] = {"exercise": exercise}
    if said:
        cell.outputs = [new_output("stream", name="stdout", text=said)]
    return cell


def good():
    """A notebook that keeps all rules, as if it had been run; the tests break it."""
    link = rules.SOLUTION_LINK.format("1.1")
    question = "<details><summary>Is it?</summary>\n\nIt is.\n</details>\n"
    item = "- [A page](https://example.org), more of it\n"
    solution = f"{rules.SOLUTION_HEAD}\ndef square(x):\n    return x * x\n\n\n{CHECK}"
    cells = [
        text(f"# What is a square?\n\n{MINUTES}\n\n" + f"{SENTENCE} " * 10),
        code(rules.SETUP_CELL.read_text(encoding="utf-8").strip(), "setup"),
        text(f"{SENTENCE} " * 12),
        code(
            "import types\n\nexercises = types.SimpleNamespace(passed=print)\n\n\n"
            "def check(number, function):\n"
            "    value = function(3)\n"
            "    print('not attempted' if value is None else 'passed' if value == 9 else 'not yet')"
        ),
        text(f"{HEADING}\n\n" + f"{SENTENCE} " * 5),
        code("def square(x):\n    return None", "exercise", exercise="1.1"),
        code(CHECK, "check", exercise="1.1", said="not attempted\n"),
        text(f"<details><summary>It is None</summary>\n\nreturn it</details>\n\n{link}"),
        text(f"## Check yourself\n\n{question * 3}"),
        text(f"## Further reading\n\n{item * 3}"),
        code('exercises.passed("01")', said="01\n"),
        text(f"## What you take with you\n\nA square.\n\n{NEXT}"),
        text("## Solutions\n\nFolded.", "solution"),
        text("### Solution 1.1", "solution"),
        code(solution, "solution", exercise="1.1", said="passed\n", **copy.deepcopy(rules.FOLDED)),
    ]
    count = 0
    for cell in cells:
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
    return new_notebook(cells=cells)


def shown(kind, data):
    """A code cell that displayed `data` of the MIME type `kind`."""
    cell = code("show()")
    cell.outputs = [new_output("display_data", data={kind: data})]
    return cell


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_good_notebook_keeps_the_rule(rule):
    assert rule(good()) == []


def cell_of(notebook, tag):
    return next(cell for _, cell in rules.code_cells(notebook) if tag in rules.tags(cell))


def drop(notebook, tag):
    notebook.cells.remove(cell_of(notebook, tag))


BAD = {
    "cell_lengths": {
        "has 26 lines": lambda n: n.cells.append(code("x = 1\n" * 26)),
        "over 15 lines": lambda n: n.cells.append(code("x = 1\n" * 16)),
    },
    "text_balance": {
        "160 words": lambda n: n.cells.append(text(f"{SENTENCE} " * 16)),
        "170 words": lambda n: n.cells[7].update(source=f"{SENTENCE} " * 17 + FOLDED),
        "words of text per code cell": lambda n: n.cells.extend(code("1") for _ in range(5)),
    },
    "alternative_texts": {
        "cell 16 has an image": lambda n: n.cells.append(text("![](a.png)")),
        "cell 16 .* without": lambda n: n.cells.append(text('<img src="a.png">')),
        "show.* without": lambda n: n.cells.append(shown("text/html", '<img alt="" src="a">')),
        "bare image/png": lambda n: n.cells.append(shown("image/png", "iVBO")),
        "bare image/svg": lambda n: n.cells.append(shown("image/svg+xml", "<svg/>")),
    },
    "colours": {
        "#ff0000": lambda n: n.cells.append(code("plot(color='#ff0000')")),
        "tab:red": lambda n: n.cells.append(code('plot(color="tab:red")')),
    },
    "residue": {
        "keeps widgets": lambda n: n.metadata.update(widgets={}),
        "widget's view": lambda n: n.cells.append(shown(rules.WIDGET_VIEW, {"model_id": "1"})),
        "an absolute path": lambda n: n.cells.append(code("p()", said="read /tmp/x.py")),
        "a path on a drive": lambda n: n.cells.append(code("p()", said=r"read C:\x.py")),
        "the address": lambda n: n.cells.append(shown("text/plain", "<A at 0x7f3a2b1c>")),
        "a warning": lambda n: n.cells.append(code("p()", said="x.py:3: UserWarning: old")),
        "a traceback": lambda n: n.cells.append(
            code("p()", said="Traceback (most recent call last)")
        ),
        "a progress bar": lambda n: n.cells.append(code("p()", said=" 45%|████ | 45/100")),
        "a figure's repr": lambda n: n.cells.append(shown("text/plain", "<Figure size 640x480>")),
        "ended with stderr: oh": lambda n: cell_of(n, "check").outputs.append(
            new_output("stream", name="stderr", text="oh")
        ),
        "ended with error: E: no": lambda n: cell_of(n, "check").outputs.append(
            new_output("error", ename="E", evalue="no", traceback=[])
        ),
    },
    "execution_counts": {
        "count None": lambda n: n.cells.append(code("1")),
        "count 7": lambda n: cell_of(n, "check").update(execution_count=7),
    },
    "trailing_semicolons": {"ends in ';'": lambda n: n.cells.append(code("plot();\n"))},
    "known_tags": {
        "unknown tags": lambda n: n.cells.append(code("1", "nbval-skip")),
        "cell 16 .* is hidden": lambda n: n.cells.append(
            code("1", jupyter={"source_hidden": True})
        ),
        "cell 16 .*hidden": lambda n: n.cells.append(code("1", cellView="form")),
        "3 cells are tagged": lambda n: n.cells.extend(
            code("1", "nbval-ignore-output") for _ in range(3)
        ),
    },
    "setup_cell": {
        "not tagged setup": lambda n: drop(n, "setup"),
        "differs": lambda n: cell_of(n, "setup").update(source="import torch"),
    },
    "exercises": {
        "1.1 is not complete": lambda n: drop(n, "solution"),
        "exercise None is not": lambda n: cell_of(n, "check").metadata.pop("coordlib"),
        "exercise 1.1 is not c": lambda n: n.cells[4].update(source="### Exercise 1.1: no minutes"),
        "order": lambda n: n.cells.append(n.cells.pop(6)),
        "stub shows": lambda n: cell_of(n, "exercise").update(outputs=[1]),
        "no call": lambda n: cell_of(n, "check").update(source="print(square(3))"),
        "'not attempted' as saved": lambda n: cell_of(n, "check").update(outputs=[]),
        "no help": lambda n: n.cells[7].update(source=rules.SOLUTION_LINK.format("1.1")),
        "help does not end": lambda n: n.cells[7].update(source="<details></details>"),
        "no heading": lambda n: n.cells[13].update(source="### Solution"),
        "1.1: its solution has no heading": lambda n: n.cells[13].metadata.pop("tags"),
        "does not start with": lambda n: cell_of(n, "solution").update(source=CHECK),
        "does not end with": lambda n: cell_of(n, "solution").update(
            source=f"{rules.SOLUTION_HEAD}\n1"
        ),
        "does not pass": lambda n: cell_of(n, "solution").update(outputs=[]),
        "not folded": lambda n: cell_of(n, "solution").metadata.pop("jupyter"),
        "is not folded": lambda n: cell_of(n, "solution").metadata.pop("cellView"),
    },
    "first_cell": {"no question": lambda n: n.cells[0].update(source="# Squares\n")},
}


def test_every_rule_has_bad_examples():
    assert list(BAD) == [rule.__name__ for rule in rules.RULES]


@pytest.mark.parametrize(
    ("rule", "complaint"), [(rule, complaint) for rule, cases in BAD.items() for complaint in cases]
)
def test_a_bad_notebook_breaks_the_rule(rule, complaint):
    notebook = good()
    BAD[rule][complaint](notebook)
    assert re.search(complaint, "\n".join(getattr(rules, rule)(notebook)))


def test_what_is_fine_is_not_complained_about():
    notebook = good()
    picture = '<img alt="A square" src="data:image/png;base64,/tmp/AB0xabcdef01+/==">'
    notebook.cells += [
        shown("text/html", picture),
        code("p()", said="speed ≈ 3 it, see notebooks/01.ipynb, 100%, and/or 1/2\n"),
    ]
    assert rules.residue(notebook) == rules.alternative_texts(notebook) == []


def test_words_are_those_that_are_there_to_read():
    assert rules.words("# A [link](http://a.b/c) <b>and</b> <!-- not this --> $x$ — end") == 5
    assert rules.words(f"one\n<!-- map -->\n{SENTENCE}\n<!-- /map --> two") == 2


def test_words_of_code_are_names_numbers_and_keywords():
    assert rules.code_words("for x in (1, 2.5):  # twice\n    plots.show(x)") == 9
    assert rules.code_words("""say('it is', "a \\" b", f'{x}')  # no\n'one' + x""") == 3
    assert rules.code_words('def f():\n    """It is\n    \'long."""\n    return 1') == 4


def test_links_that_lead_nowhere_are_found(tmp_path):
    (tmp_path / "there.md").write_text("")
    page = '[a](there.md#x) [b](gone.md) [c](https://example.org) <img src="lost.png"> [d](#here)'
    page += " in notebook 00, and Notebook 99 takes it up"
    assert rules.broken_links(page, tmp_path) == [
        "a link leads nowhere: gone.md",
        "a link leads nowhere: lost.png",
        "there is no notebook 99",
    ]


# Sanitising


def sanitised(said):
    patterns = get_sanitize_patterns((ROOT / "tests" / "sanitize.cfg").read_text("ascii"))
    for pattern, replacement in patterns:
        said = re.sub(pattern, replacement, said)
    return said


def test_only_the_number_after_the_sign_is_sanitised():
    assert sanitised("loss ≈ 0.123e-4 and holds: True") == "loss APPROX and holds: True"
    assert sanitised("≈ -3,5 of 7 ≈ nan") == "APPROX of 7 ≈ nan"
    assert sanitised("accuracy 0.9") == "accuracy 0.9"


def test_a_pictures_bytes_are_sanitised_and_its_text_is_not():
    first, second = (f'<img src="data:image/png;base64,{data}" alt="{data}">' for data in "AB")
    assert sanitised(first + second) == '<img src="PNG" alt="A"><img src="PNG" alt="B">'
    for line in (ROOT / "tests" / "sanitize.cfg").read_text("ascii").splitlines():
        assert not (line.startswith("regex") and re.search(r"\.[*+]", line)), "a greedy pattern"


def test_a_still_is_compared_without_what_hides_it():
    still = '<style class="coordlib-still">.a:has(> b) { display: none; }</style><img alt="a">'
    assert sanitised(still) == '<img alt="a">'


def test_a_figure_is_compared_without_what_dims_it():
    assert sanitised(f'{plots.PAPER_STYLE}<img alt="a">') == '<img alt="a">'


# Running, stamping, solving


@pytest.fixture
def course(tmp_path, monkeypatch):
    """An empty course in a folder of its own: its README and one notebook, not yet run."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    readme = tmp_path / "README.md"
    readme.write_text("# Course\n\n<!-- notebooks -->\n<!-- /notebooks -->\n", encoding="utf-8")
    setup = tmp_path / "setup_cell.py"
    setup.write_text('REPOSITORY = ""\nprint("ready")\n', encoding="utf-8")
    monkeypatch.setattr(stamps, "NOTEBOOKS", folder)
    monkeypatch.setattr(stamps, "README", readme)
    monkeypatch.setattr(rules, "SETUP_CELL", setup)
    monkeypatch.setattr(glossary, "WORDS", {})
    save(good(), folder / "01_square.ipynb")
    return tmp_path


def save(notebook, path):
    nbformat.write(notebook, path)


def load(path):
    return nbformat.read(path, as_version=4)


def test_running_saves_true_outputs_and_a_second_run_changes_nothing(course, capsys, monkeypatch):
    # A busy machine may take far longer the second time; what is stated then has its own test.
    monkeypatch.setattr(notebooks, "settle", lambda seconds, before: before or 7)
    path = course / "notebooks" / "01_square.ipynb"
    notebook = load(path)
    notebook.metadata.widgets = {"state": {}}
    notebook.cells[3].metadata["execution"] = {"iopub.status.busy": "now"}
    notebook.cells[3].source += "\nimport os\nprint(os.path.exists(os.environ['COORDLIB_HOME']))"
    notebook.cells.append(code("import ipywidgets\nipywidgets.IntSlider(3)"))
    save(notebook, path)
    assert notebooks.main(["run"]) == 0
    saved = load(path)
    for rule in (rules.residue, rules.execution_counts, rules.setup_cell, rules.exercises):
        assert rule(saved) == []
    assert saved.cells[3].outputs[0].text == "False\n" and saved.cells[3].metadata == {"tags": []}
    assert list(saved.cells[-1].outputs[0].data) == ["text/plain"]
    assert saved.metadata.kernelspec.name == "python3"
    assert saved.metadata.coordlib.seconds == 7
    table = (course / "README.md").read_text(encoding="utf-8")
    assert "| [01_square](notebooks/01_square.ipynb) | What is a square? | 8 |" in table
    assert (
        "*About 8 minutes: 2 min reading, 1 min code, 5 min of exercises, " in saved.cells[0].source
    )
    before = path.read_bytes()
    assert notebooks.main(["run"]) == 0 and notebooks.main(["check"]) == 0
    assert path.read_bytes() == before
    assert capsys.readouterr().out.split("\n")[:2] == [
        "01_square.ipynb: saved",
        "01_square.ipynb: unchanged",
    ]


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("1 / 0", "01_square.ipynb, cell 16: .*ZeroDivisionError"),
        ("import warnings\nwarnings.warn('old')", "cell 16 .*ended with stderr.*old"),
        ("print(object())", "cell 16 .*the address of an object"),
        ("import os\nos._exit(1)", "01_square.ipynb, cell 16: "),
    ],
)
def test_what_must_not_be_saved_is_refused_and_the_file_kept(course, capsys, source, complaint):
    path = course / "notebooks" / "01_square.ipynb"
    notebook = load(path)
    notebook.cells.append(code(source))
    save(notebook, path)
    before = path.read_bytes()
    assert notebooks.main(["run", str(path)]) == 1
    assert re.search(complaint, capsys.readouterr().err, re.DOTALL)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_stale_stamps_are_named(course, capsys):
    assert notebooks.main(["check"]) == 1
    assert "README.md, 01_square.ipynb" in capsys.readouterr().err
    assert notebooks.main(["stamp"]) == 0 and notebooks.main(["check"]) == 0
    path = course / "notebooks" / "01_square.ipynb"
    notebook = load(path)
    notebook.cells[2].source += f"{SENTENCE} " * 30
    save(notebook, path)
    assert notebooks.main(["check"]) == 1


@pytest.mark.parametrize(
    ("cell", "complaint"),
    [
        (0, "the first cell of 01_square.ipynb needs the lines <!-- minutes -->"),
        (11, "the closing text of 01_square.ipynb needs the lines <!-- next -->"),
    ],
)
def test_a_cell_without_a_place_for_its_stamp_is_named(course, capsys, cell, complaint):
    path = course / "notebooks" / "01_square.ipynb"
    notebook = load(path)
    notebook.cells[cell].source = "# What?"
    save(notebook, path)
    assert notebooks.main(["stamp"]) == 1
    assert complaint in capsys.readouterr().err


def test_a_new_notebook_is_led_to_and_stands_on_the_map(course):
    first, new = course / "notebooks" / "01_square.ipynb", course / "notebooks" / "02_cube.ipynb"
    notebook = load(first)
    notebook.cells[2].source += "\n\n<!-- map -->\n<!-- /map -->"
    save(notebook, first)
    assert notebooks.main(["stamp"]) == 0
    last = (
        "**This is the last notebook so far.** [The map](01_square.ipynb#The-map) lists them all."
    )
    assert last in load(first).cells[11].source
    notebook = good()
    notebook.cells[0].source = notebook.cells[0].source.replace("square", "cube")
    save(notebook, new)
    assert notebooks.main(["check"]) == 1
    assert notebooks.main(["stamp"]) == 0 and notebooks.main(["check"]) == 0
    assert "**Next:** [02 · What is a cube?](02_cube.ipynb)\n" in load(first).cells[11].source
    assert last in load(new).cells[11].source
    rows = [f"| [{name}]({{}}{name}.ipynb) | What is a " for name in ("01_square", "02_cube")]
    readme = (course / "README.md").read_text(encoding="utf-8")
    assert all(row.format("") in load(first).cells[2].source for row in rows)
    assert all(row.format("notebooks/") in readme for row in rows)


@pytest.mark.parametrize(
    ("measured", "before", "stated"),
    [(0.2, None, 1), (12.4, None, 12), (14.0, 12, 12), (40.0, 31, 31), (45.0, 31, 45), (5, 12, 5)],
)
def test_stated_seconds_change_only_when_they_are_clearly_off(measured, before, stated):
    assert notebooks.settle(measured, before) == stated


def test_the_address_is_stamped_everywhere_from_one_place(course, capsys):
    assert notebooks.main(["colab", "someone"]) == 1
    assert "got 'someone', wanted owner/name" in capsys.readouterr().err
    assert notebooks.main(["colab", "someone/course"]) == 0 and notebooks.main(["check"]) == 0
    cells = load(course / "notebooks" / "01_square.ipynb").cells
    badge = "/github/someone/course/blob/main/notebooks/01_square.ipynb)"
    assert badge in cells[0].source and badge in (course / "README.md").read_text(encoding="utf-8")
    assert cells[1].source.startswith('REPOSITORY = "someone/course"\n')
    assert rules.alternative_texts(load(course / "notebooks" / "01_square.ipynb")) == []


def test_ids_follow_contents():
    first, second = good(), good()
    second.cells.insert(3, text("something new"))
    for notebook in (first, second):
        notebooks.normalise(notebook)
    ids = [[cell.id for cell in notebook.cells] for notebook in (first, second)]
    assert ids[0] == ids[1][:3] + ids[1][4:] and len(set(ids[1])) == len(ids[1])


def test_what_is_printed_in_pieces_is_saved_in_one():
    notebook = good()
    pieces = [new_output("stream", name="stdout", text=part) for part in ("one\n", "two\n")]
    shown = new_output("display_data", data={"text/plain": "a picture"})
    notebook.cells[3].outputs = [*pieces, shown, new_output("stream", name="stdout", text="three")]
    notebooks.normalise(notebook)
    first, picture, last = notebook.cells[3].outputs
    assert (first.text, last.text) == ("one\ntwo\n", "three") and picture == shown


def test_a_still_is_saved_without_its_view_and_what_hides_it():
    notebook = good()
    still = '<style class="coordlib-still">.a { display: none; }</style><img alt="a">'
    notebook.cells[3].outputs = [
        shown(rules.WIDGET_VIEW, {"model_id": "1"}).outputs[0],
        shown("text/html", still).outputs[0],
    ]
    notebooks.normalise(notebook)
    assert [output.data for output in notebook.cells[3].outputs] == [{"text/html": '<img alt="a">'}]


def test_solving_swaps_the_solution_in_and_runs_nothing():
    before = good()
    untouched = copy.deepcopy(before)
    after = notebooks.solve(before)
    assert after.cells[5].source == "def square(x):\n    return x * x"
    after.cells[5].source = before.cells[5].source
    assert [cell.source for cell in after.cells] == [cell.source for cell in before.cells]
    assert not any(cell.outputs for _, cell in rules.code_cells(after))
    assert before == untouched
