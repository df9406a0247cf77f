"""All claims: computed, as JSON, as Markdown, to be read, and compared with what is kept."""

from __future__ import annotations

import importlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from coordlib import fields, storage
from coordlib.claims.claim import Claim, Entry

# Files of this folder, one an experiment, each with its CLAIMS.
EXPERIMENTS = (
    "classification",
    "rendering",
    "regression",
    "layer",
    "shapes",
    "detection",
    "control",
    "controls",
    "gan",
    "vae",
    "agents",
    "across",
)


def stated() -> list[Claim]:
    """All claims, ordered by id: the paper's, C1 and on, then the course's own."""
    files = (importlib.import_module(f"coordlib.claims.{name}") for name in EXPERIMENTS)
    found = (claim for file in files for claim in file.CLAIMS)
    return sorted(found, key=lambda claim: (claim.id[0], int(claim.id[1:])))


def claims() -> list[Entry]:
    """The whole ledger, computed from the recorded runs that are there."""
    return [claim.entry() for claim in stated()]


def as_json(ledger: Sequence[Entry]) -> str:
    """The ledger as data/claims.json holds it."""
    return json.dumps([asdict(entry) for entry in ledger], indent=1, ensure_ascii=False) + "\n"


def as_markdown(ledger: Sequence[Entry]) -> str:
    """The ledger as a table in Markdown, a line a claim."""
    lines = [
        "| | claim | the paper | here | over | holds |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {e.id} | {e.says} | {e.paper or '–'} | {e.ours} | "
        f"{'; '.join(filter(None, (e.spread, e.recipe)))} | {e.holds} |"
        for e in ledger
    ]
    return "\n".join(lines) + "\n"


def as_text(ledger: Sequence[Entry]) -> str:
    """The ledger to be read in a terminal: each claim with its figures and its thresholds."""
    lines = []
    for entry in ledger:
        lines.append(f"{entry.id:4}{entry.holds:13}{entry.says}")
        told = {"paper": entry.paper, "here": entry.ours, "over": entry.spread}
        told["recipe"] = entry.recipe
        told["figures"] = ", ".join(_figure(entry, name) for name in entry.figures)
        told |= {**entry.thresholds, "repeat": entry.command}
        lines += [f"{'':17}{name:12}{text}" for name, text in told.items() if text]
    return "\n".join(lines) + "\n"


def _figure(entry: Entry, name: str) -> str:
    """A figure by its name, with its interval if it has one."""
    said = f"{name} {entry.figures[name]:.4g}"
    if name not in entry.intervals:
        return said
    interval = entry.intervals[name]
    level = f"{100 * interval.level:.0f} %"
    return f"{said} ({level}: {interval.low:.4g} to {interval.high:.4g})"


def differences(ledger: Sequence[Entry], path: Path) -> list[str]:
    """What the claims.json at `path` says otherwise than the ledger; [] if nothing.

    Raises StorageError that names the file if it is missing or no such file.
    """
    with storage.reading(path, "ledger of coordlib"):
        kept = fields.parse(list[Entry], storage.read_json(path))
    theirs = {entry.id: asdict(entry) for entry in kept}
    ours = {entry.id: asdict(entry) for entry in ledger}
    found = [f"{id} is only in the file" for id in theirs if id not in ours]
    for id, entry in ours.items():
        if id not in theirs:
            found.append(f"{id} is not in the file")
            continue
        found += [
            f"{id}: {name} is {theirs[id][name]!r} in the file, the runs give {value!r}"
            for name, value in entry.items()
            if theirs[id][name] != value
        ]
    return found
