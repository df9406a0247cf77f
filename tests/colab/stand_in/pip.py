"""Stands in for pip: notes its arguments, and "installs" coordlib unless told to fail."""

import os
import sys
from pathlib import Path

site = Path(os.environ["STAND_IN_SITE"])
(site / "pip-arguments").write_text("\n".join(sys.argv[1:]))
if "STAND_IN_FAILS" in os.environ:
    sys.exit("no network")
(site / "coordlib.py").write_text("")
