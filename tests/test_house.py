"""The house rules that a program can check, over everything that is there."""

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
import yaml

import coordlib
from coordlib import cli, exercises
from tools import NOTEBOOKS, ROOT, endings, glossary, notebooks, rules, stamps

PATHS = stamps.notebooks()
GLOSSARY = NOTEBOOKS / glossary.NAME
SOURCES = sorted((ROOT / "coordlib").rglob("*.py"))
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("data/**/*.md")), GLOSSARY]

# From the ground up; a file imports only from floors below its own. A folder counts as one.
FLOORS = (
    {"checks", "terminal", "coordinates"},
    {"fields", "separable", "recipes"},
    {
        "layers",
        "metrics",
        "occlusion",
        "statistics",
        "settings",
        "experiment",
        "storage",
        "allocator",
    },
    {"datasets", "replays"},
    {"networks", "splits", "conversion", "scene_metrics", "walks"},
    {"tasks"},
    {"training", "records"},
    {"recording", "plans", "plots", "benchmarks"},
    {"widgets", "exercises", "sweeps", "claims"},
    {"cli"},
    {"__main__"},
)
# What only one machine or one installer knows; in parts, or this file itself would name them.
HOSTS = re.compile(
    "|".join(
        (
            "py" + r"pi\.org",
            "pythonhosted" + r"\.org",
            "npm" + r"js\.org",
            r"anaconda\.(org|com)" + "/",
            r"download\." + r"pytorch\.org",
            r"(?<![\w.])/(work|home|root)" + "/",
            r"/opt/(wheels|py" + "pi)",
        )
    )
)


