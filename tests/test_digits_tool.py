"""The tool that makes data/digits reads MNIST's format, plain and packed, and nothing else."""

import gzip

import numpy as np
import pytest

from tools.digits import read_idx

PICTURES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
IDX = b"\x00\x00\x08\x03" + np.array(PICTURES.shape, ">i4").tobytes() + PICTURES.tobytes()


@pytest.mark.parametrize(("name", "pack"), [("a", bytes), ("a.gz", gzip.compress)])
def test_an_idx_file_is_read_plain_or_packed(tmp_path, name, pack):
    (tmp_path / name).write_bytes(pack(IDX))
    assert np.array_equal(read_idx(tmp_path / name), PICTURES)


def test_another_file_is_refused_by_name(tmp_path):
    (tmp_path / "labels.txt").write_text("7 2 1")
    with pytest.raises(ValueError, match="labels.txt got other bytes"):
        read_idx(tmp_path / "labels.txt")
