"""What is measured while the server runs, only with --metrics: how long turns and commits take, and what is sent.

Nothing here is done for each line: a turn, a commit and a send have many of them. All other metrics are read, when
somebody asks, from what the program counts anyway.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import attrs

from udpchat.adapters.memory.journal import MemoryJournal
from udpchat.adapters.metrics.families import BOUNDS, Durations
from udpchat.app.hub.hub import Hub
from udpchat.domain.address import Address
from udpchat.domain.datagram import Bounce, Datagram
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.ports.carrier import Carrier, Source
from udpchat.domain.ports.journal import Journal, Recovered
from udpchat.domain.rooms.inputs import Heartbeat, Input


@attrs.define(eq=False)
class Sent:
    """What was handed to a carrier, counted once for each client that it goes to."""

    datagrams: int = 0
    bytes: int = 0


@attrs.define(eq=False)
class Meter:
    """Everything that is measured, also over several rooms of one process, which start one after the other.

    `timer` counts seconds and never jumps.
    """

    timer: Callable[[], float] = time.monotonic
    turns: Durations = attrs.field(factory=Durations, init=False)
    commits: Durations = attrs.field(factory=Durations, init=False)
    sent: dict[str, Sent] = attrs.field(factory=dict, init=False)  # by carrier

    def carriers(self, carriers: Iterable[Carrier]) -> list[Carrier]:
        """Return carriers that count what is sent over these."""
        return [MeteredCarrier(each, self.sent.setdefault(each.name, Sent())) for each in carriers]

    def journal(self, journal: Journal) -> Journal:
        """Return a journal that measures how long the commits of this one take. One in memory takes no time."""
        return journal if isinstance(journal, MemoryJournal) else MeteredJournal(journal, self.commits, self.timer)


@attrs.define(eq=False)
class MeteredHub(Hub):
    """A hub that measures its turns, and the handling of what the journal committed later."""

    turns: Durations = attrs.field(kw_only=True)

    def turn(self, source: Source) -> bool:
        """Take a turn, and measure it if there was anything to do."""
        timer = self.timer
        began = timer()
        if not Hub.turn(self, source):  # faster than super()
            return False
        seconds, turns = timer() - began, self.turns
        turns.counts[bisect_left(BOUNDS, seconds)] += 1  # as `Durations.add`, without a call
        turns.seconds += seconds
        return True

    def advance(self) -> None:
        """Handle what is committed, and measure it."""
        began = self.timer()
        Hub.advance(self)
        self.turns.add(self.timer() - began)


@attrs.define(eq=False)
class MeteredCarrier:
    """A `Carrier` that counts what is sent. `bounces`, which each turn asks for, is that of the carrier itself."""

    carrier: Carrier
    sent: Sent
    name: str = attrs.field(init=False)
    bounces: Callable[[], Sequence[Bounce]] = attrs.field(init=False)
    _send: Callable[[Sequence[bytes], Sequence[Address], Collection[Address]], None] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        carrier = self.carrier
        self.name, self.bounces, self._send = carrier.name, carrier.bounces, carrier.send

    def send(self, datagrams: Sequence[bytes], addresses: Sequence[Address], but: Collection[Address] = ()) -> None:
        """Send, and count."""
        self._send(datagrams, addresses, but)
        clients, number, sent = len(addresses), len(datagrams), self.sent
        if but:
            clients -= len({*but}.intersection(addresses))  # any of them may be missing in the addresses
        if number == 1:  # nearly always
            sent.datagrams += clients
            sent.bytes += clients * len(datagrams[0])
        else:
            sent.datagrams += clients * number
            sent.bytes += clients * sum(map(len, datagrams))

    def receive(self, limit: int) -> list[Datagram]:
        """Receive."""
        return self.carrier.receive(limit)

    def ages(self, most: float) -> Sequence[float]:
        """Return the ages."""
        return self.carrier.ages(most)

    def undelivered(self) -> Mapping[Address, int]:
        """Return for whom something was dropped."""
        return self.carrier.undelivered()

    def forget(self, addresses: Iterable[Address]) -> None:
        """Forget addresses."""
        self.carrier.forget(addresses)

    def end(self, addresses: Iterable[Address]) -> None:
        """End connections."""
        self.carrier.end(addresses)

    def close(self) -> None:
        """Close the carrier."""
        self.carrier.close()


@attrs.define(eq=False)
class MeteredJournal:
    """A `Journal` that measures how long it takes from `append` until the inputs are returned as committed.

    It measures one batch at a time. A journal that commits at once has no other one meanwhile. Of a
    cluster's journal, this is a sample.
    """

    journal: Journal
    commits: Durations
    timer: Callable[[], float]
    _watched: Input | None = attrs.field(default=None, init=False)
    _taken: float = attrs.field(default=0.0, init=False)  # when it was appended, by the timer

    @property
    def commit_timeout(self) -> float:
        """As the journal's."""
        return self.journal.commit_timeout

    @property
    def snapshot_due(self) -> bool:
        """As the journal's."""
        return self.journal.snapshot_due

    @property
    def full(self) -> bool:
        """As the journal's."""
        return self.journal.full

    def recover(self) -> Recovered:
        """Recover."""
        return self.journal.recover()

    def append(self, inputs: Sequence[Input]) -> None:
        """Append, and watch the last input if none is watched."""
        if self._watched is None and inputs and not isinstance(inputs[-1].line, Heartbeat):
            self._watched, self._taken = inputs[-1], self.timer()
        self.journal.append(inputs)

    def committed(self) -> Sequence[Input]:
        """Return what is committed; if that has the input that is watched, count how long that took."""
        inputs = self.journal.committed()
        watched = self._watched
        if watched is not None and inputs and (inputs[-1] is watched or id(watched) in map(id, inputs)):
            self.commits.add(self.timer() - self._taken)
            self._watched = None
        return inputs

    def expired(self) -> Sequence[Input]:
        """Return what was given up. It does not count as committed."""
        inputs = self.journal.expired()
        if self._watched is not None and id(self._watched) in map(id, inputs):
            self._watched = None
        return inputs

    def tick(self) -> None:
        """Do what is due."""
        self.journal.tick()

    def forget(self) -> None:
        """Forget earlier inputs."""
        self.journal.forget()

    def save(self, state: Snapshot) -> None:
        """Save a snapshot."""
        self.journal.save(state)

    def close(self) -> None:
        """Close the journal."""
        self.journal.close()
