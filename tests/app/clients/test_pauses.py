"""Servers that stand still for a while, as real processes: SIGSTOP, as swap or the pause of a virtual machine would."""

from __future__ import annotations

import signal
import socket
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.app.clients.processes import serving

LINES, RATE = 80, 9  # lines, and how many a second: the default limits allow that, but not so many at once


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the kernel does not tell when a datagram came")
def test_lines_that_waited_are_heard(tmp_path: Path) -> None:
    """Lines that keep to the rate are all heard, however long the server did not run, with both kinds of sockets."""
    with ExitStack() as stack:
        talks = []
        for fan_out in ("auto", "sendto"):
            (tmp_path / fan_out).mkdir()
            server = stack.enter_context(serving(tmp_path / fan_out, "--fan-out", fan_out))
            client = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            client.settimeout(10)
            client.connect(("127.0.0.1", server.port))
            client.send(b"here\n")
            client.recv(2000)
            talks.append((server.program.process, client))
        for process, _ in talks:
            process.send_signal(signal.SIGSTOP)
        for number in range(LINES):
            for _, client in talks:
                client.send(b"line %d\n" % number)
            time.sleep(1 / RATE)
        for process, _ in talks:
            process.send_signal(signal.SIGCONT)
        for _, client in talks:
            heard = b""
            while b"line 79\n" not in heard:
                heard += client.recv(2000)
            assert [line.partition(b": ")[2] for line in heard.splitlines()] == [b"line %d" % n for n in range(LINES)]
