"""Lines -> datagrams of whole lines, with one open run for each group of clients.

A run is what is under way to the clients of one crowd (a room and a look) that one carrier reaches. Most of them
receive the same datagrams, which are made once. A client that receives something else gets a tail instead: all that it
was to receive so far, its own lines, and the room's lines from there on. So a newcomer, a reply or a departure does not
end the run. Tails are sent before what is shared.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import attrgetter
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
MIN_RUNS = 64  # crowds, at least, that are kept until those that are empty are looked for
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
"""What a carrier sends: datagrams, a group of addresses, those of them that are left out, and how many are left."""


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
            datagrams.size += len(line)
            if datagrams.size <= self.limit:  # nearly always, and a call would cost more
                datagrams.lines.append(line)
                continue
            datagrams.size -= len(line)
            datagrams.add(line)
            if len(datagrams.full) >= MAX_RUN - 1:
                full, datagrams.full = datagrams.full, []
                sends += self.send([(full, (address,), (), 1)])
        return sends

    def take(self) -> list[Handed]:
        """Return all that waits, and forget it."""
        waiting, self.waiting = self.waiting, {}
        handed: list[Handed] = []
        for address, each in waiting.items():
            if each.lines:
                handed.append(([*each.full, b"".join(each.lines)], (address,), (), 1))
        return handed

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


_IN_AUDIENCE = attrgetter("in_audience")


@attrs.define(eq=False)
class Run:
    """What is under way to the clients of a crowd that one carrier reaches."""

    crowd: Crowd
    carrier: str
    tails: Tails
    shared: Datagrams
    # Of the crowd, up to which its changes were followed; -1 if what is added next is for all in it then.
    version: int = attrs.field(default=-1, init=False)
    audience: tuple[Address, ...] = attrs.field(default=(), init=False)
    exempt: dict[Address, Exempt] = attrs.field(factory=dict, init=False)

    def begin(self) -> None:
        """Share what follows with whoever is in the crowd now."""
        crowd = self.crowd
        self.version, self.audience = crowd.version, crowd.groups.get(self.carrier) or crowd.group(self.carrier)

    def add(self, lines: Collection[bytes]) -> int:
        """Add lines for all, where no client receives a tail. Return the number of sends, as `flush` does."""
        shared, sends, limit = self.shared, 0, self.tails.limit
        waiting, size = shared.lines, shared.size
        for line in lines:  # a busy room runs this for each line, so it repeats `Datagrams.add`
            size += len(line)
            if size > limit and waiting:
                shared.full.append(b"".join(waiting))
                waiting, size = [line], len(line)
                if self._is_full():
                    shared.lines, shared.size = waiting, size
                    sends += self.flush()
                    self.begin()
                    waiting, size = shared.lines, 0
            else:
                waiting.append(line)
        shared.lines, shared.size = waiting, size
        return sends

    def add_to_tails(self, lines: Collection[bytes], but: Collection[Address]) -> int:
        """Do the same for all but a few, where some clients may receive tails."""
        sends = 0
        for line in lines:
            if self.version < 0:
                self.begin()
            self.give_tails(but)
            self.shared.add(line)
            for address, each in self.exempt.items():
                if each.is_member and address not in but:
                    sends += self.tails.add(address, (line,))
            if len(self.exempt) > MAX_TAILS or (self.shared.full and self._is_full()):
                sends += self.flush()
        return sends

    def _is_full(self) -> bool:
        filled = len(self.shared.full)
        return filled >= MAX_RUN - 1 or filled * len(self.audience) >= MAX_RUN_SENDS

    def give_tails(self, addresses: Iterable[Address]) -> None:
        """Let clients receive tails from here on. The tail of one in the crowd has what was shared so far."""
        for address in addresses:
            if address not in self.exempt and address.carrier == self.carrier:
                is_member = address in self.crowd.members
                if is_member and self.shared.lines:
                    self.tails.add(address, self.shared.all())  # whole lines, so they may share a datagram
                self.exempt[address] = Exempt(is_member, is_member)

    def follow(self) -> int:
        """Give a tail to each client that came or went since the last call. Return the number of sends."""
        if not self.shared.lines and not self.exempt:
            self.begin()
            return 0
        changes = self.crowd.changes_since(self.version)
        if changes is None:  # too many: what follows is for another audience
            return self.flush()
        self.version, sends = self.crowd.version, 0
        for address, came in changes:
            if address.carrier != self.carrier:
                continue
            if address in self.exempt:
                self.exempt[address].is_member = came
            else:
                if not came:
                    sends += self.tails.add(address, self.shared.all())
                self.exempt[address] = Exempt(in_audience=not came, is_member=came)
        return sends

    def flush(self) -> int:
        """Send all tails, then what is shared; return the number of sends."""
        return self.tails.send([*self.tails.take(), *self.take()])

    def take(self) -> list[Handed]:
        """Return what is shared, and forget it. What follows is for whoever is in the crowd then."""
        shared, exempt, others = self.shared, self.exempt, len(self.audience)
        self.version = -1
        if not exempt and not shared.full:  # nearly always one datagram for all, at the end of a turn
            payload = b"".join(shared.lines)
            shared.lines, shared.size = [], 0
            return [([payload], self.audience, (), others)] if others and payload else []
        others -= sum(map(_IN_AUDIENCE, exempt.values()))
        datagrams, self.exempt = [*shared.full, b"".join(shared.lines)] if shared.lines else [], {}
        shared.full, shared.lines, shared.size = [], [], 0
        return [(datagrams, self.audience, tuple(exempt), others)] if others and datagrams else []


@attrs.define(eq=False)
class Packer:
    """All runs, and the tails. Each method returns the number of sends: datagrams to one client each."""

    rooms: Rooms
    tails: Tails
    _runs: dict[Crowd, list[Run]] = attrs.field(factory=dict, init=False)  # also those that have nothing to send now
    _most: int = attrs.field(default=MIN_RUNS, init=False)  # crowds in `_runs`; half of them may be empty
    _open: list[Run] = attrs.field(factory=list, init=False)  # in this turn
    _version: int = attrs.field(default=0, init=False)  # of the rooms, up to which their changes were followed

    def add(self, crowd: Crowd, lines: Collection[bytes], but: Collection[Address] = ()) -> int:
        """Add lines for a crowd."""
        sends = 0 if self._version == self.rooms.version else self._follow()
        for run in self._runs.get(crowd) or self._make(crowd):
            if run.version < 0:  # as `Run.begin`: a busy room comes here for each batch
                group = crowd.groups.get(run.carrier)
                if group is None:
                    group = crowd.group(run.carrier)
                if not group:  # nobody here comes by this carrier
                    continue
                run.version, run.audience = crowd.version, group
                self._open.append(run)
            sends += run.add_to_tails(lines, but) if but or run.exempt else run.add(lines)
        return sends

    def reply(self, address: Address, lines: Sequence[bytes], rooms: Iterable[Room] = (), look: Look = PLAIN) -> int:
        """Add lines for one client. It is in these rooms, and reads them in this look.

        A bell, which has no line feed, goes into one datagram with what a room receives next, if there is room.
        """
        sends = 0 if self._version == self.rooms.version else self._follow()
        if lines and not lines[-1].endswith(b"\n"):
            for room in rooms:
                self.add(room.crowds[look], ())
        for room in rooms:
            for run in self._runs.get(room.crowds[look], ()):
                if run.version >= 0:
                    run.give_tails((address,))
        return sends + self.tails.add(address, lines)

    def flush(self) -> int:
        """Send all."""
        sends = 0 if self._version == self.rooms.version else self._follow()
        handed = self.tails.take() if self.tails.waiting else []
        for run in self._open:
            handed += run.take()
        self._open.clear()
        return sends + self.tails.send(handed)

    def _make(self, crowd: Crowd) -> list[Run]:
        """Return new runs for a crowd. If there are many, forget those of empty crowds, which nobody adds to."""
        if len(self._runs) >= self._most:
            self._runs = {each: runs for each, runs in self._runs.items() if each.members}
            self._most = max(MIN_RUNS, 2 * len(self._runs))
        tails = self.tails
        runs = self._runs[crowd] = [Run(crowd, carrier, tails, Datagrams(tails.limit)) for carrier in tails.carriers]
        return runs

    def _follow(self) -> int:
        self._version, sends = self.rooms.version, 0
        for run in self._open:
            if 0 <= run.version != run.crowd.version:
                sends += run.follow()
        return sends
