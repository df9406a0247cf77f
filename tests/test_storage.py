"""Files are whole or untouched, and say which one is at fault."""

import errno
import os
import subprocess
import sys

import pytest
import safetensors.torch
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


@pytest.mark.parametrize("damage", ["truncated", "foreign", "pickle"])
def test_a_damaged_file_is_named(tmp_path, damage):
    path = tmp_path / "w.safetensors"
    storage.save_tensors(path, {"a": torch.zeros(100)}, {})
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[:200])
    elif damage == "foreign":
        path.write_bytes(b"not weights at all")
    else:
        torch.save({"a": torch.zeros(1)}, path)
    with pytest.raises(storage.StorageError, match=r"w\.safetensors is not a weights file"):
        storage.load_tensors(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(storage.StorageError, match=r"no weights file of coordlib at .*w\.safe"):
        storage.load_tensors(tmp_path / "w.safetensors")


def test_no_flipped_bit_is_taken_for_the_content(tmp_path):
    path = tmp_path / "w.safetensors"
    tensors = {"a": torch.ones(3), "b": torch.tensor(True)}
    storage.save_tensors(path, tensors, {"step": 3})
    content = path.read_bytes()
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(storage.StorageError, match=r"w\.safetensors is not a weights file"):
            storage.load_tensors(path)


def test_files_from_before_the_checksum_are_read(tmp_path):
    path = tmp_path / "w.safetensors"
    safetensors.torch.save_file({"a": torch.ones(3)}, path, {"about": '{"seed": 3}'})
    tensors, about = storage.load_tensors(path)
    assert torch.equal(tensors["a"], torch.ones(3)) and about == {"seed": 3}


def test_equal_content_makes_equal_files(tmp_path):
    program = (
        "import sys, torch; from pathlib import Path; from coordlib import storage\n"
        "tensors = {name: torch.ones(2) for name in 'abcd'}\n"
        "storage.save_tensors(Path(sys.argv[1]), tensors, {'seed': 1, 'step': 2})"
    )
    for name in ("one", "other"):
        subprocess.run([sys.executable, "-c", program, tmp_path / name], check=True)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "Expecting value"),
        (b'{"a": ', "Expecting value"),
        (b"\xff\xfe", "codec can't decode"),
        (b"[NaN]", "NaN is not a number"),
        (b"[-Infinity]", "-Infinity is not a number"),
        (b"1" * 5000, "limit"),
        (b'{"a": 1, "b": 2, "a": 3}', "two of its keys alike: 'a', 'b'"),
        (b"[" * 100_000, "nested more than 32 times"),
        (b"[" * 100 + b"]" * 100, "nested more than 32 times"),
        (b'{"a": ' * 100 + b"1" + b"}" * 100, "nested more than 32 times"),
    ],
)
def test_what_is_not_json_is_named(tmp_path, text, says):
    path = tmp_path / "x.json"
    path.write_bytes(text)
    with (
        pytest.raises(storage.StorageError, match=rf"x\.json is not a list, .*{says}"),
        storage.reading(path, "list"),
    ):
        storage.read_json(path)


def test_json_may_begin_with_a_mark_and_be_as_deep_as_said(tmp_path):
    path = tmp_path / "x.json"
    path.write_bytes(b"\xef\xbb\xbf" + b"[" * 32 + b"]" * 32)
    assert str(storage.read_json(path)) == "[" * 32 + "]" * 32


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"b": None}, "b got nothing; it takes torch.int64 of \\(\\)"),
        ({"c": torch.zeros(1)}, "c got torch.float32 of \\(1,\\); it takes nothing"),
        ({"a": torch.zeros(2)}, "a got torch.float32 of \\(2,\\); it takes torch.float32 of \\(3,"),
        ({"a": torch.zeros(3).half()}, "a got torch.float16"),
    ],
)
def test_tensors_of_another_kind_are_named(changes, says):
    like = {"a": torch.ones(3), "b": torch.tensor(1)}
    storage.check_tensors({"b": torch.tensor(2), "a": torch.zeros(3)}, like)
    found = {name: tensor for name, tensor in {**like, **changes}.items() if tensor is not None}
    with pytest.raises(ValueError, match=says):
        storage.check_tensors(found, like)
