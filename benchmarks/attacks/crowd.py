"""The members of a room, each with a socket of its own. Only a few of them read what they receive."""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections.abc import Iterable
from contextlib import suppress

import attrs

JOINING = 64  # clients that join at once: their datagrams fit into the receive buffer of the server
SMALL_BUFFER = 4096  # bytes; what is sent to a member that reads nothing costs the kernel no memory
READER_BUFFER = 4 << 20  # bytes
RESEND = 0.3  # seconds until a client asks again
JOIN_LIMIT = 60.0  # seconds until all clients that join at once must be in the room
TALKERS = 3
PROBE = b"/enter now\n"  # a member is answered that it is in the room; a stranger may be asked for a code
CODE = re.compile(rb"/enter ([a-z0-9]{6})\n")


def client(port: int, buffer: int) -> socket.socket:
    """Return a client that has sent nothing yet."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    sock.connect(("127.0.0.1", port))
    sock.settimeout(0)
    return sock


def send(sock: socket.socket, payload: bytes) -> None:
    """Send a datagram; it is lost if the socket has no room for it, or if the server is not there."""
    with suppress(OSError):
        sock.send(payload)


def received(sock: socket.socket) -> bytes:
    """Return everything that has come, joined."""
    parts = []
    while True:
        try:
            parts.append(sock.recv(9000))
        except BlockingIOError:
            return b"".join(parts)
        except OSError:  # nobody listened at the port when it last sent
            continue


def enter(clients: Iterable[socket.socket], limit: float) -> set[socket.socket]:
    """Let clients join, by a code if they are asked for one; return those that are not in the room in time."""
    outside, end = set(clients), time.monotonic() + limit
    words = dict.fromkeys(outside, PROBE)
    with selectors.DefaultSelector() as selector:
        for sock in outside:
            selector.register(sock, selectors.EVENT_READ)
        while outside and time.monotonic() < end:
            for sock in outside:
                send(sock, words[sock])
            again = time.monotonic() + RESEND
            while outside and (left := again - time.monotonic()) > 0:
                for key, _ in selector.select(left):
                    sock, answer = key.fileobj, received(key.fileobj)  # type: ignore[arg-type]
                    if code := CODE.search(answer):
                        words[sock] = b"/enter %b\n" % code[1]
                        send(sock, words[sock])
                    elif b"you are " in answer:
                        outside.discard(sock)
                        selector.unregister(sock)
    return outside


@attrs.define(eq=False)
class Crowd:
    """Members of a room on `port`: talkers, one listener, and many that read nothing.

    `strangers` is a socket for the addresses that attacks write from. It stays open, so that none of them bounces, and
    `first_source` is the number of the first that is new. `close` closes all sockets.
    """

    port: int
    number: int
    first_source: int = attrs.field(default=0, init=False)
    strangers: socket.socket = attrs.field(init=False)
    deaf: list[socket.socket] = attrs.field(init=False)
    talkers: list[socket.socket] = attrs.field(init=False)
    listener: socket.socket = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.strangers = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.strangers.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        self.strangers.bind(("0.0.0.0", 0))  # noqa: S104 - it receives for all of its sources
        self.talkers = [client(self.port, READER_BUFFER) for _ in range(TALKERS)]
        self.deaf = [client(self.port, SMALL_BUFFER) for _ in range(self.number - TALKERS - 1)]
        self.listener = client(self.port, READER_BUFFER)

    @property
    def sockets(self) -> list[socket.socket]:
        """All members, in the order in which they join."""
        return [*self.talkers, *self.deaf, self.listener]

    def join(self) -> None:
        """Let everyone join; raise TimeoutError if somebody is not in the room in time."""
        sockets = self.sockets
        for start in range(0, len(sockets), JOINING):
            if outside := enter(sockets[start : start + JOINING], JOIN_LIMIT):
                raise TimeoutError(f"{len(outside)} clients cannot join")

    def forget(self) -> None:
        """Drop everything that the members have received."""
        for sock in self.sockets:
            received(sock)

    def close(self) -> None:
        """Close all sockets."""
        for sock in [*self.sockets, self.strangers]:
            sock.close()
