"""Deliveries -> datagrams on carriers. Everything that is sent is rendered and packed here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import attrs
import structlog

import udpchat
from udpchat.app.hub.console import Console
from udpchat.app.hub.replies import Replies
from udpchat.app.hub.tokens import DrawnTokens
from udpchat.app.logs.bugs import Bugs
from udpchat.app.logs.presence import Departures
from udpchat.domain.address import Address
from udpchat.domain.admission.gate import Admission
from udpchat.domain.admission.notices import Recipient, RoomUnreachable
from udpchat.domain.commands.presence import Left
from udpchat.domain.commands.talk import Said
from udpchat.domain.dialects.json.encoder import NO_NUMBERS, Numbers
from udpchat.domain.dialects.packer import Packer, Tails
from udpchat.domain.dialects.rendering import Renderer
from udpchat.domain.dialects.text_encoder import render, render_said
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.event import Event
from udpchat.domain.ports.carrier import Carrier
from udpchat.domain.rooms.audience import Audience, Delivery, InRoom, InRoomBy, Notify, Only
from udpchat.domain.rooms.inputs import CONTROL_INPUTS, Administered, Input, Reloaded
from udpchat.domain.rooms.members.crowd import Crowd
from udpchat.domain.rooms.members.look import PLAIN, PROGRAM, Look
from udpchat.domain.rooms.programs.answers import Hidden
from udpchat.domain.rooms.requests import REQUESTS, id_of
from udpchat.domain.rooms.room import Room
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.rooms.tokens import TokenShown

SEND_BYTES = 16  # bytes of a reply that take as long to make as a send of a datagram
COMMAND_WORK = 20  # sends that take as long as a command does, whatever comes of it
LOOK_WORK = 2  # sends that take as long as to render a line in one look

log = structlog.get_logger(__name__)


@attrs.define(eq=False)
class Outbox:
    """Collects what a turn has to send.

    A client of another node has an address that no carrier here reaches; its own node replies to it. `departures`
    collects the deliveries of members that leave, each with its time, `left` their names and reasons for the log.
    `work` counts what a turn did, in sends: a datagram to a client. `at` is when that happened which is delivered, in
    seconds since 1970 UTC.

    The class is long because everything that is sent passes here, and each way to pass counts the same work.
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
    departures: list[tuple[float, Delivery]] = attrs.field(factory=list, init=False)
    console: Console = attrs.field(factory=Console, init=False)
    here: Address | None = attrs.field(default=None, init=False)  # the server itself, to which nothing is sent
    packer: Packer = attrs.field(init=False)
    replies: Replies = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        sends = {name: carrier.send for name, carrier in self.carriers.items()}
        self.packer = Packer(self.state.rooms, Tails(sends, self._failed, self.renderer.limit))
        self.replies = Replies(self.admission, self.state.roster, self.renderer)

    def deliver(self, audience: Audience, event: Event) -> None:  # noqa: C901, PLR0912 - see below
        """Take one event for those who are in its audience at this moment.

        For a room it is rendered once for each look, and before that for the client that caused it, which reads its own
        wording and pays for it. A program that is still there reads what all programs in the room read. This is one
        method because each command of a busy room comes here, and calls cost.
        """
        if isinstance(audience, Only | Notify):
            self._deliver_alone(audience, event)
            return
        state, packer, limit, at = self.state, self.packer, self.renderer.limit, self.at
        but: Collection[Address] = audience.but
        own, member, shared = list[bytes](), None, list[tuple[Crowd, list[bytes]]]()
        room = state.rooms.by_name.get(audience.room)  # None if its last member left
        if isinstance(audience, InRoomBy):
            by, but = audience.address, (audience.address, *but)
            self.work += COMMAND_WORK
            if isinstance(event, Left):
                self.left.add(by, event.nickname, "quit")
            if by == self.here:
                self.console.add(event)
            elif audience.json:
                if room is None or by not in room.members:
                    self._send(by, self.replies.charged(by, self.renderer.render(event, PROGRAM, at, own=True)))
            elif by.carrier in self.carriers:
                member = state.roster.members.get(by)
                own = render(event, limit, own=True, look=member.place.look if member else PLAIN, at=at)
        if room is not None:
            for look, crowd in room.crowds.items():
                if not look.json:
                    shared.append((crowd, render(event, limit, look=look, at=at)))
                elif not look.lost:
                    self._share_objects(audience, look, crowd, event)
        if own and by in self.replies.indebted:
            self.admission.drop(by, self.replies.now)
        elif own:
            quota = self.admission.quotas.clients.get(by)
            if quota is not None and quota.charge(sum(map(len, own)), self.replies.now - self.replies.late):
                self.replies.indebted.add(by)
            self.work += packer.reply(by, own, *((member.place.rooms, member.place.look) if member else ()))
        for crowd, lines in shared:
            self.work += LOOK_WORK * len(lines) + len(but) + packer.add(crowd, lines, but)

    def _share_objects(self, audience: InRoom | InRoomBy, look: Look, crowd: Crowd, event: Event) -> None:
        """Take an event for the programs in a room, to which `but` means nothing. Who is `hidden` gets the number."""
        name, seq, hidden = audience.room, audience.seq, [each for each in audience.hidden if each in crowd.members]
        lines = self.renderer.render(event, look, self.at, Numbers(name, seq, at=self.at))
        self.work += LOOK_WORK * len(lines) + len(hidden) + self.packer.add(crowd, lines, hidden)
        for address in hidden:
            self._add(address, self.renderer.render(Hidden(name, seq), look))

    def _deliver_alone(self, audience: Only | Notify, event: Event) -> None:
        """Take an event for one client."""
        address = audience.address
        self.work += COMMAND_WORK
        if isinstance(audience, Notify):
            numbers = Numbers(own=audience.own, at=self.at) if audience.own else NO_NUMBERS
            self._send(address, self.renderer.render(event, self.replies.look_for(audience), self.at, numbers))
        elif address == self.here:
            self.console.add(event)
        elif address.carrier in self.carriers:
            if isinstance(event, TokenShown):
                event = self.tokens.fill(event)
            self._send(address, self.replies.lines(audience, event, self.at))

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
        for _, (audience, event) in departures:
            if isinstance(audience, InRoomBy | Only):
                look = PROGRAM if audience.json else PLAIN
                self._send(audience.address, self.renderer.render(event, look, own=True))
        for at, (audience, event) in departures:
            self.at = at
            if isinstance(audience, InRoom | InRoomBy):  # also for one that has joined again by now
                self.deliver(InRoom(audience.room, audience.but, audience.seq, audience.hidden), event)
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

    def notify_expired(self, expired: Collection[Input]) -> None:
        """Notify clients whose lines were not committed in time, and the log of rules that were not."""
        for given in expired:
            if isinstance(given.line, Administered):
                self.console.finish(given.entropy, RoomUnreachable())
        lines = [given for given in expired if not isinstance(given.line, CONTROL_INPUTS)]
        for given in lines:
            self.admission.count(given.sender, DropReason.UNCOMMITTED)
        self.notify((_recipient(given), RoomUnreachable()) for given in lines)
        if any(isinstance(given.line, Reloaded) for given in expired):
            log.error("the new rules were not committed in time, reload again")

    def pace(self) -> None:
        """Send the next part of each long reply."""
        for address, datagrams in self.replies.pacer.next_parts(self.state.roster.members, self.replies.now):
            self.carriers[address.carrier].send(datagrams, (address,))

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
    if not isinstance(given.line, REQUESTS):
        return given.sender
    return Only(given.sender, json=True, id=id_of(given.line))
