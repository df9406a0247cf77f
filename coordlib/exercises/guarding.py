"""A student's function, called so that it can neither hang, nor shout, nor change anything else."""

from __future__ import annotations

import contextlib
import copy
import dis
import fnmatch
import functools
import inspect
import io
import random
import signal
import sys
import sysconfig
import threading
import time
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.overrides import TorchFunctionMode

from coordlib.exercises.checking import NotYet, attempted, equal, kind

SECONDS = 10  # of the processor's time, for a whole check
PATIENCE = 6  # times as many on the clock, for one that only waits
SEED = 74_093  # such as no answer sets by itself
# All that the body of a stub is made of: `...`, `pass`, `return None`, a docstring.
EMPTY = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE", "POP_TOP"}

_MADE = {each.__init__.__code__ for each in (nn.Module, Optimizer)}

HERE = Path(__file__).parent
LIBRARY = HERE.parent
PYTHON = Path(sysconfig.get_paths()["stdlib"])


class TooLong(BaseException):
    """Raised in an answer that does not come; no `except Exception` in it can hold it."""


@dataclass(frozen=True)
class ToChange:
    """An argument that a `watched` function is to change: it gets the thing itself, not a copy."""

    itself: Any


@contextlib.contextmanager
def guarded(seconds: float = SECONDS) -> Iterator[None]:
    """A room for a check: silent, limited in time, and everything left as it was."""
    nowhere = _Nowhere()
    with (
        kept(),
        warnings.catch_warnings(),
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
        limited(seconds),
    ):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Put back what a function may have changed for all: seeds, formats, threads, gradients."""
    python, numpy, shown = random.getstate(), np.random.get_state(), np.get_printoptions()
    printed = dict(vars(torch._tensor_str.PRINT_OPTS))
    dtype, threads = torch.get_default_dtype(), torch.get_num_threads()
    gradients, limit = torch.is_grad_enabled(), sys.getrecursionlimit()
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    try:
        with torch.random.fork_rng(devices):
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        np.set_printoptions(**shown)
        vars(torch._tensor_str.PRINT_OPTS).update(printed)
        torch.set_default_dtype(dtype)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        torch.set_grad_enabled(gradients)
        sys.setrecursionlimit(limit)


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TooLong after so many seconds of this thread, or PATIENCE times as many on the clock.

    It takes a clock that interrupts (there is none on Windows) and the main thread, in which a
    notebook's cells run. A single call into a library is not interrupted.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or not hasattr(signal, "setitimer"):
        yield
        return
    worked, waited = time.thread_time() + seconds, time.monotonic() + PATIENCE * seconds
    watching = True

    def look(*_: Any) -> None:
        if watching and time.thread_time() > worked:
            raise TooLong(f"no answer after {seconds:g} processor seconds")
        if watching and time.monotonic() > waited:
            raise TooLong(f"no answer after {PATIENCE * seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, look)
    tick = min(0.2, seconds / 4)
    timer = signal.setitimer(signal.ITIMER_REAL, tick, tick)
    try:
        yield
    finally:
        watching = False
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, before)


def watched(answer: Any, stand_in: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """The student's function: it gets copies, must not change them, and returns something.

    Where `stand_in`, the course's own, is a class, the answer is one as well, and called it makes
    an object.

    Raises NotYet for what is no function, and in a call that changes what it was given, returns
    nothing, or lets `stand_in` do the work; the exercise is not attempted while the function is a
    stub.
    """
    attempted(answer)
    if isinstance(answer, types.CoroutineType):
        answer.close()
    if not callable(answer) or isinstance(answer, type) != isinstance(stand_in, type):
        raise NotYet(
            f"the answer is {kind(answer)}; wanted is a {asked(stand_in)}, by its name and without "
            "parentheses behind it"
        )

    @functools.wraps(answer, updated=())
    def call(*given: Any) -> Any:
        name = getattr(answer, "__name__", "your function")
        copies = [_copy(one) for one in given]
        with kept(), unaided(stand_in):
            result = answer(*copies)
        if isinstance(result, types.CoroutineType):
            result.close()
            raise NotYet(f"{name} is a coroutine: write `def`, without `async`")
        if inspect.isgeneratorfunction(answer) or inspect.isasyncgen(result):
            raise NotYet(f"{name} is a generator: `return` all at once, without `yield`")
        if result is None and not _is_stub(answer):
            raise NotYet(f"{name} returned None; is its `return` missing?")
        attempted(result)
        for argument, one, other in zip(_names(answer, given), given, copies, strict=True):
            if not _unchanged(one, other):
                raise NotYet(f"{name} changes {argument}, which its caller still needs: copy it")
        return result

    return call


def asked(stand_in: Callable[..., Any] | None) -> str:
    """What an exercise with such a stand-in asks for: "function" or "class"."""
    return "class" if isinstance(stand_in, type) else "function"


@contextlib.contextmanager
def unaided(stand_in: Callable[..., Any] | None) -> Iterator[None]:
    """Raise NotYet at the end if `stand_in`, or a method of it, was called, by whatever name.

    Where calls are followed already, by `work` or a debugger, it does not look.
    """
    if stand_in is None or sys.gettrace():
        yield
        return
    called = False
    members = vars(stand_in).values() if isinstance(stand_in, type) else [stand_in]
    codes = {each.__code__ for each in members if inspect.isfunction(each)}

    def look(frame: types.FrameType, *_: Any) -> None:  # None: no need to follow its lines
        nonlocal called
        called |= frame.f_code in codes

    sys.settrace(look)
    try:
        yield
    finally:
        sys.settrace(None)
    if called:
        raise NotYet(
            f"the course's own {asked(stand_in)} for this exercise did the work; write it yourself"
        )


@dataclass
class Work:
    """What a call did: lines run outside of libraries, torch's helpers, and whether ours helped.

    Torch's helpers are the functions that were called, the modules and optimizers that were made;
    methods of its distributions and the functions of scipy and torchvision count among them, but
    not those that torchvision's call themselves.
    """

    lines: int = 0
    helpers: set[str] = field(default_factory=set)
    coordlib: bool = False


def work(call: Callable[[], Any]) -> Work:
    """Call it, and say what it did. A loop shows in `lines`: they grow with what is looped over."""
    done, before = Work(), sys.gettrace()

    class Calls(TorchFunctionMode):
        def __torch_function__(
            self, function: Any, types: Any, given: Any = (), options: Any = None
        ) -> Any:
            done.helpers.add(getattr(function, "__name__", ""))
            return function(*given, **(options or {}))

    def look(frame: types.FrameType, event: str, _: Any) -> Any:
        path = Path(frame.f_code.co_filename)
        done.coordlib |= LIBRARY in path.parents and path.parent != HERE
        if frame.f_code in _MADE:
            done.helpers.add(type(frame.f_locals["self"]).__name__)
        callers = (Path(each.f_code.co_filename) for each in _callers(frame))
        if {"scipy", "distributions"} & set(path.parts) or (
            "torchvision" in path.parts and not any("torchvision" in each.parts for each in callers)
        ):
            done.helpers.add(frame.f_code.co_name)
        done.lines += event == "line" and not of_a_library(frame.f_code.co_filename)
        return look

    with Calls():
        sys.settrace(look)
        try:
            call()
        finally:
            sys.settrace(before)
    return done


def _callers(frame: types.FrameType) -> Iterator[types.FrameType]:
    while frame.f_back:
        frame = frame.f_back
        yield frame


def by_hand(call: Callable[[], Any], instead: str, *helpers: str) -> Work:
    """What a right answer's call did, unless coordlib or one of torch's `helpers` did it.

    `helpers` are names of functions and modules, such as "*pool*". Raises NotYet, which says what
    to do `instead`.
    """
    done = work(call)
    names = {name for each in helpers for name in done.helpers if fnmatch.fnmatchcase(name, each)}
    if names or done.coordlib:
        who = ", ".join(["coordlib"] * done.coordlib + sorted(names))
        raise NotYet(f"the result is right, but {who} helped; {instead}")
    return done


def drawn(
    call: Callable[[torch.Generator], Tensor], how: str = "`torch.rand(3, generator=generator)`"
) -> Tensor:
    """What a call draws from a generator of SEED, which is the same when it is asked again.

    how: an example of a call that draws from one.
    Raises NotYet if it draws nothing from the generator, or from elsewhere as well.
    """
    results = []
    for elsewhere in range(2):  # seeds all others anew, which would hide that they were drawn from
        random.seed(elsewhere)
        np.random.seed(elsewhere)
        torch.manual_seed(elsewhere)
        generator = torch.Generator().manual_seed(SEED)
        before = generator.get_state()
        results.append(call(generator))
        if generator.initial_seed() != SEED:
            raise NotYet("`generator` gets a seed of yours; draw from it as it comes")
        if torch.equal(generator.get_state(), before):
            raise NotYet(f"nothing is drawn from `generator`: hand it on, as in {how}")
    if not equal(*results):
        raise NotYet(
            "asked again with the same seed, you give other numbers: draw all of them from "
            "`generator`"
        )
    return results[0]


def of_a_library(filename: str) -> bool:
    """Whether code of that file is no student's: this library's, Python's or an installed one's."""
    path = Path(filename)
    own = "site-packages" in path.parts or {LIBRARY, PYTHON} & set(path.parents)
    return bool(own) or filename.startswith("<frozen")


def _copy(value: Any) -> Any:
    if isinstance(value, ToChange):
        return value.itself
    if isinstance(value, torch.Generator):  # given to be drawn from
        return value
    return value.clone() if isinstance(value, Tensor) else copy.deepcopy(value)


def _unchanged(one: Any, other: Any) -> bool:
    """Whether a copy that was handed out is still what it was copied from, if it should be."""
    if isinstance(one, ToChange):
        return True
    if isinstance(one, Tensor):
        same = isinstance(other, Tensor) and one.dtype == other.dtype and one.shape == other.shape
        return same and torch.equal(one.detach().nan_to_num(), other.detach().nan_to_num())
    if isinstance(one, nn.Module):
        return one.training == other.training and _unchanged(one.state_dict(), other.state_dict())
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(_unchanged(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(_unchanged, one, other))
    return bool(one == other)


def _names(answer: Any, given: tuple[Any, ...]) -> list[str]:
    """What the function calls its arguments."""
    try:
        names = list(inspect.signature(answer).parameters)[: len(given)]
    except (TypeError, ValueError):
        names = []
    return [f"`{name}`" for name in names] + ["an argument"] * (len(given) - len(names))


def _is_stub(answer: Any) -> bool:
    """Whether nothing is done in the body of a function or an object's method."""
    answer = getattr(answer, "__func__", answer)
    if not isinstance(answer, types.FunctionType):
        return False
    return {each.opname for each in dis.get_instructions(answer)} <= EMPTY


class _Nowhere(io.TextIOBase):
    """Where a check's answers may print as much as they like."""

    def write(self, text: str) -> int:
        return len(text)
