"""For all tests, the notebooks among them: nobody's own settings, and nothing left over."""

import os
import tempfile

import pytest

HOMES = pytest.StashKey[tempfile.TemporaryDirectory]()
LAST = pytest.StashKey[os.PathLike]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[HOMES] = tempfile.TemporaryDirectory()
    config.add_cleanup(config.stash[HOMES].cleanup)


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
