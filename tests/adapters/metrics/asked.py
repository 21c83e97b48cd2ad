"""An endpoint that serves, with the thread of its event loop, and a client that asks it."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import attrs

from udpchat.adapters.metrics.address import HostPort
from udpchat.adapters.metrics.endpoint import serve
from udpchat.adapters.metrics.families import Family, Kind, Reading
from udpchat.adapters.metrics.server import MetricsServer

LOCAL = HostPort("127.0.0.1", 0)
PATIENCE = 30.0  # seconds; far more than an answer takes


@attrs.define(eq=False)
class Told:
    """A `Watched` that says what a test wants."""

    rooms: int = 1
    reason: str = ""
    bug: Exception | None = None

    def readings(self) -> Sequence[Reading]:
        """Return one metric, or raise the bug."""
        if self.bug:
            raise self.bug
        return [Reading(Family("udpchat_rooms", Kind.GAUGE, "Rooms."), {(): self.rooms})]

    def obstacle(self) -> str:
        """Return the reason."""
        return self.reason


@attrs.define(eq=False)
class Endpoint:
    """A running endpoint; `met` has what the exception handler of its event loop got."""

    server: MetricsServer
    told: Told
    loop: asyncio.AbstractEventLoop
    met: list[BaseException]

    def ask(self, path: str = "/metrics", *, host: str = "localhost", method: str = "GET") -> tuple[str, str]:
        """Return the status line and the content of an answer."""
        return self.send(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())

    def send(self, request: bytes) -> tuple[str, str]:
        """Send bytes; return the status line and the content of what is answered."""
        with self.connection() as sock:
            sock.sendall(request)
            answer = received(sock).decode()
        head, _, content = answer.partition("\r\n\r\n")
        return head.partition("\r\n")[0].partition(" ")[2], content

    def connection(self) -> socket.socket:
        """Return a connection."""
        return socket.create_connection((self.server.at.host, self.server.at.port), timeout=PATIENCE)


def received(sock: socket.socket) -> bytes:
    """Return all that comes until the server closes the connection, which it may do by a reset."""
    parts = []
    try:
        while part := sock.recv(1 << 16):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


@contextmanager
def endpoint(at: HostPort = LOCAL) -> Iterator[Endpoint]:
    """Run an endpoint, with an event loop in a thread of its own."""
    loop, met = asyncio.new_event_loop(), list[BaseException]()
    loop.set_exception_handler(lambda _, context: met.append(context["exception"]))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    told = Told()
    try:
        server = serve(at, loop, told)
        try:
            yield Endpoint(server, told, loop, met)
        finally:
            server.close()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        loop.close()
