"""Deliveries -> datagrams on carriers. Everything that is sent is rendered and packed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product

import attrs

from udpchat.app.hub.replies import Replies
from udpchat.app.logs.bugs import Bugs
from udpchat.app.logs.presence import Departures
from udpchat.domain.address import Address
from udpchat.domain.admission.gate import Admission
from udpchat.domain.admission.notices import RoomUnreachable
from udpchat.domain.commands.presence import Left
from udpchat.domain.dialects.packer import Run
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.event import Event
from udpchat.domain.ports.carrier import Carrier
from udpchat.domain.rooms.audience import IN_ROOM, Audience, Delivery, InRoom, InRoomBy, Only
from udpchat.domain.rooms.inputs import CONTROL_INPUTS, Input
from udpchat.domain.rooms.roster import Roster

SEND_BYTES = 16  # bytes of a reply that take as long to make as a send of a datagram
COMMAND_WORK = 20  # sends that take as long as a command does, whatever comes of it


@attrs.define(eq=False)
class Outbox:
    """Collects what a turn has to send in runs, one for each carrier, by name.

    A client of another node has an address that no carrier here reaches; its own node replies to it. `departures`
    collects the deliveries of members that leave, `left` their names and reasons for the log. `work` counts what a turn
    did, in sends: a datagram to a client.
    """

    carriers: Mapping[str, Carrier]
    admission: Admission
    roster: Roster
    max_datagram: int
    bugs: Bugs
    left: Departures = attrs.field(factory=Departures, init=False)
    work: int = attrs.field(default=0, init=False)
    departures: list[Delivery] = attrs.field(factory=list, init=False)
    runs: Mapping[str, Run] = attrs.field(init=False)
    replies: Replies = attrs.field(init=False)
    _all_runs: tuple[Run, ...] = attrs.field(init=False)  # the same, for each line of a busy room: a view would cost

    def __attrs_post_init__(self) -> None:
        self.runs = {
            name: Run(name, carrier.send, self._failed, self.max_datagram, self.roster)
            for name, carrier in self.carriers.items()
        }
        self._all_runs = tuple(self.runs.values())
        self.replies = Replies(self.admission, self.max_datagram)

    def deliver(self, audience: Audience, event: Event) -> None:
        """Take one event for those who are in its audience at this moment."""
        if isinstance(audience, InRoom):  # nearly all events of a busy room
            lines = render(event, self.max_datagram)
            for run in self._all_runs:
                for line in lines:
                    self.work += run.add(line)
            return
        self.work += COMMAND_WORK
        if isinstance(audience, InRoomBy):
            self._deliver_by(audience.address, event)
        elif audience.address.carrier in self.runs:
            self._send(audience.address, self.replies.lines(audience.address, event))

    def deliver_departures(self) -> None:
        """Take the events of members that left, in their own wording first.

        They come here together, after all have left. Otherwise thousands that time out together would each receive
        every other's farewell.
        """
        departures, self.departures[:] = [*self.departures], ()
        for audience, event in departures:
            if isinstance(audience, InRoomBy | Only):
                self._send(audience.address, render(event, self.max_datagram, own=True))
        for audience, event in departures:
            if not isinstance(audience, Only):  # also for one that has joined again by now
                self.deliver(IN_ROOM, event)

    def notify(self, notices: Iterable[tuple[Address, Event]]) -> None:
        """Take events for single addresses, which do not pay for them."""
        for address, event in notices:
            self._send(address, render(event, self.max_datagram))

    def notify_expired(self, expired: Iterable[Input]) -> None:
        """Notify clients whose lines were not committed in time."""
        lines = [given for given in expired if not isinstance(given.line, CONTROL_INPUTS)]
        for given in lines:
            self.admission.count(given.sender, DropReason.UNCOMMITTED)
        self.notify((given.sender, RoomUnreachable()) for given in lines)

    def pace(self) -> None:
        """Send the next part of each long reply."""
        for address, datagrams in self.replies.pacer.next_parts(self.roster.members, self.replies.now):
            self.carriers[address.carrier].send(datagrams, (address,))

    def _deliver_by(self, address: Address, event: Event) -> None:
        """Take an event that one client caused, and that it reads in its own wording."""
        if isinstance(event, Left):
            self.left.add(address, event.nickname, "quit")
        own, others = render(event, self.max_datagram, own=True), render(event, self.max_datagram)
        if own and (mine := self.runs.get(address.carrier)) is not None:
            for line in self.replies.charged(address, own):
                self.work += mine.reply(address, line)
        for line, run in product(others, self._all_runs):
            self.work += run.add(line, address)

    def _send(self, address: Address, lines: Iterable[bytes]) -> None:
        if (run := self.runs.get(address.carrier)) is not None:
            for line in lines:
                self.work += run.reply(address, line) + len(line) // SEND_BYTES

    def _failed(self, exc: Exception) -> None:
        """Count and log a bug of a carrier."""
        self.admission.drops[DropReason.BUG] += 1
        self.bugs.log(exc)
