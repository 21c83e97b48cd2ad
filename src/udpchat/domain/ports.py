"""What the app needs of the world. Every implementation of a port passes that port's contract tests."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Protocol

import attrs


class Address(Hashable, Protocol):
    """Where a peer is: made by a transport, compared by the domain, and shown by `str()` as `address:port`."""


# Made for each line and never changed: to be frozen would treble what making it costs.
@attrs.define
class Datagram:
    """The whole payload of a datagram, 0 to 65,535 bytes, and who sent it."""

    payload: bytes
    sender: Address


class Source(Protocol):
    """Where datagrams come in."""

    def receive(self, limit: int) -> list[Datagram]:
        """Return at most `limit` of the datagrams that wait, each sender's in the order they came, without waiting."""


class Transport(Source, Protocol):
    """A way to exchange datagrams with peers. What it sends may be lost."""

    def send(self, datagrams: Sequence[bytes], addresses: Sequence[Address]) -> None:
        """Send each datagram to each address; an address gets them in order.

        An address that cannot be reached keeps nothing from the others. Raise ValueError where a datagram is empty:
        that would end some netcats and deafen others.
        """

    def close(self) -> None:
        """Give back what the transport holds. Nothing is received or sent after it."""
