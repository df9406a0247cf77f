"""Where a command meets its terminal: whatever becomes of that, the command ends as it should.

A character that the output's encoding lacks is written in plain letters. Where nobody takes the
output any more (a closed pipe, a full disk, no terminal at all) the command goes on in silence.
A Ctrl-C never ends in a traceback.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TextIO

STOPPED = 130  # what a shell says of a command that Ctrl-C has ended: 128 + SIGINT

# In what the commands print; any other character is written as its number.
_PLAIN = {
    "×": "x",
    "·": "*",
    "–": "-",
    "—": "-",
    "−": "-",
    "≈": "~",
    "²": "^2",
    "µ": "u",
    "′": "'",
    "…": "...",
    "→": "->",
}


def run(load: Callable[[], Callable[[], int]]) -> int:
    """Run a command at the process's own terminal; returns its exit code.

    load: gives the command. As long as it is at it, importing, a Ctrl-C ends the process at once.

    The code is STOPPED after a KeyboardInterrupt. It is 1 if all went well but the output could not
    be written; a reader who has closed the pipe has wanted no more of it.
    """
    interactive = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if interactive:  # otherwise whoever has started the process wants it to ignore Ctrl-C
        # An exception would be taken for a failed import by some libraries.
        signal.signal(signal.SIGINT, lambda *_: os._exit(STOPPED))
    _open_missing()
    sys.stdout = output = _lasting(sys.stdout, 1)
    sys.stderr = _lasting(sys.stderr, 2)
    try:
        command = load()
        if interactive:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        code = command()
    except SystemExit as ended:
        code = ended.code  # argparse's: a number
    except KeyboardInterrupt:
        print("coordlib: stopped", file=sys.stderr)
        code = STOPPED
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # there is nothing left to stop
        output.flush()
    if output.lost is not None and not isinstance(output.lost, BrokenPipeError):
        print(f"coordlib: cannot write the output: {output.lost.strerror}", file=sys.stderr)
        return code or 1
    return code


@contextlib.contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """An event that the first SIGINT or SIGTERM sets; the next one does what it always does."""
    stop = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def asked(*_: object) -> None:
        stop.set()
        restore()

    for number in before:
        signal.signal(number, asked)
    try:
        yield stop
    finally:
        restore()


def _open_missing() -> None:
    """Open the standard files that are closed, or the next file to be opened takes their number.

    What a library then says on stderr would be written into it, a checkpoint perhaps.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # it gets the lowest number


class _Lasting(io.TextIOWrapper):
    """A stream that takes whatever is written, also when it can't be kept any more.

    All but the catching is done by io itself, which no signal's handler can interrupt between a
    write and the note that it has been made: nothing is written twice.
    """

    lost: OSError | None = None  # why nothing is kept any more

    def write(self, text: str) -> int:
        with self._kept():
            super().write(text)
        return len(text)

    def flush(self) -> None:
        with self._kept():
            super().flush()

    @contextlib.contextmanager
    def _kept(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.lost = self.lost or error
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())  # what is still in the buffer goes there too
            os.close(nowhere)


def _lasting(stream: TextIO | None, number: int) -> _Lasting:
    """A standard stream anew, to the same place; None stands for a closed one."""
    if stream is None:
        raw, encoding = io.FileIO(number, "w", closefd=False), "utf-8"
    else:
        raw, encoding = getattr(stream.buffer, "raw", stream.buffer), stream.encoding
    codecs.register_error("plain", _in_plain_letters)
    lines = number == 2 or raw.isatty()
    through = bool(stream and stream.write_through)
    buffer = io.BufferedWriter(raw)
    return _Lasting(buffer, encoding, "plain", line_buffering=lines, write_through=through)


def _in_plain_letters(error: UnicodeError) -> tuple[str, int]:
    """What codecs write in place of characters that they lack."""
    assert isinstance(error, UnicodeEncodeError)
    wrong = error.object[error.start : error.end]
    known = [_PLAIN.get(each) or ascii(each)[1:-1] for each in wrong]
    return "".join(known), error.end
