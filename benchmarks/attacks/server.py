"""A server with a room that is full of members from the beginning, restored from a journal."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
from attacks.crowd import Crowd
from peers.servers import LOAD_CORE, SERVER_CORE, running

PYTHON = f"{sys.executable} -m udpchat.app"
OPTIONS = "--host 127.0.0.1 --log-level error"  # all else is the default
NO_LIMITS = "--admission code --code-rate 0 --rate 0 --server-rate 0 --max-clients 20000"
CHECK_LIMIT = 300.0  # seconds


@attrs.frozen
class Version:
    """A version of udpchat under test: its name in the table, and the checkout, or None for this one."""

    name: str
    checkout: Path | None = None

    @property
    def command(self) -> str:
        """The command that runs it."""
        return (
            f"env PYTHONDONTWRITEBYTECODE=1 PYTHONPATH={self.checkout.resolve()}/src {PYTHON}"
            if self.checkout
            else PYTHON
        )

    @contextmanager
    def serving(self, port: int, journal: Path, options: str = "") -> Iterator[subprocess.Popen[str]]:
        """Run the server on this port, with this journal; give its process once it listens."""
        command = f"{self.command} {port} {OPTIONS} --journal {journal} {options}"
        with running(SERVER_CORE, command, stdout=subprocess.PIPE) as process:
            if not (process.stdout and process.stdout.readline()):
                raise RuntimeError(command)
            yield process

    def fill(self, crowd: Crowd, journal: Path) -> None:
        """Write a journal of a room with the crowd in it. All have proved their addresses."""
        with self.serving(crowd.port, journal, NO_LIMITS) as process:
            crowd.join()
            ended(process, CHECK_LIMIT)
        crowd.forget()

    def is_whole(self, journal: Path) -> bool:
        """Return whether the tool finds nothing wrong with the journal."""
        command = ["taskset", "-c", LOAD_CORE, *self.command.split(), "journal", "check", os.fspath(journal)]
        try:
            return not subprocess.run(command, capture_output=True, check=False, timeout=CHECK_LIMIT).returncode
        except subprocess.TimeoutExpired:
            return False


def copied(journal: Path, to: Path) -> Path:
    """Copy the journal of a server that has ended; return the copy."""
    for path in to.parent.glob(f"{to.name}*"):
        path.unlink()
    for path in journal.parent.glob(f"{journal.name}*"):
        shutil.copy(path, to.parent / path.name.replace(journal.name, to.name))
    return to


def ended(process: subprocess.Popen[str], limit: float) -> float | None:
    """Ask a server to end; return the seconds that it took, or None if it did not end in time."""
    began = time.perf_counter()
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=limit)
    except subprocess.TimeoutExpired:
        return None
    return time.perf_counter() - began


@contextmanager
def stopped(process: subprocess.Popen[str]) -> Iterator[None]:
    """Stop a process during the block, so that it does not run."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)
