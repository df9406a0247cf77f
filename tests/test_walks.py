"""Walks: what moves is told from what fades, on sequences of which it is known."""

import pytest
import torch

from coordlib import walks
from coordlib.datasets import half_size, scenes

SIDE = 32
RED, BLUE, PURPLE = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (1.0, 0.0, 1.0)


def ink(x, y, side=SIDE):
    """A square around (x, y), which may lie between pixels: (side, side)."""
    along, half = torch.arange(side), half_size(side) + 0.5
    columns, rows = (
        ((along + 0.5).clamp(max=at + half) - (along - 0.5).clamp(min=at - half)).clamp(0, 1)
        for at in (x, y)
    )
    return rows[:, None] * columns


def disc(x, y):
    along = torch.arange(SIDE)
    return ((along[:, None] - y) ** 2 + (along - x) ** 2 <= half_size(SIDE) ** 2).float()


def speck():
    map = torch.zeros(SIDE, SIDE)
    map[30, 30] = 1
    return map


def painted(*parts):
    """A picture of such maps, each with its colour, one above the other: (3, side, side)."""
    picture = torch.ones(3, *parts[0][0].shape)
    for map, colour in parts:
        picture = torch.lerp(picture, torch.tensor(colour)[:, None, None], map)
    return picture


def sequence(kind, start, end, colour=RED):
    """Sixteen frames of a square that goes from start to end: (1, 16, 3, side, side)."""
    first, last = ink(*start), ink(*end)

    def at(part):
        middle = [a + part * (b - a) for a, b in zip(start, end, strict=True)]
        moving, fading = ink(*middle), torch.lerp(first, last, part)
        rounder = torch.lerp(moving, disc(*(round(each) for each in middle)), part)
        return {
            "moves": moving,
            "moves and becomes a disc": rounder,
            "half moves, half fades": (moving + fading) / 2,
            "fades": fading,
            "leaps": first if part < 0.5 else last,
            "stays": first,
            "is not there": torch.zeros_like(first),
        }[kind]

    frames = [painted((at(k / 15), colour)) for k in range(16)]
    return torch.stack(frames)[None]


@pytest.mark.parametrize(
    ("kind", "end", "fade", "jump"),
    [
        ("moves", (25, 6), (0.01, 0.12), (0.06, 0.1)),
        ("moves", (21, 21), (0, 1e-5), (0.06, 0.07)),  # from pixel to pixel
        ("moves and becomes a disc", (21, 21), (0.02, 0.2), (0.06, 0.1)),
        ("half moves, half fades", (25, 13), (0.6, 0.75), (0.06, 0.3)),
        ("fades", (25, 13), (0.98, 1), (0.95, 1.05)),
        ("fades", (6, 21), (0.95, 1), (0.6, 1.05)),
        ("leaps", (6, 14), (0, 1e-5), (0.99, 1.01)),  # as far as a shift
        ("leaps", (18, 6), (0.3, 0.7), (0.99, 1.01)),
        ("leaps", (25, 25), (0.9, 1), (0.99, 1.01)),
    ],
)
def test_what_fades_is_told_from_what_moves(kind, end, fade, jump):
    measured = walks.measure(sequence(kind, (6, 6), end))
    assert fade[0] <= measured.fade[0, 1] <= fade[1]
    assert jump[0] <= measured.jump[0, 1] <= jump[1]
    assert measured.distance[0, 1] == pytest.approx(torch.tensor(end).sub(6.0).norm().item(), 1e-3)
    assert measured.single[0, [0, -1], 1].all() and not measured.single[..., 0].any()
    # Nothing of the measure hangs on which colour it is.
    blue = walks.measure(sequence(kind, (6, 6), end, BLUE))
    assert torch.equal(blue.fade[:, 0], measured.fade[:, 1])
    assert torch.equal(blue.centres[:, :, 0], measured.centres[:, :, 1])
    assert torch.equal(blue.single[..., 0], measured.single[..., 1])


def test_the_canvas_edge_explains_no_fading():
    """An object that fades out at the edge has not been shifted off the canvas."""
    frames = torch.stack([painted((ink(5, 16) * (1 - k / 15), RED)) for k in range(16)])[None]
    assert walks.measure(frames).fade[0, 1] > 0.99


def test_what_stays_neither_fades_nor_moves():
    measured = walks.measure(sequence("stays", (9, 20), (20, 9)))
    assert measured.fade[0, 1] == 0 and measured.distance[0, 1] == 0
    assert measured.single[..., 1].all() and (measured.pieces == 1).all()


def test_where_nothing_is_there_is_no_centre():
    measured = walks.measure(sequence("is not there", (9, 20), (20, 9)))
    assert not measured.single.any() and not measured.pieces.any() and not measured.fade.any()
    assert measured.centres.isnan().all() and measured.jump.isnan().all()


def test_of_a_cross_fade_most_frames_show_an_object_and_the_middle_ones_none():
    seen = walks.measure(sequence("fades", (6, 6), (25, 13))).single[0, :, 1].tolist()
    assert seen == [True] * 5 + [False] * 6 + [True] * 5


