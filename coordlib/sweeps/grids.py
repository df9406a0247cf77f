"""Grids: files that list the values of some settings, to be run in all combinations.

A grid is a JSON object:

description, source  what it is for and where it comes from
task                 one of `tasks.TASKS`
style, scale         of the preset that gives whatever the grid leaves open ("course", "lesson")
seeds                each combination is run once with each
fixed                values of the task's settings and of the recipe, for all runs
axes                 lists of such values; the runs are all their combinations
parts                if there: a list of objects with `fixed` and `axes` of their own, each a grid
                     with what stands above
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import itertools
import json
from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import Any

import torch

from coordlib import checks, fields, records, tasks
from coordlib.recipes import SCALES, STYLES, Recipe
from coordlib.recording import Settings
from coordlib.storage import read_json, reading

_KEYS = ("description", "source", "task", "style", "scale", "seeds", "fixed", "axes", "parts")
_SHORT = {"learning_rate": "lr", "multiplier": "m", "filter_size": "fs", "batch_size": "batch"}


@dataclass(frozen=True)
class Configuration:
    """One run of a grid; `parameters` and `steps` say what it will take."""

    name: str
    task: str
    settings: Settings
    recipe: Recipe
    seed: int
    parameters: int
    steps: int


def shipped() -> list[str]:
    """The names of the grids that come with the course."""
    return sorted(path.stem for path in _folder().glob("*.json"))


def read(grid: str) -> dict[str, Any]:
    """A grid's content: of one that comes with the course, by name, or of the file at a path.

    Raises ValueError if there is no such grid, StorageError if its file cannot be read or is not
    JSON.
    """
    path = _folder() / f"{grid}.json" if grid in shipped() else Path(grid)
    if path.suffix != ".json":
        checks.one_of("grid", grid, [*shipped(), "the path of a .json file"])
    with reading(path, "grid"):
        return fields.parse(dict[str, Any], read_json(path))


def configurations(grid: dict[str, Any]) -> list[Configuration]:
    """All runs of a grid, in its order.

    A name says what varies along the axes, and between the parts what every run must be given
    (the network and the split, in most tasks).
    Every network is built once, so that a value out of range is found here.

    Raises ValueError that names what is wrong: an unknown key, a value that its setting does not
    take (and of which run), two runs of the same name.
    """
    _check(grid)
    settings = tasks.load(grid["task"]).Settings.fields()
    parts = _parts(grid)
    chosen = [values for part in parts for values in _combinations(part)]
    told = {each.name for each in settings if each.required}.union(
        *(part["axes"] for part in parts)
    )
    names = dict.fromkeys(name for values in chosen for name in values if name in told)
    varying = [
        name for name in names if len({json.dumps(values.get(name)) for values in chosen}) > 1
    ]

    named = []
    for values in chosen:
        words = [_word(name, values[name]) for name in varying if name in values]
        named += [("-".join([*words, f"seed{seed}"]), values, seed) for seed in grid["seeds"]]
    ((name, count),) = Counter(name for name, _, _ in named).most_common(1)
    if count > 1:
        raise ValueError(
            f"the grid has {count} configurations named {name}; it takes each combination once, "
            f"and what tells two parts apart on an axis (one value will do)"
        )
    return [_configuration(grid, *each) for each in named]


def select(configurations: list[Configuration], pattern: str) -> list[Configuration]:
    """Those whose name matches a pattern such as "uniform-*".

    Raises ValueError if none does.
    """
    matching = [each for each in configurations if fnmatchcase(each.name, pattern)]
    if not matching:
        names = [each.name for each in configurations]
        (nearest,) = difflib.get_close_matches(pattern, names, n=1, cutoff=0)
        raise ValueError(
            f"--only got {pattern!r}, which fits none of the grid's {len(names)} names; "
            f"did you mean {nearest!r}? --dry-run lists all"
        )
    return matching


def table(configurations: list[Configuration]) -> str:
    """The configurations to be read: name, parameters of the network, epochs and steps."""
    width = max(len(each.name) for each in configurations)
    lines = [f"{'name':{width}}  {'parameters':>10}  {'length':>12}  {'steps':>9}"]
    lines += [
        f"{each.name:{width}}  {each.parameters:10,}  {each.recipe.length:>12}  {each.steps:9,}"
        for each in configurations
    ]
    steps = sum(each.steps for each in configurations)
    return "\n".join([*lines, f"{len(configurations):,} runs, {steps:,} steps"])


def _folder() -> Path:
    return records.data_folder() / "grids"


def _check(grid: Any) -> None:
    """The keys of a grid and the kinds of their values, all but `fixed` and `axes`."""
    if not isinstance(grid, dict):
        raise ValueError(f"a grid takes a JSON object, got a {type(grid).__name__}")
    for key in grid:
        checks.one_of("a key of the grid", key, _KEYS)
    for key in ("task", "seeds"):
        if key not in grid:
            raise ValueError(f"the grid lacks its {key!r}")
    checks.one_of("task", grid["task"], tasks.names())
    checks.one_of("style", grid.get("style", "course"), STYLES)
    checks.one_of("scale", grid.get("scale", "lesson"), SCALES)
    _check_list("seeds", grid["seeds"])
    for seed in grid["seeds"]:
        checks.whole_number("seeds", seed, 0, checks.SEEDS[1])
    if "parts" in grid:
        _check_list("parts", grid["parts"])


def _check_list(name: str, value: Any) -> None:
    if not isinstance(value, list) or not value:
        raise ValueError(f"{name} got {value!r}; it takes a list with something in it")


def _parts(grid: dict[str, Any]) -> list[dict[str, dict[str, Any]]]:
    """The grid as a list of `fixed` and `axes`, checked."""
    names = _names(grid["task"])
    settings = tasks.load(grid["task"]).Settings.fields()
    parts = []
    for part in grid.get("parts", [{}]):
        if not isinstance(part, dict):
            raise ValueError(f"parts got {part!r}; it takes objects with 'fixed' and 'axes'")
        for key in part:
            checks.one_of("a key of a part", key, ("fixed", "axes"))
        whole = {}
        for key in ("fixed", "axes"):
            for each in (grid.get(key, {}), part.get(key, {})):
                if not isinstance(each, dict):
                    raise ValueError(f"{key} got {each!r}; it takes an object")
                for name in each:
                    checks.one_of(f"a name in {key}", name, names)
            whole[key] = {**grid.get(key, {}), **part.get(key, {})}
        for name, values in whole["axes"].items():
            _check_list(f"the axis {name}", values)
        if both := whole["fixed"].keys() & whole["axes"].keys():
            raise ValueError(f"{min(both)} is both fixed and an axis; it takes one of them")
        for name in (each.name for each in settings if each.required):
            if name not in whole["fixed"] | whole["axes"]:
                raise ValueError(f"the grid lacks {name!r}; it takes it in 'fixed' or 'axes'")
        parts.append(whole)
    return parts


def _combinations(part: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    each = itertools.product(*part["axes"].values())
    return [{**part["fixed"], **dict(zip(part["axes"], values, strict=True))} for values in each]


def _word(name: str, value: Any) -> str:
    """A setting as a word of a name: uniform, lr0.005, l2_0.001 (apart, since it ends in 2).

    Of a path it is the last part.
    """
    if isinstance(value, str):
        return PurePath(value).name
    short = _SHORT.get(name, name)
    numbers = value if isinstance(value, list) else [value]
    said = "_".join(format(n, ".12g") if isinstance(n, (int, float)) else str(n) for n in numbers)
    return f"{short}_{said}" if short[-1].isdigit() else f"{short}{said}"


def _configuration(
    grid: dict[str, Any], name: str, values: dict[str, Any], seed: int
) -> Configuration:
    task = tasks.load(grid["task"])
    known = {each.name for each in task.Settings.fields()}
    try:
        settings, recipe = task.preset(
            style=grid.get("style", "course"),
            scale=grid.get("scale", "lesson"),
            **{key: value for key, value in values.items() if key in known},
        )
        changes = {key: value for key, value in values.items() if key not in known}
        recipe = recipe.changed(**changes)
        parameters, examples = _sizes(settings)
        steps = recipe.total_steps(examples)
    except (ValueError, TypeError) as error:
        raise ValueError(f"configuration {name}: {error}") from error
    return Configuration(name, grid["task"], settings, recipe, seed, parameters, steps)


@functools.cache
def _names(task: str) -> list[str]:
    """What a grid can give: the task's settings and the recipe's fields."""
    settings = [each.name for each in tasks.load(task).Settings.fields()]
    return settings + [field.name for field in dataclasses.fields(Recipe)]


@functools.cache
def _sizes(settings: Settings) -> tuple[int, int | None]:
    """How many parameters are trained, as runs record it, and how many train examples there are."""
    try:
        # There nothing is computed or takes memory, however large.
        experiment = settings.experiment(0, torch.device("meta"))
    except (RuntimeError, TypeError):  # as torch says where values are needed, by an agent, say
        experiment = settings.experiment(0, torch.device("cpu"))
    trained = sum(p.numel() for p in experiment.network.parameters() if p.requires_grad)
    return trained, experiment.train_size
