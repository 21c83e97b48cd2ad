"""The carrier over TCP: all connections behind one selector, which the event loop watches as one socket.

Limits: it does not know how long bytes waited in the kernel. Text in UTF-16 is not understood, because lines are found
by their line feed. On other systems than Linux a client that vanished is noticed by the system's own keep-alive.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import attrs

from udpchat.adapters.tcp.connection import State
from udpchat.adapters.tcp.dispatcher import Dispatcher
from udpchat.adapters.tcp.entrance import Entrance
from udpchat.adapters.tcp.protocols.protocol import REQUEST_SECONDS, Ending
from udpchat.adapters.tcp.traffic import Traffic
from udpchat.adapters.udp.address import show
from udpchat.domain.address import Address
from udpchat.domain.datagram import Bounce, Datagram
from udpchat.domain.ports.carrier import Socket

JOIN_SECONDS = 120.0  # in which a connection becomes a member: somebody looks up the key of the server, and types it


@attrs.define(eq=False)
class TcpCarrier:
    """A `SocketCarrier` for all clients that have a connection, those by WebSocket too.

    `timer` gives seconds that no clock setting changes, `failed` gets what a protocol raised: our own bug, which costs
    that connection.
    """

    entrance: Entrance
    failed: Callable[[Exception], None]
    timer: Callable[[], float] = time.monotonic
    traffic: Traffic = attrs.field(init=False)
    dispatcher: Dispatcher = attrs.field(init=False)

    name = "tcp"

    def __attrs_post_init__(self) -> None:
        self.traffic = Traffic(self.entrance)
        self.dispatcher = Dispatcher(self.traffic, self.failed)
        self.dispatcher.watch_listeners()

    def listening(self) -> list[str]:
        """Return where each socket listens, as `address:port`."""
        return [show(sock.getsockname()) for sock in self.entrance.listener.sockets]

    @property
    def sources(self) -> Sequence[tuple[Socket, TcpCarrier]]:
        """The selector, which is readable when anything is due at a connection."""
        return ((self.traffic.watch, self),)

    def receive(self, limit: int) -> list[Datagram]:
        """Return at most `limit` of the payloads that came; write what connections take by now."""
        return self.dispatcher.turn(limit, self.timer())

    def ages(self, most: float) -> Sequence[float]:  # noqa: ARG002 - the kernel does not tell
        """Return nothing: it is not known."""
        return ()

    def send(self, datagrams: Sequence[bytes], addresses: Sequence[Address], but: Collection[Address] = ()) -> None:
        """Write the datagrams to each connection, joined, and in one call for each."""
        if not all(datagrams):
            raise ValueError("an empty datagram must never be sent")
        self.traffic.send(datagrams, addresses, but, self.timer())

    def bounces(self) -> Sequence[Bounce]:
        """Return the connections that have ended since the last call."""
        gone = self.traffic.gone
        if gone:  # rarely, and each turn of the hub asks
            self.traffic.gone = []
        return gone

    def undelivered(self) -> Mapping[Address, int]:
        """Return nothing: a connection to which something cannot be written ends."""
        return {}

    def forget(self, addresses: Iterable[Address]) -> None:
        """Do nothing: all that is kept is the connection."""

    def end(self, addresses: Iterable[Address]) -> None:
        """End connections behind what was sent to them."""
        now = self.timer()
        for address in addresses:
            if (connection := self.traffic.by_address.get(address)) is not None:
                self.traffic.finish(connection, now)

    @property
    def reported(self) -> bool:
        """Whether a connection has ended that `bounces` has not returned."""
        return bool(self.traffic.gone)

    @property
    def due(self) -> float | None:
        """In how many seconds `receive` has something to do although the selector is not readable; None for never."""
        return self.dispatcher.due(self.timer()) if self.dispatcher.is_waiting else None

    def look_for_errors(self) -> None:
        """Do nothing: what is wrong with a connection is found when it is used."""

    def blocked(self) -> Sequence[Socket]:
        """Return nothing: the selector is readable when a connection takes more."""
        return ()

    def flush(self, sock: Socket) -> bool:  # noqa: ARG002 - there is none
        """Do nothing."""
        return True

    def end_all(self, seconds: float) -> None:
        """End all connections with a sentence, because the server ends; wait so long until they took it."""
        traffic, end = self.traffic, self.timer() + seconds
        for connection in list(traffic.all):
            traffic.finish(connection, self.timer(), Ending.RESTART)
        traffic.watch.listen(())
        while traffic.all and (left := end - self.timer()) > 0:
            traffic.watch.ready(left)
            self.dispatcher.turn(0, self.timer())

    def count_lost(self) -> None:
        """Do nothing: TCP loses nothing."""

    def tick(self, is_member: Callable[[Address], bool]) -> None:
        """End connections that are no members any more, or do not become members; to be called about once a second."""
        now = self.timer()
        self.entrance.is_exhausted = False
        self.dispatcher.watch_listeners()
        for connection in [each for each in self.traffic.all if each.state is State.OPEN]:
            address = connection.address
            if address is not None:
                self.dispatcher.tick(connection, now)
            if address is not None and is_member(address):
                connection.is_in = True
            elif connection.is_in:
                self.traffic.finish(connection, now)
            elif connection.began + (JOIN_SECONDS if address else REQUEST_SECONDS) < now:
                self.traffic.finish(connection, now, Ending.NO_JOIN)

    def close(self) -> None:
        """End all connections, and listen no more."""
        self.traffic.close()
