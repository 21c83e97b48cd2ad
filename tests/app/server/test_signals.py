"""Signals at any moment of a server's life, also before the room is open."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from tests.app.clients.processes import SERVE, Program, lacking, running
from tests.waiting import until

START = 0.8  # seconds; most starts take less, so some signals arrive after the start


def signals(pid: int, field: str) -> set[int]:
    """Return the signals in a field of a process status (proc(5)): SigIgn (ignored) or SigCgt (with a handler)."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        lacking("there is no /proc, which shows the handlers")
    (mask,) = (line.split()[1] for line in status.read_text(encoding="ascii").splitlines() if line.startswith(field))
    return {number for number in range(1, 65) if int(mask, 16) >> (number - 1) & 1}


def wait_for_handlers(program: Program) -> None:
    """Wait until the program has its handlers: before that Python itself is starting."""
    until(lambda: signal.SIGTERM in signals(program.process.pid, "SigCgt"))  # its handler is set last


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_that_is_ended_while_it_starts(number: signal.Signals, tmp_path: Path) -> None:
    """At any moment it ends with exit code 0 and logs no error; a second signal changes nothing."""
    random, log = Random(number), tmp_path / "log"  # noqa: S311 - no secret
    for _ in range(6):
        with running([*SERVE, "0", "--log-level", "error", "--journal", str(tmp_path / "journal")], log) as program:
            wait_for_handlers(program)
            for pause in (random.uniform(0.0, START), random.uniform(0.0, 0.02)):
                time.sleep(pause)  # the result is the same for each moment
                program.process.send_signal(number)
            assert program.process.wait(30) == 0
        assert log.read_text(encoding="utf-8") == ""


def test_a_server_that_is_asked_for_its_counts_while_it_starts(tmp_path: Path) -> None:
    """It still opens its room, and answers when the room is open."""
    random, log = Random(0), tmp_path / "log"  # noqa: S311
    for _ in range(3):
        with running([*SERVE, "0"], log) as program:
            wait_for_handlers(program)
            for _ in range(20):
                time.sleep(random.uniform(0.0, START / 10))
                program.process.send_signal(signal.SIGUSR1)
            program.prints("end with: .*")
            program.process.send_signal(signal.SIGUSR1)
            until(lambda: '"summary"' in log.read_text(encoding="utf-8"))
            assert program.end() == 0


def test_a_tool_ends_by_the_signal() -> None:
    """A script that runs a check sees that the tool was interrupted."""
    waiting = "import sys, signal, time; from udpchat.app import __main__; from udpchat.app.cli import main\n"
    waiting += "main.main = lambda: time.sleep(60); sys.argv = ['udpchat', 'journal']; __main__.main()"
    for number in (signal.SIGINT, signal.SIGTERM):
        with running([sys.executable, "-c", waiting]) as program:
            pid = program.process.pid
            until(lambda: {signal.SIGUSR1} <= signals(pid, "SigIgn"))  # noqa: B023 - called at once
            until(lambda: signal.SIGINT not in signals(pid, "SigCgt"))  # noqa: B023
            program.process.send_signal(number)
            assert program.process.wait(30) == -number


def test_handlers_come_first() -> None:
    """The handlers are set before any slow import, such as that of the command line."""
    heavy = ("click", "structlog", "asyncio", "attrs", "udpchat.app.cli.main")
    code = f"import sys, udpchat.app.__main__; sys.exit(', '.join(set({heavy}) & {{*sys.modules}}) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
