"""Record games for data/replays, a file an agent: `python -m tools.replays MsPacman RUN…`.

Each agent plays the beginning of the same game and is asked in between what it looks at: one that
was not trained where a game is named, and that of a recorded run which has kept its weights.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from coordlib import recording, records, replays
from coordlib.tasks import atari
from coordlib.tasks.atari import playing
from tools import ROOT

SEED = 0
LONGEST = 400  # steps, which keeps a file below `replays.LARGEST`
LOOK_AT = range(49, LONGEST, 50)
FOLDER = ROOT / "data" / "replays"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line with `arguments` (default: the process's own); returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.replays", description=__doc__)
    parser.add_argument("agents", nargs="+", help="a game's name, or the folder of a recorded run")
    for agent in parser.parse_args(arguments).agents:
        if agent in atari.GAMES:
            game, name = agent, "untrained"
            network = atari.Settings("plain", game=game).build(SEED)
        else:
            run = records.load(Path(agent))
            game, name = run.settings["game"], f"{run.settings['network']}-seed{run.seed}"
            network = recording.restore(run).network
        played = playing.replay(network, game, seed=SEED, longest=LONGEST, look_at=LOOK_AT)
        replays.save(played, FOLDER / f"{game}-{name}.npz")
        print(f"{game}, {name}: {len(played)} steps, score {played.scores[-1]:,.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
