"""Deliveries -> datagrams on carriers. Everything that is sent is rendered and packed here."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from udpchat.app.hub.replies import Replies
from udpchat.domain.address import Address
from udpchat.domain.admission.gate import Admission
from udpchat.domain.dialects.packer import Packer
from udpchat.domain.dialects.text import render
from udpchat.domain.ports.carrier import Carrier
from udpchat.domain.rooms.audience import IN_ROOM, Audience, Delivery, InRoomBy, Only
from udpchat.domain.rooms.roster import Roster
from udpchat.domain.sentence import Event


@attrs.define(eq=False)
class Outbox:
    """Collects what a turn has to send, and sends it when it is flushed, or earlier where much has come together."""

    carrier: Carrier
    admission: Admission
    roster: Roster
    max_datagram: int
    replies: Replies = attrs.field(init=False)
    _packer: Packer = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.replies = Replies(self.admission, self.max_datagram)
        self._packer = Packer(self.max_datagram, self.carrier.send)

    @property
    def sends(self) -> int:
        """Datagrams sent in this turn, counted for each recipient."""
        return self._packer.sends

    def begin(self, now: float) -> None:
        """Begin a turn."""
        self.replies.begin(now)
        self._packer.sends = 0

    def deliver(self, audience: Audience, event: Event) -> None:
        """Take one event for those who are in its audience at this moment."""
        if audience is IN_ROOM:
            if to := self.roster.here():
                for line in render(event, self.max_datagram):
                    self._packer.add(to, line)
            return
        if isinstance(audience, Only):
            self._reply(audience.address, event)
        else:
            if isinstance(audience, InRoomBy) and event.own_sentences():
                self._reply(audience.address, event)
            self._to_others(audience, event)

    def deliver_departures(self, deliveries: Iterable[Delivery]) -> None:
        """Take events of members that left at the same time, in their own wording first.

        They come here together, after all have left. Otherwise thousands that time out together would each receive
        every other's farewell.
        """
        deliveries = list(deliveries)
        for audience, event in deliveries:
            if isinstance(audience, InRoomBy | Only) and self.roster.directory.is_here(audience.address):
                for line in render(event, self.max_datagram, own=True):
                    self._packer.add((audience.address,), line)
        for audience, event in deliveries:
            if not isinstance(audience, Only):  # also to one that has joined again by now
                self._to_others(IN_ROOM, event)

    def notify(self, address: Address, event: Event) -> None:
        """Take an event for one address, which does not pay for it."""
        for line in render(event, self.max_datagram):
            self._packer.add((address,), line)

    def flush(self) -> None:
        """Send what waits."""
        self._packer.flush()

    def _reply(self, address: Address, event: Event) -> None:
        if self.roster.directory.is_here(address):
            for line in self.replies.lines(address, event):
                self._packer.add((address,), line)

    def _to_others(self, audience: Audience, event: Event) -> None:
        to = self.roster.here()
        if isinstance(audience, InRoomBy):
            to = tuple(other for other in to if other != audience.address)
        if to:
            for line in render(event, self.max_datagram):
                self._packer.add(to, line)
