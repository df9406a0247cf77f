"""Files that are never half written, are checked when read, and load without pickle."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from filelock import FileLock, Timeout
from safetensors import SafetensorError, safe_open
from torch import Tensor

from coordlib import fields

DEPTH = 32  # levels of a JSON file: ours have five
# What `write_atomically` calls a file until it is whole.
_HALF = re.compile(r"\..+\.[0-9a-f]{32}\.tmp")


class StorageError(OSError):
    """A file could not be written or read; the message names it and says what to do."""


class Busy(StorageError):
    """Somebody else holds the folder."""


def data_folder() -> Path:
    """Where the course's data lie: inside an installed package, or in the repository."""
    package = Path(__file__).parent
    installed = package / "data"
    return installed if installed.is_dir() else package.parent / "data"


@contextlib.contextmanager
def hold(folder: Path, busy: str) -> Iterator[None]:
    """Make a folder and hold it: nobody else can until the block is left or the process dies.

    What a killed writer has left half written in it is removed.

    Raises Busy, which says `busy`, if somebody holds it, StorageError if it cannot be made.
    """
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise Busy(f"{busy} {folder}") from error
    except OSError as error:
        raise StorageError(f"cannot write into {folder}: {error.strerror or error}") from error
    try:
        for path in folder.iterdir():
            if _HALF.fullmatch(path.name):
                with contextlib.suppress(OSError):  # it is in nobody's way
                    path.unlink()
        yield
    finally:
        lock.release()


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` so that `path` holds either all of it or what it held before.

    Raises StorageError if the disk is full or the folder cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise StorageError(
            f"cannot write {path}: {error.strerror or error}; what it held before is untouched"
        ) from error
    finally:
        with contextlib.suppress(OSError):  # after the replacement there is nothing to remove
            temporary.unlink()


@contextlib.contextmanager
def reading(path: Path, what: str) -> Iterator[None]:
    """Blame a file for what is found wrong while it is read and checked; `what` it ought to be.

    Raises StorageError that names the file for the OSError or ValueError of what is done inside.
    """
    try:
        yield
    except StorageError:
        raise  # it names its file
    except FileNotFoundError as error:
        raise StorageError(f"there is no {what} at {path}") from error
    except (OSError, ValueError) as error:
        raise StorageError(
            f"{path} is not a {what}, or it is damaged ({error}); "
            f"move it away or put a whole copy in its place"
        ) from error


def read_json(path: Path) -> Any:
    """The content of a JSON file.

    Raises OSError if it cannot be read, ValueError if it is not UTF-8 or as `parse_json` does.
    """
    # Some editors begin a file with a mark of its encoding.
    return parse_json(path.read_text(encoding="utf-8-sig"))


def parse_json(text: str) -> Any:
    """What a JSON text holds.

    Raises ValueError for anything else: NaN and Infinity, a key that an object has twice, lists and
    objects nested in each other more than `DEPTH` times.
    """
    try:
        content = json.loads(text, parse_constant=_refuse, object_pairs_hook=_object)
    except RecursionError as error:
        raise ValueError(f"nested more than {DEPTH} times") from error
    level = [content]
    for _ in range(DEPTH + 1):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return content
    raise ValueError(f"nested more than {DEPTH} times")


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError(f"an object has two of its keys alike: {', '.join(map(repr, content))}")
    return content


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def save_tensors(path: Path, tensors: dict[str, Tensor], about: dict[str, Any]) -> None:
    """Write named tensors, and `about` as JSON beside them, as one safetensors file.

    A checksum of all of it is kept within.
    """
    # A copy of each: safetensors refuses two names of one tensor.
    whole = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}
    text = json.dumps(about)
    # As one entry: of several safetensors keeps no order, and equal content makes equal files.
    metadata = {"about": f"{_checksum(whole, text)} {text}"}
    write_atomically(path, safetensors.torch.save(whole, metadata))


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read back what `save_tensors` wrote: (tensors, about).

    Raises StorageError that names the file if it is missing, cut short, changed by as much as a bit
    or something else. A file older than the checksums has none to compare.
    """
    with reading(path, "weights file of coordlib"):
        try:
            with safe_open(path, "pt") as file:
                metadata = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}
        except SafetensorError as error:
            raise ValueError(error) from error
        checksum, brace, rest = metadata.get("about", "").partition("{")
        about = fields.parse(dict[str, Any], parse_json(brace + rest))
        if checksum and checksum != f"{_checksum(tensors, brace + rest)} ":
            raise ValueError("its content isn't what its checksum was made of")
    return tensors, about


def check_tensors(found: dict[str, Tensor], like: dict[str, Tensor]) -> None:
    """Raise ValueError unless `found` has the names, shapes and number formats of `like`.

    The message names the first tensor that is missing, left over or of another kind.
    """
    for name in {**like, **found}:
        ours, theirs = (
            f"{each[name].dtype} of {tuple(each[name].shape)}" if name in each else "nothing"
            for each in (like, found)
        )
        if ours != theirs:
            raise ValueError(f"{name} got {theirs}; it takes {ours}")


def _checksum(tensors: dict[str, Tensor], text: str) -> str:
    """SHA-256 of a text and all names, number formats, shapes and bytes."""
    digest = hashlib.sha256(text.encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(memoryview(tensor.flatten().view(torch.uint8).numpy()))
    return digest.hexdigest()
