"""Errors that name the argument, what it got and what it takes."""

import math

import pytest
import torch

from coordlib import checks


@pytest.mark.parametrize(
    ("check", "value", "says"),
    [
        (lambda v: checks.one_of("split", v, ["uniform", "quadrant"]), "quadrent", "did you mean"),
        (lambda v: checks.one_of("split", v, ["uniform"]), 7, "split got 7; it takes one of uni"),
        (lambda v: checks.whole_number("epochs", v), 0, "epochs got 0.*at least 1"),
        (lambda v: checks.whole_number("epochs", v), 1.0, "epochs got 1.0"),
        (lambda v: checks.whole_number("epochs", v), True, "epochs got True"),
        (lambda v: checks.whole_number("threads", v, 1, 1024), 1025, "from 1 to 1,024"),
        (lambda v: checks.number("l2", v), 10**400, "l2 got 1000"),
        (lambda v: checks.number("l2", v), -0.1, "l2 got -0.1.*at least 0"),
        (lambda v: checks.number("l2", v), math.nan, "l2 got nan"),
        (lambda v: checks.number("l2", v), math.inf, "l2 got inf"),
        (lambda v: checks.number("l2", v), "1", "l2 got '1'; it takes a number"),
        (lambda v: checks.positive("margin", v), 0.0, "margin got 0; it takes a number above 0"),
        (lambda v: checks.positive("margin", v), -1, "margin got -1"),
    ],
)
def test_what_an_argument_does_not_take_is_named(check, value, says):
    with pytest.raises(ValueError, match=says):
        check(value)


def test_a_seed_is_an_integer_that_torch_takes():
    for value in (-3, *checks.SEEDS):
        checks.seed(value)
        torch.manual_seed(value)
        torch.Generator().manual_seed(value)
    for value in (checks.SEEDS[0] - 1, checks.SEEDS[1] + 1):
        with pytest.raises(ValueError, match="seed got .*; it takes a whole number from -9,223"):
            checks.seed(value)
    for wrong in (1.0, True, "1"):
        with pytest.raises(TypeError, match="seed got"):
            checks.seed(wrong)
