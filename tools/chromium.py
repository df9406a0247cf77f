"""Find a Chromium for the browser tests, or install one; run as a module it prints its path."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
ADVICE = "install Chromium or Chrome, or set CHROMIUM to the path of one"


def find() -> str | None:
    """Path of a Chromium or Chrome that is installed here, or None.

    The variable CHROMIUM wins; then the usual names; then the browser that Playwright keeps.
    Raises FileNotFoundError when CHROMIUM names something that cannot be run.
    """
    if chosen := os.environ.get("CHROMIUM"):
        if shutil.which(chosen) is None:
            raise FileNotFoundError(f"CHROMIUM={chosen}: no such program")
        return shutil.which(chosen)
    for path in (*map(shutil.which, NAMES), MAC):
        if path and _runs(path):
            return path
    own = _playwrights_own()
    return own if _runs(own) else None


def install() -> None:
    """Install Chromium with the system's packages, else with Playwright; no failure is raised."""
    root = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    if shutil.which("apt-get") and (not root or shutil.which("sudo")):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        package = ["install", "--yes", "--no-install-recommends", "chromium"]
        for arguments in (["update"], package):
            command = [*root, "apt-get", *arguments]
            subprocess.run(command, check=False, env=environment, stdout=sys.stderr)
    if find() is None:
        command = [sys.executable, "-m", "playwright", "install", "chromium"]
        subprocess.run(command, check=False, stdout=sys.stderr)


def main() -> int:
    """Print the path of a Chromium, installing one if there is none; returns the exit code."""
    try:
        path = find()
        if path is None:
            print("no Chromium found, installing one for the browser tests", file=sys.stderr)
            install()
            path = find()
    except FileNotFoundError as error:
        print(f"{error}; {ADVICE}", file=sys.stderr)
        return 1
    if path is None:
        print(f"no Chromium could be found or installed; {ADVICE}", file=sys.stderr)
        return 1
    print(path)
    return 0


def _runs(path: str) -> bool:
    # Being there is not enough: some systems ship a stub that only says where to get the browser.
    try:
        subprocess.run([path, "--version"], check=True, capture_output=True, timeout=600)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _playwrights_own() -> str:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


if __name__ == "__main__":
    sys.exit(main())
