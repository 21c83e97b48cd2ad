"""Deliveries -> datagrams on carriers. Everything that is sent is rendered and packed here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import assert_never

import attrs

import udpchat
from udpchat.app.hub.console import Console
from udpchat.app.hub.replies import Replies
from udpchat.app.hub.tokens import DrawnTokens
from udpchat.app.logs.bugs import Bugs
from udpchat.app.logs.presence import Departures
from udpchat.domain.address import Address
from udpchat.domain.admission.gate import Admission, Recipient
from udpchat.domain.admission.notices import RoomUnreachable
from udpchat.domain.commands.presence import Left
from udpchat.domain.commands.talk import Said
from udpchat.domain.dialects.json.encoder import NO_NUMBERS, Numbers
from udpchat.domain.dialects.packer import Packer, Tails
from udpchat.domain.dialects.rendering import PROGRAM, Renderer
from udpchat.domain.dialects.text_encoder import render_said
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.event import Event
from udpchat.domain.ports.carrier import Carrier
from udpchat.domain.rooms.audience import Audience, Delivery, InRoom, InRoomBy, Notify, Only
from udpchat.domain.rooms.inputs import CONTROL_INPUTS, Administered, Input
from udpchat.domain.rooms.members.crowd import Crowd
from udpchat.domain.rooms.members.look import PLAIN, Look
from udpchat.domain.rooms.programs.answers import Hidden
from udpchat.domain.rooms.requests import REQUESTS, Numbered
from udpchat.domain.rooms.room import Room
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.rooms.tokens import TokenShown

SEND_BYTES = 16  # bytes of a reply that take as long to make as a send of a datagram
COMMAND_WORK = 20  # sends that take as long as a command does, whatever comes of it
LOOK_WORK = 2  # sends that take as long as to render a line in one look


@attrs.define(eq=False)
class Outbox:
    """Collects what a turn has to send.

    A client of another node has an address that no carrier here reaches; its own node replies to it. `departures`
    collects the deliveries of members that leave, `left` their names and reasons for the log. `work` counts what a turn
    did, in sends: a datagram to a client. `at` is when that happens which is delivered, in seconds since 1970 UTC.
    """

    carriers: Mapping[str, Carrier]
    admission: Admission
    state: ChatState
    renderer: Renderer
    bugs: Bugs
    tokens: DrawnTokens
    left: Departures = attrs.field(factory=Departures, init=False)
    work: int = attrs.field(default=0, init=False)
    at: float = attrs.field(default=0.0, init=False)
    departures: list[Delivery] = attrs.field(factory=list, init=False)
    console: Console = attrs.field(factory=Console, init=False)
    here: Address | None = attrs.field(default=None, init=False)  # the server itself, to which nothing is sent
    packer: Packer = attrs.field(init=False)
    replies: Replies = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        sends = {name: carrier.send for name, carrier in self.carriers.items()}
        self.packer = Packer(self.state.rooms, Tails(sends, self._failed, self.renderer.limit))
        self.replies = Replies(self.admission, self.state.roster, self.renderer)

    def deliver(self, audience: Audience, event: Event) -> None:
        """Take one event for those who are in its audience at this moment."""
        match audience:
            case InRoom():
                self._share(audience, audience.but, event)
            case InRoomBy(_, address, but):
                self._deliver_by(audience, event)
                self._share(audience, (address, *but), event)
            case Only(address):
                self.work += COMMAND_WORK
                if address == self.here:
                    self.console.add(event)
                elif address.carrier in self.carriers:
                    if isinstance(event, TokenShown):
                        event = self.tokens.fill(event)
                    self._send(address, self.replies.lines(audience, event, self.at))
            case Notify(address):
                self.work += COMMAND_WORK
                numbers = Numbers(own=audience.own, at=self.at) if audience.own else NO_NUMBERS
                self._send(address, self.renderer.render(event, self.replies.look_for(audience), self.at, numbers))
            case _:
                assert_never(audience)

    def deliver_said(self, audience: InRoom, events: Sequence[Said]) -> None:
        """Take lines that were said in one room, as `deliver` takes each. A bug costs the line that it is in."""
        room = self.state.rooms.by_name[audience.room]
        for look, crowd in room.crowds.items():
            lines = render_said(events, self.renderer.limit) if look is PLAIN else None
            if lines is None:
                numbered = enumerate(events, room.seq - len(events) + 1)
                lines = [line for seq, event in numbered for line in self._rendered(event, look, room, seq)]
            self.work += LOOK_WORK * len(lines) + self.packer.add(crowd, lines)

    def _rendered(self, event: Said, look: Look, room: Room, seq: int) -> list[bytes]:
        try:
            numbers = Numbers(room.name, seq, at=event.at) if look.json else NO_NUMBERS
            return self.renderer.render(event, look, event.at, numbers)
        except Exception as exc:  # noqa: BLE001 - our own bug
            self._failed(exc)
            return []

    def deliver_departures(self) -> None:
        """Take the events of members that left, in their own wording first.

        They come here together, after all have left. Otherwise thousands that time out together would each receive
        every other's farewell.
        """
        departures, self.departures[:] = [*self.departures], ()
        for audience, event in departures:
            if isinstance(audience, InRoomBy | Only):
                look = PROGRAM if audience.json else PLAIN
                self._send(audience.address, self.renderer.render(event, look, own=True))
        for audience, event in departures:
            if isinstance(audience, InRoom | InRoomBy):  # also for one that has joined again by now
                self._share(audience, audience.but, event)
            elif isinstance(audience, Notify) and audience.address in self.state.roster:
                self.deliver(audience, event)

    def notify(self, notices: Iterable[tuple[Recipient, Event]]) -> None:
        """Take events for single addresses, which do not pay for them."""
        for recipient, event in notices:
            if isinstance(recipient, Only):
                address, look, numbers = recipient.address, self.replies.look_for(recipient), Numbers(id=recipient.id)
            else:
                address, look, numbers = recipient, self.replies.look_of(recipient), NO_NUMBERS
            self._send(address, self.renderer.render(event, look, self.at, numbers))

    def notify_expired(self, expired: Iterable[Input]) -> None:
        """Notify clients whose lines were not committed in time."""
        for given in expired:
            if isinstance(given.line, Administered):
                self.console.finish(given.entropy, RoomUnreachable())
        lines = [given for given in expired if not isinstance(given.line, CONTROL_INPUTS)]
        for given in lines:
            self.admission.count(given.sender, DropReason.UNCOMMITTED)
        self.notify((_recipient(given), RoomUnreachable()) for given in lines)

    def pace(self) -> None:
        """Send the next part of each long reply."""
        for address, datagrams in self.replies.pacer.next_parts(self.state.roster.members, self.replies.now):
            self.carriers[address.carrier].send(datagrams, (address,))

    def _share(self, audience: InRoom | InRoomBy, but: Collection[Address], event: Event) -> None:
        """Take an event for a room: render it once for each look. To programs, `but` means nothing."""
        room = self.state.rooms.by_name.get(audience.room)
        if room is None:  # its last member left
            return
        for look, crowd in room.crowds.items():
            if look.json:
                self._share_objects(audience, look, crowd, event)
                continue
            lines = self.renderer.render(event, look, self.at)
            self.work += LOOK_WORK * len(lines) + len(but) + self.packer.add(crowd, lines, but)

    def _share_objects(self, audience: InRoom | InRoomBy, look: Look, crowd: Crowd, event: Event) -> None:
        """Take an event for the programs in a room. Those in `hidden` receive the number alone."""
        name, seq, hidden = audience.room, audience.seq, [each for each in audience.hidden if each in crowd.members]
        lines = self.renderer.render(event, look, self.at, Numbers(name, seq, at=self.at))
        self.work += LOOK_WORK * len(lines) + len(hidden) + self.packer.add(crowd, lines, hidden)
        for address in hidden:
            self._add(address, self.renderer.render(Hidden(name, seq), look))

    def _deliver_by(self, audience: InRoomBy, event: Event) -> None:
        """Take an event for the client that caused it, which reads its own wording.

        A program that is still there reads what all in the room read.
        """
        self.work += COMMAND_WORK
        address = audience.address
        if isinstance(event, Left):
            self.left.add(address, event.nickname, "quit")
        if address == self.here:
            self.console.add(event)
        elif address.carrier in self.carriers:
            look = self.replies.look_for(audience)
            if look.json and self._is_in(audience):
                return
            if own := self.renderer.render(event, look, self.at, own=True):
                self._add(address, self.replies.charged(address, own))

    def _is_in(self, audience: InRoomBy) -> bool:
        room = self.state.rooms.by_name.get(audience.room)
        return room is not None and audience.address in room.members

    def _send(self, address: Address, lines: Sequence[bytes]) -> None:
        if address.carrier in self.carriers:
            self._add(address, lines)
            self.work += sum(map(len, lines)) // SEND_BYTES

    def _add(self, address: Address, lines: Sequence[bytes]) -> None:
        """Add lines for one client, in order with what its rooms read."""
        if (member := self.state.roster.members.get(address)) is not None:
            self.work += self.packer.reply(address, lines, member.place.rooms, member.place.look)
        else:
            self.work += self.packer.reply(address, lines)

    def _failed(self, exc: Exception) -> None:
        """Count and log a bug of a carrier."""
        self.admission.drops[DropReason.BUG] += 1
        self.bugs.log(exc)


def renderer_for(max_datagram: int, max_line: int) -> Renderer:
    """Return what writes datagrams of so many bytes, for a server that takes lines of so many bytes."""
    return Renderer(max_datagram, {"name": "udpchat", "version": udpchat.__version__, "max_line": max_line})


def _recipient(given: Input) -> Recipient:
    """Return who is notified of what became of an input, by its id if it has one."""
    line = given.line
    if not isinstance(line, REQUESTS):
        return given.sender
    return Only(given.sender, json=True, id=(line.id or 0) if isinstance(line, Numbered) else 0)
