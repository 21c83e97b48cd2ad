"""What the app needs of the world. Every implementation of a port passes that port's contract tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from udpchat.domain.address import Address
from udpchat.domain.datagram import Bounce, Datagram


class Source(Protocol):
    """Where datagrams come in."""

    def receive(self, limit: int) -> list[Datagram]:
        """Return at most `limit` of the datagrams that wait, each sender's in the order they came, without waiting."""


class Carrier(Source, Protocol):
    """A way to exchange datagrams with peers. What it sends may be lost."""

    def send(self, datagrams: Sequence[bytes], addresses: Sequence[Address]) -> None:
        """Send each datagram to each address; an address gets them in order.

        An address that cannot be reached keeps nothing from the others. Raise ValueError where a datagram is empty:
        that would end some netcats and deafen others.
        """

    def bounces(self) -> Sequence[Bounce]:
        """Return what came back since the last call, in the order it was reported."""

    def forget(self, addresses: Iterable[Address]) -> None:
        """Keep nothing about these addresses; they may be sent to again, and may write again."""

    def close(self) -> None:
        """Give back what the transport holds. Nothing is received or sent after it."""
