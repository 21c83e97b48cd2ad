"""The interface of a bound socket that sends each datagram to many addresses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

import attrs

from udpchat.adapters.udp.address import UdpAddress
from udpchat.adapters.udp.return_paths import ReturnPaths
from udpchat.adapters.udp.sockets.error_queue import ErrorQueue
from udpchat.adapters.udp.sockets.message_headers import SendHeaders
from udpchat.domain.address import Address
from udpchat.domain.datagram import Datagram

Range = tuple[int, int]
"""Places in a route: the first, and the one after the last."""


@attrs.define(eq=False)
class Route:
    """The addresses of an audience that one socket, number `listener`, sends to by one return path.

    `headers` are kept here by a socket that needs some for each address, so that it prepares them once.
    """

    listener: int
    path: bytes
    addresses: Sequence[UdpAddress]
    headers: SendHeaders | None = attrs.field(default=None, init=False)
    _places: dict[UdpAddress, int] | None = attrs.field(default=None, init=False)

    def ranges(self, but: Collection[Address]) -> Sequence[Range]:
        """Return the ranges of the addresses that are not in `but`, which is small."""
        if not but:
            return ((0, len(self.addresses)),)
        ranges, start = [], 0
        for place in self._places_of(but):
            if start < place:
                ranges.append((start, place))
            start = place + 1
        if start < len(self.addresses):
            ranges.append((start, len(self.addresses)))
        return ranges

    def _places_of(self, excluded: Collection[Address]) -> list[int]:
        """Return the places of these addresses in ascending order."""
        if self._places is None:
            self._places = {address: place for place, address in enumerate(self.addresses)}
        if len(self._places) < len(self.addresses):  # some address has several places
            return [place for place, address in enumerate(self.addresses) if address in excluded]
        return sorted([self._places[address] for address in excluded if address in self._places])


class DatagramSocket(Protocol):
    """Exchanges datagrams with the kernel through one bound socket. No call waits.

    `lost` has the addresses for which the kernel refused a datagram; no lines waited (see `Carrier.undelivered`).
    """

    lost: dict[UdpAddress, int]
    errors: ErrorQueue
    paths: ReturnPaths

    def receive(self, limit: int) -> list[Datagram]:
        """Return at most `limit` of the datagrams that wait, without those that are `unanswerable`."""

    def ages(self, most: float) -> Sequence[float]:
        """Return how many seconds each datagram of the last `receive` waited, as `Source.ages` does."""

    def bundles(self, datagrams: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
        """Return the datagrams in order, in bundles for `send`."""

    def send(self, bundle: Sequence[bytes], route: Route, start: int, end: int) -> int:
        """Send a bundle to the addresses of a route from place `start` to before `end`, each in turn.

        Return `end`, or the place of the first address that was not sent to because the send buffer is full. An address
        that cannot be sent to counts as done.
        """
