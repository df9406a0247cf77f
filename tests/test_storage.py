"""Files are whole or untouched, and say which one is at fault."""

import errno
import os

import pytest
import torch

from coordlib import storage


def test_tensors_come_back_with_what_was_said_about_them(tmp_path):
    path = tmp_path / "new" / "folder" / "w.safetensors"
    tensors = {"a": torch.arange(6).reshape(2, 3).t(), "b": torch.tensor(1.5, dtype=torch.bfloat16)}
    storage.save_tensors(path, tensors, {"seed": 3})
    loaded, about = storage.load_tensors(path)
    assert about == {"seed": 3}
    assert all(torch.equal(loaded[name], tensors[name]) for name in tensors)
    assert [p.name for p in path.parent.iterdir()] == ["w.safetensors"]


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_content(tmp_path, monkeypatch, failing):
    path = tmp_path / "file"
    storage.write_atomically(path, b"old")

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, failing, full)
    with pytest.raises(storage.StorageError, match=r"cannot write .*file: No space left"):
        storage.write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(storage.StorageError, match="cannot write .*file"):
        storage.write_atomically(tmp_path / "file" / "w", b"new")


@pytest.mark.parametrize("damage", ["truncated", "foreign", "missing", "pickle"])
def test_a_damaged_file_is_named(tmp_path, damage):
    path = tmp_path / "w.safetensors"
    storage.save_tensors(path, {"a": torch.zeros(100)}, {})
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[:200])
    elif damage == "foreign":
        path.write_bytes(b"not weights at all")
    elif damage == "pickle":
        torch.save({"a": torch.zeros(1)}, path)
    else:
        path.unlink()
    with pytest.raises(storage.StorageError, match=r"w\.safetensors is not a weights file"):
        storage.load_tensors(path)
