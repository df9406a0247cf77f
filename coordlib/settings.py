"""A task's settings, each with its words: what the command line, grids and messages are made from.

    @dataclass(frozen=True)
    class Settings(settings.Settings):
        network: str = setting("which painter", choices=("coordconv", "deconv"))
        multiplier: int = setting("times the paper's channel counts", 1, least=1, most=16)

A field without a default must be given. Values are checked when the settings are made.
"""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from coordlib import checks

S = TypeVar("S", bound="Settings")


@dataclass(frozen=True)
class Setting:
    """One field: its name, its type (int, float or str), what it is and what it takes.

    default: dataclasses.MISSING if it must be given.
    choices: the words it takes; () for any, of which `word` says what it stands for, "a folder".
    least: of a number. most: of a whole number, if it has a limit.
    by_preset: whether the task's `preset` may choose another value than the default, by scale,
        style or network, where it is told none.
    """

    name: str
    type: type
    says: str
    default: Any
    choices: tuple[str, ...] = ()
    word: str = ""
    least: int = 0
    most: int | None = None
    by_preset: bool = False

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is dataclasses.MISSING

    @property
    def takes(self) -> str:
        """What values it takes, in words; "" for a word of which nothing is said."""
        if self.choices:
            return ", ".join(self.choices)
        if self.type is str:
            return self.word
        return f"from {self.least}" if self.most is None else f"{self.least} to {self.most:,}"

    def check(self, value: object) -> None:
        """Raise ValueError, which names the field, for a value that it does not take."""
        if self.choices:
            checks.one_of(self.name, value, self.choices)
        elif self.type is int:
            checks.whole_number(self.name, value, self.least, self.most)
        elif self.type is float:
            checks.number(self.name, value, self.least)
        elif not isinstance(value, str):
            raise ValueError(f"{self.name} got {value!r}; it takes {self.word or 'a word'}")


def setting(
    says: str,
    default: Any = dataclasses.MISSING,
    *,
    choices: Sequence[str] = (),
    word: str = "",
    least: int = 0,
    most: int | None = None,
    by_preset: bool = False,
) -> Any:
    """A field of a task's settings: what it is, its default, and what it takes; see `Setting`."""
    metadata = {
        "says": says,
        "choices": tuple(choices),
        "word": word,
        "least": least,
        "most": most,
        "by_preset": by_preset,
    }
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Settings:
    """The base of every task's settings: all that decides a run besides recipe and seed."""

    def __post_init__(self) -> None:
        for each in self.fields():
            each.check(getattr(self, each.name))

    @classmethod
    def fields(cls) -> list[Setting]:
        """What can be set, in order."""
        types = typing.get_type_hints(cls)
        return [
            Setting(field.name, types[field.name], default=field.default, **field.metadata)
            for field in dataclasses.fields(cls)
        ]

    @classmethod
    def of(cls: type[S], **values: Any) -> S:
        """The settings with these values.

        Raises ValueError that names a setting which the task does not have, or has and needs, or a
        value that one does not take.
        """
        known = {each.name: each for each in cls.fields()}
        for name in values:
            checks.one_of("a setting", name, known)
        for name, each in known.items():
            if each.required and name not in values:
                raise ValueError(
                    f"{name} is missing: {each.says}; it takes {each.takes or 'a word'}"
                )
        return cls(**values)

    def asked_by(self, function: Callable[..., Any]) -> dict[str, Any]:
        """Those of these settings that `function` has a parameter for."""
        names = inspect.signature(function).parameters
        return {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name in names
        }
