"""For the widgets' tests: a home of one's own, where a student's answers are kept."""

import pytest

from coordlib.widgets import prediction


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """The folder of what a student keeps, not there yet; nor has the kernel heard an answer."""
    prediction._COMMITTED.clear()
    monkeypatch.setenv("COORDLIB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"
