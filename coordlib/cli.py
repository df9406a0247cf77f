"""The command line: `coordlib run`, `coordlib sweep`, `coordlib bench`."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import shlex
import sys
import threading
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any

from tqdm import tqdm

import coordlib
from coordlib import (
    benchmarks,
    checks,
    claims,
    plans,
    recording,
    records,
    tasks,
    terminal,
    training,
)
from coordlib.recipes import OPTIMIZERS, SCALES, SCHEDULES, STYLES, Recipe
from coordlib.settings import Setting
from coordlib.storage import StorageError, write_atomically
from coordlib.sweeps import command as sweeps
from coordlib.sweeps import costs
from coordlib.tasks import Task
from coordlib.training import parallel

_TABLE_START, _TABLE_END = "<!-- claims -->\n", "<!-- /claims -->"

EXIT_CODES = """\
exit codes:
  0    done
  1    a file could not be read or written; a training diverged; a check found something
  2    an argument was wrong
  130  stopped (Ctrl-C); what was done so far is kept, go on with --resume
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line with `arguments` (default: the process's own); returns the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if words[:1] == ["run"] and len(words) > 1 and not words[1].startswith("-"):
            checks.one_of("task", words[1], tasks.names())
        options, unknown = _parser(words).parse_known_args(words)
        if unknown:
            _refuse(options, unknown[0].partition("=")[0])
        return options.action(options, shlex.join(["coordlib", *words]))
    except (ValueError, TypeError, ImportError, FileExistsError, FileNotFoundError) as error:
        print(f"coordlib: {error}", file=sys.stderr)
        return 2
    # A StorageError or what nobody has found words for; a training that has diverged.
    except (OSError, training.DivergenceError) as error:
        print(f"coordlib: {error}", file=sys.stderr)
        return 1


def _refuse(options: argparse.Namespace, word: str) -> None:
    """Raise ValueError for a word that the command does not know: a task's with what it takes."""
    if "task" not in options:
        raise ValueError(f"{word!r} is not understood; --help says what is")
    settings = tasks.load(options.task).Settings.fields()
    names = [each.name for each in (*settings, *dataclasses.fields(Recipe))]
    checks.one_of(f"an option of {options.task}", word, map(_option, names))


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """The parser; of the tasks it knows the options of those that the words name."""
    parser = argparse.ArgumentParser(
        prog="coordlib",
        description="Repeat the experiments of the CoordConv paper.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=coordlib.__version__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="train one network and record the run")
    known = run.add_subparsers(title="tasks", required=True, metavar="TASK")
    for task in tasks.TASKS:
        parser_of_task = known.add_parser(task.name, help=task.says)
        if task.name in words:
            _add_task(parser_of_task, task)

    sweeps.add(commands)
    _add_claims(commands)

    bench = commands.add_parser("bench", help="time something on this machine")
    subjects = bench.add_subparsers(title="subjects", required=True, metavar="SUBJECT")
    benchmarks.add_layers(subjects)
    benchmarks.add_together(subjects)
    benchmarks.add_broadcast(subjects)
    costs.add(subjects)

    return parser


def _add_task(parser: argparse.ArgumentParser, task: Task) -> None:
    settings = tasks.load(task.name).Settings.fields()
    parser.description = f"Train a network and record the run.\n{task.name}: {task.says}"
    parser.epilog = EXIT_CODES
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.set_defaults(action=_run, task=task.name)
    what = parser.add_argument_group(
        "what is run",
        "A setting that is not given has its default; where none is shown, the network,\n"
        "--scale and --recipe choose it.",
    )
    for each in settings:
        what.add_argument(
            _option(each.name), type=each.type, required=each.required, help=_words(each)
        )
    what.add_argument("--seed", type=int, default=0, help="default: 0")
    what.add_argument(
        "--scale",
        default="lesson",
        choices=SCALES,
        help="how large: as in a unit test, in a lesson or in the paper (default: lesson)",
    )

    how = parser.add_argument_group(
        "how it is trained", "What is not given here comes from the recipe."
    )
    how.add_argument(
        "--recipe",
        default="course",
        choices=STYLES,
        help="the course's, or as the paper's code was released (default: course)",
    )
    length = how.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=int)
    length.add_argument("--steps", type=int)
    how.add_argument("--batch-size", type=int)
    how.add_argument("--optimizer", choices=OPTIMIZERS)
    how.add_argument("--momentum", type=float, help="of sgd and rmsprop")
    how.add_argument("--learning-rate", type=float)
    how.add_argument(
        "--schedule", choices=SCHEDULES, metavar="NAME", help=f"of the rate: {', '.join(SCHEDULES)}"
    )
    how.add_argument("--l2", type=float)
    how.add_argument("--clip", type=float, help="the largest norm of a gradient")
    how.add_argument(
        "--evaluate-every", type=int, metavar="N", help="epochs, or steps if it has --steps"
    )

    where = parser.add_argument_group("where")
    where.add_argument(
        "--out", type=Path, help="the run's folder (default: one under runs/, named after the run)"
    )
    where.add_argument("--resume", action="store_true", help="go on with the run in that folder")
    where.add_argument(
        "--pause-after",
        type=int,
        metavar="EPOCH",
        help="stop at the first evaluation from this epoch on, as Ctrl-C would; --resume goes on",
    )
    where.add_argument(
        "--hours",
        type=float,
        help="stop after so long, as Ctrl-C would; --resume goes on for as long again",
    )
    where.add_argument("--device", help="default: cuda, else mps, else cpu")
    where.add_argument("--precision", default="auto", choices=training.PRECISIONS)
    where.add_argument("--threads", type=int, help="processor threads (default: one a free core)")
    where.add_argument(
        "--checkpoint-seconds",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="time between two checkpoints: what a killed run can lose (default: 60)",
    )


def _add_claims(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "claims",
        help="the paper's claims beside what the recorded runs say",
        description="Print the ledger of claims, computed from the recorded runs in data/.",
    )
    parser.set_defaults(action=_claims)
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--check",
        action="store_true",
        help="exit with 1 if data/claims.json says otherwise, or a run contradicts its plan",
    )
    what.add_argument("--markdown", action="store_true", help="as a table for a README")
    what.add_argument(
        "--write", action="store_true", help="into data/claims.json, and the README's table"
    )


