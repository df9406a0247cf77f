"""The experiments of the paper, one file each, and the list of them.

A task is a module with `Settings`, a subclass of `settings.Settings` that can `build(seed)` the
network and make the `experiment(seed, device)`, and with `preset(*, scale, style, **settings)`,
which gives the settings and the recipe with which a network is trained:

scale: one of `recipes.SCALES`. style: "course", or "released" for what the paper's code does.
settings: those that must be given, and any that are to differ from the preset's.

It raises ValueError for an unknown scale or style, and for settings that there are not or that do
not go together. Nothing of a task is imported before it is asked for.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from types import ModuleType

from coordlib import checks


@dataclass(frozen=True)
class Task:
    """A line of the list: the module's name here, what it is, and the extra it needs, if any."""

    name: str
    says: str
    extra: str = ""


TASKS = (
    Task("classification", "from (x, y) to the pixel there (paper section 4.1)"),
    Task("regression", "from the pixel back to (x, y) (paper section 4.2)"),
    Task("rendering", "from (x, y) to a square (paper section 4.3)"),
    Task("shapes", "which shape, or on which side: does position matter? (claim C15)"),
    Task("detection", "where are the digits? (paper section 5, claim C16)", extra="vision"),
    Task("control", "what is in the picture? Position should not matter (C17)", extra="vision"),
    Task("gan", "scenes of two objects, painted by a generator (paper section 5, C18 to C20)"),
    Task("vae", "scenes, squeezed into a few numbers and painted anew (paper section 5, C22)"),
    Task("goto", "an agent and a goal that it is told as coordinates (C23 and C24, in small)"),
    Task("atari", "Atari games, played with and without coordinates (C23 and C24)", extra="rl"),
)


def names() -> list[str]:
    """The names of all tasks, in the list's order."""
    return [task.name for task in TASKS]


def load(name: str) -> ModuleType:
    """The module of a task.

    Raises ValueError for a name that is not in the list, ImportError that says which command
    installs what is missing.
    """
    checks.one_of("task", name, names())
    (task,) = (task for task in TASKS if task.name == name)
    try:
        return importlib.import_module(f"{__name__}.{name}")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
        raise ImportError(
            f"the torchvision that is installed does not fit this torch ({error}); install the one "
            f"of the same release: pip install --upgrade torch torchvision"
        ) from error
    except ImportError as error:
        if not task.extra:
            raise
        raise ImportError(
            f"{name} needs the extra {task.extra!r} ({error}); install it with: "
            f"pip install 'coordlib[{task.extra}]', or in a checkout: pip install '.[{task.extra}]'"
        ) from error
