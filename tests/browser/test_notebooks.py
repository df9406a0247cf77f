"""Every notebook of the course has a test file here that runs it solved (see conftest.py)."""

from __future__ import annotations

from pathlib import Path

from tools import stamps


def test_every_notebook_is_put_into_a_students_hands():
    files = sorted(Path(__file__).parent.glob("test_notebook_??.py"))
    assert [path.stem[-2:] for path in files] == [path.name[:2] for path in stamps.notebooks()]
    assert all("solved" in path.read_text(encoding="utf-8") for path in files)