def _claims(options: argparse.Namespace, command: str) -> int:
    ledger = claims.claims()
    path = records.data_folder() / "claims.json"
    if options.write:
        write_atomically(path, claims.as_json(ledger).encode())
        print(f"wrote {path}")
        readme = path.parent.parent / "README.md"
        if readme.exists():  # in a checkout; an installed package has none
            text = readme.read_text(encoding="utf-8")
            before, _, rest = text.partition(_TABLE_START)
            _, end, after = rest.partition(_TABLE_END)
            if not end:
                marks = f"{_TABLE_START.strip()} and {_TABLE_END.strip()}"
                raise StorageError(f"{readme} lacks the lines {marks}; its table wasn't written")
            text = before + _TABLE_START + claims.as_markdown(ledger) + end + after
            write_atomically(readme, text.encode())
            print(f"wrote the table in {readme}")
    elif options.markdown:
        print(claims.as_markdown(ledger), end="")
    elif options.check:
        if not path.exists():
            raise StorageError(f"there is no {path}; write it with coordlib claims --write")
        wrong = claims.differences(ledger, path)
        print("\n".join(wrong) or f"{path.name}: all {len(ledger)} claims are what the runs give")
        otherwise = [each for plan in plans.shipped() for each in plans.deviations(plan)]
        for each in otherwise:
            print(each.says)
        return 1 if wrong or any(each.contradicts for each in otherwise) else 0
    else:
        print(claims.as_text(ledger), end="")
    return 0


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _words(setting: Setting) -> str:
    """What the help says of a setting: no default where the preset may choose another."""
    silent = setting.required or setting.by_preset or setting.default == ""
    usual = "" if silent else f"default: {setting.default}"
    brackets = "; ".join(each for each in (setting.takes, usual) if each)
    return (f"{setting.says} ({brackets})" if brackets else setting.says).replace("%", "%%")


