"""Files that are never half written, and tensors that load without pickle."""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import safetensors.torch
from filelock import FileLock, Timeout
from safetensors import SafetensorError, safe_open
from torch import Tensor


class StorageError(OSError):
    """A file could not be written or read; the message names it and says what to do."""


@contextlib.contextmanager
def hold(folder: Path, busy: str) -> Iterator[None]:
    """Make a folder and hold it: nobody else can until the block is left or the process dies.

    Raises StorageError, which says `busy`, if somebody holds it, or if it cannot be made.
    """
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise StorageError(f"{busy} {folder}") from error
    except OSError as error:
        raise StorageError(f"cannot write into {folder}: {error.strerror or error}") from error
    try:
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


def save_tensors(path: Path, tensors: dict[str, Tensor], about: dict[str, Any]) -> None:
    """Write named tensors, and `about` as JSON beside them, as one safetensors file."""
    whole = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    metadata = {"about": json.dumps(about)}
    write_atomically(path, safetensors.torch.save(whole, metadata))


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read back what `save_tensors` wrote: (tensors, about).

    Raises StorageError that names the file if it is missing, cut short or something else.
    """
    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {})["about"])
            return {name: file.get_tensor(name) for name in file.keys()}, about
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise StorageError(
            f"{path} is not a weights file of coordlib, or it is damaged ({error})"
        ) from error
