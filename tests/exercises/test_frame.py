"""The frame of the exercises: three statuses, and nothing a student writes makes it raise."""

from __future__ import annotations

import itertools
import linecache
import math
import random
import sys
import threading
import time
import warnings

import numpy as np
import pytest
import scipy.stats
import torch
from torchvision.ops import box_iou

from coordlib import datasets, exercises
from coordlib.exercises import checking, guarding


@pytest.fixture(autouse=True)
def registry(monkeypatch):
    monkeypatch.setattr(exercises, "REGISTRY", {})
    monkeypatch.setattr(exercises, "REACHED", {})
    monkeypatch.setattr(exercises.pkgutil, "iter_modules", lambda _: [])

    @exercises.exercise("9.1", minutes=5, difficulty=1)
    def double(answer):
        if answer(2) != 4:
            raise exercises.NotYet(f"double of 2 is 4, yours gives {answer(2)}")
        return "Twice as much."

    @exercises.exercise("9.2", minutes=5, difficulty=1, function=False)
    def parts(answer):
        return f"Sum {sum(exercises.attempted(part) for part in answer)}."


@pytest.fixture
def said(capsys):
    def said(id, answer):
        assert exercises.check(id, answer) is None
        return capsys.readouterr().out

    return said


def test_passed_and_not_yet(said):
    assert said("9.1", lambda x: 2 * x) == "9.1 passed: Twice as much.\n"
    assert said("9.1", lambda x: x) == "9.1 not yet: double of 2 is 4, yours gives 2\n"
    assert said("9.2", [1, 2]) == "9.2 passed: Sum 3.\n"


def test_what_has_passed_is_told_at_a_notebooks_end(said, capsys):
    def told():
        exercises.passed("09")
        return capsys.readouterr().out.splitlines()

    open_yet = ["9.1  ★☆☆   5 min  not attempted", "9.2  ★☆☆   5 min  not attempted"]
    assert told() == [*open_yet, "passed: 0 of 2, 0 of 10 minutes"]
    said("9.1", lambda x: x)
    said("9.2", [1, 2])
    half = ["9.1  ★☆☆   5 min  not yet", "9.2  ★☆☆   5 min  passed"]
    assert told() == [*half, "passed: 1 of 2, 5 of 10 minutes"]
    said("9.1", stub_with_dots)  # what has been reached stays
    said("9.2", 3)
    said("9.9", 3)
    assert told() == [*half, "passed: 1 of 2, 5 of 10 minutes"]


def halved(x):
    """What stands in for exercise 9.3."""
    return x / 2


@pytest.fixture
def own(capsys):
    @exercises.exercise("9.3", minutes=5, difficulty=1, stand_in=halved)
    def half(answer):
        if answer(4) != 2:
            raise exercises.NotYet("half of 4 is 2")
        return "Half as much."

    def own(answer):
        given = exercises.own("9.3", answer)
        return given, capsys.readouterr().out

    return own


def test_a_page_goes_on_with_its_readers_function_if_it_passes(own):
    def shifted(x):
        return x >> 1

    given, heard = own(shifted)
    assert given is shifted and heard == "9.3 yours\n"


@pytest.mark.parametrize("answer", [None, 3, lambda x: ..., lambda x: x, halved])
def test_a_page_goes_on_with_the_courses_own_function_if_not(own, said, answer):
    for _ in range(2):
        given, heard = own(answer)
        assert given is halved and heard == "9.3 not passed yet: the course's own stands in\n"
    # What stands in is no answer, and to ask for it is no check.
    assert "9.3" not in exercises.REACHED
    assert said("9.3", given) == (
        "9.3 this is the course's own function; run your own cell again, then this check\n"
    )
    assert "9.3" not in exercises.REACHED


@pytest.mark.parametrize(
    "answer", [lambda x: halved(x), lambda x: exercises.own("9.3", None)(x)], ids=["named", "own"]
)
def test_what_stands_in_does_not_do_the_work_of_an_answer(own, said, answer):
    assert said("9.3", answer) == (
        "9.3 not yet: the course's own function for this exercise did the work; write it yourself\n"
    )
    assert own(answer)[0] is halved


