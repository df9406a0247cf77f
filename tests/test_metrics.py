import pytest
import torch

from coordlib import datasets, metrics


def test_the_brightest_pixel_of_a_one_hot_is_its_position():
    positions = datasets.positions(12, 3)
    maps = datasets.one_hot(positions, 12)
    assert torch.equal(metrics.brightest_positions(maps), positions)
    assert torch.equal(metrics.brightest_positions(maps[:, 0]), positions)


def test_rows_and_columns_are_told_apart_on_a_wide_map():
    maps = torch.zeros(1, 3, 10)
    maps[0, 2, 7] = 1
    assert metrics.brightest_positions(maps).tolist() == [[7, 2]]


def test_distances_are_euclidean():
    predicted, true = torch.tensor([[3, 4], [1, 1]]), torch.tensor([[0, 0], [1, 1]])
    distances = metrics.pixel_distances(predicted, true)
    assert distances.tolist() == [5.0, 0.0]


def test_overlap_is_intersection_over_union():
    ours = torch.tensor([[1.0, 2.0, 0.0], [1.0, -1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    theirs = torch.tensor([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    found = metrics.overlaps(ours.view(4, 1, 1, 3), theirs.view(4, 1, 1, 3))
    assert found.tolist() == [pytest.approx(1 / 3), 1, 0, 1]
