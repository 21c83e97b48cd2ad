"""Lines -> datagrams of whole lines, with one open run for each group of clients.

A run is what is under way to the clients of one crowd (a room and a look) that one carrier reaches. Most of them
receive the same datagrams, which are made once. A client that receives something else gets a tail instead: all that it
was to receive so far, its own lines, and the room's lines from there on. So a newcomer, a reply or a departure does not
end the run. Tails are sent before what is shared.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

import attrs

from udpchat.domain.address import Address
from udpchat.domain.rooms.members.crowd import Crowd
from udpchat.domain.rooms.members.look import PLAIN, Look
from udpchat.domain.rooms.room import Room
from udpchat.domain.rooms.rooms import Rooms

# Datagrams handed over at once. This bounds what waits while they fill; at 1,400 bytes all fit into one IP packet.
MAX_RUN = 16
MAX_RUN_SENDS = 20_000  # the same, in sends of a datagram to one client: some 40 ms, in which no signal is served
MAX_TAILS = 256  # of one run, since each line of the room is added to all: as many newcomers as a batch brings


class Send(Protocol):
    """How datagrams leave: `Carrier.send`."""

    def __call__(self, datagrams: Sequence[bytes], addresses: Sequence[Address], but: Collection[Address] = ()) -> None:
        """Send each datagram to each address that is not in `but`."""


@attrs.define(eq=False)
class Datagrams:
    """Datagrams of at most `limit` bytes that fill up with lines."""

    limit: int
    full: list[bytes] = attrs.field(factory=list)
    lines: list[bytes] = attrs.field(factory=list)  # of the datagram that is not full
    size: int = 0  # bytes of these lines

    def add(self, line: bytes) -> None:
        """Add a line of at most `limit` bytes, not empty."""
        self.size += len(line)
        if self.size > self.limit and self.lines:
            self.full.append(b"".join(self.lines))
            self.lines = []
            self.size = len(line)
        self.lines.append(line)

    def all(self) -> list[bytes]:
        """Return all datagrams."""
        return [*self.full, b"".join(self.lines)] if self.lines else []


Handed = tuple[list[bytes], tuple[Address, ...], tuple[Address, ...], int]
"""Datagrams for a carrier: to whom, to whom of these not, and to how many they are sent."""


@attrs.define(eq=False)
class Tails:
    """What single clients receive, each in order. Lines have at most `limit` bytes.

    `failed` gets what a carrier raises. Then only these datagrams are lost, not those for others.
    """

    carriers: Mapping[str, Send]
    failed: Callable[[Exception], None]
    limit: int
    waiting: dict[Address, Datagrams] = attrs.field(factory=dict, init=False)

    def add(self, address: Address, lines: Iterable[bytes]) -> int:
        """Add lines for a client. Send what is full if that is enough for a run; return the number of sends."""
        datagrams = self.waiting.get(address)
        if datagrams is None:
            datagrams = self.waiting[address] = Datagrams(self.limit)
        sends = 0
        for line in lines:
            datagrams.add(line)
            if len(datagrams.full) >= MAX_RUN - 1:
                full, datagrams.full = datagrams.full, []
                sends += self.send([(full, (address,), (), 1)])
        return sends

    def take(self) -> list[Handed]:
        """Return all that waits, and forget it."""
        waiting, self.waiting = self.waiting, {}
        return [(each.all(), (address,), (), 1) for address, each in waiting.items() if each.lines]

    def send(self, handed: Iterable[Handed]) -> int:
        """Send; return how many datagrams that were, counted for each recipient."""
        sends = 0
        for datagrams, addresses, but, number in handed:
            sends += len(datagrams) * number
            try:
                self.carriers[addresses[0].carrier](datagrams, addresses, but)
            except Exception as exc:  # noqa: BLE001 - our own bug in a carrier
                self.failed(exc)
        return sends


@attrs.define
class Exempt:
    """A client that receives a tail instead of what a run shares."""

    in_audience: bool  # the audience of the run has it
    is_member: bool  # it receives what is said from here on


@attrs.define(eq=False)
class Run:
    """What is under way to the clients of a crowd that one carrier reaches."""

    crowd: Crowd
    carrier: str
    tails: Tails
    _shared: Datagrams
    # Of the crowd, up to which its changes were followed; -1 if what is added next is for all in it then.
    version: int = attrs.field(default=-1, init=False)
    _audience: tuple[Address, ...] = attrs.field(default=(), init=False)
    _exempt: dict[Address, Exempt] = attrs.field(factory=dict, init=False)

    def add(self, lines: Collection[bytes], but: Collection[Address] = ()) -> int:
        """Add lines for all, or for all but a few. Return the number of sends, as `flush` does."""
        if self.version < 0:
            self._begin()
        if but or self._exempt:
            return self._add_to_tails(lines, but)
        shared, sends, limit = self._shared, 0, self.tails.limit
        waiting, size = shared.lines, shared.size
        for line in lines:  # a busy room runs this for each line, so it repeats `Datagrams.add`
            size += len(line)
            if size > limit and waiting:
                shared.full.append(b"".join(waiting))
                waiting, size = [line], len(line)
                if self._is_full():
                    shared.lines, shared.size = waiting, size
                    sends += self.flush()
                    self._begin()
                    shared = self._shared
                    waiting, size = shared.lines, 0
            else:
                waiting.append(line)
        shared.lines, shared.size = waiting, size
        return sends

    def _add_to_tails(self, lines: Collection[bytes], but: Collection[Address]) -> int:
        """Add lines where some clients receive tails."""
        sends = 0
        for line in lines:
            if self.version < 0:
                self._begin()
            self.exempt(but)
            self._shared.add(line)
            for address, each in self._exempt.items():
                if each.is_member and address not in but:
                    sends += self.tails.add(address, (line,))
            if len(self._exempt) > MAX_TAILS or (self._shared.full and self._is_full()):
                sends += self.flush()
        return sends

    def _begin(self) -> None:
        """Share what follows with whoever is in the crowd now."""
        crowd = self.crowd
        self.version, self._audience = crowd.version, crowd.groups.get(self.carrier) or crowd.group(self.carrier)
        for address, each in self._exempt.items():
            each.in_audience = each.is_member = address in self.crowd.members

    def _is_full(self) -> bool:
        filled = len(self._shared.full)
        return filled >= MAX_RUN - 1 or filled * len(self._audience) >= MAX_RUN_SENDS

    def exempt(self, addresses: Iterable[Address]) -> None:
        """Let clients receive tails from here on. The tail of one in the crowd has what was shared so far."""
        for address in addresses:
            if address not in self._exempt and address.carrier == self.carrier:
                is_member = address in self.crowd.members
                if is_member and self._shared.lines:
                    self.tails.add(address, self._shared.all())  # whole lines, so they may share a datagram
                self._exempt[address] = Exempt(is_member, is_member)

    def follow(self) -> int:
        """Give a tail to each client that came or went since the last call. Return the number of sends."""
        if not self._shared.lines:
            self.version = -1
            return 0
        changes = self.crowd.changes_since(self.version)
        if changes is None:  # too many: what follows is for another audience
            return self.flush()
        self.version, sends = self.crowd.version, 0
        for address, came in changes:
            if address.carrier != self.carrier:
                continue
            if address in self._exempt:
                self._exempt[address].is_member = came
            else:
                if not came:
                    sends += self.tails.add(address, self._shared.all())
                self._exempt[address] = Exempt(in_audience=not came, is_member=came)
        return sends

    def flush(self) -> int:
        """Send all tails, then what is shared; return the number of sends."""
        return self.tails.send([*self.tails.take(), *self.take()])

    def take(self) -> list[Handed]:
        """Return what is shared, and forget it. What follows is for whoever is in the crowd then."""
        shared, exempt, others = self._shared, self._exempt, len(self._audience)
        for each in exempt.values():
            others -= each.in_audience
        self._shared, self._exempt, self.version = Datagrams(self.tails.limit), {}, -1
        return [(shared.all(), self._audience, tuple(exempt), others)] if others and shared.lines else []


@attrs.define(eq=False)
class Packer:
    """All runs of a turn, and the tails. Each method returns the number of sends: datagrams to one client each."""

    rooms: Rooms
    tails: Tails
    _runs: dict[Crowd, list[Run]] = attrs.field(factory=dict, init=False)
    _version: int = attrs.field(default=0, init=False)  # of the rooms, up to which their changes were followed

    def add(self, crowd: Crowd, lines: Collection[bytes], but: Collection[Address] = ()) -> int:
        """Add lines for a crowd."""
        sends = 0 if self._version == self.rooms.version else self._follow()
        for run in self._runs.get(crowd) or self._open(crowd):
            sends += run.add(lines, but)
        return sends

    def reply(self, address: Address, lines: Sequence[bytes], rooms: Iterable[Room] = (), look: Look = PLAIN) -> int:
        """Add lines for one client. It is in these rooms, and reads them in this look.

        A bell, which has no line feed, goes into one datagram with what a room receives next, if there is room.
        """
        sends = 0 if self._version == self.rooms.version else self._follow()
        unfinished = bool(lines) and not lines[-1].endswith(b"\n")
        for room in rooms:
            crowd = room.crowds[look]
            for run in self._runs.get(crowd) or (self._open(crowd) if unfinished else ()):
                run.exempt((address,))
        return sends + self.tails.add(address, lines)

    def flush(self) -> int:
        """Send all."""
        sends = 0 if self._version == self.rooms.version else self._follow()
        runs, self._runs = self._runs, {}
        handed = self.tails.take() if self.tails.waiting else []
        for each in runs.values():
            for run in each:
                handed += run.take()
        return sends + self.tails.send(handed)

    def _open(self, crowd: Crowd) -> list[Run]:
        tails = self.tails
        runs = self._runs[crowd] = [Run(crowd, carrier, tails, Datagrams(tails.limit)) for carrier in tails.carriers]
        return runs

    def _follow(self) -> int:
        self._version, sends = self.rooms.version, 0
        for runs in self._runs.values():
            for run in runs:
                if run.version != run.crowd.version:
                    sends += run.follow()
        return sends
