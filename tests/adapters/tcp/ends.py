"""The carrier over TCP with clients, for the suite of all carriers and for tests of connections."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import cast

import attrs

from tests.adapters.udp.ends import ClientEnd, Ends
from tests.waiting import until
from udpchat.adapters.tcp.carrier import TcpCarrier
from udpchat.adapters.tcp.listener import listen_beside
from udpchat.adapters.udp.address import SockAddr, show
from udpchat.adapters.udp.sockets.listen import listen
from udpchat.app.server.carriers import tcp_carrier
from udpchat.app.settings import Settings
from udpchat.domain.datagram import Bounce, Datagram


@attrs.define(eq=False)
class TcpClient:
    """A connected socket on loopback, which says lines."""

    sock: socket.socket
    name: str = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.name = show(cast("SockAddr", self.sock.getsockname()))

    def send(self, payload: bytes) -> None:
        """Send a line."""
        self.sock.sendall(payload + b"\n")

    def reads(self, datagrams: Sequence[bytes]) -> None:
        """Wait for the bytes of datagrams; the socket has a timeout."""
        expected, got = b"".join(datagrams), b""
        while len(got) < len(expected) and (piece := self.sock.recv(len(expected) - len(got))):
            got += piece
        assert got == expected

    def close(self) -> None:
        """Close the socket."""
        self.sock.close()

    def __str__(self) -> str:
        return self.name


@attrs.define(eq=False)
class TcpEnds:
    """Connections on loopback, of any family."""

    carrier: TcpCarrier
    connect_to: str
    clients: list[TcpClient] = attrs.field(factory=list)

    @property
    def port(self) -> int:
        """The port."""
        return cast("int", self.carrier.entrance.listener.sockets[0].getsockname()[1])

    def client(self) -> ClientEnd:
        """Return a client with a connection of its own."""
        sock = socket.create_connection((self.connect_to, self.port), timeout=10)
        self.clients.append(TcpClient(sock))
        return self.clients[-1]

    def received(self, number: int) -> list[Datagram]:
        """Wait until `number` lines were received; return them without their line feeds."""
        got: list[Datagram] = []

        def enough() -> bool:
            received = self.carrier.receive(number - len(got))
            got.extend((line, sender) for payload, sender in received for line in payload.splitlines())
            return len(got) == number

        until(enough, lambda: got)
        return got

    received_at_once = received

    def wait(self, seconds: float) -> None:
        """Let time pass, for the kernel's clock is real."""
        time.sleep(seconds)

    def bounced(self, number: int) -> list[Bounce]:
        """Let the carrier look at its connections until `number` have ended."""
        got: list[Bounce] = []

        def enough() -> bool:
            self.carrier.receive(100)
            got.extend(self.carrier.bounces())
            return len(got) >= number

        until(enough, lambda: got)
        return got


def free_sockets(host: str) -> list[socket.socket]:
    """Return sockets that listen on a free port. One that is free for UDP may be taken for TCP; then another is."""
    while True:
        beside = listen(host, 0)
        try:
            return listen_beside(beside)
        except OSError:
            continue
        finally:
            for sock in beside:
                sock.close()


@contextmanager
def connections(host: str, connect_to: str, **settings: int) -> Iterator[TcpEnds]:
    """Give sockets that listen on `host`, and clients that connect to `connect_to`."""
    streams = free_sockets(host)
    ends = TcpEnds(tcp_carrier(Settings(**settings), streams), connect_to)  # type: ignore[arg-type]  # numbers alone
    with closing(ends.carrier):
        try:
            yield ends
        finally:
            for client in ends.clients:
                client.close()


@contextmanager
def over_tcp(host: str, connect_to: str) -> Iterator[Ends]:
    """Give the carrier over TCP for the suite of all carriers."""
    with connections(host, connect_to) as ends:
        yield ends