class Doubler:
    """What stands in for exercise 9.4, where a class is asked for."""

    def __init__(self, x):
        self.x = x

    def doubled(self):
        """Twice x."""
        return 2 * self.x


class Adder:
    def __init__(self, x):
        self.x = x

    def doubled(self):
        return self.x + self.x


class Heir(Doubler):
    pass


class Borrower:
    def __init__(self, x):
        self.doubled = Doubler(x).doubled


class Unfinished:
    def __init__(self, x):
        pass

    def doubled(self):
        """Twice x."""
        ...


class Forgetful(Adder):
    def doubled(self):
        self.x = 2 * self.x


@pytest.fixture
def class_asked_for():
    @exercises.exercise("9.4", minutes=5, difficulty=1, stand_in=Doubler)
    def doubler(answer):
        if guarding.watched(answer(4).doubled)() != 8:
            raise exercises.NotYet("double of 4 is 8")
        return "Twice as much."


def test_a_class_can_be_asked_for(class_asked_for, said, capsys):
    assert said("9.4", Adder) == "9.4 passed: Twice as much.\n"
    assert exercises.own("9.4", Adder) is Adder
    assert capsys.readouterr().out == "9.4 yours\n"
    for _ in range(2):
        assert exercises.own("9.4", Unfinished) is Doubler
        assert capsys.readouterr().out.startswith("9.4 not passed yet")


BORROWED = "the course's own class for this exercise did the work; write it yourself"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Doubler, "9.4 this is the course's own class; run your own cell again"),
        (Heir, f"9.4 not yet: {BORROWED}"),
        (Borrower, f"9.4 not yet: {BORROWED}"),
        (lambda x: Adder(x), "the answer is a function; wanted is a class, by its name"),
        (Adder(4), "the answer is an Adder; wanted is a class, by its name and without parenth"),
        (Forgetful, "9.4 not yet: doubled returned None; is its `return` missing?"),
        (Unfinished, "9.4 not attempted"),
        (None, "9.4 not attempted"),
    ],
)
def test_what_is_no_class_of_the_students_own_hears_so(class_asked_for, said, answer, why):
    assert why in said("9.4", answer)


@pytest.mark.parametrize("id", ["9.1", "9.9", 9.3, None, []])
def test_what_has_no_stand_in_is_refused(own, id):
    with pytest.raises(ValueError, match=r"id got .*; it takes one of 9\.3"):
        exercises.own(id, halved)


@pytest.mark.parametrize("notebook", ["9", 9, "08", None, ["09"]])
def test_what_has_passed_of_no_notebook_is_refused(notebook):
    with pytest.raises(ValueError, match="notebook got .*; it takes one of 09"):
        exercises.passed(notebook)


def stub_with_dots(x):
    """Twice x."""
    return ...


def stub_without_return(x):
    """Twice x."""
    ...


def stub_of_nothing(x):
    pass


@pytest.mark.parametrize("stub", [stub_with_dots, stub_without_return, stub_of_nothing, None, ...])
def test_a_stub_is_not_attempted(said, stub):
    assert said("9.1", stub) == "9.1 not attempted\n"


def test_a_part_left_open_is_not_attempted(said):
    assert said("9.2", [1, ...]) == "9.2 not attempted\n"


def test_a_forgotten_return_is_said(said):
    def forgot(x):
        x = 2 * x

    assert said("9.1", forgot) == ("9.1 not yet: forgot returned None; is its `return` missing?\n")


def test_an_exception_is_told_with_the_students_line(said):
    source = "def half(x):\n    return x / 0\n"
    linecache.cache["cell"] = (len(source), None, source.splitlines(keepends=True), "cell")
    space = {}
    exec(compile(source, "cell", "exec"), space)
    assert said("9.1", space["half"]) == (
        "9.1 not yet: your line 2, `return x / 0`, raised ZeroDivisionError: division by zero\n"
    )


