"""The lowest versions that pyproject.toml admits, as pip's constraints: `python -m tools.lowest`.

It needs Python 3.11 to read that file.
"""

from __future__ import annotations

from typing import Any

import tomllib
from packaging.requirements import Requirement

from tools import ROOT


def lowest(project: dict[str, Any]) -> list[str]:
    """Every requirement of a `[project]` table, its extras' too, at its lower bound."""
    extras = project["optional-dependencies"].values()
    asked = [Requirement(each) for each in sum(extras, project["dependencies"])]
    return [
        f"{each.name}=={bound.version}"
        for each in asked
        for bound in each.specifier  # an extra that names other extras has none
    ]


def main() -> None:
    """Print them, one a line."""
    content = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    print("\n".join(lowest(tomllib.loads(content)["project"])))


if __name__ == "__main__":
    main()
