"""Make data/digits from the original files of MNIST or Fashion-MNIST: `python -m tools.digits`.

Needed only to make the shipped files anew: where the original files come from is in data/README.md.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import sys
from pathlib import Path

import numpy as np

from coordlib.storage import write_atomically
from tools import ROOT

# How many pictures of each part are shipped; drawn, since the original order isn't by chance.
SHIPPED = {"mnist": (8_000, 2_000), "fashion": (4_000, 1_000)}
SEED = 0


def read_idx(path: Path) -> np.ndarray:
    """An array from a file in MNIST's own format, plain or with gzip: uint8.

    Raises ValueError for a file of another kind.
    """
    content = path.read_bytes()
    content = gzip.decompress(content) if path.suffix == ".gz" else content
    if content[:3] != b"\x00\x00\x08":
        raise ValueError(f"{path} got other bytes than an idx file of unsigned bytes begins with")
    sizes = np.frombuffer(content, ">i4", count=content[3], offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * len(sizes)).reshape(sizes)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line with `arguments` (default: the process's own); returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.digits", description=__doc__)
    parser.add_argument("name", choices=SHIPPED)
    parser.add_argument("folder", type=Path, help="with the four original files")
    options = parser.parse_args(arguments)
    arrays = {}
    generator = np.random.RandomState(SEED)
    for part, original, number in zip(
        ("train", "test"), ("train", "t10k"), SHIPPED[options.name], strict=True
    ):
        for kind, end in (("images", "images-idx3-ubyte"), ("labels", "labels-idx1-ubyte")):
            (path,) = options.folder.glob(f"{original}-{end}*")
            arrays[f"{part}_{kind}"] = read_idx(path)
        kept = np.sort(generator.permutation(len(arrays[f"{part}_labels"]))[:number])
        for kind in ("images", "labels"):
            arrays[f"{part}_{kind}"] = arrays[f"{part}_{kind}"][kept]
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    write_atomically(ROOT / "data" / "digits" / f"{options.name}.npz", file.getvalue())
    print(f"{options.name}: {len(file.getvalue()):,} bytes")
    print(f"SHA-256 {hashlib.sha256(file.getvalue()).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