@pytest.mark.parametrize("answer", [3, "text", [], lambda: 1, int, lambda x: "a" + x])
def test_nothing_makes_it_raise(said, answer):
    assert said("9.1", answer).startswith("9.1 not yet: ")


def test_an_unknown_exercise_is_named(said):
    assert said("9.9", 1) == "9.9 is no exercise; there are 9.1, 9.2\n"


def test_a_taken_id_and_a_wrong_difficulty_are_refused():
    with pytest.raises(ValueError, match=r"id got '9\.1', which is taken"):
        exercises.exercise("9.1", minutes=1, difficulty=1)
    with pytest.raises(ValueError, match="difficulty got 4; it takes 1, 2 or 3"):
        exercises.exercise("9.3", minutes=1, difficulty=4)


async def waits(*given):
    return 4


def yields(*given):
    yield from itertools.count()


def endless(*given):
    while True:
        try:
            math.sqrt(2)
        except Exception:
            raise


def sleeps(*given):
    time.sleep(3600)


def shouts(*given):
    for _ in range(3000):
        print("x" * 1000)
        print("x" * 1000, file=sys.stderr)
    warnings.warn("loud", stacklevel=1)
    return 5


def leaves(*given):
    sys.exit(3)


def digs(*given):
    return digs(*given)


def tells_a_novel(*given):
    raise ValueError("very\n" * 100_000)


class Loud(Exception):
    def __str__(self):
        raise RuntimeError


def raises_what_cannot_be_told(*given):
    raise Loud


NO_ANSWERS = {
    math: "the answer is a module; wanted is a function",
    Loud: "the answer is a class; wanted is a function",
    waits: "waits is a coroutine: write `def`",
    yields: "yields is a generator: `return` all at once",
    shouts: "double of 2 is 4, yours gives 5",
    leaves: "raised SystemExit: 3",
    digs: "raised RecursionError",
    tells_a_novel: "raised ValueError: very very",
    raises_what_cannot_be_told: "raised Loud",
    endless: "no answer after 0.3 processor seconds",
    sleeps: "no answer after 1.8 seconds",
}


@pytest.mark.parametrize("answer", NO_ANSWERS, ids=lambda answer: answer.__name__)
def test_what_is_no_answer_hears_so_in_one_line(capsys, monkeypatch, answer):
    one = exercises.REGISTRY["9.1"]
    monkeypatch.setitem(
        exercises.REGISTRY, "9.1", exercises.Exercise("9.1", 5, 1, one.checker, seconds=0.3)
    )
    if answer is endless:  # whatever share of a busy machine it has, that clock comes first
        monkeypatch.setattr(guarding, "PATIENCE", 1000)
    exercises.check("9.1", answer)
    heard = capsys.readouterr()
    assert heard.err == "" and heard.out.count("\n") == 1 and len(heard.out) < 1000
    assert NO_ANSWERS[answer] in heard.out


def test_a_coroutine_that_was_called_is_closed(said):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "the answer is a coroutine" in said("9.1", waits())


