"""Talking to a running server over plain sockets."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from tests.app.clients.processes import Server
from tests.waiting import until


@contextmanager
def sockets(server: Server, number: int = 1) -> Iterator[list[socket.socket]]:
    """Give connected sockets with a time limit."""
    with ExitStack() as stack:
        made = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(number)]
        for sock in made:
            sock.settimeout(30)
            sock.connect(("127.0.0.1", server.port))
        yield made


def assert_still_talking(server: Server) -> None:
    """Fail unless two newcomers can talk, however full the server's receive buffer still is."""
    with sockets(server, 2) as (one, two):
        say_until_heard(two, b"/nick two\n", two, b"->two\n")
        say_until_heard(one, b"/nick one\n", one, b"->one\n")
        say_until_heard(one, b"hello\n", two, b"one: hello\n")


def say_until_heard(speaker: socket.socket, line: bytes, hearer: socket.socket, end: bytes) -> None:
    """Say a line again and again, as it may be lost in a flood, until the hearer gets what ends like `end`."""
    hearer.settimeout(0.2)
    heard = [b""]

    def is_heard() -> bool:
        speaker.send(line)
        with suppress(TimeoutError):
            while not heard[-1].endswith(end):
                heard.append(hearer.recv(9000))
        return heard[-1].endswith(end)

    until(is_heard, lambda: heard[-3:])
