"""Order in one room: who may not speak in it, and how often the others may."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from math import inf
from typing import TypeVar

import attrs

from udpchat.domain.address import Address

MAX_SANCTIONS = 1000  # of one kind, in one room or on the whole server; the oldest of too many ends
MAX_SPOKE = 10_000  # clients of one room, as many as a large server has: others come and go while a room is slow
BACK_SECONDS = 10 * 60  # until somebody who was kicked out of a room may come back, unless it is invited

V = TypeVar("V")


@attrs.frozen
class Mute:
    """Somebody may say nothing until a time, in seconds since 1970 UTC. `by` is who wants that, and `why`."""

    until: float
    by: str
    why: str = ""


@attrs.define
class RoomOrder:
    """What is set for a room. `slow` is the seconds from one line of a client to the next, 0 for no limit.

    If it is a `hush`, only the holder and operators speak. `muted` are those that may not speak, `kicked` those that
    may not come back until a time, and `spoke` when each client spoke last, while `slow` is set.
    """

    slow: int = 0
    hush: bool = False
    muted: dict[Address, Mute] = attrs.field(factory=dict)
    kicked: dict[Address, float] = attrs.field(factory=dict)
    spoke: dict[Address, float] = attrs.field(factory=dict)

    def mute(self, address: Address, mute: Mute) -> None:
        """Let a client say nothing here."""
        put(self.muted, address, mute)

    def kick(self, address: Address, until: float) -> None:
        """Let a client not come back before a time."""
        put(self.kicked, address, until)

    def keeps_out(self, address: Address, at: float) -> bool:
        """Return whether a client that was kicked may not come back yet."""
        return self.kicked.get(address, 0.0) > at

    def wait(self, address: Address, at: float) -> float:
        """Return for how many seconds a client has to wait before it speaks again. After a clock went back: 0."""
        passed = at - self.spoke.get(address, -inf)
        return self.slow - passed if 0 <= passed < self.slow else 0.0

    def speak(self, address: Address, at: float) -> None:
        """Take note that a client speaks. Those that spoke long ago are forgotten."""
        put(self.spoke, address, at, MAX_SPOKE)
        for oldest in [*islice(self.spoke, 2)]:  # one more than comes in, so that all go at last
            if not 0 <= at - self.spoke[oldest] < self.slow:
                del self.spoke[oldest]

    def forget_over(self, at: float) -> None:
        """Forget those who were silenced or kept out first, if that is over: at last nothing is left."""
        forget_over(self.muted, at)
        for address, until in [*islice(self.kicked.items(), 1)]:
            if until <= at:
                del self.kicked[address]

    def comparable(self, encode: Callable[[Address], str]) -> object:
        """Return a value that is the same on every node; `encode` gives an address as text."""
        tables = (self.muted, self.kicked, self.spoke)
        return [self.slow, self.hush, *([(encode(key), value) for key, value in table.items()] for table in tables)]

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is set, and nobody is kept silent or out."""
        return not (self.slow or self.hush or self.muted or self.kicked)

    def move(self, places: Mapping[Address, Address]) -> None:
        """Follow clients that have other addresses now."""
        self.muted = moved(self.muted, places)
        self.kicked = moved(self.kicked, places)
        self.spoke = moved(self.spoke, places)


def put(table: dict[Address, V], address: Address, value: V, most: int = MAX_SANCTIONS) -> None:
    """Put something into a table, as its last entry. The oldest of too many goes."""
    table.pop(address, None)
    table[address] = value
    if len(table) > most:
        del table[next(iter(table))]


def forget_over(muted: dict[Address, Mute], at: float) -> None:
    """Remove the oldest mute if it is over."""
    for address, mute in [*islice(muted.items(), 1)]:
        if mute.until <= at:
            del muted[address]


def moved(table: Mapping[Address, V], places: Mapping[Address, Address]) -> dict[Address, V]:
    """Return a table with the new addresses of clients: old -> new."""
    return {places.get(address, address): value for address, value in table.items()}
