"""`coordlib sweep`: the words of the command line, and what it does with them."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from pathlib import Path

from coordlib import checks, training
from coordlib.sweeps import cluster, driver, grids, local
from coordlib.sweeps.work import Options

_EPILOG = """\
A grid is a JSON file; coordlib/sweeps/grids.py says what stands in it. Shipped ones:
{shipped}

A run that is finished is not run again, and one that was interrupted goes on from
its checkpoint: to continue a sweep, repeat its command. A worker that dies is
replaced, and its run goes on.

exit codes:
  0    all runs are finished
  1    a run failed, or a file could not be read or written; the other runs were done
  2    an argument or the grid was wrong; nothing was run
  130  stopped (Ctrl-C); repeat the command to go on
"""


def add(commands: argparse._SubParsersAction) -> None:
    """Add `sweep` to the commands of `coordlib`."""
    parser = commands.add_parser(
        "sweep",
        help="run all configurations of a grid, the paper's or one of your own",
        description="Run all configurations of a grid and record each in a folder of its name.",
        epilog=_EPILOG.format(shipped="\n".join(f"  {name}" for name in grids.shipped())),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(action=_sweep)
    what = parser.add_argument_group("what is run")
    what.add_argument("grid", metavar="GRID", help="the name of a shipped grid, or a file's path")
    what.add_argument("--only", metavar="PATTERN", help='names to run, such as "uniform-*"')
    what.add_argument("--dry-run", action="store_true", help="list what would be run")
    what.add_argument(
        "--out", type=Path, metavar="FOLDER", help="default: runs/sweeps/ and the grid's name"
    )
    how = parser.add_argument_group("how")
    how.add_argument(
        "--workers", type=int, metavar="N", help="processes (default: as many as --threads allows)"
    )
    how.add_argument(
        "--threads", type=int, default=1, metavar="N", help="of each worker (default: 1)"
    )
    how.add_argument(
        "--together",
        type=int,
        default=1,
        metavar="K",
        help="train K networks as one that differ in seed, learning rate and l2 only: to rounding "
        "the same runs; whether it is faster here, `coordlib bench together` measures (default: 1)",
    )
    how.add_argument(
        "--ray",
        metavar="ADDRESS",
        help="have the runs done by the Ray cluster at host:port, or, with auto, the one that this "
        "machine is part of; --workers is then the most runs at a time (default: no limit)",
    )
    how.add_argument("--device", help="default: cuda, else mps, else cpu; with --ray: cpu")
    how.add_argument(
        "--checkpoint-seconds",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="time between two checkpoints: what a killed worker can lose (default: 60)",
    )


def _sweep(options: argparse.Namespace, command: str) -> int:
    grid = grids.read(options.grid)
    configurations = grids.configurations(grid)
    if options.only is not None:
        configurations = grids.select(configurations, options.only)
    checks.whole_number("--threads", options.threads, 1, checks.THREADS)
    if options.workers is not None:
        checks.whole_number("--workers", options.workers, 1, checks.THREADS)
    checks.whole_number("--together", options.together)
    checks.number("--checkpoint-seconds", options.checkpoint_seconds)
    if options.ray is None:
        training.pick_device(options.device)
    if options.dry_run:
        print(grids.table(configurations))
        return 0

    out = options.out or Path("runs", "sweeps", Path(options.grid).stem)
    work = Options(options.grid, options.threads, options.device, options.checkpoint_seconds)
    with driver.claim(out, grid):
        for line in driver.set_aside(out, configurations):
            print(line, file=sys.stderr)
        if options.ray is not None:
            workers = cluster.Workers(options.ray, options.workers, out, work)
        else:
            count = options.workers or max(1, (os.cpu_count() or 1) // options.threads)
            workers = local.Workers(count, out, work)
        # Whatever Ray has to say goes where ours goes: the output is one line of JSON.
        with contextlib.redirect_stdout(sys.stderr), contextlib.closing(workers):
            try:
                result = driver.sweep(out, configurations, workers, options.together)
            except KeyboardInterrupt:  # the second one: whoever is asked twice shall not wait
                workers.kill()
                raise
    counts = {"runs": len(configurations), "finished": len(result.finished)}
    print(json.dumps({"folder": str(out), **counts, "failed": sorted(result.failed)}))
    for name, error in sorted(result.failed.items()):
        print(f"{name} failed: {error}", file=sys.stderr)
    if result.failed:
        return 1
    return 0 if len(result.finished) == len(configurations) else 130
