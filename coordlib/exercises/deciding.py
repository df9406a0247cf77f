"""Checker for notebook 10: what differences between two arms say, a word of four."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import judge, kind
from coordlib.exercises.comparing import interval
from coordlib.exercises.equating import (
    NOT_WITHIN,
    WITHIN_AND_HOLDS_0,
    Rule,
    by,
    case,
    experiments,
    told,
    within,
)

VERDICTS = "gain", "harm", "no difference", "undecided"


def verdict(differences: Tensor, margin: float, factor: float) -> str:
    """What paired differences, (n,), of two arms say: one of VERDICTS.

    "no difference" if their interval lies between -margin and margin, whether it holds 0 or not.
    Else "gain" if it lies above 0, "harm" if it lies below, and otherwise "undecided".
    """
    low, high = interval(differences, factor)
    if within(low, high, margin):
        return "no difference"
    if low > 0:
        return "gain"
    return "harm" if high < 0 else "undecided"


@exercise("10.6", minutes=8, difficulty=2, stand_in=verdict)
def verdict_found(answer: Callable[[Tensor, float, float], Any]) -> str:
    """What paired differences say: "gain", "harm", "no difference" or "undecided"."""
    small = {"no difference": within}
    signs: dict[str, Rule] = {
        "gain": lambda low, high, margin: low > 0,
        "harm": lambda low, high, margin: high < 0,
    }
    beyond: dict[str, Rule] = {
        "gain": lambda low, high, margin: low >= margin,
        "harm": lambda low, high, margin: high <= -margin,
    }
    not_beyond = "for gain or harm the interval need not lie beyond the margin, only beyond 0"
    certain = 'a difference may be certain, and small: that is "no difference" as well'
    holds_0 = 'an interval that holds 0 is no proof of "no difference": does it lie in the margin?'
    judge(
        answer,
        experiments(),
        _asking(small | signs),
        read=_number_of_word,
        said=case,
        mistakes=(
            (_asking(signs | small), certain),
            (_asking({"gain": signs["gain"]} | small | signs), certain),
            (_asking({"harm": signs["harm"]} | small | signs), certain),
            *((_asking({"no difference": rule} | signs), certain) for rule in WITHIN_AND_HOLDS_0),
            *((_asking({"no difference": rule} | signs), why) for rule, why in NOT_WITHIN),
            (_asking(signs, "no difference"), holds_0),
            (_asking(small | signs, "no difference"), holds_0),
            (_asking(signs), 'you never say "no difference"; small ones do not matter'),
            (
                _asking(small | {"gain": lambda low, high, margin: low + high > 0}, "harm"),
                "the mean's sign decides for you; the whole interval has to lie above or below 0",
            ),
            (
                _asking({"gain": lambda low, high, margin: low + high > 0}, "harm"),
                "the mean's sign decides for you; the interval tells how far it can be trusted",
            ),
            (_asking(small | beyond), not_beyond),
            (_asking(small | signs | {"gain": beyond["gain"]}), not_beyond),
            (_asking(small | signs | {"harm": beyond["harm"]}), not_beyond),
            (
                _asking(small | {"harm": signs["gain"], "gain": signs["harm"]}),
                "gain and harm are swapped: a difference above 0 is a gain",
            ),
            (_asking(small | {"gain": signs["gain"]}), 'you never say "harm"'),
            (_asking(small | {"harm": signs["harm"]}), 'you never say "gain"'),
            (
                _asking(small | {"gain": signs["gain"]}, "harm"),
                'not every interval without a gain lies below 0: some are "undecided"',
            ),
            (
                _asking(
                    small
                    | {
                        "gain": lambda low, high, margin: low >= 0,
                        "harm": lambda low, high, margin: high <= 0,
                    }
                ),
                "an interval that begins or ends at 0 exactly lies neither above nor below it",
            ),
        ),
        tell=lambda found, wanted, differences, margin, factor: (
            f'you say "{VERDICTS[int(found)]}"; {told(differences, factor, 0, -margin, margin)}'
        ),
    )
    return "four answers, and the honest one is among them."


def _asking(questions: dict[str, Rule], otherwise: str = "undecided") -> Callable[..., int]:
    """The number of the first word whose question is answered by yes, as a function of a case."""
    return by(
        lambda *given: VERDICTS.index(
            next((word for word, holds in questions.items() if holds(*given)), otherwise)
        )
    )


def _number_of_word(result: Any) -> Tensor:
    words = ", ".join(f'"{word}"' for word in VERDICTS)
    if not isinstance(result, str):
        raise NotYet(f"the result is {kind(result)}; wanted is one of the words {words}")
    if result not in VERDICTS:
        raise NotYet(f'the result is "{result[:40]}"; wanted is one of {words}')
    return torch.tensor(VERDICTS.index(result))
