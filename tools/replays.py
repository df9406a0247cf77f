"""Record a game of a trained Atari agent as replay.npz beside its run: `python -m tools.replays`.

The run must have kept its weights. Its agent plays the beginning of one game, the same for all, and
is asked in between what it looks at.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from coordlib import recording, records, replays
from coordlib.tasks.atari import playing

SEED = 0
LONGEST = 400  # steps, which keeps a file well below `replays.LARGEST`
LOOK_AT = range(49, LONGEST, 50)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line with `arguments` (default: the process's own); returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.replays", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="RUN", help="a run's folder")
    for folder in parser.parse_args(arguments).folders:
        run = records.load(folder)
        network = recording.restore(run).network
        played = playing.replay(
            network, run.settings["game"], seed=SEED, longest=LONGEST, look_at=LOOK_AT
        )
        replays.save(played, folder / "replay.npz")
        print(f"{folder}: {len(played)} steps, score {played.scores[-1]:,.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