@pytest.mark.parametrize("rule", [*rules.RULES, *endings.RULES], ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_notebook_keeps_the_rule(path, rule):
    assert rule(nbformat.read(path, as_version=4)) == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_notebook_is_small_valid_and_has_exercises(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert path.stat().st_size <= rules.LARGEST_FILE
    if not path.name.startswith("00_"):
        assert len(rules.exercise_cells(notebook, "exercise")) >= rules.FEWEST_EXERCISES


def test_exercises_in_the_notebooks_and_in_the_library_are_the_same():
    for module in pkgutil.iter_modules(exercises.__path__, "coordlib.exercises."):
        importlib.import_module(module.name)
    announced = {
        found["id"]: (int(found["minutes"]), found["stars"].count("★"))
        for path in PATHS
        for found in rules.EXERCISE_HEADING.finditer(markdown(path))
    }
    known = {each.id: (each.minutes, each.difficulty) for each in exercises.REGISTRY.values()}
    assert announced == known


def test_a_kept_prediction_is_asked_again_later_in_the_same_words():
    asked: dict[str, list[tuple[str, str]]] = {}  # name to the notebooks' numbers and their calls
    for path in PATHS:
        for _, cell in rules.code_cells(nbformat.read(path, as_version=4)):
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "Prediction":
                    options = {option.arg: option.value for option in node.keywords}
                    if "kept_as" in options:
                        name = ast.literal_eval(options["kept_as"])
                        asked.setdefault(name, []).append((path.name[:2], ast.unparse(node)))
    assert asked
    for name, calls in asked.items():
        numbers, words = zip(*calls, strict=True)
        assert name[:2] == numbers[0] < numbers[-1] and len(set(words)) == 1, name


def test_all_stamps_are_up_to_date(capsys):
    assert notebooks.main(["check"]) == 0, capsys.readouterr().err


def test_the_map_stands_in_the_first_notebook():
    assert [path for path in PATHS if stamps.MAP in markdown(path)] == PATHS[:1]


def test_every_notebook_is_part_of_the_course():
    assert [path for path in tracked() if path.suffix == ".ipynb"] == [*PATHS, GLOSSARY]


@pytest.mark.parametrize("path", [*PAGES, *PATHS], ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    assert rules.broken_links(markdown(path), path.parent) == []


@pytest.mark.parametrize("path", [*PAGES, *PATHS], ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_named_in_texts_exist(path, capsys):
    code = re.findall(r"(?<=`)[^`\n]+(?=`)|(?<=^ {4}).+$", markdown(path), re.MULTILINE)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z]+):", makefile, re.MULTILINE)
    for piece in code:
        if named := re.match(r"make ([a-z]+)", piece):
            assert named[1] in targets, piece
        if piece.startswith("coordlib "):
            words = piece.split(" #")[0].split()[1:]
            with pytest.raises(SystemExit) as ended:
                cli.main([*words, "--help"])
            said = capsys.readouterr().out
            assert ended.value.code == 0, piece
            options = {word for word in words if word.startswith("--")} - {"--version"}
            assert all(option in said for option in options), piece


def test_no_file_names_a_registrys_host_or_a_path_of_one_machine():
    found = {
        str(path.relative_to(ROOT)): hit[0]
        for path in tracked()
        if (hit := HOSTS.search(path.read_bytes().decode(errors="ignore")))
    }
    assert found == {}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_from_floors_below(path):
    assert climbs(path.relative_to(ROOT / "coordlib"), path.read_text(encoding="utf-8")) == []


def test_the_floors_test_can_fail():
    assert climbs(Path("layers.py"), "from coordlib import datasets, __version__") == ["datasets"]
    assert climbs(Path("tasks/vae.py"), "import coordlib.tasks.gan") == ["tasks.gan"]
    assert climbs(Path("tasks/vae.py"), "def f():\n    from coordlib.plots import a") == ["plots.a"]
    own_task = "from coordlib.tasks.detection import anchors"
    assert climbs(Path("tasks/detection/networks.py"), own_task) == []
    assert climbs(Path("tasks/vae.py"), own_task) == ["tasks.detection.anchors"]
    assert climbs(Path("cli.py"), "from coordlib.tasks import vae\nimport torch") == []
    assert climbs(Path("widgets/probe.py"), "from coordlib.widgets.base import Widget") == []
    with pytest.raises(AssertionError, match="give attic a floor"):
        climbs(Path("attic.py"), "")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_public_names_have_types_and_a_docstring(path):
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    assert undocumented(importlib.import_module(name.removesuffix(".__init__"))) == []


def test_the_docstring_test_can_fail():
    source = "def bare(): ...\nclass Thing:\n    'a thing'\n    def method(self, size): ...\n"
    source += "    def forward(self, x: int) -> int: ...\n    def _private(self): ...\n"
    module = ModuleType("example", "A module.")
    exec(source, vars(module))
    assert undocumented(module) == [
        "bare has no docstring",
        "bare lacks types",
        "Thing.method has no docstring",
        "Thing.method lacks types",
    ]


def test_the_two_colours_stand_in_one_file():
    colour = re.compile("#(D55E00|0072B2)", re.IGNORECASE)
    package = [path for path in tracked() if path.is_relative_to(ROOT / "coordlib")]
    having = [path for path in package if colour.search(path.read_text(encoding="utf-8"))]
    assert having == [ROOT / "coordlib" / "plots" / "frame.py"]


def test_the_changelog_has_the_version():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(coordlib.__version__)}\b", changelog, re.MULTILINE)


def test_the_citation_names_course_and_paper():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors", "license"} <= citation.keys()
    (paper,) = citation["references"]
    assert paper["title"].startswith("An intriguing failing of convolutional neural networks")
    assert paper["identifiers"][0]["value"] == "arXiv:1807.03247"
    names = [author["family-names"] for author in paper["authors"]]
    assert names == ["Liu", "Lehman", "Molino", "Petroski Such", "Frank", "Sergeev", "Yosinski"]


def markdown(path: Path) -> str:
    """The text of a page, or of a notebook's markdown cells."""
    if path.suffix == ".ipynb":
        return "\n\n".join(text for _, text in rules.texts(nbformat.read(path, as_version=4)))
    return path.read_text(encoding="utf-8")


def tracked() -> list[Path]:
    """All files that belong to the project."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for name in sorted(listed.split("\0")) if (path := ROOT / name).is_file()]


def climbs(path: Path, source: str) -> list[str]:
    """What a file of coordlib, `path` within it, imports from its own floor or one above."""
    floors = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
    own = path.with_suffix("").parts[0]
    assert own in floors or own == "__init__", f"give {own} a floor in FLOORS"
    wrong = []
    for name in imports(source):
        package, _, inside = name.partition(".")
        room = inside.split(".")[0]
        if package != "coordlib" or room not in floors:
            continue
        # Files of one folder may share; of the tasks' folder only those of one task.
        depth = 2 if own == "tasks" else 1
        shared = inside.split(".")[:depth] == list(path.with_suffix("").parts[:depth])
        if not shared and floors[room] >= floors.get(own, 0):
            wrong.append(inside)
    return wrong


def imports(source: str) -> list[str]:
    """The full names of all that a module imports, in functions too."""
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"write the import of {node.module} in full"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def undocumented(module: ModuleType) -> list[str]:
    """Complaints about a module's public functions, classes and methods."""
    complaints = [] if module.__doc__ else ["the module has no docstring"]
    for name, member in vars(module).items():
        if getattr(member, "__module__", "") != module.__name__ or name.startswith("_"):
            continue
        members = {name: member}
        if inspect.isclass(member):
            members |= {f"{name}.{method}": getattr(member, method) for method in vars(member)}
        for full, each in members.items():
            each = each.fget if isinstance(each, property) else each
            function = inspect.isfunction(each) or inspect.ismethod(each)
            if full.split(".")[-1].startswith("_") or not (function or inspect.isclass(each)):
                continue
            # A method that means what its base's does inherits the words, but for torch's own.
            if not inspect.getdoc(each) and not full.endswith((".forward", ".extra_repr")):
                complaints.append(f"{full} has no docstring")
            if function and untyped(each):
                complaints.append(f"{full} lacks types")
    return complaints


def untyped(function: Callable) -> bool:
    """Whether an argument or the result of `function` has no annotation."""
    signature = inspect.signature(function)
    named = [each for name, each in signature.parameters.items() if name not in ("self", "cls")]
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return signature.return_annotation is signature.empty or any(
        each.annotation is each.empty and each.kind not in variadic for each in named
    )
