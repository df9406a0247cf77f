"""The search for a browser, with programs that only pretend to be one."""

import pytest

from tools import chromium


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """An empty folder that is all of PATH, and a function that puts a program into it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(chromium, "MAC", str(tmp_path / "nowhere"))
    monkeypatch.setattr(chromium, "_playwrights_own", lambda: str(tmp_path / "nothing"))

    def add(name, exit_code=0):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\nexit {exit_code}\n")
        path.chmod(0o755)
        return str(path)

    return add


def test_the_first_browser_that_runs_is_taken(programs):
    assert chromium.find() is None
    programs("chromium", exit_code=1)  # a stub that only says where to get the browser
    chrome = programs("google-chrome")
    assert chromium.find() == chrome


def test_the_variable_wins(programs, monkeypatch):
    programs("chromium")
    monkeypatch.setenv("CHROMIUM", programs("mine"))
    assert chromium.find().endswith("/mine")


def test_playwrights_own_is_found(programs, monkeypatch):
    own = programs("own")
    monkeypatch.setattr(chromium, "_playwrights_own", lambda: own)
    assert chromium.find() == own


def test_a_missing_browser_is_installed(programs, monkeypatch, capsys):
    monkeypatch.setattr(chromium, "install", lambda: programs("chromium"))
    assert chromium.main() == 0
    assert capsys.readouterr().out.strip().endswith("/chromium")


def test_when_nothing_helps_it_says_so(programs, monkeypatch, capsys):
    monkeypatch.setattr(chromium, "install", lambda: None)
    assert chromium.main() == 1
    assert "install Chromium or Chrome, or set CHROMIUM" in capsys.readouterr().err
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")
    assert chromium.main() == 1
    assert "CHROMIUM=/no/such/browser: no such program" in capsys.readouterr().err


def test_the_systems_packages_come_before_playwrights(programs, monkeypatch, tmp_path):
    said = tmp_path / "said"
    apt = tmp_path / "apt-get"
    apt.write_text(f'#!/bin/sh\necho "$@" >> {said}\n')
    apt.chmod(0o755)
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0)
    monkeypatch.setattr(chromium.sys, "executable", programs("python", exit_code=1))
    chromium.install()
    assert said.read_text().splitlines() == [
        "update",
        "install --yes --no-install-recommends chromium",
    ]
