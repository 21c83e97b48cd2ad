"""What the app needs of the world. Every implementation of a port passes that port's contract tests."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Protocol

import attrs


class Address(Hashable, Protocol):
    """Where a peer is: made by a transport, compared by the domain, and shown by `str()` as `address:port`."""


@attrs.frozen
class Datagram:
    """The whole payload of a datagram, 0 to 65,535 bytes, and who sent it."""

    payload: bytes
    sender: Address


class Transport(Protocol):
    """A way to exchange datagrams with peers. It never waits for a datagram, and what it sends may be lost."""

    def receive(self, limit: int) -> list[Datagram]:
        """Return at most `limit` of the datagrams that wait, in the order they came; none is an empty list."""

    def send(self, payload: bytes, addresses: Sequence[Address]) -> None:
        """Send `payload` to each address in turn. An address that cannot be reached does not keep it from the others.

        Raise ValueError where `payload` is empty: an empty datagram ends some netcats and deafens others.
        """

    def close(self) -> None:
        """Give back what the transport holds. Nothing is received or sent after it."""
