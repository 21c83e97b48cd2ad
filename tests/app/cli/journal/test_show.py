"""`udpchat journal show`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.app.cli.journal.recorded import invoke


def test_show(path: Path) -> None:
    """Each input is a line; of a line that only its sender saw, it has the command alone."""
    assert invoke("show", path).output.splitlines() == [
        "1 1970-01-01 00:00:00 127.0.0.1:12000 (server started, 3 lines may be unsent)",
        "2 1970-01-01 00:01:00 127.0.0.1:5001 hello",
        "3 1970-01-01 00:01:01 127.0.0.1:5002 ",
        "4 1970-01-01 00:01:02 127.0.0.1:5002 /nick ...",
        "5 1970-01-01 00:01:03 127.0.0.1:5002 /enter ...",
        "6 1970-01-01 00:01:04 127.0.0.1:5002 / ...",
        "7 1970-01-01 00:01:05 127.0.0.1:5002 /list",
        "8 1970-01-01 00:01:06 127.0.0.1:5001 (line too long: 9000 bytes)",
        "9 1970-01-01 00:01:07 127.0.0.1:5001 (idle timeout)",
        "10 1970-01-01 00:01:08 127.0.0.1:5002 //bye",
        "11 1970-01-01 00:01:09 127.0.0.1:5002 (unreachable)",
    ]


def test_show_private(path: Path) -> None:
    """With `--private`, every line is shown in full."""
    shown = invoke("show", "--private", path).output
    assert "/enter secret" in shown
    assert "/mgs secret" in shown


def test_a_closed_pipe_ends_a_tool(path: Path) -> None:
    """The tool ends without a traceback."""
    program = f"{sys.executable} -m udpchat.app journal show {path} | true"
    done = subprocess.run(["sh", "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in done.stderr
