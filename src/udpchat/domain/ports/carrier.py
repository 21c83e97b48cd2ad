"""The port `Carrier`: how the app exchanges datagrams with peers. Every carrier passes its contract tests."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from udpchat.domain.address import Address
from udpchat.domain.datagram import Bounce, Datagram

LATE = 0.1  # seconds that a datagram waits before anybody asks for how long; less than a line costs at any usual rate


class Source(Protocol):
    """A place where datagrams come in."""

    def receive(self, limit: int) -> list[Datagram]:
        """Return at most `limit` of the datagrams that wait, those of one sender in order. Do not wait for more."""

    def ages(self, most: float) -> Sequence[float]:
        """Return how many seconds each datagram of the last `receive` waited to be received: from 0 to `most`.

        Return nothing if none of them waited for `LATE`, or if that is unknown.
        """


class Carrier(Source, Protocol):
    """A way to exchange datagrams with peers. Datagrams may be lost on the way."""

    @property
    def name(self) -> str:
        """The name that the addresses of this carrier have as `carrier`."""

    def send(self, datagrams: Sequence[bytes], addresses: Sequence[Address], but: Collection[Address] = ()) -> None:
        """Send each datagram to each address that is not in `but`; every address gets them in order.

        `addresses` must never change: it is a tuple that the caller keeps and passes again, so that a carrier prepares
        it once. `but` is a collection of few addresses, and any of them may be missing in `addresses`.

        An address that cannot be reached does not affect the others. Raise ValueError if a datagram is empty: an empty
        datagram ends some netcats, and others receive nothing after it.
        """

    def bounces(self) -> Sequence[Bounce]:
        """Return the datagrams that came back since the last call, in the order in which they were reported.

        For each connection that ended, whoever ended it, there is one more, with `ended`.
        """

    def undelivered(self) -> Mapping[Address, int]:
        """Return the addresses for which a datagram was dropped since the last call.

        Each has the number of lines that waited for it when that happened first, those of the datagram included; 0 if
        none waited. A datagram that came back is not among them.
        """

    def forget(self, addresses: Iterable[Address]) -> None:
        """Drop all that is kept about these addresses. Datagrams can still be sent to them and received from them."""

    def end(self, addresses: Iterable[Address]) -> None:
        """End the connections of these clients, behind all that was sent to them. Others cannot be ended."""

    def close(self) -> None:
        """Release the resources of the carrier. It neither sends nor receives afterwards."""


class Socket(Protocol):
    """Something that an event loop can watch."""

    def fileno(self) -> int:
        """Return its file descriptor."""


class SocketCarrier(Carrier, Protocol):
    """A carrier over sockets, which an event loop watches: readable for datagrams and errors, writable to flush."""

    @property
    def sources(self) -> Sequence[tuple[Socket, Source]]:
        """Each socket, with what to receive from when it is readable."""

    @property
    def reported(self) -> bool:
        """Whether `bounces` has something now for which no socket will be readable."""

    def look_for_errors(self) -> None:
        """Read what the sockets report about datagrams that were sent, if one is readable but has no datagrams."""

    def blocked(self) -> Sequence[Socket]:
        """Return the sockets whose datagrams wait until they are writable; then `flush` must be called."""

    def flush(self, sock: Socket) -> bool:
        """Send what waits for a socket until it takes no more, up to a bound; return whether all was sent."""

    @property
    def due(self) -> float | None:
        """In how many seconds its first source has something to receive although no socket is readable, or None."""

    def tick(self, is_member: Callable[[Address], bool]) -> None:
        """Do what is due, about once a second: end connections whose clients are no members any more, or never were."""

    def count_lost(self) -> None:
        """Update the count of datagrams that were lost before they were received."""
