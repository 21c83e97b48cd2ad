"""Replies to one client. The client pays for them from its own bucket, and receives long replies in parts.

It pays after the reply and may get into debt, because the size of a reply such as `/list` is not known before.
"""

from __future__ import annotations

from math import inf

import attrs

from udpchat.app.hub.pacer import Pacer
from udpchat.domain.address import Address
from udpchat.domain.admission.gate import Admission
from udpchat.domain.admission.notices import TooManyReplies
from udpchat.domain.admission.quota import ClientQuota
from udpchat.domain.commands.help import MotdShownOnJoin
from udpchat.domain.commands.history import HistoryShown, HistoryShownOnJoin
from udpchat.domain.commands.presence import Greeted
from udpchat.domain.dialects.json.encoder import Numbers
from udpchat.domain.dialects.rendering import Renderer
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.event import Event
from udpchat.domain.rooms.audience import InRoomBy, Notify, Only
from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.members.look import PLAIN, PROGRAM, Look
from udpchat.domain.rooms.members.roster import Roster
from udpchat.domain.rooms.programs.answers import Welcome


@attrs.define(eq=False)
class Replies:
    """The replies of one turn. A client that is deep in debt is notified of that, and receives no more.

    `late` is how many seconds ago the questions came, if the process did not run for a while: that is when they are
    paid for.
    """

    admission: Admission
    roster: Roster
    renderer: Renderer
    pacer: Pacer = attrs.field(init=False)
    now: float = attrs.field(default=0.0, init=False)  # the time of the turn
    late: float = attrs.field(default=0.0, init=False)
    indebted: set[Address] = attrs.field(factory=set, init=False)

    def __attrs_post_init__(self) -> None:
        self.pacer = Pacer(self.renderer, self.admission.quotas)

    def look_of(self, address: Address) -> Look:
        """Return the look of a client; it is plain if it is no member."""
        member = self.roster.members.get(address)
        return member.place.look if member else PLAIN

    def look_for(self, audience: Only | Notify | InRoomBy) -> Look:
        """Return the look of a client. A program that has left reads objects all the same.

        So does one that seemed lost, if it asked: it is there, and its node is perhaps cut off from the others.
        """
        look = self.look_of(audience.address)
        asked = look.lost and isinstance(audience, Only)
        return PROGRAM if audience.json and (asked or not look.json) else look

    def lines(self, audience: Only, event: Event, at: float) -> list[bytes]:
        """Return the lines to send at once for an event that one client receives alone."""
        to, look, numbers = audience.address, self.look_for(audience), Numbers(id=audience.id, at=at)
        if event.echo:
            return self.renderer.render(event, look, at, numbers, own=True)
        if to in self.indebted:  # before its reply is made
            return self._refused(to)
        if isinstance(event, Welcome) and not self.admission.is_proven(to):
            rooms = tuple(attrs.evolve(each, members=()) for each in event.rooms)
            lines = self.renderer.render(attrs.evolve(event, rooms=rooms), look, at, own=True)
            return lines if self.admission.may_greet(self.now) else []
        if event.long and not look.lost:
            return self._long(to, event, look, numbers)
        lines = self.renderer.render(event, look, at, numbers, own=True)
        if isinstance(event, Greeted):  # not asked for, so not paid for
            return lines if self.admission.may_greet(self.now) else []
        if isinstance(event, MotdShownOnJoin):
            lines = self._allowed(to, lines)
        return self.charged(to, lines)

    def charged(self, to: Address, lines: list[bytes]) -> list[bytes]:
        """Charge a client for these lines and return them; return none if it is in debt."""
        if to in self.indebted:
            return self._refused(to)
        quota = self.admission.quotas.clients.get(to)
        if quota is not None and quota.charge(sum(map(len, lines)), self.now - self.late):
            self.indebted.add(to)
        return lines

    def _refused(self, to: Address) -> list[bytes]:
        """Count a question of a client that is in debt as dropped, and return no lines."""
        self.admission.drop(to, self.now)
        return []

    def _long(self, to: Address, event: Event, look: Look, numbers: Numbers) -> list[bytes]:
        """Return the first part of a long reply, if it begins now, or the notice that there are too many replies."""
        quota = self.admission.quotas.clients.get(to)
        if isinstance(event, HistoryShownOnJoin):
            event = HistoryShown(self._affordable(quota, event.messages, look))
            if not event.messages:
                return []
        part = self.pacer.begin(to, event, self.now, look, numbers)
        if quota is not None and quota.is_deep_in_debt(self.now):
            self.indebted.add(to)
        if part is not None:
            return part
        self.admission.drops[DropReason.ANSWER_REFUSED] += 1
        return self.renderer.render(TooManyReplies(), look, numbers.at or 0.0, numbers)

    def _allowed(self, to: Address, lines: list[bytes]) -> list[bytes]:
        """Return as many of the first lines as the allowance of a newcomer permits: its address may be forged."""
        quota = self.admission.quotas.clients.get(to)
        for number, line in enumerate(lines):
            if quota is None or len(line) > quota.allowance:
                return lines[:number]
            quota.allowance -= len(line)
        return lines

    def _affordable(self, quota: ClientQuota | None, messages: tuple[Message, ...], look: Look) -> tuple[Message, ...]:
        """Return as many of the last messages as the rest of the allowance of a newcomer permits."""
        if quota is None or quota.allowance == inf:
            return messages if quota else ()
        shown = 0
        for message in reversed(messages):
            size = sum(map(len, self.renderer.render(HistoryShown((message,)), PROGRAM if look.json else PLAIN)))
            if size > quota.allowance:
                break
            quota.allowance -= size
            shown += 1
        return messages[len(messages) - shown :]
