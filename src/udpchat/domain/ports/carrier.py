"""The port `Carrier`: how the app exchanges datagrams with peers. Every carrier passes its contract tests."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from udpchat.domain.address import Address
from udpchat.domain.datagram import Bounce, Datagram


class Source(Protocol):
    """A place where datagrams come in."""

    def receive(self, limit: int) -> list[Datagram]:
        """Return at most `limit` of the datagrams that wait, those of one sender in order. Do not wait for more."""


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
        """Return the datagrams that came back since the last call, in the order in which they were reported."""

    def forget(self, addresses: Iterable[Address]) -> None:
        """Drop all that is kept about these addresses. Datagrams can still be sent to them and received from them."""

    def close(self) -> None:
        """Release the resources of the carrier. It neither sends nor receives afterwards."""
