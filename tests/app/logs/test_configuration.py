"""The log of a running server: its format, and that it never blocks the room."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.app.clients.processes import SERVE, Program, Server, needs, port_of, running, serving
from tests.app.clients.talking import assert_still_talking


def test_log_on_a_terminal_is_for_people(tmp_path: Path) -> None:
    """`--log-format auto` is console on a terminal and JSON elsewhere."""
    with serving(tmp_path, "--log-level", "debug") as server:
        pass
    assert all(line.startswith("{") for line in server.logged().splitlines())
    needs("script")
    with running(["script", "-qec", " ".join([*SERVE, "0", "--log-level", "debug"]), "/dev/null"]) as program:
        program.prints(r".*debug.*started.*")
        assert not any(line.startswith("{") for line in program.printed)


def test_a_log_that_nobody_reads_does_not_block_the_room(tmp_path: Path) -> None:
    """Standard error is a full pipe, the level logs each line, and the room goes on."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writer, b"x" * 4096)
    os.set_blocking(writer, True)
    command = [sys.executable, "-m", "udpchat.app", "0", "--log-level", "debug"]
    pipe = subprocess.PIPE
    program = Program(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=writer, start_new_session=True))
    try:
        program.prints("join with.*")
        assert_still_talking(Server(program, port_of(program), tmp_path))
    finally:
        assert program.end() == 0
        for end in (reader, writer):
            os.close(end)
