"""Each carrier with clients that belong to it, so that one suite of tests runs over all of them."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Protocol

import attrs

from tests.waiting import until
from udpchat.adapters.memory.network import MemoryAddress, MemoryCarrier, MemoryNetwork
from udpchat.adapters.udp.address import show
from udpchat.adapters.udp.carrier import UdpCarrier
from udpchat.adapters.udp.sockets.listen import listen
from udpchat.app.server.carriers import udp_carrier
from udpchat.app.settings import FanOut, Settings
from udpchat.domain.datagram import Bounce, Datagram
from udpchat.domain.drop_reason import DropCounts
from udpchat.domain.ports.carrier import Carrier


def open_udp(settings: Settings, drops: DropCounts) -> UdpCarrier:
    """Listen for UDP alone."""
    return udp_carrier(settings, listen(settings.host, settings.port), drops)


class ClientEnd(Protocol):
    """The other side of a carrier."""

    def send(self, payload: bytes) -> None:
        """Send one datagram to the carrier."""

    def reads(self, datagrams: Sequence[bytes]) -> None:
        """Fail unless these datagrams, and nothing else, come next; over a connection only their bytes are known."""

    def close(self) -> None:
        """Close this end, as a client that ends."""

    def __str__(self) -> str:
        """Return `address:port`."""


class Ends(Protocol):
    """A carrier, and a way to make clients for it."""

    @property
    def carrier(self) -> Carrier:
        """The carrier under test."""

    def client(self) -> ClientEnd:
        """Return a new client."""

    def received(self, number: int) -> list[Datagram]:
        """Return `number` datagrams that were sent to the carrier."""

    def received_at_once(self, number: int) -> list[Datagram]:
        """Return datagrams that one call received; `number` of them wait."""

    def wait(self, seconds: float) -> None:
        """Let time pass."""

    def bounced(self, number: int) -> list[Bounce]:
        """Return the datagrams that came back to the carrier, at least `number`."""


@attrs.define(eq=False)
class MemoryClient:
    """A client on a network in memory."""

    end: MemoryCarrier
    server: MemoryAddress

    def send(self, payload: bytes) -> None:
        """Put a datagram on the wire; it may be empty."""
        self.end.network.carry(self.end.address, [payload], [self.server])

    def reads(self, datagrams: Sequence[bytes]) -> None:
        """Fail unless these datagrams have arrived."""
        assert [payload for payload, _ in self.end.receive(len(datagrams))] == list(datagrams)

    def close(self) -> None:
        """Leave the network."""
        self.end.close()

    def __str__(self) -> str:
        return str(self.end.address)


@attrs.define(eq=False)
class MemoryEnds:
    """A network in memory."""

    now: float = 0.0  # seconds
    network: MemoryNetwork = attrs.field(init=False)
    address: MemoryAddress = attrs.field(factory=lambda: MemoryAddress("10.0.0.1", 12000))
    carrier: Carrier = attrs.field(init=False)
    _ports: Iterator[int] = attrs.field(factory=lambda: count(1))

    def __attrs_post_init__(self) -> None:
        self.network = MemoryNetwork(timer=lambda: self.now)
        self.carrier = self.network.attach(self.address)

    def client(self) -> ClientEnd:
        """Return a client at a new address."""
        return MemoryClient(self.network.attach(MemoryAddress("10.0.0.2", next(self._ports))), self.address)

    def received(self, number: int) -> list[Datagram]:
        """Return the datagrams that arrived."""
        got = self.carrier.receive(number)
        assert len(got) == number
        return got

    received_at_once = received

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def bounced(self, number: int) -> list[Bounce]:
        """Return the datagrams that came back."""
        got = list(self.carrier.bounces())
        assert len(got) >= number
        return got


@attrs.define(eq=False)
class UdpClient:
    """A connected socket on loopback."""

    sock: socket.socket

    def send(self, payload: bytes) -> None:
        """Send a datagram."""
        self.sock.send(payload)

    def reads(self, datagrams: Sequence[bytes]) -> None:
        """Wait for datagrams; the socket has a timeout."""
        assert [self.sock.recv(70_000) for _ in datagrams] == list(datagrams)

    def close(self) -> None:
        """Close the socket."""
        self.sock.close()

    def __str__(self) -> str:
        return show(self.sock.getsockname())


@attrs.define(eq=False)
class UdpEnds:
    """Sockets on loopback, of any family."""

    carrier: UdpCarrier
    connect_to: str
    clients: list[UdpClient] = attrs.field(factory=list)

    def client(self) -> ClientEnd:
        """Return a client on a socket of its own."""
        family = socket.AF_INET6 if ":" in self.connect_to else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.settimeout(10)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.connect((self.connect_to, self.carrier.port))
        self.clients.append(UdpClient(sock))
        return self.clients[-1]

    def received(self, number: int) -> list[Datagram]:
        """Wait until `number` datagrams were received."""
        got: list[Datagram] = []

        def enough() -> bool:
            got.extend(self.carrier.receive(number - len(got)))
            return len(got) == number

        until(enough)
        return got

    def received_at_once(self, number: int) -> list[Datagram]:
        """Return what waits; over loopback, datagrams arrive at once."""
        return self.carrier.receive(2 * number * len(self.carrier.calls))

    def wait(self, seconds: float) -> None:
        """Let time pass, for the kernel's clock is real."""
        time.sleep(seconds)

    def bounced(self, number: int) -> list[Bounce]:
        """Look for errors, as the event loop does, until `number` datagrams came back."""
        got: list[Bounce] = []

        def enough() -> bool:
            self.carrier.look_for_errors()
            got.extend(self.carrier.bounces())
            return len(got) >= number

        until(enough, lambda: got)
        return got


@contextmanager
def memory() -> Iterator[Ends]:
    """Give the network in memory."""
    yield MemoryEnds()


@contextmanager
def over_udp(host: str, connect_to: str, fan_out: FanOut = "auto") -> Iterator[Ends]:
    """Give sockets that listen on `host`, and clients that write to `connect_to`."""
    ends = UdpEnds(open_udp(Settings(port=0, host=host, fan_out=fan_out), DropCounts()), connect_to)
    try:
        yield ends
    finally:
        ends.carrier.close()
        for client in ends.clients:
            client.close()
