"""Runs the command line: as a process, or as a function where it starts and changes nothing in its process."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout

import pytest

from tests.app.clients.processes import SERVE
from udpchat.app.cli.main import main


def run(*arguments: str, prefix: tuple[str, ...] = (), given: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end. Its standard input is what is `given`."""
    return subprocess.run(
        [*prefix, *SERVE, *arguments],
        capture_output=True,
        check=False,
        env={**os.environ, **env},
        input=given,
        text=True,
        timeout=60,
    )


def in_process(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end in this process, which takes a tenth of the time.

    It must be a tool that configures no log.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["udpchat", *arguments])
        for name, value in env.items():
            patch.setenv(name, value)
        try:
            main()
            code = 0
        except SystemExit as exc:
            code = int(exc.code or 0)
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())
    return subprocess.CompletedProcess(["udpchat", *arguments], code, *texts)


def assert_one_sentence(done: subprocess.CompletedProcess[str], code: int, sentence: str) -> None:
    """Fail unless the program ended with `code` and one line on standard error that contains `sentence`."""
    assert done.returncode == code
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("udpchat: ")
    assert sentence in done.stderr
