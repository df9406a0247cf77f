"""Photos in place of scenes: any folder of pictures, such as LSUN's bedrooms (paper section 5).

None are shipped. What they show isn't known, so they are scenes without a known object.
"""

from __future__ import annotations

from collections.abc import Sequence
from multiprocessing.pool import ThreadPool
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from coordlib.datasets import Scenes

FORMATS = (".bmp", ".jpeg", ".jpg", ".png", ".webp")  # how a picture's name ends


def photos(
    folder: str, *, side: int, number: int, held_out: int, device: torch.device | str = "cpu"
) -> tuple[Scenes, Scenes]:
    """At most `number` pictures to learn from, and `held_out` others, as scenes without objects.

    folder: all pictures below it are taken, at any depth. Nothing here asks for kinds: a folder for
        each kind, for one kind alone or for none are the same.
    side: of the square that a picture becomes, upright and in colour: its shorter side is scaled to
        `side` pixels, and the middle is cut out. Each takes 3 · side² bytes of memory.

    Which pictures are held out, and which are learnt from if there are more than `number`, is drawn
    once for all, by the names within the folder alone. On the device "meta" no picture is opened.

    Raises ValueError for a folder that is not there, or has no picture or not more than `held_out`,
    and for a file that can't be read as a picture: it names the first that it meets.
    """
    if not Path(folder).is_dir():
        raise ValueError(f"images got {folder!r}; it takes a folder of pictures")
    paths = [
        path
        for path in Path(folder).rglob("*")
        if path.suffix.lower() in FORMATS and not path.name.startswith(".") and path.is_file()
    ]
    if not paths:
        raise ValueError(
            f"images got {folder!r}, which has no picture at any depth; it takes a folder with "
            f"files that end in {', '.join(FORMATS)}"
        )
    if len(paths) <= held_out:
        raise ValueError(
            f"images got {folder!r}, which has {len(paths):,} pictures; it takes more than the "
            f"{held_out:,} that samples holds out"
        )
    paths.sort(key=Path.as_posix)
    # NumPy's legacy generator: no version changes its numbers.
    drawn = [paths[each] for each in np.random.RandomState(0).permutation(len(paths))]
    learnt = drawn[held_out:][:number]
    return _read(learnt, side, device), _read(drawn[:held_out], side, device)


def _read(paths: Sequence[Path], side: int, device: torch.device | str) -> Scenes:
    size = len(paths), 3, side, side
    if torch.device(device).type == "meta":
        images = torch.empty(size, dtype=torch.uint8, device=device)
    else:
        images = torch.empty(size, dtype=torch.uint8)  # filled one by one: memory holds them once
        with ThreadPool() as pool:
            pictures = pool.imap(lambda path: _picture(path, side), paths)
            for image, picture in zip(images, pictures, strict=True):
                image.copy_(picture)
    nowhere = torch.zeros(len(paths), 0, 2, dtype=torch.int64, device=device)
    return Scenes(images.to(device), nowhere, nowhere[..., 0])


def _picture(path: Path, side: int) -> Tensor:
    """A file's picture: uint8, (3, side, side)."""
    try:
        with Image.open(path) as image:
            coloured = ImageOps.exif_transpose(image).convert("RGB")
            square = ImageOps.fit(coloured, (side, side))
    except Exception as error:  # Pillow raises half a dozen kinds for a damaged file
        raise ValueError(
            f"images has a file that can't be read as a picture: {path} ({error})"
        ) from error
    return torch.from_numpy(np.array(square)).movedim(-1, 0)
