"""Pictures that lie on disk: CIFAR-10, and folders with a folder for each kind, as ImageNet's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from multiprocessing.pool import ThreadPool
from pathlib import Path

from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset
from torchvision import transforms
from torchvision.datasets import CIFAR10, ImageFolder
from torchvision.datasets.folder import default_loader

from coordlib.storage import reading

# Means and standard deviations of the colours, 0 to 1, that are usual for these pictures.
_CIFAR = (0.491, 0.482, 0.447), (0.247, 0.243, 0.262)
_IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_TOLD = 5  # names in a message, at most


def cifar10(folder: str) -> tuple[Dataset, Dataset]:
    """The train pictures, moved by up to four pixels and mirrored at random, and the test pictures.

    folder: where torchvision has put them. Raises ValueError if they are not there, or not whole.
    """
    moved = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip()]
    try:
        return (
            CIFAR10(folder, train=True, transform=_prepared(_CIFAR, *moved)),
            CIFAR10(folder, train=False, transform=_prepared(_CIFAR)),
        )
    except RuntimeError as error:
        raise ValueError(
            f"folder got {folder!r}, where there is no whole CIFAR-10; get it with: python -c "
            f'"from torchvision.datasets import CIFAR10; CIFAR10({folder!r}, download=True)"'
        ) from error


def kinds_in(folder: str) -> list[str]:
    """The names of the kinds in a folder of pictures: those of the folders in its train/.

    Raises ValueError if there is no such folder, or fewer than two kinds.
    """
    train = Path(folder, "train")
    if not train.is_dir():
        raise ValueError(f"folder got {folder!r}; it takes a folder with train/ and val/ in it")
    kinds = sorted(path.name for path in train.iterdir() if path.is_dir())
    if len(kinds) < 2:
        raise ValueError(
            f"folder got {folder!r}, whose train/ has {len(kinds)} folders; it takes one for each "
            f"kind of picture, two at least"
        )
    return kinds


def from_folder(folder: str, side: int) -> tuple[Dataset, Dataset]:
    """The pictures in train/, and those in val/ or else test/, a folder for each kind in both.

    As usual for ImageNet: a part of a train picture is cut out at random, stretched to `side` ×
    `side` pixels and maybe mirrored; of a test picture it is the middle.

    Raises ValueError if a folder is missing or empty, or for pictures that can't be opened: it
    names the first of them. What is damaged further inside raises StorageError when its turn comes.
    """
    kinds = kinds_in(folder)
    cut = [transforms.RandomResizedCrop(side), transforms.RandomHorizontalFlip()]
    middle = [transforms.Resize(side * 256 // 224), transforms.CenterCrop(side)]
    held_out = next((name for name in ("val", "test") if Path(folder, name).is_dir()), "val")
    parts = []
    for name, changes in (("train", cut), (held_out, middle)):
        try:
            part = ImageFolder(
                str(Path(folder, name)), _prepared(_IMAGENET, *changes), loader=_load
            )
        except FileNotFoundError as error:
            raise ValueError(f"folder got {folder!r}; {error}") from error
        if part.classes != kinds:
            raise ValueError(
                f"folder got {folder!r}, whose {name}/ has the kinds {_some(part.classes)}; it "
                f"takes those of train/: {_some(kinds)}"
            )
        parts.append(part)
    _check_pictures([path for part in parts for path, _ in part.samples])
    return parts[0], parts[1]


def _prepared(
    colours: tuple[Sequence[float], Sequence[float]], *changes: Callable
) -> Callable[[Image.Image], Tensor]:
    usual = transforms.ToTensor(), transforms.Normalize(*colours)
    return transforms.Compose([*changes, *usual])


def _load(path: str) -> Image.Image:
    with reading(Path(path), "picture"):
        return default_loader(path)


def _check_pictures(paths: Sequence[str]) -> None:
    """Raise ValueError that names the first of the files that can't be opened as a picture.

    Now, and all of them, rather than one by one in the course of the training.
    """
    with ThreadPool() as pool:
        opened = pool.imap(_opens, paths, chunksize=256)
        wrong = [path for path, opens in zip(paths, opened, strict=True) if not opens]
    if wrong:
        raise ValueError(
            f"folder has {len(wrong)} of {len(paths)} files that can't be read as a picture: "
            f"{_some(wrong)}"
        )


def _opens(path: str) -> bool:
    try:
        with Image.open(path):
            return True
    except OSError:
        return False


def _some(names: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    more = f" and {len(names) - _TOLD:,} more" if len(names) > _TOLD else ""
    return ", ".join(names[:_TOLD]) + more
