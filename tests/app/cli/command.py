"""Runs the command line: as a process, as a copy of one, or as a function where it changes nothing in its process."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from tempfile import TemporaryFile

import pytest

from tests.app.clients.processes import SERVE
from tests.app.clients.template import start_copy
from udpchat.app.cli.main import main


def run(*arguments: str, given: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end, in a copy of the program (see `template`). Standard input is what is `given`."""
    with TemporaryFile() as out, TemporaryFile() as err:
        copy = start_copy(arguments, err, stdout=out, **env)
        copy.stdin.write(given.encode())
        copy.stdin.close()
        try:
            code = copy.wait(60)
        finally:
            copy.send_signal(signal.SIGKILL)
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode())
    return subprocess.CompletedProcess(["udpchat", *arguments], code, *texts)


def start_and_run(*arguments: str, prefix: tuple[str, ...] = (), **env: str) -> subprocess.CompletedProcess[str]:
    """Start the program, run the command line to its end."""
    return subprocess.run(
        [*prefix, *SERVE, *arguments],
        capture_output=True,
        check=False,
        env={**os.environ, **env},
        text=True,
        timeout=60,
    )


def in_process(*arguments: str, encoding: str = "utf-8", **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end in this process, which takes a tenth of the time.

    It must be a tool, or end before it configures a log.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding) for _ in range(2))
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
        texts.append(stream.buffer.getvalue().decode(encoding))
    return subprocess.CompletedProcess(["udpchat", *arguments], code, *texts)


def assert_one_sentence(done: subprocess.CompletedProcess[str], code: int, sentence: str) -> None:
    """Fail unless the program ended with `code` and one line on standard error that contains `sentence`."""
    assert done.returncode == code
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("udpchat: ")
    assert sentence in done.stderr
