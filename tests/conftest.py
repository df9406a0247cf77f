"""One thread for all tests, and an empty place for recorded runs."""

import pytest
import torch

from coordlib import records

# Two threads wait for each other: beside another busy process they take many times as long as one.
# And a training's last digits are those of so many threads.
torch.set_num_threads(1)


@pytest.fixture
def data(tmp_path, monkeypatch):
    """An empty data folder in place of the course's."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setattr(records, "data_folder", lambda: folder)
    return folder