def test_the_stop_button_still_stops():
    def stopped(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        exercises.check("9.1", stopped)


def test_a_check_in_another_thread_has_no_limit_but_a_result(capsys):
    thread = threading.Thread(target=exercises.check, args=("9.1", lambda x: 2 * x))
    thread.start()
    thread.join()
    assert capsys.readouterr().out == "9.1 passed: Twice as much.\n"


def state():
    return (
        random.getstate(),
        [one.tolist() if hasattr(one, "tolist") else one for one in np.random.get_state()],
        torch.get_rng_state().tolist(),
        torch.get_default_dtype(),
        torch.get_num_threads(),
        torch.is_grad_enabled(),
        np.get_printoptions(),
        repr(torch.tensor([1 / 3])),
        sys.getrecursionlimit(),
        list(warnings.filters),
    )


@pytest.mark.parametrize("result", [4, 5, "raise"])
def test_a_check_leaves_everything_as_it_was(said, result):
    def careless(x):
        random.seed(1)
        np.random.seed(1)
        torch.manual_seed(1)
        torch.set_default_dtype(torch.float64)
        torch.set_num_threads(torch.get_num_threads() + 1)
        torch.set_grad_enabled(False)
        np.set_printoptions(precision=2)
        torch.set_printoptions(precision=2, sci_mode=True)
        sys.setrecursionlimit(5000)
        warnings.simplefilter("error")
        if result == "raise":
            raise ValueError
        return result

    before = state()
    assert said("9.1", careless).startswith("9.1 passed" if result == 4 else "9.1 not yet")
    assert state() == before


def test_an_answer_gets_copies_and_is_told_if_it_changes_them():
    def changes(picture, history, layer):
        picture += 1
        return 1

    def grows(picture, history, layer):
        history["step"].append(1)
        return 1

    def trains(picture, history, layer):
        with torch.no_grad():
            layer.bias.zero_()
        return 1

    given = torch.zeros(2), {"step": [1]}, torch.nn.Linear(1, 1)
    for answer, name in ((changes, "picture"), (grows, "history"), (trains, "layer")):
        with pytest.raises(checking.NotYet, match=f"changes `{name}`, which its caller"):
            guarding.watched(answer)(*given)
    assert given[0].sum() == 0 and given[1] == {"step": [1]}


def test_what_an_answer_is_to_change_is_no_copy():
    def trains(layer, optimizer, picture):
        layer(picture).sum().backward()
        optimizer.step()
        return 1

    layer = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(layer.parameters(), lr=1)
    before = layer.bias.item()
    given = guarding.ToChange(layer), guarding.ToChange(optimizer)
    assert guarding.watched(trains)(*given, torch.zeros(1, 1)) == 1
    assert layer.bias.item() == pytest.approx(before - 1)
    with pytest.raises(checking.NotYet, match="changes `picture`, which its caller"):
        guarding.watched(lambda layer, picture: picture.add_(1))(given[0], torch.zeros(1))


@pytest.mark.parametrize(
    "stub", [lambda x: ..., lambda x: None, stub_with_dots, stub_without_return, stub_of_nothing]
)
def test_a_stub_is_told_from_a_forgotten_return(said, stub):
    def forgot(x):
        x * 2 + x

    assert said("9.1", stub) == "9.1 not attempted\n"
    assert said("9.1", forgot).endswith("is its `return` missing?\n")


@pytest.mark.parametrize(
    "value",
    [
        [1.5, 2.5],
        (1.5, 2.5),
        np.array([1.5, 2.5]),
        [torch.tensor(1.5), np.float32(2.5)],
        torch.tensor([1.5, 2.5], requires_grad=True),
        torch.tensor([1.5, 2.5]).to_sparse(),
        torch.tensor([1.5, 2.5], dtype=torch.bfloat16),
    ],
)
def test_numbers_come_in_many_forms(value):
    found = checking.numbers(value)
    assert found.tolist() == [1.5, 2.5] and not found.requires_grad
    assert checking.equal(found, torch.tensor([1.5, 2.5]))


loop: list = []
loop.append(loop)


@pytest.mark.parametrize(
    "value",
    ["1", {1: 2}, {1}, iter([1]), 1j, [1, "2"], [[1], [1, 2]], [[1], 2], loop, object(), 10**400]
    + [np.array(["a"]), torch.tensor(1j), b"1", range(3)],
)
def test_what_is_no_number_hears_so(value):
    with pytest.raises(checking.NotYet, match="the result"):
        checking.numbers(value)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("1", "is a str; wanted are numbers"),
        ([1, "2"], "holds a str; wanted are numbers"),
        (zip([1], [2], strict=True), "is a zip; put `list(…)` around it"),
        ([range(3)], "holds a range; put `list(…)` around it"),
        ({1: 2}.values(), "is a dict_values; put `list(…)` around it"),
        ({1, 2}, "is a set; put its numbers into a list, in the order that is asked for"),
        ({1: 2}, "is a dict; put its numbers into a list, in the order that is asked for"),
    ],
)
def test_what_is_no_row_of_numbers_hears_what_to_do(value, why):
    with pytest.raises(checking.NotYet) as heard:
        checking.numbers(value)
    assert str(heard.value) == f"the result {why}"
    with pytest.raises(checking.NotYet) as heard:
        checking.booleans(value)
    assert str(heard.value) == f"the result {why}".replace("numbers", "booleans")