def _run(options: argparse.Namespace, command: str) -> int:
    module = tasks.load(options.task)
    fields = module.Settings.fields()
    chosen = {each.name: getattr(options, each.name) for each in fields}
    chosen = {name: value for name, value in chosen.items() if value is not None}
    settings, recipe = module.preset(scale=options.scale, style=options.recipe, **chosen)
    changes = {
        field.name: getattr(options, field.name)
        for field in dataclasses.fields(Recipe)
        if getattr(options, field.name, None) is not None
    }
    recipe = recipe.changed(**changes)
    if options.threads is not None:
        checks.whole_number("--threads", options.threads, 1, checks.THREADS)
    checks.number("--checkpoint-seconds", options.checkpoint_seconds)
    folder = options.out or _folder(options, fields, chosen)

    for option in ("pause_after", "hours"):
        if (value := getattr(options, option)) is not None:
            checks.number(_option(option), value)
    with contextlib.ExitStack() as around:
        stop = around.enter_context(terminal.stopped_by_signals())
        progress = around.enter_context(_Progress(recipe))

        def on_event(event: training.Progress | training.Evaluation) -> None:
            progress(event)
            evaluated = isinstance(event, training.Evaluation)
            if evaluated and options.pause_after is not None and event.epoch >= options.pause_after:
                stop.set()

        if options.hours is not None:
            timer = threading.Timer(min(3600 * options.hours, threading.TIMEOUT_MAX), stop.set)
            timer.start()
            around.callback(timer.cancel)
        run = recording.record(
            options.task,
            settings,
            recipe,
            options.seed,
            folder,
            resume=options.resume,
            command=command,
            device=options.device,
            precision=options.precision,
            threads=options.threads,
            on_event=on_event,
            stop=stop,
            checkpoint_seconds=options.checkpoint_seconds,
        )
    if parallel.rank() > 0:  # the first process tells
        return 0 if run.finished else 130
    final = {name: value for name, value in run.final.items() if name not in ("step", "epoch")}
    print(json.dumps({"folder": str(folder), "finished": run.finished, "step": run.step, **final}))
    if not run.finished:
        print(f"stopped at step {run.step}; go on with --resume", file=sys.stderr)
    return 0 if run.finished else 130


def _folder(options: argparse.Namespace, fields: list[Setting], chosen: dict[str, Any]) -> Path:
    """A run's folder, named after what tells it from others: deconv-multiplier_2-uniform-….

    Of a setting that is a path it has the last part.
    """
    words = [
        ("" if each.required else f"{each.name}_") + PurePath(str(chosen[each.name])).name
        for each in sorted(fields, key=lambda each: each.name == "split")
        if each.name in chosen
    ]
    return Path("runs", options.task, "-".join([*words, options.scale, f"seed{options.seed}"]))


class _Progress:
    """A bar on a terminal, a line an evaluation anywhere else; both on stderr."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._bar: tqdm | None = None

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, event: training.Progress | training.Evaluation) -> None:
        if isinstance(event, training.Evaluation):
            numbers = "  ".join(f"{name} {value:.4g}" for name, value in event.metrics.items())
            by_epochs = self._recipe.epochs is not None
            place = f"epoch {event.epoch:4d}" if by_epochs else f"step {event.step:7,}"
            tqdm.write(f"{place}  {event.seconds:7.1f} s  {numbers}", file=sys.stderr)
            return
        if self._bar is None:
            self._bar = tqdm(total=event.steps, unit="step", file=sys.stderr, disable=None)
            self._bar.initial = event.step  # a resumed run is no faster for what it did before
        self._bar.set_postfix(loss=f"{event.loss:.4g}", refresh=False)
        self._bar.update(event.step - self._bar.n)
