"""What the app needs of the world. Every implementation of a port passes that port's contract tests."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from enum import Enum
from typing import Protocol

import attrs


class Scope(Enum):
    """How far an address reaches: RFC 1122 and RFC 4291 loopback; RFC 1918, 3927, 4193, 4291 private; all others."""

    LOOPBACK = "loopback"
    PRIVATE = "private"  # link-local too
    GLOBAL = "global"


@attrs.frozen
class Network:
    """What counts as one source of traffic: an IPv4 address (4 bytes) or an IPv6 /64 (8 bytes), and its scope."""

    prefix: bytes
    scope: Scope


class Address(Hashable, Protocol):
    """Where a peer is: made by a transport, compared by the domain, and shown by `str()` as `address:port`."""

    @property
    def network(self) -> Network:
        """The network it is in; an IPv4-mapped address is in that of the IPv4 address."""


class Unicode(Protocol):
    """What nicknames need of the Unicode standard's tables."""

    def enforce(self, name: str) -> str | None:
        """Return `name` as RFC 8266 has it, or None where it cannot be a nickname."""

    def skeleton(self, name: str) -> str:
        """Return what `name` has in common with all that look like it (Unicode Technical Standard 39, section 4)."""


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


@attrs.frozen
class Bounce:
    """A datagram that came back: nobody listens at the port of `address` now.

    `payload` is the whole datagram as it was sent, or empty where the network told too little to know which it was.
    """

    payload: bytes
    address: Address


class Transport(Source, Protocol):
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