def test_a_tensor_of_0_and_1_hears_how_to_make_it_boolean():
    with pytest.raises(checking.NotYet, match=r"holds whole numbers; .*append `\.bool\(\)`"):
        checking.booleans(torch.tensor([0, 1]))
    assert checking.booleans([True, False]).tolist() == [True, False]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ([torch.ones(2)], "the result is a list; wanted is a tensor, as I say"),
        (np.ones(2), "the result is an ndarray; wanted is a tensor, as I say"),
        (torch.ones(2).double(), "the result holds torch.float64; it is torch.float32, stay there"),
        (torch.ones(2).int(), "the result holds torch.int32; it is torch.float32, stay there"),
    ],
)
def test_a_page_that_goes_on_with_a_result_takes_a_tensor_of_float32(value, why):
    with pytest.raises(checking.NotYet) as heard:
        checking.tensor(value, "as I say", "it is")
    assert str(heard.value) == why
    given = torch.ones(2, requires_grad=True)
    found = checking.tensor(given, "as I say", "it is")
    assert torch.equal(found, given) and not found.requires_grad


def test_a_share_may_be_a_count_by_mistake_or_float64():
    assert checking.share(torch.tensor([3, 1]), "as I say").tolist() == [3.0, 1.0]
    assert checking.share(torch.ones(2).double(), "as I say").dtype == torch.float32
    with pytest.raises(checking.NotYet, match=r"torch\.float16; a share is torch\.float32"):
        checking.share(torch.ones(2).half(), "as I say")


def made(*sizes):
    return torch.nn.Linear(*sizes)(torch.ones(sizes[0]))


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda: torch.nn.functional.avg_pool2d(torch.ones(1, 2, 2), 2), "avg_pool2d"),
        (lambda: made(2, 3), "Linear"),
        (lambda: datasets.positions(9, 3), "coordlib"),
        (lambda: datasets.positions(9, 3).view(made(1, 2).ndim, -1), "coordlib, Linear"),
    ],
)
def test_a_right_answer_that_was_helped_hears_by_whom(call, why):
    with pytest.raises(checking.NotYet) as heard:
        guarding.by_hand(call, "count", "*pool*", "Linear")
    assert str(heard.value) == f"the result is right, but {why} helped; count"


def test_an_answer_by_hand_hears_nothing():
    done = guarding.by_hand(lambda: torch.ones(2).sum(), "count", "*pool*", "Linear")
    assert "sum" in done.helpers and done.lines > 0 and not done.coordlib
    assert "Linear" in guarding.work(lambda: made(2, 3)).helpers
    box = torch.tensor([[0.0, 0, 2, 2]])
    helpers = guarding.work(lambda: box_iou(box, box)).helpers
    assert "box_iou" in helpers and "box_area" not in helpers  # which box_iou calls itself
    assert "sem" in guarding.work(lambda: scipy.stats.sem([1, 2, 4])).helpers
    even = torch.distributions.Categorical(torch.ones(2))
    assert "entropy" in guarding.work(even.entropy).helpers


def test_a_generator_is_handed_out_itself_and_may_be_drawn_from():
    call = guarding.watched(lambda generator: torch.rand(2, generator=generator))
    generator = torch.Generator().manual_seed(1)
    first, second = call(generator), call(generator)
    again = torch.rand(4, generator=torch.Generator().manual_seed(1))
    assert torch.equal(torch.cat((first, second)), again)


