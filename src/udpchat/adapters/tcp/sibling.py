"""The carrier for clients whose connections came in by the carrier over TCP, and speak something else: a WebSocket."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import attrs

from udpchat.adapters.tcp.carrier import TcpCarrier
from udpchat.domain.address import Address
from udpchat.domain.datagram import Bounce, Datagram
from udpchat.domain.ports.carrier import Socket, Source


@attrs.define(eq=False)
class SiblingCarrier:
    """A `SocketCarrier` that only sends. What its clients send, and that they are gone, is received by the `elder`.

    It has a name of its own, because its clients read other bytes: these are made once for all of them.
    """

    name: str
    elder: TcpCarrier

    sources: Sequence[tuple[Socket, Source]] = ()
    due = None
    reported = False

    def receive(self, limit: int) -> list[Datagram]:  # noqa: ARG002 - the elder receives
        """Return nothing."""
        return []

    def ages(self, most: float) -> Sequence[float]:  # noqa: ARG002 - the elder receives
        """Return nothing."""
        return ()

    def send(self, datagrams: Sequence[bytes], addresses: Sequence[Address], but: Collection[Address] = ()) -> None:
        """Write the datagrams to each connection."""
        self.elder.send(datagrams, addresses, but)

    def bounces(self) -> Sequence[Bounce]:
        """Return nothing: the elder does."""
        return ()

    def undelivered(self) -> Mapping[Address, int]:
        """Return nothing."""
        return {}

    def forget(self, addresses: Iterable[Address]) -> None:
        """Do nothing."""

    def end(self, addresses: Iterable[Address]) -> None:
        """End connections behind what was sent to them."""
        self.elder.end(addresses)

    def look_for_errors(self) -> None:
        """Do nothing."""

    def blocked(self) -> Sequence[Socket]:
        """Return nothing."""
        return ()

    def flush(self, sock: Socket) -> bool:  # noqa: ARG002 - there is none
        """Do nothing."""
        return True

    def tick(self, is_member: Callable[[Address], bool]) -> None:
        """Do nothing: the elder looks at all connections."""

    def count_lost(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing: the elder closes all."""
