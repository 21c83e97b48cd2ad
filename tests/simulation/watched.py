"""The parts of a node that are looked at as they work: the journal, the chat, the hub and the way to its clients."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, cast

import attrs

from tests.simulation.log import numbered
from tests.simulation.world import Crash, check
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.nats.replica import MAX_IN_FLIGHT, Replica
from udpchat.app.hub.bounces import BounceHandler
from udpchat.app.hub.hub import Hub
from udpchat.domain.address import Address
from udpchat.domain.datagram import Bounce, Datagram
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import digest, snapshot
from udpchat.domain.rooms.audience import Delivery
from udpchat.domain.rooms.inputs import CONTROL_INPUTS, Heartbeat, Input, Started

if TYPE_CHECKING:
    from tests.simulation.node import Process

SNAPSHOT_EVERY = 30  # inputs


class WatchedReplica(Replica):
    """The journal, with a look at what is taken and what is given up."""

    process_of: Process

    @property
    def wants_snapshot(self) -> bool:
        """Whether a start would have some inputs to handle."""
        return self._since >= SNAPSHOT_EVERY

    def _may_send(self) -> bool:
        """Say whether another parcel may be out: in some processes for however little it is."""
        eager = self.process_of.eager and self.joined and len(self._in_flight) < MAX_IN_FLIGHT
        return eager or super()._may_send()

    def append(self, inputs: Sequence[Input]) -> None:
        """Take inputs that were looked at."""
        self.process_of.open.update(dict.fromkeys(filter(None, map(numbered, inputs))))
        super().append(inputs)

    def expired(self) -> Sequence[Input]:
        """Return what was given up, which must be told by the end of the step."""
        refused = super().expired()
        for given in refused:
            if not isinstance(given.line, CONTROL_INPUTS):
                self.process_of.to_tell[str(given.sender)] += 1
            if line := numbered(given):
                self.process_of.open.pop(line, None)
                self.process_of.log.refused[line] = self.process_of.log.published
        return refused


class WatchedChat(Chat):
    """The chat, with a look at each input and at the state after it."""

    process_of: Process

    def handle(self, given: Input) -> list[Delivery]:
        """Handle an input that is the one that the log has next."""
        process = self.process_of
        index, observer = process.handled, process.log.observer
        fact = observer.facts[index]
        known = (fact.sender, fact.given.at, fact.given.entropy, fact.given.line)
        check((process.addresses.identity(given.sender), given.at, given.entropy, given.line) == known, "same", index)
        process.handled += 1
        here = self.state.roster.here()
        said = super().handle(given)
        if process.live and isinstance(given.line, Heartbeat):
            process.to_part += sorted(map(str, {*here}.difference(self.state.roster.here())))
        if index in observer.digests:
            mine = digest(snapshot(self.state), process.addresses.identity)
            check(mine == observer.digests[index], "states", process.name, index)
        if fact.line and process.live:
            process.owed.append((index, fact.line))
        ours = self.state.directory.is_here(given.sender) and not process.replica.superseded
        if process.live and isinstance(given.line, Started) and ours:
            process.look_at_missed(index)
        return said


class WatchedBounces(BounceHandler):
    """What is done about datagrams that came back, which tells when it sends one once more."""

    def confirmed(self, bounces: Iterable[Bounce], now: float) -> list[tuple[Address, int]]:
        """Return who is gone."""
        wire = cast("Wire", self.carrier)
        wire.repeating = True
        gone = super().confirmed(bounces, now)
        wire.repeating = False
        return gone


class WatchedHub(Hub):
    """The hub, with those."""

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._bounces = self.intake.bounces = WatchedBounces(self.carrier, self.chat.state.roster, self.admission)


@attrs.define(eq=False)
class Wire:
    """The port `Carrier` of a process."""

    process: Process
    inbox: list[Datagram] = attrs.field(factory=list)
    returned: list[Bounce] = attrs.field(factory=list)
    fuse: int | None = None  # calls of `send` until one ends the process
    repeating: bool = False  # what is sent now came back before

    name = "memory"

    def receive(self, limit: int) -> list[Datagram]:
        """Return what has come."""
        batch, self.inbox[:limit] = self.inbox[:limit], []
        return batch

    def bounces(self) -> list[Bounce]:
        """Return what came back."""
        bounces, self.returned = self.returned, []
        return bounces

    def send(self, datagrams: Sequence[bytes], addresses: Sequence[Address], but: Collection[Address] = ()) -> None:
        """Look at what is sent to whom."""
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse < 0:
                raise Crash("in a send")
        for address in addresses:
            if address in but:
                continue
            check(isinstance(address, MemoryAddress), "home", self.process.name, address)
            for payload in datagrams:
                if not self.repeating:
                    self.process.sent(payload, address)
                if self.process.dead(str(address)):
                    self.returned.append(Bounce(payload, address))

    def forget(self, addresses: Iterable[Address]) -> None:
        """Do nothing: nothing is kept."""

    def close(self) -> None:
        """Do nothing: nothing is held."""
