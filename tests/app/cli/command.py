"""Runs the command line as a process."""

from __future__ import annotations

import os
import subprocess

from tests.app.clients.processes import SERVE


def run(*arguments: str, prefix: tuple[str, ...] = (), **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    return subprocess.run(
        [*prefix, *SERVE, *arguments],
        capture_output=True,
        check=False,
        env={**os.environ, **env},
        text=True,
        timeout=60,
    )


def assert_one_sentence(done: subprocess.CompletedProcess[str], code: int, sentence: str) -> None:
    """Fail unless the program ended with `code` and one line on standard error that contains `sentence`."""
    assert done.returncode == code
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("udpchat: ")
    assert sentence in done.stderr
