"""All checkers at once: right answers in many forms pass, wrong ones and mutated solutions don't.

The answers stand in the files `answers_*.py` beside this one, a table a notebook; an exercise
without enough of them fails here.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from torch import Tensor

from coordlib import exercises
from coordlib.exercises import checking
from tests.exercises import mutations, oracles
from tools import rules, stamps

FEWEST_RIGHT, FEWEST_WRONG, DRAWS = 4, 8, 60
TABLES = [
    importlib.import_module(f"tests.exercises.{path.stem}")
    for path in sorted(Path(__file__).parent.glob("answers_*.py"))
]
RIGHT = {one: answers for table in TABLES for one, answers in table.RIGHT.items()}
WRONG = {one: answers for table in TABLES for one, answers in table.WRONG.items()}


def solutions() -> dict[str, tuple[str, str]]:
    """Of each exercise in the notebooks: its function's name, and the source that defines it."""
    found = {}
    for path in stamps.notebooks():
        notebook = nbformat.read(path, as_version=4)
        for one, position in rules.exercise_cells(notebook, "solution").items():
            source, _, check = notebook.cells[position].source.strip().rpartition("\n")
            found[one] = re.search(r", (\w+)\)$", check)[1], source
    return found


SOLUTIONS = solutions()


def built(name, source):
    """The function of that name, in a notebook's surroundings."""
    space = {"torch": torch, "F": torch.nn.functional, "Tensor": Tensor, "nn": torch.nn}
    exec("import math\nfrom coordlib.coordinates import coordinate_channels", space)
    exec("from coordlib.layers import CoordConv2d", space)
    exec("from torchvision.ops import box_iou", space)
    exec("from coordlib.exercises.comparing import interval", space)
    exec("from coordlib.exercises.opposing import losses", space)
    exec("from coordlib.exercises.broadcasting import broadcast", space)
    exec("from coordlib.exercises.building import channels as my_channels", space)
    exec("from coordlib.exercises.looping import training_step", space)
    exec("from coordlib import datasets", space)
    exec("from coordlib.exercises.guessing import canvas_loss", space)
    exec("from coordlib.exercises.explaining import stays_empty", space)
    space["_int"] = lambda value: torch.as_tensor(value).int()
    space["_flip"] = lambda value: torch.as_tensor(value).flip(-1)
    exec(source, space)
    return space[name]


def said(capsys, one, answer):
    exercises.check(one, answer)
    heard = capsys.readouterr().out
    assert heard.count("\n") == 1 and heard.startswith(f"{one} ")
    return heard.strip()


@pytest.mark.parametrize("one", sorted(SOLUTIONS))
def test_there_are_enough_answers(one):
    assert len(RIGHT[one]) >= FEWEST_RIGHT and len(WRONG[one]) >= FEWEST_WRONG


def rows(table):
    return [
        pytest.param(one, row, id=f"{one}-{n}") for one in table for n, row in enumerate(table[one])
    ]


@pytest.mark.parametrize(("one", "answer"), rows(RIGHT))
def test_a_right_answer_passes(capsys, one, answer):
    assert said(capsys, one, answer).startswith(f"{one} passed: ")


@pytest.mark.parametrize(("one", "row"), rows(WRONG))
def test_a_wrong_answer_hears_why(capsys, one, row):
    answer, why = row
    heard = said(capsys, one, answer)
    assert heard.startswith(f"{one} not yet: ") and why in heard
    # No two equal numbers are told as a difference.
    for ours, theirs in re.findall(r"(\S+); (?:it should be|wanted (?:is|are)) (\S+)", heard):
        assert ours != theirs


def headings():
    """What help entries quote, an exercise each, as patterns: “…” stands for anything."""
    for path in stamps.notebooks():
        notebook = nbformat.read(path, as_version=4)
        for one, position in rules.exercise_cells(notebook, "check").items():
            help = notebook.cells[position + 1].source
            for summary in re.findall(r"<summary>(.+?)</summary>", help):
                for quoted in re.findall("“(.+?)”", summary):
                    yield one, quoted


@functools.cache
def all_heard(one):
    """What the wrong answers to an exercise hear, a line each."""
    with contextlib.redirect_stdout(io.StringIO()) as heard:
        for answer, _ in WRONG[one]:
            exercises.check(one, answer)
    return heard.getvalue()


