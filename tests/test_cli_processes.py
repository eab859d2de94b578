"""The command line from outside: exit codes, pipes, Ctrl-C, and how fast it starts."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import tamemip as tm
from tests.hard_model import covering, market_split

ROOT = Path(__file__).parents[1]
PRODUCTION = "examples/models/production.mps"
#: How long a process may take to show that it is searching, and to end after Ctrl-C.
PATIENCE = 60.0

needs_terminal = pytest.mark.skipif(
    sys.platform == "win32", reason="needs a POSIX terminal and POSIX signals"
)


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "tamemip", *map(str, arguments)]


def run(*arguments: object, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=ROOT, text=True, capture_output=True, check=False, **options
    )


def test_help_loads_nothing_heavy():
    assert run("--help").returncode == 0
    heavy = "numpy", "scipy", "ortools", "highspy", "sympy", "networkx", "flint"
    script = (
        "import sys, tamemip.cli\n"
        "try: tamemip.cli.app(['--help'])\n"
        f"except SystemExit: print(sorted(set({heavy!r}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, text=True, capture_output=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--version",), 0),
        (("analyze", PRODUCTION, "--no-prices"), 0),
        (("analyze", "no-such-model.mps"), 2),
        (("analyze", PRODUCTION, "--bogus"), 2),
        (("check", PRODUCTION), 1),
        (("check", "no-such-proof.jsonl"), 2),
        (("value", PRODUCTION, "--along", "SHIP", "--range", "-1", "1"), 0),
        (("value", PRODUCTION, "--along", "SHOP", "--range", "-1", "1"), 2),
    ],
    ids=str,
)
def test_exit_codes_and_no_traceback(arguments, code):
    done = run(*arguments)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == (code != 0)


def test_both_ways_to_start_it_are_the_same():
    script = "import sys; sys.argv[0] = 'tamemip'; from tamemip.cli import main; main()"
    for arguments in (("--version",), ("analyze",), ("check", "no-such-proof.jsonl"), ("--help",)):
        one = run(*arguments)
        other = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            cwd=ROOT,
            text=True,
            capture_output=True,
            check=False,
        )
        assert (one.returncode, one.stdout, one.stderr) == (
            other.returncode,
            other.stdout,
            other.stderr,
        )


@needs_terminal
@pytest.mark.parametrize(
    "arguments",
    [("analyze", PRODUCTION, "--no-prices"), ("analyze", PRODUCTION, "--json", "-"), ("--help",)],
    ids=" ".join,
)
def test_a_reader_that_leaves_gets_no_traceback_and_the_files_are_written(tmp_path, arguments):
    files = () if arguments == ("--help",) else ("--html", tmp_path / "report.html")
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        command(*arguments, *files),
        cwd=ROOT,
        text=True,
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert done.returncode == 1
    assert done.stderr == ""
    assert all(path.read_text().endswith("</html>\n") for path in map(Path, files[1:]))


@needs_terminal
@pytest.mark.parametrize(
    ("text", "seconds"),
    [(covering(), 0.0), (market_split(), 3.0)],
    ids=["in the search", "in the hands of a solver"],
)
def test_ctrl_c_keeps_what_is_proved(tmp_path, text, seconds):
    model, report = tmp_path / "hard.lp", tmp_path / "report.json"
    model.write_text(text)
    terminal, line = os.openpty()
    process = subprocess.Popen(
        command("analyze", model, "--json", report, "--certificate", tmp_path / "proof.jsonl"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=line,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(line)
    try:
        _wait_for(terminal, b"nodes")
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        shown = _rest(terminal, process)
    finally:
        process.kill()
    assert process.returncode == 130
    assert b"interrupted" in shown
    assert b"Traceback" not in shown
    found = json.loads(report.read_text())
    assert (found["status"], found["stopped"]) == ("limit", "interrupted")
    assert found["bound"] >= 0
    assert found["value"] is None or found["bound"] <= found["value"]
    assert run("check", tmp_path / "proof.jsonl", "--model", model).returncode == 0


@needs_terminal
def test_ctrl_c_keeps_the_part_of_a_value_function_that_is_proved(tmp_path):
    model, made = tmp_path / "hard.lp", tmp_path / "value.json"
    model.write_text(covering())
    row = tm.read(model).row_names[0]
    terminal, line = os.openpty()
    process = subprocess.Popen(
        command(
            *("value", model, "--along", row, "--range", "1", "200", "--json", made),
            *("--certificate", tmp_path / "proof.jsonl"),
        ),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=line,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(line)
    try:
        _wait_for(terminal, b"starting")
        time.sleep(2.0)
        process.send_signal(signal.SIGINT)
        shown = _rest(terminal, process)
    finally:
        process.kill()
    assert process.returncode == 130
    assert b"interrupted" in shown
    assert b"Traceback" not in shown
    found = json.loads(made.read_text())
    assert (found["status"], found["stopped"]) == ("limit", "interrupted")
    assert found["gaps"]
    assert run("check", tmp_path / "proof.jsonl", "--model", model).returncode == 0


def test_what_solvers_print_stays_out_of_the_output(tmp_path):
    script = (
        "import os, sys, tamemip, tamemip.cli as cli\n"
        "read = tamemip.read\n"
        "def noisy(path):\n"
        "    os.write(1, b'a solver talks\\n')\n"
        "    return read(path)\n"
        "tamemip.read = noisy\n"
        f"sys.argv = ['tamemip', 'analyze', {PRODUCTION!r}, '--no-prices', '--json', '-']\n"
        "cli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, text=True, capture_output=True, check=True
    )
    assert json.loads(done.stdout)["status"] == "optimal"
    assert done.stderr == "a solver talks\n"


def _wait_for(terminal: int, word: bytes) -> None:
    seen = b""
    for piece in _pieces(terminal):
        seen += piece
        if word in seen:
            return
    raise AssertionError(f"{word!r} was not shown: {seen!r}")


def _rest(terminal: int, process: subprocess.Popen[bytes]) -> bytes:
    """All that is still written, until the process ends."""
    seen = b"".join(_pieces(terminal))
    process.communicate(timeout=PATIENCE)
    return seen


def _pieces(terminal: int) -> Iterator[bytes]:
    """What comes, until nobody writes any more or patience ends."""
    deadline = time.monotonic() + PATIENCE
    while select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))[0]:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # how a terminal says that nobody writes any more
            return
        if not piece or time.monotonic() > deadline:
            return
        yield piece
