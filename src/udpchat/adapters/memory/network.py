"""A network in memory that loses, repeats, delays and reorders on a schedule it is given.

What it can not do: it has no buffers that overflow, no path MTU, and of errors only the one that a datagram to nobody
comes back, at once. Time stands still unless `tick` is called, so nothing here depends on how fast the machine is.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import count, product

import attrs

from udpchat.adapters.networks import network_of_host
from udpchat.domain.address import Address, Network
from udpchat.domain.datagram import Bounce, Datagram


@attrs.frozen
class MemoryAddress:
    """An IP address as text and a port, shown as `host:port`, an IPv6 address in brackets."""

    host: str
    port: int

    @property
    def network(self) -> Network:
        """The network that the host is in."""
        return network_of_host(self.host)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


Schedule = Callable[[], Sequence[int]]
"""The fate of the next datagram: one delay in ticks for each copy that arrives. () loses it, (0, 3) repeats it."""


def faithful() -> Sequence[int]:
    """Deliver every datagram once and at once."""
    return (0,)


@attrs.define
class MemoryNetwork:
    """The wire between `MemoryCarrier` ends, with the schedule that says what becomes of each datagram."""

    schedule: Schedule = faithful
    _now: int = attrs.field(default=0, init=False)
    _order: count[int] = attrs.field(factory=count, init=False)
    _in_flight: list[tuple[int, int, Address, Datagram]] = attrs.field(factory=list, init=False)  # a heap by arrival
    _ends: dict[Address, MemoryCarrier] = attrs.field(factory=dict, init=False)

    def attach(self, address: Address) -> MemoryCarrier:
        """Return a new end at `address`, which must be free."""
        end = self._ends[address] = MemoryCarrier(self, address)
        return end

    def detach(self, address: Address) -> None:
        """Forget the end at `address`; what flies there comes back."""
        self._ends.pop(address, None)

    def carry(self, datagram: Datagram, to: Address) -> None:
        """Take a datagram on its way; each copy arrives after the delay that the schedule gives it."""
        for delay in self.schedule():
            heapq.heappush(self._in_flight, (self._now + delay, next(self._order), to, datagram))
        self._land()

    def tick(self, ticks: int = 1) -> None:
        """Let time pass: what is due by then arrives, in the order it is due."""
        self._now += ticks
        self._land()

    def _land(self) -> None:
        while self._in_flight and self._in_flight[0][0] <= self._now:
            _, _, to, datagram = heapq.heappop(self._in_flight)
            if to in self._ends:
                self._ends[to].inbox.append(datagram)
            elif datagram.sender in self._ends:
                self._ends[datagram.sender].returned.append(Bounce(datagram.payload, to))


@attrs.define(eq=False)
class MemoryCarrier:
    """One end of a `MemoryNetwork`: a `Carrier` for the hub, or a client's side of it."""

    network: MemoryNetwork
    address: Address
    inbox: deque[Datagram] = attrs.field(factory=deque, init=False)
    returned: list[Bounce] = attrs.field(factory=list, init=False)

    def receive(self, limit: int) -> list[Datagram]:
        """Return at most `limit` of the datagrams that have arrived."""
        return [self.inbox.popleft() for _ in range(min(limit, len(self.inbox)))]

    def send(self, datagrams: Sequence[bytes], addresses: Sequence[Address]) -> None:
        """Put each datagram for each address on the wire; raise ValueError where one is empty."""
        if not all(datagrams):
            raise ValueError("an empty datagram must never be sent")
        for payload, address in product(datagrams, addresses):
            self.network.carry(Datagram(payload, self.address), address)

    def bounces(self) -> list[Bounce]:
        """Return what came back since the last call."""
        bounces, self.returned = self.returned, []
        return bounces

    def forget(self, addresses: Iterable[Address]) -> None:
        """Do nothing: no end keeps anything about another."""

    def close(self) -> None:
        """Leave the network."""
        self.network.detach(self.address)