def test_what_is_drawn_from_the_generator_alone_is_given_back():
    drawn = guarding.drawn(lambda generator: torch.rand(3, generator=generator))
    generator = torch.Generator().manual_seed(guarding.SEED)
    assert torch.equal(drawn, torch.rand(3, generator=generator))


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda generator: 1.0, "nothing is drawn from `generator`"),
        (lambda generator: torch.rand(3), "nothing is drawn from `generator`"),
        (lambda generator: torch.rand(3, generator=generator.manual_seed(0)), "a seed of yours"),
        *(
            (
                lambda generator, elsewhere=elsewhere: (
                    torch.rand(3, generator=generator) + elsewhere()
                ),
                "asked again with the same seed, you give other numbers",
            )
            for elsewhere in (lambda: torch.rand(3), np.random.random_sample, random.random)
        ),
    ],
)
def test_what_is_drawn_from_elsewhere_is_refused(call, why):
    with guarding.kept(), pytest.raises(checking.NotYet, match=why):
        guarding.drawn(call)


def test_who_draws_nothing_hears_how_to_draw():
    with pytest.raises(checking.NotYet, match="hand it on, as in a dream$"):
        guarding.drawn(lambda generator: torch.ones(1), "a dream")


def test_equal_means_to_the_rounding_of_the_answers_own_format():
    third = torch.tensor([1 / 3, 2.0], dtype=torch.float64)
    for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16):
        assert checking.equal(third.to(dtype), third)
    assert checking.equal(third.float().double(), third)
    assert not checking.equal(third + 1e-5, third)
    assert not checking.equal(third.half() + 0.05, third)
    count = torch.tensor(1_632_001)
    assert checking.equal(count.float(), count) and checking.equal(count.double(), count)
    assert not checking.equal((count + 1).double(), count)
    assert checking.equal(torch.tensor(math.inf), torch.tensor(math.inf))
    assert not checking.equal(torch.tensor(math.nan), torch.tensor(1.0))


def test_different_numbers_are_never_written_alike():
    for one, other in (
        (0.0005, 0.0005001),
        (1.0, 1 + 2**-50),
        (46465, 46466),
        (478.14, 478.1),
        (2900.001, 2900),
        (46465.5, 46465),
        (12345.0001, 12345),
    ):
        ours, theirs = (float(text.replace(",", "")) for text in checking.unlike(one, other))
        # Not only unlike, but as far apart as they are.
        assert abs((ours - theirs) - (one - other)) < abs(one - other)
    assert checking.unlike(46465, 1) == ("46,465", "1")
    assert checking.unlike(2900.001, 2900) == ("2,900.001", "2,900")
    assert checking.unlike(2.0**127, 100.4) == ("1.701e+38", "100.4")
    assert checking.unlike(2**62, 2**62 + 1)[1] == "4,611,686,018,427,387,905"
    assert checking.unlike(math.nan, 0.25) == ("nan", "0.25")
    assert checking.unlike(math.inf, 0.25) == ("inf", "0.25")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda n: n + 1, "for 2: one too many"),
        # On these cases two mistakes give the same: neither is named.
        (lambda n: 2 * n, "for 3: your answer is 6; it should be 5"),
        # A mistake that explains the first case only is not named.
        (lambda n: n + 1 if n == 2 else 9, "for 2: your answer is 3; it should be 2"),
    ],
)
def test_a_mistake_is_named_only_if_it_alone_gives_the_answer(answer, why):
    def right(n):
        return n if n == 2 else 5

    if "too many" not in why and answer(2) == 4:
        right = {2: 4, 3: 5}.get
    cases = [(2,), (3,)]
    mistakes = (
        (lambda n: n + 1, "one too many"),
        (lambda n: 2 * n, "doubled"),
        (lambda n: n + n, "added to itself"),
    )
    with pytest.raises(checking.NotYet) as heard:
        checking.judge(
            answer, cases, right, mistakes=mistakes, said=lambda n: f"for {n}", read=checking.number
        )
    assert str(heard.value) == why
