"""A free machine, and an empty place for recorded runs."""

import psutil
import pytest

from coordlib import records


@pytest.fixture(autouse=True)
def free_machine(monkeypatch):
    """No other process takes a core, so that each training of a test has as many threads.

    With other threads its last digits would be others.
    """
    monkeypatch.setattr(psutil, "cpu_percent", lambda interval, percpu: [0.0])


@pytest.fixture
def data(tmp_path, monkeypatch):
    """An empty data folder in place of the course's."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setattr(records, "data_folder", lambda: folder)
    return folder