# One picture.


@pytest.mark.parametrize(("side", "apart"), [(16, 0.7), (32, 0.95), (64, 0.98)])
def test_in_scenes_all_objects_are_found_where_they_are(side, apart):
    made = scenes(500, side=side, seed=7)
    pictures = made.images.float() / 255
    single, pieces = walks.count(pictures)
    assert single.all()
    # Squares side by side are one piece: there are more of these on a small canvas.
    assert (pieces == 2).float().mean() >= apart
    coloured, _ = walks.colour_maps(pictures)
    off = walks.centres(coloured.flatten(0, 1)).view(-1, 2, 2) - made.centres
    assert off[:, 1].norm(dim=1).max() < 1e-3
    assert (off[:, 0].norm(dim=1) <= 0.5).float().mean() > 0.95  # a corner may be hidden


@pytest.mark.parametrize(
    ("says", "picture", "red", "pieces"),
    [
        ("a square", painted((ink(8, 9), RED)), True, 1),
        ("a disc", painted((disc(8, 9), RED)), True, 1),
        (
            "a red and a blue one that touch",
            painted((ink(8, 9), RED), (ink(19, 14), BLUE)),
            True,
            2,
        ),
        ("two red ones", painted((ink(8, 9), RED), (ink(20, 9), RED)), False, 2),
        ("a red and a purple one", painted((ink(8, 9), RED), (ink(20, 9), PURPLE)), True, 2),
        ("two purple ones", painted((ink(8, 9), PURPLE), (ink(20, 9), PURPLE)), False, 2),
        ("none", painted((0 * ink(8, 9), RED)), False, 0),
        ("a pale one", painted((0.6 * ink(8, 9), RED)), False, 0),
        ("a quarter", painted((ink(8, 9) * disc(4, 5), RED)), False, 0),
        ("one with a speck", painted((ink(8, 9).maximum(speck()), RED)), False, 1),
        ("a smear", painted((ink(8, 9).maximum(ink(14, 9)), RED)), False, 0),
    ],
)
def test_objects_are_counted(says, picture, red, pieces):
    single, number = walks.count(picture[None])
    assert single[0, 1].item() is red and number[0].item() == pieces, says


def test_pictures_of_a_batch_do_not_hang_together():
    same = painted((ink(8, 9), RED)).expand(3, -1, -1, -1)
    single, pieces = walks.count(same)
    assert single[:, 1].tolist() == [True] * 3 and pieces.tolist() == [1] * 3


# The line.


def test_far_pairs_lead_from_one_side_of_the_canvas_to_the_other():
    places = scenes(60, side=32, seed=4).centres[:, 1]
    pairs = walks.far_pairs(places, 32, 50)
    assert len(pairs) == len(pairs.unique(dim=0)) == 50
    one, other = places[pairs].double().unbind(1)
    assert (one - other).norm(dim=1).min() >= 16
    assert pairs.unique().numel() > 20  # not the same few again and again
    few = walks.far_pairs(torch.tensor([[5, 5], [5, 20], [5, 21]]), 32, 50)
    assert few.tolist() == [[0, 2]]
    assert walks.far_pairs(places[:0], 32, 50).shape == (0, 2)


def test_a_walk_goes_straight_from_one_latent_to_the_other():
    def paint(latents):
        return latents[:, :1, None, None].expand(-1, 3, 8, 8)

    start, end = torch.tensor([[0.0, 9.0], [0.5, 0.0]]), torch.tensor([[1.0, 9.0], [2.5, 7.0]])
    frames = walks.walk(paint, start, end, 5)
    assert frames.shape == (2, 5, 3, 8, 8) and not frames.requires_grad
    assert frames[0, :, 0, 0, 0].tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert frames[1, :, 0, 0, 0].tolist() == [0.5, 1, 1, 1, 1]  # what lies beyond is cut off
    many = walks.walk(paint, start.repeat(50, 1), end.repeat(50, 1), 5)
    assert torch.equal(many, frames.repeat(50, 1, 1, 1, 1))


@pytest.mark.parametrize(
    ("start", "end", "frames", "says"),
    [
        ((3, 8), (4, 8), 16, r"start and end got shapes \(3, 8\) and \(4, 8\)"),
        ((8,), (8,), 16, r"start and end got shapes \(8,\)"),
        ((3, 8), (3, 8), 1, "frames got 1"),
    ],
)
def test_a_walk_that_can_not_be_gone_is_refused(start, end, frames, says):
    with pytest.raises(ValueError, match=says):
        walks.walk(lambda latents: latents, torch.zeros(start), torch.zeros(end), frames)


@pytest.mark.parametrize("shape", [(16, 3, 32, 32), (1, 16, 1, 32, 32), (1, 3, 3, 32, 32)])
def test_frames_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match="frames got shape .* with 4 frames or more"):
        walks.measure(torch.ones(shape))
