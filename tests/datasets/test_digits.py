"""The shipped digits: whole, in two parts, and refused when damaged."""

import pytest
import torch

from coordlib import storage
from coordlib.datasets import DIGITS, digits, load_digits, train_and_measured


@pytest.mark.parametrize(
    ("name", "part", "n"),
    [("mnist", "train", 8_000), ("mnist", "test", 2_000), ("fashion", "train", 4_000)],
)
def test_a_part_has_pictures_and_labels_of_ten_kinds(name, part, n):
    found = load_digits(name, part)
    assert found.images.shape == (n, 28, 28) and found.images.dtype == torch.uint8
    assert found.labels.shape == (n,) and len(found) == n
    assert found.labels.unique().tolist() == list(range(10))
    assert (found.images.amax((1, 2)) > 100).all()


def test_some_of_them_are_had_by_numbers_and_by_a_slice():
    found = load_digits("fashion", "test")
    assert len(found[-10:]) == 10 and torch.equal(found[-10:].labels, found.labels[-10:])
    assert torch.equal(found[torch.tensor([3, 1])].images, found.images[[3, 1]])


def test_no_test_picture_is_also_a_train_picture():
    for name in DIGITS:
        train, test = (load_digits(name, part).images.flatten(1) for part in ("train", "test"))
        both = torch.cat((train, test)).unique(dim=0)
        assert len(both) == len(train.unique(dim=0)) + len(test.unique(dim=0)), name


def test_an_unknown_name_or_part_is_refused():
    with pytest.raises(ValueError, match="name got 'minst' .did you mean 'mnist'"):
        load_digits("minst")
    with pytest.raises(ValueError, match="part got 'valid'"):
        load_digits("mnist", "valid")


def test_a_damaged_file_is_named_and_a_missing_one_too(tmp_path, monkeypatch):
    whole = (storage.data_folder() / "digits" / "mnist.npz").read_bytes()
    monkeypatch.setattr(digits, "data_folder", lambda: tmp_path)
    with pytest.raises(storage.StorageError, match="there is no file of digits at .*mnist.npz"):
        load_digits()
    (tmp_path / "digits").mkdir()
    (tmp_path / "digits" / "mnist.npz").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(storage.StorageError, match="mnist.npz is not a file of digits, or it is"):
        load_digits()


def test_validation_pictures_are_kept_out_of_train():
    train, test = load_digits("fashion", "train"), load_digits("fashion", "test")
    learnt, measured = train_and_measured("fashion", "test")
    assert torch.equal(learnt.images, train.images) and torch.equal(measured.images, test.images)
    learnt, measured = train_and_measured("fashion", "validation")
    both = torch.cat([learnt.images, measured.images])
    assert len(measured) == 1_000 and torch.equal(both, train.images)
    with pytest.raises(ValueError, match="measured got 'all'; it takes one of test, validation"):
        train_and_measured("fashion", "all")
