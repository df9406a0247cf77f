"""A command ends as it should, whatever becomes of its terminal."""

import os
import signal
import subprocess
import sys

import pytest

from coordlib import records

SAYS = "19× in steps, k² ≈ 9 – d · c′ → Ä…"


def program(text, before=""):
    """A program whose command is `text`."""
    return [
        sys.executable,
        "-c",
        f"import os, sys, time; from coordlib import terminal; {before}\n"
        f"def command():\n    {text}\n    return 0\n"
        "sys.exit(terminal.run(lambda: command))",
    ]


def shell(line, *words):
    """Run a line of a shell in which "$@" stands for the words; returns (code, stdout, stderr)."""
    command = ["bash", "-c", line, "bash", *words]
    done = subprocess.run(command, capture_output=True, timeout=600)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", SAYS.encode()),
        ("cp1252", "19× in steps, k² ~ 9 – d · c' -> Ä…".encode("cp1252")),
        ("ascii", rb"19x in steps, k^2 ~ 9 - d * c' -> \xc4..."),
    ],
)
def test_a_character_that_the_terminal_lacks_is_written_in_plain_letters(encoding, said):
    text = f"print({SAYS!r}); print({SAYS!r}, file=sys.stderr)"
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(program(text), capture_output=True, env=environment)
    assert (done.returncode, done.stdout.strip(), done.stderr.strip()) == (0, said, said)


def test_names_that_are_no_unicode_can_be_said():
    done = subprocess.run(program("print(sys.argv[1])") + [b"a\xff"], capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"a\\udcff\n", b"")


MUCH = "for n in range(100_000): print(n)"
PROGRESS = "[print(n, file=sys.stderr) for n in range(100_000)]; print('done')"


@pytest.mark.parametrize(
    ("line", "text", "expected"),
    [
        ('"$@" | head -1; exit ${PIPESTATUS[0]}', MUCH, (0, b"0\n", b"")),
        ('"$@" > /dev/full', MUCH, (1, b"", b"coordlib: cannot write the output: No space left")),
        ('"$@" > /dev/full', "print(1); sys.exit(0)", (1, b"", b"coordlib: cannot write the")),
        ('"$@" > /dev/full', "print(1); sys.exit(2)", (2, b"", b"coordlib: cannot write the")),
        ('"$@" > /dev/full 2>&1', MUCH, (1, b"", b"")),
        ('"$@" >&-', MUCH, (0, b"", b"")),
        ('"$@" 2>/dev/full', PROGRESS, (0, b"done\n", b"")),
        ('"$@" 2>&-', PROGRESS, (0, b"done\n", b"")),
        ('"$@" 2>&1 >/dev/null | head -1; exit ${PIPESTATUS[0]}', PROGRESS, (0, b"0\n", b"")),
        ('"$@" <&- >&- 2>&-', PROGRESS, (0, b"", b"")),
    ],
)
def test_the_command_goes_on_when_nobody_takes_what_it_says(line, text, expected):
    code, said, errors = shell(line, *program(text))
    assert (code, said) == expected[:2] and errors.startswith(expected[2]), errors
    assert b"Traceback" not in errors


def test_no_file_gets_the_number_of_a_closed_stream(tmp_path):
    text = f"open({str(tmp_path / 'kept')!r}, 'w').write('whole'); os.write(2, b'a warning')"
    assert shell('"$@" 2>&-', *program(text))[0] == 0
    assert (tmp_path / "kept").read_text() == "whole"


@pytest.mark.parametrize("when", ["import", "command"])
def test_ctrl_c_ends_without_a_traceback(when):
    wait = "print('here', flush=True); time.sleep(60)"
    if when == "import":
        words = [*program("pass")[:-1], program("pass")[-1].replace("lambda: command", "command")]
        words[-1] = words[-1].replace("pass", wait)
    else:
        words = program(wait)
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.readline() == b"here\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=600)
    assert (process.returncode, errors) in [(130, b""), (130, b"coordlib: stopped\n")]


BELLS = """import signal

inside = False


def ring(*_):
    global inside
    if inside:
        inside = False
        raise KeyboardInterrupt


signal.signal(signal.SIGALRM, ring)
"""
RINGS = """
    global inside
    signal.setitimer(signal.ITIMER_REAL, 1e-4, 1e-4)
    for n in range(20_000):
        try:
            inside = True
            sys.stderr.write(f"{n}\\n")
            inside = False
        except KeyboardInterrupt:
            pass
    signal.setitimer(signal.ITIMER_REAL, 0)"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="rings often")
def test_what_is_interrupted_is_not_written_twice():
    code, said, errors = shell('"$@"', *program(RINGS, BELLS))
    assert (code, said) == (0, b"")
    lines = errors.split()
    assert len(lines) > 10_000 and len(set(lines)) == len(lines)


def test_who_ignores_ctrl_c_goes_on():
    before = "signal = __import__('signal'); signal.signal(signal.SIGINT, signal.SIG_IGN)"
    text = "signal.raise_signal(signal.SIGINT); print('done')"
    assert shell('"$@"', *program(text, before)) == (0, b"done\n", b"")


def test_python_dash_m_is_the_command():
    done = subprocess.run([sys.executable, "-m", "coordlib", "--version"], capture_output=True)
    assert done.returncode == 0 and done.stdout.count(b".") == 2, done.stderr


def test_the_front_door_is_light():
    names = "import sys, coordlib.__main__; print('torch' in sys.modules, 'numpy' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", names], text=True) == "False False\n"


def test_the_ledger_is_printed_in_any_encoding_and_to_any_reader():
    words = [sys.executable, "-m", "coordlib", "claims"]
    code, said, errors = shell('PYTHONIOENCODING=ascii "$@"', *words)
    assert (code, errors) == (0, b"") and b"k^2" in said and said.isascii()
    code, said, errors = shell('"$@" | head -1; exit ${PIPESTATUS[0]}', *words)
    assert (code, said.count(b"\n"), errors) == (0, 1, b"")


def test_a_run_whose_progress_nobody_takes_is_finished_and_kept(tmp_path):
    words = [sys.executable, "-m", "coordlib", "run", "classification", "--network", "deconv"]
    words += ["--split", "uniform", "--scale", "smoke", "--epochs", "30", "--out", str(tmp_path)]
    code, said, _ = shell('"$@" 2>&1 >/dev/null | head -2; exit ${PIPESTATUS[0]}', *words)
    assert (code, said.count(b"\n")) == (0, 2)
    assert records.load(tmp_path).finished and (tmp_path / "weights.safetensors").exists()
