"""Hiding what a network looks at changes its answer, and hiding anything else does not."""

import pytest
import torch
from torch import nn

from coordlib import occlusion


def looks_at(row, column):
    """A network whose two logits depend on one pixel of the first channel alone."""

    def network(pictures):
        seen = pictures[:, 0, row, column].float()
        return torch.stack([seen, -seen], 1)

    return network


def noise(*shape, seed=0):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def by_hand(network, picture, size, stride):
    """As the docstring's formula says it, patch by patch: (height, width)."""
    height, width = picture.shape[1:]
    total, count = torch.zeros(2, height, width)
    ends = [sorted({*range(0, length - size, stride), length - size}) for length in (height, width)]
    before = network(picture[None]).softmax(1)
    for top in ends[0]:
        for left in ends[1]:
            part = slice(top, top + size), slice(left, left + size)
            hidden = picture.clone()
            for channel in hidden:
                channel[part] = channel[part].mean()
            after = network(hidden[None]).softmax(1)
            total[part] += (before - after).abs().sum() / 2
            count[part] += 1
    return total / count


@pytest.mark.parametrize(("size", "stride"), [(1, 1), (3, 2), (4, 3), (5, 5), (6, 1)])
def test_it_is_the_formula_for_any_patch_and_step(size, stride):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 4 * 7, 5))
    pictures = noise(2, 3, 6, 9)
    found = occlusion.saliency(network, pictures, size, stride)
    with torch.no_grad():
        for one, picture in zip(found, pictures, strict=True):
            assert one == pytest.approx(by_hand(network, picture, size, stride), abs=1e-6)
    assert found.dtype == torch.float32 and found.shape == (2, 6, 9)


def test_only_what_is_looked_at_counts():
    found = occlusion.saliency(looks_at(5, 9), noise(1, 2, 12, 16), size=3, stride=1)[0]
    near = torch.zeros(12, 16, dtype=torch.bool)
    near[3:8, 7:12] = True  # within a patch of that pixel
    assert (found > 0).equal(near) and found.argmax() == 5 * 16 + 9
    nothing = occlusion.saliency(lambda pictures: torch.ones(len(pictures), 4), noise(1, 1, 8, 8))
    assert not nothing.any()


def test_an_even_patch_hides_nothing():
    pictures = torch.full((1, 1, 8, 8), 0.5)
    pictures[0, 0, 0, 0] = 1
    found = occlusion.saliency(looks_at(4, 4), pictures, size=2, stride=2)
    assert not found.any()
    assert occlusion.saliency(looks_at(0, 0), pictures, size=2, stride=2)[0, :2, :2].all()


def test_bytes_are_hidden_by_bytes():
    seen = []

    def network(pictures):
        seen.append(pictures)
        return pictures.flatten(1).float() / 255

    pictures = torch.tensor([[[[255, 0], [0, 0]]]], dtype=torch.uint8)
    occlusion.saliency(network, pictures, size=2, stride=1)
    assert seen[1].dtype == torch.uint8 and seen[1].flatten().tolist() == [64] * 4  # 63.75


def test_a_change_of_ones_own_and_many_patches():
    def value(pictures):
        sizes.append(len(pictures))
        return 3 * pictures.amax((2, 3))

    sizes = []
    picture = torch.zeros(1, 1, 20, 20)
    picture[0, 0, 7, 8] = 1
    found = occlusion.saliency(
        value, picture, size=1, stride=1, change=lambda one, other: (one - other)[:, 0].abs()
    )
    assert not found.any()  # hidden by itself
    sizes.clear()
    found = occlusion.saliency(
        value, picture, size=2, stride=1, change=lambda one, other: (one - other)[:, 0].abs()
    )
    assert found[0, 7, 8] == pytest.approx(3 * 0.75) and sum(sizes) == 1 + 19**2
    assert max(sizes) <= 256


def test_total_variation_is_half_the_sum_of_changes():
    one = torch.tensor([[0.5, 0.25, 0.25], [1e-9, 1 - 2e-9, 1e-9]]).log()
    other = torch.tensor([[0.25, 0.5, 0.25], [1 - 2e-9, 1e-9, 1e-9]]).log()
    assert occlusion.total_variation(one, other).tolist() == pytest.approx([0.25, 1], abs=1e-6)
    assert not occlusion.total_variation(one, one + 7).any()


@pytest.mark.parametrize(
    ("pictures", "options", "says"),
    [
        (noise(3, 8, 8), {}, r"pictures got shape \(3, 8, 8\); it takes \(n, channels, height"),
        (noise(0, 1, 8, 8), {}, r"pictures got shape \(0, 1, 8, 8\)"),
        (noise(1, 1, 6, 9), {"size": 7}, "size got 7; it takes a whole number from 1 to 6"),
        (noise(1, 1, 8, 8), {"size": 0}, "size got 0"),
        (noise(1, 1, 8, 8), {"size": 3}, "stride got 4; it takes a whole number from 1 to 3"),
        (noise(1, 1, 8, 8), {"stride": 0}, "stride got 0"),
        (
            noise(1, 1, 8, 8),
            {"change": lambda one, other: one - other},
            r"change gave shape \(1, 2\) for outputs \(1, 2\); it takes one that gives \(1,\)",
        ),
    ],
)
def test_it_refuses(pictures, options, says):
    with pytest.raises(ValueError, match=says):
        occlusion.saliency(looks_at(0, 0), pictures, **options)


@pytest.mark.parametrize(
    ("network", "says"),
    [
        (lambda pictures: (pictures, pictures), "network gave tuple for 1 pictures; it takes one"),
        (lambda pictures: torch.ones(3, 2), r"network gave \(3, 2\) for 1 pictures"),
        (lambda pictures: torch.tensor(1.0), r"network gave \(\) for 1 pictures"),
    ],
)
def test_it_refuses_what_is_no_output(network, says):
    with pytest.raises(ValueError, match=says):
        occlusion.saliency(network, noise(1, 1, 8, 8))
