"""The exercises' frame: how an answer is checked and what the student is told.

A notebook ends an exercise with `exercises.check("1.2", answer)`, which prints one line:

    1.2 not attempted
    1.2 not yet: … why …
    1.2 passed: … what this shows …

and at its own end `exercises.passed("01")` tells which of its exercises were passed. Where a
notebook goes on with what its reader has written, `exercises.own("9.4", answer)` gives the answer
back if it passes, and the course's own function if not.

The checkers live in the other files of this folder, one or a few for each notebook.
"""

from __future__ import annotations

import importlib
import linecache
import pkgutil
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from coordlib import checks
from coordlib.exercises.checking import NotAttempted, NotYet, attempted
from coordlib.exercises.guarding import SECONDS, TooLong, asked, guarded, of_a_library, watched

__all__ = ["NotYet", "attempted", "check", "exercise", "own", "passed"]

LONGEST = 300  # characters of an error that are told


@dataclass(frozen=True)
class Exercise:
    """An exercise with its checker; `minutes` and `difficulty` (1 to 3) stand in the notebook.

    `function`: whether the answer is a function, or a class. `seconds`: of the processor, for a
    whole check. `stand_in`: the course's own, where the notebook goes on with the student's.
    """

    id: str
    minutes: int
    difficulty: int
    checker: Callable[[Any], str]
    function: bool = True
    seconds: float = SECONDS
    stand_in: Callable[..., Any] | None = None


REGISTRY: dict[str, Exercise] = {}
STATES = ("not attempted", "not yet", "passed")  # how a check's line begins, from worst to best
REACHED: dict[str, str] = {}  # exercise to the best state that a check in this session has told


def exercise(
    id: str,
    *,
    minutes: int,
    difficulty: int,
    function: bool = True,
    seconds: float = SECONDS,
    stand_in: Callable[..., Any] | None = None,
) -> Callable[[Callable[[Any], str]], Callable[[Any], str]]:
    """Register the decorated function as the checker of an exercise, such as "1.2".

    The checker takes the answer and returns one sentence to praise it with, or raises `NotYet`.
    An answer that is a function can simply be called: it gets copies of its arguments and must not
    change them, it can't hang, print or change a seed, and while it returns `...`, or nothing
    because its body is still empty, the exercise counts as not attempted. Results go through
    `checking.numbers` or its like, and `checking.judge` compares them.

    stand_in: what `own` gives as long as the exercise isn't solved. Handed in as an answer it
        counts as none, and whoever does so hears what it is. Where it is a class the answer is one.

    Raises ValueError for an id that is taken or a difficulty that is not 1, 2 or 3.
    """
    if id in REGISTRY:
        raise ValueError(f"id got {id!r}, which is taken; it takes a new one")
    if difficulty not in (1, 2, 3):
        raise ValueError(f"difficulty got {difficulty!r}; it takes 1, 2 or 3")

    def register(checker: Callable[[Any], str]) -> Callable[[Any], str]:
        REGISTRY[id] = Exercise(id, minutes, difficulty, checker, function, seconds, stand_in)
        return checker

    return register


def check(id: str, answer: Any) -> None:
    """Print whether `answer` solves the exercise. Never raises, but for the Stop button."""
    status = _status(id, answer)
    for state in STATES:
        if status.startswith(state):
            REACHED[id] = max(state, REACHED.get(id, state), key=STATES.index)
    print(f"{id} {status}")


def own(id: str, answer: Any) -> Callable[..., Any]:
    """`answer` itself if it solves the exercise, else the course's own function for it.

    So a page goes on with what its reader has written, and runs unsolved as well. Prints which of
    the two it is. Raises ValueError for an exercise that there is not, or that has no stand-in.
    """
    standing = {one.id: one.stand_in for one in _in_order() if one.stand_in}
    checks.one_of("id", id, standing)
    solved = _status(id, answer).startswith(STATES[-1])
    print(f"{id} yours" if solved else f"{id} not passed yet: the course's own stands in")
    return answer if solved else standing[id]


def passed(notebook: str) -> None:
    """Print how far the exercises of a notebook, such as "01", have come in this session.

    Each stands at the best that its checks have said so far, a solution's own among them once it
    was run. Raises ValueError for a notebook without exercises.
    """
    found: dict[str, list[Exercise]] = {}
    for one in _in_order():
        found.setdefault(one.id.split(".")[0].zfill(2), []).append(one)
    if notebook not in list(found):  # a list, so that anything can be looked for
        raise ValueError(f"notebook got {notebook!r}; it takes one of {', '.join(sorted(found))}")
    done = [one for one in found[notebook] if REACHED.get(one.id) == STATES[-1]]
    for one in found[notebook]:
        stars = "★" * one.difficulty + "☆" * (3 - one.difficulty)
        print(f"{one.id}  {stars}  {one.minutes:2} min  {REACHED.get(one.id, STATES[0])}")
    minutes, whole = (sum(one.minutes for one in each) for each in (done, found[notebook]))
    print(f"passed: {len(done)} of {len(found[notebook])}, {minutes} of {whole} minutes")


def _status(id: str, answer: Any) -> str:
    try:
        known = _load()
        if id not in known:
            return f"is no exercise; there are {', '.join(one.id for one in _in_order())}"
        one = known[id]
        if one.stand_in and answer is one.stand_in:
            which = f"the course's own {asked(one.stand_in)}"
            return f"this is {which}; run your own cell again, then this check"
        tried = watched(answer, one.stand_in) if one.function else attempted(answer)
        with guarded(one.seconds):
            return f"passed: {one.checker(tried)}"
    except KeyboardInterrupt:
        raise
    except NotAttempted:
        return "not attempted"
    except (NotYet, TooLong) as reason:
        return f"not yet: {reason}"
    except BaseException as error:  # sys.exit is one as well
        return f"not yet: {_describe(error)}"


def _load() -> dict[str, Exercise]:
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return REGISTRY


def _in_order() -> list[Exercise]:
    """All exercises as the course has them: 9.3 before 10.2."""
    return sorted(_load().values(), key=lambda one: [*map(int, one.id.split("."))])


def _describe(error: BaseException) -> str:
    """The error, and the student's line: the last one that is no library's."""
    try:
        text = " ".join(str(error)[:LONGEST].split())
    except Exception:
        text = ""
    said = f"{type(error).__name__}: {text}" if text else type(error).__name__
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if of_a_library(frame.filename):
            continue
        source = linecache.getline(frame.filename, frame.lineno or 0).strip()
        return f"your line {frame.lineno}, `{source}`, raised {said}" if source else said
    return said
