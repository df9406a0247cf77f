"""An empty place for recorded runs."""

import pytest

from coordlib import records


@pytest.fixture
def data(tmp_path, monkeypatch):
    """An empty data folder in place of the course's."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setattr(records, "data_folder", lambda: folder)
    return folder
