"""A network in memory that loses, repeats, delays and reorders datagrams by a given schedule.

Limits: it has no buffers that overflow and no path MTU. Its only error is a bounce of a datagram to an address where
nobody is, at once. Time passes only in `tick`, so nothing here depends on the speed of the machine.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import count, filterfalse, islice, product

import attrs

from udpchat.adapters.networks import network_of_host
from udpchat.domain.address import Address, Network
from udpchat.domain.datagram import Bounce, Datagram
from udpchat.domain.ports.carrier import LATE


@attrs.frozen
class MemoryAddress:
    """An IP address as text and a port, shown as `host:port`, with an IPv6 address in brackets."""

    host: str
    port: int
    carrier: str = "memory"
    proven: bool = False

    @property
    def network(self) -> Network:
        """The network that the host is in."""
        return network_of_host(self.host)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


Schedule = Callable[[], Sequence[int]]
"""The fate of the next datagram: one delay in ticks for each copy that arrives. () loses it, (0, 3) repeats it."""


_ON_TIME = (0,)


def faithful() -> Sequence[int]:
    """Deliver every datagram once and at once."""
    return _ON_TIME


@attrs.define
class MemoryNetwork:
    """The wire between `MemoryCarrier` ends, with the schedule that decides the fate of each datagram.

    `timer` counts the seconds for which datagrams wait at an end.
    """

    schedule: Schedule = faithful
    timer: Callable[[], float] = lambda: 0.0
    ends: dict[Address, MemoryCarrier] = attrs.field(factory=dict, init=False)
    _now: int = attrs.field(default=0, init=False)
    _order: count[int] = attrs.field(factory=count, init=False)
    _in_flight: list[tuple[int, int, Address, Datagram]] = attrs.field(factory=list, init=False)  # a heap by arrival

    def attach(self, address: Address) -> MemoryCarrier:
        """Return a new end at `address`, which must be free."""
        end = self.ends[address] = MemoryCarrier(self, address)
        return end

    def detach(self, address: Address) -> None:
        """Remove the end at `address`; datagrams on their way to it come back."""
        self.ends.pop(address, None)

    def carry(self, sender: Address, payloads: Iterable[bytes], to: Iterable[Address]) -> None:
        """Put datagrams on the wire; each copy arrives after the delay that the schedule gives it."""
        for payload, address in product(payloads, to):
            for delay in self.schedule():
                in_flight = self._now + delay, next(self._order), address, (payload, sender)
                heapq.heappush(self._in_flight, in_flight)
        self._land()

    def tick(self, ticks: int = 1) -> None:
        """Let time pass: the datagrams that are due arrive, in the order in which they are due."""
        self._now += ticks
        self._land()

    def _land(self) -> None:
        while self._in_flight and self._in_flight[0][0] <= self._now:
            _, _, to, (payload, sender) = heapq.heappop(self._in_flight)
            if to in self.ends:
                end = self.ends[to]
                end.inbox.append((payload, sender))
                end.arrived.append(self.timer())
            elif sender in self.ends:
                self.ends[sender].returned.append(Bounce(payload, to))


@attrs.define(eq=False)
class MemoryCarrier:
    """One end of a `MemoryNetwork`: a `Carrier` for the hub, or the side of a client."""

    network: MemoryNetwork
    address: Address
    inbox: deque[Datagram] = attrs.field(factory=deque, init=False)
    arrived: deque[float] = attrs.field(factory=deque, init=False)  # the time of each datagram in the inbox
    returned: list[Bounce] = attrs.field(factory=list, init=False)
    _taken: list[float] = attrs.field(factory=list, init=False)  # the same of the last batch

    @property
    def name(self) -> str:
        """The name that its address has as `carrier`."""
        return self.address.carrier

    def receive(self, limit: int) -> list[Datagram]:
        """Return at most `limit` of the datagrams that have arrived."""
        batch = list(islice(self.inbox, limit))
        self._taken.clear()
        for _ in batch:
            self.inbox.popleft()
            self._taken.append(self.arrived.popleft())
        return batch

    def ages(self, most: float) -> Sequence[float]:
        """Return for how long each datagram of the last `receive` waited."""
        now = self.network.timer()
        ages = [min(now - arrived, most) for arrived in self._taken]
        return ages if max(ages, default=0.0) >= LATE else ()

    def send(self, datagrams: Sequence[bytes], addresses: Sequence[Address], but: Collection[Address] = ()) -> None:
        """Put each datagram for each address that is not in `but` on the wire; raise ValueError if one is empty."""
        if not all(datagrams):
            raise ValueError("an empty datagram must never be sent")
        network, sender = self.network, self.address
        if network.schedule is not faithful:
            network.carry(sender, datagrams, filterfalse(but.__contains__, addresses) if but else addresses)
            return
        for payload, address in product(datagrams, addresses):  # a busy room sends here: it arrives without delay
            if address in but:
                continue
            end = network.ends.get(address)
            if end is not None:
                end.inbox.append((payload, sender))
                end.arrived.append(network.timer())
            elif sender in network.ends:
                network.ends[sender].returned.append(Bounce(payload, address))

    def bounces(self) -> list[Bounce]:
        """Return the datagrams that came back since the last call."""
        bounces, self.returned = self.returned, []
        return bounces

    def undelivered(self) -> Mapping[Address, int]:
        """Return nothing: there are no buffers that overflow."""
        return {}

    def forget(self, addresses: Iterable[Address]) -> None:
        """Do nothing: an end keeps nothing about other ends."""

    def end(self, addresses: Iterable[Address]) -> None:
        """Do nothing: there are no connections."""

    def close(self) -> None:
        """Leave the network."""
        self.network.detach(self.address)
