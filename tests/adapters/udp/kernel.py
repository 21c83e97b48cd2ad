"""A `DatagramSocket` whose kernel has room for only so many datagrams."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence

import attrs

from udpchat.adapters.udp.address import UdpAddress, address_of
from udpchat.adapters.udp.return_paths import ReturnPaths
from udpchat.adapters.udp.sockets.datagram_socket import Route
from udpchat.adapters.udp.sockets.error_queue import ErrorQueue
from udpchat.domain.datagram import Datagram

ONE, TWO, THREE = (address_of(("127.0.0.1", port), 0) for port in (1, 2, 3))


@attrs.define
class Kernel:
    """Accepts bundles of two datagrams as long as there is `room`; then the send buffer is full."""

    room: int
    sock: socket.socket
    paths: ReturnPaths = attrs.field(factory=ReturnPaths)
    errors: ErrorQueue = attrs.field(init=False)
    lost: dict[UdpAddress, int] = attrs.field(factory=dict)
    sent: list[tuple[UdpAddress, bytes]] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.errors = ErrorQueue(self.sock, 0)

    def receive(self, limit: int) -> list[Datagram]:
        """Return nothing."""
        return [][:limit]

    def ages(self, most: float) -> Sequence[float]:
        """Return nothing."""
        return ()[: int(most)]

    def bundles(self, datagrams: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
        """Bundle in pairs."""
        yield from (datagrams[at : at + 2] for at in range(0, len(datagrams), 2))

    def send(self, bundle: Sequence[bytes], route: Route, start: int, end: int) -> int:
        """Accept bundles while there is room."""
        for place in range(start, end):
            if not self.room:
                return place
            self.room -= 1
            self.sent += [(route.addresses[place], payload) for payload in bundle]
        return end

    def sent_to(self, address: UdpAddress) -> list[bytes]:
        """Return the datagrams that were sent to an address."""
        return [payload for to, payload in self.sent if to == address]


def numbered(count: int) -> list[bytes]:
    """Return different datagrams."""
    return [b"%d" % number for number in range(count)]
