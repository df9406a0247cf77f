"""Checker for notebook 11: whether a trunk's features tell where the cursor is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from coordlib.coordinates import AddCoords
from coordlib.exercises import exercise
from coordlib.exercises.checking import judge, number, unlike

Trunk = Callable[[Tensor], Tensor]  # from pictures (n, channels, side, side) to (n, features)
Cells = Callable[[int], Iterable[tuple[int, int]]]  # rows and columns, from a picture's side
Move = Callable[[Tensor, int, int], Tensor]  # a picture and a cell to the picture moved there

_ROOM = 16  # one picture after another and all at once don't round alike


def place_matters(trunk: Trunk, picture: Tensor) -> float:
    """How far a feature of the trunk goes up and down while the cursor visits every cell.

    trunk: from pictures (n, channels, side, side) to features (n, features). picture: (1, channels,
    side, side), whose channel 0 has the cursor, a 1 among zeros. Gives the largest value less the
    smallest, of the feature in which that is most: 0 for a trunk that is blind to place.
    """
    return _most(_seen(trunk, picture))


def _all(side: int) -> Iterable[tuple[int, int]]:
    return ((row, column) for row in range(side) for column in range(side))


def _moved(picture: Tensor, row: int, column: int) -> Tensor:
    moved = picture.clone()
    moved[:, 0] = 0
    moved[:, 0, row, column] = 1
    return moved


def _seen(trunk: Trunk, picture: Tensor, move: Move = _moved, cells: Cells = _all) -> Tensor:
    """The features of the picture with its cursor in each of the cells, (cells, features)."""
    pictures = [move(picture, *cell) for cell in cells(picture.shape[-1])]
    with torch.no_grad():
        return trunk(torch.cat(pictures))


def _most(features: Tensor) -> float:
    return (features.amax(0) - features.amin(0)).max().item()


def _added(picture: Tensor, row: int, column: int) -> Tensor:
    moved = picture.clone()
    moved[:, 0, row, column] = 1
    return moved


def _left_behind(picture: Tensor, row: int, column: int) -> Tensor:
    """As one who empties the channel once, before the loop: each cell visited so far is white."""
    moved = picture.clone()
    moved[:, 0] = 0
    moved[:, 0].view(-1)[: row * picture.shape[-1] + column + 1] = 1
    return moved


def _without_goal(picture: Tensor, row: int, column: int) -> Tensor:
    return _moved(torch.zeros_like(picture), row, column)


def _in_all_channels(picture: Tensor, row: int, column: int) -> Tensor:
    moved = _moved(picture, row, column)
    moved[:, :, row, column] = 1
    return moved


def _in_nothing_else(picture: Tensor, row: int, column: int) -> Tensor:
    return _in_all_channels(torch.zeros_like(picture), row, column)


def _moves(move: Move) -> Callable[[Trunk, Tensor], float]:
    return lambda trunk, picture: _most(_seen(trunk, picture, move))


def _visits(cells: Cells) -> Callable[[Trunk, Tensor], float]:
    return lambda trunk, picture: _most(_seen(trunk, picture, cells=cells))


def _sums_up(number_of: Callable[[Tensor], Tensor]) -> Callable[[Trunk, Tensor], Tensor]:
    """Another number of the features, (cells, features)."""
    return lambda trunk, picture: number_of(_seen(trunk, picture))


_OLD = "the old cursor is still there: there is one white pixel, in a new place"
_ONE_PLACE = "you compare with the cursor's first place only; any two places may differ most"
_NOT_ALL = "the cursor doesn't visit all cells, it visits {}"
_MISTAKES = (
    (_moves(_added), _OLD),
    (_moves(_left_behind), _OLD),
    (
        _moves(_without_goal),
        "the goal's channels are wiped out as well; only channel 0 is to change",
    ),
    (_moves(_in_all_channels), "the pixel is set in every channel; the cursor's is channel 0"),
    (_moves(_in_nothing_else), "the pixel is set in every channel; the cursor's is channel 0"),
    (
        _visits(lambda side: ((one, one) for one in range(side))),
        _NOT_ALL.format("those of the diagonal alone"),
    ),
    (_visits(lambda side: ((0, one) for one in range(side))), _NOT_ALL.format("the first row")),
    (_visits(lambda side: ((one, 0) for one in range(side))), _NOT_ALL.format("the first column")),
    (
        _visits(lambda side: _all(side - 1)),
        _NOT_ALL.format("neither the last row nor the last column"),
    ),
    (
        _visits(lambda side: (cell for cell in _all(side) if min(cell) > 0)),
        _NOT_ALL.format("neither the first row nor the first column"),
    ),
    (_visits(lambda side: [*_all(side)][:-1]), _NOT_ALL.format("all but the last one")),
    (_visits(lambda side: [*_all(side)][1:]), _NOT_ALL.format("all but the first one")),
    (
        _visits(
            lambda side: ((y, x) for y, x in _all(side) if 0 < min(y, x) <= max(y, x) < side - 1)
        ),
        _NOT_ALL.format("none at the rim"),
    ),
    (
        _sums_up(lambda seen: (seen - seen.mean(0)).abs().max()),
        "that is the largest way from the mean; wanted is largest less smallest",
    ),
    (
        _sums_up(lambda seen: seen.std(0).max()),
        "that is a standard deviation; wanted is largest less smallest",
    ),
    (
        _sums_up(lambda seen: seen.std(0, correction=0).max()),
        "that is a standard deviation; wanted is largest less smallest",
    ),
    (
        lambda trunk, picture: (_seen(trunk, picture) - trunk(picture)).abs().max(),
        _ONE_PLACE,
    ),
    (_sums_up(lambda seen: (seen - seen[0]).abs().max()), _ONE_PLACE),
    (
        _sums_up(lambda seen: (seen.abs().amax(0) - seen.abs().amin(0)).max()),
        "a feature may lie below 0: its sign counts",
    ),
    (
        _sums_up(lambda seen: seen.max() - seen.min()),
        "largest and smallest are of different features; take both of each feature, then the most",
    ),
    (
        _sums_up(lambda seen: (seen.amax(1) - seen.amin(1)).max()),
        "you compare the features of one place with each other; compare the places, feature by "
        "feature",
    ),
    (
        _sums_up(lambda seen: (seen.amax(0) - seen.amin(0)).mean()),
        "that is the mean over the features; wanted is the feature that changes most",
    ),
    (
        _sums_up(lambda seen: (seen.amax(0) - seen.amin(0)).sum()),
        "that is the sum over the features; wanted is the feature that changes most",
    ),
    (
        _sums_up(lambda seen: (seen.amax(0) - seen.amin(0)).min()),
        "that is the feature that changes least; wanted is the one that changes most",
    ),
    (
        _sums_up(lambda seen: seen.max()),
        "that is the largest feature itself; less the smallest, it says what place changes",
    ),
)


class _Named(nn.Sequential):
    """A trunk that is told of by a name."""

    def __init__(self, name: str, *layers: nn.Module) -> None:
        super().__init__(*layers)
        self.name = name


@exercise("11.1", minutes=8, difficulty=2, stand_in=place_matters)
def place_noticed(answer: Callable[[Trunk, Tensor], Any]) -> str:
    """A trunk and a picture to how far the trunk's features change with the cursor's place."""
    judge(
        answer,
        _cases(),
        place_matters,
        read=number,
        said=lambda trunk, picture: f"for {trunk.name} and {_size(picture)}",
        mistakes=_MISTAKES,
        tell=lambda found, wanted, *_: "you say {}; it should be {}".format(
            *unlike(found.item(), wanted.item())
        ),
        room=_ROOM,
    )
    return "0 where a trunk is blind to place; rim, flatten or coordinates open its eyes."


def _size(picture: Tensor) -> str:
    return f"a picture of {picture.shape[2]} × {picture.shape[3]}"


def _cases() -> list[tuple[_Named, Tensor]]:
    """Trunks that know place and such as don't, each with a picture."""
    with torch.random.fork_rng([]):
        torch.manual_seed(11)
        trunks = {
            8: [
                _Named(
                    "a flattening trunk", nn.Conv2d(3, 4, 3, 2, 1), nn.ReLU(), *_flattened(64, 5)
                ),
                _Named(
                    "a trunk with padding", *_convolved(3, 3), nn.AdaptiveMaxPool2d(1), nn.Flatten()
                ),
                _Named(
                    "a trunk with coordinates",
                    AddCoords(),
                    *_convolved(5, 1),
                    nn.AdaptiveMaxPool2d(1),
                    nn.Flatten(),
                ),
                _Named("a pooling trunk", *_convolved(3, 1), nn.AdaptiveMaxPool2d(1), nn.Flatten()),
            ],
            5: [
                _Named("a flattening trunk", *_flattened(75, 4)),
                _Named("a linear trunk", *_flattened(75, 4)[:2]),
            ],
        }
        # Its feature 0 is least in the first cell and most in the last: neither can be left out.
        trunks[5][1][1].weight.data[0, [0, 24]] = torch.tensor([-1.0, 1.5])
        for trunk in (each for some in trunks.values() for each in some):
            for one in trunk.parameters():
                one.data.mul_(2)  # so that what place changes is easily told
    return [(trunk, _picture(side)) for side, some in trunks.items() for trunk in some]


def _convolved(channels: int, k: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(channels, 8, k, padding=k // 2), nn.ReLU(), nn.Conv2d(8, 6, k, padding=k // 2)


def _flattened(numbers: int, features: int) -> tuple[nn.Module, ...]:
    return nn.Flatten(), nn.Linear(numbers, features), nn.ReLU()


def _picture(side: int) -> Tensor:
    """The cursor anywhere, the goal as two planes."""
    picture = torch.zeros(1, 3, side, side)
    picture[:, 0, 1, side - 2] = 1
    picture[:, 1], picture[:, 2] = 0.4, -0.7
    return picture
