"""The parts of a node, with checks as they work: the journal, the chat, the hub and the way to the clients."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import filterfalse
from typing import cast

import attrs

from tests.simulation.cluster.ledger import Ledger
from tests.simulation.cluster.observer import Fact
from tests.simulation.world import Crash, check
from udpchat.adapters.memory.network import MemoryAddress, MemoryCarrier
from udpchat.adapters.nats.replication.replica import Replica
from udpchat.app.hub.bounces import BounceHandler
from udpchat.app.hub.hub import Hub
from udpchat.domain.address import Address
from udpchat.domain.commands.talk import Said
from udpchat.domain.datagram import Bounce, Datagram
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import digest, snapshot
from udpchat.domain.rooms.audience import Delivery, InRoom
from udpchat.domain.rooms.inputs import Heartbeat, Input, Started
from udpchat.domain.rooms.requests import Hello, Since


@attrs.define(eq=False)
class WatchedReplica(Replica):
    """The journal; what it takes, commits and gives up is entered in the ledger."""

    ledger: Ledger = attrs.field(kw_only=True)

    def append(self, inputs: Sequence[Input]) -> None:
        """Take inputs."""
        self.ledger.took(inputs)
        super().append(inputs)

    def arrived(self, place: int, payload: bytes) -> None:
        """Take an entry, and check that it counts if it counts for the observer."""
        before = len(self._committed)
        due = self.ledger.log.counted[place - 1] and place > self.last and not self.superseded
        super().arrived(place, payload)
        committed = self._committed[before:]
        check(bool(committed) == due, "agree", self.node, place)
        self.ledger.committed(committed)

    def expired(self) -> Sequence[Input]:
        """Return the inputs that were given up."""
        refused = super().expired()
        self.ledger.expired(refused)
        return refused


@attrs.define(eq=False)
class WatchedChat(Chat):
    """The chat; each input and the state after it are checked."""

    replica: WatchedReplica = attrs.field(kw_only=True)
    _fact: Fact = attrs.field(init=False)
    _here: set[Address] = attrs.field(init=False)

    def say(self, given: Input, following: deque[Input], _: int) -> tuple[InRoom, list[Said]] | None:
        """Handle an input if it is a plain line of a member, and no other. It must be the next one in the log."""
        self._fact, self._here = self.replica.ledger.next_fact(given), set(self.state.roster.clients.members)
        row = super().say(given, following, 1)
        if row is not None:
            self._look_after(given)
        return row

    def execute(self, given: Input) -> list[Delivery]:
        """Handle any other input."""
        deliveries = super().execute(given)
        self._look_after(given)
        return deliveries

    def _look_after(self, given: Input) -> None:
        """Check the state after an input."""
        ledger, fact, here = self.replica.ledger, self._fact, self._here
        if ledger.live and isinstance(given.line, Heartbeat):
            ledger.to_part += sorted(map(str, here.difference(self.state.roster.clients.members)))
        if agreed := ledger.log.observer.digests.get(ledger.handled - 1):
            mine = digest(snapshot(self.state), ledger.addresses.identity)
            check(mine == agreed, "states", ledger.name, ledger.handled - 1)
        if fact.line and ledger.live:
            ledger.owe(fact.line)
        if ledger.live and self.state.sessions.by_address:
            self._look_at_programs(given)
        ours = self.state.directory.is_here(given.sender) and not self.replica.superseded
        if ledger.live and isinstance(given.line, Started) and ours:
            ledger.started(self.state)

    def _look_at_programs(self, given: Input) -> None:
        """Take note of what programs of this node asked, and of what they must be sent."""
        ledger, sessions = self.replica.ledger, self.state.sessions
        if isinstance(given.line, Hello | Since) and self.state.directory.is_here(given.sender):
            ledger.records.asked(str(given.sender), is_new=given.sender not in self._here)
        if sessions.lost:
            ledger.records.lost(set(map(str, sessions.lost)))
        for told in ledger.log.observer.annals.by_fact.get(ledger.handled - 1, ()):
            for address in sessions.by_address.keys() - sessions.lost.keys():
                if (
                    self.state.directory.is_here(address)
                    and self.state.roster.members[address].nickname in told.readers
                ):
                    ledger.records.owe(str(address), told)


class WatchedBounces(BounceHandler):
    """The handler of bounces; it marks what is sent a second time."""

    def confirmed(self, bounces: Iterable[Bounce], now: float) -> list[tuple[Address, int]]:
        """Return the addresses that are gone."""
        wire = cast("Wire", self.carriers["memory"])
        wire.repeating = True
        gone = super().confirmed(bounces, now)
        wire.repeating = False
        return gone


class WatchedHub(Hub):
    """The hub, with the watched handler of bounces."""

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        carriers = {carrier.name: carrier for carrier in self.carriers}
        self._bounces = self.intake.bounces = WatchedBounces(carriers, self.chat.state.roster, self.admission)


@attrs.define(eq=False)
class Wire:
    """The port `Carrier` of a process. `dead` returns whether no program is at a `HOST:PORT`.

    Clients that read objects are behind the network at whose end `programs` the node is.
    """

    ledger: Ledger
    dead: Callable[[str], bool]
    programs: MemoryCarrier
    inbox: list[Datagram] = attrs.field(factory=list)
    returned: list[Bounce] = attrs.field(factory=list)
    fuse: int | None = None  # calls of `send` until one ends the process
    repeating: bool = False  # what is sent now was sent before, and bounced
    name: str = "memory"

    def receive(self, limit: int) -> list[Datagram]:
        """Return the datagrams that have arrived."""
        batch, self.inbox[:limit] = self.inbox[:limit], []
        return batch

    def ages(self, most: float) -> Sequence[float]:
        """Return nothing: nobody knows when they came."""
        return ()[: int(most)]

    def bounces(self) -> list[Bounce]:
        """Return the datagrams that could not be delivered."""
        bounces, self.returned = self.returned, []
        return bounces

    def send(self, datagrams: Sequence[bytes], addresses: Sequence[Address], but: Collection[Address] = ()) -> None:
        """Check what is sent."""
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse < 0:
                raise Crash("in a send")
        for address in filterfalse(but.__contains__, addresses):
            check(isinstance(address, MemoryAddress), "home", self.ledger.name, address)
            for payload in datagrams:
                if not self.repeating:
                    self.ledger.sent(payload, address)
                if str(address) in self.ledger.log.observer.annals.names:
                    self.programs.send((payload,), (address,))
                elif self.dead(str(address)):
                    self.returned.append(Bounce(payload, address))

    def undelivered(self) -> Mapping[Address, int]:
        """Return nothing: whatever is lost here, nobody knows of it."""
        return {}

    def forget(self, addresses: Iterable[Address]) -> None:
        """Do nothing: nothing is kept."""

    def end(self, addresses: Iterable[Address]) -> None:
        """Do nothing: there are no connections."""

    def close(self) -> None:
        """Do nothing: nothing is held."""
