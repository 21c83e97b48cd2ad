"""Listening sockets over TCP, with the options that accepted connections inherit (Linux, macOS).

Sources: tcp(7), socket(7), accept(2), RFC 1122 section 4.2.3.6 (keep-alive), RFC 5482 (user timeout).
"""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import cast

import attrs
import structlog

from udpchat.adapters.udp.address import SockAddr

BACKLOG = 1024  # connections that wait to be accepted: a lecture hall that connects at once
SEND_BUFFER = 128 << 10  # bytes, of each connection: what a reader may lag behind in the kernel; Linux grants twice it
KEEP_IDLE = 60  # seconds of silence until the kernel asks whether a client is there
KEEP_INTERVAL = 15  # seconds between two such questions
KEEP_COUNT = 4  # questions without an answer; then the connection ends, two minutes after the last sign of life
USER_TIMEOUT = 60_000  # milliseconds in which what was sent must be acknowledged: a phone in a tunnel comes out again
TCP_USER_TIMEOUT = 18  # Linux uapi/linux/tcp.h

# A connection that is gone before it was accepted, or that brings a pending error of its network (accept(2)).
_OF_ONE_CONNECTION = {errno.ECONNABORTED, errno.EPROTO, errno.ENETDOWN, errno.EHOSTUNREACH, errno.ENETUNREACH}
_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}

log = structlog.get_logger(__name__)

Accepted = tuple[socket.socket, SockAddr]
"""A connection that does not block, and where it comes from."""


class Exhausted(Exception):  # noqa: N818 - the name is the cause
    """There is no file descriptor or no memory for another connection."""


def listen_beside(bound: Iterable[socket.socket]) -> list[socket.socket]:
    """Return sockets that listen for TCP at the same addresses and ports as these for UDP; raise OSError."""
    listening: list[socket.socket] = []
    try:
        for other in bound:
            sock = socket.socket(other.family, socket.SOCK_STREAM)
            listening.append(sock)
            if sock.family == socket.AF_INET6:
                v6_only = other.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, v6_only)
            # Connections of the server before stay in TIME_WAIT for a minute. Two listeners still exclude each other.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(other.getsockname())
            prepare(sock)
    except OSError:
        for sock in listening:
            sock.close()
        raise
    return listening


def prepare(sock: socket.socket) -> None:
    """Listen, without blocking, with the options that each connection shall have."""
    sock.settimeout(0)
    for level, option, value in _options():
        with suppress(OSError):  # a system that does not know it
            sock.setsockopt(level, option, value)
    sock.listen(BACKLOG)


def _options() -> Iterable[tuple[int, int, int]]:
    yield socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER
    yield socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1
    # A line goes out at once, not behind the acknowledgement of another.
    yield socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
    if sys.platform == "linux":
        yield socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEP_IDLE
        yield socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEP_INTERVAL
        yield socket.IPPROTO_TCP, socket.TCP_KEEPCNT, KEEP_COUNT
        yield socket.IPPROTO_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT


@attrs.define(eq=False)
class Listener:
    """Accepts the connections of all listening sockets."""

    sockets: Sequence[socket.socket]

    def accept(self, sock: socket.socket) -> Accepted | None:
        """Return the next connection, or None if none waits; raise `Exhausted`."""
        while True:
            try:
                connection, peer = sock.accept()
                connection.settimeout(0)
            except BlockingIOError:
                return None
            except OSError as exc:
                if exc.errno in _OF_ONE_CONNECTION:
                    continue
                if exc.errno in _EXHAUSTED:
                    raise Exhausted from exc
                log.warning("connection not accepted", error=exc.strerror)
                return None
            return connection, cast("SockAddr", peer)

    def close(self) -> None:
        """Listen no more."""
        for sock in self.sockets:
            sock.close()
