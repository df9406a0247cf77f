"""For all tests, the notebooks among them: nobody's own settings, and nothing left over."""

import os
import signal
import statistics
import tempfile

import pytest

HOMES = pytest.StashKey[tempfile.TemporaryDirectory]()
LAST = pytest.StashKey[os.PathLike]()
LONGEST = ("notebooks", "tests/browser")


def pytest_configure(config: pytest.Config) -> None:
    # A shell that starts the tests in the background has them ignore Ctrl-C, and what they start.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.stash[HOMES] = tempfile.TemporaryDirectory()
    config.add_cleanup(config.stash[HOMES].cleanup)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes longest comes first, so that of several workers none is left with it at the end.

    Within these folders, and among the other tests, the order stays.
    """
    folders = [config.rootpath / name for name in LONGEST]
    items.sort(key=lambda item: [item.path.parent != folder for folder in folders])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How fast the widgets answered: told and not judged, for a busy machine is no failure."""
    for report in terminalreporter.getreports("passed"):
        for name, times in report.user_properties if "tests/browser" in report.nodeid else ():
            median, most = statistics.median(times), max(times)
            terminalreporter.write_line(
                f"{name}: {median:.1f} ms, at most {most:.1f} (wanted: 100)"
            )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Give each test file and each notebook a COORDLIB_HOME of its own, before its kernel starts.

    Otherwise what notebook 01 saves would change what notebook 03 shows.
    """
    stash = item.config.stash
    if item.path != stash.get(LAST, None):
        stash[LAST] = item.path
        home = tempfile.mkdtemp(dir=stash[HOMES].name)
        os.environ["COORDLIB_HOME"] = f"{home}/coordlib"
        os.environ["IPYTHONDIR"] = f"{home}/ipython"
        os.environ["PYTHONHASHSEED"] = "0"