@pytest.mark.parametrize(("one", "quoted"), list(headings()))
def test_a_help_entry_is_named_after_something_that_is_said(one, quoted):
    pattern = ".*".join(map(re.escape, re.split(r"\s*…\s*", quoted)))
    assert re.search(pattern, all_heard(one), re.IGNORECASE)


# A tensor is asked for, of whole numbers or others.
NO_TENSORS = {
    (one, form)
    for one in ("3.1", "3.3", "3.7", "6.4", "7.2", "11.2", "11.3")
    for form in ("lists", "tuples", "arrays", "rows")
}
FORMS = {
    "lists": lambda one: one.tolist(),
    "tuples": lambda one: tuple(one.tolist()) if one.ndim else one.item(),
    "arrays": lambda one: one.numpy(),
    "rows": lambda one: list(one) if one.ndim else one,
    "float64": lambda one: one.double() if one.is_floating_point() else one,
    "float16": lambda one: one.half() if one.is_floating_point() else one,
    "bfloat16": lambda one: one.bfloat16() if one.is_floating_point() else one,
    "with a gradient": lambda one: one.clone().requires_grad_() if one.is_floating_point() else one,
}
# Names are asked for, or rows with names.
NAMED = ("4.5", "4.6")
# A tensor of float32 is asked for, or gradients.
OF_TENSORS = (
    "2.5",
    "2.6",
    "3.2",
    "5.5",
    "6.3",
    "6.5",
    "7.3",
    "7.4",
    "8.1",
    "8.2",
    "8.3",
    "8.4",
    "9.7",
    "11.4",
)
# The page's own way is asked for, and its trace is lost in some of these forms, or a format's
# rounding shows: eight bits do not tell a pixel from its neighbour.
TOO_COARSE = {("3.4", "bfloat16"), ("6.7", "bfloat16"), ("6.7", "float16")}
TOO_COARSE |= {(one, form) for one in OF_TENSORS + NAMED for form in FORMS}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("one", sorted(SOLUTIONS))
def test_the_solution_passes_in_every_form(capsys, one, form):
    solution = built(*SOLUTIONS[one])

    def answer(*given):
        result = solution(*given)
        if isinstance(result, str):
            return result
        if isinstance(result, tuple) and isinstance(result[0], Tensor):
            return tuple(FORMS[form](part.detach()) for part in result)
        return FORMS[form](torch.as_tensor(result).detach())

    if (one, form) not in TOO_COARSE | NO_TENSORS:
        assert said(capsys, one, answer).startswith(f"{one} passed: ")


@pytest.mark.parametrize("one", sorted(SOLUTIONS))
def test_a_solution_that_changes_what_it_was_given_does_not_pass(capsys, one):
    solution = built(*SOLUTIONS[one])

    def answer(*given):
        result = solution(*given)
        for value in given:
            if isinstance(value, Tensor):
                value.zero_() if value.any() else value.add_(1)
            elif isinstance(value, (list, dict)):
                value.clear()
        return result

    if one in oracles.DRAWN and any(
        isinstance(value, (Tensor, list, dict)) for value in oracles.DRAWN[one]()
    ):
        assert "changes " in said(capsys, one, answer)


@pytest.mark.parametrize("one", sorted(SOLUTIONS))
def test_a_mutated_solution_does_not_pass(capsys, one):
    name, source = SOLUTIONS[one]
    assert right(one, built(name, source))
    alive = []
    tried = 0
    for change, mutant in mutations.mutants(source):
        try:
            answer = built(name, mutant)
        except Exception:  # it is no Python
            continue
        tried += 1
        if "passed" in said(capsys, one, answer) and not right(one, answer):
            alive.append(change)
    assert not alive and tried >= 3


def right(one, answer):
    """Whether an answer is right by the oracle, on arguments drawn at random."""
    try:
        if one in oracles.HOLDS:
            return oracles.HOLDS[one](answer)
        for _ in range(DRAWS):
            given = oracles.DRAWN[one]()
            found, wanted = answer(*given), oracles.RIGHT[one](*given)
            if not np.allclose(numbers(found), numbers(wanted), rtol=0, atol=1e-5):
                return False
    except Exception:
        return False
    return True


def numbers(value):
    if isinstance(value, tuple):  # of several things, whose shapes may differ
        return torch.cat([numbers(part).flatten() for part in value])
    if isinstance(value, str):
        value = list(value.encode())
    return checking.numbers(value).double()
